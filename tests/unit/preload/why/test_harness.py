"""preload/why/harness.py: objects of pytest and unittest."""
import unittest
import unittest.mock

import pytest


def of(module, cls='Thing', **attributes):
    """An object of a class of that module."""
    made = type(cls, (), {'__module__': module})()
    made.__dict__.update(attributes)
    return made


@pytest.mark.parametrize('thing, harness', [
    (of('_pytest.fixtures'), 'pytest'),
    (of('pluggy._hooks'), 'pytest'),
    (of('xdist.remote'), 'pytest'),
    (of('unittest.case'), 'unittest'),
    (unittest.TestResult(), 'unittest'),
    (unittest.mock.Mock(), None),
    (of('_pytestlike'), None),
    (of('shop'), None),
    (of(None), None),
    (pytest.fail.Exception(), None),
    ([], None),
], ids=lambda value: None if isinstance(value, str) else type(value).__name__)
def test_harness_of(parts, thing, harness):
    assert parts.load('harness').harness_of(thing) == harness


@pytest.mark.parametrize('thing, words', [
    (of('_pytest.fixtures', 'FixtureDef', argname='table'), "pytest's fixture 'table'"),
    (of('_pytest.python', 'Function', name='test_a'), "pytest's test item 'test_a'"),
    (of('_pytest.python', 'Module', name='test_shop.py'), "pytest's Module 'test_shop.py'"),
    (of('_pytest.code', 'ExceptionInfo'), "pytest's captured exception info (ExceptionInfo)"),
    (of('_pytest.x', 'Odd'), "pytest's Odd"),
    (unittest.TestResult(), "unittest's result, which keeps the tests that failed (TestResult)"),
], ids=lambda value: value if isinstance(value, str) else None)
def test_words(parts, thing, words):
    assert parts.load('harness').keeper_words(thing) == words


def test_next_object_of_the_harness(parts):
    item, own = of('_pytest.python'), of('shop')
    shop = parts.module('shop')
    names = parts.load('harness', sys=parts.system([shop]))
    assert names.next_harness([own, [], {}, item], 1) == 3
    assert names.next_harness([own, item], 1) == 1
    assert names.next_harness([own, [], own, item], 1) == 0
    assert names.next_harness([own, vars(shop), item], 1) == 0  # a module's namespace is no mere container
    assert names.next_harness([own, []], 1) == 0
