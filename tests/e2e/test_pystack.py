"""Python stacks as the journal has them against what sys._getframe says at the same call: file, line, function, `self`."""
import json
import os
import struct

from harness.audits import record, report
from harness.paths import VICTIMS

PLANS, THREADS = int(os.environ.get('PAGELEAK_PLANS', '100')), 3
HEADER, CHUNK_HEADER, ALIGN = 4096, 32, 4096
EVENT, STRING, MADE = 7, 8, 1


def objects(journal):
    """Path -> the innermost `self` that its creation was recorded with. The report shows that of a finding's first page only;
    the layout is preload/format/format.h's."""
    data = journal.read_bytes()
    end = struct.unpack_from('<Q', data, 48)[0]
    found, chunk = {}, HEADER
    while chunk < end:
        magic, size = struct.unpack_from('<4sI', data, chunk)
        if magic != b'PLCK':
            chunk += ALIGN
            continue
        at, chunk = chunk + CHUNK_HEADER, chunk + size
        while at < chunk:
            length, kind = struct.unpack_from('<IH', data, at)
            if kind == EVENT and data[at + 82] == MADE and data[at + 83]:
                address, text, _ = struct.unpack_from('<QII', data, at + 88)
                path_size = struct.unpack_from('<H', data, at + 76)[0]
                path = at + 88 + 16 * data[at + 83]
                name = text * 8 + 20, struct.unpack_from('<I', data, text * 8 + 16)[0]
                found[data[path:path + path_size].decode()] = [data[name[0]:name[0] + name[1]].decode().rsplit('.', 1)[-1],
                                                               hex(address)]
            at += length or 8
    return found


def test_stacks_are_the_interpreters_own(python, work):
    pages, told, journal = work.path / 'pages', work.path / 'told.json', work.path / 'journal'
    pages.mkdir()
    seed = int(os.environ.get('PAGELEAK_SEED', '1'))
    done = record(journal, [python, '-B', VICTIMS / 'stacks.py', str(seed), str(PLANS), str(THREADS), told], '--size=256M',
                  cwd=pages)
    assert (done.returncode, done.stderr) == (0, b'')
    expected = json.loads(told.read_text())
    found = report(journal)
    assert found['coverage']['events_lost'] == 0
    assert 'Python' not in found.limits()

    seen = {os.path.basename(page['path']): finding['python'] for finding, page in found.pairs()
            if os.path.dirname(page['path']) == str(pages)}
    assert set(seen) == set(expected)
    for path, stack in seen.items():
        assert [[frame['function'], frame['file'], frame['line']] for frame in stack] == expected[path]['stack'], path

    selves = objects(journal)
    checked = {path: want['object'] for path, want in expected.items() if want['checked']}
    assert {path: selves.get(path) for path in checked} == checked
    assert sum(thing is not None for thing in checked.values()) > 10 * PLANS
    for finding, page in ((finding, finding['pages'][0]) for finding in found['findings']):
        if page['path'] in checked:
            thing = finding['owner']['object']
            assert thing and [thing['type'].rsplit('.', 1)[-1], thing['address']] == checked[page['path']]


DELETED = """
class Table:
    def store(self, path, number):
        load = lambda: number
        del self
        return load, open(path, 'w')

for number in range(20):
    Table().store('page-%d' % number, number)
"""


def test_a_self_that_was_deleted(python, work):
    """Its slot is as empty as that of one that a closure captures: what lies behind the cells is no object of the frame's."""
    pages, journal = work.path / 'pages', work.path / 'journal'
    pages.mkdir()
    done = record(journal, [python, '-B', '-c', DELETED], '--size=64M', cwd=pages)
    assert (done.returncode, done.stderr) == (0, b'')
    assert len(report(journal).existing()) == 20
    assert objects(journal) == {}


def test_lines_of_long_code(python, work):
    """Some 400 KB of bytecode: instructions that are a multiple of 64 KB apart are other places all the same."""
    (work.path / 'pages').mkdir()
    lines = ['import os'] + ['os.close(os.open("pages/%d", os.O_CREAT))' % number for number in range(2, 8194)]
    (work.path / 'long.py').write_text('\n'.join(lines))
    done = record(work.path / 'journal', [python, '-B', 'long.py'], '--size=256M', cwd=work.path)
    assert (done.returncode, done.stderr) == (0, b'')
    found = report(work.path / 'journal', '--pages=pages/**', cwd=work.path)
    told = {int(os.path.basename(page['path'])): finding['python'][-1]['line'] for finding, page in found.pairs('leaked')
            if os.path.basename(page['path']).isdigit()}
    assert told == {number: number for number in range(2, 8194)}
