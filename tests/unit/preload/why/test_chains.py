"""preload/why/chains.py: the way from an object to what holds it, on references made up here."""
import sys

import pytest


class Table:
    pass


class Node:
    pass


def linked(*objects):
    """(holder, held) of a chain, innermost first."""
    return [(holder, held) for held, holder in zip(objects, objects[1:])]


def holder_of(held, name='table'):
    made = Node()
    setattr(made, name, held)
    return made


def test_way_to_a_global(parts):
    table = Table()
    tables = [table]
    shop = parts.module('shop', '/srv/shop.py', tables=tables)
    names = parts.load('chains', parts.Collector(*linked(table, tables, vars(shop))), parts.system([shop]))
    found, below, top, whole = names.way_up(table)
    assert whole and found[top] is vars(shop)
    chain = names.chain_of(found, below, top)
    assert [id(o) for o in chain] == [id(table), id(tables), id(vars(shop))]
    assert names.words_of(chain)[1:] == ["list 'tables' in module shop (shop.py)"]


def test_attribute_through_the_dictionary_of_its_object(parts):
    table = Table()
    node = holder_of(table)
    shop = parts.module('shop', node=node)
    names = parts.load('chains', parts.Collector(*linked(table, vars(node), node, vars(shop))), parts.system([shop]))
    found, below, top, _ = names.way_up(table)
    links = names.words_of(names.chain_of(found, below, top))
    assert [link.partition(' at ')[0] for link in links] == ['Table', "attribute 'table' of Node", "global 'node' of module shop"]


def test_shortest_way_wins(parts):
    table, one, two = Table(), [], []
    shop = parts.module('shop', one=one, two=two)
    references = linked(table, one, vars(shop)) + linked(table, two, [two], [[two]], vars(shop))
    names = parts.load('chains', parts.Collector(*references), parts.system([shop]))
    found, below, top, _ = names.way_up(table)
    assert [id(o) for o in names.chain_of(found, below, top)] == [id(table), id(one), id(vars(shop))]


def test_no_root(parts):
    table = Table()
    lone = [table]
    names = parts.load('chains', parts.Collector((lone, table)))
    found, _, top, whole = names.way_up(table)
    assert (top, whole) == (None, True)
    assert [id(o) for o in found] == [id(table), id(lone)]


def test_local_of_a_frame_that_runs(parts):
    table = Table()
    frame = (lambda held: sys._getframe())(table)
    names = parts.load('chains', sys=parts.system(frames=[frame]))
    found, below, top, whole = names.way_up(table)
    assert whole and found[top] is frame
    assert names.words_of(names.chain_of(found, below, top))[1].startswith("local 'held' of frame ")


def test_containers_of_the_script_are_no_holders(parts):
    table = Table()
    collector = parts.Collector()
    names = parts.load('chains', collector)
    names.alive[id(table)] = table
    collector.references = [(names.alive, table), (names.alive, names)]
    found, _, top, whole = names.way_up(table)
    assert (len(found), top, whole) == (1, None, True)


def test_tuple_of_the_arguments_is_no_holder(parts):
    """Python 3.13 finds it."""
    table = Table()
    collector = parts.Collector()
    collector.get_referrers = lambda *held: [held]
    found, _, top, whole = parts.load('chains', collector).way_up(table)
    assert (len(found), top, whole) == (1, None, True)


def test_search_is_bounded(parts):
    table = Table()
    wide = [[table] for _ in range(2001)]
    assert parts.load('chains', parts.Collector(*((o, table) for o in wide))).way_up(table)[2:] == (None, False)
    deep = [table]
    for _ in range(30):
        deep.append([deep[-1]])
    assert parts.load('chains', parts.Collector(*linked(*deep))).way_up(table)[2:] == (None, False)


def test_search_ends_in_time(parts):
    now = [0]
    table = Table()
    lone = [table]
    names = parts.load('chains', parts.Collector((lone, table)), clock=lambda: now[0], LIMIT=100)
    now[0] = 200
    assert names.way_up(table)[2:] == (None, False)


def raised_by(depth, table):
    if depth:
        raised_by(depth - 1, table)
    raise ValueError


def test_exception_of_its_traceback(parts):
    table = Table()
    try:
        raised_by(2, table)
    except ValueError as problem:
        caught = problem
    last = caught.__traceback__
    while last.tb_next:
        last = last.tb_next
    shop = parts.module('shop', last=caught)
    references = linked(table, last.tb_frame, last) + [(vars(shop), caught)]
    names = parts.load('chains', parts.Collector(*references, objects=[caught]), parts.system([shop]))
    found, below, top, _ = names.way_up(table)
    links = names.words_of(names.chain_of(found, below, top))
    assert links[1].startswith("local 'table' of frame raised_by ")
    assert links[2:] == ['traceback of ValueError', "global 'last' of module shop"]


@pytest.mark.parametrize('length', [1, 2, 5])
def test_cycle(parts, length):
    nodes = [Table()] + [Node() for _ in range(length - 1)]
    ring = linked(*nodes, nodes[0])
    names = parts.load('chains', parts.Collector(*ring))
    cycle = names.cycle_through(nodes[0], nodes)
    assert cycle[0] is nodes[0] and len(cycle) == length
    assert {id(o) for o in cycle} == {id(o) for o in nodes}


def test_shortest_cycle(parts):
    table, near, far = Table(), Node(), Node()
    references = [(table, far), (far, near), (near, table), (table, near)]
    assert len(parts.load('chains', parts.Collector(*references)).cycle_through(table, [table, near, far])) == 2


def test_no_cycle(parts):
    table, node = Table(), Node()
    names = parts.load('chains', parts.Collector((node, table), (table, [])))
    assert names.cycle_through(table, [table, node]) == []


def test_words_of_a_cycle(parts):
    table, node = Table(), Node()
    table.node, node.table = node, table
    words = parts.load('chains').cycle_words([table, vars(table), node, vars(node)])
    assert words == ('Table -> Node -> Table', 'Node.table')
    words = parts.load('chains').cycle_words([table, [], node])
    assert words[0] == 'Table -> list -> Node -> Table'


def test_references_from_outside(parts):
    """Those that neither the found objects nor the script itself hold."""
    table, node = Table(), Node()
    counts = {id(table): 5, id(node): 4}
    found = [table, node]
    names = parts.load('chains', parts.Collector((node, table), (table, node)), parts.system(getrefcount=lambda o: counts[id(o)]))
    assert names.surplus_of(found) == [4, 3]
    with pytest.raises(names.Unmeasured):
        names.held_outside(found)
    names.ours.extend((4, 3))
    assert names.held_outside(found) is None
    counts[id(node)] += 1
    assert names.held_outside(found) == 1
    names.alive[id(node)] = node  # one reference more of the script's
    assert names.held_outside(found) is None
    counts[id(table)] += 1
    assert names.held_outside(found) == 0


def test_probe_measures_references_of_the_script(parts):
    first, second = Node(), Node()
    counts = {id(first): 6, id(second): 3}
    names = parts.load('chains', parts.Collector((first, second), (second, first)), parts.system(getrefcount=lambda o: counts[id(o)]))
    names.held_outside.__globals__['probe'] = id(first)
    assert names.held_outside([first, second]) is None
    assert names.ours == [5, 2]
