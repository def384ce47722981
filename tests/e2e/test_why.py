"""--why: what holds the object that owns a page, on every interpreter that is installed. The victim is tests/victims/owners.py."""
import json
import os
import re
import subprocess

import pytest

from harness.machine import need, version
from harness.paths import PAGELEAK, VICTIMS
from harness.waiting import LIMIT, appears, until

MAIN = r'module __main__ \(owners\.py\)'
# situation: verdict, kind, what the chain says behind the object itself (a pattern for each link), what the detail says
EXPECTED = {
    'module_global': ('late', 'referenced', ["global 'kept' of " + MAIN]),
    'in_a_list': ('late', 'referenced', ["list 'tables' in " + MAIN]),
    'in_a_dictionary': ('late', 'referenced', ["dict 'by_name' in " + MAIN]),
    'in_an_attribute': ('late', 'referenced', ["attribute 'table' of Node at 0x", "global 'node' of " + MAIN]),
    'in_a_list_of_an_object': ('late', 'referenced', ["list 'tables' of Node at 0x", "global 'node' of " + MAIN]),
    'in_a_slot': ('late', 'referenced', ["attribute 'table' of Slotted at 0x", "global 'slotted' of " + MAIN]),
    'in_a_class': ('late', 'referenced', ["attribute 'table' of class Node"]),
    'cycle': ('late', 'cycle', ['cycle: Table -> Node -> Table .*gc.collect'], 'only the collector can release'),
    'cycle_with_deque': ('late', 'cycle', ['cycle: Table -> deque -> Table ']),
    'cycle_through_method': ('late', 'cycle', ['cycle: Table -> method -> Table ']),
    'below_a_cycle': ('late', 'cycle', ["attribute 'table' of Node at 0x", 'cycle: Node -> Node -> Node '], 'held by a reference cycle'),
    'traceback_kept': ('late', 'referenced', [r"local 'table' of frame .*fails \(owners\.py:\d+\)", 'traceback of ValueError',
                                             "global 'last' of " + MAIN]),
    'uncaught': ('late', 'referenced', [r"local 'table' of frame .*fails \(owners\.py:\d+\)", 'traceback', r'sys\.last_']),
    'cached': ('late', 'referenced', [r'lru_cache of load\(\)', "global 'load' of " + MAIN]),
    'cached_some': ('late', 'referenced', [r'lru_cache of load_some\(\)', "global 'load_some' of " + MAIN]),
    'closure': ('late', 'referenced', ["closure variable 'table' of closure.<locals>.make.<locals>.size", "global 'size_of_table' of " + MAIN]),
    'default_argument': ('late', 'referenced', ['a default argument of function with_default', "global 'with_default' of " + MAIN]),
    'partial': ('late', 'referenced', ['list element 0 of 1', 'tuple element 0 of 1', r'functools\.partial', "global 'bound' of " + MAIN]),
    'generator': ('late', 'referenced', [r"local 'table' of suspended generator .*pages \(owners\.py:\d+\)", "global 'suspended' of " + MAIN]),
    'coroutine': ('late', 'referenced', [r"local 'table' of suspended coroutine work", "global 'task' of " + MAIN]),
    'thread_local': ('late', 'referenced', ["attribute 'table' of threading.local", "global 'storage' of " + MAIN]),
    'exit_handler': ('late', 'referenced', None, 'atexit, where it'),
    'finalizer': ('leaked', 'referenced', ["global 'finalized' of " + MAIN]),
    'no_finalizer': ('leaked', 'no-finalizer', ["global 'plain' of " + MAIN], 'Plain has no __del__ and no weakref.finalize'),
    'no_finalizer_and_gone': ('leaked', 'no-finalizer', None, 'Plain has no __del__'),
    'context_not_entered': ('leaked', 'no-finalizer', ["global 'managed' of " + MAIN], '__exit__ did not run'),
    'raises': ('leaked', 'finalizer-failed', None, r'RuntimeError: cannot, in .*__del__ \(owners\.py:\d+\)'),
    'forgets': ('leaked', 'finalizer-failed', None, r'Forgetful is gone, but Forgetful\.__del__ left the page'),
    'resurrected': ('leaked', 'finalizer-failed', ["global 'survivor' of " + MAIN], 'will not run again'),
    'no_object': ('leaked', 'no-finalizer', None, 'no .self. on its stack that could own it'),
    'exits_at_once': ('leaked', 'killed', [r"local 'table' of frame exits_at_once \(owners\.py:\d+\)"], r'os\._exit\(\) ends the process'),
    'terminated': ('leaked', 'killed', None, 'signal 15'),
    'killed': ('leaked', 'killed', None, 'signal 9'),
    'becomes_another_program': ('leaked', 'killed', None, 'by exec'),
    'forked': ('leaked', 'killed', ["global 'kept' of " + MAIN], r'os\._exit\(\)'),
    'worker': ('leaked', 'killed', ["global 'kept' of " + MAIN], r'os\._exit\(\)'),
    'daemon_thread': ('leaked', 'referenced', [r"local 'table' of frame .*work \(owners\.py:\d+\)"]),
    'scope': ('late', 'referenced', [r"list 'held' of frame scope \(owners\.py:\d+\)"]),
}
# What an older interpreter has no way to tell.
OLDER = {
    ('exit_handler', 7): ('late', None, None),
    ('raises', 7): ('leaked', 'finalizer-failed', None, r'Broken is gone, but Broken\.__del__ left the page'),
    ('resurrected', 8): ('leaked', 'referenced', ["global 'survivor' of " + MAIN]),
}
GONE = {'no_finalizer_and_gone', 'raises', 'forgets'}


def expected(situation, python):
    older = [limit for name, limit in OLDER if name == situation]
    return OLDER[situation, older[0]] if older and version(python) <= older[0] else EXPECTED[situation]


def why(work, python, situation, *options):
    return work.audit(python, '-B', VICTIMS / 'owners.py', situation, options=['--pages=cache/*', '--why', *options],
                      subcommand='run')


@pytest.mark.parametrize('situation', EXPECTED)
def test_cause(work, python, situation):
    verdict, kind, chain, *detail = expected(situation, python)
    result = why(work, python, situation)
    finding, = result.report['findings']
    cause = finding['cause']
    assert finding['verdict'] == verdict
    assert (cause and cause['kind']) == kind, cause
    if detail:
        assert re.search(detail[0], cause['detail']), cause
    if chain:
        links = cause['chain'][1:]
        assert len(links) == len(chain) and all(re.search(*pair) for pair in zip(chain, links)), cause
        assert re.match(r'\w+ at 0x', cause['chain'][0])
        assert finding['owner']['object']['alive'] is True
    if situation in GONE:
        assert finding['owner']['object']['alive'] is False
    if verdict == 'leaked':
        assert result.paths('leaked') == {path for path in result.new if not path.endswith('cache')}
    assert result.report['coverage']['limits'] == []


def test_findings_are_split_by_the_type_that_owns_them(work, python):
    result = why(work, python, 'two_types')
    assert sorted(finding['owner']['object']['type'] for finding in result.report['findings']) == ['First', 'Second']


def test_the_object_is_the_program_s_own(work, python):
    """Table made a temporary directory: the page is Table's, whatever tempfile's own object does."""
    work.write('victim.py', 'import os, tempfile\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        self.directory = tempfile.TemporaryDirectory()\n'
               'table = Table()\nos._exit(0)\n')
    result = work.audit(python, 'victim.py', options=['--why'], subcommand='run')
    finding, = result.report['findings']
    assert finding['owner']['object']['type'] == 'Table'
    assert finding['cause']['kind'] == 'killed' and 'weakref.finalize' in finding['cause']['detail']


MANY = r'''
import os, sys
class Table(object):
    def __init__(self):
        os.mkdir('cache/directory')
        self.open_all()
    def open_all(self):
        self.write('one')
        self.write('two')
    def write(self, name):
        open('cache/' + name, 'w').close()
os.mkdir('cache')
table = Table()
for name in ('three', 'four'):
    table.write(name)
if sys.argv[1:]:
    del table
os._exit(0)
'''


@pytest.mark.parametrize('dropped', [False, True])
def test_one_object_many_pages(work, python, dropped):
    """Those of its constructor, of what that calls, and of methods that are called again and again: all are the same object's."""
    work.write('victim.py', MANY)
    result = work.audit(python, '-B', 'victim.py', *['dropped'][:dropped], options=['--pages=cache/*', '--why'], subcommand='run')
    assert result.entries('leaked') == 5
    for finding in result.report['findings']:
        assert finding['owner']['object']['alive'] is not dropped
        assert finding['cause']['chain'][1:] == ([] if dropped else ["global 'table' of module __main__ (victim.py)"])


def test_an_address_is_used_again(work, python):
    """Three objects of one type, at one address in most versions, of which the last one lives: it made neither of the others' pages."""
    work.write('victim.py', 'import os\n'
               'class Table(object):\n'
               '    def __init__(self, name):\n'
               '        open("cache/" + name, "w").close()\n'
               'os.mkdir("cache")\n'
               'Table("one")\n'
               'Table("two")\n'
               'table = Table("three")\n'
               'os._exit(0)\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    alive = {os.path.basename(finding['pages'][0]['path']): finding['owner']['object'] for finding in result.report['findings']}
    assert {name: thing['alive'] for name, thing in alive.items()} == {'one': False, 'two': False, 'three': True}


def test_a_name_that_is_made_again_within_a_tick(work):
    """Births are told by a clock that ticks: what is removed and made, or opened with O_CREAT, meanwhile looks the same."""
    work.write('victim.py', 'import os\n'
               'class Table(object):\n'
               '    def __init__(self, n):\n'
               '        self.page = "cache/%d.dat" % n\n'
               '        for _ in range(3):\n'
               '            open(self.page, "w").close()\n'
               'def probe():\n'
               '    os.close(os.open("cache/probe", os.O_CREAT))\n'
               '    os.unlink("cache/probe")\n'
               'os.mkdir("cache")\n'
               + ''.join('probe(); table_%d = Table(%d)\n' % (n, n) for n in range(40)))
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    assert result.entries('leaked') == 40 and len(result.report['findings']) == 40
    for finding in result.report['findings']:
        assert finding['cause']['kind'] == 'no-finalizer' and finding['owner']['object']['alive'] is True


def test_a_finalizer_of_a_library_that_removes_nothing(work):
    """shelve.Shelf.__del__ closes the file: that the program did not wait for it is not why it is still there."""
    work.write('victim.py', 'import os, shelve, zipfile\n'
               'class Store(object):\n'
               '    def __init__(self):\n'
               '        self.shelf = shelve.open("cache/shelf")\n'
               'os.mkdir("cache")\n'
               'store = Store()\n'
               'def write():\n'
               '    zipfile.ZipFile("cache/one.zip", "w").writestr("x", "y")\n'
               'write()\n')
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    found = {finding['owner']['object']['type'] if finding['owner']['object'] else None: finding['cause']
             for finding in result.report['findings'] if finding['cause']}  # some shelves write as the interpreter goes
    assert {cause['kind'] for cause in found.values()} == {'no-finalizer'}
    assert 'Store has no __del__' in found['Store']['detail']
    assert 'ZipFile has no weakref.finalize, and its __del__ removes nothing' in found['ZipFile']['detail']


LIBRARY = {  # its program; whose the page is, what the detail says
    'thread': ('import threading, tempfile\nt = threading.Thread(target=tempfile.mkdtemp, kwargs={"dir": "cache"})\nt.start()\nt.join()\n',
               None, 'no `self` on its stack'),
    'pool': ('import concurrent.futures, tempfile\nwith concurrent.futures.ThreadPoolExecutor(1) as pool:\n'
             '    pool.submit(tempfile.mkdtemp, dir="cache")\n', None, 'no `self` on its stack'),
    'handler': ('import logging.handlers\nh = logging.handlers.RotatingFileHandler("cache/log", maxBytes=9, backupCount=2)\n',
                'RotatingFileHandler', 'RotatingFileHandler has no __del__'),
    'logger': ('import logging.handlers\nh = logging.handlers.RotatingFileHandler("cache/log", delay=True)\n'
               'logging.getLogger().addHandler(h)\nlogging.warning("x")\n', 'RotatingFileHandler', 'RotatingFileHandler has no __del__'),
    'own handler': ('import logging\nclass Handler(logging.Handler):\n    def emit(self, record):\n        open("cache/log", "w").close()\n'
                    'logging.getLogger().addHandler(Handler())\nlogging.warning("x")\n', 'Handler', 'Handler has no __del__'),
}


@pytest.mark.parametrize('case', LIBRARY)
def test_what_only_runs_the_code_is_no_owner(work, python, case):
    """Neither a thread nor a logger above its handler; and logging's weak references release nothing."""
    program, owner, detail = LIBRARY[case]
    work.write('victim.py', 'import os\nos.mkdir("cache")\n' + program)
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    finding, = [finding for finding in result.report['findings'] if finding['verdict'] == 'leaked']
    assert (finding['owner']['object'] and finding['owner']['object']['type']) == owner
    assert finding['cause']['kind'] == 'no-finalizer' and detail in finding['cause']['detail'], finding['cause']


def test_a_runner_is_no_owner(work):
    work.write('victim.py', 'import asyncio, os, sys\nif not hasattr(asyncio, "Runner"):\n    sys.exit(77)\nos.mkdir("cache")\nasync def served(*ignored): pass\n'
               'with asyncio.Runner() as runner:\n    runner.run(asyncio.start_unix_server(served, "cache/socket"))\n')
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    if result.status == 77:
        pytest.skip('no asyncio.Runner')
    assert [finding['owner']['object']['type'] for finding in result.report['findings']] == ['_UnixSelectorEventLoop']


def test_a_named_temporary_file(work, python):
    """Its owner is made when it has been made: what can be said without one."""
    def cause(text):
        work.write('victim.py', 'import os, tempfile\n' + text)
        result = work.audit(python, '-B', 'victim.py', options=['--why'], subcommand='run')
        finding, = result.report['findings']
        return finding['verdict'], finding['cause']['kind'], finding['cause']['detail']
    verdict, kind, detail = cause('kept = tempfile.NamedTemporaryFile(delete=False)\n')
    assert (verdict, kind) == ('leaked', 'no-finalizer') and 'delete=False' in detail
    verdict, kind, detail = cause('kept = tempfile.NamedTemporaryFile()\nos._exit(0)\n')
    assert (verdict, kind) == ('leaked', 'killed') and 'os._exit()' in detail
    assert cause('kept = tempfile.NamedTemporaryFile()\n')[:2] == ('late', 'unknown')


def test_a_journal_of_a_killed_program_tells_the_cause(work):
    """Nobody saw it end: `record` becomes the program."""
    work.write('victim.py', 'import os, tempfile\nkept = tempfile.NamedTemporaryFile()\nos.kill(os.getpid(), 9)\n')
    work.pageleak('record', '--why', '--', need('python3'), '-B', 'victim.py')
    finding, = json.loads(work.pageleak('report', '--json=-', 'pageleak.data').stdout)['findings']
    assert (finding['verdict'], finding['cause']['kind']) == ('leaked', 'killed') and 'delete=False' not in json.dumps(finding['cause'])


def test_a_library_keeps_it(work, python):
    """Nobody is told to delete a reference in somebody else's module."""
    library = work.path / 'lib' / 'python3' / 'site-packages'
    library.mkdir(parents=True)
    (library / 'keeper.py').write_text('kept = []\n')
    work.write('victim.py', 'import os, sys\nsys.path.insert(0, "lib/python3/site-packages")\nimport keeper\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        open("cache/x", "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink("cache/x")\n'
               'os.mkdir("cache")\n'
               'keeper.kept.append(Table())\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    cause = result.report['findings'][0]['cause']
    assert cause['kind'] == 'referenced' and 'module keeper' in cause['chain'][-1]
    assert 'advice   a library keeps it' in result.stderr


def test_an_exit_that_removes_nothing(work, python):
    """Entering it would not have helped, so nobody is told to."""
    work.write('victim.py', 'import os\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        self.file = open("cache/x", "w")\n'
               '    def __enter__(self):\n'
               '        return self\n'
               '    def __exit__(self, *ignored):\n'
               '        self.close()\n'
               '    def close(self):\n'
               '        self.file.close()\n'
               'os.mkdir("cache")\n'
               'with Table() as table:\n'
               '    pass\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    cause = result.report['findings'][0]['cause']
    assert cause['detail'].endswith('and its __exit__ removes nothing') and 'use it in a `with`' not in result.stderr


def test_released_with_what_held_it(work, python):
    """No finalizer of its own, and yet it went: it was held too long."""
    work.write('victim.py', 'import os\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        open("cache/x", "w").close()\n'
               '        self.part = Part()\n'
               'class Part(object):\n'
               '    def __del__(self):\n'
               '        os.unlink("cache/x")\n'
               'os.mkdir("cache")\n'
               'table = Table()\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    finding, = result.report['findings']
    assert finding['verdict'] == 'late' and finding['cause']['kind'] == 'referenced'
    assert finding['cause']['detail'].startswith("held by global 'table' of module __main__")


def test_the_text_tells_it(work):
    result = why(work, need('python3'), 'cycle')
    assert 'cause    a reference cycle, which only the collector can release: Table -> Node -> Table' in result.stderr
    assert 'advice   make Node.table a weakref.ref' in result.stderr
    result = why(work, need('python3'), 'in_an_attribute')
    assert re.search(r"cause    held by global 'node' .*\n  held by  <- attribute 'table' of Node at 0x\w+\n +<- global 'node'", result.stderr)


def test_nothing_runs_unless_asked(work, python):
    result = work.audit(python, '-B', VICTIMS / 'owners.py', 'in_a_list', options=['--pages=cache/*'], subcommand='run')
    finding, = result.report['findings']
    assert finding['cause'] is None and finding['owner']['object']['alive'] is None


SAME = r'''
import atexit, gc, os, signal, sys, threading
class Table(object):
    def __init__(self):
        self.me = self
        self.page = os.path.join('cache', 'x%d.dat' % id(self))
        open(self.page, 'w').close()
    def __del__(self):
        sys.stdout.write('removed\n')
        os.unlink(self.page)
def child_ended(*ignored):
    sys.stdout.write('a child ended\n')
signal.signal(signal.SIGCHLD, child_ended)
os.mkdir('cache')
first = gc.get_count()[2], len(gc.garbage)
tables = [Table() for _ in range(3)]
Table()
os.environ['PAGELEAK_SCOPE'] = 'one'
Table()
del os.environ['PAGELEAK_SCOPE']
try:
    raise KeyError('x')
except KeyError:
    os.environ['PAGELEAK_SCOPE'] = 'two'
    Table()
    del os.environ['PAGELEAK_SCOPE']
    sys.stdout.write('%s\n' % sys.exc_info()[0].__name__)
try:
    os.waitpid(-1, os.WNOHANG)
except OSError as problem:
    sys.stdout.write('%s\n' % problem)
sys.stdout.write('%s %s\n' % (sorted(os.listdir('/proc/self/fd')), len(threading.enumerate())))
atexit.register(lambda: sys.stdout.write('%d to remove\n' % len(os.listdir('cache'))))
sys.exit(7)
'''


def test_the_program_does_not_notice(work, python):
    """Output, exit status, exception state, children, descriptors: all as without --why."""
    work.write('victim.py', SAME)
    command = [python, '-B', 'victim.py']
    outputs = []
    for options in ([], ['--why']):
        result = work.audit(*command, options=['--pages=cache/*', *options], subcommand='run')
        outputs.append((result.status, result.stdout))
        os.rmdir(work.path / 'cache')
    plain = subprocess.run(command, cwd=work.path, env=work.environ, stdout=subprocess.PIPE, text=True)
    outputs.append((plain.returncode, plain.stdout))
    assert outputs[0] == outputs[1] == outputs[2]
    assert 'a child ended' not in outputs[1][1] and outputs[1][0] == 7


@pytest.mark.parametrize('variable', ['PYTHONMALLOC=debug', 'PYTHONDEVMODE=1', 'PYTHONTRACEMALLOC=3'])
def test_allocators_that_check(work, python, variable):
    """What is allocated before an interpreter has chosen its allocators must not be freed after."""
    result = work.audit('env', variable, python, '-B', VICTIMS / 'owners.py', 'in_a_list', options=['--pages=cache/*', '--why'],
                        subcommand='run')
    assert result.status == 0 and 'Debug memory block' not in result.stderr
    finding, = result.report['findings']
    assert finding['cause']['kind'] == 'referenced'


def test_the_copy_can_do_nothing(work, python):
    """Its code may run what a program defines (tracing, audit hooks): that reaches no file."""
    work.write('victim.py', 'import os, sys\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        self.page = "cache/x.dat"\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink(self.page)\n'
               'os.mkdir("cache")\n'
               'pid = os.getpid()\n'
               'said = os.open("said", os.O_CREAT | os.O_WRONLY)\n'
               'def hook(event, arguments):\n'
               '    if os.getpid() != pid:\n'
               '        os.write(said, b"written")\n'
               '        open("made", "w").close()\n'
               'if hasattr(sys, "addaudithook"):\n'
               '    sys.addaudithook(lambda event, arguments: hook(event, arguments))\n'
               'table = Table()\nos._exit(0)\n')
    work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    assert (work.path / 'said').read_bytes() == b'' and not (work.path / 'made').exists()


TABLE = """
import gc, os, sys, threading, time, types, weakref
class Table(object):
    def __init__(self):
        self.page = 'cache/x.dat'
        open(self.page, 'w').close()
    def __del__(self):
        os.unlink(self.page)
def dropped():
    table = Table()
    table.me = table
os.mkdir('cache')
"""
# what a program does that lies in the way: its code, kind, the detail, the chain behind the object
IN_THE_WAY = {
    'frozen': ('dropped()\ngetattr(gc, "freeze", int)()', 'cycle', 'a reference cycle'),
    'frozen_and_held': ('table = Table()\ngetattr(gc, "freeze", int)()\nos._exit(0)', 'killed', "held by global 'table'"),
    'imports_nothing': ('import builtins\ndef refuse(*a, **k): raise ImportError("no")\ndropped()\nbuiltins.__import__ = refuse\ndel sys.modules["gc"]',
                        'cycle', 'a reference cycle'),
    'traced': ('def tracer(*ignored): raise OSError("cannot write")\ndropped()\nsys.settrace(tracer)\nos._exit(0)',
               'killed', 'a reference cycle'),
    'profiled': ('def profiler(*ignored): raise OSError("cannot write")\ndropped()\nleave = os._exit\n'
                 'sys.setprofile(lambda frame, event, arg: event == "call" and profiler())\nleave(0)', 'killed', 'a reference cycle'),
    'no_builtins': ('dropped()\nexec("leave(0)", {"__builtins__": {}, "leave": os._exit})', 'killed', 'a reference cycle'),
    'deep': ('table = Table()\ndef deeper():\n    try:\n        deeper()\n    except RecursionError:\n        os._exit(0)\ndeeper()',
             'killed', "held by global 'table'"),
    'surrogate': ('kept = [{"\\ud800x": Table()}]', 'referenced', "held by list 'kept'", [r"dict key '\\ud800x'", "list 'kept'"]),
    'names_of_the_interpreter_s': ('class partial(object): pass\nclass traceback(object): pass\n'
                                   'class coroutine(object):\n    def __getattr__(self, name): raise SystemExit\n'
                                   'top = partial()\ntop.x = coroutine()\ntop.x.y = traceback()\ntop.x.y.z = Table()',
                                   'referenced', "held by global 'top'",
                                   ["attribute 'z' of traceback at", "attribute 'y' of coroutine at", "attribute 'x' of partial at", "global 'top'"]),
    'mapping': ('class Names(dict):\n    def keys(self): raise SystemExit(9)\n    __iter__ = __getitem__ = get = keys\n'
                'class Key(str):\n    def __eq__(a, b): raise SystemExit(8)\n    def __hash__(a): return 5\n'
                'names = Names()\ndict.__setitem__(names, Key("k"), Table())\nleave = os._exit\n'
                'dict.__setitem__(names, "leave", leave)\n'
                'class Space(dict):\n    def keys(self): raise SystemExit(9)\n    __iter__ = keys\n'
                'exec("leave(0)", {}, Space(leave=leave))', 'killed', "held by Names 'names' in module __main__"),
    'other_class_of_that_name': ('class A:\n    class Handle(object):\n        def __del__(self): pass\n'
                                 'class B:\n    class Handle(object):\n        def __init__(self): open("cache/h", "w").close()\n'
                                 'handle = B.Handle()\ndel handle', 'unknown', 'of the 2 classes of that name some have a finalizer'),
    'finalize_failed': ('class Handle(object):\n    def __init__(self):\n        open("cache/h", "w").close()\n'
                        '        weakref.finalize(self, os.unlink, "cache/other")\n'
                        'handle = Handle()\ndel handle', 'unknown', 'if it had its weakref.finalize, that left the page'),
    'collection_is_due': ('gc.disable()\ndropped()\ngc.enable()\nleave = os._exit\ngc.set_threshold(3, 1000, 1000)\n'
                          'leave(*[0, *[{leave}, {leave}, {leave}, {leave}, {leave}, {leave}, {leave}][:0]])', 'killed', 'a reference cycle'),
    'lock_is_wanted': ('table = Table()\nbig, less = 7 ** 200000, 7 ** 100001\nleave = os._exit\ndone = False\n'
                       'def busy():\n    while not done: pass\n'
                       'for _ in range(2): threading.Thread(target=busy, daemon=True).start()\n'
                       'leave(0 * ((big * big * big * big) % less))', 'killed', "held by global 'table'"),
}


@pytest.mark.parametrize('case', IN_THE_WAY)
def test_what_lies_in_the_way(work, python, case):
    """What a program does to its interpreter neither hides what holds a page nor has another cause told."""
    code, kind, detail, *chain = IN_THE_WAY[case]
    work.write('victim.py', TABLE + code + '\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why', '--fail-on=collector'], subcommand='run')
    finding, = result.report['findings']
    if case == 'collection_is_due' and finding['verdict'] == 'released':
        pytest.skip('up to 3.11 it runs at once')
    cause = finding['cause']
    assert result.report['coverage']['limits'] == []  # no copy hung until it was killed
    assert cause['kind'] == kind and detail in cause['detail'], cause
    if chain:
        assert len(cause['chain']) == len(chain[0]) + 1 and all(re.match(*pair) for pair in zip(chain[0], cause['chain'][1:])), cause


def test_many_objects_many_pages(work):
    """A thousand pages, half a million objects: answered within the time that --why has for a look."""
    work.write('victim.py', 'import os\n'
               'class Node(object): pass\n'
               'class Table(object):\n'
               '    def __init__(self, n):\n'
               '        self.page = "cache/%d.dat" % n\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink(self.page)\n'
               'os.mkdir("cache")\n'
               'nodes = [Node() for _ in range(500000)]\n'
               'tables = [Table(i) for i in range(1000)]\n')
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    finding, = result.report['findings']
    assert finding['entries'] == 1000 and finding['cause']['kind'] == 'referenced'
    assert finding['cause']['chain'][1].startswith("list 'tables' in module __main__")
    assert result.report['coverage']['limits'] == []


def test_releases_by_the_collector(work, python):
    work.write('victim.py', 'import gc, os, sys\n'
               'class Table(object):\n'
               '    def __init__(self, name):\n'
               '        self.me = self\n'
               '        self.page = "cache/%s.dat" % name\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink(self.page)\n'
               'os.mkdir("cache")\n'
               'gc.disable()\n'
               'def called():\n'
               '    Table("called")\n'
               '    gc.collect()\n'
               'def by_itself():\n'
               '    Table("by_itself")\n'
               '    gc.enable()\n'
               '    kept = []\n'
               '    for _ in range(20000):\n'
               '        kept.append([])\n'
               '    gc.disable()\n'
               'def dropped():\n'
               '    table = Table("dropped")\n'
               '    del table.me\n'
               '    del table\n'
               'called(); by_itself(); dropped()\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--fail-on=collector'], subcommand='run')
    assert result.status == 23 and result.entries('released') == 3
    found = {os.path.basename(page['path']): finding for finding in result.report['findings'] for page in finding['pages']}
    assert set(found) == {'called.dat', 'by_itself.dat'}
    for name, finding in found.items():
        assert finding['verdict'] == 'released' and finding['cause']['kind'] == 'released-by-collector'
        assert finding['release']['phase'] == 'collector' and finding['release']['by'] == '__del__'
        wanted = 'gc.collect()' if name == 'called.dat' else 'automatic collection'
        assert finding['release']['trigger'] in (wanted, 'collector')
    assert 'RELEASED  1 entry' in result.stderr
    os.rmdir(work.path / 'cache')
    plain = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*'])
    assert plain.status == 0 and '2 pages were released only by Python\'s garbage collector' in plain.stderr


@pytest.mark.parametrize('how,by,trigger', [
    ('table.__del__(); del Table.__del__', 'explicit', None),
    ('del table', '__del__', 'refcount'),
    ('weakref.finalize(table, os.unlink, table.page); del Table.__del__; del table; time.sleep(0)', 'weakref.finalize', None),
])
def test_how_a_page_of_an_ended_scope_went(work, python, how, by, trigger):
    """`late` pages tell how they went: by a call, by the last reference, by weakref.finalize."""
    work.write('victim.py', 'import os, time, weakref\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        self.page = "cache/x.dat"\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink(self.page)\n'
               'os.mkdir("cache")\n'
               'os.environ["PAGELEAK_SCOPE"] = "one"\n'
               'table = Table()\n'
               'del os.environ["PAGELEAK_SCOPE"]\n'
               + how + '\n')
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*'], subcommand='run')
    finding, = result.report['findings']
    assert finding['verdict'] == 'late' and finding['release']['phase'] == 'after-scope'
    named = any(frame['function'] and 'run_' in frame['function'] for frame in finding['release']['native'])
    if named:  # a stripped interpreter does not tell a call from the last reference
        assert finding['release']['by'] == by and finding['release']['trigger'] in (trigger, 'refcount')
    else:
        assert finding['release']['by'] in (by, '__del__')


def test_a_running_program_is_asked(work, python):
    """`report --why` on a journal that is being written: what holds the pages now."""
    if version(python) < 8:
        pytest.skip('no audit hooks before 3.8')
    work.write('victim.py', 'import os, time\n'
               'class Table(object):\n'
               '    def __init__(self):\n'
               '        self.page = "cache/x.dat"\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink(self.page)\n'
               'os.mkdir("cache")\n'
               'def serve():\n'
               '    table = Table()\n'
               '    open("ready", "w").close()\n'
               '    while not os.path.exists("stop"):\n'
               '        time.sleep(0.05)\n'
               '        open("ready").close()\n'
               'serve()\n')
    journal = work.path / 'journal'
    program = subprocess.Popen([PAGELEAK, 'record', '--why', '--journal=%s' % journal, '--', python, '-B', 'victim.py'],
                               cwd=work.path, env=work.environ)
    try:
        appears(work.path / 'ready')

        def asked():
            """A report waits a second for the answer: a program that gets no time answers the next one."""
            said = work.pageleak('report', '--why', '--json', '--pages=cache/*', journal)
            return 'no interpreter answered' not in said.stderr and json.loads(said.stdout)
        finding, = until(asked, 'an interpreter answers')['findings']
        assert finding['verdict'] == 'leaked' and finding['owner']['object']['alive'] is True
        assert finding['cause']['kind'] == 'referenced' and finding['cause']['moment'] == 'asked'
        assert re.search(r"local 'table' of frame serve \(victim\.py:\d+\)", finding['cause']['chain'][1])
    finally:
        (work.path / 'stop').write_text('')
        assert program.wait(timeout=LIMIT) == 0
    silent = work.pageleak('report', '--why', '--pages=cache/*', journal)
    assert 'no interpreter answered' in silent.stderr and silent.returncode == 0


def test_subinterpreter(work, python):
    """Its objects are not seen from the main interpreter: no cause, and no false one."""
    module = '_xxsubinterpreters' if version(python) < 13 else '_interpreters'
    work.write('victim.py', 'import os\n'
               'try:\n    import %s as interpreters\nexcept ImportError:\n    os._exit(77)\n'
               'os.mkdir("cache")\n'
               'one = interpreters.create()\n'
               'source = """\nclass Table(object):\n    def __init__(self):\n        open("cache/x.dat", "w").close()\n'
               '    def __del__(self):\n        pass\ntable = Table()\n"""\n'
               '(getattr(interpreters, "run_string", None) or interpreters.exec)(one, source)\n'
               'os._exit(0)\n' % module)
    result = work.audit(python, '-B', 'victim.py', options=['--pages=cache/*', '--why'], subcommand='run')
    if result.status == 77:
        pytest.skip('no subinterpreters')
    finding, = result.report['findings']
    assert finding['verdict'] == 'leaked' and finding['python'][-1]['function'] == '<module>'
    cause = finding['cause']
    if version(python) >= 12:
        assert not cause or cause['kind'] in ('unknown', 'killed'), cause
    else:  # before 3.12 the main interpreter's frames are all that can be seen
        assert cause['kind'] == 'no-finalizer' and finding['owner']['object'] is None
