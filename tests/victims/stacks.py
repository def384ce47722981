# -*- coding: utf-8 -*-
"""Makes pages below random stacks of every kind of Python frame, in threads and exit handlers too, and says what the interpreter itself thinks they are.

Run as `stacks.py SEED PLANS THREADS EXPECTED` in an empty directory. EXPECTED becomes a JSON object: path -> {"stack":
[[function, file, line]], "object": [type, address] or null, "checked": whether the interpreter was asked at this very page or
at an earlier one of the same stack}. Every page is left: kept, or leaked when patterns say that it is a page.
"""
import asyncio
import atexit
import contextlib
import functools
import json
import os
import random
import sys
import threading
import weakref

expected = {}
memory = {}


def name_of(code):
    return code.co_qualname if sys.version_info >= (3, 11) else code.co_name


def ask(frame):
    stack, thing, depth = [], None, 0
    while frame is not None:
        code = frame.f_code
        stack.append([name_of(code), code.co_filename, frame.f_lineno])
        if thing is None and depth < 20 and code.co_argcount and code.co_varnames[0] == 'self' and \
                '/lib/python3' not in code.co_filename and not code.co_filename.startswith('<'):
            self = frame.f_locals['self']
            thing = [type(self).__name__, hex(id(self))]
        depth += 1
        frame = frame.f_back
    return {'stack': stack, 'object': thing}


class Page(object):
    """One page to be made: where, by which stack, and whether to ask the interpreter."""

    def __init__(self, path, key, check):
        self.path, self.key, self.check = path, key, check

    def look(self, frame):
        if self.check:
            memory[self.key] = ask(frame)
        expected[self.path] = dict(memory[self.key], checked=self.check)
        return self.path


FLAGS = os.O_CREAT | os.O_WRONLY


def go(kinds, page):
    if not kinds:
        return leaf(page)
    return kinds[0](kinds[1:], page)


def leaf(page):
    os.close(os.open(page.look(sys._getframe()), FLAGS))


def leaf_of_library(page):
    for _ in map(lambda path: os.close(os.open(page.look(sys._getframe()), FLAGS)), [1]): pass


def function(kinds, page):
    return go(kinds,
              page)


def many(kinds, page, one=1, *two, **three):
    try:
        with open(os.devnull):
            for _ in range(2):
                if _:
                    go(kinds, page)
    finally:
        one = two = three = None


class Base(object):
    def method(self, kinds, page):
        return go(kinds, page)

    @classmethod
    def of_class(cls, kinds, page):
        return go(kinds, page)

    @staticmethod
    def static(kinds, page):
        return go(kinds, page)

    @property
    def value(self):
        return go(*self.todo)

    def captured(self, kinds, page):
        def inner():
            return go(kinds, page), self
        return inner()

    def captured_and_more(self, kinds, page):
        local = [self]
        more = lambda: (local, self, go(kinds, page))  # noqa: E731
        return more()

    def __call__(self, kinds, page):
        return go(kinds, page)

    def __enter__(self):
        return go(*self.todo)

    def __exit__(self, *_):
        pass

    def __lt__(self, other):
        go(*self.todo)
        return False

    def __getattr__(self, name):
        if name.startswith('lazy_'):
            return go(*self.todo)
        raise AttributeError(name)


class Built(Base):
    def __init__(self, kinds, page):
        super(Built, self).__init__()
        go(kinds, page)


class BuiltNew(object):
    def __new__(cls, kinds, page):
        go(kinds, page)
        return object.__new__(cls)


class Registered(object):
    def __init_subclass__(cls, todo):
        go(*todo)


class Named(object):
    def __set_name__(self, owner, name):
        go(*self.todo)


class Keyed(Base):
    def __init__(self, kinds, page):
        self.todo = kinds, page


class Dying(Keyed):
    def __del__(self):
        go(*self.todo)


class Described(Keyed):
    def __get__(self, thing, owner=None):
        return go(*self.todo)


class Iterated(Keyed):
    def __iter__(self):
        return self

    def __next__(self):
        if not self.todo:
            raise StopIteration
        todo, self.todo = self.todo, None
        return go(*todo)


class Meta(type):
    def __call__(cls, kinds, page):
        go(kinds, page)
        return type.__call__(cls)


class Making(type):
    def __new__(mcs, name, bases, space, todo=None):
        go(*todo)
        return type.__new__(mcs, name, bases, space)

    def __init__(cls, name, bases, space, todo=None):
        type.__init__(cls, name, bases, space)


Metaclassed = Meta('Metaclassed', (object,), {})
standing = Base()


def method(kinds, page):
    return standing.method(kinds, page)


def fresh_method(kinds, page):
    return Base().method(kinds, page)


def captured(kinds, page):
    return Base().captured(kinds, page)


def captured_and_more(kinds, page):
    return standing.captured_and_more(kinds, page)


def classmethod_(kinds, page):
    return Base.of_class(kinds, page)


def static(kinds, page):
    return Base.static(kinds, page)


def called(kinds, page):
    return standing(kinds, page)


def built(kinds, page):
    return Built(kinds, page)


def built_new(kinds, page):
    return BuiltNew(kinds, page)


def metaclassed(kinds, page):
    return Metaclassed(kinds, page)


def property_(kinds, page):
    return Keyed(kinds, page).value


def entered(kinds, page):
    with Keyed(kinds, page):
        pass


def compared(kinds, page):
    sorted([Keyed((), None), Keyed(kinds, page)])


def missing_attribute(kinds, page):
    return Keyed(kinds, page).lazy_thing


def lambda_(kinds, page):
    return (lambda a, b: go(a, b))(kinds, page)


def comprehension(kinds, page):
    return [go(k, p) for k, p in [(kinds, page)]]


def set_comprehension(kinds, page):
    return {id(go(k, p))
            for k, p in [(kinds, page)]}


def expression(kinds, page):
    return list(go(k, p) for k, p in [(kinds, page)])


def generator(kinds, page):
    def produce():
        yield 1
        yield go(kinds, page)
    return list(produce())


def delegated(kinds, page):
    def inner():
        yield go(kinds, page)

    def outer():
        yield from inner()
    return next(outer())


def coroutine(kinds, page):
    async def inner():
        return go(kinds, page)

    async def outer():
        return await inner()
    try:
        outer().send(None)
    except StopIteration:
        pass


def through_c(kinds, page):
    return list(map(functools.partial(go, kinds), [page]))


def reduced(kinds, page):
    return functools.reduce(lambda a, b: go(a, b), [kinds, page])


def decorated(kinds, page):
    @functools.wraps(go)
    def wrapper(*arguments):
        return go(*arguments)
    return wrapper(kinds, page)


def evaluated(kinds, page):
    return eval('\n\ngo(kinds,\n page)' if False else 'go(kinds, page)', dict(go=go, kinds=kinds, page=page))


def class_body(kinds, page):
    class Local(object):
        made = go(kinds, page)
    return Local


def raised(kinds, page):
    try:
        raise ValueError
    except ValueError:
        return go(kinds, page)


def dictionary_comprehension(kinds, page):
    return {1: go(k, p)
            for k, p in [(kinds, page)]}


def nested_comprehension(kinds, page):
    return [[go(k, p) for p in [page]] for k in [kinds]]


def dropped(kinds, page):
    Dying(kinds, page)


def deleted(kinds, page):
    thing = Dying(kinds, page)
    del thing


def weakly_called(kinds, page):
    thing = Keyed((), None)
    reference = weakref.ref(thing, lambda _: go(kinds, page))
    del thing
    return reference


def subclassed(kinds, page):
    class Local(Registered, todo=(kinds, page)):
        pass
    return Local


def named(kinds, page):
    thing = Named()
    thing.todo = kinds, page
    return type('Local', (object,), {'thing': thing})


def made_class(kinds, page):
    class Local(metaclass=Making, todo=(kinds, page)):
        pass
    return Local


def described(kinds, page):
    return type('Local', (object,), {'thing': Described(kinds, page)})().thing


def iterated(kinds, page):
    return [x for x in Iterated(kinds, page)]


def unpacked(kinds, page):
    first, = Iterated(kinds, page)
    return first


@contextlib.contextmanager
def managed_by(kinds, page):
    yield go(kinds, page)


def context_manager(kinds, page):
    with managed_by(kinds, page):
        pass


def thrown_into(kinds, page):
    def produce():
        try:
            yield 1
        except KeyError:
            go(kinds, page)
            yield 2
    running = produce()
    next(running)
    return running.throw(KeyError())


def closed_generator(kinds, page):
    def produce():
        try:
            yield 1
        finally:
            go(kinds, page)
    running = produce()
    next(running)
    running.close()


async def produced(kinds, page):
    yield 1
    yield go(kinds, page)


def driven(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass


def async_generator(kinds, page):
    async def consume():
        async for one in produced(kinds, page):
            one = None
    driven(consume())


def async_comprehension(kinds, page):
    async def consume():
        return [one async for one in produced(kinds, page)]
    driven(consume())


class Awaited(Keyed):
    def __await__(self):
        yield
        return go(*self.todo)

    async def __aenter__(self):
        return go(*self.todo)

    async def __aexit__(self, *_):
        pass


def awaited(kinds, page):
    async def wait():
        return await Awaited(kinds, page)
    driven(wait())


def entered_async(kinds, page):
    async def enter():
        async with Awaited(kinds, page):
            pass
    driven(enter())


def looped(make_work):
    """Runs in an event loop of its own, even within another one."""
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(make_work(loop))
    finally:
        loop.close()
        asyncio._set_running_loop(outer)


def task(kinds, page):
    async def inner():
        await asyncio.sleep(0)
        return go(kinds, page)

    async def outer(loop):
        await loop.create_task(inner())
    looped(outer)


def called_soon(kinds, page):
    async def outer(loop):
        loop.call_soon(go, kinds, page)
        await asyncio.sleep(0)
    looped(outer)


def in_thread(kinds, page):
    thread = threading.Thread(target=go, args=(kinds, page))
    thread.start()
    thread.join()


def generated(number, choose):
    """A function with far jumps between its lines, in a file of its own, both with names beyond ASCII."""
    gap = lambda: '\n' * choose.choice([0, 1, 2, 60, 127, 128, 129, 255, 256, 700, 40000])  # noqa: E731
    body = (u'def naïve_λ(kinds, page):\n' + gap() + u'  x = [1,\n' + gap() + u'    2]\n' + gap() + u'  while x:\n' + gap() +
            u'    x = x[' + gap() + u'1:]\n' + gap() + u'    if not x:\n' + gap() + u'      return go(kinds,\n' + gap() +
            u'        page)\n')
    if choose.random() < 0.5:
        body = body.replace(u'  while x:', u'  if choose_:\n' + u'    x = 0 or x\n' * choose.choice([1, 200]) + u'  while x:')
    space = {'go': go, 'choose_': number % 2}
    exec(compile('\n' * (number % 3) + body, u'/généré/λ_%d.py' % number, 'exec'), space)
    return space[u'naïve_λ']


KINDS = [function, many, method, fresh_method, captured, captured_and_more, classmethod_, static, called, built, built_new,
         metaclassed, property_, entered, compared, missing_attribute, lambda_, comprehension, set_comprehension, expression,
         generator, delegated, coroutine, through_c, reduced, decorated, evaluated, class_body, raised, dictionary_comprehension,
         nested_comprehension, dropped, deleted, weakly_called, subclassed, named, made_class, described, iterated, unpacked,
         context_manager, thrown_into, closed_generator, async_generator, async_comprehension, awaited, entered_async, task,
         called_soon, in_thread]
AT_EXIT = 3


def start(kinds, page, turn):
    """The same stack but for the line here."""
    if turn == 0:
        go(kinds, page)
    elif turn == 1:
        go(kinds, page)
    else:
        go(kinds, page)


def make(seed, plans, prefix):
    choose = random.Random(seed)
    kinds = [kind for kind in KINDS if prefix != 'exit' or kind is not in_thread]  # from 3.12 on there are no more
    kinds += [generated(number, choose) for number in range(12)]
    todo = [[choose.choice(kinds) for _ in range(choose.choice([0, 1, 2, 3, 5, 9, 17]))] for _ in range(plans)]
    # Every stack some times in a row, then all in turn: known ones are met again with others in between.
    turns = [(number, turn) for number in range(plans) for turn in [0] * 10 + [0, 1, 2] * 5]
    turns += [(number, turn) for turn in [2, 0, 1, 0] for number in range(plans)]
    for count, (number, turn) in enumerate(turns):
        key = prefix, number, turn
        start(todo[number], Page('%s-%d' % (prefix, count), key, key not in memory or choose.random() < 0.3), turn)


def tell(path):
    with open(path, 'w') as out:
        json.dump(expected, out)


if __name__ == '__main__':
    seed, plans, threads = map(int, sys.argv[1:4])
    atexit.register(tell, sys.argv[4])
    atexit.register(make, seed + threads + 1, AT_EXIT, 'exit')
    made = [threading.Thread(target=make, args=(seed + number, plans, 'thread%d' % number)) for number in range(threads)]
    for thread in made:
        thread.start()
    make(seed + threads, plans, 'main')
    for thread in made:
        thread.join()
