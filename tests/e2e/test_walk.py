"""Native stacks by the objects' own tables against those of libunwind: the same, frame by frame, whatever made them."""
import re
import subprocess

import pytest
from conftest import need

SIGNALS = r'''
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int depth;
static void touch(const char *name) { close(open(name, O_CREAT | O_WRONLY, 0600)); }
static void handler(int number) { touch(number == SIGUSR1 ? "in-handler" : "on-own-stack"); }
static int compare(const void *a, const void *b) { if (!depth++) touch("in-qsort"); return *(const int *)a - *(const int *)b; }
__attribute__((noinline)) static int realigned(int size) /* a frame that is aligned by hand, and of variable size */
{
	__attribute__((aligned(64))) volatile char room[64];
	char *more = __builtin_alloca(size);
	memset(more, 1, size);
	room[0] = more[size - 1];
	touch("realigned");
	return room[0];
}
__attribute__((noinline)) static int below(volatile int frames) { if (!frames) { touch("deep"); return 1; } return below(frames - 1) + frames; }
int main(int argc, char **argv)
{
	static char stack[65536];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction action = {.sa_handler = handler};
	int numbers[] = {3, 1, 2};
	sigaction(SIGUSR1, &action, 0);
	sigaltstack(&alternate, 0);
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR2, &action, 0);
	raise(SIGUSR1);
	raise(SIGUSR2);
	qsort(numbers, 3, sizeof *numbers, compare);
	return realigned(argc * 100) + below(70) > 1000;
}
'''


def stacks(work, command, options, **more):
    """Page -> [(module, offset)], of all pages that the command leaves in cache/."""
    (work.path / 'cache').mkdir(exist_ok=True)
    result = work.audit(*command, subcommand='run', options=['--pages=cache/**', '--show-kept', *options], **more)
    for path in (work.path / 'cache').iterdir():
        path.unlink()
    assert 'native stack' not in ' '.join(result.report['coverage']['limits'])
    return {re.sub('[0-9]{4,}', 'N', page['path']): [(frame['module'], frame['offset']) for frame in finding['native']]
            for finding in result.report['findings'] for page in finding['pages']}


def check(work, *command, frames):
    ours, theirs = stacks(work, command, []), stacks(work, command, ['--libunwind'])
    assert ours == theirs
    assert ours and max(map(len, ours.values())) >= frames
    return ours


@pytest.mark.parametrize('flags', ['-O0', '-O2', '-O2 -fomit-frame-pointer',
                                   '-O3 -no-pie -Wl,-z,noseparate-code'])
@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
def test_frames_of_every_kind(work, compiler, flags):
    work.write('signals.c', SIGNALS)
    subprocess.run([need(compiler), *flags.split(), '-o', 'signals', 'signals.c'], cwd=work.path, check=True)
    found = check(work, 'sh', '-c', 'cd cache && exec ../signals', frames=70)
    assert len(found) == 5


def test_programs(work):
    work.write('page.py', 'import sys\ndef at(n):\n    return at(n - 1) if n else [open("cache/%d" % i, "w") for i in range(3)]\nat(40)\n')
    check(work, '/usr/bin/python3', 'page.py', frames=15)
    check(work, 'bash', '-c', 'f() { if [ "$1" = 0 ]; then echo > cache/x; else f $(($1 - 1)); fi; }; f 9', frames=40)


def test_just_compiled_code(work):
    """V8 keeps frame pointers; its objects are mapped with holes."""
    check(work, need('node'), '-e', 'const fs = require("fs"); const f = n => n ? f(n - 1) : fs.writeFileSync("cache/x", ""); f(20)', frames=20)
