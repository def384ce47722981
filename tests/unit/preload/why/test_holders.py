"""preload/why/holders.py: what a holder calls the object that it holds."""
import collections
import functools
import sys
import threading

import pytest


class Table:
    def rows(self):
        pass


class Slotted:
    __slots__ = 'table', 'other'


class Node:
    table = None


TABLE = Table()


def with_default(table=TABLE):
    return table


def closure(table):
    return lambda: table


def pages(table):
    yield sys._getframe()
    del table


def failing(table):
    raise ValueError


def node():
    made = Node()
    made.table = TABLE
    return made


def slotted():
    made = Slotted()
    made.table = TABLE
    return made


def of_class():
    return type('Owner', (), {'shared': TABLE})


def generator():
    made = pages(TABLE)
    next(made)
    return made


@functools.lru_cache()
def load_it(name):
    return TABLE


ROWS = {
    'list': (lambda: [0, TABLE, 2], ('list', '', 'element 1 of 3')),
    'tuple': (lambda: (TABLE,), ('tuple', '', 'element 0 of 1')),
    'dict': (lambda: {'key': TABLE}, ('dict', '', "key 'key'")),
    'dict_by_number': (lambda: {7: TABLE}, ('dict', '', 'key 7')),
    'dict_by_object': (lambda: {Node: TABLE}, ('dict', '', 'key a type')),
    'dict_as_key': (lambda: {TABLE: 1}, ('dict', '', 'a key')),
    'ordered': (lambda: collections.OrderedDict(key=TABLE), ('OrderedDict', '', "key 'key'")),
    'set': (lambda: {TABLE}, ('set', '', 'an element')),
    'frozenset': (lambda: frozenset((TABLE,)), ('frozenset', '', 'an element')),
    'attribute': (node, ('', "attribute 'table'", 'of Node at 0x')),
    'slot': (slotted, ('', "attribute 'table'", 'of Slotted at 0x')),
    'unknown': (lambda: Node(), ('', '', 'Node at 0x')),
    'class': (of_class, ('', "attribute 'shared'", 'of class Owner')),
    'generator': (generator, ('', "local 'table'", 'of suspended generator pages (test_holders.py:')),
    'frame': (lambda: next(pages(TABLE)), ('', "local 'table'", 'of frame pages (test_holders.py:')),
    'partial': (lambda: functools.partial(print, TABLE), ('functools.partial', '', '')),
    'cache': (lambda: load_it, ('lru_cache of load_it()', '', '')),
    'exception': (lambda: ValueError(TABLE), ('ValueError', '', '')),
    'bound_method': (lambda: TABLE.rows, ('bound method Table.rows', '', '')),
    'thread_local': (threading.local, ('threading.local', '', '')),
}


@pytest.mark.parametrize('name', ROWS)
def test_holder(parts, name):
    make, expected = ROWS[name]
    holder = make()
    found = parts.load('holders').held_by(holder, TABLE)
    assert found[:2] == expected[:2]
    assert found[2].startswith(expected[2])


def test_default_argument(parts):
    names = parts.load('holders')
    assert names.held_by(with_default, with_default.__defaults__) == ('', 'a default argument', 'of function with_default')


def test_closure(parts):
    function = closure(TABLE)
    names = parts.load('holders')
    cell = function.__closure__[0]
    assert names.held_by(cell, TABLE) == ('cell', '', '')
    assert names.held_by(function, cell) == ('', "closure variable 'table'", 'of closure.<locals>.<lambda>')


def test_global_of_a_module(parts):
    shop = parts.module('shop', '/srv/shop.py', kept=TABLE)
    names = parts.load('holders', sys=parts.system([shop]))
    assert names.held_by(vars(shop), TABLE) == ('', "global 'kept'", 'of module shop (shop.py)')


def test_module_that_has_lost_its_file(parts):
    loader = Node()
    loader.path = '/srv/late.py'
    assert parts.load('holders').module_words(parts.module('late', __loader__=loader)) == 'module late (late.py)'
    assert parts.load('holders').module_words(parts.module('late')) == 'module late'


def test_what_pytest_keeps_of_the_last_failure(parts):
    shown = parts.module('sys', last_value=TABLE)
    names = parts.load('holders', sys=parts.system([shown, parts.module('_pytest.runner')]))
    assert names.held_by(vars(shown), TABLE)[1:] == ('sys.last_value', '(where pytest keeps what the last failing test raised)')


def test_locals_of_frames_that_run(parts):
    frame = next(pages(TABLE))
    names = parts.load('holders', sys=parts.system(frames=[frame]))
    assert names.running[id(frame)] is frame
    assert names.locals_of[id(TABLE)] is frame
    assert id(names.locals_of) in names.mine


def test_long_texts_are_cut(parts):
    short = parts.load('holders').short
    assert short('x' * 200) == 'x' * 200
    assert short('x' * 201) == 'x' * 197 + '...'


def hostile():
    """An object that answers every question with an exception, and so does its class."""
    class Hostile(type):
        def __getattribute__(cls, name):
            raise SystemExit(name)

        def __eq__(cls, other):
            raise SystemExit

        def __hash__(cls):
            raise SystemExit

    class Trap(metaclass=Hostile):
        def __getattribute__(self, name):
            raise SystemExit(name)

        def __eq__(self, other):
            raise SystemExit

        def __repr__(self):
            raise SystemExit

        __hash__ = None
        __class__ = property(__repr__)

    return Trap()


def test_no_code_of_the_program_runs(parts):
    names = parts.load('holders')
    trap = hostile()
    object.__getattribute__(trap, '__dict__')['table'] = TABLE
    assert names.held_by(trap, TABLE)[1] == "attribute 'table'"
    assert names.held_by([trap, TABLE], TABLE) == ('list', '', 'element 1 of 2')
    assert names.held_by({'a': trap, 'b': TABLE}, TABLE)[2] == "key 'b'"
    assert names.thing(trap).startswith('Trap at 0x')
    assert names.stored(trap, 'table') is TABLE


def test_time_limit(parts):
    now = [0]
    names = parts.load('holders', clock=lambda: now[0], LIMIT=100)
    now[0] = 100
    assert not names.late()
    now[0] = 101
    assert names.late()
