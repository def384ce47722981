"""Programs built with sanitizers, whose runtimes call hooks before libc is ready; and clocks that are not the machine's."""
import os
import re
import subprocess

import pytest

from harness.machine import need
from harness.waiting import LIMIT

PROGRAM = '''
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void *churn(void *number)
{
	char name[64];
	for (int i = 0; i < 300; i++) {
		sprintf(name, "cache/%ld-%d", (long)number, i);
		close(open(name, O_CREAT | O_RDWR, 0600));
		unlink(name);
		setenv("PAGELEAK_SCOPE", name, 1);
	}
	return 0;
}
int main(void)
{
	pthread_t threads[4];
	for (long i = 0; i < 4; i++) pthread_create(&threads[i], 0, churn, (void *)i);
	for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
	close(open("cache/left", O_CREAT | O_RDWR, 0600));
	return 0;
}
'''


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('sanitizer', ['address', 'thread', 'undefined'])
def test_sanitized(work, compiler, sanitizer):
    (work.path / 'cache').mkdir()
    work.write('program.c', PROGRAM)
    built = subprocess.run([need(compiler), '-g', '-fsanitize=' + sanitizer, '-o', 'program', 'program.c', '-lpthread'],
                           cwd=str(work.path), stderr=subprocess.PIPE)
    if built.returncode:
        pytest.skip('%s has no %s sanitizer here' % (compiler, sanitizer))
    work.environ['ASAN_OPTIONS'] = 'verify_asan_link_order=0'
    result = work.audit('./program', subcommand='run', options=['--pages=cache/**'])
    assert result.status == 0, result.stderr
    assert result.report['coverage']['complete'] is True
    assert result.paths('leaked') == {str(work.path / 'cache' / 'left')}
    assert result.entries('released') + result.entries('late') > 1180 # lives of one inode within a tick may be counted as one


def test_valgrind_has_nothing_to_say(work):
    """What libunwind reads, and probes of memory, would be errors; the journal's mapping a warning, or half a minute."""
    (work.path / 'cache').mkdir()
    work.write('program.c', PROGRAM)
    subprocess.run([need('gcc'), '-g', '-o', 'program', 'program.c', '-lpthread'], cwd=str(work.path), check=True)
    command = [need('valgrind'), '--error-exitcode=9', '--trace-children=yes', 'sh', '-c', './program; exec ./program']
    plain = subprocess.run(command, cwd=str(work.path), stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    (work.path / 'cache' / 'left').unlink()
    result = work.audit(*command, subcommand='run', options=['--pages=cache/**', '--size=8G', '--text=text'])
    same = [re.sub(r'==\d+==|[0-9,]+', '', text).replace('0x', '') for text in (plain.stderr, result.stderr)]
    assert same[0] == same[1] and 'ERROR SUMMARY: 0 errors' in result.stderr and result.status == 0
    assert result.paths('leaked') == {str(work.path / 'cache' / 'left')}
    assert {frame['function'] for finding in result.report['findings'] for frame in finding['native']} >= {'main'}


def test_what_valgrind_itself_leaves(work):
    """Its FIFOs are made by raw system calls of a static tool, before the program begins. Killed, it leaves them."""
    need('valgrind')
    os.mkfifo(str(work.path / 'hold'))
    script = """valgrind -q --vgdb=full --vgdb-prefix="$TMPDIR/pipe" sh -c ': > ready; read line < hold' &
        until [ -e ready ]; do sleep .05; done; kill -9 $!"""
    result = work.audit('sh', '-c', script, subcommand='run')
    left = {path for path in result.paths('leaked') if path.startswith(str(work.path))}  # others' files in /tmp may be younger than it, too
    assert left == {path for path in result.new if '/pipe-' in path} and len(left) == 3
    assert {finding['judged'] for finding in result.report['findings']} == {'unattributed'}
    assert any('runs in valgrind' in limit for limit in result.report['coverage']['limits'])


CLOCK = '''
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = syscall(SYS_clock_gettime, clock, now);
	now->tv_sec += atoi(getenv("CLOCK_IS_OFF"));
	return result;
}
'''


@pytest.mark.parametrize('seconds', [-300000, 300000])
def test_a_clock_that_is_not_the_machines(work, seconds):
    (work.path / 'cache').mkdir()
    (work.path / 'cache' / 'old').write_text('old')
    work.write('clock.c', CLOCK)
    subprocess.run([need('cc'), '-shared', '-fPIC', '-o', 'clock.so', 'clock.c'], cwd=str(work.path), check=True)
    inner = 'echo >> cache/old; echo > cache/new; echo > cache/gone; rm cache/gone'
    script = work.write('outer.sh', 'export LD_PRELOAD="$LD_PRELOAD:%s/clock.so" CLOCK_IS_OFF=%d\nexec sh -c "%s"\n'
                        % (work.path, seconds, inner))
    result = work.audit('sh', script, subcommand='run', options=['--pages=cache/**'])
    assert result.paths('leaked') == {str(work.path / 'cache' / 'new')}
    assert result.entries('released') == 1
