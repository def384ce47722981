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


def test_what_mktemp_made_is_a_page_wherever_it_is(work):
    """Not what got a lasting name; and not what another program put beside it."""
    script = 'mkdir out; mktemp out/page-XXXXXX; d=$(mktemp -d out/dir-XXXXXX); : > $d/a; t=$(mktemp out/new-XXXXXX); mv $t out/result; : > out/plain'
    result = work.audit('sh', '-c', script, options=['--show-kept'])
    assert sorted(path.split('out/')[1].split('-')[0] for path in result.paths('leaked')) == ['dir', 'dir', 'page']
    assert result.paths('kept') == {str(work.path / 'out'), str(work.path / 'out/plain')} and result.paths('adopted') == {str(work.path / 'out/result')}
    assert {finding['judged'] for finding in result.report['findings'] if finding['verdict'] == 'leaked'} == {'temp-api'}
