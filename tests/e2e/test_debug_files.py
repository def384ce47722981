"""Names from where debug information may be: in the program, in separate files by build-id and by link, compressed, in another root."""
import json
import os
import shutil
import subprocess

import pytest

from harness.machine import need

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


# ---- split, shared, compiled while it ran, unloaded ----

INLINED = r'''
#include <stdlib.h>
#include <unistd.h>
static inline __attribute__((always_inline)) int within(char *name)
{
	return mkstemp(name);
}
__attribute__((noinline)) int spill_to_disk(void)
{
	char name[] = "temp/spill-XXXXXX";
	int fd = within(name);
	return close(fd) + 1;
}
int main(void) { return spill_to_disk() - 1; }
'''
BOTH = [('within', 'inlined.c', 6), ('spill_to_disk', 'inlined.c', 11)]


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('version', ['4', '5'])
def test_split_dwarf(work, compiler, version):
    """What is inlined is known from the .dwo file only; without it there are function and line."""
    work.write('inlined.c', INLINED)
    subprocess.run([need(compiler), '-O2', '-gdwarf-' + version, '-gsplit-dwarf', '-c', 'inlined.c'], cwd=work.path, check=True)
    subprocess.run([compiler, '-o', 'spill', 'inlined.o'], cwd=work.path, check=True)
    record(work)
    assert [frame for frame in frames(work) if frame in BOTH] == BOTH
    (work.path / 'inlined.dwo').unlink()
    assert 'spill_to_disk' in [frame[0] for frame in frames(work)] and BOTH[0] not in frames(work)


def test_debug_information_shared_by_dwz(work):
    work.write('inlined.c', INLINED)
    subprocess.run([need('gcc'), '-O2', '-g', '-o', 'spill', 'inlined.c'], cwd=work.path, check=True)
    shutil.copy(work.path / 'spill', work.path / 'other')
    subprocess.run([need('dwz'), '-m', 'common', 'spill', 'other'], cwd=work.path, check=True)
    record(work)
    assert [frame for frame in frames(work) if frame in BOTH] == BOTH
    (work.path / 'common').unlink()
    assert 'spill_to_disk' in [frame[0] for frame in frames(work)]


def test_code_that_node_compiled(work):
    """By the map that it leaves for perf, which is no leak of the program's: left by design."""
    work.write('app.js', 'const fs = require("fs");\n'
               'function spill(n) { for (let i = 0; i < n; i++) { const made = fs.mkdtempSync("temp/njs-"); if (i) fs.rmdirSync(made); } }\n'
               'for (let i = 0; i < 2000; i++)\n  spill(2);\n')
    done = work.pageleak('run', '--json=report.json', '--journal=j.data', '--', need('node'), '--perf-basic-prof', '--interpreted-frames-native-stack', 'app.js')
    report = work.load()
    pid = report['processes'][0]['pid']
    try:
        places = {(frame['function'], (frame['file'] or '').rpartition('/')[2], frame['line']) for finding in report['findings'] for frame in finding['native']}
        if not any(name and name.startswith(('JS:', 'spill')) for name, _, _ in places) and not os.path.exists('/tmp/perf-%d.map' % pid):
            pytest.skip('this node leaves no map')
        assert ('spill', 'app.js', 2) in places, places
        [finding, *_] = [finding for finding in report['findings'] if any(frame['function'] == 'spill' for frame in finding['native'])]
        assert 'spill$ in ^app.js$' in finding['rule'] and 'spill  ' in done.stderr and 'app.js:2' in done.stderr
    finally:
        for path in ('/tmp/perf-%d.map' % pid,):
            if os.path.exists(path):
                os.unlink(path)


TIERS = '''const fs = require("fs");
let count = 0;
function spill() { fs.writeFileSync("temp/page-" + count++, ""); }
function other() { fs.writeFileSync("temp/page-" + count++, ""); }
function warm() { spill(); }
for (let i = 0; i < 20000; i++) warm();
other();
'''


def test_one_function_of_node_is_one_site_in_all_tiers(work):
    """As the compiler comes to it anew the function lies elsewhere, and what runs it takes other ways. Two functions are two."""
    work.write('app.js', TIERS)
    options = ['--perf-basic-prof', '--interpreted-frames-native-stack', '--no-turbo-inlining']
    assert work.pageleak('run', '--json=report.json', '--text=/dev/null', '--', need('node'), *options, 'app.js').returncode == 0
    report = work.load()
    path = '/tmp/perf-%d.map' % report['processes'][0]['pid']
    if not os.path.exists(path):
        pytest.skip('this node leaves no map')
    os.unlink(path)
    found = [(finding['entries'], finding['made'].split(' ')[0], finding['rule'].split(';')[0]) for finding in report['findings']]
    assert found == [(20000, 'spill', 'frames: ^spill$ in ^app.js$'), (1, 'other', 'frames: ^other$ in ^app.js$')]


def test_debuginfod_only_when_told(program):
    """A server may be a directory: what it is asked for is the same."""
    split(program, 'debug')
    number = build_id(program)
    served = program.path / 'served' / 'buildid' / (number.split('/')[1] + number.split('/')[2].split('.')[0]) / 'debuginfo'
    served.parent.mkdir(parents=True)
    shutil.move(str(program.path / 'debug'), str(served))
    record(program)
    program.environ.update(DEBUGINFOD_URLS='file://%s' % (program.path / 'served'), DEBUGINFOD_CACHE_PATH=str(program.path / 'cache'), HOME=str(program.path))
    assert NAMED not in frames(program) and not (program.path / 'cache').exists()
    assert NAMED in frames(program, '--debuginfod')
