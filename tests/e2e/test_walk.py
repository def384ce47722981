"""Native stacks by the objects' own tables against those of libunwind: the same, frame by frame, whatever made them."""
import platform
import random
import re
import subprocess

import pytest

from harness.machine import FILTERED, need
from harness.paths import LIBRARY
from harness.waiting import LIMIT

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


ODD = r'''
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
static void handler(int number) { (void)number; }
__attribute__((used)) void touch_it(void) { close(open("cache/x", O_CREAT | O_WRONLY, 0600)); }
void odd(void); /* says of rbx what no compiler says: that its value is an expression */
__asm__("odd: .cfi_startproc\n .cfi_escape 0x16, 0x03, 0x02, 0x77, 0x00\n sub $8, %rsp\n .cfi_adjust_cfa_offset 8\n call touch_it\n"
        "add $8, %rsp\n .cfi_adjust_cfa_offset -8\n ret\n .cfi_endproc\n .type odd, @function\n .size odd, . - odd\n");
int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) signal(SIGUSR1, handler);
	odd();
	return 0;
}
'''


@pytest.mark.skipif(platform.machine() != 'x86_64', reason='an assembler program')
@pytest.mark.parametrize('too_late', [False, True])
def test_a_frame_that_is_not_known(work, too_late):
    """libunwind is asked; once a handler is installed it is too late to load it, and a part of the stack is better than none."""
    work.write('odd.c', ODD)
    subprocess.run(['gcc', '-O1', '-g', '-o', 'odd', 'odd.c'], cwd=work.path, check=True)
    (work.path / 'cache').mkdir()
    result = work.audit('./odd', *['x'] * too_late, subcommand='run', options=['--pages=cache/**'])
    [finding] = result.report['findings']
    assert [frame['function'] for frame in finding['native']][:2] == ['touch_it', 'odd']
    assert ('main' in [frame['function'] for frame in finding['native']]) == (not too_late)
    assert any('cut short' in limit for limit in result.report['coverage']['limits']) == too_late


VANISHING = r'''
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static char *data;
static volatile int stop;
__attribute__((used)) void touch_it(void) { close(open("page", O_CREAT | O_WRONLY, 0600)); unlink("page"); }
void untold(void *); /* no tables, and data in the frame pointer */
__asm__("untold: push %rbp\n mov %rdi, %rbp\n sub $16, %rsp\n call touch_it\n add $16, %rsp\n pop %rbp\n ret\n");
/* Below a stack that `seed` chooses: one that was seen before is not walked. */
__attribute__((noinline)) static void below(unsigned seed, int depth)
{
	volatile char *room = __builtin_alloca(seed & 1 ? 32 : 320);
	room[0] = 1;
	if (depth)
		below(seed >> 1, depth - 1);
	else
		untold(data + 64);
	room[1] = 1;
}
static void *comes_and_goes(void *unused)
{
	while (!stop) {
		mmap(data, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		for (volatile int i = 0; i < 300; i++)
			;
		mmap(data, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	return unused;
}
static void *makes(void *times)
{
	for (unsigned i = 0; i < (unsigned long)times; i++)
		below(i * 2654435761u, 14);
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t other, maker;
	(void)argc;
	data = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* above the threads' stacks */
	pthread_create(&other, NULL, comes_and_goes, NULL);
	pthread_create(&maker, NULL, makes, (void *)strtoul(argv[1], NULL, 0));
	pthread_join(maker, NULL);
	stop = 1;
	pthread_join(other, NULL);
	return 0;
}
'''


@pytest.mark.skipif(platform.machine() != 'x86_64', reason='an assembler program')
@pytest.mark.skipif(FILTERED, reason='below a seccomp filter memory is not copied')
def test_memory_that_another_thread_unmaps(work):
    """Where code has no tables, the frame pointer may be any pointer; what it leads to can go between a check and a read."""
    work.write('vanishing.c', VANISHING)
    subprocess.run(['gcc', '-O1', '-o', 'vanishing', 'vanishing.c', '-lpthread'], cwd=work.path, check=True)
    result = work.audit('./vanishing', '30000', options=['--pages=**'])
    assert (result.status, result.entries('released')) == (0, 30000)


DAMAGED = r'''
#include <fcntl.h>
#include <unistd.h>
int touch_it(int depth)
{
	volatile char room[depth + 1];
	room[0] = 1;
	if (depth % 3)
		return touch_it(depth - 1) + room[0];
	return close(open("page", O_CREAT | O_WRONLY, 0600)) + unlink("page");
}
'''
USES_IT = r'''
#include <signal.h>
int touch_it(int depth);
static void handler(int number) { (void)number; }
int main(int argc, char **argv)
{
	int left = 0;
	(void)argv;
	if (argc > 1) signal(SIGUSR1, handler);
	for (int i = 0; i < 12; i++) left += touch_it(i);
	return left != 12;
}
'''


def tables(library):
    """(offset, size) of the sections that stacks are walked by."""
    said = subprocess.run(['readelf', '-SW', library], stdout=subprocess.PIPE, check=True, text=True).stdout
    return [(int(offset, 16), int(size, 16)) for offset, size in re.findall(r'\.eh_frame\w*\s+PROGBITS\s+\w+\s+(\w+)\s+(\w+)', said)]


def damaged(whole, places, seed):
    choose, bytes_now = random.Random(seed), bytearray(whole)
    for offset, size in places:
        for _ in range(choose.choice([0, 1, 2, 6, 20])):
            bytes_now[offset + choose.randrange(size)] = choose.choice([0, 0x7f, 0x80, 0xff, choose.randrange(256)])
    return bytes(bytes_now)


@pytest.mark.parametrize('too_late', [False, True])
def test_tables_that_are_damaged(work, too_late):
    """C programs never read them; there are holes in the library that must not be read. `too_late`: without libunwind's help."""
    work.write('damaged.c', DAMAGED)
    work.write('uses_it.c', USES_IT)
    library = work.path / 'libdamaged.so'
    subprocess.run(['gcc', '-O1', '-shared', '-fPIC', '-Wl,-z,max-page-size=0x200000,-z,noseparate-code', '-o', library, 'damaged.c'],
                   cwd=work.path, check=True)
    subprocess.run(['gcc', '-o', 'uses_it', 'uses_it.c', library, f'-Wl,-rpath,{work.path}'], cwd=work.path, check=True)
    assert work.pageleak('record', '--journal=journal', 'true').returncode == 0
    environ = {**work.environ, 'LD_PRELOAD': str(LIBRARY), 'PAGELEAK': f'journal={work.path}/journal'}
    whole, places = library.read_bytes(), tables(library)
    assert len(places) == 2
    ends = {}
    for seed in range(300):
        library.write_bytes(damaged(whole, places, seed))
        ends[seed] = subprocess.run(['./uses_it', *['x'] * too_late], cwd=work.path, env=environ, timeout=LIMIT).returncode
    assert {seed: status for seed, status in ends.items() if status} == {}


def test_tables_that_are_cut_off(work):
    work.write('damaged.c', DAMAGED)
    work.write('uses_it.c', USES_IT)
    subprocess.run(['gcc', '-O1', '-o', 'uses_it', 'uses_it.c', 'damaged.c'], cwd=work.path, check=True)
    subprocess.run(['objcopy', '-R', '.eh_frame', '-R', '.eh_frame_hdr', 'uses_it'], cwd=work.path, check=True)
    result = work.audit('./uses_it', options=['--pages=**'])
    assert (result.status, result.entries('released')) == (0, 12)


STALE = r'''
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static const char *name;
__attribute__((noinline)) static void touch_it(void) { close(open(name, O_CREAT | O_WRONLY, 0600)); __asm__ volatile(""); }
#define VARIABLE(name, size, call) \
	__attribute__((noinline)) static void name { volatile char *room = __builtin_alloca(size); __asm__ volatile("" : : "r"(room) : "memory"); \
		call; __asm__ volatile("" : : "r"(room) : "memory"); }
VARIABLE(inner(int size), size, touch_it())
__attribute__((noinline)) static void by_one(int size) { inner(size); __asm__ volatile("nop"); }
__attribute__((noinline)) static void by_other(int size) { inner(size); __asm__ volatile("nop; nop"); }
VARIABLE(outer(int size, int other, int below), size, if (other) by_other(below); else by_one(below))
int main(void)
{
	static char names[21][16];
	for (int i = 0; i < 21; i++)
		snprintf(names[i], sizeof *names, "%s-%d", i < 20 ? "one" : "other", i);
	for (int i = 0; i < 21; i++) {
		volatile int other = i == 20, size = other ? 512 : 128, below = other ? 128 : 512;
		name = names[i];
		outer(size, other, below);
	}
	return 0;
}
'''


@pytest.mark.parametrize('flags', ['-O1', '-O1 -fno-omit-frame-pointer'])
def test_return_addresses_that_an_older_stack_left(work, flags):
    """In the room of a frame of variable size lie those of calls before, each where the stack that it belonged to had it."""
    work.write('stale.c', STALE)
    subprocess.run(['gcc', *flags.split(), '-o', 'stale', 'stale.c'], cwd=work.path, check=True)
    result = work.audit('./stale', options=['--pages=**'])
    callers = {page['path'].rsplit('/', 1)[-1]: [frame['function'] for frame in finding['native']][2]
               for finding in result.report['findings'] for page in finding['pages']}
    assert callers == {f'one-{i}': 'by_one' for i in range(20)} | {'other-20': 'by_other'}
