"""Python programs, on every interpreter that is installed."""
import shutil

import pytest

from harness.machine import need
from harness.paths import VICTIMS


def line_of(path, text):
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


@pytest.fixture
def table(work):
    shutil.copy(VICTIMS / 'table.py', work.path)
    return work


def step(table, python, name, *options):
    return table.audit(python, 'table.py', name, options=["--pages=cache/**", *options])


@pytest.mark.parametrize('name', ['explicit', 'collected', 'retry'])
def test_released(table, python, name):
    result = step(table, python, name)
    assert result.status == 0, result.stderr
    assert result.entries('released') == 1
    by_collector = [finding['cause']['kind'] for finding in result.report['findings']]
    assert by_collector == (['released-by-collector'] if name == 'retry' else [])  # the others' last reference goes first
    assert result.report['coverage']['complete'] is True


@pytest.mark.parametrize('name', ['held', 'cycle'])
def test_released_only_by_the_end_of_the_interpreter(table, python, name):
    result = step(table, python, name)
    assert result.status == 0 and result.entries('late') == 1
    assert step(table, python, name, '--fail-on=late').status == 23
    finding, = result.report['findings']
    check_creation(table, finding)
    assert finding['release']['phase'] in ('exit', 'finalization')
    assert 'LATE  1 entry' in result.stderr


def check_creation(table, finding):
    frame = finding['python'][0]
    assert frame['file'].endswith('table.py')
    assert frame['line'] == line_of(VICTIMS / 'table.py', "with open(self.page, 'wb')")
    assert frame['function'] in ('Table.__init__', '__init__')
    assert finding['owner']['object']['type'] == 'Table'
    assert finding['template'] == 'cache/*.dat'


def test_leaked(table, python):
    result = step(table, python, 'leak')
    assert result.status == 23
    assert result.entries('leaked') == 3
    assert result.paths('leaked') == {path for path in result.new if path.endswith('.dat')}
    assert result.paths() == result.paths('leaked') and len(result.paths()) == 3
    for finding in result.report['findings']:
        check_creation(table, finding)
    for page in result.pages():
        assert page['bytes'] >= 5000 and page['exists'] and page['kind'] == 'file'


def test_unittest_of_a_table(table, python):
    table.write('test_table.py', 'import os, unittest\nfrom table import Table\n'
                'class Test(unittest.TestCase):\n'
                '    def setUp(self):\n'
                '        os.path.isdir("cache") or os.mkdir("cache")\n'
                '    def test_page_goes(self):\n'
                '        table = Table(b"x")\n'
                '        Test.last = table\n'
                '        page = table.page\n'
                '        del table\n'
                '        self.assertFalse(os.path.exists(page))\n')
    result = table.audit(python, '-B', '-m', 'unittest', 'test_table', options=['--pages=cache/**'])
    assert result.status == 1 and 'FAILED (failures=1)' in result.stderr
    assert result.entries('leaked') + result.entries('late') == 1
    finding, = result.report['findings']
    check_creation(table, finding)
    assert [frame['function'].split('.')[-1] for frame in finding['python'][:2]] == ['__init__', 'test_page_goes']


def test_named_temporary_file(work, python):
    result = work.audit(python, '-c', 'import tempfile; tempfile.NamedTemporaryFile(delete=False)')
    assert result.status == 23 and result.paths('leaked') == result.new and len(result.new) == 1
    finding, = result.report['findings']
    assert finding['judged'] in ('temp-root', 'temp-api')
    assert finding['python'][-1]['function'] == '<module>'


def test_temporary_directory_is_clean(work, python):
    result = work.audit(python, '-c', 'import tempfile\nwith tempfile.TemporaryDirectory() as d: open(d + "/x", "w")')
    assert result.status == 0 and not result.new and result.report['findings'] == []


def test_forked_children(work, python):
    work.write('victim.py', 'import os, tempfile\nfor i in range(5):\n'
               '    if os.fork() == 0:\n        tempfile.mkstemp(); os._exit(0)\n    os.wait()\n')
    result = work.audit(python, 'victim.py')
    assert result.status == 23 and result.paths('leaked') == result.new and len(result.new) == 5


def test_threads_lose_nothing(work):
    work.write('victim.py', 'import os, sys, threading\n'
               'def work(n):\n'
               '    for i in range(2000):\n'
               '        name = os.path.join(os.environ["TMPDIR"], "p%d-%d" % (n, i))\n'
               '        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))\n'
               '        os.unlink(name)\n'
               '        if i % 500 == 0:\n'
               '            pid = os.fork()\n'
               '            if pid == 0: os._exit(0)\n'
               '            os.waitpid(pid, 0)\n'
               'threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]\n'
               '[t.start() for t in threads]; [t.join() for t in threads]\n')
    result = work.audit(need('python3'), 'victim.py')
    assert result.status == 0, result.stderr
    assert result.entries('released') == 16000 and result.report['coverage']['events_lost'] == 0
