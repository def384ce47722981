"""scripts/ci: what its README shows is run on small projects with tests that leak and tests that do not; the action and the
GitLab job are run as their runners would, as far as that goes without them."""
import json
import os
import re
import shutil
import subprocess

import pytest

from harness.machine import need
from harness.paths import PAGELEAK, ROOT
from harness.waiting import LIMIT

CI = ROOT / 'scripts' / 'ci'
# mkstemp(TMPDIR/NAME.XXXXXX) by `page keep NAME`; `page drop NAME` removes it again.
PAGE = '''#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	char name[4096];
	(void)argc;
	snprintf(name, sizeof name, "%s/%s.XXXXXX", getenv("TMPDIR"), argv[2]);
	close(mkstemp(name));
	return strcmp(argv[1], "keep") ? unlink(name) : 0;
}
'''
CMAKE = '''cmake_minimum_required(VERSION 3.16)
project(tiny C)
enable_testing()
add_executable(page page.c)
foreach(name leaks_1 leaks_2)
	add_test(NAME ${name} COMMAND page keep ${name})
endforeach()
foreach(name clean_1 clean_2)
	add_test(NAME ${name} COMMAND page drop ${name})
endforeach()
'''
MESON = '''project('tiny', 'c')
page = executable('page', 'page.c')
foreach name : ['leaks_1', 'leaks_2']
  test(name, page, args: ['keep', name])
endforeach
foreach name : ['clean_1', 'clean_2']
  test(name, page, args: ['drop', name])
endforeach
'''
AUTOCONF = '''AC_INIT([tiny], [1])
AM_INIT_AUTOMAKE([foreign])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
'''
PYTHON = '''import os, tempfile
def test_leaks_1():
    os.close(tempfile.mkstemp(prefix="leaks_1.")[0])
def test_clean_1():
    with tempfile.NamedTemporaryFile(prefix="clean_1."):
        pass
'''


def blocks(section):
    """What a section of the README shows: each block is a script."""
    text = (CI / 'README.md').read_text().split('\n## %s\n' % section)[1].split('\n## ')[0]
    return ['\n'.join(line[4:] for line in block.split('\n')) for block in re.findall(r'(?:^    .*(?:\n|$))+', text, flags=re.M)]


def clean(environ, work):
    for name in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'CMAKE_GENERATOR'):
        environ.pop(name, None)
    environ.update(PATH='%s:/usr/bin:%s' % (PAGELEAK.parent, os.environ['PATH']), PYTHONDONTWRITEBYTECODE='1',
                   PYTEST_ADDOPTS='-p no:cacheprovider', PWD=str(work.path))
    return environ


def sh(work, script, shell=('sh', '-e'), **environ):
    """(status, all that it said), scripts/ being pageleak's."""
    if not (work.path / 'scripts').exists():
        (work.path / 'scripts').symlink_to(ROOT / 'scripts')
    ran = subprocess.run([*shell, '-c', script], cwd=str(work.path), env=dict(clean(work.environ, work), **environ), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=LIMIT)
    return ran.returncode, ran.stdout


def left(work):
    return {path.name.split('.')[0] for path in work.temp.iterdir()}


def automake(work):
    for program in ('make', 'automake', 'autoreconf'):
        need(program)
    names = ['leaks_1', 'leaks_2', 'clean_1', 'clean_2']
    for name in names:
        work.write(name, '#!/bin/sh\nset -e\npage=$(mktemp "$TMPDIR/%s.XXXXXX")\n%s' % (name, 'rm "$page"\n' if name[0] == 'c' else ''), mode=0o755)
    work.write('configure.ac', AUTOCONF)
    work.write('Makefile.am', 'TESTS = %s\n' % ' '.join(names))
    status, said = sh(work, 'autoreconf -i && ./configure')
    assert status == 0, said
    shutil.rmtree(str(work.path / 'autom4te.cache'), ignore_errors=True)
    assert not left(work)


def test_every_example_is_tested():
    sections = re.findall(r'^## (.*)$', (CI / 'README.md').read_text(), flags=re.M)
    assert {section: len(blocks(section)) for section in sections} == {
        'pytest': 1, 'CTest': 2, 'Meson': 2, 'make check': 2, 'Bazel': 1, 'GitHub, GitLab': 0}


def test_pytest(work):
    work.write('test_tiny.py', PYTHON)
    if subprocess.call(['python3', '-c', 'import pytest'], env=clean(work.environ, work), stderr=subprocess.DEVNULL):
        pytest.skip('no pytest for python3')
    status, said = sh(work, blocks('pytest')[0])
    assert status == 23 and '2 passed' in said and '  scope    test_tiny.py::test_leaks_1 (call)\n' in said, said
    assert re.findall('<testcase[^>]* name="([^"]*)"[^>]*>', (work.path / 'pageleak.xml').read_text()) == ['test_leaks_1', 'test_clean_1']
    assert (work.path / 'pageleak.xml').read_text().count('<failure') == 1
    assert left(work) == {'leaks_1'}


def test_ctest_as_a_whole(work):
    need('ctest')
    work.write('page.c', PAGE)
    work.write('CMakeLists.txt', CMAKE)
    status, said = sh(work, blocks('CTest')[0])
    assert status == 23 and '100% tests passed' in said, said
    assert re.search(r'^  scope    leaks_[12]\n           leaks_[12]\n', said, flags=re.M) and 'LEAKED  2 entries' in said, said
    assert left(work) == {'leaks_1', 'leaks_2'}


def test_ctest_each(work):
    need('ctest')
    work.write('page.c', PAGE)
    work.write('CMakeLists.txt', CMAKE)
    status, said = sh(work, blocks('CTest')[1])
    assert status == 8, said
    assert set(re.findall(r'- (\w+) \(Failed\)', said)) == {'leaks_1', 'leaks_2'} and said.count('LEAKED  1 entry') == 2, said


def test_ctest_with_a_command_of_its_own(work):
    need('ctest')
    command = re.search(r'`(add_test\(NAME smoke .*?\))`', (CI / 'README.md').read_text()).group(1)
    work.write('smoke.sh', '#!/bin/sh\nmktemp "$TMPDIR/smoke.XXXXXX"\n', mode=0o755)
    work.write('CMakeLists.txt', 'cmake_minimum_required(VERSION 3.16)\nproject(tiny NONE)\nenable_testing()\n'
               + command.replace('./smoke.sh', '${CMAKE_SOURCE_DIR}/smoke.sh') + '\n')
    status, said = sh(work, 'cmake -S . -B build && ctest --test-dir build --output-on-failure')
    assert status == 8 and 'LEAKED  1 entry' in said, said


def test_meson_as_a_whole(work):
    need('meson'), need('ninja')
    work.write('page.c', PAGE)
    work.write('meson.build', MESON)
    status, said = sh(work, blocks('Meson')[0])
    assert status == 23 and re.search(r'^Ok: +4', said, flags=re.M), said
    assert re.search(r'^  scope    page keep leaks_[12]\n           page keep leaks_[12]\n', said, flags=re.M) and 'LEAKED  2 entries' in said, said
    assert left(work) == {'leaks_1', 'leaks_2'}


def test_meson_each(work):
    need('meson'), need('ninja')
    work.write('page.c', PAGE)
    work.write('meson.build', MESON)
    status, said = sh(work, blocks('Meson')[1])
    assert status not in (0, 23) and set(re.findall(r'(\w+) +FAIL .*exit status 23', said)) == {'leaks_1', 'leaks_2'}, said
    assert set(re.findall(r'(\w+) +OK ', said)) == {'clean_1', 'clean_2'} and 'LEAKED  1 entry' in said, said


def test_make_check_as_a_whole(work):
    automake(work)
    status, said = sh(work, blocks('make check')[0])
    assert status == 23 and '# PASS:  4' in said, said
    assert re.search(r'^  scope    leaks_[12]\.log\n           leaks_[12]\.log\n', said, flags=re.M) and 'LEAKED  2 entries' in said, said
    assert left(work) == {'leaks_1', 'leaks_2'}


def test_make_check_each(work):
    automake(work)
    status, said = sh(work, blocks('make check')[1])
    assert status == 2 and set(re.findall(r'^FAIL: (\w+)', said, flags=re.M)) == {'leaks_1', 'leaks_2'}, said
    assert set(re.findall(r'^PASS: (\w+)', said, flags=re.M)) == {'clean_1', 'clean_2'}
    assert 'LEAKED  1 entry' in (work.path / 'leaks_1.log').read_text()


@pytest.mark.parametrize('script', ['scope', 'scope one', "scope 'a  b' ''", 'PAGELEAK_SCOPE=mine scope one'])
def test_scope(work, script):
    work.write('print_scope', '#!/bin/sh\nprintf "%s|" "$PAGELEAK_SCOPE" "$@"', mode=0o755)
    scope = '"%s" ./print_scope' % (CI / 'scope')
    expected = {'scope': 'print_scope|', 'scope one': 'print_scope one|one|', "scope 'a  b' ''": 'print_scope a  b |a  b||',
                'PAGELEAK_SCOPE=mine scope one': 'mine|one|'}
    assert sh(work, script.replace('scope', scope, 1) if not script.startswith('P') else script.replace(' scope', ' ' + scope)) == (0, expected[script])


def test_install(work):
    prefix = work.path / 'prefix'
    status, said = sh(work, '"%s" "%s"' % (CI / 'install', prefix))
    assert status == 0, said
    ran = subprocess.run([str(prefix / 'bin' / 'pageleak'), 'check', 'mktemp'], env=work.environ, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert ran.returncode == 23 and b'LEAKED  1 entry' in ran.stderr


def make(work, *arguments):
    done = subprocess.run(['make', '-s', '-C', str(ROOT), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, env=clean(work.environ, work), timeout=LIMIT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def files(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob('*') if not path.is_dir()}


@pytest.mark.parametrize('where, prefix', [('PREFIX=ROOT/opt', 'opt/'), ('DESTDIR=ROOT PREFIX=/opt', 'opt/'), ('DESTDIR=ROOT', 'usr/local/')])
def test_uninstall_removes_what_install_made_and_nothing_else(work, where, prefix):
    root = work.path / 'root'
    where = where.replace('ROOT', str(root)).split()
    make(work, 'install', *where)
    installed = files(root)
    assert all(path.startswith(prefix) for path in installed)
    assert {os.path.basename(path) for path in installed} == {'pageleak', 'libpageleak.so', 'pageleak.1', 'pageleak-journal.5', 'libpageleak.7', '_pageleak',
                                                             'pageleak.fish'}
    other = next(path for path in root.rglob('man1')) / 'other.1'
    other.write_text('')
    make(work, 'uninstall', *where)
    assert files(root) == {str(other.relative_to(root))} and not list(root.rglob('pageleak'))
    make(work, 'uninstall', *where)  # there is nothing: that is no failure


def test_help_lists_the_targets(work):
    """Each that is no file, with a line to it."""
    makefiles = [ROOT / 'Makefile', ROOT / 'tests/unit/unit.mk', ROOT / 'tests/fuzz/fuzz.mk']
    phony = {name for path in makefiles for line in re.findall(r'^\.PHONY: (.*)', path.read_text(), flags=re.M) for name in line.split()}
    listed = re.findall(r'^make (\w+) +\w.*$', make(work, 'help'), flags=re.M)
    assert sorted(listed) == sorted(phony) and {'install', 'uninstall', 'help', 'unit', 'fuzz'} <= phony
    assert len(listed) == len(make(work, 'help').splitlines())


# ---- GitHub ----

def parsed(path):
    yaml = pytest.importorskip('yaml')
    return yaml.safe_load(path.read_text())


def knows(option):
    return option in subprocess.check_output([str(PAGELEAK), '--help'], universal_newlines=True)


class Runner:
    """Runs the steps of the action that are scripts; of the others it notes what they would be given."""

    def __init__(self, work, **inputs):
        self.work, self.used, self.said, self.status = work, {}, '', 0
        self.outputs, self.files = {}, {}
        action = parsed(CI / 'action.yml')
        self.context = {'inputs.' + name: what.get('default', '') for name, what in action['inputs'].items()}
        self.context.update({'inputs.' + name.replace('_', '-'): value for name, value in inputs.items()})
        runner = work.path.parent / (work.path.name + '.runner')
        runner.mkdir()
        (work.path / '.git').mkdir(exist_ok=True)
        try:
            for step in action['runs']['steps']:
                self.step(step, runner)
            for name, what in action['outputs'].items():
                self.outputs[name] = self.expand(what['value'])
        finally:
            shutil.rmtree(str(runner))

    def value(self, name):
        return self.context.get(name, '') if name.startswith(('inputs.', 'steps.')) else pytest.fail('unknown context ' + name)

    def expand(self, text):
        return re.sub(r'\$\{\{ *([\w.-]+) *\}\}', lambda found: self.value(found.group(1)), str(text))

    def wanted(self, step):
        if 'if' not in step:
            return self.status == 0
        terms = re.fullmatch(r'\$\{\{ (.*) \}\}', step['if']).group(1).split(' && ')
        assert terms.pop(0) == 'always()'
        return all(self.value(re.fullmatch(r"(\S+) != ''", term).group(1)) for term in terms)

    def step(self, step, runner):
        if not self.wanted(step):
            return
        if 'uses' in step:
            given = {name: self.expand(value) for name, value in step['with'].items()}
            self.used[step['uses'].split('@')[0]] = given
            for path in filter(os.path.isdir, given.values()):
                self.files.update((name, open(os.path.join(path, name)).read()) for name in os.listdir(path))
            return
        for name in ('output', 'summary', 'path'):
            (runner / name).write_text('')
        script = runner / 'script.sh'
        script.write_text(step['run'])
        environ = {name: self.expand(value) for name, value in step.get('env', {}).items()}
        ran = subprocess.run(['bash', '--noprofile', '--norc', '-eo', 'pipefail', str(script)], stdin=subprocess.DEVNULL,
                             cwd=str(self.work.path / self.expand(step.get('working-directory', '.'))), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             universal_newlines=True, env=dict(clean(self.work.environ, self.work), GITHUB_ACTION_PATH=str(CI), RUNNER_TEMP=str(runner),
                                                               GITHUB_OUTPUT=str(runner / 'output'), GITHUB_PATH=str(runner / 'path'),
                                                               GITHUB_STEP_SUMMARY=str(runner / 'summary'), GITHUB_WORKSPACE=str(self.work.path),
                                                               GITHUB_ACTIONS='true', CI='true', **environ))
        self.status, self.said, self.errors, self.summary = ran.returncode, ran.stdout, ran.stderr, (runner / 'summary').read_text()
        for line in (runner / 'output').read_text().splitlines():
            name, _, value = line.partition('=')
            self.context['steps.%s.outputs.%s' % (step['id'], name)] = value


LEAKING = 'import tempfile\ntempfile.mkstemp(prefix="leaks_1.")\n'


def test_the_action_keeps_to_the_metadata_syntax():
    action = parsed(CI / 'action.yml')
    assert set(action) <= {'name', 'author', 'description', 'inputs', 'outputs', 'runs', 'branding'} and action['runs']['using'] == 'composite'
    for name, what in action['inputs'].items():
        assert set(what) <= {'description', 'required', 'default', 'deprecationMessage'} and what['description']
        assert what.get('required') or isinstance(what['default'], str), name
    for what in action['outputs'].values():
        assert set(what) == {'description', 'value'}
    text = (CI / 'action.yml').read_text()
    assert set(re.findall(r'inputs\.([\w-]+)', text)) == set(action['inputs'])
    for step in action['runs']['steps']:
        assert set(step) <= {'name', 'id', 'if', 'env', 'run', 'shell', 'working-directory', 'uses', 'with', 'continue-on-error'}
        assert ('run' in step) == ('shell' in step) != ('uses' in step)
        assert '${{' not in step.get('run', ''), 'an input in a script is a script'


def test_the_workflow_names_inputs_that_the_action_has():
    workflow = parsed(CI / 'workflow.yml')
    step = workflow['jobs']['pageleak']['steps'][1]
    assert re.fullmatch(r'OWNER/pageleak/scripts/ci@\w+', step['uses']) and set(step['with']) <= set(parsed(CI / 'action.yml')['inputs'])
    commented = re.findall(r'^ +# ([\w-]+):', (CI / 'workflow.yml').read_text(), flags=re.M)
    assert commented and set(commented) <= set(parsed(CI / 'action.yml')['inputs'])


def test_the_action_on_a_leak(work):
    work.write('leak.py', LEAKING)
    ran = Runner(work, command='echo "# mine" >> "$GITHUB_STEP_SUMMARY"\npython3 leak.py; printf unfinished', sarif=str(knows('--sarif')).lower())
    assert ran.status == 23 and ran.outputs['status'] == '23', ran.errors
    assert re.search(r'^::error .*file=leak\.py,line=2', ran.said, flags=re.M), ran.said
    assert ran.summary.startswith('# mine\n') and 'leaks_1.' in ran.summary and 'LEAKED  1 entry' in ran.errors
    given = ran.used['actions/upload-artifact']
    assert given['name'] == 'pageleak' and set(ran.files) == {'pageleak.json', 'pageleak.md'} | ({'pageleak.sarif'} if knows('--sarif') else set())
    assert json.loads(ran.files['pageleak.json'])['summary']['leaked']['entries'] == 1 and ran.outputs['json'].endswith('/pageleak.json')
    assert ('github/codeql-action/upload-sarif' in ran.used) == knows('--sarif')
    assert left(work) == {'leaks_1'}


def test_the_action_without_a_leak(work):
    ran = Runner(work, command='true', artifact='')
    assert (ran.status, ran.outputs['status'], ran.used) == (0, '0', {}) and '::error' not in ran.said


def test_the_action_passes_the_command_s_own_status_on(work):
    assert Runner(work, command='false\ntrue').status == 1


def test_the_action_hands_options_on_unchanged(work):
    """One a line, with blanks; nothing of them is run, nothing of the action's is in the command's environment."""
    work.write('leak.py', LEAKING)
    work.write('rules', 'path:**/leaks_1.*\n')
    ran = Runner(work, command='env > environment; python3 leak.py', options='--not-pages=$(touch pwned) `touch pwned` *\n\n--show-kept\n',
                 fail_on='leaked,late', suppressions='rules')
    assert ran.status == 0, ran.errors
    assert json.loads(ran.files['pageleak.json'])['suppressed'][0]['entries'] == 1
    assert not (work.path / 'pwned').exists() and 'INPUT_' not in (work.path / 'environment').read_text()


def test_the_action_with_a_baseline(work):
    work.write('leak.py', LEAKING)
    first = Runner(work, command='python3 leak.py')
    work.write('baseline.json', first.files['pageleak.json'])
    assert first.status == 23 and Runner(work, command='python3 leak.py', baseline='baseline.json').status == 0


def test_the_action_on_an_incomplete_audit(work):
    command = 'PAGELEAK=off sh -c :'
    assert Runner(work, command=command, options='--pages=temp/**').status == 24
    ran = Runner(work, command=command, options='--pages=temp/**', incomplete='warn')
    assert ran.status == 0 and '\n::warning title=pageleak::' in ran.said and ran.outputs['status'] == '24'


def test_the_action_in_another_directory(work):
    """Annotations name files from the top of the repository."""
    (work.path / 'below').mkdir()
    work.write('below/leak.py', LEAKING)
    ran = Runner(work, command='python3 leak.py', working_directory='below')
    assert ran.status == 23 and re.search(r'^::error .*file=below/leak\.py,line=2', ran.said, flags=re.M), ran.said


# ---- GitLab ----

def gitlab(work, **variables):
    job = parsed(CI / 'gitlab.yml')['.pageleak']
    script = '\n'.join(job['before_script'] + job['script'])
    if not knows('--gitlab'):
        script = script.replace(' --gitlab=gl-code-quality-report.json', '')
    environ = dict({name: str(value) for name, value in job['variables'].items()}, **variables)
    return (job, *sh(work, script, shell=('bash', '-eo', 'pipefail'), CI='true', GITLAB_CI='true', CI_PROJECT_DIR=str(work.path), **environ))


def test_the_gitlab_job_on_a_leak(work):
    work.write('leak.py', LEAKING)
    job, status, said = gitlab(work, PAGELEAK_COMMAND='printf "%s\n" "a  b"; python3 leak.py')
    assert status == 23 and 'a  b\n' in said and 'LEAKED  1 entry' in said, said
    named = [*job['artifacts']['paths'], *job['artifacts']['reports'].values()]
    assert all((work.path / name).stat().st_size for name in named if knows('--gitlab') or 'gl-' not in name)
    assert '<failure' in (work.path / 'pageleak.xml').read_text()


def test_the_gitlab_job_without_a_leak(work):
    assert gitlab(work, PAGELEAK_COMMAND='true')[1] == 0


def test_globs_in_options_of_the_gitlab_job_are_pageleak_s(work):
    work.write('--pages=other.dat', '')
    assert gitlab(work, PAGELEAK_COMMAND='touch leak.dat', PAGELEAK_OPTIONS='--pages=*.dat --show-kept')[1] == 23


def test_the_gitlab_job_on_an_incomplete_audit(work):
    job, status, _ = gitlab(work, PAGELEAK_COMMAND='PAGELEAK=off sh -c :')
    assert status == 24 == job['allow_failure']['exit_codes']


def test_the_gitlab_job_installs_what_is_missing(work):
    """git and install are stand-ins here; test_install is about the real one."""
    tools = work.path / 'tools'
    tools.mkdir()
    for name in ('sh', 'bash', 'python3'):
        (tools / name).symlink_to(shutil.which(name))
    work.write('tools/git', '#!/bin/sh\necho "git $*"\n', mode=0o755)
    job = parsed(CI / 'gitlab.yml')['.pageleak']
    before = [line.replace('/opt/pageleak/scripts/ci/install', 'echo installed') for line in job['before_script']]
    ran = subprocess.run(['bash', '-eo', 'pipefail', '-c', '\n'.join(before)], env=dict(job['variables'], PATH=str(tools)), stdout=subprocess.PIPE,
                         universal_newlines=True)
    assert ran.returncode == 0 and ran.stdout == 'git clone --depth=1 --branch=main %s /opt/pageleak\ninstalled\n' % job['variables']['PAGELEAK_REPOSITORY']
