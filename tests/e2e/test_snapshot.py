"""pageleak snapshot PID: a running program seen from outside. It goes on as if nothing had happened."""
import json
import os
import subprocess
import time

import pytest
from conftest import BUILD, PAGELEAK, need

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
            os.execvp("sleep", ["sleep", "60"])
    print(" ".join(sorted(os.listdir("/proc/self/fd"))), flush=True)
'''


class Running:
    """A program that does as it is told, below an audit."""

    def __init__(self, work, *options):
        self.work = work
        work.write('app.py', PROGRAM)
        self.process = subprocess.Popen([str(PAGELEAK), 'record', '--journal=j.data', *options, need('python3'), '-B', 'app.py'], cwd=work.path,
                                        env=work.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # record becomes the program
        self.pid = self.process.pid
        self.descriptors = self.tell('')

    def tell(self, words):
        self.process.stdin.write(words + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def snapshot(self, *options, status=0):
        done = self.work.pageleak('snapshot', '--json', *options, str(self.pid))
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout)

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=30)


@pytest.fixture
def running(work):
    programs = []

    def start(*options):
        programs.append(Running(work, *options))
        return programs[-1]
    yield start
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()
        program.process.stdout.close()


def leaked(report):
    return {page['path'] for finding in report['findings'] if finding['verdict'] == 'leaked' for page in finding['pages']}


def on_disk(work):
    return {str(path) for path in work.temp.iterdir()}


def test_it_agrees_with_the_disk_each_time(work, running):
    program = running()
    for words in ('make', 'make make', 'unlink', 'make unlink'):
        program.tell(words)
        report = program.snapshot()
        assert leaked(report) == on_disk(work) and report['audit']['mode'] == 'snapshot'
    assert len(on_disk(work)) == 2
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
        environ.update(LD_PRELOAD=str(BUILD / 'libpageleak.so'), PAGELEAK='pages=here/**:text=/dev/null:suppressions=%s/rules' % work.path)
        words = []
    program = subprocess.Popen([*words, need('python3'), '-B', 'app.py'], cwd=work.path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout.readline() == 'ready\n'
        children = open('/proc/%d/task/%d/children' % (program.pid, program.pid)).read().split()
        assert how == 'preloaded' or children
        pid = str(program.pid)  # of `pageleak run` itself, too
        names = [[os.path.basename(path) for path in leaked(json.loads(work.pageleak('snapshot', '--json', *options, pid).stdout))]
                 for options in ([], ['--pages=@default'], ['--suppressions=%s' % work.write('none', '')])]
        assert [sorted(found) for found in names] == [['shown'], ['x'], ['hidden', 'shown']]
        top = work.pageleak('top', '--batch', '--count=1', pid)
        assert '\n2 pages' in top.stdout, top.stdout
    finally:
        program.stdin.close()
        assert program.wait(timeout=30) == 0
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
    environ = dict(work.environ, LD_PRELOAD=str(BUILD / 'libpageleak.so'), PAGELEAK=settings)
    words = ['/usr/bin/python3', '-B', '-c', 'import sys, tempfile; tempfile.mkstemp(); print("ready", flush=True); sys.stdin.read()']
    with subprocess.Popen(words, cwd=work.path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        assert program.stdout.readline() == 'ready\n'
        done = work.pageleak('snapshot', '--json', str(program.pid))
        assert done.returncode == 0, done.stderr
        assert len(leaked(json.loads(done.stdout))) == 1


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
    assert len(leaked(program.snapshot('--new-since-last'))) == 1  # the first: all is new
    before = on_disk(work)
    program.tell('make make')
    report = program.snapshot('--new-since-last')
    assert leaked(report) == on_disk(work) - before
    assert [(rule['rule'], rule['entries']) for rule in report['suppressed']] == [('--new-since-last', 1)]
    assert leaked(program.snapshot('--new-since-last')) == set()
    assert leaked(program.snapshot()) == on_disk(work)


def test_min_age(work, running):
    program = running()
    program.tell('make')
    assert leaked(program.snapshot('--min-age=3600')) == set()
    assert leaked(program.snapshot('--min-age=0')) == on_disk(work)


def test_any_process_of_the_tree_will_do(work, running):
    program = running()
    program.tell('make fork')
    child = int(open('/proc/%d/task/%d/children' % (program.pid, program.pid)).read().split()[0])
    try:
        while b'sleep' not in open('/proc/%d/cmdline' % child, 'rb').read() or 'j.data' not in open('/proc/%d/maps' % child).read():
            time.sleep(0.01)  # between fork, exec and its first steps
        done = work.pageleak('snapshot', '--json', str(child))
        assert done.returncode == 0 and leaked(json.loads(done.stdout)) == on_disk(work)
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
        assert leaked(json.loads(done.stdout)) == on_disk(work)
    assert program.end() == 0


def test_what_is_refused(work):
    plain = subprocess.Popen(['sleep', '60'])
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
            report = json.loads(work.pageleak('snapshot', '--json', '--new-since-last', str(process.pid)).stdout)
        made = {(page['path'].rpartition('/')[2], (finding['python'] or [{'function': None}])[0]['function']) for finding in report['findings'] for page in finding['pages']}
        assert made == {('req-1', 'handle'), ('by-another-1', None)}, made
    finally:
        process.communicate(timeout=30)


@pytest.mark.parametrize('first', ['#!/bin/sh', '#!/usr/bin/env sh', '#!/usr/bin/env -S sh -u'])
def test_a_script_below_run_is_the_command(work, first):
    """What runs is its interpreter, by that one's name. After the second in which it may still be beginning."""
    work.write('script', '%s\nmktemp\necho ready\nread line\n' % first)
    (work.path / 'script').chmod(0o755)
    process = subprocess.Popen([str(PAGELEAK), 'run', './script'], cwd=work.path, env=work.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    while process.stdout.readline() != 'ready\n':
        pass
    time.sleep(1.2)
    done = work.pageleak('snapshot', '--json', str(process.pid))
    report = json.loads(done.stdout)
    process.communicate('\n', timeout=30)
    assert report['coverage']['complete'] and report['coverage']['unaudited'] == [], report['coverage']
    assert report['summary']['leaked']['entries'] == 1
