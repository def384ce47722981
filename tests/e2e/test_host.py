"""Programs that fight back (tests/victims/host.c): they behave as without an audit, and the audit is right or says that it is
not."""
import json
import os
import subprocess

import pytest

from auditing import PAGELEAK, compiled, environment, listing, place, record, report  # noqa: F401


def behave(place, command, *options, timeout=60, lossy=False, **more):  # noqa: F811
    """Runs it without and with an audit; gives the report and what was expected of it."""
    plain, audited, journal = place / 'plain', place / 'audited', place / 'journal'
    plain.mkdir()
    audited.mkdir()
    env = environment(**more)
    without = subprocess.run(command, cwd=plain, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    done = record(journal, command, *options, cwd=audited, timeout=timeout, env=env)
    assert done.returncode == without.returncode, done.stderr.decode()
    assert done.stdout == without.stdout
    assert {os.path.relpath(path, os.fsencode(audited)) for path in listing(audited)} == \
        {os.path.relpath(path, os.fsencode(plain)) for path in listing(plain)}
    found = report(journal, f'--pages={audited}/**')
    if not lossy:
        assert found.existing() == sorted(listing(audited))
    released, left = ((done.stdout + done.stderr).decode().splitlines() or ['? ?'])[-1].replace('pages ', '').split()
    return found, released, left, done


CASES = ['reuse', 'vforked', 'small_stacks', 'small_signal_stack', 'coroutine', 'interrupted', 'terminated', 'swept',
         'no_descriptors', 'no_file_size', 'little_address_space', 'cancelled', 'forks']


@pytest.mark.parametrize('case', CASES)
def test_case(case, place):  # noqa: F811
    found, released, left, _ = behave(place, [compiled('host'), case])
    gone = found.summary['released'] + found.summary['late'] + found.summary['foreign']
    assert found.coverage['events_lost'] == 0
    if case not in ('little_address_space', 'cancelled', 'terminated'):  # a call that was cut short may have made something
        assert found.coverage['complete']
    if released != '?':
        assert (gone, found.summary['leaked']) == (int(released), int(left))
    assert found.summary['leaked'] == int(left)
    assert found.summary['vanished'] == 0


def test_thread_in_the_constructor_of_a_library(place):  # noqa: F811
    found, released, left, _ = behave(place, [compiled('host'), 'constructor'],
                                      TEST_LIBRARY=str(compiled('constructor', '-shared', '-fPIC')))
    assert (found.summary['released'], found.summary['leaked']) == (int(released), int(left))


def test_exceptions(place):  # noqa: F811
    found, released, left, done = behave(place, [compiled('exceptions')])
    assert done.stdout.startswith(b'25000 25000\n')
    assert (found.summary['released'], found.summary['leaked']) == (int(released), int(left))


def test_no_standard_streams(place):  # noqa: F811
    found, _, _, done = behave(place, [compiled('host'), 'no_streams'])
    assert done.returncode == 0
    assert (found.summary['released'], found.summary['leaked']) == (100, 2)


def test_redirections_of_dash(place):  # noqa: F811
    script = 'for i in 1 2 3; do : > a$i; (: > b$i); /bin/true > c$i; done; echo x | cat > d; rm a1 b2; exec cat d > e'
    found, _, _, _ = behave(place, ['sh', '-c', script + '; echo "pages 2 9"'])
    assert (found.summary['released'], found.summary['leaked']) == (2, 9)


def test_journal_full(place):  # noqa: F811
    found, _, _, _ = behave(place, [compiled('host'), 'many'], '--size=1M', lossy=True)
    assert found.coverage['events_lost'] > 0
    assert not found.coverage['complete']
    assert 'the journal was full' in found.limits()


def test_disk_full(place):  # noqa: F811
    """The disk that holds the journal is full before the journal is: counted, and no SIGBUS."""
    disk, pages = place / 'disk', place / 'pages'
    disk.mkdir()
    pages.mkdir()
    script = f'mount -t tmpfs -o size=1m none {disk} || exit 77; shift; {PAGELEAK} record --journal={disk}/journal -- "$@"; ' \
             f's=$?; {PAGELEAK} report --json={place}/report.json {disk}/journal; exit $s'
    done = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', 'sh', compiled('host'), 'many'], cwd=pages, timeout=60,
                          env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode in (1, 77) and not (place / 'report.json').exists():
        pytest.skip('tmpfs: ' + done.stderr.decode().strip())
    assert (done.returncode, done.stdout) == (0, b'pages ? 1\n')
    coverage = json.loads((place / 'report.json').read_text())['coverage']
    assert coverage['events_lost'] > 0 and not coverage['complete']
    assert any('the disk that holds the journal was full' in limit for limit in coverage['limits'])


def test_room_on_the_stack(place):  # noqa: F811
    """Half of what preload/stacks/native/unwind.c asks for before it unwinds (ROOM) is enough."""
    done = record(place / 'journal', [compiled('painted')], cwd=place)
    assert done.returncode == 0
    assert int(done.stdout) < 8192
