"""Rules for what is not to count, baselines, and what programs leave by design, on real programs."""
import json
import os
import subprocess

import pytest

from harness.machine import need, pythons
from harness.paths import PAGELEAK, SCHEMA
from harness.waiting import LIMIT

VICTIM = '''import os, tempfile
def make():
    return tempfile.mkdtemp()
def deep():
    return make()
deep(); deep()
tempfile.mkstemp()
'''


def audit(work, rules, *options, **more):
    work.write('rules', rules)
    work.write('victim.py', VICTIM)
    return work.audit(need('python3'), '-B', 'victim.py', options=['--suppressions=rules', *options], **more)


def test_what_a_rule_hides_does_not_count(work):
    result = audit(work, '# all of them\nleak:mkst*mp\nframes: ^make$; ^deep$; <module>\npath:/nowhere/**\n', '--text')
    assert result.status == 0 and result.entries('leaked') == 0 and result.report['findings'] == []
    assert [(rule['rule'], rule['entries']) for rule in result.report['suppressed']] == \
        [('leak:mkst*mp', 1), ('frames: ^make$; ^deep$; <module>', 2)]
    assert result.report['unused_rules'] == ['path:/nowhere/**']
    assert 'suppressed: 2 entries' in result.stdout and 'unused rule: path:/nowhere/**' in result.stdout


def test_no_more_than_its_cap(work):
    result = audit(work, 'leak:^make$ max=1\n')
    assert result.status == 23 and result.entries('leaked') == 2
    assert result.paths('leaked') < result.new


def test_the_rule_that_a_report_offers(work):
    result = audit(work, '')
    assert result.status == 23 and len(result.report['findings']) == 2
    rules = [finding['rule'] for finding in result.report['findings']]
    for path in result.new:
        work.pageleak('run', 'rm', '-rf', path)
    again = audit(work, '\n'.join(rules))
    assert again.status == 0 and again.report['unused_rules'] == []
    assert all('rule     ' + rule in result.stderr for rule in rules)


def test_rules_that_make_no_sense_are_refused_before_anything_runs(work):
    work.write('rules', 'leak:a\nleek:b\n')
    result = work.pageleak('check', '--suppressions=rules', 'touch', 'made')
    assert result.returncode == 125 and result.stderr.startswith("pageleak: rules:2: 'leek:b' is no rule")
    assert not (work.path / 'made').exists()
    result = work.pageleak('check', '--suppressions=missing', 'touch', 'made')
    assert result.returncode == 125 and 'missing: No such file' in result.stderr and not (work.path / 'made').exists()


def test_left_by_design(work):
    script = 'mkdir -p "$TMPDIR/pytest-of-me/pytest-0"; touch "$TMPDIR/pytest-of-me/pytest-0/x"'
    result = work.audit('sh', '-c', script)
    assert result.status == 0 and result.entries('leaked') == 0 and len(result.new) == 3
    known, = result.report['suppressed']
    assert known['entries'] == 3 and known['known'].startswith('pytest: ')
    assert 'left by design: 3 entries' in result.stderr and '--no-known' in result.stderr
    work.pageleak('run', 'rm', '-rf', work.temp / 'pytest-of-me')
    result = work.audit('sh', '-c', script, options=['--no-known'])
    assert result.status == 23 and result.entries('leaked') == 3
    work.pageleak('run', 'rm', '-rf', work.temp / 'pytest-of-me')
    result = work.audit('sh', '-c', script, options=['--pages=temp/**'])
    assert result.status == 23 and result.entries('leaked') == 3  # the user says that these are pages


def base(work, directory='.', python=None, program=VICTIM):
    """A report to be measured against, made in another directory."""
    where = work.path / directory
    where.mkdir(exist_ok=True)
    (where / 'victim.py').write_text(program)
    report = work.path / 'base.json'
    subprocess.run([str(PAGELEAK), 'run', '--json=%s' % report, '--text=/dev/null', '--', python or need('python3'), '-B', 'victim.py'],
                   cwd=where, env=work.environ, check=True, timeout=LIMIT)
    return report


def test_what_the_baseline_has_does_not_count(work):
    base(work)
    work.write('victim.py', VICTIM)
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--baseline=base.json'])
    assert result.status == 0 and result.report['findings'] == [] and result.report['fixed'] == 0
    hidden, = result.report['suppressed']
    assert hidden['rule'] == 'baseline:base.json' and hidden['entries'] == 3


def test_what_was_late_and_has_leaked_counts(work):
    base(work)
    known = work.load('base.json')
    for finding in known['findings']:
        finding['verdict'] = 'late'
    work.write('base.json', json.dumps(known))
    work.write('victim.py', VICTIM)
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--baseline=base.json'])
    assert result.status == 23 and result.entries('leaked') == 3 and result.report['fixed'] == 0


def test_what_is_new_and_what_is_fixed(work):
    base(work)
    work.write('victim.py', '# moved down\n\n' + VICTIM.replace('tempfile.mkstemp()', 'tempfile.NamedTemporaryFile(delete=False)'))
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--baseline=base.json'])
    assert result.status == 23 and result.entries('leaked') == 1 and result.report['fixed'] == 1
    assert '1 finding of the baseline that is no more' in result.stderr
    work.write('victim.py', VICTIM.replace('tempfile.mkstemp()', ''))
    for options, status in (([], 0), (['--fail-on-fixed'], 23)):
        result = work.audit(need('python3'), '-B', 'victim.py', options=['--baseline=base.json', *options])
        assert result.status == status and result.report['fixed'] == 1 and result.report['findings'] == []


def test_one_fingerprint_elsewhere(work):
    """Another directory, other pids and names, another interpreter: the same findings."""
    base(work, 'elsewhere')
    for python, version in pythons().items():
        if version in ('3.11', '3.12', '3.13'):  # the same modules of the standard library call one another
            work.write('victim.py', VICTIM)
            result = work.audit(python, '-B', 'victim.py')
            ids = sorted(finding['id'] for finding in result.report['findings'])
            assert len(ids) == 2 and len(set(ids)) == 2
            if version == '3.11':
                known = sorted(finding['id'] for finding in work.load('base.json')['findings'])
                assert ids == known or python != need('python3')


def test_a_baseline_that_makes_no_sense_is_refused_before_anything_runs(work):
    for text, part in (('{', 'not a JSON report of pageleak, which a baseline is: line 1'), ('{"schema": "x"}', 'its schema'), ('[]', 'its schema'),
                       ('{"schema": "pageleak-report/1", "findings": [{}]}', 'finding 0 has no id')):
        work.write('bad.json', text)
        result = work.pageleak('check', '--baseline=bad.json', 'touch', 'made')
        assert result.returncode == 125 and 'bad.json' in result.stderr and part in result.stderr
        assert not (work.path / 'made').exists()


ONLY = '''import sys, tempfile
sys.path.insert(0, "lib")
import helper


def mine():
    return tempfile.mkdtemp()


mine()
helper.theirs()
'''


@pytest.mark.parametrize('glob, left', [('mine', 1), ('helper.py', 0), ('lib/**', 1), ('lib/*.py', 1), ('**/helper.py', 1), ('app.py', 2), ('nothing', 0)])
def test_only_frames(work, glob, left):
    (work.path / 'lib').mkdir()
    work.write('lib/helper.py', 'import tempfile\n\n\ndef theirs():\n    return tempfile.mkdtemp()\n')
    work.write('app.py', ONLY)
    result = work.audit(need('python3'), '-B', 'app.py', options=['--only-frames=' + glob])
    assert (result.status, result.entries('leaked')) == (23 if left else 0, left)
    hidden = [(rule['rule'], rule['entries']) for rule in result.report['suppressed']]
    assert hidden == ([('--only-frames=' + glob, 2 - left)] if left < 2 else [])
    assert result.report['unused_rules'] == []
    assert ('is it spelled right' in result.stderr) == (not left)


def test_only_frames_of_a_module(work):
    result = work.audit('sh', '-c', 'mktemp; python3 -c "import tempfile; tempfile.mkdtemp()"', options=['--only-frames=**/mktemp'])
    assert result.entries('leaked') == 1


COLLECTED = '''import gc, os, tempfile


class Table:
    def __init__(self):
        self.path = tempfile.mkstemp()[1]
        self.me = self

    def __del__(self):
        os.unlink(self.path)


gc.disable()
Table()
gc.collect()
'''


def test_what_only_the_collector_released_is_no_news_either(work):
    work.write('app.py', COLLECTED)
    command = [need('python3'), '-B', 'app.py']
    gate = ['check', '--text=/dev/null', '--fail-on=collector', '--json=new.json']
    assert work.pageleak(*gate, '--', *command).returncode == 23
    (work.path / 'new.json').rename(work.path / 'old.json')
    assert work.pageleak(*gate, '--baseline=old.json', '--', *command).returncode == 0
    work.write('app.py', COLLECTED.replace('class Table:', 'class Other:').replace('Table()', 'Other()'))
    assert work.pageleak(*gate, '--baseline=old.json', '--', *command).returncode == 23
    assert work.pageleak(*gate, '--baseline=old.json', '--fail-on-fixed', '--', 'true').returncode == 0  # collections come by chance
    done = work.pageleak('diff', 'old.json', 'old.json')
    assert done.stdout == 'pageleak: 0 new findings, 0 gone, 0 changed, 0 unchanged\n'


WRAPPED = r'''
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) int wrap(char *name) { int fd = mkstemp(name); return close(fd) + 1; }
__attribute__((noinline)) int one(void) { char name[] = "temp/one-XXXXXX"; return wrap(name) + 1; }
__attribute__((noinline)) int two(void) { char name[] = "temp/two-XXXXXX"; return wrap(name) + 1; }
int main(void) { return one() + two() > 100; }
'''


def test_the_rule_of_one_finding_does_not_hide_another_through_the_same_wrapper(work):
    work.write('wrapped.c', WRAPPED)
    subprocess.run([need('cc'), '-O1', '-g', '-o', 'wrapped', 'wrapped.c'], cwd=work.path, check=True)
    rules = [finding['rule'] for finding in work.audit('./wrapped').report['findings']]
    assert sorted(rules) == ['frames: ^wrap$; ^one$; ^main$', 'frames: ^wrap$; ^two$; ^main$']
    work.write('rules', rules[0] + '\n')
    assert work.audit('./wrapped', options=['--suppressions=rules']).entries('leaked') == 1


def test_what_main_itself_made_has_a_rule_of_its_own(work):
    """All else goes through main, too."""
    work.write('both.c', '#include <stdlib.h>\nvoid apart(void) { char name[] = "temp/apart-XXXXXX"; mkstemp(name); }\n'
                         'int main(void) { char name[] = "temp/main-XXXXXX"; mkstemp(name); apart(); return 0; }\n')
    subprocess.run([need('cc'), '-O0', '-g', '-w', '-o', 'both', 'both.c'], cwd=work.path, check=True)
    rules = {finding['template']: finding['rule'] for finding in work.audit('./both').report['findings']}
    work.write('rules', rules['temp/main-*'] + '\n')
    left = work.audit('./both', options=['--suppressions=rules']).report['findings']
    assert [finding['template'] for finding in left if 'main' in finding['template']] == []
    assert [finding['template'] for finding in left] == ['temp/apart-*'], rules


def test_fixed_against_what(work):
    done = work.pageleak('check', '--fail-on-fixed', 'true')
    assert done.returncode == 125 and '--baseline' in done.stderr


def test_a_report_with_a_baseline_is_the_next_one(work):
    """What it took out is in it, apart: nothing known is news again, and a comparison shows no change."""
    base(work)
    work.write('victim.py', VICTIM)
    first = work.audit(need('python3'), '-B', 'victim.py', options=['--baseline=base.json'])
    assert first.report['findings'] == [] and sum(finding['entries'] for finding in first.report['baselined']) == 3
    assert all(finding['native'] and finding['pages'] for finding in first.report['baselined']) and first.report['summary']['leaked']['entries'] == 0
    work.write('next.json', json.dumps(first.report))
    second = work.audit(need('python3'), '-B', 'victim.py', options=['--baseline=next.json', '--fail-on-fixed'])
    assert second.status == 0 and second.report['findings'] == [] and second.report['fixed'] == 0
    compared = work.pageleak('diff', 'base.json', 'next.json')
    assert ' 0 gone' in compared.stdout and compared.stdout.startswith('pageleak: 0 new'), compared.stdout


def test_every_format_says_what_is_fixed(work):
    base(work)
    work.write('victim.py', VICTIM.replace('tempfile.mkstemp()', ''))
    options = ['--baseline=base.json', '--fail-on-fixed', '--junit=junit.xml', '--markdown=report.md']
    result = work.audit(need('python3'), '-B', 'victim.py', options=options)
    [fixed] = result.report['fixed_findings']
    assert result.status == 23 and fixed['verdict'] == 'leaked' and fixed['entries'] == 1 and fixed['made']
    assert 'fixed: 1 finding' in result.stderr and fixed['made'] in result.stderr
    markdown, junit = (work.path / 'report.md').read_text(), (work.path / 'junit.xml').read_text()
    assert 'a baseline to be renewed' in markdown and 'which fails the gate' in markdown
    assert 'failures="1"' in junit and 'name="the baseline is up to date"' in junit and 'renew it' in junit
    subprocess.run([need('xmllint'), '--noout', '--schema', str(SCHEMA), 'junit.xml'], cwd=work.path, check=True, timeout=LIMIT)


@pytest.mark.parametrize('name', ['x max=3', '[q]', 'ends with ', ' begins', 'n\nl', 'back\\slash', 'q?', 'max=4', '#hash', 'b\xff', 'plain'])
def test_a_rule_to_paste_hides_whatever_the_file_is_called(work, name):
    code = 'import os, sys\nos.execv("/usr/bin/touch", ["touch", os.environ["TMPDIR"] + "/" + sys.argv[1]])'
    command = ['/usr/bin/python3', '-c', code, os.fsdecode(name.encode('latin-1')) if '\xff' in name else name]
    [finding] = work.audit(*command).report['findings']
    for path in work.temp.iterdir():
        path.unlink()
    work.write('rules', finding['rule'] + '\n')
    again = work.audit(*command, options=['--suppressions=rules'])
    assert again.status == 0 and again.report['findings'] == [], (finding['rule'], again.stderr)


def test_no_function_of_an_interpreter_s_is_a_rule(work):
    """It would hide all that any script makes."""
    [finding] = work.audit(need('perl'), '-MFile::Temp=tempfile', '-e', 'my @made = tempfile(UNLINK => 0)').report['findings']
    assert finding['rule'].startswith('path:')


def test_rules_that_are_gone_at_the_end_cost_no_report(work):
    rules = work.write('rules', 'leak:nothing\n')
    done = work.pageleak('check', '--suppressions=rules', 'sh', '-c', 'mktemp temp/page-XXXXXX; rm rules')
    assert not rules.exists() and done.returncode == 23
    assert 'the report is made without its suppressions' in done.stderr and '1 page leaked' in done.stderr


@pytest.fixture
def audited(work):
    """An audit in cache/ with rules of its own, and its journal."""
    (work.path / 'cache').mkdir()
    work.write('rules', 'path:cache/hidden\n')
    work.write('make', 'for name in a b hidden; do : > cache/$name; done; : > other\n')
    done = work.pageleak('run', '--journal=audit.data', '--pages=cache/*', '--not-pages=cache/b', '--suppressions=rules', '--json=first.json', '--', 'sh', 'make')
    assert done.returncode == 0
    return work


def leaked(work, *arguments, **more):
    """Which names a report on the journal says to have leaked."""
    assert work.pageleak('report', '--json=later.json', *arguments, **more).returncode == 0
    report = work.load('later.json')
    return {os.path.basename(page['path']) for finding in report['findings'] for page in finding['pages'] if finding['verdict'] == 'leaked'}


def test_a_later_report_goes_by_the_rules_of_the_audit(audited):
    assert leaked(audited, 'audit.data') == {'a'}
    first, later = [json.loads((audited.path / name).read_text()) for name in ('first.json', 'later.json')]
    assert first['findings'] == later['findings'] and first['suppressed'] == later['suppressed']
    assert audited.pageleak('diff', 'first.json', 'audit.data').returncode == 0


@pytest.mark.parametrize('said, expected', [
    (['--pages=other'], {'other'}), (['--pages=cache/b'], {'b'}), (['--not-pages=cache/a'], {'b'}), (['--suppressions=/dev/null'], {'a', 'hidden'}),
    (['--pages=@default'], set())])
def test_what_is_said_anew_holds_alone(audited, said, expected):
    assert leaked(audited, *said, 'audit.data') == expected


def test_rules_that_are_gone_are_told(audited):
    (audited.path / 'rules').unlink()
    done = audited.pageleak('report', 'audit.data')
    assert done.returncode == 0 and 'left out, though the audit was begun with --suppressions' in done.stderr and 'cache/hidden' in done.stdout


@pytest.mark.parametrize('make', [os.mkfifo, os.mkdir])
def test_rules_that_are_no_file_any_more_are_told(audited, make):
    """A pipe (`<(...)`, /dev/stdin) is read once; whoever reads it later waits for good."""
    (audited.path / 'rules').unlink()
    make(audited.path / 'rules')
    done = audited.pageleak('report', 'audit.data')
    assert done.returncode == 0 and 'rules: no regular file; left out' in done.stderr and 'cache/hidden' in done.stdout


def test_no_rules_are_rules_too(work):
    assert work.pageleak('run', '--journal=audit.data', '--suppressions=/dev/null', 'mktemp').returncode == 0
    done = work.pageleak('report', 'audit.data')
    assert not done.stderr and '1 page leaked' in done.stdout


def test_rules_that_are_too_long_for_the_environment_stand_in_the_journal(work):
    """They are many, too: what the command keeps of them grows with their number, no faster."""
    if 'asan' in str(PAGELEAK):
        pytest.skip('sanitizers take address space without end')
    (work.path / 'cache').mkdir()
    said = ['--pages=n%d' % i for i in range(15000)] + ['--pages=cache/*', '--journal=audit.data', '--text=/dev/null']
    limited = ['sh', '-c', 'ulimit -v 800000; exec "$@"', 'sh', str(PAGELEAK)]
    done = subprocess.run([*limited, 'run', *said, 'touch', 'cache/a'], cwd=str(work.path), env=work.environ, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([*limited, 'report', 'audit.data'], cwd=str(work.path), env=work.environ, stdout=subprocess.PIPE)
    assert done.returncode == 0 and b'1 page leaked' in done.stdout


def test_rules_of_a_journal_from_somebody_else_are_not_read(audited):
    """They may name files that are not for its writer."""
    if os.geteuid():
        pytest.skip('takes root')
    os.chown(audited.path / 'audit.data', 12345, 12345)
    assert leaked(audited, '--force', '--pages=cache/*', 'audit.data') == {'a', 'b', 'hidden'}


def test_pages_that_nothing_matches_are_told(work):
    """A word that was misspelt says that all is well."""
    (work.path / 'cache').mkdir()
    result = work.audit('sh', '-c', ': > cache/a; rm cache/a', options=['--pages=cashe/**', '--pages=cache/*', '--pages=@default', '--text'])
    assert result.status == 0 and result.report['unused_rules'] == ['--pages=cashe/**'] and 'unused rule: --pages=cashe/**' in result.stdout


@pytest.mark.parametrize('glob', ['link/*', './link/**', 'link/', 'link/../link/f', '{work}/link/*', 'real/*'])
def test_directories_of_globs_may_be_links(work, glob):
    """Pages go by where they are in truth, whatever leads there."""
    (work.path / 're[a]l').mkdir()
    (work.path / 'link').symlink_to('re[a]l')
    (work.path / 'real').symlink_to('link')
    result = work.audit('sh', '-c', ': > link/f', options=['--pages=' + glob.format(work=work.path)])
    assert result.status == 23 and result.paths('leaked') == {str(work.path / 're[a]l' / 'f')}
    assert work.audit('sh', '-c', ': > link/f', options=['--pages=**', '--not-pages=' + glob.format(work=work.path)]).status == 0


def test_a_gate_may_ask_for_the_baseline_of_the_audit(work):
    """--fail-on-fixed is for a later report, which knows against what."""
    assert work.pageleak('run', '--json=base.json', '--journal=one.data', 'mktemp').returncode == 0
    assert work.pageleak('run', '--baseline=base.json', '--journal=two.data', 'true').returncode == 0
    assert work.pageleak('report', '--fail-on-fixed', 'two.data').returncode == 23
    assert work.pageleak('report', '--fail-on-fixed', 'one.data').returncode == 125


def test_a_cap_within_a_directory_leaves_the_directory(work):
    """It speaks for what is left in it, by who made it."""
    work.write('fill.py', 'import os, tempfile\nd = tempfile.mkdtemp(prefix="mx-")\ndef fill():\n    for i in range(3):\n'
               '        open(os.path.join(d, "f%d" % i), "w").close()\nfill()\n')
    work.write('rules', 'path:temp/mx-* max=1\n')
    result = work.audit('/usr/bin/python3', '-B', 'fill.py', options=['--suppressions=rules'])
    [finding] = result.report['findings']
    assert finding['entries'] == 3 and finding['api'] == 'mkdir' and finding['template'] == 'temp/mx-*'
