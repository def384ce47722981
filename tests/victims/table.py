"""A table that keeps its data on disk, and the ways in which its pages go away.

Run as `table.py [STEP]` in an empty directory, audited with --pages='cache/**'.

explicit   calls the release code itself                     1 page, released
collected  drops the table and makes the collector run       1 page, released
held       drops its own name while something else has one   1 page, late: released when the interpreter shuts down
cycle      the table is part of a reference cycle, no gc     1 page, late or leaked, as the interpreter decides
retry      collects only if the page is still there          1 page, released
leak       (the usual one) ends before the tables are freed  3 pages leaked
"""
import gc
import os
import sys


class Table(object):
    count = 0

    def __init__(self, data):
        Table.count += 1
        self.page = os.path.join('cache', '%d.dat' % Table.count)
        with open(self.page, 'wb') as page:
            page.write(data)

    def __del__(self, unlink=os.unlink):
        if self.page:
            unlink(self.page)
            self.page = None


def explicit():
    table = Table(b'123')
    page = table.page
    table.__del__()
    assert not os.path.exists(page)


def collected():
    table = Table(b'123')
    page = table.page
    gc.collect()
    del table
    gc.collect()
    assert not os.path.exists(page)


harness = []


def held():
    table = Table(b'123')
    harness.append(table)
    page = table.page
    del table
    assert os.path.exists(page)


def cycle():
    gc.disable()
    table = Table(b'123')
    table.itself = table
    page = table.page
    del table
    assert os.path.exists(page)


def retry():
    table = Table(b'123')
    table.itself = table
    page = table.page
    del table
    if os.path.exists(page):
        gc.collect()
    assert not os.path.exists(page)


def leak():
    harness.extend(Table(b'x' * 5000) for _ in range(3))
    sys.stdout.flush()
    os._exit(0)


if __name__ == '__main__':
    if not os.path.isdir('cache'):
        os.mkdir('cache')
    globals()[sys.argv[1] if len(sys.argv) > 1 else 'leak']()
