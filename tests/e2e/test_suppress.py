"""Rules for what is not to count, and what programs leave by design, on real programs."""
from conftest import need

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
