"""A page is an inode, whatever it is called: links, renames, relative and hostile names (tests/victims/identity.py)."""
import os
import re
import sys

import pytest

from auditing import VICTIMS, listing, path_of, place, record, report  # noqa: F401

SOURCE = (VICTIMS / 'identity.py').read_text()
CASES = re.findall(r'^def (\w+)\(\):  # (.*); (\d+) released$', SOURCE, flags=re.M)


def test_every_case_is_run():
    assert len(CASES) == len(re.findall(r'^def \w+\(\):', SOURCE, flags=re.M))


@pytest.mark.parametrize('name,leaked,released', CASES, ids=[case[0] for case in CASES])
def test_names(name, leaked, released, place):  # noqa: F811
    pages, journal = place / 'p', place / 'journal'
    pages.mkdir()
    done = record(journal, [sys.executable, '-B', '-S', VICTIMS / 'identity.py', name], cwd=pages)
    assert (done.returncode, done.stderr) == (0, b'')
    found = report(journal, '--pages=/**')
    there = listing(pages)
    if re.fullmatch(r'[a-z0-9/ ]+', leaked) and leaked not in ('all', 'nothing') and '..' not in leaked:
        assert there == {os.fsencode(pages / path) for path in leaked.split()}
    assert found.existing() == sorted(there)
    assert {path_of(page) for _, page in found.pages('leaked')} == there
    assert found.summary == {**dict.fromkeys(found.summary, 0), 'leaked': len(there), 'released': int(released)}
    assert found.coverage['complete'] and not found.coverage['limits']
