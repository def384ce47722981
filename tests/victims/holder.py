"""holder.py HOW DIRECTORY: makes DIRECTORY/page of 64 KiB, removes its name, and lives until DIRECTORY/stop appears.

HOW: open (keeps the descriptor), mapped (keeps a mapping alone), closed (keeps nothing), child (the descriptor is kept by a forked child
that records nothing, and this process ends), private (open, and not to be looked at by others), wait (open; the name goes when
DIRECTORY/go appears)."""
import ctypes
import os
import sys
import time

how, directory = sys.argv[1:]
path = directory + '/page'
fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
os.write(fd, b'x' * 65536)


def appears(name):
    while not os.path.exists(directory + '/' + name):
        if not os.path.exists(directory):
            os._exit(1)  # the test has failed
        time.sleep(0.01)


if how == 'wait':
    os.close(os.open(directory + '/waits', os.O_CREAT))
    appears('go')
if how == 'private':
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
if how == 'mapped':
    libc = ctypes.CDLL(None)  # Python's own mmap keeps a descriptor
    libc.mmap.restype = ctypes.c_void_p
    assert libc.mmap(None, ctypes.c_size_t(65536), 3, 1, fd, ctypes.c_long(0)) != ctypes.c_void_p(-1).value
os.unlink(path)
if how in ('mapped', 'closed'):
    os.close(fd)
if how == 'child':
    readable, writable = os.pipe()
    if os.fork() == 0:
        os.close(writable)
        os.read(readable, 1)  # until the parent has ended
        appears('stop')
        os._exit(0)
with open(directory + '/ready.new', 'w') as ready:
    ready.write('%d %d' % (os.getpid(), fd))
os.rename(directory + '/ready.new', directory + '/ready')
if how == 'child':
    os._exit(0)
appears('stop')
