"""The example in the README and the guide in docs/why.md: their programs are run, and what is shown is what pageleak says."""
import os
import re
import shlex
import subprocess

import pytest

from harness.paths import ROOT


def blocks():
    """The indented blocks of the README's first example and of the guide, each a list of lines; a blank line between two of them is of the
    text if the second names a file or a command."""
    example = (ROOT / 'README.md').read_text().split('\n## ')[0]
    found = []
    for line in (example + '\n' + (ROOT / 'docs' / 'why.md').read_text()).split('\n'):
        if line.startswith('    '):
            if not found or not found[-1] or re.match(r'    (# \w+\.py$|\$ )', line):
                found.append([])
            found[-1].append(line[4:])
        elif line and found and found[-1]:
            found.append([])
        elif found and found[-1]:
            found[-1].append('')
    return [block for block in found if block]


FILES = {block[0][2:]: '\n'.join(block[1:]) for block in blocks() if block[0].startswith('# ')}
SESSIONS = [block for block in blocks() if block[0].startswith('$ ')]
COMMANDS = [block for block in SESSIONS if block[0] != '$ echo $?']
STATUS = {before[0]: int(after[1]) for before, after in zip(SESSIONS, SESSIONS[1:]) if after[0] == '$ echo $?'}


def plain(text):
    """Without what differs from run to run."""
    for pattern, by in ((r' at 0x[0-9a-f]+', ' at 0x0'), (r'pid \d+', 'pid 0'), (r'\b\d[0-9.e-]* ?s\b', '0 s'), (r'\.\.\. \d+ more', '... 0 more'),
                        (r'(pathlib|tempfile)\.py:\d+', r'\1.py:0'),
                        (r'(\S*/)?te?mp/orders-(\w{8}|\*)', '/tmp/orders-*'), (r' \([\d.]+ [KM]iB\)', ''), (r'\b[\d.]+ ([KM]i)?B\b', '0 B')):
        text = re.sub(pattern, by, text)
    return text


def test_the_guide_is_found():
    assert {'upload.py', 'table.py', 'step1.py', 'step2.py', 'step3.py', 'step4.py', 'test_table.py', 'tables.py'} <= set(FILES)
    assert len(COMMANDS) == 8 and list(STATUS.values()) == [23, 23]


@pytest.mark.parametrize('block', COMMANDS, ids=[block[0].rpartition('python3 ')[2] for block in COMMANDS])
def test_guide(work, block):
    command = shlex.split(block[0][2:])
    work.environ.update(PATH='/usr/bin:' + os.environ['PATH'], PYTHONDONTWRITEBYTECODE='1', PYTEST_ADDOPTS='-p no:cacheprovider')
    for name, text in FILES.items():
        if name in ('table.py', command[-1]) or 'pytest' in command and name.startswith('test_'):
            work.write(name, text)
    version, = {subprocess.check_output(['python3', '-c', 'import sys; print(sys.version_info[:2] == (3, 11))'], env=work.environ)}
    if version != b'True\n':
        pytest.skip('the guide was made with Python 3.11')
    if 'pytest' in command and subprocess.call(['python3', '-c', 'import pytest'], env=work.environ, stderr=subprocess.DEVNULL):
        pytest.skip('no pytest for python3')
    assert command[0] == 'pageleak'
    said = work.pageleak(*command[1:])
    assert said.returncode == STATUS.get(block[0], said.returncode)
    lines = plain(said.stdout + said.stderr).split('\n')
    at, skipping = 0, False
    for line in plain('\n'.join(block[1:])).strip('\n').split('\n'):
        if line == '...':
            skipping = True
            continue
        assert line in lines[at:] if skipping else lines[at] == line, (line, lines[at:at + 4])
        at, skipping = lines.index(line, at) + 1, False
