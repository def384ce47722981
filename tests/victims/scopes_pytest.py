"""Tests that leave pages behind, each for another reason; run by pytest as test_pages.py, with table.py beside it. Every test makes one
page, or one a fixture. What pageleak is to say of each stands in tests/e2e/test_scopes.py."""
import collections
import functools
import gc
import multiprocessing
import os
import threading

import pytest
from table import Table

if not os.path.isdir('cache'):
    os.mkdir('cache')
gc.disable()


class Node(object):
    pass


class Page(Table):
    """Its pages have the test's name: table.Table counts, in each process for itself."""

    def __init__(self, name):
        self.page = os.path.join('cache', name + '.dat')
        with open(self.page, 'wb') as page:
            page.write(b'123')


def test_released():
    page = Page('released')
    del page


def test_assertion():
    page = Page('assertion')
    other, path = page, page.page
    del page
    assert not os.path.exists(path), other


def test_global():
    global kept
    kept = Page('global')


def test_cycle():
    page, node = Page('cycle'), Node()
    page.node, node.page = node, page


def test_deque():
    page = Page('deque')
    page.queue = collections.deque([page])


@functools.lru_cache(maxsize=None)
def load(name):
    return Page(name)


def test_cached():
    load('cached')


def test_closure():
    page = Page('closure')

    def size():
        return os.path.getsize(page.page)
    global size_of
    size_of = size


def test_generator():
    def pages():
        page = Page('generator')
        yield page.page
    global suspended
    suspended = pages()
    next(suspended)


storage = threading.local()


def test_thread_local():
    storage.page = Page('thread_local')


def test_caught():
    def fails():
        page = Page('caught')
        raise ValueError(page.page)
    global caught
    with pytest.raises(ValueError) as caught:
        fails()


def test_raises():
    class Broken(Page):
        def __del__(self):
            raise RuntimeError('cannot')
    Broken('raises')


def test_resurrected():
    class Stubborn(Page):
        def __del__(self):
            global survivor
            survivor = self
    Stubborn('resurrected')


def test_forked():
    pid = os.fork()
    if pid == 0:
        page = Page('forked')
        os._exit(0 if page else 1)
    os.waitpid(pid, 0)


def in_worker():
    global kept
    kept = Page('worker')


def test_worker():
    process = multiprocessing.get_context('fork').Process(target=in_worker)
    process.start()
    process.join()


# ---- fixtures ----

@pytest.fixture
def returned():
    return Page('returned')


@pytest.fixture
def yielded():
    page = Page('yielded')
    yield page
    assert os.path.exists(page.page)


@pytest.fixture
def keeping():
    global kept_by_fixture
    kept_by_fixture = Page('keeping')


@pytest.fixture
def tearing():
    yield
    global torn
    torn = Page('tearing')


@pytest.fixture(scope='module')
def of_module():
    return Page('of_module')


@pytest.fixture(scope='session')
def of_session():
    page = Page('of_session')
    yield page
    page.__del__()


def test_fixtures(returned, yielded, of_module, of_session):
    pass


def test_setup(keeping):
    pass


def test_teardown(tearing):
    pass


def test_after_fixtures(of_module, of_session):
    assert not os.path.exists('cache/returned.dat') and not os.path.exists('cache/yielded.dat')


class TestClass(object):
    @classmethod
    def setup_class(cls):
        cls.released, cls.forgotten = Page('class_released'), Page('class_forgotten')

    @classmethod
    def teardown_class(cls):
        del cls.released

    def setup_method(self):
        self.page = Page('method')

    def teardown_method(self):
        self.page.__del__()

    def test_one(self):
        self.own = Page('own')

    def test_two(self):
        assert os.path.exists('cache/class_released.dat')
