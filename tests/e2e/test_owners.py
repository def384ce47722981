"""Whose page it is, and what a release counts as: shells and their helpers, make, workers and those who clean up after them,
daemons, and processes that are killed."""
import json
import os
import signal
from pathlib import Path

import pytest

from harness.machine import need
from harness.paths import PYTHON


def audit(work, *command, status=0):
    result = work.audit(*command, subcommand='run', options=['--pages=temp/**'])
    assert result.status == status, result.stderr
    assert result.paths('leaked') == {path for path in result.new if path.startswith(str(work.temp) + '/')}
    assert result.report['coverage']['complete'] and result.report['coverage']['unaudited'] == []
    return result, result.report.totals()


SHELL = [
    # the script asked mktemp for it, and rm to remove it
    ('f=$(mktemp); echo x > "$f"; rm "$f"', {'released': 1}),
    ('f=$(mktemp); unlink_it() { rm "$f"; }; (unlink_it)', {'released': 1}),
    ('d=$(mktemp -d); (cd "$d"; : > a; (: > b; rm b)); rm -r "$d"', {'released': 3}),
    # subshells and pipelines are the script's children
    ('(f=$(mktemp); echo "$f") | xargs rm', {'released': 1}),
    ('mktemp | cat | cat > name; read f < name; rm "$f"; rm name', {'released': 1}),
    ('f=$(mktemp); cat "$f" | { read x; rm "$f"; }; true', {'released': 1}),
    # background jobs that the living script waits for
    ('f=$(mktemp); (sleep 0.1; rm "$f") & wait', {'released': 1}),
    ('(f=$(mktemp); echo "$f" > name) & wait; read f < name; rm "$f" name', {'released': 1}),
    # exec: the same process, still the owner
    ('f=$(mktemp); exec rm "$f"', {'released': 1}),
    ('f=$(mktemp); exec env -i /bin/rm "$f"', {'released': 1}),
    # a job that outlives the script was not started by a living owner
    ('f=$(mktemp); (while kill -0 $$; do sleep 0.02; done; sleep 0.02; rm "$f") > /dev/null 2>&1 &', {'foreign': 1}),
]


@pytest.mark.parametrize('shell', ['dash', 'bash'])
@pytest.mark.parametrize('script, verdicts', SHELL)
def test_shell(work, shell, script, verdicts):
    assert audit(work, need(shell), '-c', script)[1] == verdicts


@pytest.mark.parametrize('shell', ['dash', 'bash'])
def test_trap(work, shell):
    """A trap on EXIT runs in the shell before it exits."""
    result, verdicts = audit(work, need(shell), '-c', 'f=$(mktemp); trap \'rm "$f"\' EXIT; : > "$f"')
    assert verdicts == {'released': 1}


def test_trap_of_a_subshell_that_is_killed(work):
    script = 'f=$(mktemp); (trap \'rm "$f"; exit 1\' TERM; : > ready; while :; do sleep 0.02; done) & ' \
             'while ! [ -e ready ]; do sleep 0.02; done; kill $!; wait $! || true; rm ready'
    assert audit(work, 'bash', '-c', script)[1] == {'released': 1}


def test_leaks_belong_to_the_script(work):
    result, verdicts = audit(work, 'dash', '-c', 'f=$(mktemp); (g=$(mktemp)); true')
    assert verdicts == {'leaked': 2}
    script = next(process for process in result.report['processes'] if process['argv'][1:2] == ['-c'])
    for finding in result.report['findings']:
        assert script['pid'] in [one['pid'] for one in finding['owner']['ancestry']]


def test_make_in_parallel(work):
    """Recipes make, other recipes remove; make itself lives all the time."""
    work.write('makefile', 'all: $(foreach i,1 2 3 4 5 6 7 8,gone$(i))\n$(foreach i,1 2 3 4 5 6 7 8,temp/$(i)): temp/%:\n\t: > $@\n'
               'gone%: temp/%\n\trm $<\n')
    result, verdicts = audit(work, need('make'), '-s', '-j4')
    assert verdicts == {'released': 8}


POOL = '''
import multiprocessing, os, sys, tempfile
from concurrent.futures import ProcessPoolExecutor

def make(i):
    handle, name = tempfile.mkstemp()
    os.close(handle)
    return name

def make_and_remove(i):
    os.unlink(make(i))

def remove(name):
    os.unlink(name)

if __name__ == "__main__":
    method, what = sys.argv[1:]
    context = multiprocessing.get_context(method)
    if what == "process":
        jobs = [context.Process(target=make_and_remove, args=(i,)) for i in range(4)]
        for job in jobs: job.start()
        for job in jobs: job.join()
    elif what == "pool":
        with context.Pool(2) as pool:
            pool.map(make_and_remove, range(8))
            pool.close(); pool.join()
    elif what == "executor":
        with ProcessPoolExecutor(2, mp_context=context) as pool: list(pool.map(make_and_remove, range(8)))
    elif what == "after":
        with context.Pool(2) as pool:
            names = pool.map(make, range(4))
            pool.close(); pool.join()
        for name in names: remove(name)
    elif what == "living":
        with context.Pool(2) as pool:
            for name in pool.map(make, range(4)): remove(name)
            pool.close(); pool.join()
    elif what == "children":
        names = [make(i) for i in range(4)]
        with context.Pool(2) as pool:
            pool.map(remove, names)
            pool.close(); pool.join()
'''


def verdicts_of(result, prefix):
    """Of pages with such names; released ones are not listed, so by difference."""
    return [finding['verdict'] for finding in result.report['findings'] for page in finding['pages']
            if os.path.basename(page['path']).startswith(prefix)]


@pytest.mark.parametrize('method', ['fork', 'spawn', 'forkserver'])
@pytest.mark.parametrize('what, verdict', [('process', 'released'), ('pool', 'released'), ('executor', 'released'),
                                           ('after', 'released'), ('living', 'foreign'), ('children', 'released')])
def test_multiprocessing(work, method, what, verdict):
    """Workers and their parent; a forkserver starts them, but its workers' pages pass up to it, and not to its parent."""
    work.write('pool.py', POOL)
    result, verdicts = audit(work, PYTHON, 'pool.py', method, what)
    count = 8 if what in ('pool', 'executor') else 4
    listed = verdicts_of(result, 'tmp')
    if method == 'forkserver' and what == 'after':
        verdict = 'foreign'
    assert listed == ([] if verdict == 'released' else [verdict] * count)
    assert verdicts.get('released', 0) >= (count if verdict == 'released' else 0)
    assert 'leaked' not in verdicts and 'vanished' not in verdicts


def test_shared_memory(work):
    """Unlinked by its owner; by the tracker, when the owner has ended without; and by the tracker of a killed one."""
    def run(code, status=0):
        program = 'from multiprocessing import shared_memory\nimport os, signal\ns = shared_memory.SharedMemory(create=True, size=64)\n'
        result = work.audit(PYTHON, '-c', program + code, subcommand='run')
        assert result.status == status, result.stderr
        assert result.report['coverage']['complete'] and result.entries('leaked') == 0
        return [finding['verdict'] for finding in result.report['findings'] for page in finding['pages'] if page['kind'] == 'shm']
    assert run('s.close(); s.unlink()') == []
    assert run('os._exit(0)') == ['foreign']
    assert run('os.kill(os.getpid(), signal.SIGKILL)', 137) == ['foreign']


WORKER = '''
import os, signal, sys, time
pages = sys.argv[1:]
ready, told = os.pipe()
worker = os.fork()
if not worker:
    for page in pages: open("temp/" + page, "w").close()
    os.write(told, b"x")
    %s
os.read(ready, 1)
%s
for page in pages: os.unlink("temp/" + page)
%s
'''


@pytest.mark.parametrize('worker, before, after, verdict, status', [
    ('os._exit(0)', 'os.waitpid(worker, 0)', '', 'released', {'exited': 0}),
    ('os._exit(3)', 'os.waitpid(worker, 0)', '', 'released', {'exited': 3}),
    ('time.sleep(300)', 'pass', 'os.kill(worker, 9); os.waitpid(worker, 0)', 'foreign', {'signaled': 9}),
    ('time.sleep(300)', 'os.kill(worker, 15); os.waitpid(worker, 0)', '', 'foreign', {'signaled': 15}),
    ('os.abort()', 'os.waitpid(worker, 0)', '', 'foreign', {'signaled': 6}),
])
def test_parent_that_cleans_up(work, worker, before, after, verdict, status):
    """After a worker that ended by itself its parent is the owner; after one that was killed nobody is, nor while it lives."""
    work.write('worker.py', WORKER % (worker, before, after))
    result, verdicts = audit(work, PYTHON, 'worker.py', 'a', 'b')
    assert verdicts == {verdict: 2}
    [process] = [process for process in result.report['processes'] if process['ppid'] == result.report['processes'][0]['pid']]
    assert process['status'] == status and process['ended']


DAEMON = '''
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind("temp/socket")
open("temp/pid", "w").close()
def leave():
    parent = os.getpid()
    if os.fork(): os._exit(0)
    while os.getppid() == parent: time.sleep(0.01)
leave()
os.setsid()
if "twice" in sys.argv: leave()
os.chdir(".")
open("temp/own", "w").close()
for name in ("socket", "own"): os.unlink("temp/" + name)
os.system("rm temp/pid")
if "late" in sys.argv: open("temp/left", "w").close()
os._exit(0)
'''


@pytest.mark.parametrize('how', [[], ['twice'], ['late']])
@pytest.mark.parametrize('shell', [False, True])
def test_daemon_made_by_hand(work, how, shell):
    """It removes the socket that its parent made, and lets rm remove the pid file: the same owner's line of descent."""
    work.write('daemon.py', DAEMON)
    command = [PYTHON, 'daemon.py', *how]
    result, verdicts = audit(work, *(['dash', '-c', '"$0" "$@"; true', *command] if shell else command))
    assert verdicts == ({'released': 3, 'leaked': 1} if how == ['late'] else {'released': 3})


@pytest.mark.parametrize('kill', [signal.SIGKILL, signal.SIGTERM])
def test_child_that_cleans_up_after_a_killed_command(work, kill):
    """Known from outside when the command ended; its child goes on for a while."""
    work.write('victim.py', 'import os, sys, time\nsys.path.insert(0, sys.argv[1])\nfrom harness import processes, waiting\n'
               'command = os.getpid()\nopen("temp/page", "w").close()\nready, told = os.pipe()\n'
               'if not os.fork():\n open("temp/mine", "w").close()\n os.unlink("temp/mine")\n os.write(told, b"x")\n'
               ' waiting.until(lambda: not processes.name(command) and processes.sleeps(os.getppid()), "pageleak knows of the end")\n'
               ' time.sleep(0.01)  # the end is on record in milliseconds\n os.unlink("temp/page")\n os._exit(0)\n'
               'os.read(ready, 1)\nos.kill(command, %d)\n' % kill)
    result, verdicts = audit(work, PYTHON, '-B', 'victim.py', Path(__file__).parent, status=128 + kill)
    assert verdicts == {'released': 1, 'foreign': 1}
    command = result.report['processes'][0]
    assert command['status'] == {'signaled': int(kill)} and command['ended'] < result.report['audit']['ended']
    [finding] = result.report['findings']
    assert finding['owner']['pid'] == command['pid']


def test_killed_shell_in_the_middle(work):
    """What a killed process had started was not started by the living owner any more."""
    work.write('inner', '(while ! [ -e over ]; do sleep 0.02; done; rm temp/page; : > done) &\nkill -9 $$\n')
    script = ': > temp/page; sh inner; : > over; while ! [ -e done ]; do sleep 0.02; done; rm done over; true'
    assert audit(work, 'dash', '-c', script)[1] == {'foreign': 1}


def test_record_of_a_killed_process(work):
    """A journal of `record`, whose command outlives what it killed."""
    work.write('script', 'mktemp > name; mkfifo never; sh -c ": > ready; read line < never" & while ! [ -e ready ]; do sleep 0.02; done\n'
               'kill -9 $!; wait $!; read f < name; rm "$f" name ready never\n')
    assert work.pageleak('record', 'sh', 'script').returncode == 0
    said = work.pageleak('report', '--json', 'pageleak.data')
    document = json.loads(said.stdout)
    assert document['summary']['released']['entries'] >= 1
    [killed] = [process for process in document['processes'] if process['argv'][:2] == ['sh', '-c']]
    assert killed['status'] == {'signaled': 9} and killed['ended']
