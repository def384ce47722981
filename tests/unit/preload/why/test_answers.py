"""preload/why/answers.py: kind, detail and advice for one object."""
import weakref

import pytest


class Table:
    def __del__(self):
        pass


class Plain:
    pass


def load(parts, *references, moment='exit', contents=None, **more):
    shop = parts.module('shop', '/srv/shop.py', **(contents or {}))
    here = parts.module(__name__, '/srv/shop.py')
    names = parts.load('answers', parts.Collector(*references, **more), parts.system([shop, here]), MOMENT=moment)
    return names, vars(shop)


def held_by_a_global(parts, table, **more):
    names, shop = load(parts, contents={'kept': table}, **more)
    names.gc.references = [(shop, table)]
    return names


def test_held_by_a_global(parts):
    table = Table()
    kind, detail, advice, links = held_by_a_global(parts, table).alive_words(table, None)
    assert (kind, detail) == ('referenced', "held by global 'kept' of module shop (shop.py)")
    assert advice.startswith('delete that reference, or release it explicitly')
    assert links[0].startswith('Table at 0x') and len(links) == 2


@pytest.mark.parametrize('moment, kind, detail', [
    ('gone', 'killed', 'os._exit() ends the process without running Table.__del__'),
    ('left', 'killed', 'the program ends without Py_Finalize(), and so without running Table.__del__'),
    ('scope', 'referenced', 'held by '),
    ('asked', 'referenced', 'held by '),
])
def test_moment(parts, moment, kind, detail):
    table = Table()
    said = held_by_a_global(parts, table, moment=moment).alive_words(table, None)
    assert said[0] == kind and said[1].startswith(detail)


def test_no_finalizer_outranks_the_holder(parts):
    plain = Plain()
    kind, detail, _, links = held_by_a_global(parts, plain).alive_words(plain, None)
    assert (kind, detail) == ('no-finalizer', 'Plain has no __del__ and no weakref.finalize')
    assert len(links) == 2


def test_finalizer_of_an_object_around_it(parts):
    plain = Plain()
    assert held_by_a_global(parts, plain).alive_words(plain, 'Table.__del__')[0] == 'referenced'


def test_finalizer_that_has_run(parts):
    table = Table()
    said = held_by_a_global(parts, table, finalized=[table]).alive_words(table, None)
    assert said[0] == 'finalizer-failed' and 'it will not run again' in said[1]


def test_cycle(parts):
    table, node = Table(), Plain()
    table.node, node.table = node, table
    names, _ = load(parts, (table, node), (node, table))
    names.ours.extend((1000, 1000))
    kind, detail, advice, links = names.alive_words(table, None)
    assert (kind, detail) == ('cycle', 'a reference cycle, which only the collector can release: Table -> Plain -> Table')
    assert advice.startswith('make Plain.table a weakref.ref, or ')
    assert links[-1] == 'cycle: Table -> Plain -> Table (collectable: gc.collect() releases it)'


def test_below_a_cycle(parts):
    table, one, two = Table(), Plain(), Plain()
    one.table, one.two, two.one = table, two, one
    names, _ = load(parts, (one, table), (one, two), (two, one))
    names.ours.extend((1000, 1000))
    kind, detail, _, links = names.alive_words(table, None)
    assert kind == 'cycle' and detail.startswith('held by a reference cycle')
    assert links[1].startswith("attribute 'table' of Plain at 0x")


def test_nothing_found(parts):
    table = Table()
    names, _ = load(parts)
    names.ours.extend((1000, 1000))
    assert names.alive_words(table, None)[:2] == ('unknown', 'nothing that holds it was found')


def test_held_by_what_the_collector_does_not_see(parts):
    table = Table()
    names, _ = load(parts)
    names.ours.extend((0, 0))
    kind, detail, _, _ = names.alive_words(table, None)
    assert kind == 'referenced' and "cannot see: a C extension, another thread's local data" in detail


def test_search_cut_short(parts):
    table = Table()
    names, _ = load(parts)
    names.alive_words.__globals__['late'] = lambda: True
    assert names.alive_words(table, None)[:2] == ('unknown', 'the search for what holds it was cut short')


class Finalizing:
    def __init__(self):
        weakref.finalize(self, len, ())


@pytest.mark.parametrize('name, classes, kind, detail', [
    ('Table', [Table], 'finalizer-failed', 'Table is gone, but Table.__del__ left the page'),
    ('Plain', [Plain], 'no-finalizer', 'Plain has no __del__ and no weakref.finalize'),
    ('Finalizing', [Finalizing], 'unknown', 'Finalizing is gone; if it had its weakref.finalize, that left the page'),
    ('Lost', [], 'unknown', 'Lost is gone, and so is its class'),
    ('Table', [Table, type('Table', (), {})], 'unknown', 'Table is gone, and of the 2 classes of that name some have a finalizer'),
])
def test_object_that_is_gone(parts, name, classes, kind, detail):
    names, _ = load(parts, objects=classes)
    assert names.gone_words(name)[:2] == (kind, detail)


def test_frozen_class(parts):
    names, _ = load(parts)
    names.gc.get_freeze_count = lambda: 7
    assert names.gone_words('Lost')[1].endswith('gone, or frozen by gc.freeze()')
