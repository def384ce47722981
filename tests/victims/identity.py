"""identity.py CASE - one habit of making names hard to follow. What must be found stands in each function's comment:
paths that are leaked; `N released`. Started in an empty directory."""
import ctypes
import os
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, AT_EMPTY_PATH, AT_SYMLINK_FOLLOW, RENAME_NOREPLACE, RENAME_EXCHANGE, SYS_renameat2 = -100, 0x1000, 0x400, 1, 2, \
    276 if os.uname().machine == 'aarch64' else 316


def make(path, **more):
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600, **more))


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def renameat2(a, b, flags):
    return libc.syscall(SYS_renameat2, AT_FDCWD, a.encode(), AT_FDCWD, b.encode(), flags)


def exchange(a, b):
    check(renameat2(a, b, RENAME_EXCHANGE))


def hard_links():  # b; 1 released
    make('a')
    os.link('a', 'b')
    os.unlink('a')
    make('c')
    os.link('c', 'd')
    os.unlink('d')
    os.unlink('c')


def rename_over():  # b; 2 released
    make('a')
    make('b')
    os.rename('a', 'b')
    make('c')
    os.rename('c', 'b')


def rename_onto_itself():  # b; 0 released
    make('a')
    os.link('a', 'b')
    os.rename('a', 'b')  # both are one file: nothing happens
    os.unlink('a')


def exchanged():  # dir dir/in two; 3 released
    make('one')
    make('two')
    exchange('one', 'two')
    os.unlink('one')
    os.mkdir('dir')
    make('three')
    os.mkdir('other')
    make('other/in')
    exchange('dir', 'other')  # other/in is dir/in now
    os.unlink('three')
    os.rmdir('other')


def rename_refused():  # b c; 0 released
    make('a')
    make('b')
    assert renameat2('a', 'b', RENAME_NOREPLACE) < 0 and renameat2('a', 'b', RENAME_NOREPLACE | RENAME_EXCHANGE) < 0
    assert renameat2('a', 'c', 1 << 30) < 0
    check(renameat2('a', 'c', RENAME_NOREPLACE))


def directory_renamed():  # new new/deep new/deep/page new/page; 1 released
    os.makedirs('old/deep')
    make('old/page')
    make('old/gone')
    make('old/deep/page')
    os.rename('old', 'middle')
    os.rename('middle', 'new')
    os.unlink('new/gone')


def nameless_by_proc():  # page; 0 released
    fd = os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o600)
    os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o600)
    check(libc.linkat(AT_FDCWD, b'/proc/self/fd/%d' % fd, AT_FDCWD, b'page', AT_SYMLINK_FOLLOW))


def nameless_by_descriptor():  # page; 0 released
    fd = os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o600)
    try:
        check(libc.linkat(fd, b'', AT_FDCWD, b'page', AT_EMPTY_PATH))
    except FileNotFoundError:  # needs CAP_DAC_READ_SEARCH
        check(libc.linkat(AT_FDCWD, b'/proc/self/fd/%d' % fd, AT_FDCWD, b'page', AT_SYMLINK_FOLLOW))


def relative_to_descriptors():  # dir dir/new dir/page; 2 released
    os.mkdir('dir')
    fd = os.open('dir', os.O_RDONLY)
    make('page', dir_fd=fd)
    make('gone', dir_fd=fd)
    make('old', dir_fd=fd)
    os.rename('old', 'new', src_dir_fd=fd, dst_dir_fd=fd)
    os.unlink('gone', dir_fd=fd)
    os.mkdir('sub', dir_fd=fd)
    os.rmdir('sub', dir_fd=fd)


def symlinked_parents():  # alias real real/page; 1 released
    os.mkdir('real')
    os.symlink('real', 'alias')
    make('alias/page')
    make('alias/gone')
    os.unlink('real/gone')


def changed_directories():  # a a/b a/b/one a/two three; 1 released
    top = os.open('.', os.O_RDONLY)
    os.makedirs('a/b')
    os.chdir('a/b')
    make('one')
    make('gone')
    os.chdir('..')
    make('two')
    os.unlink('b/gone')
    os.fchdir(top)
    make('three')


def through_dangling_symlink():  # dir dir/target link; 0 released
    os.mkdir('dir')
    os.symlink('dir/target', 'link')
    make('link')


def hostile_names():  # all; 10 released
    names = [b'new\nline', b'\xff\xfe invalid', b'\x1b[31mred\x07', b'x' * 255, b' ', b"'\"\\$(x)`", b'\xe2\x80\xae', b'-rf', b'\t',
             '\u00e9\U0001f600'.encode()]
    for number, name in enumerate(names):
        make(name)
        make(b'd' + name[:250])
        os.unlink(b'd' + name[:250])
        if number % 2:
            os.mkdir(b'e' + name[:250])


def long_path():  # all; 1 released
    here = os.getcwd()
    path = here
    while len(path) < 4095 - 256:
        path += '/' + 'd' * 200
        os.mkdir(path)
    path += '/' + 'p' * (4095 - len(path) - 1)
    assert len(path) == 4095
    make(path)
    os.chdir(here)
    make('relative')
    os.unlink('relative')


def removed_directory():  # nothing; 2 released
    os.mkdir('dir')
    os.chdir('dir')
    make('page')
    os.unlink('page')
    os.rmdir('../dir')
    try:
        make('page')
    except FileNotFoundError:
        pass


def relative_in_threads():  # t0 .. t7 and t0/page .. t7/page; 8 released
    def work(number):
        for name in 'page', 'gone':
            make('t%d/%s' % (number, name))
        os.unlink('./t%d/../t%d/gone' % (number, number))
    for number in range(8):
        os.mkdir('t%d' % number)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def reopened():  # page; 1 released
    make('page')
    for _ in range(100):
        make('page')
    make('again')
    os.unlink('again')


def recreated():  # page; 100 released
    for _ in range(100):
        make('page')
        os.unlink('page')
    make('page')


if __name__ == '__main__':
    globals()[sys.argv[1]]()
