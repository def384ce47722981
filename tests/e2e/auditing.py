"""What the tests of the library share: victims compiled once, work directories that go away, audits and what they say."""
import base64
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / 'build'
PAGELEAK = Path(os.environ.get('PAGELEAK_TESTED', BUILD / 'pageleak'))
VICTIMS = ROOT / 'tests' / 'victims'
CAN_NOT = 77  # a victim's status when the machine does not let it do its work; its last line says why


def compiled(name, *flags, compiler=None):
    """The victim of that name as a program (or, with -shared, a library), built once for all workers."""
    source = next(VICTIMS / (name + end) for end in ('.c', '.cc') if (VICTIMS / (name + end)).exists())
    compiler = compiler or ('g++' if source.suffix == '.cc' else 'cc')
    if not shutil.which(compiler):
        pytest.skip(f'no {compiler}')
    command = [compiler, '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', *flags]
    key = hashlib.sha256(' '.join(command).encode() + source.read_bytes()).hexdigest()[:12]
    directory = BUILD / 'victims'
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / f'{name}-{key}'
    with open(directory / f'{name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            making = program.with_suffix('.making')
            subprocess.run([*command, '-o', making, source, '-lpthread', '-lrt', '-ldl'], check=True, timeout=60)
            making.rename(program)
    return program


@pytest.fixture
def place():
    """A directory outside the temp roots' rules (the audit starts in it), gone after the test."""
    (BUILD / 'e2e').mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=BUILD / 'e2e'))
    yield path
    remove(path)


def remove(path):
    """rm -r, for trees with names that Python's own cannot take."""
    subprocess.run(['chmod', '-R', 'u+rwx', '--', path], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(['rm', '-rf', '--', path], check=False)


def environment(**more):
    clean = {key: value for key, value in os.environ.items()
             if key not in ('LD_PRELOAD', 'PAGELEAK', 'PAGELEAK_SCOPE', 'PYTEST_CURRENT_TEST', 'TMPDIR')}
    return {**clean, **more}


def report(journal, *options, cwd=None, statuses=(0, 24), timeout=60):
    """The JSON report on a journal, everything listed."""
    done = subprocess.run([PAGELEAK, 'report', '--json', '--show-kept', *options, journal], cwd=cwd, env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    assert done.returncode in statuses, (done.returncode, done.stderr.decode(errors='replace'))
    return Report(json.loads(done.stdout))


def record(journal, command, *options, cwd, timeout=60, **more):
    """Runs `command` audited; gives the completed process."""
    return subprocess.run([PAGELEAK, 'record', f'--journal={journal}', *options, '--', *command], cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          **{'env': environment(), **more})


def listing(directory):
    """Every name below a directory, as bytes."""
    found = set()
    for top, directories, files in os.walk(os.fsencode(directory)):
        found.update(os.path.join(top, name) for name in directories + files)
    return found


class Report:
    def __init__(self, data):
        self.data = data
        self.coverage = data['coverage']
        self.summary = {verdict: total['entries'] for verdict, total in data['summary'].items() if verdict != 'sites'}
        self.findings = data['findings']

    def pages(self, *verdicts):
        """(finding, page) of every page listed, of these verdicts if any are given."""
        return [(finding, page) for finding in self.findings if not verdicts or finding['verdict'] in verdicts
                for page in finding['pages']]

    def existing(self):
        """The names that the report says are on disk, as bytes."""
        return sorted(path_of(page) for _, page in self.pages() if page['exists'])

    def limits(self):
        return '\n'.join(self.coverage['limits'])


def path_of(page, key='path'):
    raw = page.get(key + '_raw')
    return base64.b64decode(raw) if raw else page[key].encode()
