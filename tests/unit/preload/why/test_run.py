"""preload/why/run.py: the whole script, with the collector of this interpreter; and the file that the library embeds."""
import ast
import gc
import sys

import pytest


class Table:
    def __del__(self):
        pass


def answers(parts, targets, moment='asked', **more):
    """Records of OUT, each a list of texts."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        out = parts.load('run', gc, sys, MOMENT=moment, TARGETS=targets, LIMIT=60000, **more).OUT
    finally:
        if enabled:
            gc.enable()
    assert out == b'' or out.endswith(b'\0\0')
    return [[field.decode() for field in record.split(b'\0')] for record in out.split(b'\0\0')[:-1]]


def target(event, o, construction=0, stacks=1, name=None):
    return event, ((id(o), name or type(o).__name__, construction),), stacks


KEPT = Table()


def test_global(parts):
    [(event, address, kind, alive, detail, _, *links)] = answers(parts, (target(7, KEPT),))
    assert (event, address, kind, alive) == ('7', str(id(KEPT)), 'referenced', '1')
    assert detail == links[-1].join(('held by ', ''))
    assert "global 'KEPT' of module " in links[-1]


def test_object_in_a_cycle(parts):
    table = Table()
    table.own = {'table': table}
    address = id(table)
    targets = (target(7, table),)
    del table
    [record] = answers(parts, targets)
    assert record[:4] == ['7', str(address), 'cycle', '1']
    assert record[4].endswith('Table -> dict -> Table')
    gc.collect()


def test_object_of_another_type_at_the_address(parts):
    [record] = answers(parts, (target(7, KEPT, name='Other'),))
    assert record[2:5] == ['unknown', '0', 'Other is gone, and so is its class']


def test_only_the_last_object_at_an_address_is_alive(parts):
    records = answers(parts, (target(1, KEPT, construction=11), target(2, KEPT, construction=22)))
    assert [(record[0], record[3]) for record in records] == [('1', '0'), ('2', '1')]


def test_one_constructor_with_the_same_stacks_made_two_objects(parts):
    targets = (target(1, KEPT, construction=11, stacks=5), target(2, KEPT, construction=11, stacks=6),
               target(3, KEPT, construction=11, stacks=5))
    assert [record[3] for record in answers(parts, targets)] == ['0', '0', '1']


def test_many_of_one_type_when_time_is_over(parts):
    clock = iter(range(0, 10 ** 9, 1000))
    records = answers(parts, tuple(target(number, KEPT) for number in range(1, 6)), clock=lambda: next(clock) * 1000)
    assert len(records) == 5
    assert [record[4] for record in records[2:]] == [' '] * 3


def test_probe_at_the_address_of_an_object_that_is_gone(parts):
    """The script allocates memory, too."""
    table = Table()
    table.own = {'table': table}
    gc.disable()
    in_a_cycle = target(3, table)
    del table
    names = parts.load('answers', gc, sys, MOMENT='asked', LIMIT=60000).way_up.__globals__
    names['TARGETS'] = (1, ((names['probe'], 'Gone', 5),), 1), (2, ((names['probe'], 'Probe', 6),), 1), in_a_cycle
    parts.run('run', names)
    gc.enable()
    assert [(record.split(b'\0')[0], record.split(b'\0')[3]) for record in names['OUT'].split(b'\0\0')[:-1]] == [
        (b'1', b'0'), (b'2', b'0'), (b'3', b'1')]
    assert b'\0cycle\0' in names['OUT']
    gc.collect()


def test_exception_in_a_finalizer(parts):
    class Broken:
        def __del__(self):
            raise RuntimeError('cannot')

    kept = []
    hook, sys.unraisablehook = sys.unraisablehook, kept.append
    try:
        Broken()
    finally:
        sys.unraisablehook = hook
    owner = kept[0].exc_traceback.tb_frame.f_locals['self']
    [record] = answers(parts, (target(7, owner),), 'raised', RAISED=(None, kept[0]))
    assert record[:4] == ['0', str(id(owner)), 'finalizer-failed', '1']
    assert record[4].startswith('RuntimeError: cannot, in ') and 'test_run.py:' in record[4]
    assert answers(parts, (target(7, KEPT),), 'raised', RAISED=(None, kept[0])) == []


def test_no_target(parts):
    assert answers(parts, ()) == []


def test_global_variables_hold_no_object(parts):
    """Whatever the script leaves in its namespace must not count as a holder of what it is asked about."""
    enabled = gc.isenabled()
    gc.disable()
    names = parts.load('run', gc, sys, MOMENT='asked', TARGETS=(target(7, KEPT),), LIMIT=60000)
    held = [name for name, value in vars(names).items() if value is KEPT]
    holders = [name for name, value in vars(names).items() if isinstance(value, (dict, list, set)) and name != 'modules'
               and id(value) not in names.mine and any(at is KEPT for at in gc.get_referents(value))]
    if enabled:
        gc.enable()
    assert (held, holders) == ([], [])


def test_parts_name_nothing_that_is_not_given(parts):
    """Each part needs those before it and what holders.py lists."""
    import builtins
    known = set(dir(builtins)) | {'TARGETS', 'MOMENT', 'RAISED', 'gc', 'sys', 'clock', 'LIMIT'}
    for name in parts.names:
        tree = ast.parse((parts.folder / (name + '.py')).read_text())
        nodes = list(ast.walk(tree))
        assert not [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
        known |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        known |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        known |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        known |= {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        assert not used - known, name


def test_script_of_the_build_is_the_parts(parts):
    built = parts.root / 'build/why/why.py'
    if not built.exists():
        pytest.skip('the library is not built')
    source = ''.join((parts.folder / (name + '.py')).read_text() for name in parts.names)
    assert ast.dump(ast.parse(built.read_text())) == ast.dump(ast.parse(source))
    assert not [line for line in built.read_text().splitlines() if line.lstrip().startswith('#')]
