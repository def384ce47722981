"""Interpreters that are not the plain release build that starts a program: debug, PyPy, free-threaded, embedded, loaded; extensions."""
import os
import subprocess

import pytest

from harness.machine import need
from harness.paths import VICTIMS

TABLE = r'''
import os
class Table(object):
    def __init__(self, page):
        self.page = page
        open(page, 'w').close()
    def __del__(self):
        %s
def make(page):
    return Table(page)
'''
LEAVES = TABLE % 'pass'
REMOVES = TABLE % 'os.unlink(self.page)'
FRAMES = ['__init__', 'make', '<module>']
PAGES = ['--pages=cache/*', '--why']


def audit(work, *command, options=(), **more):
    """Output and status are those of a run without an audit; what leaked is what is on disk."""
    (work.path / 'cache').mkdir(exist_ok=True)
    plain = subprocess.run([str(part) for part in command], cwd=work.path, env=work.environ, stdout=subprocess.PIPE, text=True)
    for page in (work.path / 'cache').iterdir():
        page.unlink()
    result = work.audit(*command, options=[*PAGES, *options], subcommand='run', **more)
    assert (result.status, result.stdout) == (plain.returncode, plain.stdout)
    assert result.paths('leaked') == {path for path in result.new if '/cache/' in path}
    return result


def one(result):
    finding, = result.report['findings']
    return finding, [frame['function'].split('.')[-1] for frame in finding['python']]


def limits(result):
    return result.report['coverage']['limits']


def says(result, *parts):
    """One limit has all of these in it."""
    return any(all(part in limit for part in parts) for limit in limits(result))


def settings(python, known={}):
    if python not in known:
        known[python] = subprocess.check_output([python, '-c', 'import sys, sysconfig as s\n'
            'print(s.get_path("include"), s.get_config_var("LIBDIR"), s.get_config_var("LDVERSION"),'
            ' s.get_config_var("Py_ENABLE_SHARED"), sys.version_info[1], sys.prefix)'], text=True).split()
    return known[python]


def compile_for(work, python, source, *more):
    include, library, version, _, minor, _ = settings(python)
    if not os.path.exists(os.path.join(include, 'Python.h')):
        pytest.skip('no headers of this interpreter')
    built = work.path / (source.partition('.')[0] + ('.so' if '-shared' in more else ''))
    subprocess.run([need('cc'), '-g', '-O1', '-w', '-o', built, VICTIMS / source, '-I' + include, *more], check=True)
    return built, int(minor)


@pytest.fixture
def embed(work, python):
    include, library, version, _, minor, prefix = settings(python)
    if not any(os.path.exists('%s/libpython%s.so' % (at, version)) for at in (library, library + '/x86_64-linux-gnu')):
        pytest.skip('no shared library of this interpreter')
    built, minor = compile_for(work, python, 'embed.c', '-L' + library, '-lpython' + version, '-Wl,-rpath,' + library, '-lpthread')
    if prefix != '/usr':
        work.environ['PYTHONHOME'] = prefix

    def run(how, text):
        return audit(work, built, how, work.write('source.py', text))
    run.minor = minor
    return run


# ---- builds whose frames cannot be read ----

def test_debug_build(work):
    work.write('victim.py', REMOVES + 'table = make("cache/x")\nprint("made")\nos._exit(3)\n')
    result = audit(work, need('python3.11-dbg'), '-B', 'victim.py')
    finding, frames = one(result)
    assert result.stdout == 'made\n' and frames == [] and len(finding['native']) > 10 and finding['cause'] is None
    assert says(result, 'frames cannot be read', 'a debug build') and says(result, '--why', 'a debug build')


def test_pypy(work):
    work.write('victim.py', REMOVES + 'table = make("cache/x")\nprint("made")\nos._exit(3)\n')
    result = audit(work, need('pypy3'), '-B', 'victim.py')
    finding, frames = one(result)
    assert result.stdout == 'made\n' and frames == [] and len(finding['native']) > 10 and finding['cause'] is None
    assert says(result, 'frames cannot be read', 'PyPy') and says(result, '--why', 'PyPy')
    assert 'frames cannot be read: PyPy' in result.stderr


def test_free_threaded_build(work):
    """By what it exports: no such build is packaged. Its frames must not be asked for: that aborts."""
    built = work.path / 'free_threaded'
    subprocess.run([need('cc'), '-rdynamic', '-o', built, VICTIMS / 'free_threaded.c'], check=True)
    result = audit(work, built, 'cache/x')
    assert one(result)[1] == [] and says(result, 'frames cannot be read', 'a free-threaded build')


# ---- an interpreter within a program ----

def test_embedded(embed):
    result = embed('once', LEAVES + 'kept = make("cache/x")\nprint("made")\n')
    finding, frames = one(result)
    assert result.stdout == 'made\n' and frames == FRAMES and limits(result) == []
    assert finding['owner']['object']['type'] == 'Table' and finding['cause']['kind'] == 'referenced'
    assert finding['cause']['chain'][1] == "global 'kept' of module __main__ (source.py)"


def test_embedded_and_cleaned(embed):
    result = embed('once', REMOVES + 'kept = make("cache/x")\n')
    finding, frames = one(result)
    assert finding['verdict'] == 'late' and frames == FRAMES and finding['cause']['kind'] == 'referenced'


def test_embedded_twice(embed):
    """The second interpreter's frames are read; it is not asked, and that is said."""
    result = embed('twice', LEAVES + 'if again:\n    kept = make("cache/second")\nelse:\n    kept = make("cache/first")\n')
    found = {os.path.basename(finding['pages'][0]['path']): finding for finding in result.report['findings']}
    assert set(found) == {'first', 'second'}
    for finding in found.values():
        assert [frame['function'].split('.')[-1] for frame in finding['python']] == FRAMES
        assert finding['owner']['object']['type'] == 'Table'
    assert found['first']['cause']['kind'] == 'referenced'
    assert found['second']['cause'] is None and says(result, '--why', 'initialized again')


def test_embedded_twice_making_once(embed):
    assert limits(embed('twice', LEAVES + 'if not again:\n    kept = make("cache/first")\n')) == []


def test_never_finalized(embed):
    finding, frames = one(embed('unfinished', REMOVES + 'kept = make("cache/x")\n'))
    assert frames == FRAMES and finding['owner']['object']['alive'] is True
    assert finding['cause']['kind'] == 'killed' and 'without Py_Finalize' in finding['cause']['detail']
    assert finding['cause']['chain'][1] == "global 'kept' of module __main__ (source.py)"


def test_thread_of_the_program_s_own(embed):
    finding, frames = one(embed('thread', LEAVES + 'kept = make("cache/x")\n'))
    assert frames == FRAMES and finding['cause']['kind'] == 'referenced'


def test_embedded_subinterpreter(embed):
    """Before 3.12 its frames are out of sight, and that is said."""
    result = embed('sub', LEAVES + 'kept = make("cache/x")\n')
    finding, frames = one(result)
    if embed.minor < 12:
        assert frames == [] and says(result, 'frames cannot be read', 'subinterpreter')
    else:
        assert frames == FRAMES and limits(result) == []
    assert not finding['cause'] or finding['cause']['kind'] == 'unknown'


@pytest.mark.parametrize('how', ['global', 'local', 'late'])
def test_interpreter_loaded_at_run_time(work, python, how):
    include, library, version, shared, minor, prefix = settings(python)
    path = '%s/libpython%s.so' % (library, version)
    if not os.path.exists(path):
        pytest.skip('no shared library of this interpreter')
    built = work.path / 'embed_loads'
    subprocess.run([need('cc'), '-o', built, VICTIMS / 'embed_loads.c', '-ldl'], check=True)
    if prefix != '/usr':
        work.environ['PYTHONHOME'] = prefix
    result = audit(work, built, path, how, LEAVES + 'kept = make("cache/x")\nprint("made")\n')
    finding, frames = one(result)
    assert result.stdout == 'made\n' and finding['cause'] is None
    if how == 'global':
        assert frames == FRAMES and says(result, '--why', 'dlopen')
    else:
        assert frames == [] and says(result, 'frames cannot be read', 'RTLD_GLOBAL', '--why')


# ---- extension modules ----

def test_extension_module(work, python):
    """A file made from C has the C frames and the Python frames; so has one that Python made when C called it."""
    compile_for(work, python, 'maker.c', '-shared', '-fPIC')
    work.write('victim.py', 'import sys\nsys.path.insert(0, ".")\nimport maker\n'
               'class Table(object):\n'
               '    def __init__(self, page):\n'
               '        maker.make(page)\n'
               'def outer():\n'
               '    return Table("cache/c")\n'
               'def opens():\n'
               '    open("cache/python", "w").close()\n'
               'kept = outer()\n'
               'maker.call(opens)\n')
    result = audit(work, python, '-B', 'victim.py')
    found = {os.path.basename(finding['pages'][0]['path']): finding for finding in result.report['findings']}
    functions = {name: [[frame['function'] and frame['function'].split('.')[-1] for frame in finding[kind]]
                        for kind in ('native', 'python')] for name, finding in found.items()}
    assert functions['c'][1] == ['__init__', 'outer', '<module>'] and functions['python'][1] == ['opens', '<module>']
    assert functions['c'][0][0] == 'maker_creates' or 'maker_creates' in functions['c'][0][:3]
    assert 'call' in functions['python'][0]
    assert found['c']['owner']['object']['type'] == 'Table'
    assert found['c']['cause']['kind'] == 'no-finalizer'
