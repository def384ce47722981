"""What every end-to-end test uses: a work directory outside the temp roots, and audits in it."""
import functools
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import tempfile

import pytest

# A script's background job ignores the first two, nohup the third, and so would all that is tested here.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / 'build'

# What the tests' own compilers have in /tmp for a moment is nothing that another test's audit should meet.
os.environ['TMPDIR'] = str(BUILD / 'tmp')
os.makedirs(os.environ['TMPDIR'], exist_ok=True)
PAGELEAK = pathlib.Path(os.environ.get('PAGELEAK_TESTED', BUILD / 'pageleak'))  # build/asan/pageleak: the sanitized one
VICTIMS = ROOT / 'tests' / 'victims'
# Below a seccomp filter, as in most containers, the library leaves out system calls that few programs make.
FILTERED = 'Seccomp:\t0' not in pathlib.Path('/proc/self/status').read_text()


def listing(directory):
    """Every entry below a directory: path -> (kind, device, inode)."""
    found = {}
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(parent, name)
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            found[path] = (stat.S_IFMT(status.st_mode), status.st_dev, status.st_ino)
    return found


class Result:
    """How an audit ended: status, stderr, report (None without one), and what the disk gained."""

    def __init__(self, process, report, before, after):
        self.status = process.returncode
        self.stdout, self.stderr = process.stdout, process.stderr
        self.report = report
        self.new = {path for path, what in after.items() if before.get(path) != what}

    def pages(self, *verdicts):
        """Pages of findings with one of these verdicts, all without one."""
        return [page for finding in self.report['findings'] if not verdicts or finding['verdict'] in verdicts
                for page in finding['pages']]

    def paths(self, *verdicts):
        return {page['path'] for page in self.pages(*verdicts)}

    def entries(self, verdict):
        return self.report['summary'][verdict]['entries']


class Work:
    """A directory of one test: `temp` below it is TMPDIR of what runs in it."""

    def __init__(self, path):
        self.path = path
        self.temp = path / 'temp'
        self.temp.mkdir()
        self.environ = dict(os.environ, TMPDIR=str(self.temp), LC_ALL='C')
        for name in ('LD_PRELOAD', 'PAGELEAK', 'NO_COLOR', 'PYTEST_CURRENT_TEST', 'PAGELEAK_SCOPE'):
            self.environ.pop(name, None)

    def pageleak(self, *arguments, **more):
        more.setdefault('timeout', 120)
        return subprocess.run([str(PAGELEAK), *map(str, arguments)], cwd=self.path, env=self.environ,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors='surrogateescape', **more)

    def audit(self, *command, options=(), subcommand='check', watch=None, **more):
        """Runs a command under audit; `watch` is the directory whose listing is compared, the work directory by default."""
        report = self.path.parent / (self.path.name + '.json')
        before = listing(watch or self.path)
        process = self.pageleak(subcommand, '--json=%s' % report, *options, '--', *command, **more)
        after = listing(watch or self.path)
        parsed = None
        if report.exists():
            parsed = json.loads(report.read_text())
            report.unlink()
        return Result(process, parsed, before, after)

    def write(self, name, text, mode=0o644):
        path = self.path / name
        path.write_text(text)
        path.chmod(mode)
        return path


@pytest.fixture
def work():
    base = BUILD / 'e2e'
    base.mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(tempfile.mkdtemp(dir=base))
    yield Work(path)
    shutil.rmtree(path, ignore_errors=True)


@functools.cache
def pythons():
    """Every CPython 3.6 or newer to be found: on PATH, and those that pyenv installed."""
    candidates = [pathlib.Path(directory) / 'python3' for directory in os.environ.get('PATH', '').split(os.pathsep)]
    for root in (os.environ.get('PYENV_ROOT'), os.path.expanduser('~/.pyenv')):
        if root:
            candidates += sorted(pathlib.Path(root).glob('versions/3.*/bin/python3'))
    found = {}
    for candidate in candidates:
        if not candidate.is_file() or 'shims' in candidate.parts:
            continue
        try:
            said = subprocess.run([str(candidate), '-c', 'import sys; print(sys.implementation.name, "%d.%d" % '
                                   'sys.version_info[:2], sys.version_info >= (3, 6))'], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, universal_newlines=True, timeout=30).stdout.split()
        except (OSError, subprocess.TimeoutExpired):
            continue
        if said[:1] == ['cpython'] and said[2:] == ['True']:
            found.setdefault(os.path.realpath(str(candidate)), said[1])
    return found


def pytest_generate_tests(metafunc):
    if 'python' in metafunc.fixturenames:
        found = pythons()
        if 'PAGELEAK_TESTED' in os.environ:  # the command alone is another one: what it reads is much the same whoever wrote it
            found = dict([*found.items()][:1] + sorted(found.items(), key=lambda one: [int(n) for n in one[1].split('.')])[-1:])
        metafunc.parametrize('python', list(found), ids=['python%s-%d' % (version, number)
                                                         for number, version in enumerate(found.values())])


def need(program):
    path = shutil.which(program)
    if not path:
        pytest.skip('%s is not installed' % program)
    return path
