# harness.py - names the objects of a test harness. Needs holders.py.
#
# One link says enough of them: "pytest's fixture 'table'", not the ten objects of pytest in between.

KEEPERS = {
    'ExceptionInfo': "pytest's captured exception info (ExceptionInfo)",
    'CallInfo': "pytest's captured exception info (CallInfo)",
    'Traceback': "pytest's captured exception info (Traceback)",
    'TracebackEntry': "pytest's captured exception info (TracebackEntry)",
    'TestResult': "unittest's result, which keeps the tests that failed (TestResult)",
    'TextTestResult': "unittest's result, which keeps the tests that failed (TextTestResult)",
}

# Nobody needs to know what holds these. Other objects of the harness may be held by the test itself.
ENDS = 'TestResult', 'TextTestResult', 'FixtureDef'


def harness_of(o):
    """The harness that an object belongs to: 'pytest', 'unittest' or None."""
    if type(o) is frame_type:
        path = o.f_code.co_filename
        return 'pytest' if '/_pytest/' in path or '/pluggy/' in path else 'unittest' if '/unittest/' in path else None
    if issubclass(type(o), BaseException):
        return None  # those of pytest.fail, too: their tracebacks say more
    module = dict_get(defined_in(type(o)), '__module__')
    first, _, rest = module.partition('.') if type(module) is str else ('', '', '')
    return 'pytest' if first in ('_pytest', 'pluggy', 'xdist', 'execnet') else 'unittest' if first == 'unittest' and rest != 'mock' else None


def keeper_words(o):
    kind = name_of(type(o))
    name = stored(o, 'argname' if kind == 'FixtureDef' else 'name')
    if type(o) is frame_type:
        return ('%s, while it runs %s' if id(o) in running else "%s's frame of %s") % (harness_of(o), code_name(o.f_code))
    if harness_of(o) == 'pytest' and type(name) is str:
        return "pytest's %s '%s'" % ('fixture' if kind == 'FixtureDef' else 'test item' if kind.endswith('Function') else kind, short(name))
    return KEEPERS.get(kind) or "%s's %s" % (harness_of(o), kind)


def next_harness(chain, i):
    """Index of the next object of a harness in the chain, from i on, with nothing but containers before it; 0: none."""
    while i < len(chain):
        if harness_of(chain[i]):
            return i
        if not is_any(chain[i], list, tuple, dict, set, cell_type, method_type) or id(chain[i]) in namespaces:
            return 0
        i += 1
    return 0
