"""A page is an inode, whatever it is called: links, renames, relative and hostile names (tests/victims/identity.py)."""
import re
import sys

import pytest

from harness.audits import name_of, record, report
from harness.listing import listing
from harness.paths import VICTIMS

SOURCE = (VICTIMS / 'identity.py').read_text()
CASES = re.findall(r'^def (\w+)\(\):  # (.*); (\d+) released$', SOURCE, flags=re.M)


def test_every_case_is_run():
    assert len(CASES) == len(re.findall(r'^def \w+\(\):', SOURCE, flags=re.M))


@pytest.mark.parametrize('name,leaked,released', CASES, ids=[case[0] for case in CASES])
def test_names(name, leaked, released, work):
    pages, journal = work.path / 'p', work.path / 'journal'
    pages.mkdir()
    done = record(journal, [sys.executable, '-B', '-S', VICTIMS / 'identity.py', name], cwd=pages)
    assert (done.returncode, done.stderr) == (0, b'')
    found = report(journal, '--pages=/**')
    there = set(listing(pages))
    if re.fullmatch(r'[a-z0-9/ ]+', leaked) and leaked not in ('all', 'nothing') and '..' not in leaked:
        assert there == {str(pages / path) for path in leaked.split()}
    assert found.existing() == sorted(there)
    assert {name_of(page) for page in found.pages('leaked')} == there
    assert (found.entries('leaked'), found.entries('released'), sum(found.totals().values())) == (len(there), int(released), len(there) + int(released))
    assert found['coverage']['complete'] and not found['coverage']['limits']
