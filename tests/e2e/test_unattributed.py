"""Pages that nobody audited made: reported when something of the tree was not seen when they were born, and never otherwise."""
import json
import os
import subprocess
import threading
import time

import pytest
from auditing import CAN_NOT, compiled
from conftest import PAGELEAK, need
from test_coverage import as_nobody, as_root, copy_of, unseen

HERE = '--pages=temp/**'  # other tests use /tmp at the same time


def strangers(report):
    return [finding for finding in report['findings'] if finding['judged'] == 'unattributed']


def paths(findings):
    return sorted(page['path'] for finding in findings for page in finding['pages'])


def on_disk(work):
    return sorted(os.path.join(top, name) for top, directories, files in os.walk(work.temp) for name in directories + files)


def test_what_a_static_program_leaves(work):
    left = [work.temp / 'left.1', str(work.temp / 'directory') + '/', work.temp / 'directory' / 'in']
    result = work.audit('sh', '-c', 'mktemp; "$@"; :', 'sh', unseen(), *left)
    assert result.status == 23
    mine = [finding for finding in strangers(result.report) if finding['template'].startswith('temp/')]
    assert sorted((finding['template'], finding['entries']) for finding in mine) == [('temp/directory', 2), ('temp/left.*', 1)]
    assert set(on_disk(work)) <= result.paths('leaked')
    for finding in mine:
        assert (finding['verdict'], finding['owner']['pid'], finding['native'], finding['python'], finding['api']) == \
            ('leaked', None, [], [], None)
        assert finding['bytes'] >= 4096 and finding['unattributed']['uid'] == os.geteuid()
        ran, = finding['unattributed']['running']
        assert (os.path.basename(ran['exe']), ran['reason']) == (unseen().name, 'static')
        assert ran['started'] and result.report['audit']['started'] <= finding['unattributed']['born'] <= result.report['audit']['ended']
        assert all(page['created'] and page['pid'] is None and page['exists'] for page in finding['pages'])
    assert 'unattributed: nobody that was audited made it' in result.stderr
    assert '  ran then %s (pid %d): static\n' % (unseen(), ran['pid']) in result.stderr


def test_ids_are_stable(work):
    def ids():
        result = work.audit(unseen(), work.temp / ('page-%d' % time.time_ns()), options=[HERE])
        finding, = [finding for finding in strangers(result.report)]
        for path in on_disk(work):
            os.unlink(path)
        return finding['id']
    assert ids() == ids()


def test_journals_and_reports_are_no_pages(work):
    options = [HERE, '--journal=%s' % (work.temp / 'journal')]
    for _ in range(2):  # the second finds what the first wrote
        result = work.audit('sh', '-c', '"$0" %s; "$1" run --json=%s --journal=%s true; "$1" report --json=%s %s; :' %
                            (unseen().parent / 'nothing', *(work.temp / name for name in ('a.json', 'inner', 'b.json', 'inner'))),
                            unseen(), PAGELEAK, options=options)
        assert not strangers(result.report)
    assert result.report['coverage']['complete'] is False


def test_static_program_that_leaves_nothing(work):
    result = work.audit('sh', '-c', '"$0" %s && rm %s' % (work.temp / 'a', work.temp / 'a'), unseen(), options=[HERE])
    assert result.status == 24 and not result.report['findings']


class Neighbour:
    """Another program of the machine that makes files in the same place all the time."""

    def __init__(self, directory, user=None):
        self.directory, self.user, self.stop, self.made = directory, user, threading.Event(), 0
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.is_set():
            path = self.directory / ('neighbour-%d' % self.made)
            path.touch()
            if self.user is not None:
                os.chown(path, self.user, self.user)
            self.made += 1
            time.sleep(0.005)

    def __enter__(self):
        self.thread.start()
        while not self.made:
            time.sleep(0.001)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_neighbours_are_not_blamed_for_a_complete_audit(work):
    with Neighbour(work.temp) as neighbour:
        result = work.audit('sleep', '0.2', options=[HERE])
    assert neighbour.made > 10
    assert result.status == 0 and not result.report['findings'] and result.report['coverage']['complete']


def test_neighbours_are_not_blamed_before_the_doubt_began(work):
    with Neighbour(work.temp):
        result = work.audit('sh', '-c', 'sleep 0.3; : > during; exec "$0" %s' % (work.temp / 'left'), unseen(), options=[HERE])
    began = (work.path / 'during').stat().st_mtime_ns
    found = strangers(result.report)
    assert str(work.temp / 'left') in paths(found)
    for path in paths(found):
        assert os.stat(path).st_mtime_ns >= began - 20_000_000, path


def test_neighbours_of_another_user_are_not_blamed(work):
    as_root()
    with Neighbour(work.temp, user=65534) as neighbour:
        result = work.audit('sh', '-c', '"$0" %s; sleep 0.2; :' % (work.temp / 'left'), unseen(), options=[HERE])
    assert neighbour.made > 10
    # between touch and chown it is root's
    assert len(paths(strangers(result.report))) <= 2 and str(work.temp / 'left') in paths(strangers(result.report))


def test_patterns_say_where(work):
    (work.path / 'cache').mkdir()
    command = ('sh', '-c', '"$0" cache/a cache/b.keep other %s; :' % (work.temp / 'c'), unseen())
    result = work.audit(*command, options=['--pages=cache/*', '--not-pages=**.keep'])
    assert paths(strangers(result.report)) == [str(work.path / 'cache' / 'a')]


def test_setuid_program_of_another_user(work):
    prefix = as_nobody(work)
    copy_of(work, 'mktemp', 'secure').chmod(0o4755)
    done = subprocess.run([*prefix, PAGELEAK, 'check', '--json=report.json', HERE, '--', 'sh', '-c', './secure -p temp; :'],
                          cwd=work.path, env=work.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    finding, = strangers(json.loads((work.path / 'report.json').read_text()))
    assert done.returncode == 23 and paths([finding]) == on_disk(work)
    assert finding['unattributed']['uid'] == 0 and finding['unattributed']['running'][0]['reason'] == 'setuid or setgid'


def test_io_uring(work):
    program = compiled('unseen')
    if subprocess.run([program, '-u', work.path / 'probe'], stdout=subprocess.PIPE).returncode == CAN_NOT:
        pytest.skip('no io_uring here')
    result = work.audit(program, '-u', work.temp / 'ring', options=[HERE])
    finding, = strangers(result.report)
    assert result.status == 23 and paths([finding]) == on_disk(work)
    ran, = finding['unattributed']['running']
    assert 'io_uring' in ran['reason'] and ran['pid'] > 0 and ran['ended'] is not None
    time.sleep(0.05)  # births are as coarse as the kernel's clock
    again = work.audit(program, '-u', work.path / 'elsewhere', options=[HERE])
    assert again.status == 24, (again.report['findings'], again.report['audit'])


def test_go_program_that_is_linked_dynamically(work):
    program = work.path / 'go'
    section = work.write('section', 'x')
    subprocess.run([need('objcopy'), '--add-section', '.go.buildinfo=%s' % section, compiled('unseen'), program], check=True,
                   timeout=30)
    result = work.audit(program, work.temp / 'seen', options=[HERE])
    assert (result.status, len(result.pages('leaked')), strangers(result.report)) == (23, 1, [])
    assert result.report['coverage']['complete'] is False
    os.unlink(work.temp / 'seen')
    assert work.audit(program, work.path / 'output', options=[HERE]).status == 24


def test_events_that_were_lost(work):
    script = 'i=0; while [ $i -lt 12000 ]; do : > %s/f$i; i=$((i + 1)); done' % work.temp
    result = work.audit('sh', '-c', script, options=[HERE, '--size=1M'])
    assert result.status == 23 and result.report['coverage']['events_lost'] > 0
    assert sorted(result.paths('leaked')) == on_disk(work)
    finding, = strangers(result.report)
    assert 0 < finding['entries'] < 12000
    assert finding['unattributed']['running'][0]['reason'] .startswith('the journal was full')


def test_a_report_later(work):
    """With no end on record (`record`) a report made later still tells what came after the audit from what belongs to it."""
    done = work.pageleak('record', 'sh', '-c', '"$0" %s; :' % (work.temp / 'left'), unseen())
    assert done.returncode == 0
    time.sleep(0.05)
    (work.temp / 'afterwards').touch()
    said = work.pageleak('report', '--json=report.json', HERE, '--fail-on=leaked')
    assert said.returncode == 23
    assert paths(strangers(json.loads((work.path / 'report.json').read_text()))) == [str(work.temp / 'left')]


def test_links_are_not_followed(work):
    outside = work.path / 'outside'
    outside.mkdir()
    script = '"$0" %s %s/; ln -s %s %s; :' % (outside / 'a', work.temp / 'd', outside, work.temp / 'link')
    result = work.audit('sh', '-c', script, unseen(), options=[HERE])
    assert paths(strangers(result.report)) == [str(work.temp / 'd')]
    assert sorted(result.paths('leaked')) == on_disk(work)


def test_names_that_vanish_meanwhile(work):
    """The walk goes on whatever happens below it."""
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            for i in range(50):
                (work.temp / ('churn%d' % i)).mkdir(exist_ok=True)
            for i in range(50):
                (work.temp / ('churn%d' % i)).rmdir()
    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(10):
            result = work.audit('sh', '-c', '"$0" %s; rm %s' % (work.temp / 'a', work.temp / 'a'), unseen(), options=[HERE])
            assert result.status in (23, 24)
    finally:
        stop.set()
        thread.join()


def test_static_command_alone(work):
    """Nothing of it reaches the journal, but the place of its temporary files is known from before."""
    program = copy_of(work, need('busybox'), 'busybox')
    if 'INTERP' in subprocess.run(['readelf', '-lW', program], stdout=subprocess.PIPE, text=True).stdout:
        pytest.skip('busybox is not static')
    result = work.audit(program, 'mktemp')
    assert result.status == 23 and set(on_disk(work)) <= set(paths(strangers(result.report)))
