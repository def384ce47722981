"""Nothing is lost and nothing is counted twice: many threads, with forks in between. PAGELEAK_HEAVY=1 for more of it."""
import os

from auditing import compiled, listing, record, report, place  # noqa: F401


def test_every_page_of_a_thread_pool_is_counted(place):  # noqa: F811
    threads, pages, forks = 8, 100_000 if os.environ.get('PAGELEAK_HEAVY') else 10_000, 40
    directory, journal = place / 'pages', place / 'journal'
    directory.mkdir()
    done = record(journal, [compiled('pool'), str(threads), str(pages), str(forks)], '--size=2G', cwd=directory, timeout=120)
    assert (done.returncode, done.stderr) == (0, b'')
    found = report(journal, '--pages=/**', timeout=60)
    assert found.coverage['events_lost'] == 0
    assert (found.coverage['complete'], found.coverage['unaudited']) == (True, [])
    assert found.summary == {**dict.fromkeys(found.summary, 0), 'released': threads * pages + forks * 100, 'leaked': forks}
    assert {os.fsdecode(path) for path in found.existing()} == {os.fsdecode(path) for path in listing(directory)}
    assert found.coverage['processes'] == 1 + forks
