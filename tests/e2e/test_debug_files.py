"""Names from where debug information may be: in the program, in separate files by build-id and by link, compressed, in another root."""
import json
import shutil
import subprocess

import pytest
from conftest import need

SOURCE = r'''
#include <stdlib.h>
#include <unistd.h>
static __attribute__((noinline)) int spill_to_disk(void)
{
	char name[] = "temp/spill-XXXXXX";
	int fd = mkstemp(name);
	return close(fd) + 1;
}
int main(void) { return spill_to_disk() - 1; }
'''


@pytest.fixture
def program(work):
    need('objcopy')
    work.write('spill.c', SOURCE)
    subprocess.run([need('cc'), '-O1', '-g', '-Wl,--build-id=sha1', '-o', 'spill', 'spill.c'], cwd=work.path, check=True)
    return work


def split(work, debug, *link):
    """Everything but what runs goes to `debug`."""
    path = work.path / debug
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['objcopy', '--only-keep-debug', 'spill', path], cwd=work.path, check=True)
    subprocess.run(['strip', 'spill'], cwd=work.path, check=True)
    if link:
        subprocess.run(['objcopy', '--add-gnu-debuglink=%s' % path, 'spill'], cwd=work.path, check=True)


def build_id(work):
    said = subprocess.run(['readelf', '-n', 'spill'], cwd=work.path, stdout=subprocess.PIPE, check=True, text=True).stdout
    number = said.split('Build ID: ')[1].split()[0]
    return '.build-id/%s/%s.debug' % (number[:2], number[2:])


def record(work):
    done = work.pageleak('record', '--journal=j.data', './spill')
    assert done.returncode == 0


def frames(work, *options):
    done = work.pageleak('report', '--json', '--pages=temp/**', *options, 'j.data')
    assert done.returncode == 0, done.stderr
    finding, = json.loads(done.stdout)['findings']
    return [(frame['function'], (frame['file'] or '').rpartition('/')[2], frame['line']) for frame in finding['native']]


NAMED = ('spill_to_disk', 'spill.c', 7)


def test_in_the_program(program):
    record(program)
    assert NAMED in frames(program)


def test_stripped_there_is_none(program):
    split(program, 'gone.debug')
    (program.path / 'gone.debug').unlink()
    record(program)
    assert all(name != 'spill_to_disk' for name, _, _ in frames(program))


def test_by_build_id(program):
    split(program, 'symbols/' + build_id(program))
    record(program)
    assert NAMED not in frames(program)
    assert NAMED in frames(program, '--debug-dir=%s' % (program.path / 'symbols'))
    assert NAMED in frames(program, '--debug-dir=/nowhere', '--debug-dir=%s' % (program.path / 'symbols'))


@pytest.mark.parametrize('place', ['spill.debug', '.debug/spill.debug'])
def test_by_link_beside_the_program(program, place):
    split(program, place, True)
    record(program)
    assert NAMED in frames(program)


def test_a_debug_file_of_another_build_is_not_taken(program):
    place = 'symbols/' + build_id(program)
    split(program, place)
    record(program)
    program.write('spill.c', '\n\n' + SOURCE)
    subprocess.run(['cc', '-O1', '-g', '-Wl,--build-id=sha1', '-o', 'other', 'spill.c'], cwd=program.path, check=True)
    subprocess.run(['objcopy', '--only-keep-debug', 'other', program.path / place], cwd=program.path, check=True)
    assert all(name != 'spill_to_disk' for name, _, _ in frames(program, '--debug-dir=%s' % (program.path / 'symbols')))


def test_minidebuginfo(program):
    need('xz')
    subprocess.run(['objcopy', '-S', '--keep-symbol=spill_to_disk', '--remove-section=.debug_*', 'spill', 'mini'], cwd=program.path, check=True)
    subprocess.run(['objcopy', '--only-keep-debug', 'mini', 'mini.debug'], cwd=program.path, check=True)
    subprocess.run(['xz', '-f', 'mini.debug'], cwd=program.path, check=True)
    subprocess.run(['strip', 'spill'], cwd=program.path, check=True)
    subprocess.run(['objcopy', '--add-section', '.gnu_debugdata=mini.debug.xz', 'spill'], cwd=program.path, check=True)
    record(program)
    assert 'spill_to_disk' in [name for name, _, _ in frames(program)]


def test_another_root(program):
    record(program)
    root = program.path / 'root'
    (root / str(program.path)[1:]).mkdir(parents=True)
    shutil.move(program.path / 'spill', root / str(program.path)[1:] / 'spill')
    assert NAMED not in frames(program)
    assert NAMED in frames(program, '--sysroot=%s' % root)
