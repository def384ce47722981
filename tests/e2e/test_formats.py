"""GitHub annotations and Markdown: what they point at, and that names are not taken for anything else."""
import re

import pytest

from harness.machine import need
from harness.paths import PAGELEAK

HOSTILE = r'''import os
names = ["a\n::error file=x::y", "b|`<b>&", "c%0A::d", "e\r\x1b[31m", "f\xff".encode("latin-1")]
for name in names:
    base = os.fsencode(os.environ["TMPDIR"]) + b"/"
    os.close(os.open(base + (name if isinstance(name, bytes) else os.fsencode(name)), os.O_CREAT | os.O_EXCL))
'''


def test_an_annotation_points_at_the_user_s_line(work):
    (work.path / 'src').mkdir()
    (work.path / '.git').mkdir()
    work.write('src/app.py', 'import tempfile\n\n\ndef make():\n    return tempfile.mkdtemp()\n\n\nmake()\n')
    result = work.audit(need('python3'), '-B', 'src/app.py', options=['--github', '--text=/dev/null'])
    assert result.status == 23
    line, = result.stdout.splitlines()
    assert re.match(r'::error file=src/app\.py,line=5,title=pageleak leaked::1 page leaked, \d+ bytes: temp/tmp\w*\*?, made by make', line)


def test_places_are_relative_to_the_repository(work):
    (work.path / 'deep' / '.git').mkdir(parents=True)
    (work.path / 'deep' / 'src').mkdir()
    work.write('deep/src/app.py', 'import tempfile\ntempfile.mkdtemp()\n')
    result = work.audit('sh', '-c', 'cd deep/src && exec "$0" check --github --text=/dev/null python3 -B app.py', PAGELEAK,
                        options=['--text=/dev/null'], subcommand='run')
    assert result.stdout.startswith('::error file=src/app.py,line=2,title=pageleak leaked::')


def test_what_does_not_fail_the_gate_is_a_warning(work):
    result = work.audit(need('python3'), '-c', 'import tempfile; t = tempfile.TemporaryDirectory()', options=['--github', '--text=/dev/null'])
    assert result.status == 0 or result.entries('late')
    assert all(line.startswith(('::warning ', '::error ')) for line in result.stdout.splitlines())
    result = work.audit('sh', '-c', 'mktemp > /dev/null', options=['--github', '--text=/dev/null'], subcommand='run')
    assert result.stdout.startswith('::error title=pageleak leaked::1 page leaked')


def test_ten_annotations_and_how_many_more(work):
    work.write('victim.py', 'import os\n' + ''.join(
        'os.close(os.open(os.environ["TMPDIR"] + "/n%d", os.O_CREAT))\n' % number for number in range(13)))
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--github', '--text=/dev/null'])
    lines = result.stdout.splitlines()
    assert len(lines) == 10 and lines[-1].endswith('%0A... and 3 more findings')


@pytest.mark.parametrize('format', ['github', 'markdown'])
def test_hostile_names(work, format):
    work.write('victim.py', HOSTILE)
    result = work.audit(need('python3'), '-B', 'victim.py', options=['--' + format, '--text=/dev/null'])
    assert result.entries('leaked') == 5
    if format == 'github':
        for line in result.stdout.splitlines():
            assert line.startswith('::error ') and line.count('::') - line.split('::', 2)[2].count('::') == 2
            assert not re.search(r'[\x00-\x1f\x7f]', line)
    else:
        assert not re.search(r'[\x00-\x09\x0b-\x1f\x7f]', result.stdout)
        assert '<b>' not in result.stdout and '&lt;b&gt;' in result.stdout
        rows = [line for line in result.stdout.splitlines() if line.startswith('| leaked')]
        assert rows and all(row.count('|') == 7 for row in rows)


def test_markdown_of_a_clean_run(work):
    result = work.audit('true', options=['--markdown', '--text=/dev/null'])
    assert result.stdout.startswith('### pageleak: no leaks\n') and '<details>' not in result.stdout


def test_markdown_has_the_findings_to_unfold(work):
    result = work.audit('sh', '-c', 'mktemp -d > /dev/null', options=['--markdown', '--text=/dev/null'])
    assert '### pageleak: pages were left' in result.stdout
    assert '<details><summary>1 page leaked' in result.stdout and 'LEAKED  1 entry' in result.stdout
