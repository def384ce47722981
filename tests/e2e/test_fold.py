"""Directories that are left: with what is in them, or alone; names that are made again."""
import os
import subprocess

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


SERVICE = '''import os, tempfile
def init():
    return tempfile.mkdtemp(prefix="svc-")
def handle(where, number):
    open(os.path.join(where, "req-%d.tmp" % number), "w").close()
class Cache:
    def __init__(self):
        self.where = tempfile.mkdtemp(prefix="cache-")
    def put(self, name):
        open(os.path.join(self.where, name), "w").close()
def job():
    where = tempfile.mkdtemp(prefix="job-")
    handle(where, 0)
where = init()
for number in range(1, 6):
    handle(where, number)
cache = Cache()
cache.put("a"); cache.put("b")
job()
'''


def test_who_fills_a_directory_that_another_function_made_is_told(work):
    """But not what it makes for the maker, or for the object that has the directory."""
    work.write('service.py', SERVICE)
    result = work.audit('/usr/bin/python3', '-B', 'service.py')
    assert result.paths('leaked') == result.new
    made = {finding['made'].split(' ')[0]: finding['entries'] for finding in result.report['findings']}
    assert made == {'handle': 5, 'init': 1, 'Cache.__init__': 3, 'job': 2}, made


LATE = '''import atexit, os, shutil, tempfile
def fill(where):
    os.mkdir(where + "/sub")
    for name in "a", "sub/b", "sub/c":
        open(os.path.join(where, name), "w").close()
def job():
    where = tempfile.mkdtemp(prefix="late-")
    atexit.register(shutil.rmtree, where)
    fill(where)
    open(where + "/gone", "w").close()
    os.unlink(where + "/gone")
    return where
where = job()
def other():
    open(where + "/other", "w").close()
    open(os.path.dirname(where) + "/beside", "w").close()
    atexit.register(os.unlink, os.path.dirname(where) + "/beside")
other()
'''


def test_a_late_directory_speaks_for_what_is_late_in_it(work):
    """But not for what another function put there, and not for what was removed in time."""
    work.write('app.py', LATE)
    result = work.audit('/usr/bin/python3', '-B', 'app.py', subcommand='run')
    assert result.entries('late') == 7
    made = [(finding['made'].split(' ')[0], finding['entries'], finding['below']['left']) for finding in result.report['findings']]
    assert sorted(made) == [('job', 5, 4), ('other', 1, 0), ('other', 1, 0)]
    job, = [finding for finding in result.report['findings'] if finding['entries'] == 5]
    assert job['below']['removed'] == 0 and job['pages'][0]['kind'] == 'directory' and job['release']['api'] == 'rmdir'
    assert 'with 4 entries below' in result.stderr


def test_the_rule_of_a_directory_hides_what_is_told_with_it(work):
    work.write('tree.sh', 'mkdir -p "$TMPDIR/a/b"; touch "$TMPDIR/a/x" "$TMPDIR/a/b/y"; d=$(mktemp -d); touch "$d/z"\n')
    rules = [finding['rule'] for finding in work.audit('sh', 'tree.sh').report['findings']]
    subprocess.run('rm -rf temp/*', shell=True, cwd=work.path, check=True)
    work.write('rules', '\n'.join(rules) + '\n')
    again = work.audit('sh', 'tree.sh', options=['--suppressions=rules'])
    assert again.status == 0 and again.report['findings'] == [], (rules, again.stderr)
