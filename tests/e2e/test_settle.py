"""--settle: how long an audit waits for what its command left running, and how that is told."""
import os
import signal
import subprocess

import pytest

from harness.machine import need
from harness.waiting import LIMIT

DAEMON = '''import os, sys, tempfile, time
if os.fork():
    os._exit(0)
os.setsid()
for fd in range(3):
    os.dup2(os.open(os.devnull, os.O_RDWR), fd)
path = tempfile.mkstemp()[1]
open("pid", "w").write(str(os.getpid()))
command = int(sys.argv[1])  # the process that it outlives; 0: whoever will kill it
while command == 0 or os.path.exists("/proc/%d" % command):
    time.sleep(0.01)
os.unlink(path)
'''


@pytest.fixture
def daemon(work):
    work.write('daemon.py', DAEMON)
    work.write('leave.sh', '[ "$1" = 0 ] || set -- $$\npython3 -B daemon.py "$1"; until [ -s pid ]; do sleep 0.05; done\n')
    yield work
    pid = int((work.path / 'pid').read_text())
    try:
        if b'daemon.py' in open('/proc/%d/cmdline' % pid, 'rb').read():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def check(work, life, *options, subcommand='check'):
    """With a daemon that lives on ('for ever') or ends soon after the command ('a while')."""
    need('python3')
    done = work.pageleak(subcommand, *options, '--json=o.json', 'sh', 'leave.sh', {'for ever': '0', 'a while': 'own'}[life])
    return done, work.load('o.json')


def test_a_daemon_is_named_and_its_page_told(daemon):
    done, report = check(daemon, 'for ever', '--settle=1', '--text')
    pid = int((daemon.path / 'pid').read_text())
    assert done.returncode == 23
    assert report['audit']['mode'] == 'snapshot' and report['audit']['ended'] is None
    assert [one['pid'] for one in report['coverage']['running']] == [pid] and 'python3' in report['coverage']['running'][0]['exe']
    assert not report['coverage']['complete']
    assert report['summary']['leaked']['entries'] == 1
    assert 'still running: ' in done.stdout and '(pid %d)' % pid in done.stdout


def test_what_ends_in_time_is_waited_for(daemon):
    done, report = check(daemon, 'a while', '--settle=%d' % (10 * LIMIT))  # which is not waited out
    assert done.returncode == 0
    assert report['audit']['mode'] == 'exit' and report['coverage']['running'] == [] and report['summary']['leaked']['entries'] == 0


def test_nothing_found_is_no_clean_audit_while_something_runs(daemon):
    daemon.write('daemon.py', DAEMON.replace('path = tempfile.mkstemp()[1]\n', '').replace('os.unlink(path)\n', ''))
    done, report = check(daemon, 'for ever', '--settle=0')
    assert done.returncode == 24 and 'still running' in done.stderr
    done, report = check(daemon, 'for ever', '--settle=0', subcommand='run')
    assert done.returncode == 0


HIDDEN = r'''#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int ready[2];
static void *start(void *unused)
{
	if (!fork())
		write(ready[1], "", 1);
	for (;;)
		pause();
	return unused;
}
static char state(pid_t pid)
{
	char name[64], text[512] = "";
	snprintf(name, sizeof name, "/proc/%d/stat", pid);
	FILE *file = fopen(name, "r");
	fread(text, 1, sizeof text - 1, file);
	fclose(file);
	return strrchr(text, ')')[2];
}
int main(void)
{
	pthread_t thread;
	pipe(ready);
	pid_t daemon = fork();
	if (daemon) {
		char byte;
		read(ready[0], &byte, 1);
		while (state(daemon) != 'Z') /* its first thread */
			usleep(1000);
		_exit(0);
	}
	setsid();
	for (int i = 0; i < 3; i++)
		close(i);
	FILE *file = fopen("pid", "w");
	fprintf(file, "%d", getpid());
	fclose(file);
	pthread_create(&thread, NULL, start, NULL);
	pthread_exit(NULL);
}
'''


def test_a_process_whose_first_thread_has_ended_runs(work):
    """Such a one has no program in /proc, and what a thread started is that thread's alone."""
    work.write('hidden.c', HIDDEN)
    subprocess.run(['cc', '-pthread', '-o', 'hidden', 'hidden.c'], cwd=work.path, check=True)
    done = work.pageleak('check', '--settle=0', '--json=o.json', './hidden')
    running = work.load('o.json')['coverage']['running']
    for one in running:
        os.kill(one['pid'], signal.SIGKILL)
    pid = int((work.path / 'pid').read_text())
    assert done.returncode == 24 and len(running) == 2 and running[0]['pid'] == pid and running[1]['pid'] != pid
    assert all(os.path.basename(one['exe']) == 'hidden' for one in running)


def test_the_command_s_own_status_comes_first(daemon):
    daemon.write('leave.sh', (daemon.path / 'leave.sh').read_text() + 'exit 3\n')
    done, _ = check(daemon, 'for ever', '--settle=0')
    assert done.returncode == 3


@pytest.mark.parametrize('value', ['-1', 'x', '1.5'])
def test_what_is_refused(work, value):
    done = work.pageleak('check', '--settle=' + value, 'true')
    assert done.returncode == 125 and '--settle=%s' % value in done.stderr
