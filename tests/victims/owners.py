"""Tables whose pages stay, each for another reason. Run as `owners.py SITUATION` in an empty directory; one page, cache/SITUATION.dat,
unless it says otherwise. What pageleak --why is to say of each stands in tests/e2e/test_why.py."""
import atexit
import collections
import contextlib
import functools
import gc
import os
import signal
import sys
import threading
import time
import weakref

here = sys.argv[1] if len(sys.argv) > 1 else ''


class Node(object):
    pass


class Plain(object):
    """Nothing removes its page."""

    def __init__(self, name=None):
        self.page = os.path.join('cache', (name or here) + '.dat')
        with open(self.page, 'wb') as page:
            page.write(b'x' * 100)


class Table(Plain):
    def __del__(self):
        os.unlink(self.page)


class Slotted(object):
    __slots__ = ('table',)


def module_global():
    global kept
    kept = Table()


def in_a_list():
    global tables
    tables = [Table()]


def in_a_dictionary():
    global by_name
    by_name = {'first': Table()}


def in_an_attribute():
    global node
    node = Node()
    node.table = Table()


def in_a_list_of_an_object():
    global node
    node = Node()
    node.tables = [1, Table()]


def in_a_slot():
    global slotted
    slotted = Slotted()
    slotted.table = Table()


def in_a_class():
    Node.table = Table()


def cycle():
    table, other = Table(), Node()
    table.other, other.table = other, table


def cycle_with_deque():
    table = Table()
    table.queue = collections.deque([table])


def cycle_through_method():
    table = Table()
    table.callback = table.__init__


def below_a_cycle():
    a, b = Node(), Node()
    a.b, b.a = b, a
    b.table = Table()


def traceback_kept():
    def fails():
        table = Table()
        raise ValueError('no ' + table.page)
    try:
        fails()
    except ValueError as problem:
        global last
        last = problem


def uncaught():
    def fails():
        table = Table()
        raise ValueError('no ' + table.page)
    fails()


@functools.lru_cache(maxsize=None)
def load(name):
    return Table()


@functools.lru_cache(maxsize=16)
def load_some(name):
    return Table()


def cached():
    load('x')


def cached_some():
    load_some('x')


def closure():
    def make():
        table = Table()

        def size():
            return os.path.getsize(table.page)
        return size
    global size_of_table
    size_of_table = make()


def default_argument():
    global with_default

    def with_default(table=Table()):
        return table


def partial():
    global bound
    bound = functools.partial(len, [Table()])


def generator():
    def pages():
        table = Table()
        yield table.page
    global suspended
    suspended = pages()
    next(suspended)


def coroutine():
    class Wait(object):
        def __await__(self):
            yield

    namespace = {'Table': Table, 'Wait': Wait}
    exec('async def work():\n    table = Table()\n    await Wait()\n', namespace)
    global task
    task = namespace['work']()
    task.send(None)


storage = threading.local()


def thread_local():
    storage.table = Table()


def exit_handler():
    table = Table()

    def remove(which=table):
        pass
    atexit.register(remove)


def finalizer():
    class Finalized(Plain):
        def __init__(self):
            Plain.__init__(self)
            self.finalizer = weakref.finalize(self, os.unlink, self.page)
            self.finalizer.atexit = False
    global finalized
    finalized = Finalized()


def no_finalizer():
    global plain
    plain = Plain()


def no_finalizer_and_gone():
    Plain()


def context_not_entered():
    class Managed(Plain):
        def __enter__(self):
            return self

        def __exit__(self, *problem):
            os.unlink(self.page)
    global managed
    managed = Managed()


def raises():
    class Broken(Table):
        def __del__(self):
            raise RuntimeError('cannot')
    Broken()


def forgets():
    class Forgetful(Table):
        def __del__(self):
            pass
    Forgetful()


def resurrected():
    class Stubborn(Table):
        def __del__(self):
            global survivor
            survivor = self
    Stubborn()


def no_object():
    with open(os.path.join('cache', here + '.dat'), 'wb') as page:
        page.write(b'x' * 100)


def exits_at_once():
    table = Table()
    os._exit(0 if table else 1)


def leaves_in_order():
    table = Table()
    sys.exit(0 if table else 1)


def terminated():
    table = Table()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(300)
    del table


def killed():
    table = Table()
    os.kill(os.getpid(), signal.SIGKILL)
    del table


def becomes_another_program():
    table = Table()
    os.execv('/bin/true', ['true'])
    del table


def forked():
    """A child that ends at once, as multiprocessing's do."""
    pid = os.fork()
    if pid == 0:
        global kept
        kept = Table()
        os._exit(0)
    os.waitpid(pid, 0)


def worker():
    import multiprocessing
    process = multiprocessing.get_context('fork').Process(target=module_global)
    process.start()
    process.join()


def daemon_thread():
    ready = threading.Event()

    def work():
        table = Table()
        ready.set()
        time.sleep(300)
        del table
    thread = threading.Thread(target=work)
    thread.daemon = True
    thread.start()
    ready.wait()


def scope():
    """A page that its scope leaves behind, and the program removes later."""
    os.environ['PAGELEAK_SCOPE'] = 'test_one (call)'
    held = [Table()]
    os.environ['PAGELEAK_SCOPE'] = 'test_one (teardown)'
    del os.environ['PAGELEAK_SCOPE']
    del held[:]


def two_types():
    """Two pages of one line, for objects of two types."""
    class First(Table):
        pass

    class Second(Table):
        pass
    global both
    both = [cls('two_types-' + cls.__name__) for cls in (First, Second)]


if __name__ == '__main__':
    if not os.path.isdir('cache'):
        os.mkdir('cache')
    gc.disable()
    globals()[here]()
