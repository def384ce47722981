"""What the machine has: programs, interpreters, rights. A test that needs what is missing is skipped."""
import functools
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness.paths import BUILD, PAGELEAK
from harness.waiting import LIMIT

# Below a seccomp filter, as in most containers, the library leaves out system calls that few programs make.
FILTERED = 'Seccomp:\t0' not in Path('/proc/self/status').read_text()
NOBODY = '65534'


def prepare():
    """Makes this process fit to start what is tested."""
    # A script's background job ignores the first two, nohup the third, and so would all that is tested here.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    # What the tests' own compilers have in /tmp for a moment is nothing that another test's audit should meet.
    os.environ['TMPDIR'] = str(BUILD / 'tmp')
    os.makedirs(os.environ['TMPDIR'], exist_ok=True)


def need(program):
    path = shutil.which(program)
    if not path:
        pytest.skip('%s is not installed' % program)
    return path


def need_static(program):
    """For programs that some distributions link dynamically."""
    if 'INTERP' in subprocess.run(['readelf', '-lW', need(program)], stdout=subprocess.PIPE, text=True).stdout:
        pytest.skip('%s is not static' % program)
    return need(program)


def need_namespaces(*kinds):
    """Such as unshare(1) makes with these options."""
    if subprocess.run([need('unshare'), *kinds, 'true'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('unshare %s: no such namespaces here' % ' '.join(kinds))


def as_root():
    if os.geteuid() != 0:
        pytest.skip('needs root')


def as_nobody(work):
    """The start of a command line that goes on as another user, who can reach what is needed."""
    as_root()
    work.path.chmod(0o777)
    work.temp.chmod(0o777)
    prefix = [need('setpriv'), '--reuid=' + NOBODY, '--regid=' + NOBODY, '--clear-groups']
    if subprocess.run([*prefix, 'sh', '-c', 'test -x "$0" && test -w "$1"', PAGELEAK, work.temp], stderr=subprocess.PIPE).returncode:
        pytest.skip('another user cannot reach %s' % PAGELEAK)
    return prefix


@functools.cache
def pythons():
    """Every CPython 3.6 or newer to be found, on PATH and installed by pyenv: path -> version, as '3.6'."""
    candidates = [Path(directory) / 'python3' for directory in os.environ.get('PATH', '').split(os.pathsep)]
    for root in (os.environ.get('PYENV_ROOT'), os.path.expanduser('~/.pyenv')):
        if root:
            candidates += sorted(Path(root).glob('versions/3.*/bin/python3'))
    found = {}
    for candidate in candidates:
        if not candidate.is_file() or 'shims' in candidate.parts:
            continue
        try:
            said = subprocess.run([str(candidate), '-c', 'import sys; print(sys.implementation.name, "%d.%d" % '
                                   'sys.version_info[:2], sys.version_info >= (3, 6))'], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, timeout=LIMIT).stdout.split()
        except (OSError, subprocess.TimeoutExpired):
            continue
        if said[:1] == ['cpython'] and said[2:] == ['True']:
            found.setdefault(os.path.realpath(str(candidate)), said[1])
    return found


@functools.cache
def version(python):
    """The minor version of an interpreter: 11 for 3.11."""
    return int(subprocess.check_output([python, '-c', 'import sys; print(sys.version_info[1])']))
