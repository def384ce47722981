"""Programs that fight back (tests/victims/host.c): they behave as without an audit, and the audit is right or says that it is
not."""
import os
import subprocess

import pytest

from harness.audits import environment, record, report
from harness.listing import listing
from harness.paths import PAGELEAK
from harness.victims import compiled
from harness.waiting import LIMIT


def behave(work, command, *options, lossy=False, **more):
    """Runs it without and with an audit; gives the report and what was expected of it."""
    plain, audited, journal = work.path / 'plain', work.path / 'audited', work.path / 'journal'
    plain.mkdir()
    audited.mkdir()
    env = environment(**more)
    without = subprocess.run(command, cwd=plain, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    done = record(journal, command, *options, cwd=audited, env=env)
    assert done.returncode == without.returncode, done.stderr.decode()
    assert done.stdout == without.stdout
    assert {os.path.relpath(path, audited) for path in listing(audited)} == {os.path.relpath(path, plain) for path in listing(plain)}
    found = report(journal, f'--pages={audited}/**')
    if not lossy:
        assert found.existing() == sorted(listing(audited))
    released, left = ((done.stdout + done.stderr).decode().splitlines() or ['? ?'])[-1].replace('pages ', '').split()
    return found, released, left, done


CASES = ['reuse', 'vforked', 'small_stacks', 'small_signal_stack', 'coroutine', 'interrupted', 'terminated', 'swept',
         'no_descriptors', 'no_file_size', 'little_address_space', 'cancelled', 'forks']


@pytest.mark.parametrize('case', CASES)
def test_case(case, work):
    found, released, left, _ = behave(work, [compiled('host'), case])
    gone = found.entries('released') + found.entries('late') + found.entries('foreign')
    assert found['coverage']['events_lost'] == 0
    if case not in ('little_address_space', 'cancelled', 'terminated'):  # a call that was cut short may have made something
        assert found['coverage']['complete']
    if released != '?':
        assert (gone, found.entries('leaked')) == (int(released), int(left))
    assert found.entries('leaked') == int(left)
    assert found.entries('vanished') == 0


def test_thread_in_the_constructor_of_a_library(work):
    found, released, left, _ = behave(work, [compiled('host'), 'constructor'],
                                      TEST_LIBRARY=str(compiled('constructor', '-shared', '-fPIC')))
    assert (found.entries('released'), found.entries('leaked')) == (int(released), int(left))


def test_exceptions(work):
    found, released, left, done = behave(work, [compiled('exceptions')])
    assert done.stdout.startswith(b'25000 25000\n')
    assert (found.entries('released'), found.entries('leaked')) == (int(released), int(left))


def test_no_standard_streams(work):
    found, _, _, done = behave(work, [compiled('host'), 'no_streams'])
    assert done.returncode == 0
    assert (found.entries('released'), found.entries('leaked')) == (100, 2)


def test_redirections_of_dash(work):
    script = 'for i in 1 2 3; do : > a$i; (: > b$i); /bin/true > c$i; done; echo x | cat > d; rm a1 b2; exec cat d > e'
    found, _, _, _ = behave(work, ['sh', '-c', script + '; echo "pages 2 9"'])
    assert (found.entries('released'), found.entries('leaked')) == (2, 9)


def test_journal_full(work):
    found, _, _, _ = behave(work, [compiled('host'), 'many'], '--size=1M', lossy=True)
    assert found['coverage']['events_lost'] > 0
    assert not found['coverage']['complete']
    assert 'the journal was full' in found.limits()


def test_disk_full(work):
    """The disk that holds the journal is full before the journal is: counted, and no SIGBUS."""
    disk, pages = work.path / 'disk', work.path / 'pages'
    disk.mkdir()
    pages.mkdir()
    script = f'mount -t tmpfs -o size=1m none {disk} || exit 77; shift; {PAGELEAK} record --journal={disk}/journal -- "$@"; ' \
             f's=$?; {PAGELEAK} report --json={work.path}/report.json {disk}/journal; exit $s'
    done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', 'sh', compiled('host'), 'many'], cwd=pages, timeout=LIMIT,
                          env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode in (1, 77) and not (work.path / 'report.json').exists():
        pytest.skip('tmpfs: ' + done.stderr.decode().strip())
    assert (done.returncode, done.stdout) == (0, b'pages ? 1\n')
    coverage = work.load()['coverage']
    assert coverage['events_lost'] > 0 and not coverage['complete']
    assert any('the disk that holds the journal was full' in limit for limit in coverage['limits'])


def test_room_on_the_stack(work):
    """Half of what preload/stacks/native/unwind.c asks for before it unwinds (ROOM) is enough."""
    done = record(work.path / 'journal', [compiled('painted')], cwd=work.path)
    assert done.returncode == 0
    assert int(done.stdout) < 8192
