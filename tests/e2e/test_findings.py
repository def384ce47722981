"""What a finding stands for: every name that is left, and an id that does not depend on where it was left."""
import subprocess

import pytest


def test_every_name_of_an_inode_is_listed(work):
    script = work.write('script', 't=$(mktemp) && ln "$t" output && ln "$t" "$t.2"\n')
    result = work.audit('sh', script, options=['--show-kept'])
    assert result.status == 23
    assert result.paths() == result.new and len(result.new) == 3
    assert result.paths('leaked') == {path for path in result.new if not path.endswith('output')}
    assert sum(page['bytes'] for page in result.pages()) == 0


def test_the_id_is_that_of_the_place_not_of_the_name(work):
    ids = set()
    for name in ('here', 'there'):
        work.temp = work.path / name
        work.temp.mkdir()
        work.environ['TMPDIR'] = str(work.temp)
        result = work.audit('sh', '-c', 'mktemp; mktemp -d', watch=work.temp)
        assert len(result.new) == 2
        ids.add(tuple(sorted(finding['id'] for finding in result.report['findings'])))
    assert len(ids) == 1 and len(set(ids.pop())) == 2


@pytest.mark.parametrize('count', [1, 2, 5])
def test_names_of_python_s_tempfile(work, count):
    """Eight characters of its own, however they fall: neither do some of them stay, nor does anything of the prefix go."""
    work.write('left.py', 'import tempfile\nfor _ in range(%d):\n    tempfile.mkdtemp(prefix="spill")\n    tempfile.mkstemp(prefix="page", suffix=".tar.gz")\n'
               '    tempfile.NamedTemporaryFile(delete=False)\n' % count)
    for _ in range(3):
        found = work.audit('/usr/bin/python3', '-B', 'left.py').report['findings']
        assert sorted(finding['template'] for finding in found) == ['temp/page*.tar.gz', 'temp/spill*', 'temp/tmp*']


def test_a_single_name_of_mkstemp_has_a_template(work):
    """Six letters tell nothing, however they fall: that mkstemp chose them is known."""
    work.write('left.c', '#include <stdlib.h>\nint main(void) { char name[] = "temp/page-XXXXXX"; return mkstemp(name) < 0; }\n')
    subprocess.run(['cc', '-o', 'left', 'left.c'], cwd=str(work.path), check=True)
    for _ in range(4):
        finding, = work.audit('./left').report['findings']
        assert finding['template'] == 'temp/page-*'


@pytest.mark.parametrize('arguments, template, rule', [
    ('-p temp fooXXX', 'temp/foo*', 'path:temp/foo*'), ('-t cacheXXXX', 'temp/cache*', 'path:temp/cache*'), ('', 'temp/tmp.*', 'path:temp/tmp.*'),
    ('--suffix=.tar.gz abcXXXX', 'abc*.tar.gz', 'path:abc*.tar.gz'), ('-d temp/XXXXXXXX', 'temp/*', 'process:**/mktemp')])
def test_what_mktemp_was_told_is_what_its_names_have_in_common(work, arguments, template, rule):
    """And a rule that is any name would hide everybody's."""
    for _ in range(2):
        [finding] = work.audit('sh', '-c', 'mktemp ' + arguments).report['findings']
        assert (finding['template'], finding['rule']) == (template, rule)


def test_what_mktemp_made_is_a_page_wherever_it_is(work):
    """Not what got a lasting name; and not what another program put beside it."""
    script = 'mkdir out; mktemp out/page-XXXXXX; d=$(mktemp -d out/dir-XXXXXX); : > $d/a; t=$(mktemp out/new-XXXXXX); mv $t out/result; : > out/plain'
    result = work.audit('sh', '-c', script, options=['--show-kept'])
    assert sorted(path.split('out/')[1].split('-')[0] for path in result.paths('leaked')) == ['dir', 'dir', 'page']
    assert result.paths('kept') == {str(work.path / 'out'), str(work.path / 'out/plain')} and result.paths('adopted') == {str(work.path / 'out/result')}
    assert {finding['judged'] for finding in result.report['findings'] if finding['verdict'] == 'leaked'} == {'temp-api'}


def test_two_calls_on_one_line_are_one_finding(work):
    """Nothing that could be shown of them differs. Those of another line, or that another object owns, are apart."""
    work.write('left.c', '#include <stdlib.h>\n#include <unistd.h>\nint main(void) { char a[] = "temp/page-XXXXXX", b[] = "temp/page-XXXXXX", c[] = "temp/page-XXXXXX";\n'
               'close(mkstemp(a)); close(mkstemp(b));\nclose(mkstemp(c)); char d[] = "temp/page-XXXXXX"; close(mkstemp(d)); return unlink(d); }\n')
    subprocess.run(['cc', '-g', '-o', 'left', 'left.c'], cwd=str(work.path), check=True)
    result = work.audit('./left')
    assert result.status == 23 and result.paths('leaked') == result.new
    shown = {finding['native'][0]['line']: (finding['entries'], finding['site_created']) for finding in result.report['findings']}
    assert shown == {4: (2, 2), 5: (1, 1)}


def test_two_calls_on_one_line_are_one_finding_beside_others_of_that_line(work):
    """The same line of several files, functions whose names are as long."""
    calls = '#define PAIR(f) static void f(void) { char a[] = "temp/page-XXXXXX", b[] = "temp/page-XXXXXX"; make(a); make(b); }\n'
    work.write('left.c', '#include <stdlib.h>\n#include <unistd.h>\nstatic void make(char *name) { close(mkstemp(name)); }\n' + calls +
               '#include "a.h"\n#include "b.h"\n#include "c.h"\nint main(void) { make_a(); make_b(); make_c(); }\n')
    for name in 'abc':
        work.write(name + '.h', 'PAIR(make_%s)\n' % name)
    subprocess.run(['cc', '-g', '-o', 'left', 'left.c'], cwd=str(work.path), check=True)
    result = work.audit('./left')
    assert result.paths('leaked') == result.new and len(result.new) == 6
    assert [finding['entries'] for finding in result.report['findings']] == [2, 2, 2]


OUTPUTS = {
    'install': 'echo a > source; for i in 1 2 3 4 5; do install source target; done',
    'git': 'git init -q . && git config user.email a@b && git config user.name n && echo 1 > here && echo 1 > there && git add . && git commit -qm a && '
           'git checkout -qb other && echo 2 > here && git rm -q there && git commit -qam b && for i in 1 2 3 4 5; do git checkout -q -; done',
    'make': r'printf "all: a\n\tcp a b\na:\n\techo > a\nclean:\n\trm -f a b\n" > Makefile; for i in 1 2 3 4 5; do make -s clean; make -s; done',
    'shell': 'for i in 1 2 3 4 5; do rm -f built; echo $i > built; done; for i in 1 2 3 4 5; do rm -f sorted; sort built > sorted; done',
    'packs': 'git init -q . && git config user.email a@b && git config user.name n && for i in 1 2 3 4; do echo $i > f && git add f && git commit -qm $i && git gc -q && '
             'git tag v$i; done',
    'releases': 'for i in 1 2 3 4 5; do tar cf release-$i.tar /etc/passwd 2>&1; ls -t release-* | tail -n +2 | xargs -r rm; done',
}


@pytest.mark.parametrize('how', OUTPUTS)
def test_outputs_that_are_written_anew_time_and_again(work, how):
    """Each time the old one is removed first; the last one stays, and is none that was forgotten."""
    result = work.audit('sh', '-c', OUTPUTS[how], options=['--show-kept'])
    assert result.status == 0 and result.report['coverage']['complete'], result.stderr
    assert not result.paths('leaked')
    assert {path for path in result.new if '/.git' not in path} <= result.paths('kept') | {str(work.path / 'Makefile')}


def test_a_lock_that_was_left_once(work):
    """A name that is mostly away, and whose maker removes it: that it stands now is no output."""
    work.write('locks.py', 'import os, time\nfor i in range(6):\n    os.close(os.open("lock", os.O_CREAT | os.O_EXCL))\n    if i < 5:\n'
               '        os.unlink("lock")\n        time.sleep(0.01)\n')
    result = work.audit('/usr/bin/python3', '-B', 'locks.py')
    assert result.status == 23 and result.paths('leaked') == {str(work.path / 'lock')}


MAKERS = {
    'what it started': ('import os, subprocess\nfor i in range(6):\n    subprocess.check_call(["sort", "-o", "part-%d" % i, "makes.py"])\n'
                        '    if i != 3:\n        os.unlink("part-%d" % i)\n'),
    'what started it': ('import subprocess\nfor i in range(6):\n    open("part-%d" % i, "w").close()\n    if i != 3:\n'
                        '        subprocess.check_call(["rm", "part-%d" % i])\n'),
    'workers': ('import os\nfor i in range(6):\n    if not os.fork():\n        open("part-%d" % i, "w").close()\n        os._exit(0)\n    os.wait()\n'
                '    if not os.fork():\n        i == 3 or os.unlink("part-%d" % i)\n        os._exit(0)\n    os.wait()\n'),
}


@pytest.mark.parametrize('who', MAKERS)
def test_a_scratch_file_that_was_left_by_one_of_several_processes(work, who):
    """One program has two processes: one makes, the other removes."""
    work.write('makes.py', MAKERS[who])
    result = work.audit('/usr/bin/python3', '-B', 'makes.py')
    assert result.status == 23 and result.paths('leaked') == {str(work.path / 'part-3')}


def test_one_of_two_that_went_says_nothing_of_the_other(work):
    """A step and the result: in Perl all calls are one place, whose lines nobody tells."""
    result = work.audit('perl', '-e', 'for my $n (1, 2) { open F, ">step$n"; print F $n; close F; } unlink "step1";', options=['--show-kept'])
    assert result.status == 0 and result.paths('kept') == {str(work.path / 'step2')}
