"""kill -9 of everything at a random moment: the journal can be read, and what it says is what is on disk, but for the call
that each process was in. PAGELEAK_HEAVY=1: ten times as
often."""
import ctypes
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from harness import processes
from harness.audits import environment, report
from harness.listing import listing
from harness.paths import PAGELEAK, VICTIMS
from harness.victims import compiled
from harness.waiting import LIMIT, until

TIMES = 20 if os.environ.get('PAGELEAK_HEAVY') else 2
PR_SET_CHILD_SUBREAPER, SECONDS = 36, 20


def kill_all(process):
    """Stops the tree from the top, so that nothing escapes, then kills every one of it. Gives how many there were."""
    stopped = []
    while True:
        new = [pid for pid in processes.tree(process.pid) if pid not in stopped]
        if not new:
            break
        for pid in new:
            stopped.append(pid)
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
    for pid in stopped:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait(timeout=LIMIT)
    while True:  # orphans come to this process
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return len(stopped)


@pytest.mark.parametrize('round_', range(10))
def test_what_the_journal_says_is_on_disk(round_, work):
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    choose = random.Random(round_ + int(os.environ.get('PAGELEAK_SEED', '0')))
    churn = compiled('churn')
    for turn in range(TIMES):
        directory, journal = work.path / f'pages{turn}', work.path / 'journal'
        directory.mkdir()
        script = f'{churn} {SECONDS} & {sys.executable} -B {VICTIMS}/churn.py {SECONDS} & exec sh {VICTIMS}/churn.sh'
        process = subprocess.Popen([PAGELEAK, 'record', f'--journal={journal}', '--', 'sh', '-c', script], cwd=directory,
                                   env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        until(lambda: len(processes.tree(process.pid)) > 1, 'the shell has begun')
        time.sleep(choose.uniform(0.05, 0.6))
        in_flight = kill_all(process)
        found = report(journal)
        said, there = set(found.existing()), set(listing(directory))
        names = {path for path in said if path.startswith(str(directory))}
        assert names <= there
        assert len(there - names) <= in_flight
        assert found.entries('vanished') <= in_flight
        assert found['coverage']['events_lost'] == 0
        assert found['audit']['ended'] is None
        journal.unlink()


ENDINGS = {'true': 'clean', 'exit 3': 'clean', 'kill -TERM $$': 'killed', 'kill -KILL $$': 'killed', 'kill -SEGV $$': 'crashed', 'kill -ABRT $$': 'crashed'}


@pytest.mark.parametrize('how', ['run', 'record'])
@pytest.mark.parametrize('script', list(ENDINGS))
def test_how_the_program_ended_is_told(work, how, script):
    work.pageleak(how, '--journal=j', 'sh', '-c', ': > "$TMPDIR/page"; ' + script)
    report = work.json('report', 'j')
    said = work.pageleak('report', 'j').stdout.splitlines()[0]
    # Who was not waited for can have crashed as well.
    expected = 'killed' if how == 'record' and ENDINGS[script] == 'crashed' else ENDINGS[script]
    assert report['audit']['ending'] == expected
    assert ('the program' in said) == (expected != 'clean') and expected.replace('clean', 'leaked') in said


def test_a_machine_that_went_down(work):
    """The journal was written out some time before this machine was started."""
    work.pageleak('record', '--journal=j', 'sh', '-c', ': > "$TMPDIR/page"; kill -KILL $$')
    with open('/proc/stat') as stat:
        boot = next(int(line.split()[1]) for line in stat if line.startswith('btime'))
    old = (boot - 1000) * 10 ** 9
    data = bytearray((work.path / 'j').read_bytes()[:1 << 20])
    now = time.time_ns()
    for at in range(0, len(data) - 8, 8):  # every time in it
        if now - 10 ** 12 < int.from_bytes(data[at:at + 8], 'little') <= now:
            data[at:at + 8] = old.to_bytes(8, 'little')
    (work.path / 'j').write_bytes(data)
    assert work.json('report', 'j')['audit']['ending'] == 'lost'
    assert 'the machine went down while it ran' in work.pageleak('report', 'j').stdout


def test_killed_at_once_and_waited_for_by_nobody(work):
    """Its parent is gone, too: only pageleak, to whom it is left, learns how it ended."""
    work.write('orphans.py', 'import os\nfor i in range(20):\n    if os.fork() == 0:\n'
               "        os.kill(os.posix_spawn('/bin/sleep', ['sleep', '300'], os.environ), 9)\n        os._exit(0)\n    os.wait()\n")
    result = work.audit('/usr/bin/python3', '-B', 'orphans.py')
    assert result.status == 0, result.stderr
    assert result.report['coverage']['complete'], result.report['coverage']
    assert {one['reason'] for one in result.report['coverage']['unaudited']} == {'killed before it began'}
