"""Hazards (tests/victims/hazards.c): the program does, prints and ends as without an audit, and what was not seen is named."""
import os
import stat
import subprocess

import pytest

from auditing import CAN_NOT, PAGELEAK, compiled, environment, listing, place, record, report, remove  # noqa: F401


def contents(directory):
    """Everything below a directory: relative name -> kind and, of files, their bytes."""
    found = {}
    for path in listing(directory):
        status = os.lstat(path)
        content = open(path, 'rb').read() if stat.S_ISREG(status.st_mode) else None
        found[os.path.relpath(path, os.fsencode(directory))] = (stat.S_IFMT(status.st_mode), content)
    return found


def audit(place, command, *options, timeout=60, **more):  # noqa: F811
    """Runs it without and with an audit, side by side in two directories: what can be seen from outside is the same."""
    plain, audited, journal = place / 'plain', place / 'audited', place / 'journal'
    plain.mkdir()
    audited.mkdir()
    env = environment(**more)
    without = subprocess.run(command, cwd=plain, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    if without.returncode == CAN_NOT:
        pytest.skip(without.stdout.decode().strip())
    done = record(journal, command, *options, cwd=audited, timeout=timeout, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (without.returncode, without.stdout, without.stderr)
    assert contents(audited) == contents(plain)
    found = report(journal, '--pages=/**')
    found.missing = set(listing(audited)) - set(found.existing())
    assert set(found.existing()) <= set(listing(audited))
    found.done = done
    return found


def exact(found):
    assert found.missing == set()
    assert found.coverage['events_lost'] == 0
    assert found.summary['vanished'] == 0


# ---- calls that do not come to their end ----

@pytest.mark.parametrize('case', ['jumped', 'cancelled', 'cancelled_at_once', 'killed'])
def test_calls_that_are_cut_short_are_counted(case, place):  # noqa: F811
    found = audit(place, [compiled('hazards'), case])
    exact(found)
    assert '1 calls that make or move names were cut short' in found.limits()
    assert not found.coverage['complete']


def test_a_call_that_two_processes_come_out_of_is_not_cut_short(place):  # noqa: F811
    found = audit(place, [compiled('hazards'), 'forked'])
    exact(found)
    assert found.coverage['complete'], found.limits()


# ---- ends, limits, privileges ----

COMPLETE = [
    ('end', 'abort'), ('end', '_exit'), ('end', 'quick_exit'), ('end', 'kill'), ('end', 'segv'), ('end', 'exec'), ('end', 'exit'),
    ('end', 'pthread_exit'),
    ('orders', ''), ('orders', 'destructor'),
    ('limited', 'nofile=0'), ('limited', 'nofile=4'), ('limited', 'fsize=0'), ('limited', 'stack=65536'), ('limited', 'stack=1'),
    ('limited', 'memlock=0'), ('limited', 'data=4194304'),
    ('limited', 'as=67108864'), ('limited', 'as=24000000'),
    ('undumpable', ''), ('dropped', ''),
    ('traced', ''),
    ('forks_in_a_thread', ''),
]


@pytest.mark.parametrize('case,argument', COMPLETE, ids=['-'.join(filter(None, each)) for each in COMPLETE])
def test_nothing_is_lost(case, argument, place):  # noqa: F811
    place.chmod(0o755)
    found = audit(place, [compiled('hazards'), case, argument])
    exact(found)
    assert found.coverage['complete'], found.coverage


def test_too_little_address_space_for_a_journal_is_named(place):  # noqa: F811
    found = audit(place, [compiled('hazards'), 'limited', 'as=15900000'])
    assert (found.coverage['processes'], found.coverage['audited'], found.coverage['complete']) == (2, 1, False)
    assert 'a process had too little address space to map the journal (1 times)' in found.limits()
    assert {os.path.basename(path) for path in found.missing} == {b'left-again'}
