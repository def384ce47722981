"""The look of the text report."""
import contextlib
import re
import subprocess

import pytest

from harness.machine import need
from harness.paths import PAGELEAK
from harness.terminal import Terminal


def on_terminal(work, *arguments, **environ):
    """Standard error of pageleak on a pseudo terminal."""
    terminal = Terminal([PAGELEAK, *arguments], cwd=work.path, env=dict(work.environ, TERM='xterm', **environ), stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL)
    with contextlib.closing(terminal):
        terminal.end()
        return terminal.seen.decode()


def test_colour_on_a_terminal_only(work):
    leak = ('run', 'mktemp')
    assert '\033[' in on_terminal(work, *leak)
    assert '\033[' not in on_terminal(work, *leak, NO_COLOR='1')
    assert '\033[' not in on_terminal(work, 'run', '--color=never', 'mktemp')
    assert '\033[' in on_terminal(work, 'run', '--color=always', 'mktemp', NO_COLOR='1')
    assert '\033[' not in work.pageleak(*leak).stderr
    assert '\033[' in work.pageleak('run', '--color=always', 'mktemp').stderr
    work.environ['TERM'] = 'dumb'
    assert '\033[' not in work.pageleak(*leak).stderr


def test_clean_is_short(work):
    said = work.pageleak('check', 'sh', '-c', 'rm "$(mktemp)"')
    assert said.returncode == 0 and 1 <= said.stderr.count('\n') <= 2
    assert said.stderr.startswith('pageleak: no leaks; 1 page made and released')


def test_long_lists_are_cut_and_say_so(work):
    result = work.audit('sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do : > "$TMPDIR/page-$i"; done')
    assert 'LEAKED  9 entries' in result.stderr and '... and 6 more' in result.stderr
    assert len(result.pages('leaked')) == 9


def test_totals_come_last(work):
    result = work.audit('mktemp')
    lines = result.stderr.splitlines()
    assert lines[0].startswith('pageleak: 1 page leaked')
    assert lines[-2].startswith('pages: 1 leaked')
    assert lines[-1].startswith('seen:  ')


def test_paths_below_the_start_are_relative(work):
    result = work.audit('sh', '-c', ': > here', options=['--pages=**'])
    assert '\n  here\n' in result.stderr


def test_kept_on_request(work):
    said = work.pageleak('run', 'sh', '-c', ': > output')
    assert '--show-kept lists' in said.stderr
    said = work.pageleak('run', '--show-kept', 'sh', '-c', ': > another')
    assert 'KEPT  1 entry' in said.stderr


def test_json_has_every_field(work):
    result = work.audit(need('python3'), '-c', 'import tempfile; tempfile.mkstemp()')
    report = result.report
    assert list(report) == ['schema', 'tool', 'audit', 'coverage', 'summary', 'processes', 'findings', 'baselined', 'suppressed', 'unused_rules',
                            'fixed', 'fixed_findings']
    assert set(report['summary']) == {'leaked', 'held', 'late', 'foreign', 'vanished', 'adopted', 'released', 'kept', 'sites'}
    assert set(report['audit']) >= {'command', 'cwd', 'host', 'started', 'ended', 'mode', 'status'}
    assert set(report['coverage']) == {'complete', 'processes', 'audited', 'unaudited', 'events_lost', 'limits', 'running'}
    assert report['audit']['command'][1:] == ['-c', 'import tempfile; tempfile.mkstemp()']
    for process in report['processes']:
        assert set(process) >= {'pid', 'ppid', 'exe', 'argv', 'started', 'ended', 'status'}
    finding, = report['findings']
    assert set(finding) >= {'id', 'verdict', 'judged', 'entries', 'bytes', 'template', 'site_created', 'site_released', 'owner', 'api',
                            'python', 'native', 'release', 'cause', 'scopes', 'pages'}
    assert set(finding['owner']) >= {'pid', 'tid', 'exe', 'argv', 'ancestry', 'object'}
    for frame in finding['native']:
        assert set(frame) >= {'function', 'file', 'line', 'inlined', 'module', 'build_id', 'offset'}
    for frame in finding['python']:
        assert set(frame) >= {'function', 'file', 'line'}
    for page in finding['pages']:
        assert set(page) >= {'path', 'kind', 'bytes', 'created', 'pid', 'tid', 'scope', 'renamed_from', 'exists'}


EXECS = ['sh', '-c', 'exec sh -c "exec \\"\\$@\\"" sh "$@"', 'sh']  # what follows is the third program of one process


@pytest.mark.parametrize('option, said', [
    ('--text', 'made and released, 1 process audited\n'), ('--markdown', ', 1 of 1 processes audited\\.\n'),
    ('--html', '"seen": ?{"processes": ?1, ?"audited": ?1}')])
def test_who_execs_is_one_process(work, option, said):
    result = work.pageleak('run', option, '--json=o.json', *EXECS, 'true')
    assert re.search(said, result.stdout)
    coverage = work.load('o.json')['coverage']
    assert (coverage['processes'], coverage['audited']) == (3, 3)  # images, as always


def test_a_process_is_audited_when_each_of_its_programs_was(work):
    said = work.pageleak('run', '--text', '--pages=temp/**', 'sh', '-c', '"$@"; true', 'sh', *EXECS, need('busybox'), 'true').stdout
    assert said.startswith('pageleak: no leak was seen, but not everything was: 1 of 2 processes audited\n')


def test_ids_are_stable(work):
    first = work.audit('mktemp').report['findings'][0]['id']
    assert first == work.audit('mktemp').report['findings'][0]['id']


def test_many_pages_stream(work):
    command = 'import os\nfor i in range(20000): open(os.path.join(os.environ["TMPDIR"], "page-%d" % i), "w").close()'
    result = work.audit(need('python3'), '-c', command)
    assert result.entries('leaked') == 20000 == len(result.paths('leaked'))


AT_EXIT = {
    'handler': 'static void clean() { unlink(name); } int main() { close(mkstemp(name)); atexit(clean); }',
    'destructor': 'struct Page { ~Page() { unlink(name); } } page; int main() { close(mkstemp(name)); }',
}


@pytest.mark.parametrize('how', AT_EXIT)
def test_what_an_exit_handler_released_is_listed_on_request(work, how):
    """git, gcc and sort clean up there on purpose; a destructor of a static object says that something held it for too long."""
    work.write('x.cc', '#include <stdlib.h>\n#include <unistd.h>\nchar name[] = "temp/xXXXXXX"; ' + AT_EXIT[how])
    subprocess.run([need('g++'), '-g', '-O0', '-o', 'x', 'x.cc'], cwd=work.path, check=True)
    result = work.audit('./x', options=['--markdown'])
    assert result.status == 0 and [finding['verdict'] for finding in result.report['findings']] == ['late']
    listed = how == 'destructor'
    assert ('LATE' in result.stderr) == listed and ('| late |' in result.stdout) == listed
    assert ('1 page was released only by exit handlers of the program; --fail-on=late lists them' in result.stderr) != listed
    assert result.stderr.startswith('pageleak: no page leaked' if listed else 'pageleak: no leaks; ')
    work.audit('./x', options=['--html=page.html', '--junit=page.xml'], subcommand='run')
    assert ('<failure' in (work.path / 'page.xml').read_text()) == listed
    title = re.search('<title>(.*?)</title>', (work.path / 'page.html').read_text()).group(1).lower()
    assert ('finding' in title) == listed, title
    asked = work.audit('./x', options=['--fail-on=late'])
    assert asked.status == 23 and 'LATE' in asked.stderr
