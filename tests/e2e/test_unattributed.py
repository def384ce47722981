"""Pages that nobody audited made: reported when something of the tree was not seen when they were born, and never otherwise."""
import os
import subprocess
import threading
import time

import pytest

from harness.audits import paths_of
from harness.machine import as_nobody, as_root, need, need_static
from harness.paths import PAGELEAK
from harness.victims import CAN_NOT, compiled, copy_of, unseen
from harness.waiting import LIMIT, until

HERE = '--pages=temp/**'  # other tests use /tmp at the same time
NEIGHBOURS = 'until [ -e temp/neighbour-20 ]; do sleep 0.01; done; '


def test_what_a_static_program_leaves(work):
    left = [work.temp / 'left.1', str(work.temp / 'directory') + '/', work.temp / 'directory' / 'in']
    result = work.audit('sh', '-c', 'mktemp; "$@"; :', 'sh', unseen(), *left)
    assert result.status == 23
    mine = [finding for finding in result.report.strangers() if finding['template'].startswith('temp/')]
    assert sorted((finding['template'], finding['entries']) for finding in mine) == [('temp/directory', 2), ('temp/left.*', 1)]
    assert set(work.left()) <= result.paths('leaked')
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
        finding, = [finding for finding in result.report.strangers()]
        for path in work.left():
            os.unlink(path)
        return finding['id']
    assert ids() == ids()


def test_journals_and_reports_are_no_pages(work):
    options = [HERE, '--journal=%s' % (work.temp / 'journal')]
    for _ in range(2):  # the second finds what the first wrote
        result = work.audit('sh', '-c', '"$0" %s; "$1" run --json=%s --journal=%s true; "$1" report --json=%s %s; :' %
                            (unseen().parent / 'nothing', *(work.temp / name for name in ('a.json', 'inner', 'b.json', 'inner'))),
                            unseen(), PAGELEAK, options=options)
        assert not result.report.strangers()
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
        until(lambda: self.made, 'it has begun')
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_neighbours_are_not_blamed_for_a_complete_audit(work):
    with Neighbour(work.temp):
        result = work.audit('sh', '-c', NEIGHBOURS, options=[HERE])
    assert result.status == 0 and not result.report['findings'] and result.report['coverage']['complete']


def test_neighbours_are_not_blamed_before_the_doubt_began(work):
    with Neighbour(work.temp):
        result = work.audit('sh', '-c', NEIGHBOURS + ': > during; exec "$0" %s' % (work.temp / 'left'), unseen(), options=[HERE])
    began = (work.path / 'during').stat().st_mtime_ns
    found = result.report.strangers()
    assert str(work.temp / 'left') in paths_of(found)
    for path in paths_of(found):
        assert os.stat(path).st_mtime_ns >= began - 20_000_000, path


def test_neighbours_of_another_user_are_not_blamed(work):
    as_root()
    with Neighbour(work.temp, user=65534):
        result = work.audit('sh', '-c', '"$0" %s; ' % (work.temp / 'left') + NEIGHBOURS, unseen(), options=[HERE])
    # between touch and chown it is root's
    assert len(paths_of(result.report.strangers())) <= 2 and str(work.temp / 'left') in paths_of(result.report.strangers())


def test_patterns_say_where(work):
    (work.path / 'cache').mkdir()
    command = ('sh', '-c', '"$0" cache/a cache/b.keep other %s; :' % (work.temp / 'c'), unseen())
    result = work.audit(*command, options=['--pages=cache/*', '--not-pages=**.keep'])
    assert paths_of(result.report.strangers()) == [str(work.path / 'cache' / 'a')]


def test_setuid_program_of_another_user(work):
    prefix = as_nobody(work)
    copy_of(work, 'mktemp', 'secure').chmod(0o4755)
    done = subprocess.run([*prefix, PAGELEAK, 'check', '--json=report.json', HERE, '--', 'sh', '-c', './secure -p temp; :'],
                          cwd=work.path, env=work.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    finding, = work.load().strangers()
    assert done.returncode == 23 and paths_of([finding]) == work.left()
    assert finding['unattributed']['uid'] == 0 and finding['unattributed']['running'][0]['reason'] == 'setuid or setgid'


def test_io_uring(work):
    program = compiled('unseen')
    if subprocess.run([program, '-u', work.path / 'probe'], stdout=subprocess.PIPE).returncode == CAN_NOT:
        pytest.skip('no io_uring here')
    result = work.audit(program, '-u', work.temp / 'ring', options=[HERE])
    finding, = result.report.strangers()
    assert result.status == 23 and paths_of([finding]) == work.left()
    ran, = finding['unattributed']['running']
    assert 'io_uring' in ran['reason'] and ran['pid'] > 0 and ran['ended'] is not None
    time.sleep(0.05)  # births are as coarse as the kernel's clock
    again = work.audit(program, '-u', work.path / 'elsewhere', options=[HERE])
    assert again.status == 24, (again.report['findings'], again.report['audit'])


def test_go_program_that_is_linked_dynamically(work):
    program = work.path / 'go'
    section = work.write('section', 'x')
    subprocess.run([need('objcopy'), '--add-section', '.go.buildinfo=%s' % section, compiled('unseen'), program], check=True,
                   timeout=LIMIT)
    result = work.audit(program, work.temp / 'seen', options=[HERE])
    assert (result.status, len(result.pages('leaked')), result.report.strangers()) == (23, 1, [])
    assert result.report['coverage']['complete'] is False
    os.unlink(work.temp / 'seen')
    assert work.audit(program, work.path / 'output', options=[HERE]).status == 24


def test_events_that_were_lost(work):
    script = 'i=0; while [ $i -lt 12000 ]; do : > %s/f$i; i=$((i + 1)); done' % work.temp
    result = work.audit('sh', '-c', script, options=[HERE, '--size=1M'])
    assert result.status == 23 and result.report['coverage']['events_lost'] > 0
    listed, limits = set(result.paths('leaked')), result.report['coverage']['limits']
    cut = any('the search for pages that nobody audited made ended' in limit for limit in limits)  # on a busy machine
    assert listed < set(work.left()) if cut else sorted(listed) == work.left()
    finding, = result.report.strangers()
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
    assert paths_of(work.load().strangers()) == [str(work.temp / 'left')]


def test_links_are_not_followed(work):
    outside = work.path / 'outside'
    outside.mkdir()
    script = '"$0" %s %s/; ln -s %s %s; :' % (outside / 'a', work.temp / 'd', outside, work.temp / 'link')
    result = work.audit('sh', '-c', script, unseen(), options=[HERE])
    assert paths_of(result.report.strangers()) == [str(work.temp / 'd')]
    assert sorted(result.paths('leaked')) == work.left()


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
    program = copy_of(work, need_static('busybox'), 'busybox')
    result = work.audit(program, 'mktemp')
    assert result.status == 23 and set(work.left()) <= set(paths_of(result.report.strangers()))
