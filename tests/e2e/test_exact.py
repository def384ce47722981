"""Nothing is lost and nothing is counted twice: many threads, with forks in between. PAGELEAK_HEAVY=1 for more of it."""
import os

from harness.audits import record, report
from harness.listing import listing
from harness.victims import compiled


def test_every_page_of_a_thread_pool_is_counted(work):
    threads, pages, forks = 8, 100_000 if os.environ.get('PAGELEAK_HEAVY') else 10_000, 40
    directory, journal = work.path / 'pages', work.path / 'journal'
    directory.mkdir()
    done = record(journal, [compiled('pool'), str(threads), str(pages), str(forks)], '--size=2G', cwd=directory)
    assert (done.returncode, done.stderr) == (0, b'')
    found = report(journal, '--pages=/**')
    assert found['coverage']['events_lost'] == 0
    assert (found['coverage']['complete'], found['coverage']['unaudited']) == (True, [])
    assert found.totals() == {'released': threads * pages + forks * 100, 'leaked': forks}
    assert found.existing() == sorted(listing(directory))
    assert found['coverage']['processes'] == 1 + forks
