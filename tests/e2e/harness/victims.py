"""The programs of tests/victims, compiled when a test wants them."""
import fcntl
import hashlib
import shutil
import subprocess

import pytest

from harness.machine import need
from harness.paths import BUILD, HOOKS_DEF, VICTIMS
from harness.waiting import LIMIT

CAN_NOT = 77  # a victim's status when the machine does not let it do its work; its last line says why


def compiled(name, *flags, compiler=None):
    """The victim of that name as a program (or, with -shared, a library), built once for all workers."""
    source = next(VICTIMS / (name + end) for end in ('.c', '.cc') if (VICTIMS / (name + end)).exists())
    compiler = compiler or ('g++' if source.suffix == '.cc' else 'cc')
    if not shutil.which(compiler):
        pytest.skip(f'no {compiler}')
    command = [compiler, '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-iquote', str(HOOKS_DEF.parent), *flags]
    key = hashlib.sha256(' '.join(command).encode() + source.read_bytes()).hexdigest()[:12]
    directory = BUILD / 'victims'
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / f'{name}-{key}'
    with open(directory / f'{name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            making = program.with_suffix('.making')
            subprocess.run([*command, '-o', making, source, '-lpthread', '-lrt', '-ldl'], check=True, timeout=LIMIT)
            making.rename(program)
    return program


def unseen():
    """A static program: nothing that it does is recorded."""
    return compiled('unseen', '-static')


def copy_of(work, program, name):
    """A copy of an installed program in a work directory."""
    path = work.path / name
    shutil.copy(need(program), path)
    path.chmod(0o755)
    return path
