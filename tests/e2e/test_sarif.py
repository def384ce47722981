"""SARIF and GitLab's code quality report: what a viewer needs, at the user's line, with keys that last. Schemas and the formats' own
validators: tests/real/formats.py."""
import json
import os
import subprocess

import pytest

from harness.machine import need
from harness.paths import PAGELEAK
from harness.victims import unseen

PROGRAM = r'''import os, tempfile


def make():
    return tempfile.mkdtemp()


class Table:
    def __init__(self):
        self.fd, self.path = tempfile.mkstemp()


for _ in range(2):
    make()
table = Table()
os.close(os.open(os.environ["TMPDIR"] + "/we;ird %41\n<x>&\"", os.O_CREAT))
'''
FORMATS = ['sarif', 'gitlab']


def audit(work, *options, program=PROGRAM, status=23, command=None):
    (work.path / '.git').mkdir(exist_ok=True)
    (work.path / 'a b').mkdir(exist_ok=True)
    work.write('a b/app.py', program)
    done = work.pageleak('check', '--text=/dev/null', '--sarif=o.sarif', '--gitlab=o.gitlab', *options, '--',
                         *(command or [need('python3'), '-B', 'a b/app.py']))
    assert done.returncode == status, done.stderr
    return json.loads((work.path / 'o.sarif').read_text()), json.loads((work.path / 'o.gitlab').read_text())


def places(sarif):
    return [[location['physicalLocation'] for location in result['locations']] for result in sarif['runs'][0]['results']]


def test_results_stand_at_the_user_s_line(work):
    sarif, gitlab = audit(work)
    run, = sarif['runs']
    assert sarif['version'] == '2.1.0' and run['tool']['driver']['name'] == 'pageleak'
    lines = []
    for place, in places(sarif):
        assert place['artifactLocation'] == {'uri': 'a%20b/app.py', 'uriBaseId': '%SRCROOT%'}
        lines.append(place['region']['startLine'])
    assert sorted(lines) == [5, 10, 16]
    assert run['originalUriBaseIds']['%SRCROOT%']['uri'] == 'file://%s/' % str(work.path)
    assert sorted((entry['location']['path'], entry['location']['lines']['begin']) for entry in gitlab) == [
        ('a b/app.py', 5), ('a b/app.py', 10), ('a b/app.py', 16)]
    assert {entry['severity'] for entry in gitlab} == {'major'}
    assert {entry['check_name'] for entry in gitlab} == {'pageleak-leaked'}


@pytest.mark.parametrize('directory, source', [('out', '../src/x.c'), ('src', 'x.c'), ('src', './../src/x.c'), ('.', 'src/x.c')])
def test_where_the_compiler_ran_does_not_matter(work, directory, source):
    """As meson, autotools out of their tree and make in each directory run it."""
    for name in ('out', 'src'):
        (work.path / name).mkdir()
    work.write('src/x.c', '#include <stdlib.h>\n\nint main(void)\n{\n\tchar name[] = "/var/tmp/placeXXXXXX";\n\treturn mkstemp(name) < 0;\n}\n')
    subprocess.run([need('cc'), '-g', '-o', work.path / 'x', source], cwd=work.path / directory, check=True)
    sarif, gitlab = audit(work, '--pages=/var/tmp/place*', command=['./x'])
    os.unlink(json.loads((work.path / 'o.sarif').read_text())['runs'][0]['results'][0]['message']['text'].splitlines()[1])
    (place,), = places(sarif)
    assert place == {'artifactLocation': {'uri': 'src/x.c', 'uriBaseId': '%SRCROOT%'}, 'region': {'startLine': 6}}
    assert gitlab[0]['location'] == {'path': 'src/x.c', 'lines': {'begin': 6}}


def test_rules_are_referred_to_by_id_and_index(work):
    sarif, _ = audit(work)
    run, = sarif['runs']
    rules = run['tool']['driver']['rules']
    assert len({rule['id'] for rule in rules}) == len(rules)
    for result in run['results']:
        assert rules[result['ruleIndex']]['id'] == result['ruleId'] == 'page-leaked'
        assert result['level'] == 'error'


def test_stacks_are_code_flows_in_the_order_of_execution(work):
    sarif, _ = audit(work)
    result, = [one for one in sarif['runs'][0]['results'] if one['properties']['entries'] == 2]
    steps = result['codeFlows'][0]['threadFlows'][0]['locations']
    names = [step['location']['message']['text'] for step in steps]
    assert names[:3] == ['<module>', 'make', 'mkdtemp']
    assert [step['importance'] for step in steps[:3]] == ['essential', 'essential', 'unimportant']
    frames = [frame['location']['message']['text'] for frame in result['stacks'][0]['frames']]
    assert frames[-1] == '<module>' and frames.index('mkdtemp') < frames.index('make')


def test_what_was_released_late_has_both_stacks(work):
    sarif, gitlab = audit(work, '--fail-on=late', program='import tempfile\nkeep = tempfile.TemporaryDirectory()\n')
    result, = sarif['runs'][0]['results']
    assert result['ruleId'] == 'page-late' and result['level'] == 'error'
    assert [stack['message']['text'] for stack in result['stacks']] == ['made here', 'released here']
    sarif, gitlab = audit(work, program='import tempfile\nkeep = tempfile.TemporaryDirectory()\n', status=0)
    assert sarif['runs'][0]['results'][0]['level'] == 'warning' and gitlab[0]['severity'] == 'minor'


def test_keys_survive_changed_lines_and_are_unique(work):
    keys = lambda sarif, gitlab: (sorted(result['partialFingerprints']['primaryLocationLineHash'] for result in sarif['runs'][0]['results']),
                                  sorted(entry['fingerprint'] for entry in gitlab))
    twice = PROGRAM + 'def both():\n    tempfile.mkdtemp()\n    tempfile.mkdtemp()\n\n\nboth()\n'
    first = keys(*audit(work, program=twice))
    for path in work.temp.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    second = keys(*audit(work, program='# a comment\n\n' + twice))
    assert first == second
    for one in first:
        assert len(set(one)) == len(one) == 5


def test_what_has_no_line_in_the_repository_has_a_place_all_the_same(work):
    sarif, gitlab = audit(work, command=['sh', '-c', 'mktemp > /dev/null'])
    (place,), = places(sarif)
    assert place['artifactLocation']['uri'].startswith('file:///') and 'uriBaseId' not in place['artifactLocation']
    assert place['region']['startLine'] >= 1
    assert gitlab[0]['location']['path'].startswith('/') and gitlab[0]['location']['lines']['begin'] == 1


def test_what_nobody_audited_made_has_a_place(work):
    sarif, gitlab = audit(work, '--pages=temp/**', command=['sh', '-c', '"$@"; :', 'sh', unseen(), work.temp / 'left'])
    (place,), = places(sarif)
    assert place['artifactLocation']['uri'].endswith('temp/left') and gitlab[0]['location']['path'].endswith('temp/left')


def test_a_directory_that_is_gone_is_no_root(work):
    (work.path / 'gone').mkdir()
    subprocess.run(['sh', '-c', 'cd gone; rmdir ../gone; exec "$0" run --text=/dev/null --sarif="$1" true', PAGELEAK, work.path / 'o'], cwd=work.path, check=True)
    run, = json.loads((work.path / 'o').read_text())['runs']
    assert run['originalUriBaseIds'] == {'%SRCROOT%': {}} and 'workingDirectory' not in run['invocations'][0]


def test_a_clean_run_has_no_results(work):
    sarif, gitlab = audit(work, command=['true'], status=0)
    assert sarif['runs'][0]['results'] == [] and gitlab == []
    assert sarif['runs'][0]['invocations'][0]['exitCode'] == 0


def test_what_was_not_seen_is_a_notification(work):
    sarif, _ = audit(work, '--pages=temp/**', command=[need('busybox'), 'true'], status=24)
    notes = sarif['runs'][0]['invocations'][0]['toolExecutionNotifications']
    assert any(note['level'] == 'warning' and 'static' in note['message']['text'] for note in notes)


def test_no_more_results_than_github_takes(work):
    """A finding for each line: 25,000 leaks, two that are late, and one that is no result."""
    lines = ['import atexit, os', 'at = os.environ["TMPDIR"] + "/"']
    lines += ['os.close(os.open(at + "late%d", os.O_CREAT)); atexit.register(os.unlink, at + "late%d")' % (i, i) for i in range(2)]
    lines += ['os.close(os.open("output", os.O_CREAT))']
    for i in range(25000):
        lines += ([] if i % 100 else ['def some():']) + ['    os.close(os.open(at + "%d", os.O_CREAT))' % i] + (['some()'] if i % 100 == 99 else [])
    work.write('app.py', '\n'.join(lines))
    done = work.pageleak('run', '--text=/dev/null', '--sarif=o.sarif', need('python3'), '-B', 'app.py')
    assert done.returncode == 0, done.stderr
    run, = json.loads((work.path / 'o.sarif').read_text())['runs']
    assert len(run['results']) == 25000 and {result['ruleId'] for result in run['results']} == {'page-leaked'}
    note, = run['invocations'][0]['toolExecutionNotifications']
    assert note['level'] == 'warning' and note['message']['text'].startswith('2 more results')


@pytest.mark.parametrize('format', FORMATS)
def test_several_journals_cannot_share_a_file(work, format):
    for name in ('a', 'b'):
        work.pageleak('record', '--journal=%s.data' % name, 'true')
    done = work.pageleak('report', '--%s=o' % format, 'a.data', 'b.data')
    assert done.returncode == 125 and 'several journals' in done.stderr
