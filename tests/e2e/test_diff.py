"""pageleak diff: what came, went and changed between two reports or journals, and the gate over it."""
import html
import json
import re
import subprocess

import pytest

from harness.machine import need
from harness.paths import PAGELEAK

PROGRAM = '''import os, sys, tempfile


def one():
    return tempfile.mkdtemp()


def two():
    return tempfile.mkdtemp()


def three():
    return tempfile.mkdtemp()


for what in sys.argv[1:]:
    globals()[what]()
'''


@pytest.fixture
def pair(work):
    """Old: one, two, two; new: two, three. As JSON and as journals."""
    work.write('app.py', PROGRAM)
    for name, what in (('old', ['one', 'two', 'two']), ('new', ['two', 'three'])):
        done = work.pageleak('run', '--text=/dev/null', '--json=%s.json' % name, '--journal=%s.data' % name, '--', need('python3'), '-B', 'app.py', *what)
        assert done.returncode == 0, done.stderr
    return work


def changes(work, *arguments, status=0):
    done = work.pageleak('diff', '--json', *arguments)
    assert done.returncode == status, done.stderr
    data = json.loads(done.stdout)
    assert data['schema'] == 'pageleak-diff/1'
    return sorted((one['change'], one['made'].split()[0], one['old'] and one['old']['entries'], one['new'] and one['new']['entries'])
                  for one in data['findings'])


EXPECTED = [('changed', 'two', 2, 1), ('gone', 'one', 1, None), ('new', 'three', None, 1)]


@pytest.mark.parametrize('old', ['old.json', 'old.data'])
@pytest.mark.parametrize('new', ['new.json', 'new.data'])
def test_reports_and_journals(pair, old, new):
    assert changes(pair, old, new) == EXPECTED


def test_reports_through_pipes(pair):
    done = subprocess.run(['bash', '-c', '"$1" diff --fail-on=leaked <(cat old.json) <(cat new.json)', 'bash', PAGELEAK], cwd=pair.path,
                          capture_output=True, text=True)
    assert done.returncode == 23 and done.stdout.startswith('pageleak: 1 new finding, 1 gone'), done.stderr


def test_the_same_is_unchanged(pair):
    assert changes(pair, 'old.json', 'old.data') == [('unchanged', 'one', 1, 1), ('unchanged', 'two', 2, 2)]


def test_text(pair):
    done = pair.pageleak('diff', 'old.json', 'new.json')
    lines = done.stdout.splitlines()
    assert lines[0] == 'pageleak: 1 new finding, 1 gone, 1 changed, 0 unchanged'
    assert [line.split()[0] for line in lines[2::2]] == ['new', 'gone', 'changed']
    assert re.search(r'  leaked, 1 entry, [\d.]+ (KiB|B) \(was leaked, 2, [\d.]+ (KiB|B)\)$', lines[-2])
    assert lines[-1].strip().startswith('made by two (') and lines[-1].endswith('app.py:9)')


def test_the_gate_is_over_new_findings(pair):
    gate = lambda *arguments: pair.pageleak('diff', '--text=/dev/null', *arguments).returncode
    assert gate('old.json', 'new.json') == 0
    assert gate('--fail-on=leaked', 'old.json', 'new.json') == 23
    assert gate('--fail-on=late', 'old.json', 'new.json') == 0
    assert gate('--fail-on=leaked', '--exit-code=7', 'old.json', 'new.json') == 7
    assert gate('--fail-on=leaked', 'old.json', 'old.json') == 0
    assert gate('--fail-on=late', '--fail-on-fixed', 'old.json', 'new.json') == 23
    assert gate('--fail-on-fixed', 'old.json', 'old.json') == 0


def report_with(work, name, *verdicts):
    findings = [{'id': 'x', 'verdict': verdict, 'template': '/tmp/a', 'made': 'f', 'entries': 1, 'bytes': 2} for verdict in verdicts]
    work.write(name, json.dumps({'schema': 'pageleak-report/1', 'coverage': {'complete': True}, 'findings': findings}))


@pytest.mark.parametrize('old, new, gate, status', [
    (['late'], ['leaked'], 'leaked', 23), (['leaked'], ['late'], 'late', 0), (['late'], ['leaked'], 'late', 0), ([], ['leaked', 'late'], 'late', 23),
    (['late', 'leaked'], ['leaked', 'late'], 'late,leaked', 0), (['nonsense'], ['leaked'], 'leaked', 23)])
def test_the_gate_is_over_worse_verdicts_too(work, old, new, gate, status):
    report_with(work, 'old', *old)
    report_with(work, 'new', *new)
    assert work.pageleak('diff', '--fail-on=' + gate, 'old', 'new').returncode == status


def test_an_incomplete_audit_vouches_for_nothing(pair):
    pair.pageleak('run', '--text=/dev/null', '--json=static.json', '--pages=temp/**', need('busybox'), 'true')
    done = pair.pageleak('diff', '--fail-on=leaked', 'old.json', 'static.json')
    assert done.returncode == 24 and 'incomplete' in done.stdout


def test_suppressions_hold_for_journals(pair):
    pair.write('rules', 'frames: ^three$\n')
    assert changes(pair, '--suppressions=rules', 'old.data', 'new.data') == EXPECTED[:2]
    assert changes(pair, '--only-frames=two', 'old.data', 'new.data') == EXPECTED[:1]


def test_markdown(pair):
    done = pair.pageleak('diff', '--markdown', 'old.json', 'new.json')
    rows = [line for line in done.stdout.splitlines() if line.startswith('| ')]
    assert [row.split()[1] for row in rows[2:]] == ['new', 'gone', 'changed'] and all(row.count('|') == 5 for row in rows)


def test_nothing_of_the_program_s_is_markdown(work):
    """Even within <code> `*` and `__` would be: `/tmp/*/*.dat` would lose its stars."""
    report_with(work, 'old')
    report_with(work, 'new', 'leaked')
    work.write('new', (work.path / 'new').read_text().replace('"/tmp/a"', '"/tmp/*/*.dat"').replace('"f"', '"Table.__init__ [x](y) @z $1$ ~"'))
    row = work.pageleak('diff', '--markdown', 'old', 'new').stdout.splitlines()[-1]
    assert not set('*_[]@$~') & set(row)
    assert '<code>/tmp/*/*.dat</code>' in html.unescape(row) and '<code>Table.__init__ [x](y) @z $1$ ~</code>' in html.unescape(row)


@pytest.mark.parametrize('arguments, said', [
    (['old.json'], 'two are compared'), (['old.json', 'missing'], 'missing: No such file'), (['old.json', 'app.py'], 'app.py: neither a journal nor a JSON report of pageleak: line 1'),
    (['schema.json', 'old.json'], 'schema.json: neither a journal nor a JSON report of pageleak: its schema'),
    (['--sarif', 'old.json', 'new.json'], 'report --baseline'), (['--baseline=old.json', 'old.json', 'new.json'], '--baseline is nothing')])
def test_what_is_refused(pair, arguments, said):
    pair.write('schema.json', '{}')
    done = pair.pageleak('diff', *arguments)
    assert done.returncode == 125 and said in done.stderr and not done.stdout


def test_hostile_names(work):
    old = {'schema': 'pageleak-report/1', 'coverage': {'complete': True}, 'findings': []}
    new = dict(old, findings=[{'id': 'x', 'verdict': 'leaked|\n', 'template': '/tmp/a\n| b\x1b[31m', 'made': '<b>`|', 'entries': 1, 'bytes': 2}])
    work.write('old', json.dumps(old))
    work.write('new', json.dumps(new))
    for format in ('--text', '--markdown'):
        done = work.pageleak('diff', format, 'old', 'new')
        assert done.returncode == 0 and '\x1b' not in done.stdout and '<b>' not in done.stdout.replace('made by <b>', '')
        assert len(done.stdout.splitlines()) == 4 + (format == '--markdown')
