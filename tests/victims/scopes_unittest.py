"""Tests that leave pages behind, each for another reason; run by unittest as test_pages.py, with table.py beside it. A page has the name
of its test, or of what made it. What pageleak is to say of each stands in tests/e2e/test_scopes.py."""
import collections
import functools
import gc
import os
import threading
import unittest

try:
    from unittest import mock
except ImportError:
    mock = None
from table import Table

if not os.path.isdir('cache'):
    os.mkdir('cache')
gc.disable()
kept = []
storage = threading.local()


class Node(object):
    pass


class Page(Table):
    def __init__(self, name):
        self.page = os.path.join('cache', name + '.dat')
        with open(self.page, 'wb') as page:
            page.write(b'123')


@functools.lru_cache(maxsize=None)
def load(name):
    return Page(name)


class TestPages(unittest.TestCase):
    def test_released(self):
        page = Page('released')
        del page

    def test_assertion(self):
        """The harness has let go of the traceback when the test is over."""
        page = Page('assertion')
        other, path = page, page.page
        del page
        self.assertFalse(os.path.exists(path), other)

    def test_global(self):
        kept.append(Page('global'))

    def test_cycle(self):
        page, node = Page('cycle'), Node()
        page.node, node.page = node, page

    def test_deque(self):
        page = Page('deque')
        page.queue = collections.deque([page])

    def test_cached(self):
        load('cached')

    def test_closure(self):
        page = Page('closure')
        global size_of
        size_of = lambda: os.path.getsize(page.page)  # noqa: E731

    def test_generator(self):
        def pages():
            page = Page('generator')
            yield page.page
        global suspended
        suspended = pages()
        next(suspended)

    def test_thread_local(self):
        storage.page = Page('thread_local')

    def test_caught(self):
        def fails():
            page = Page('caught')
            raise ValueError(page.page)
        global caught
        try:
            fails()
        except ValueError as problem:
            caught = problem

    def test_raises(self):
        class Broken(Page):
            def __del__(self):
                raise RuntimeError('cannot')
        Broken('raises')

    def test_resurrected(self):
        class Stubborn(Page):
            def __del__(self):
                global survivor
                survivor = self
        Stubborn('resurrected')

    def test_forked(self):
        pid = os.fork()
        if pid == 0:
            page = Page('forked')
            os._exit(0 if page else 1)
        os.waitpid(pid, 0)

    def test_sub(self):
        for name in ('sub_one', 'sub_two'):
            with self.subTest(name=name):
                kept.append(Page(name))

    def test_called(self):
        """Called by unittest in turn."""
        def fails():
            kept.append(Page('called'))
            raise ValueError
        self.assertRaises(ValueError, fails)

    @mock.patch('os.nothing', create=True)
    def test_patched(self, nothing):
        kept.append(Page('patched'))

    def test_own(self):
        """Of the test's own object, which goes with it."""
        self.own = Page('own')

    def test_cleaned_up(self):
        page = Page('cleaned_up')
        page.itself = page
        self.addCleanup(page.__del__)


    def test_cleanup_keeps(self):
        def cleanup():
            kept.append(Page('cleanup_kept'))
        self.addCleanup(cleanup)


class TestAround(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared, cls.forgotten = Page('class_released'), Page('class_forgotten')

    @classmethod
    def tearDownClass(cls):
        del cls.shared

    def setUp(self):
        self.page, self.itself = Page('set_up'), self
        self.addCleanup(setattr, self, 'itself', None)

    def tearDown(self):
        self.page.__del__()

    def test_nothing(self):
        pass


class TestForgets(unittest.TestCase):
    def setUp(self):
        kept.append(Page('set_up_kept'))

    def tearDown(self):
        kept.append(Page('tear_down_kept'))

    def test_nothing(self):
        pass


class TestFails(unittest.TestCase):
    """unittest's result keeps the tests that failed, and these their attributes."""

    def setUp(self):
        self.page = Page('failed')

    def test_nothing(self):
        self.fail()


class TestSteals(unittest.TestCase):
    stolen = []

    def test_1(self):
        self.stolen.append(Page('stolen'))

    def test_2(self):
        del self.stolen[:]
