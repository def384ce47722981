"""Where things are: the tree, what was built of it, and the tables in the sources that tests read."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / 'build'
PAGELEAK = Path(os.environ.get('PAGELEAK_TESTED', BUILD / 'pageleak'))  # build/asan/pageleak: the sanitized one
LIBRARY = BUILD / 'libpageleak.so'
VICTIMS = ROOT / 'tests' / 'victims'
SCHEMA = ROOT / 'tests' / 'junit.xsd'
PYTHON = '/usr/bin/python3'  # the distribution's


def source(top, name):
    """The one file of that name in preload/ or report/, whichever of its folders has it."""
    file, = (ROOT / top).rglob(name)
    return file


HOOKS_DEF = source('preload', 'hooks.def')
SYSCALLS_DEF = source('preload', 'syscalls.def')
OPTIONS_DEF = source('report', 'options.def')
SETTINGS_DEF = source('preload', 'settings.def')
