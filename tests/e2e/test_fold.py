"""Directories that are left: with what is in them, or alone; names that are made again."""
import os

SCRIPT = '''full=$(mktemp -d); mkdir $full/sub; for i in 1 2 3; do echo x > $full/sub/$i; done
empty=$(mktemp -d); touch $empty/a $empty/b; rm $empty/a $empty/b
again=$(mktemp); rm $again; echo x > $again
'''


def test_a_directory_with_all_that_is_in_it_is_one_finding(work):
    result = work.audit('sh', '-c', SCRIPT)
    assert result.status == 23 and result.paths('leaked') == result.new and len(result.new) == 7
    directories, again = sorted(result.report['findings'], key=lambda finding: -finding['entries'])
    assert directories['entries'] == 6 and directories['below'] == {'left': 4, 'removed': 2}
    assert [page['kind'] for page in directories['pages']][:2] == ['directory', 'directory']
    assert directories['api'] == 'mkdir' and directories['removed_before'] is None
    assert again['entries'] == 1 and again['removed_before'] and again['below'] == {'left': 0, 'removed': 0}
    assert directories['bytes'] == sum(os.lstat(page['path']).st_blocks * 512 for page in directories['pages'])
    for line in ('LEAKED  6 entries', 'with 4 entries below', '2 of 6 entries below were removed, and the directory left',
                 'made again after it had been removed'):
        assert line in result.stderr


def test_what_lies_in_a_directory_that_stays_is_not_folded(work):
    result = work.audit('sh', '-c', 'mkdir out; mkdir out/sub; touch out/sub/1 out/sub/2', options=['--pages=out/sub/*'])
    finding, = result.report['findings']
    assert finding['entries'] == 2 and finding['below'] == {'left': 0, 'removed': 0}


def test_one_fingerprint_whatever_is_in_it(work):
    ids = set()
    for what in ('true', 'touch $d/a', 'mkdir -p $d/b/c; touch $d/b/c/x; ln -s x $d/y'):
        result = work.audit('sh', '-c', 'd=$(mktemp -d); ' + what)
        finding, = result.report['findings']
        ids.add(finding['id'])
    assert len(ids) == 1


OUTSIDE = '''import os, sys, tempfile
def spill(where):
    made = tempfile.mkdtemp(dir=where)
    os.mkdir(os.path.join(made, "sub"))
    for name in "a", "sub/b":
        open(os.path.join(made, name), "w").close()
    return made
os.mkdir("out")
open("out/kept", "w").close()
spill("out")
os.rename(spill("out"), "out/result")
'''


def test_all_in_a_temporary_directory_is_temporary_wherever_it_is(work):
    """What got a lasting name is an output, with what is in it."""
    work.write('app.py', OUTSIDE)
    work.environ['TMPDIR'] = '/nowhere'
    result = work.audit('/usr/bin/python3', '-B', 'app.py')
    left = {path for path in result.new if '/out/tmp' in path}
    assert len(left) == 4 and result.paths('leaked') == left and len(result.report['findings']) == 1, result.report['findings']
    assert result.report['findings'][0]['below']['left'] == 3
    excluded = work.audit('/usr/bin/python3', '-B', 'app.py', options=['--not-pages=**/sub/**'])
    assert not [path for path in excluded.paths('leaked') if '/sub/' in path]
