"""The snapshot signal: a report of the running program, which goes on as if nothing had happened."""
import json
import os
import signal
import struct
import subprocess
import time

import pytest

from harness import processes
from harness.machine import as_nobody, need, need_namespaces
from harness.paths import LIBRARY, PAGELEAK
from harness.programs import closing_all
from harness.victims import compiled
from harness.waiting import LIMIT, appears, says

HOW = ['preloaded', 'run', 'record']


class Running:
    """A program below an audit; what it says at its end, and what was said of it meanwhile."""

    def __init__(self, work, how, *command, options=()):
        environ, words = dict(work.environ), []
        if how == 'preloaded':
            environ.update(LD_PRELOAD=str(LIBRARY), PAGELEAK=':'.join(['journal=%s/audit.data' % work.path, *(o.lstrip('-') for o in options)]))
        else:
            words = [str(PAGELEAK), how, '--journal=audit.data', *options, '--']
        self.said = work.path / 'said'
        self.work = work
        with open(self.said, 'w') as error:
            self.process = subprocess.Popen([*words, *map(str, command)], cwd=work.path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=error, text=True)

    def ready(self):
        assert self.process.stdout.readline() == 'ready\n', self.said.read_text()
        return self

    def signal(self, number=signal.SIGUSR2, snapshots=1, last='seen:'):
        """Sends it and waits until as many snapshots have been written in all, each with that in its last line."""
        self.process.send_signal(number)
        return self.until(last, snapshots)

    def until(self, word, count=1):
        return says(self.said, word, count)

    def end(self):
        out = self.process.communicate(timeout=LIMIT)[0]
        return self.process.returncode, out

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def start(work):
    with closing_all(Running, work) as begin:
        yield begin


@pytest.mark.parametrize('how', HOW)
def test_reports_and_the_program_notices_nothing(work, start, how):
    program = start(how, compiled('signalled'), 'watch').ready()
    for count in 1, 2, 3:
        said = program.signal(snapshots=count)
        assert said.count('snapshot: processes were still running') == count and said.count('temp/page-') >= count, said
    assert program.end() == (5, 'read=0 errno=77 sigchld=0 wait=-1,1 descriptors=+0 sleep=0\n')


@pytest.mark.parametrize('how', HOW)
def test_a_storm_while_threads_work_and_children_come_and_go(work, start, how):
    program = start(how, compiled('signalled'), 'threads').ready()
    for _ in range(20):
        program.process.send_signal(signal.SIGUSR2)
        time.sleep(0.02)
    program.until('pageleak: ')
    assert program.end() == (0, 'wrong=0 spawned=1\n')
    assert_only_what_is_so(program.said.read_text())


def assert_only_what_is_so(said):
    """Of a program that makes, removes and starts without end: nothing that it was in the middle of is taken for wrong."""
    reports = said.split('pageleak: ')[1:]
    assert reports and any('so far' in one or 'snapshot' in one for one in reports), said
    for wrong in 'vanished\n', 'VANISHED', 'not audited', 'unattributed', 'cut short', 'but not everything', 'killed, or crashed':
        assert wrong not in said, said


@pytest.mark.parametrize('how', HOW)
def test_from_outside_while_it_works(work, start, how):
    program = start(how, compiled('signalled'), 'threads').ready()
    pid = program.process.pid if how != 'run' else processes.children(program.process.pid)[0]
    for _ in range(8):
        done = work.pageleak('snapshot', '--json', str(pid))
        report = json.loads(done.stdout)
        assert report['coverage']['complete'] and report['audit']['mode'] == 'snapshot', report['coverage']
        assert not report['summary']['vanished']['entries'] and not report['coverage']['unaudited']
    assert program.end()[0] == 0


UNREADABLE = """import ctypes, sys, tempfile
tempfile.mkstemp(prefix="page-")
assert ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == 0  # PR_SET_DUMPABLE: /proc shows its memory to root alone
print("ready", flush=True)
sys.stdin.read()
"""


def test_of_a_program_whose_memory_may_not_be_read(work):
    words = [*as_nobody(work), need('env'), 'LD_PRELOAD=%s' % LIBRARY, 'PAGELEAK=text=said:journal=audit.data', '/usr/bin/python3', '-B', '-c', UNREADABLE]
    with subprocess.Popen(words, cwd=work.path, env=work.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == 'ready\n'
        process.send_signal(signal.SIGUSR2)
        said = work.path / 'said'
        assert 'snapshot: processes were still running' in says(said, 'seen:')
        process.stdin.close()
        assert process.wait(timeout=LIMIT) == 0
    assert 'snapshot' not in said.read_text() and '1 page leaked' in said.read_text()


def test_agrees_with_a_snapshot_from_outside_and_with_the_disk(work, start):
    program = start('preloaded', compiled('signalled'), 'watch', options=['--json=inside.json']).ready()
    program.signal()
    appears(work.path / 'inside.json')  # it is written behind the text
    inside = work.load('inside.json')
    outside = work.json('snapshot', str(program.process.pid))
    pages = [sorted(page['path'] for finding in report['findings'] for page in finding['pages']) for report in (inside, outside)]
    assert pages[0] == pages[1] == work.left() and inside['findings'] == outside['findings']
    assert inside['audit']['mode'] == 'snapshot'
    program.end()


def test_only_what_is_new(work, start):
    program = start('preloaded', compiled('signalled'), 'watch', options=['--new-since-last']).ready()
    assert 'LEAKED' in program.signal()
    said = program.signal(last='--new-since-last')
    assert said.count('LEAKED') == 1
    program.end()


@pytest.mark.parametrize('name, number', [('USR1', signal.SIGUSR1), ('SIGRTMIN+3', signal.SIGRTMIN + 3), ('1', signal.SIGHUP), ('winch', signal.SIGWINCH)])
def test_another_signal(work, start, name, number):
    program = start('record', compiled('signalled'), 'watch', options=['--signal=' + name]).ready()
    assert 'LEAKED' in program.signal(number)
    program.process.send_signal(signal.SIGUSR2)
    assert program.end()[0] == -signal.SIGUSR2


@pytest.mark.parametrize('name, why', [('KILL', 'cannot ask for a report'), ('SEGV', 'cannot ask'), ('USR3', 'there is no such signal'), ('RTMIN+99', 'no such signal')])
def test_signals_that_will_not_do(work, name, why):
    said = work.pageleak('run', '--signal=' + name, 'true')
    assert said.returncode == 125 and why in said.stderr


@pytest.mark.parametrize('how', HOW)
@pytest.mark.parametrize('what', ['raise', 'timer'])
def test_its_own_signal_ends_a_program_as_ever(work, start, how, what):
    status, _ = start(how, compiled('signalled'), what).end()
    assert status == (128 + signal.SIGUSR2 if how == 'run' else -signal.SIGUSR2)


@pytest.mark.parametrize('how', HOW)
@pytest.mark.parametrize('script', ['rm -f on; (: > on; read never < fifo) & until [ -e on ]; do :; done; kill -USR2 $!; wait $!; echo $?',
                                    'rm -f on; sh -c ": > on; read never < fifo" & until [ -e on ]; do :; done; kill -USR2 $!; wait $!; echo $?',
                                    '(kill -USR2 $$); echo $?', 'timeout -s USR2 0.2 sleep 300; echo $?', '/bin/sh -c "/bin/kill -USR2 $$"; echo $?'])
def test_a_signal_from_the_tree_itself_is_the_program_s(work, start, how, script):
    os.mkfifo(work.path / 'fifo')  # that nobody opens for writing
    plain = subprocess.run(['sh', '-c', script], cwd=work.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=LIMIT)
    status, out = start(how, 'sh', '-c', script).end()
    assert out == plain.stdout and status == (128 - plain.returncode if how == 'run' and plain.returncode < 0 else plain.returncode)


@pytest.mark.parametrize('how', HOW)
def test_a_handler_of_the_program_is_its_own(work, start, how):
    status, out = start(how, compiled('signalled'), 'own').end()
    assert out == 'asked=1 old=1 own=1 taken=1 both=1 back=1 signal=1 flags=1\n'


def test_a_program_that_handles_it_later_and_what_snapshot_says(work, start):
    program = start('record', compiled('signalled'), 'handles').ready()
    program.process.send_signal(signal.SIGUSR2)
    processes.has_taken_signals(program.process.pid)
    assert program.said.read_text() == ''
    said = work.pageleak('snapshot', str(program.process.pid)).stdout
    assert 'LEAKED' in said and 'handles or ignores the snapshot signal itself' in said and '--signal' in said
    assert program.end()[1] == 'taken=1\n'


def test_helpers_that_handle_it_are_not_worth_a_word(work, start):
    """xargs takes USR1 and USR2 for itself. Nobody asks it for a report."""
    program = start('record', 'sh', '-c', 'mktemp > left; echo "" | xargs "$0" watch', compiled('signalled'))
    program.ready()
    said = work.pageleak('snapshot', str(program.process.pid)).stdout
    assert 'LEAKED' in said and 'handles or ignores' not in said


def test_ignored_by_who_started_it(work, start):
    program = start('record', 'sh', '-c', 'trap "" USR2; exec "$0" watch', compiled('signalled')).ready()
    program.process.send_signal(signal.SIGUSR2)
    processes.has_taken_signals(program.process.pid)
    assert program.said.read_text() == '' and program.end()[0] == 5


def test_python_sees_the_default_action(work, start):
    code = 'import signal; print(signal.getsignal(signal.SIGUSR2) is signal.SIG_DFL, signal.signal(signal.SIGUSR2, lambda *_: print("mine")) is signal.SIG_DFL); signal.raise_signal(signal.SIGUSR2)'
    assert start('record', need('python3'), '-c', code).end() == (0, 'True True\nmine\n')


def test_judged_by_the_options_of_the_audit(work, start):
    program = start('run', compiled('signalled'), 'watch', options=['--not-pages=**/page-*']).ready()
    program.signal(last='no leaks')
    program.end()


def test_a_seccomp_filter_is_left_alone(work, start):
    """What it would do to our calls is not known: none is made, and nobody is ended."""
    code = ('import ctypes, sys, tempfile\ntempfile.mkstemp(prefix="page-")\nlibc = ctypes.CDLL(None, use_errno=True)\n'
            'class Program(ctypes.Structure): _fields_ = [("count", ctypes.c_ushort), ("filter", ctypes.c_void_p)]\n'
            'allow = (ctypes.c_uint64 * 1)(0x7fff000000000006)\n'
            'assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(Program(1, ctypes.addressof(allow))), 0, 0) == 0\n'
            'print("ready", flush=True)\nsys.stdin.read()\n')
    program = start('record', need('python3'), '-c', code).ready()
    program.process.send_signal(signal.SIGUSR2)
    processes.has_taken_signals(program.process.pid)
    assert program.said.read_text() == '' and program.end()[0] == 0


@pytest.mark.parametrize('how', ['preloaded', 'record'])
def test_from_outside_of_the_program_s_pid_namespace(work, start, how):
    """As `docker kill -s USR2` sends it: the sender has no number there."""
    need_namespaces('-pf', '--mount-proc')
    program = start(how, 'unshare', '-pf', '--mount-proc', compiled('signalled'), 'watch').ready()
    outer = program.process.pid
    [inner] = processes.children(outer)
    os.kill(inner, signal.SIGUSR2)
    program.until('seen:')
    status, out = program.end()
    assert status == 5 and out.startswith('read=0 errno=77') and 'LEAKED' in program.said.read_text()


@pytest.mark.parametrize('age, ends', [(1, True), (3600, False)])
def test_a_number_that_another_sender_had_long_ago(work, start, age, ends):
    """Whoever of the tree has sent it is on record, by its number, as it may be gone when the signal arrives."""
    program = start('preloaded', compiled('signalled'), 'watch').ready()
    with open(work.path / 'audit.data', 'r+b') as journal:
        journal.seek(344 + 8 * (os.getpid() % 4)) # struct journal_header
        journal.write(struct.pack('<Q', int(time.time()) - age << 32 | os.getpid()))
    if ends:
        program.process.send_signal(signal.SIGUSR2)
    else:
        assert 'LEAKED' in program.signal()
    assert program.end()[0] == (-signal.SIGUSR2 if ends else 5)
