"""Many tests at once: whatever runs them, each page on the disk is in the report, under the test that made it and no other."""
import collections
import pathlib
import re
import subprocess
import xml.etree.ElementTree as xml

import pytest

from harness.machine import need
from harness.paths import ROOT
from test_ci import MESON, PAGE, automake, clean

TESTS = ['%s_%d' % (kind, number) for number in range(8) for kind in ('leaks', 'clean')]
LEAKING = [name for name in TESTS if name.startswith('leaks')]
# Each test makes pages in every way that loses sight of who made them: by itself, a thread, a child, a shell's child, a child of a child
# that is left behind, one with an environment of its own. All of a test's pages have its name.
PYTEST = '''import multiprocessing, os, subprocess, tempfile, threading
import pytest

def page(name):
    os.close(tempfile.mkstemp(prefix=name + ".")[0])

@pytest.fixture
def made(request):
    page(request.node.name + ".fixture")

@pytest.mark.parametrize("number", range(6))
class TestLeaks:
    def test_itself(self, number, request):
        page(request.node.name)
    def test_thread(self, number, request):
        thread = threading.Thread(target=page, args=(request.node.name,))
        thread.start()
        thread.join()
    def test_child(self, number, request):
        subprocess.check_call(["mktemp", os.path.join(tempfile.gettempdir(), request.node.name + ".XXXXXX")])
    def test_shell(self, number, request):
        subprocess.check_call("(mktemp -p \\"$TMPDIR\\" '%s.XXXXXX' &) && wait" % request.node.name, shell=True)
    def test_forked(self, number, request):
        child = multiprocessing.get_context("fork").Process(target=page, args=(request.node.name,))
        child.start()
        child.join()
    def test_cleared(self, number, request):
        subprocess.check_call(["sh", "-c", "mktemp '%s.XXXXXX'; sh -c 'mktemp %s.XXXXXX'" % (
            (os.path.join(tempfile.gettempdir(), request.node.name),) * 2)], env={each: os.environ[each] for each in ("PATH", "TMPDIR")})
    def test_fixture(self, number, made):
        pass

@pytest.mark.parametrize("number", range(12))
def test_clean(number, tmp_path):
    with tempfile.NamedTemporaryFile(prefix="test_clean"):
        with tempfile.TemporaryDirectory(prefix="test_clean"):
            pass
'''


def found(result):
    """Scope -> names of the leaked pages that it has. Each finding's scopes are those of its pages."""
    scopes = collections.defaultdict(set)
    for finding in result.report['findings']:
        assert finding['verdict'] == 'leaked'
        assert set(finding['scopes']) == {page['scope'] for page in finding['pages']} - {None}
        for page in finding['pages']:
            scopes[page['scope']].add(pathlib.Path(page['path']).name)
    return dict(scopes)


def on_disk(work):
    return {path.name for path in work.temp.iterdir()}


def check_each(result, work, scope_of=lambda name: name):
    """What the disk has is what was reported, each page below its own test."""
    disk = collections.defaultdict(set)
    for name in on_disk(work):
        disk[scope_of(name.split('.')[0])].add(name)
    assert found(result) == dict(disk)
    assert result.report['coverage']['complete'] and result.status == 23, result.stderr
    return disk


def check_junit(path, failing, passing):
    """A failure for each leaking test, which tells of its pages and processes, and of no other's."""
    cases = {case.get('name'): case.find('failure') for case in xml.parse(str(path)).iter('testcase')}
    assert set(cases) == set(failing) | set(passing)
    assert {name for name, failure in cases.items() if failure is not None} == set(failing)
    for name in failing:
        said = cases[name].text
        of_others = [other for other in failing if re.search(r'(?<![\w])%s(?![\w])' % re.escape(other), said) and other != name]
        assert not of_others and failing[name] in said, said


@pytest.mark.parametrize('workers', [2, 4])
def test_xdist(work, workers):
    clean(work.environ, work)
    if subprocess.call(['python3', '-c', 'import pytest, xdist'], env=work.environ, stderr=subprocess.DEVNULL):
        pytest.skip('no pytest-xdist for python3')
    work.write('test_tiny.py', PYTEST)
    junit = work.path / 'pages.xml'
    result = work.audit('python3', '-m', 'pytest', '-q', '-n', str(workers), options=['--junit=%s' % junit])
    assert '54 passed' in result.stdout, result.stdout + result.stderr
    expected = collections.defaultdict(set)
    for name in on_disk(work):
        test = name.split('.')[0]
        if test.startswith('test_'):
            expected['test_tiny.py::TestLeaks::%s (%s)' % (test, 'setup' if '.fixture' in name else 'call')].add(name)
    assert len(expected) == 42 and found(result) == dict(expected)
    assert result.status == 23 and result.report['coverage']['complete']
    check_junit(junit, {'TestLeaks::' + next(iter(names)).split('.')[0]: next(iter(names)) for names in expected.values()},
                ['test_clean[%d]' % number for number in range(12)])


def page_program(work):
    work.write('page.c', PAGE)
    subprocess.check_call([need('cc'), '-o', str(work.path / 'page'), str(work.path / 'page.c')])


MAKEFILE = '''TESTS = %s
all: $(TESTS)
leaks_%%:
	./page keep $@
	sh -c '(./page keep $@ &); wait'
	mktemp "$$TMPDIR/$@.XXXXXX"
clean_%%:
	./page drop $@
'''


def make(work, *arguments):
    need('make'), page_program(work)
    work.write('Makefile', MAKEFILE % ' '.join(TESTS))
    clean(work.environ, work)
    junit = work.path / 'pages.xml'
    return junit, work.audit('make', '-j4', *arguments, options=['--junit=%s' % junit])


def test_make(work):
    junit, result = make(work, 'PAGELEAK_SCOPE=$@')
    disk = check_each(result, work)
    assert set(disk) == set(LEAKING) and all(len(pages) == 3 for pages in disk.values())
    check_junit(junit, {name: next(iter(pages)) for name, pages in disk.items()}, [name for name in TESTS if name not in LEAKING])


def test_make_with_a_scope_exported_by_the_makefile(work):
    need('make'), page_program(work)
    work.write('Makefile', 'export PAGELEAK_SCOPE = $@\n' + MAKEFILE % ' '.join(TESTS))
    clean(work.environ, work)
    assert set(check_each(work.audit('make', '-j4'), work)) == set(LEAKING)


def test_make_without_scopes_tells_targets_by_arguments(work):
    """The processes of the report have the command, and with it the target, of whoever made each page."""
    _, result = make(work)
    processes = {process['pid']: process['argv'] for process in result.report['processes']}
    pages = result.pages('leaked')
    assert {pathlib.Path(page['path']).name for page in pages} == on_disk(work) and len(pages) == 3 * len(LEAKING)
    for page in pages:
        assert pathlib.Path(page['path']).name.split('.')[0] in ' '.join(processes[page['pid']])


def test_make_with_make_below(work):
    """A make in a directory below has targets of its own."""
    need('make'), page_program(work)
    work.write('Makefile', 'all: one two\none two:\n\t$(MAKE) -f below.mk NAME=$@ below_$@\n')
    work.write('below.mk', 'below_%:\n\t./page keep $@\n')
    clean(work.environ, work)
    assert set(check_each(work.audit('make', '-j4', 'PAGELEAK_SCOPE=$@'), work)) == {'below_one', 'below_two'}


def ctest_project(work):
    need('ctest')
    work.write('page.c', PAGE)
    lines = ['add_test(NAME %s COMMAND page %s %s)' % (name, 'keep' if name in LEAKING else 'drop', name) for name in TESTS]
    (work.path / 'below').mkdir()
    work.write('CMakeLists.txt', 'cmake_minimum_required(VERSION 3.16)\nproject(tiny C)\nenable_testing()\nadd_executable(page page.c)\n'
               'include("%s")\n%s\nadd_subdirectory(below)\n' % (ROOT / 'scripts' / 'ci' / 'pageleak.cmake', '\n'.join(lines[:-2])))
    work.write('below/CMakeLists.txt', 'include("%s")\n%s\nadd_test(NAME named COMMAND page keep mine)\n'
               'set_tests_properties(named PROPERTIES ENVIRONMENT "A=b;PAGELEAK_SCOPE=mine")\n'
               % (ROOT / 'scripts' / 'ci' / 'pageleak.cmake', '\n'.join(lines[-2:])))
    clean(work.environ, work)
    for command in (['cmake', '-S', '.', '-B', 'build'], ['cmake', '--build', 'build']):
        subprocess.run(command, cwd=str(work.path), env=work.environ, stdout=subprocess.DEVNULL, check=True)


def test_ctest(work):
    """Each directory includes pageleak.cmake; a test's own scope stays."""
    ctest_project(work)
    junit = work.path / 'pages.xml'
    result = work.audit('ctest', '--test-dir', 'build', '-j4', options=['--junit=%s' % junit])
    disk = check_each(result, work)
    assert set(disk) == {*LEAKING, 'mine'}
    check_junit(junit, {name: next(iter(pages)) for name, pages in disk.items()}, [name for name in TESTS if name not in LEAKING])


def test_ctest_without_scopes_tells_tests_by_arguments(work):
    ctest_project(work)
    for path in (work.path / 'build').rglob('CTestTestfile.cmake'):
        path.write_text(re.sub(r'ENVIRONMENT "[^"]*"', '', path.read_text()))
    result = work.audit('ctest', '--test-dir', 'build', '-j4')
    processes = {process['pid']: process['argv'] for process in result.report['processes']}
    assert {page['scope'] for page in result.pages('leaked')} == {None}
    assert {pathlib.Path(page['path']).name for page in result.pages('leaked')} == on_disk(work)
    assert all(processes[page['pid']][2] == pathlib.Path(page['path']).name.split('.')[0] for page in result.pages('leaked'))


def test_meson(work):
    need('meson'), need('ninja')
    work.write('page.c', PAGE)
    work.write('meson.build', MESON.replace("['leaks_1', 'leaks_2']", str(LEAKING)) +
               "test('named', page, args: ['keep', 'mine'], env: {'PAGELEAK_SCOPE': 'mine'})\n")
    clean(work.environ, work)
    for command in (['meson', 'setup', 'build'], ['meson', 'compile', '-C', 'build']):
        subprocess.run(command, cwd=str(work.path), env=work.environ, stdout=subprocess.DEVNULL, check=True)
    result = work.audit('meson', 'test', '-C', 'build', '--num-processes', '4', '--wrapper', str(ROOT / 'scripts' / 'ci' / 'scope'))
    disk = check_each(result, work, lambda name: name if name == 'mine' else 'page keep ' + name)
    assert len(disk) == len(LEAKING) + 1


def test_automake(work):
    automake(work)
    result = work.audit('make', '-j4', 'check', 'PAGELEAK_SCOPE=$@')
    assert set(check_each(result, work, lambda name: name + '.log')) == {'leaks_1.log', 'leaks_2.log'}


def test_a_scope_in_the_environment_at_exec(work):
    """By whatever way it comes there: env, the shell, posix_spawn, execve; what is started inherits it, with an
    environment of its own as well."""
    page_program(work)
    work.write('spawn.py', 'import os, subprocess\n'
               'def environ(name): return dict(os.environ, PAGELEAK_SCOPE=name)\n'
               'os.waitpid(os.posix_spawn("./page", ["page", "keep", "spawned"], environ("spawned")), 0)\n'
               'subprocess.Popen(["./page", "keep", "popened"], env=environ("popened")).wait()\n'
               'if not os.fork(): os.execve("./page", ["page", "keep", "execed"], environ("execed"))\n'
               'os.wait()\n')
    work.write('run.sh', 'env PAGELEAK_SCOPE=env ./page keep env\n'
               'PAGELEAK_SCOPE=shell sh -c "./page keep shell & wait"\n'
               'PAGELEAK_SCOPE=cleared env -i TMPDIR="$TMPDIR" sh -c "./page keep cleared; PAGELEAK_SCOPE=own ./page keep own"\n'
               'PAGELEAK_SCOPE= ./page keep none\n'
               '%s spawn.py\n' % need('python3'))
    result = work.audit('sh', 'run.sh')
    assert set(check_each(result, work, lambda name: None if name == 'none' else name)) == {
        'env', 'shell', 'cleared', 'own', None, 'spawned', 'popened', 'execed'}


RUNNER = '''import glob, os, subprocess, sys, time
os.environ["PAGELEAK_SCOPE"] = "before"
running = []
for name in ("one", "two", "three"):
    before = os.environ["PAGELEAK_SCOPE"]
    os.environ["PAGELEAK_SCOPE"] = name
    running.append(subprocess.Popen([sys.executable, "-c", """if 1:
        import os, tempfile, time
        page = tempfile.mkstemp(prefix=%r + ".")[1]
        while not os.path.exists("all"): time.sleep(0.01)
        if %r != "two": os.unlink(page)
        """ % (name, name)]))
    os.environ["PAGELEAK_SCOPE"] = before
    while not glob.glob(os.path.join(os.environ["TMPDIR"], name + ".*")): time.sleep(0.01)
open("all", "w").close()
for each in running:
    each.wait()
os.unlink("all")
'''


def test_a_runner_that_changes_its_own_scope_to_start_a_test(work):
    """As CTest does. What it starts next ends no test that still runs."""
    work.write('runner.py', RUNNER)
    assert set(check_each(work.audit(need('python3'), 'runner.py'), work)) == {'two'}


def test_what_the_runner_removes_when_a_test_is_over_is_late(work):
    work.write('runner.py', 'import os, subprocess, tempfile\n'
               'os.environ["PAGELEAK_SCOPE"] = "one"\n'
               'page = subprocess.check_output(["mktemp"]).strip()\n'
               'os.environ["PAGELEAK_SCOPE"] = "two"\n'
               'os.unlink(page)\n')
    result = work.audit(need('python3'), 'runner.py', options=['--fail-on=late'])
    finding, = result.report['findings']
    assert (finding['verdict'], finding['release']['phase'], finding['scopes']) == ('late', 'after-scope', ['one']) and result.status == 23
