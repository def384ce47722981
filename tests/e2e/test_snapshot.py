"""pageleak snapshot PID: a running program seen from outside. It goes on as if nothing had happened."""
import json
import os
import subprocess

import pytest

from harness import processes
from harness.audits import Report
from harness.machine import need
from harness.paths import LIBRARY, PAGELEAK
from harness.programs import Told, closing_all
from harness.waiting import LIMIT, until

PROGRAM = '''import os, sys, tempfile
kept = []
for line in sys.stdin:
    for word in line.split():
        if word == "make":
            kept.append(tempfile.mkstemp(prefix="page-"))
        elif word == "unlink":
            fd, path = kept.pop()
            os.unlink(path)
        elif word == "fork" and not os.fork():
            os.execvp("sleep", ["sleep", "300"])
    print(" ".join(sorted(os.listdir("/proc/self/fd"))), flush=True)
'''


class Running(Told):
    """A program below an audit."""

    def __init__(self, work, *options):
        super().__init__(work, PROGRAM, PAGELEAK, 'record', '--journal=j.data', *options)  # record becomes the program
        self.work = work
        self.tell('')

    def snapshot(self, *options, status=0):
        done = self.work.pageleak('snapshot', '--json', *options, self.pid)
        assert done.returncode == status, done.stderr
        return Report(json.loads(done.stdout))


@pytest.fixture
def running(work):
    with closing_all(Running, work) as start:
        yield start


def test_it_agrees_with_the_disk_each_time(work, running):
    program = running()
    for words in ('make', 'make make', 'unlink', 'make unlink'):
        program.tell(words)
        report = program.snapshot()
        assert report.paths('leaked') == set(work.left()) and report['audit']['mode'] == 'snapshot'
    assert len(set(work.left())) == 2
    assert program.end() == 0


# How it is begun, and how it is then asked.
KEPT_RULES = ['--pages=here/**', '--suppressions=rules']


@pytest.mark.parametrize('how', ['run', 'preloaded'])
def test_what_it_was_begun_with_holds(work, how):
    (work.path / 'here').mkdir()
    work.write('rules', 'path:here/hidden\n')
    work.write('app.py', "import os, sys\nfor name in 'shown', 'hidden': open('here/' + name, 'w')\nopen(os.environ['TMPDIR'] + '/x', 'w')\n"
                         "os.chdir('/')\nprint('ready', flush=True)\nsys.stdin.read()\n")
    environ, words = dict(work.environ), [str(PAGELEAK), 'run', '--text=/dev/null', *KEPT_RULES, '--']
    if how == 'preloaded':
        environ.update(LD_PRELOAD=str(LIBRARY), PAGELEAK='pages=here/**:text=/dev/null:suppressions=%s/rules' % work.path)
        words = []
    program = subprocess.Popen([*words, need('python3'), '-B', 'app.py'], cwd=work.path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout.readline() == 'ready\n'
        assert how == 'preloaded' or processes.children(program.pid)
        pid = str(program.pid)  # of `pageleak run` itself, too
        names = [[os.path.basename(path) for path in work.json('snapshot', *options, pid).paths('leaked')]
                 for options in ([], ['--pages=@default'], ['--suppressions=%s' % work.write('none', '')])]
        assert [sorted(found) for found in names] == [['shown'], ['x'], ['hidden', 'shown']]
        top = work.pageleak('top', '--batch', '--count=1', pid)
        assert '\n2 pages' in top.stdout, top.stdout
    finally:
        program.stdin.close()
        assert program.wait(timeout=LIMIT) == 0
        program.stdout.close()


def test_damage_is_told_once(work, running):
    """The journal is read twice."""
    program = running()
    program.tell('make')
    with open(work.path / 'j.data', 'r+b') as journal:
        journal.seek(4096 + 32)  # the size of the first record of the first chunk
        journal.write(b'\3\0\0\0')
    done = work.pageleak('snapshot', '--json', str(program.pid))
    assert done.stderr.count('1 damaged records or chunks left out') == 1, done.stderr
    assert not json.loads(done.stdout)['coverage']['complete']


def test_a_file_of_rules_that_is_not_there_is_left_out(work):
    """As the program's own reports leave out what was missing when it began; here it may also have gone since."""
    settings = 'text=/dev/null:suppressions=%s/missing' % work.path
    environ = dict(work.environ, LD_PRELOAD=str(LIBRARY), PAGELEAK=settings)
    words = ['/usr/bin/python3', '-B', '-c', 'import sys, tempfile; tempfile.mkstemp(); print("ready", flush=True); sys.stdin.read()']
    with subprocess.Popen(words, cwd=work.path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        assert program.stdout.readline() == 'ready\n'
        done = work.pageleak('snapshot', '--json', str(program.pid))
        assert done.returncode == 0, done.stderr
        assert len(Report(json.loads(done.stdout)).paths('leaked')) == 1


def test_the_program_has_no_descriptor_more(running):
    program = running()
    before = program.tell('make')
    program.snapshot()
    program.snapshot('--new-since-last')
    assert program.tell('') == before
    assert program.end() == 0


def test_new_since_the_last(work, running):
    program = running()
    program.tell('make')
    assert len(program.snapshot('--new-since-last').paths('leaked')) == 1  # the first: all is new
    before = set(work.left())
    program.tell('make make')
    report = program.snapshot('--new-since-last')
    assert report.paths('leaked') == set(work.left()) - before
    assert [(rule['rule'], rule['entries']) for rule in report['suppressed']] == [('--new-since-last', 1)]
    assert program.snapshot('--new-since-last').paths('leaked') == set()
    assert program.snapshot().paths('leaked') == set(work.left())


def test_min_age(work, running):
    program = running()
    program.tell('make')
    assert program.snapshot('--min-age=3600').paths('leaked') == set()
    assert program.snapshot('--min-age=0').paths('leaked') == set(work.left())


def test_any_process_of_the_tree_will_do(work, running):
    program = running()
    program.tell('make fork')
    [child] = processes.children(program.pid)
    try:
        until(lambda: processes.name(child) == 'sleep' and 'j.data' in processes.read(child, 'maps'), 'it has begun')
        done = work.pageleak('snapshot', '--json', str(child))
        assert done.returncode == 0 and Report(json.loads(done.stdout)).paths('leaked') == set(work.left())
    finally:
        os.kill(child, 9)


def test_the_gate(running):
    program = running()
    assert program.snapshot('--fail-on=leaked')['summary']['leaked']['entries'] == 0
    program.tell('make')
    program.snapshot('--fail-on=leaked', status=23)
    program.snapshot('--fail-on=late')


def test_a_journal_without_a_name(work, running):
    program = running()
    program.tell('make')
    (work.path / 'j.data').unlink()
    done = work.pageleak('snapshot', '--json', str(program.pid))
    if done.returncode == 125:  # without the right to open map_files it says so
        assert 'is not audited' in done.stderr or 'cannot be' in done.stderr
    else:
        assert Report(json.loads(done.stdout)).paths('leaked') == set(work.left())
    assert program.end() == 0


def test_what_is_refused(work):
    plain = subprocess.Popen(['sleep', str(LIMIT)])
    try:
        for arguments, said in (([str(plain.pid)], 'is not audited'), (['99999999'], 'there is no process 99999999'), (['x1'], 'no process number'),
                                ([], 'which process?'), (['1', '2'], 'no process number'), (['--settle=1', '1'], '--settle is nothing')):
            done = work.pageleak('snapshot', *arguments)
            assert done.returncode == 125 and said in done.stderr and not done.stdout
    finally:
        plain.kill()
        plain.wait()


SERVICE = '''import os, sys, tempfile
def init():
    return tempfile.mkdtemp(prefix="svc-")
def handle(where, number):
    open(os.path.join(where, "req-%d" % number), "w").close()
where = init()
for number, line in enumerate(sys.stdin):
    os.system("exec touch %s/by-another-%d" % (where, number))
    handle(where, number)
    print("done", flush=True)
'''


def test_what_is_new_in_a_directory_that_is_not(work):
    """It is told by who made it, and not by who made the directory."""
    work.write('service.py', SERVICE)
    process = subprocess.Popen([str(PAGELEAK), 'record', '--journal=j.data', '/usr/bin/python3', '-B', 'service.py'], cwd=work.path, env=work.environ,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(2):
            process.stdin.write('go\n')
            process.stdin.flush()
            assert process.stdout.readline() == 'done\n'
            report = work.json('snapshot', '--new-since-last', str(process.pid))
        made = {(page['path'].rpartition('/')[2], (finding['python'] or [{'function': None}])[0]['function']) for finding in report['findings'] for page in finding['pages']}
        assert made == {('req-1', 'handle'), ('by-another-1', None)}, made
    finally:
        process.communicate(timeout=LIMIT)


@pytest.mark.parametrize('first', ['#!/bin/sh', '#!/usr/bin/env sh', '#!/usr/bin/env -S sh -u'])
def test_a_script_below_run_is_the_command(work, first):
    """What runs is its interpreter, by that one's name. After the second in which it may still be beginning."""
    work.write('script', '%s\nmktemp\necho ready\nread line\n' % first)
    (work.path / 'script').chmod(0o755)
    process = subprocess.Popen([str(PAGELEAK), 'run', './script'], cwd=work.path, env=work.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    while process.stdout.readline() != 'ready\n':
        pass
    until(lambda: processes.age(processes.children(process.pid)[0]) > 1.2, 'the second is over')
    done = work.pageleak('snapshot', '--json', str(process.pid))
    report = json.loads(done.stdout)
    process.communicate('\n', timeout=LIMIT)
    assert report['coverage']['complete'] and report['coverage']['unaudited'] == [], report['coverage']
    assert report['summary']['leaked']['entries'] == 1
