"""The parts of the script that asks an interpreter what holds an object (preload/why/*.py), loaded with a collector and a `sys` of the
test's own."""
import pathlib
import re
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[4]
WHY = ROOT / 'preload/why'
PARTS = re.search(r'^WHY_PARTS := (.*)$', (WHY / 'why.mk').read_text(), re.M).group(1).split()


class Collector:
    """Stands for the gc module: knows the objects and the references, (holder, held), that it was given, and no others."""

    def __init__(self, *references, objects=(), finalized=()):
        self.references = references
        self.objects = [*objects, *(o for pair in references for o in pair)]
        self.finalized = finalized
        self.found = []  # what get_referrers was asked for, one list a call

    def get_objects(self):
        return list({id(o): o for o in self.objects}.values())

    def get_referrers(self, *held):
        self.found.append(held)
        return list({id(a): a for a, b in self.references if any(b is o for o in held)}.values())

    def get_referents(self, *holders):
        return [b for a, b in self.references if any(a is o for o in holders)]

    def is_finalized(self, o):
        return any(o is at for at in self.finalized)


def system(modules=(), frames=(), **more):
    """Stands for the sys module: with these modules, frames that run, and attributes."""
    made = types.ModuleType('sys')
    made.modules = {m.__name__: m for m in modules}
    made._getframe = sys._getframe
    made._current_frames = lambda: dict(enumerate(frames))
    made.getrefcount = sys.getrefcount
    made.__dict__.update(more)
    return made


def module(name, path=None, **contents):
    made = types.ModuleType(name)
    made.__dict__.update(contents, **({'__file__': path} if path else {}))
    return made


def load(last, gc=None, sys=None, clock=lambda: 0, **given):
    """The namespace of the parts up to `last`."""
    names = dict({'MOMENT': 'exit', 'LIMIT': 1000, 'TARGETS': ()}, gc=gc or Collector(), sys=sys or system(), clock=clock, **given)
    for part in PARTS[:PARTS.index(last) + 1]:
        run(part, names)
    return types.SimpleNamespace(**names)


def run(part, names):
    exec(compile((WHY / (part + '.py')).read_text(), '<pageleak>', 'exec'), names)


@pytest.fixture
def parts():
    """load, run, Collector, system and module, for tests: pytest's import mode knows no packages here."""
    return types.SimpleNamespace(load=load, run=run, Collector=Collector, system=system, module=module, names=PARTS, folder=WHY, root=ROOT)
