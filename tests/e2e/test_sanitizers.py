"""Programs built with sanitizers, whose runtimes call hooks before libc is ready."""
import subprocess

import pytest
from conftest import need

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
    assert result.entries('released') + result.entries('late') > 1180  # lives of one inode within a tick may be counted as one
