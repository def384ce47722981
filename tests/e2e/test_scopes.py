"""Pages and tests: which test made a page, whether it outlived it, and what held it then. Under pytest and unittest, on every
interpreter that has them. The tests that are audited are tests/victims/scopes_pytest.py and scopes_unittest.py."""
import os
import re
import shutil
import subprocess

import pytest

from harness.audits import Work
from harness.machine import need, version
from harness.paths import VICTIMS

DEBIAN = '/usr/lib/python3/dist-packages'  # its pytest runs on other interpreters, too
MODULE = r'module test_pages \(test_pages\.py\)'
EXPLICIT = r"release it explicitly, as with `with` or in a fixture's teardown"
RELEASED = ('released',)


def late(kind=None, *links, phase='after-scope', **more):
    return ('late', phase, kind, links, more)


def leaked(kind=None, *links, **more):
    return ('leaked', None, kind, links, more)


# page: the scope behind "test_pages.py::", and what is to be said of it: verdict, phase, kind of cause, links behind the object
PYTEST = {
    'released': ('test_released (call)', RELEASED),
    'assertion': ('test_assertion (call)', late('referenced', r"local 'other' of frame test_assertion \(test_pages\.py:\d+\)",
                                                'traceback of AssertionError', r'sys\.last_\w+ \(where pytest keeps what the last failing test raised\)',
                                                advice="the traceback keeps the locals of its frames: release in `with`, a fixture's teardown")),
    'global': ('test_global (call)', late('referenced', "global 'kept' of " + MODULE, advice='delete that reference, or ' + EXPLICIT)),
    'cycle': ('test_cycle (call)', late('cycle', 'cycle: Page -> Node -> Page .*gc.collect')),
    'deque': ('test_deque (call)', late('cycle', 'cycle: Page -> deque -> Page ')),
    'cached': ('test_cached (call)', late('referenced', r'lru_cache of load\(\)', "global 'load' of " + MODULE, advice=r'load\.cache_clear')),
    'closure': ('test_closure (call)', late('referenced', "closure variable 'page' of test_closure.<locals>.size", "global 'size_of' of " + MODULE)),
    'generator': ('test_generator (call)', late('referenced', r"local 'page' of suspended generator .*pages \(test_pages\.py:\d+\)",
                                                "global 'suspended' of " + MODULE)),
    'thread_local': ('test_thread_local (call)', late('referenced', "attribute 'page' of threading.local", "global 'storage' of " + MODULE)),
    'caught': ('test_caught (call)', late('referenced', r"local 'page' of frame .*fails \(test_pages\.py:\d+\)", 'traceback of ValueError',
                                          r"pytest's captured exception info \(ExceptionInfo\)", "global 'caught' of " + MODULE)),
    'raises': ('test_raises (call)', leaked('finalizer-failed', detail=r'RuntimeError: cannot, in .*__del__ \(test_pages\.py:\d+\)|Broken is gone, but')),
    'resurrected': ('test_resurrected (call)', leaked('finalizer-failed', "global 'survivor' of " + MODULE)),
    'forked': ('test_forked (call)', leaked('killed')),
    'worker': ('test_worker (call)', leaked('killed')),
    'returned': ('test_fixtures (setup)', RELEASED),
    'yielded': ('test_fixtures (setup)', RELEASED),
    'of_module': ('test_fixtures (setup)', RELEASED),
    'of_session': ('test_fixtures (setup)', RELEASED),
    'keeping': ('test_setup (setup)', late('referenced', "global 'kept_by_fixture' of " + MODULE)),
    'tearing': ('test_teardown (teardown)', late('referenced', "global 'torn' of " + MODULE)),
    'class_released': ('TestClass::test_one (setup)', RELEASED),
    'class_forgotten': ('TestClass::test_one (setup)', late('referenced', "attribute 'forgotten' of class TestClass")),
    'own': ('TestClass::test_one (call)', late('referenced', "attribute 'own' of TestClass at 0x", "pytest's test item 'test_one'")),
}
KEPT = "list 'kept' in " + MODULE
UNITTEST = {
    'released': ('TestPages::test_released (call)', RELEASED),
    'assertion': ('TestPages::test_assertion (call)', RELEASED),
    'global': ('TestPages::test_global (call)', late('referenced', KEPT)),
    'cycle': ('TestPages::test_cycle (call)', late('cycle', 'cycle: Page -> Node -> Page ')),
    'deque': ('TestPages::test_deque (call)', late('cycle', 'cycle: Page -> deque -> Page ')),
    'cached': ('TestPages::test_cached (call)', late('referenced', r'lru_cache of load\(\)', "global 'load' of " + MODULE)),
    'closure': ('TestPages::test_closure (call)', late('referenced', "closure variable 'page' of TestPages.test_closure", "global 'size_of' of " + MODULE)),
    'generator': ('TestPages::test_generator (call)', late('referenced', r"local 'page' of suspended generator .*pages \(test_pages\.py:\d+\)",
                                                           "global 'suspended' of " + MODULE)),
    'thread_local': ('TestPages::test_thread_local (call)', late('referenced', "attribute 'page' of threading.local", "global 'storage' of " + MODULE)),
    'caught': ('TestPages::test_caught (call)', late('referenced', r"local 'page' of frame .*fails \(test_pages\.py:\d+\)", 'traceback of ValueError',
                                                     "global 'caught' of " + MODULE)),
    'raises': ('TestPages::test_raises (call)', leaked('finalizer-failed', detail=r'RuntimeError: cannot, in .*__del__ \(test_pages\.py:\d+\)|Broken is gone, but')),
    'resurrected': ('TestPages::test_resurrected (call)', leaked('finalizer-failed', "global 'survivor' of " + MODULE)),
    'forked': ('TestPages::test_forked (call)', leaked('killed')),
    'sub_one': ('TestPages::test_sub (call)', late('referenced', KEPT)),
    'sub_two': ('TestPages::test_sub (call)', late('referenced', KEPT)),
    'called': ('TestPages::test_called (call)', late('referenced', KEPT)),
    'patched': ('TestPages::test_patched (call)', late('referenced', KEPT)),
    'own': ('TestPages::test_own (call)', RELEASED),
    'cleaned_up': ('TestPages::test_cleaned_up (call)', RELEASED),
    'cleanup_kept': ('(teardown)', late('referenced', KEPT)),
    'set_up': ('TestAround (setup)', RELEASED),
    'class_released': ('TestAround (setup)', RELEASED),
    'class_forgotten': ('TestAround (setup)', late('referenced', "attribute 'forgotten' of class TestAround")),
    'set_up_kept': ('TestForgets (setup)', late('referenced', KEPT)),
    'tear_down_kept': ('TestForgets (teardown)', late('referenced', KEPT)),
    'failed': ('TestFails (setup)', late('referenced', "attribute 'page' of TestFails at 0x",
                                         r"unittest's result, which keeps the tests that failed \(TextTestResult\)")),
    'stolen': ('TestSteals::test_1 (call)', late()),
}
# From 3.12 on a failed test leaves a cycle behind: contextlib's frame holds the exception whose traceback holds the frame.
NEWER = {
    ('assertion', True): late('cycle', r"local 'other' of frame .*test_assertion \(test_pages\.py:\d+\)", 'traceback of AssertionError',
                              'cycle: AssertionError -> traceback -> frame', advice='the traceback keeps the locals'),
}


class Audit:
    """One audited run of a whole file of tests: its result, and of each page the finding and the page itself."""

    def __init__(self, victim, *command, environ=None):
        with Work() as work:
            work.environ.update(environ or {})
            shutil.copy(VICTIMS / 'table.py', work.path)
            shutil.copy(VICTIMS / victim, work.path / 'test_pages.py')
            self.result = work.audit(*command, options=['--pages=cache/**', '--why', '--fail-on=leaked,late'], subcommand='run')
        self.pages = {os.path.basename(page['path'])[:-4]: (finding, page) for finding in self.result.report['findings'] for page in finding['pages']}


audits = {}


def pytest_of(python):
    """The command and environment with which this interpreter runs pytest; skips where it cannot."""
    environ = {} if python.startswith('/usr/bin/') else {'PYTHONPATH': DEBIAN}
    said = subprocess.run([python, '-B', '-m', 'pytest', '--version'], env=dict(os.environ, **environ), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True)
    if said.returncode:
        pytest.skip('no pytest for this interpreter: %s' % said.stdout.strip().split('\n')[-1])
    return [python, '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider'], environ


def pytest_in(work):
    """The command for the first python3 of PATH, in a work directory."""
    command, environ = pytest_of(need('python3'))
    work.environ.update(environ)
    return command


def pytest_audit(python):
    if ('pytest', python) not in audits:
        command, environ = pytest_of(python)
        audits['pytest', python] = Audit('scopes_pytest.py', *command, environ=environ)
    return audits['pytest', python]


def unittest_audit(python):
    if ('unittest', python) not in audits:
        audits['unittest', python] = Audit('scopes_unittest.py', python, '-B', '-m', 'unittest', '-q', 'test_pages')
    return audits['unittest', python]


def check(audit, name, scope, expectation):
    if expectation is RELEASED:
        assert name not in audit.pages, audit.pages[name][0]
        return
    finding, page = audit.pages[name]
    verdict, phase, kind, links, more = expectation
    cause = finding['cause']
    assert (finding['verdict'], finding['release'] and finding['release']['phase']) == (verdict, phase), finding['release']
    assert page['scope'] == 'test_pages.py%s%s' % (' ' if scope.startswith('(') else '::', scope) and page['scope'] in finding['scopes']
    assert (cause and cause['kind']) == kind, cause
    if links:
        assert len(cause['chain']) == len(links) + 1 and all(re.match(*pair) for pair in zip(links, cause['chain'][1:])), cause
    for key, pattern in more.items():
        assert re.match(pattern, cause[key]), cause


@pytest.mark.parametrize('name', PYTEST)
def test_under_pytest(python, name):
    check(pytest_audit(python), name, *PYTEST[name])


def test_pytest_runs_as_it_would(python):
    result = pytest_audit(python).result
    assert '1 failed, 19 passed' in result.stdout and result.status == 1
    assert result.report['coverage']['complete'] and result.report['coverage']['limits'] == []
    assert result.entries('released') == sum(what is RELEASED for _, what in PYTEST.values()) + 2  # setup_method's


@pytest.mark.parametrize('name', UNITTEST)
def test_under_unittest(python, name):
    scope, expectation = UNITTEST[name]
    if (name, version(python) >= 12) in NEWER:
        expectation = NEWER[name, True]
    if version(python) < 11 and name.startswith('class_'):
        scope = '(setup)'  # code has its class in its name from then on
    if version(python) < 9 and name == 'resurrected':
        expectation = leaked('referenced', *expectation[3])  # gc.is_finalized came with 3.9
    check(unittest_audit(python), name, scope, expectation)


def test_unittest_runs_as_it_would(python):
    result = unittest_audit(python).result
    assert 'FAILED (failures=2)' in result.stderr and result.status == 1
    assert result.report['coverage']['complete']
    assert result.entries('released') == sum(what is RELEASED for _, what in UNITTEST.values()) - (version(python) >= 12)


def test_each_worker_of_xdist_has_its_tests(work):
    """A page is its own test's, whichever worker ran that."""
    command = pytest_in(work)
    if subprocess.run([command[0], '-c', 'import xdist'], env=work.environ, stderr=subprocess.DEVNULL).returncode:
        pytest.skip('no pytest-xdist')
    work.write('test_many.py', 'import os, pytest\n'
               'kept = []\n'
               'class Page(object):\n'
               '    def __init__(self, n):\n'
               '        os.makedirs("cache", exist_ok=True)\n'
               '        self.page = "cache/%d.dat" % n\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self, unlink=os.unlink):\n'
               '        unlink(self.page)\n'
               '@pytest.mark.parametrize("n", range(20))\n'
               'def test_page(n):\n'
               '    page = Page(n)\n'
               '    if n % 2:\n'
               '        kept.append(page)\n')
    result = work.audit(*command, '-n', '2', 'test_many.py', options=['--pages=cache/**', '--why'], subcommand='run')
    assert '20 passed' in result.stdout and result.entries('late') == 10 and result.entries('released') == 10
    for page in result.pages('late'):
        assert page['scope'] == 'test_many.py::test_page[%s] (call)' % os.path.basename(page['path'])[:-4]
    assert len({page['pid'] for page in result.pages('late')}) == 2
    for finding in result.report['findings']:
        assert finding['release']['phase'] == 'after-scope' and finding['cause']['chain'][1].startswith("list 'kept' in module test_many")


@pytest.mark.parametrize('how, detail', [('os._exit(3)', r'os\._exit\(\)'), ('os.kill(os.getpid(), 15)', 'signal 15'), ('os.kill(os.getpid(), 9)', 'signal 9')])
def test_a_run_that_ends_within_a_test(work, how, detail):
    work.write('test_end.py', 'import os\n'
               'class Page(object):\n'
               '    def __init__(self):\n'
               '        self.page = "x.dat"\n'
               '        open(self.page, "w").close()\n'
               '    def __del__(self):\n'
               '        os.unlink(self.page)\n'
               'def test_end():\n'
               '    page = Page()\n'
               '    %s\n' % how)
    result = work.audit(*pytest_in(work), 'test_end.py', options=['--pages=*.dat', '--why'], subcommand='run')
    finding, = result.report['findings']
    assert finding['verdict'] == 'leaked' and finding['scopes'] == ['test_end.py::test_end (call)']
    assert finding['cause']['kind'] == 'killed' and re.search(detail, finding['cause']['detail'])


def test_the_text_tells_it(work):
    shutil.copy(str(VICTIMS / 'table.py'), str(work.path))
    work.write('test_table.py', 'import os\nfrom table import Table\nos.mkdir("cache")\n'
               'def test_del():\n'
               '    t = Table(b"123")\n'
               '    page, same = t.page, t\n'
               '    del t\n'
               '    assert not os.path.exists(page)\n')
    result = work.audit(*pytest_in(work), options=['--pages=cache/**', '--why', '--fail-on=late'], subcommand='run')
    said = re.sub(' at 0x[0-9a-f]+', '', result.stderr)
    assert '  scope    test_table.py::test_del (call)\n' in said
    assert '  released after its scope had ended (__del__, by finalization)' in said
    assert ("  held by  <- local 'same' of frame test_del (test_table.py:8)\n"
            '             <- traceback of AssertionError\n'
            '               <- sys.last_value (where pytest keeps what the last failing test raised)\n') in said


def test_a_file_in_a_fixture_s_directory_goes_with_it(work):
    """Each test writes into the session's directory, which the fixture removes; what it writes beside it is its own."""
    work.write('test_directory.py', 'import os, pathlib, shutil, tempfile, pytest\n'
               '@pytest.fixture(scope="session")\n'
               'def directory():\n'
               '    path = tempfile.mkdtemp()\n'
               '    yield path\n'
               '    os.unlink("beside.dat")\n'
               '    shutil.rmtree(path)\n'
               'def test_first(directory):\n'
               '    os.mkdir(directory + "/below")\n'
               '    pathlib.Path(directory, "below", "file").write_text("x")\n'
               '    pathlib.Path("beside.dat").write_text("x")\n'
               'def test_second(directory):\n'
               '    pathlib.Path(directory, "second").write_text("x")\n'
               'def test_third():\n'
               '    pass\n')
    result = work.audit(*pytest_in(work), 'test_directory.py', options=['--pages=@default', '--pages=*.dat'], subcommand='run')
    page, = result.pages('late')
    assert '3 passed' in result.stdout and page['path'].endswith('/beside.dat')
    assert result.entries('released') >= 4  # and what tempfile tries a directory with


def test_a_scope_of_one_s_own_outranks_unittest(work):
    """PAGELEAK_SCOPE, set in setUp, names the test as the program likes."""
    work.write('test_scope.py', 'import os, unittest\n'
               'kept = []\n'
               'class Test(unittest.TestCase):\n'
               '    def setUp(self):\n'
               '        os.environ["PAGELEAK_SCOPE"] = self.id()\n'
               '    def tearDown(self):\n'
               '        del os.environ["PAGELEAK_SCOPE"]\n'
               '    def test_page(self):\n'
               '        kept.append(open("x.dat", "w"))\n'
               '    def test_removes(self):\n'
               '        os.unlink("x.dat")\n')
    result = work.audit(need('python3'), '-B', '-m', 'unittest', 'test_scope', options=['--pages=*.dat'], subcommand='run')
    finding, = result.report['findings']
    assert finding['scopes'] == ['test_scope.Test.test_page'] == [page['scope'] for page in finding['pages']]
    assert finding['verdict'] == 'late' and finding['release']['phase'] == 'after-scope'


def test_the_harness_owns_nothing_of_what_a_test_makes(work):
    """pytest and pluggy run it by methods of their own, which are on each test's stack."""
    work.write('test_plain.py', 'import tempfile\n\n\ndef test_dir():\n    tempfile.mkdtemp()\n\n\ndef test_file():\n    tempfile.mkstemp()\n')
    result = work.audit('/usr/bin/python3', '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'test_plain.py', options=['--why'])
    findings = result.report['findings']
    assert len(findings) == 2 and {str(finding['owner']['object']) for finding in findings} == {'None'}
    assert all('no `self` on its stack' in finding['cause']['detail'] for finding in findings)
