"""Programs whose memory is not what it was a moment ago: what is remembered of stacks must not be taken for the truth."""
import os
import subprocess

from harness.machine import need

# Generated code, freed and made again in the same place: nothing of a code object but its contents tells two apart.
GENERATED = '''
import os, random, sys
random.seed(5)
for i in range(300):
    line, name = random.randrange(1, 60), 'gen%04d.py' % (i if sys.argv[1] == 'files' else 0)
    text = 'os.close(os.open(path, os.O_CREAT))'
    path = 'cache/%s:%d:%d' % (name, line, i)
    code = compile('\\n' * (line - 1) + text, name, 'exec')
    exec(code, {'os': os, 'path': path})
    del code
'''

# The same frames at the same addresses, below other callers or none.
CALLED_BY_NONE = '''
import _thread, atexit, os, time
done = []
def helper():
    os.close(os.open('cache/x', os.O_CREAT))
    os.unlink('cache/x')
    done.append(1)
def until(count): # threads one at a time: two would share a page
    while len(done) < count:
        time.sleep(0.001)
def worker():
    helper()
def generate():
    while True:
        helper()
        yield
def main():
    for i in range(100):
        worker()
main()
generator = generate()
for i in range(100):
    next(generator)
atexit.register(worker)
atexit.register(generator.__next__)
for i in range(10):
    _thread.start_new_thread(worker, ())
    until(201 + i)
_thread.start_new_thread(generator.__next__, ())
until(211)
'''


def check_generated(work, python, kind):
    (work.path / 'cache').mkdir()
    result = work.audit(python, '-B', work.write('generated.py', GENERATED), kind, options=['--pages=cache/**'])
    assert result.status == 23 and result.entries('leaked') == 300
    for finding in result.report['findings']:
        frame = finding['python'][0]
        for page in finding['pages']:
            name, line, _ = page['path'].rsplit('/', 1)[1].split(':')
            assert (os.path.basename(frame['file']), frame['line']) == (name, int(line))


def test_generated_code_of_one_file(work, python):
    check_generated(work, python, 'lines')


def test_generated_code_of_many_files(work, python):
    check_generated(work, python, 'files')


def test_frames_that_nobody_called(work, python):
    (work.path / 'cache').mkdir()
    result = work.audit(python, '-B', work.write('none.py', CALLED_BY_NONE), options=['--pages=cache/**'])
    assert result.status == 0, result.stderr
    assert result.entries('leaked') == 0 and result.entries('released') == 211 and result.entries('late') == 2


def compiled(work, text, *flags, compiler='cc'):
    (work.path / 'program.c').write_text(text)
    subprocess.run([need(compiler), '-g', '-O1', *flags, '-o', str(work.path / 'program'), str(work.path / 'program.c'),
                    '-lpthread'], check=True)
    return './program'


# Handlers that jump out of whatever they interrupt; and threads that are cancelled there.
JUMPS = '''
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>
static sigjmp_buf back;
static volatile int armed, jumps;
static void page(const char *name) { int fd = open(name, O_CREAT | O_RDWR, 0600); if (fd >= 0) close(fd); }
static void handler(int number) { if (armed) { armed = 0; jumps++; siglongjmp(back, 1); } }
static void *churn(void *name) { pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0); for (;;) { page(name); unlink(name); } }
int main(void)
{
	struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &often, 0);
	while (jumps < 4000) {
		if (sigsetjmp(back, 1) == 0) {
			armed = 1;
			for (int i = 0; i < 1000; i++) { page("cache/x"); unlink("cache/x"); }
			armed = 0;
		} else {
			for (int fd = 3; fd < 9; fd++) close(fd);
		}
	}
	setitimer(ITIMER_REAL, &never, 0);
	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		pthread_create(&thread, 0, churn, "cache/y");
		usleep(200 + i);
		pthread_cancel(thread);
		pthread_join(thread, 0);
	}
	unlink("cache/x");
	unlink("cache/y");
	page("cache/left");
	return 0;
}
'''


def test_after_jumps_out_of_handlers_and_cancelled_threads(work):
    (work.path / 'cache').mkdir()
    result = work.audit(compiled(work, JUMPS), options=['--pages=cache/left'])
    assert result.paths('leaked') == {str(work.path / 'cache' / 'left')}
    finding, = result.report['findings']
    assert [frame['function'] for frame in finding['native']][:2] == ['page', 'main']


# Pointers that the kernel answers with EFAULT.
POINTERS = '''
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
extern char **environ;
int main(void)
{
	char *bad[] = {(char *)1, 0}, *good[] = {"true", 0}, *deep[] = {"a", (char *)-8, 0};
	char *end = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(end + 4096, 4096);
	char **open_ended = (char **)(end + 4096) - 2;
	open_ended[0] = open_ended[1] = "true";
	int status = 0;
	status |= !(execve("/bin/true", bad, environ) == -1 && errno == EFAULT);
	status |= !(execve("/bin/true", good, bad) == -1 && errno == EFAULT) << 1;
	status |= !(execve("/bin/true", deep, environ) == -1 && errno == EFAULT) << 2;
	status |= !(execve("/bin/true", open_ended, environ) == -1 && errno == EFAULT) << 3;
	status |= !(execv((char *)1, good) == -1 && errno == EFAULT) << 4;
	status |= !(syscall(SYS_mq_unlink, (char *)1) == -1 && errno == EFAULT) << 5;
	return status;
}
'''


def test_pointers_that_lead_nowhere(work):
    program = compiled(work, POINTERS)
    assert subprocess.run([program], cwd=str(work.path)).returncode == 0
    assert work.audit(program, subcommand='run').status == 0


# A vfork child that limits itself, and a process that limits another one.
LIMITS = '''
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	struct rlimit limit = {1 << 30, 1 << 30};
	pid_t child = vfork();
	if (child == 0) {
		setrlimit(RLIMIT_AS, &limit);
		_exit(0);
	}
	waitpid(child, 0, 0);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	prlimit(child, RLIMIT_AS, &limit, 0);
	kill(child, 9);
	waitpid(child, 0, 0);
	return 0;
}
'''


def test_limits_of_others_do_not_take_the_journal_away(work):
    result = work.audit(compiled(work, LIMITS.replace('<unistd.h>', '<unistd.h>\n#include <signal.h>', 1)))
    assert result.status == 0, result.stderr
    assert result.report['coverage']['limits'] == []


COROUTINES = '''
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
static __thread ucontext_t outside, inside;
static void page(int room)
{
	char pad[room * 16 + 16], name[40];
	__asm__ volatile("" : : "r"(pad) : "memory");
	sprintf(name, "cache/%lx", (long)pthread_self());
	close(open(name, O_CREAT | O_RDWR, 0600));
	unlink(name);
}
static void one(void) { for (int i = 0; i < 8; i++) page(i); }
static void other(void) { for (int i = 0; i < 8; i++) page(3); }
static void *run(void *times)
{
	for (long i = 0; i < (long)times; i++) {
		size_t size = (i % 3 ? 16 : 32) * 1024;
		void *stack = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		getcontext(&inside);
		inside.uc_stack.ss_sp = stack;
		inside.uc_stack.ss_size = size;
		inside.uc_link = &outside;
		makecontext(&inside, i % 2 ? one : other, 0);
		swapcontext(&outside, &inside);
		munmap(stack, size);
	}
	return 0;
}
int main(void)
{
	static const int sizes[] = {65536, 16384, 20480, 1 << 20};
	pthread_attr_t attributes;
	run((void *)500L);
	pthread_attr_init(&attributes);
	for (int i = 0; i < 100; i++) {
		pthread_t threads[3];
		pthread_attr_setstacksize(&attributes, sizes[i % 4]);
		for (int k = 0; k < 3; k++) pthread_create(&threads[k], &attributes, run, (void *)2L);
		for (int k = 0; k < 3; k++) pthread_join(threads[k], 0);
	}
	return 0;
}
'''


def test_coroutines_whose_stacks_are_unmapped(work):
    (work.path / 'cache').mkdir()
    result = work.audit(compiled(work, COROUTINES), options=['--pages=cache/**'])
    assert result.status == 0, result.stderr
    assert result.entries('leaked') == 0 and result.entries('released') > 8700
