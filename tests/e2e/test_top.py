"""pageleak top: a growing audit seen live, in a terminal and as text. What it counts is what the report says."""
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess

import pytest

from harness import processes
from harness.machine import need
from harness.paths import PAGELEAK
from harness.programs import Told, closing_all
from harness.terminal import Terminal
from harness.waiting import LIMIT, until

PROGRAM = '''import os, sys, tempfile
kept = []
def make():
    kept.append(tempfile.mkstemp(prefix="page-"))
    os.write(kept[-1][0], b"x" * 5000)
for line in sys.stdin:
    for word in line.split():
        if word == "make":
            make()
        elif word == "unlink":
            os.unlink(kept.pop()[1])
        elif word == "output":
            open("output-%d" % len(kept), "w").close()
            kept.append(tempfile.mkstemp(prefix="page-"))
    print("done", flush=True)
'''


class Program(Told):
    """A program below an audit."""

    def __init__(self, work, *options, command='record'):
        super().__init__(work, PROGRAM, PAGELEAK, command, *options, '--')
        self.tell('')


@pytest.fixture
def program(work):
    with closing_all(Program, work) as start:
        yield start


def batch(work, *arguments, count=1):
    done = work.pageleak('top', '--batch', '--count=%d' % count, '--delay=0.2', *arguments)
    assert done.returncode == 0 and done.stderr == '', done.stderr
    return done.stdout


def row_of(text, place):
    """The columns of the last row of that place, by title."""
    lines = text.splitlines()
    titles = next(line for line in lines if ' GROWS ' in line).split()
    row = next(line for line in reversed(lines) if place in line)
    ends = {title: next(line for line in lines if ' GROWS ' in line).index(title) + len(title) for title in titles}
    before = 0
    columns = {}
    for title in titles[:7]:
        columns[title] = row[before:ends[title]].strip()
        before = ends[title]
    return columns


# ---- what it counts ----

def test_counts_as_the_program_goes(work, program):
    running = program()
    running.tell('make make make unlink')
    said = batch(work)
    assert 'running' in said and 'pid %d' % running.pid in said and '2 pages, 16.0 KiB' in said
    columns = row_of(said, '/page-*')
    assert 'make  app.py:4' in said
    assert (columns['LIVE'], columns['MADE'], columns['GONE'], columns['BYTES']) == ('2', '3', '1', '16.0 KiB')
    assert str(work.temp.relative_to(work.path)) + '/page-*' in said
    running.tell('make')
    assert row_of(batch(work), '/page-*')['LIVE'] == '3'


def test_names_that_tempfile_chose_keep_what_the_program_gave_them(work):
    work.write('kept.py', 'import tempfile\nfor i in range(40): tempfile.mkdtemp(prefix="keep")\n')
    assert work.pageleak('record', '--journal=j', '--', need('python3'), '-B', 'kept.py').returncode == 0
    shown = work.pageleak('top', '--batch', '--count=1', 'j').stdout
    assert 'temp/keep*' in shown, shown


def test_agrees_with_snapshot_and_report(work, program):
    running = program()
    running.tell('make ' * 20 + 'unlink ' * 5 + 'output output')
    snapshot = work.json('snapshot', str(running.pid))
    leaked = snapshot['summary']['leaked']
    assert leaked['entries'] == 17
    assert '17 pages, %.1f KiB' % (leaked['bytes'] / 1024) in batch(work, str(running.pid))
    kept = snapshot['summary']['kept']['entries']
    assert kept == 2 and '19 entries' in batch(work, '--show-kept')
    assert '2 pages' in batch(work, '--pages=output-*')
    assert '0 pages' in batch(work, '--not-pages=**/page-*')
    running.end()
    report = json.loads(work.pageleak('report', '--json').stdout)
    assert report['summary']['leaked']['entries'] == 17
    assert 'ended' in batch(work) and '17 pages' in batch(work)


def test_what_is_gone_without_a_record_has_vanished(work, program):
    running = program()
    running.tell('make make')
    running.end()
    os.unlink(next(work.temp.glob('page-*')))
    said = batch(work)
    assert '1 page, 8.0 KiB' in said, said


def test_the_journal_is_left_as_it_is(work, program):
    running = program('--size=2M')
    running.tell('make')
    running.end()
    before = hashlib.sha256((work.path / 'pageleak.data').read_bytes()).digest()
    batch(work)
    assert hashlib.sha256((work.path / 'pageleak.data').read_bytes()).digest() == before


# ---- which audit, and its end ----

def test_of_a_run_by_its_process(work, program):
    running = program(command='run')
    running.tell('make')
    children = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(running.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    assert '1 page' in batch(work, children[0])


def test_without_a_journal_the_audits_that_run(work, program):
    running = program('--journal=elsewhere.data')
    running.tell('make')
    done = work.pageleak('top', '--batch', '--count=1')
    assert (done.returncode == 0 and 'app.py' in done.stdout) or ('which one?' in done.stderr and 'pid %d ' % running.pid in done.stderr)


def test_a_process_that_is_not_audited(work):
    """One without children: those of the tests' own process may be audited."""
    with subprocess.Popen(['sleep', str(LIMIT)], env=work.environ) as other:
        done = work.pageleak('top', '--batch', str(other.pid))
        other.kill()
    assert done.returncode == 125 and 'is not audited' in done.stderr


def test_stays_until_the_audit_ends(work, program):
    running = program()
    running.tell('make make')
    with subprocess.Popen([str(PAGELEAK), 'top', '--batch', '--delay=0.2'], cwd=work.path, env=work.environ, stdout=subprocess.PIPE, text=True) as top:
        said = ''
        while said.count('pageleak top') < 2:
            said += top.stdout.readline()
            assert top.poll() is None
        running.process.kill()
        running.process.wait(timeout=LIMIT)
        said += top.communicate(timeout=LIMIT)[0]
    assert top.returncode == 0 and said.count('pageleak top') >= 3
    assert 'ended' in said.splitlines()[-1] or 'ended' in said[said.rindex('pageleak top'):]
    assert '2 pages' in said[said.rindex('pageleak top'):]


def test_the_exit_status_of_a_run_is_told(work):
    work.audit('sh', '-c', 'mktemp > /dev/null; exit 3', subcommand='run', options=['--journal=j.data'])
    assert 'ended, exit status 3' in batch(work, 'j.data')


def test_what_was_not_audited_is_said(work):
    need('busybox')
    work.audit('sh', '-c', 'mktemp > /dev/null', subcommand='run', options=['--journal=whole.data'])
    assert 'all processes audited' in batch(work, 'whole.data')
    work.audit('sh', '-c', 'mktemp > /dev/null; busybox true', subcommand='run', options=['--journal=part.data'])
    report = work.json('report', 'part.data')
    said = batch(work, 'part.data')
    assert report['coverage']['complete'] or 'incomplete: busybox is not audited' in said


def test_a_journal_of_another_machine(work, program):
    running = program('--size=1M')
    running.tell('make make')
    running.end()
    host = os.uname().nodename.encode()
    bytes_ = (work.path / 'pageleak.data').read_bytes()
    assert host in bytes_[:16384]
    (work.path / 'other.data').write_bytes(bytes_.replace(host, b'x' * len(host), 1))
    for page in work.temp.glob('page-*'):
        page.unlink()
    said = batch(work, 'other.data')
    assert 'recorded on x' in said and '2 pages' in said  # nothing is looked up here


# ---- journals that are not well ----

def test_not_a_journal(work):
    work.write('noise', 'x' * 10000)
    for name, part in (('noise', 'not a pageleak journal'), ('missing', 'No such file')):
        done = work.pageleak('top', '--batch', name)
        assert done.returncode == 125 and part in done.stderr


def test_cut_short_while_it_is_watched(work, program):
    running = program('--size=2M')
    running.tell('make ' * 50)
    running.end()
    shutil.copy(work.path / 'pageleak.data', work.path / 'copy.data')
    with open(work.path / 'copy.data', 'r+b') as file:
        file.truncate(6000)
    assert 'cut short' in batch(work, 'copy.data')
    with open(work.path / 'copy.data', 'r+b') as file:
        file.truncate(100)
    assert work.pageleak('top', '--batch', 'copy.data').returncode == 125


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_journals_of_others_are_refused(work, program):
    running = program()
    running.tell('make')
    running.end()
    os.chown(work.path / 'pageleak.data', 12345, -1)
    done = work.pageleak('top', '--batch')
    assert done.returncode == 125 and '--force' in done.stderr
    assert '1 page' in batch(work, '--force')


# ---- terminals ----

@pytest.mark.parametrize('term, part', [('dumb', 'cannot address the cursor'), ('no-such-terminal', 'is not known'), ('', 'TERM is not set')])
def test_terminals_that_will_not_do(work, program, term, part):
    program()
    keyboard, screen = pty.openpty()
    done = subprocess.run([str(PAGELEAK), 'top'], cwd=work.path, env=dict(work.environ, TERM=term), stdin=screen, stdout=screen,
                          stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    os.close(screen)
    os.close(keyboard)
    assert done.returncode == 125 and part in done.stderr and '--batch' in done.stderr


def test_no_terminal(work, program):
    program()
    done = work.pageleak('top')
    assert done.returncode == 125 and 'is no terminal' in done.stderr and '--batch' in done.stderr


class Screen(Terminal):
    """pageleak top in a terminal."""

    def __init__(self, work, *arguments, **environment):
        super().__init__([PAGELEAK, 'top', '--delay=0.2', *arguments], cwd=work.path, stderr=subprocess.PIPE,
                         env=dict(work.environ, TERM='xterm', **environment))

    def end(self):
        return super().end(), self.process.stderr.read().decode()


@pytest.fixture
def screen(work):
    with closing_all(Screen, work) as start:
        yield start


def test_keys(work, program, screen):
    running = program()
    running.tell('make make')
    top = screen()
    top.until(b'app.py:4')
    top.press(b'\r', b'made by')
    top.until(b'newest')
    top.press(b'q', b'GROWS')
    top.press(b'h', b'other key')
    top.press(b'x', b'GROWS')
    top.press(b'/nothing-like-it\r', b'no site matches')
    top.press(b'\033', b'app.py:4')
    top.press(b'p', b'PAUSED')
    top.press(b' ', b'Enter')
    running.tell('make make make')
    top.until(b'5')
    os.write(top.keyboard, b'q')
    assert top.end() == (0, '')


def test_the_end_is_said_and_the_view_stays(work, program, screen):
    running = program()
    running.tell('make')
    top = screen()
    top.until(b'running')
    running.end()
    top.until(b'ended')
    top.press(b'h', b'other key')
    top.press(b'x', b'GROWS')
    os.write(top.keyboard, b'q')
    assert top.end() == (0, '')


def test_resize(work, program, screen):
    program().tell('make')
    top = screen()
    top.until(b'app.py:4')
    assert b'MADE' not in top.seen
    top.resize(40, 120)
    os.kill(top.process.pid, signal.SIGWINCH)
    top.until(b'MADE')
    top.resize(2, 5)
    os.kill(top.process.pid, signal.SIGWINCH)
    until(lambda: processes.sleeps(top.process.pid), 'the signal is taken')
    top.seen = b''
    top.resize(24, 80)
    os.kill(top.process.pid, signal.SIGWINCH)
    top.until(b'app.py:4')


def test_colour(work, program, screen):
    program().tell('make')
    coloured, plain, never = screen(), screen(NO_COLOR='1'), screen('--color=never')
    for top in (coloured, plain, never):
        top.until(b'app.py:4')
    colour = re.compile(rb'\033\[[0-9;]*3[0-7]m')
    assert colour.search(coloured.seen) and not colour.search(plain.seen) and not colour.search(never.seen)


def test_ascii_and_utf8(work, program, screen):
    program().tell('make')
    ascii_, utf8 = screen(LC_ALL='C'), screen(LC_ALL='C.UTF-8')
    utf8.until('▁'.encode())
    ascii_.until(b'app.py:4')
    os.write(ascii_.keyboard, b'h')
    ascii_.until(b'other key')  # so all of the table has been drawn before
    assert not re.search(rb'[\x80-\xff]', ascii_.seen)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_leave_the_terminal_in_order(work, program, screen, number):
    program().tell('make')
    top = screen()
    top.until(b'app.py:4')
    top.seen = b''
    os.kill(top.process.pid, number)
    assert top.end()[0] == 0
    assert b'\033[?1049l' in top.seen


def test_a_terminal_that_is_gone(work, program, screen):
    program().tell('make')
    top = screen()
    top.until(b'app.py:4')
    top.hang_up()
    top.process.wait(timeout=LIMIT)
