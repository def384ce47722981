"""--junit: what CI systems read. Every report here keeps to tests/junit.xsd."""
import shutil
import subprocess
import xml.etree.ElementTree as xml

import pytest

from harness.machine import need
from harness.paths import SCHEMA, VICTIMS


def junit(work, *command, options=(), subcommand='run', **more):
    """(status, <testsuites>), valid."""
    report = work.path.parent / (work.path.name + '.xml')
    process = work.pageleak(subcommand, '--junit=%s' % report, *options, '--', *command, **more)
    try:
        said = subprocess.run([need('xmllint'), '--noout', '--schema', str(SCHEMA), str(report)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        assert said.returncode == 0, said.stdout
        return process.returncode, xml.parse(str(report)).getroot()
    finally:
        report.unlink()


def cases(suites):
    """(suite, name) -> testcase; the counts are right."""
    found = {}
    for suite in suites:
        in_suite = suite.findall('testcase')
        assert int(suite.get('tests')) == len(in_suite)
        assert int(suite.get('failures')) == sum(case.find('failure') is not None for case in in_suite)
        found.update(((suite.get('name'), case.get('name')), case) for case in in_suite)
    assert int(suites.get('tests')) == len(found)
    assert int(suites.get('failures')) == sum(case.find('failure') is not None for case in found.values())
    return found


def tests_of_pages(work):
    shutil.copy(str(VICTIMS / 'table.py'), str(work.path))
    shutil.copy(str(VICTIMS / 'scopes_unittest.py'), str(work.path / 'test_pages.py'))
    return need('python3'), '-B', '-m', 'unittest', '-q', 'test_pages'


def test_a_case_for_each_test(work):
    _, suites = junit(work, *tests_of_pages(work), options=['--pages=cache/**', '--why'])
    found = cases(suites)
    assert {suite for suite, _ in found} == {'test_pages.py'}
    passed = found['test_pages.py', 'TestPages::test_released']
    assert passed.find('failure') is None and passed.get('classname') == 'pageleak.test_pages' and passed.get('file') == 'test_pages.py'
    case = found['test_pages.py', 'TestPages::test_global']
    failure = case.find('failure')
    assert failure.get('type') == 'late'
    assert failure.get('message').startswith('1 page late, cache/global.dat, made by ') and "held by list 'kept' in module" in failure.get('message')
    assert [each.get('value') for each in case.iter('property')] == ['call']
    for part in ('cache/global.dat', 'scope    test_pages.py::TestPages::test_global (call)', 'test_global ', 'cause    held by', 'advice   '):
        assert part in failure.text
    assert 'cache/sub_one.dat' in found['test_pages.py', 'TestPages::test_sub'].find('failure').text
    assert found['test_pages.py', 'TestPages::test_forked'].find('failure').get('type') == 'leaked'
    assert 'cleanup_kept.dat' in found['test_pages.py', 'test_pages.py'].find('failure').text
    around = found['test_pages.py', 'TestForgets']
    assert sorted(each.get('value') for each in around.iter('property')) == ['setup', 'teardown']
    assert around.find('failure').get('message').endswith('; and 1 more of this test')


def test_only_what_the_gate_is_for_fails(work):
    _, suites = junit(work, *tests_of_pages(work), options=['--pages=cache/**'], subcommand='check')
    found = cases(suites)
    late = found['test_pages.py', 'TestPages::test_global']
    assert late.find('failure') is None and 'LATE  1 entry' in late.find('system-out').text
    assert found['test_pages.py', 'TestPages::test_raises'].find('failure').get('type') == 'leaked'


def test_pages_of_one_place_go_to_their_tests(work):
    work.write('test_one.py', 'import os, unittest\n'
               'class Test(unittest.TestCase):\n'
               '    def make(self, name):\n'
               '        open(name, "w").close()\n'
               '    def test_a(self): self.make("a.dat")\n'
               '    def test_b(self): self.make("b.dat")\n')
    _, suites = junit(work, need('python3'), '-B', '-m', 'unittest', 'test_one', options=['--pages=*.dat'])
    for name, other in ('ab', 'ba'):
        text = cases(suites)['test_one.py', 'Test::test_' + name].find('failure').text
        assert name + '.dat' in text and other + '.dat' not in text.replace('%s.dat' % name, '') and 'LEAKED  1 entry' in text


def test_findings_without_a_test(work):
    status, suites = junit(work, 'sh', '-c', ': > two.dat; : > "$TMPDIR/x"', options=['--pages=@default', '--pages=*.dat'],
                           subcommand='check')
    found = cases(suites)
    assert status == 23 and len(found) == 2
    for (suite, name), case in found.items():
        assert suite == 'pageleak' and case.get('classname') == 'pageleak' and case.find('failure').get('type') == 'leaked'
        assert len(name.split()[-1]) == 8


def test_clean_is_one_case_that_passes(work):
    status, suites = junit(work, 'true')
    (name, case), = cases(suites).items()
    assert status == 0 and name == ('pageleak', 'no page leaked') and len(case) == 0


def test_incomplete_is_a_skipped_case(work):
    victim = need('busybox')
    if b'statically linked' not in subprocess.check_output([need('file'), '-L', victim]):
        pytest.skip('busybox is not static')
    status, suites = junit(work, victim, 'true', subcommand='check', options=['--pages=mine/**'])  # others may leave things in /tmp
    found = cases(suites)
    assert status == 24 and found['pageleak coverage', 'everything was seen'].find('skipped').get('message').startswith('0 of 1 process')


HOSTILE = ['<&>"\'', ']]>', '<!--', '&amp;', '\x01\x1b[31m\x7f', 'a\nb\tc', '\ufffe\uffff', 'caf\u00e9 \U0001f4c4',
           '\udcff\udcfe', '\udced\udca0\udc80', '\udcc0\udcaf', '%s%n', '\\x01', 'x' * 200]


def test_hostile_names(work):
    """In paths, and in scopes: nothing is lost, nothing breaks out."""
    work.write('victim.py', 'import os, sys\n'
               'names = %s\n'
               'for name in names:\n'
               '    os.environ["PAGELEAK_SCOPE"] = name + ".py::" + name + " (" + name + ")"\n'
               '    open(name.replace("/", "_") + ".dat", "w").close()\n'
               'del os.environ["PAGELEAK_SCOPE"]\n'
               'open("free" + names[0] + ".dat", "w").close()\n' % ascii(HOSTILE))
    work.environ['LC_ALL'] = 'C.UTF-8'
    _, suites = junit(work, need('python3'), 'victim.py', options=['--pages=**'])
    found = cases(suites)
    assert len(found) == len(HOSTILE) + 1
    assert ('<&>"\'.py', '<&>"\'') in found and ('caf\u00e9 \U0001f4c4.py', 'caf\u00e9 \U0001f4c4') in found
    assert ('\\x01\\x1b[31m\\x7f.py', '\\x01\\x1b[31m\\x7f') in found and ('\\xff\\xfe.py', '\\xff\\xfe') in found
    assert ('a\\x0ab\\x09c.py', 'a\\x0ab\\x09c') in found and ('\\xef\\xbf\\xbe\\xef\\xbf\\xbf.py', '\\xef\\xbf\\xbe\\xef\\xbf\\xbf') in found
    assert all(case.find('failure').get('type') == 'leaked' for case in found.values())


def test_names_that_look_the_same_stay_apart(work):
    """GitLab drops a case whose name it knows."""
    work.write('victim.py', 'import os\n'
               'for name in "t.py::\\x01", "t.py::\\\\x01", "t.py::a", "t.py::a (call)":\n'
               '    os.environ["PAGELEAK_SCOPE"] = name\n'
               '    open("%d.dat" % len(os.listdir(".")), "w").close()\n')
    _, suites = junit(work, need('python3'), 'victim.py', options=['--pages=*.dat'])
    assert {name for _, name in cases(suites)} == {'\\x01', '\\x01 #2', 'a'}
