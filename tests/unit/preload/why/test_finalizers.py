"""preload/why/finalizers.py: what would have removed a page, and the advice when nothing would."""
import os
import shutil
import sys
import unittest
import weakref

import pytest


class Plain:
    def __init__(self, path=None):
        self.path = path


class Finalized(Plain):
    def __del__(self):
        os.unlink(self.path)


class Closes(Plain):
    def __del__(self):
        self.close()

    def close(self):
        pass


class Managed(Plain):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)


class ManagedBadly(Managed):
    def __exit__(self, *_):
        pass


class Removable(Plain):
    def unlink(self):
        pass


class Case(unittest.TestCase):
    pass


class WithFinalize(Plain):
    def __init__(self):
        weakref.finalize(self, os.unlink, 'x')


class Indirect(Plain):
    def __exit__(self, *_):
        helper()


def helper():
    os.remove('x')


HERE = sys.modules[__name__]


def load(parts, *objects, path=None, **more):
    """With this module as one of the program (or of a library, by its path)."""
    here = parts.module(__name__, path or '/srv/shop.py')
    return parts.load('finalizers', parts.Collector(objects=objects, **more), parts.system([here]))


def test_del_of_the_program(parts):
    names = load(parts)
    assert names.class_finalizer(Finalized) == 'Finalized.__del__'
    assert names.class_finalizer(type('Sub', (Finalized,), {})) == 'Finalized.__del__'
    assert names.class_finalizer(Closes) == 'Closes.__del__'
    assert names.class_finalizer(Plain) is None


def test_del_of_a_library_counts_when_it_removes_files(parts):
    names = load(parts, path='/usr/lib/python3/dist-packages/shop.py')
    assert names.class_finalizer(Finalized) == 'Finalized.__del__'
    assert names.class_finalizer(Closes) is None


@pytest.mark.parametrize('cls, removes', [(Managed, True), (ManagedBadly, False), (Indirect, True)])
def test_methods_that_remove(parts, cls, removes):
    assert load(parts).removes(cls, '__exit__') == removes


def test_method_that_is_not_python_may_remove(parts):
    assert load(parts).removes(type('Odd', (), {'__exit__': len}), '__exit__')


@pytest.mark.parametrize('cls, detail, advice', [
    (Plain, 'Plain has no __del__ and no weakref.finalize', 'weakref.finalize(self, os.unlink, path) in Plain.__init__'),
    (Managed, 'Managed has no __del__ and no weakref.finalize, and its __exit__ did not run', 'use it in a `with` statement'),
    (ManagedBadly, 'ManagedBadly has no __del__ and no weakref.finalize, and its __exit__ removes nothing', 'weakref.finalize('),
    (Closes, 'Closes has no weakref.finalize, and its __del__ removes nothing', 'weakref.finalize('),
    (Removable, 'Removable has no __del__', 'call its unlink() in `finally`'),
    (Case, 'Case has no __del__', 'in a test: self.addCleanup('),
], ids=lambda value: value.__name__ if isinstance(value, type) else '')
def test_advice_without_a_finalizer(parts, cls, detail, advice):
    said = load(parts).no_finalizer(cls)
    assert said[0].startswith(detail)
    assert said[1].startswith(advice)


def test_advice_for_a_class_of_a_library(parts):
    assert load(parts, path='/usr/lib/python3.11/shop.py').no_finalizer(Plain)[1].startswith('the library leaves that to its user')


def system_with(parts, *modules):
    return parts.system([parts.module(__name__, '/srv/shop.py'), *modules])


def test_weakref_finalize(parts):
    table, other = Plain(), Plain()
    kept = weakref.finalize(table, len, ())
    names = parts.load('finalizers', sys=system_with(parts, weakref))
    assert names.finalizer_of(table) == 'weakref.finalize'
    assert names.finalizer_of(other) is None
    kept.detach()


def test_weakref_callback(parts):
    table = Plain()
    reference = weakref.ref(table, lambda _: None)
    names = parts.load('finalizers', sys=system_with(parts, sys.modules['_weakref']))
    assert names.finalizer_of(table) == 'a weakref callback'
    del reference
    assert names.finalizer_of(table) is None


def test_finalize_by_its_name_in_the_code(parts):
    names = load(parts)
    assert names.finalizes(WithFinalize)
    assert not names.finalizes(Plain)


def test_classes_by_the_name_in_the_journal(parts):
    odd = type('T\u00e4ble', (), {})
    names = load(parts, Plain, odd, Plain())
    assert names.classes_named('shop.Plain') == [Plain]
    assert names.classes_named('Tble') == [odd]  # letters of ASCII only
    assert names.classes_named('Other') == []
    assert names.plain('x' * 100) == 'x' * 80
