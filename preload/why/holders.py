# holders.py - names what holds an object: a global, an attribute, a list element, a local variable of a frame.
#
# The first part of the script that asks a copy of the interpreter (why_copy.c); the parts run as one, in the order of why.mk, in a
# namespace of their own. The copy can neither write nor make calls, its collector is off, and it ends when the script is done.
#
# The script is given
#   TARGETS  ((event, ((address, type name, construction), ..), stacks), ..): the pages in order of creation, the objects of each
#            with the innermost first; construction: a number for the call that was running the object's constructor, 0 for none
#   MOMENT   'exit', 'gone' (os._exit), 'left' (no Py_Finalize), 'scope', 'asked' (by a report), 'raised'
#   RAISED   for 'raised': the arguments of sys.unraisablehook
#   gc, sys, clock (gives milliseconds), LIMIT (milliseconds)
# and leaves
#   OUT      bytes: records of text fields, a NUL behind each field and one more behind each record: event, address, kind,
#            alive (1, 0), detail, advice, links of the chain
#
# Must not: import, open, print; run code of the program (__repr__, __eq__, __getattr__, properties); need more than Python 3.6;
# leave a reference to an object of the program in a global variable, but in the containers of `mine`.
#
# The build drops lines that begin with `#`.

began = clock()
of_type, of_module = type.__dict__, type(sys).__dict__
mine = {id(globals())}  # ids of the script's own containers of objects: no holders


def late():
    return clock() - began > LIMIT


# ---- what classes and modules contain, past what a program overrides ----


def class_attribute(cls, name):
    """Asks `type` itself: a metaclass may define the attribute, too."""
    return of_type[name].__get__(cls)


def defined_in(cls):
    return dict(class_attribute(cls, '__dict__') or ())  # None for a C type that is not ready


def contents(m):
    """Namespace of a module, asked of the module type itself: a subclass may define __dict__, too."""
    return of_module['__dict__'].__get__(m)


modules = [m for m in list(sys.modules.values()) if issubclass(type(m), type(sys)) and type(contents(m)) is dict]
namespaces = {id(contents(m)): m for m in modules}
frame_type = type(sys._getframe())
code_type = type(late.__code__)
function_type, method_type = type(late), type(type('', (), {'f': late})().f)
getset_type, member_type = type(of_type['__dict__']), type(of_type['__basicsize__'])
cell_type = type((lambda x: lambda: x)(0).__closure__[0])
local_type = getattr(sys.modules.get('_thread'), '_local', None)
proxy_type = (lambda: type(sys._getframe().f_locals))()  # of a function; a dictionary before 3.13
suspended = 'generator', 'coroutine', 'async_generator'
missing = object()
pytest_runs = '_pytest.runner' in sys.modules
explicitly = 'release it explicitly, as with `with`' + (" or in a fixture's teardown" if pytest_runs else '')


def is_any(o, *types):
    """Whether its type is one of these. `type(o) in (..)` would call __eq__ of a metaclass."""
    return any(type(o) is at for at in types)


# ---- texts for objects ----


def short(text):
    return text if len(text) <= 200 else text[:197] + '...'


def name_of(cls):
    return class_attribute(cls, '__name__')


def native(cls):
    """Name of a class of the interpreter; '' for others, which may have the same name."""
    module = class_attribute(cls, '__module__')
    return name_of(cls) if type(module) is str and module in ('builtins', 'functools', 'collections', '_thread') else ''


def thing(o):
    if type(o) is function_type:
        return 'function %s' % o.__qualname__
    if type(o) is method_type and type(o.__func__) is function_type:
        return 'bound method %s' % o.__func__.__qualname__
    return '%s at 0x%x' % (name_of(type(o)), id(o))


def file_of(path):
    return path.replace('\\', '/').rpartition('/')[2] if type(path) is str else '?'


def place(code, line):
    return '(%s:%s)' % (file_of(code.co_filename), line or code.co_firstlineno)


def code_name(code):
    return getattr(code, 'co_qualname', None) or code.co_name


def module_words(m):
    words = dict_get(contents(m), '__name__')
    path = dict_get(contents(m), '__file__')
    if type(path) is not str:  # __main__ has lost __file__ after its end; its loader has not
        path = stored(dict_get(contents(m), '__loader__'), 'path')
    if type(path) is not str:
        path = next((o.__code__.co_filename for o in list(contents(m).values())
                     if type(o) is function_type and o.__module__ == words), None)
    words = words if type(words) is str else '?'
    return 'module %s' % words + (' (%s)' % file_of(path) if type(path) is str else '')


def dict_get(mapping, key):
    try:
        return dict.get(mapping, key)
    except Exception:
        return None


def key_of(mapping, value):
    for key, at in dict.items(mapping):
        if at is value:
            return key
    return missing


def key_words(key):
    kind = type(key)
    if kind is str:
        return "'%s'" % short(key)
    return repr(key) if is_any(key, int, float, bool, type(None)) else short(repr(key)) if kind is bytes else 'a %s' % name_of(kind)


def own_dict(o):
    for cls in mro(o):
        member = defined_in(cls).get('__dict__')
        if is_any(member, getset_type, member_type):
            try:
                found = member.__get__(o)
            except Exception:
                return None
            return found if type(found) is dict else None
    return None


def mro(o):
    return class_attribute(type(o), '__mro__') or ()


def stored(o, name):
    """Value of an attribute in a slot or in the object's dictionary; else None. Runs no property."""
    member = next((defined_in(cls)[name] for cls in mro(o) if name in defined_in(cls)), None)
    try:
        return member.__get__(o) if type(member) is member_type else dict_get(own_dict(o) or {}, name)
    except Exception:
        return None


# ---- how one object holds another: (kind of holder, name, where), any of them '' ----


def locals_in(frame):
    """Local variables of a frame; {} when they are in a mapping of the program's own, as exec() and metaclasses allow."""
    found = frame.f_locals
    return found if issubclass(type(found), dict) else dict(found) if type(found) is proxy_type else {}


def in_frame(frame, o):
    name = key_of(locals_in(frame), o)
    where = 'frame %s %s' % (code_name(frame.f_code), place(frame.f_code, frame.f_lineno))
    if frame.f_code.co_name == '<module>':
        where = 'module level ' + place(frame.f_code, frame.f_lineno)
    return ('', 'local %s' % key_words(name) if name is not missing else 'a temporary value', 'of ' + where)


def in_instance(holder, o):
    own = own_dict(holder)
    name = missing
    if own is not None:
        name = key_of(own, o)
    if name is missing:
        for cls in mro(holder):
            slots = dict_get(defined_in(cls), '__slots__') or ()
            for slot in (slots,) if type(slots) is str else tuple(slots) if is_any(slots, tuple, list) else ():
                member = dict_get(defined_in(cls), slot)
                try:
                    if type(member) is member_type and member.__get__(holder) is o:
                        name = slot
                except Exception:
                    pass
    if name is missing:
        return ('', '', thing(holder))
    return ('', 'attribute %s' % key_words(name), 'of ' + thing(holder))


def in_function(function, o):
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells):
        if cell is o:
            return ('', "closure variable '%s'" % name, 'of ' + function.__qualname__)
    defaults = function.__defaults__, function.__kwdefaults__
    return ('', 'a default argument' if any(o is at for at in defaults) else 'an attribute', 'of function ' + function.__qualname__)


def of_generator(generator, o):
    frame = getattr(generator, 'gi_frame', None) or getattr(generator, 'cr_frame', None) or getattr(generator, 'ag_frame', None)
    if frame is None:
        return ('', '', thing(generator))
    return ('', in_frame(frame, o)[1], 'of suspended %s %s %s' % (name_of(type(generator)), generator.__qualname__,
                                                                   place(frame.f_code, frame.f_lineno)))


def of_class(cls, o):
    return ('', 'attribute %s' % key_words(key_of(defined_in(cls), o)), 'of class ' + name_of(cls))


def held_by(holder, o):
    kind = type(holder)
    if id(holder) in namespaces:
        return in_module(namespaces[id(holder)], o)
    if kind is frame_type:
        return in_frame(holder, o)
    if kind is list or kind is tuple:
        for i, at in enumerate(holder):
            if at is o:
                return (kind.__name__, '', 'element %d of %d' % (i, len(holder)))
    if issubclass(kind, dict):
        key = key_of(holder, o)
        return (name_of(kind), '', 'key %s' % key_words(key) if key is not missing else 'a key')
    if is_any(holder, set, frozenset):
        return (kind.__name__, '', 'an element')
    if kind is cell_type:
        return ('cell', '', '')
    if kind is function_type:
        return in_function(holder, o)
    if kind is method_type:
        return ('bound method %s' % holder.__func__.__qualname__ if type(holder.__func__) is function_type else 'bound method', '', '')
    if native(kind) == 'builtin_function_or_method':
        return ('bound method %s' % holder.__name__, '', '')
    if native(kind) == 'traceback':
        return ('traceback', '', '')
    if issubclass(kind, BaseException):
        return ('traceback of ' if native(type(o)) == 'traceback' else '') + name_of(kind), '', ''
    if native(kind) in suspended:
        return of_generator(holder, o)
    if native(kind) == '_local':
        return ('threading.local', '', '')
    if native(kind) == '_lru_cache_wrapper':
        wrapped = getattr(holder, '__wrapped__', None)
        return ('lru_cache of %s()' % (wrapped.__qualname__ if type(wrapped) is function_type else '?'), '', '')
    if native(kind) == 'partial':
        return ('functools.partial', '', '')
    if issubclass(kind, type(sys)):
        if dict_get(contents(holder), '__name__') == 'atexit':
            return ('atexit, where it is registered', '', '')
        return ('', '', module_words(holder))
    if issubclass(kind, type):
        return of_class(holder, o)
    return in_instance(holder, o)


def in_module(m, o):
    key = key_of(contents(m), o)
    words = module_words(m)
    if words == 'module sys' and type(key) is str:
        kept = key in ('last_value', 'last_traceback', 'last_exc') and pytest_runs
        return ('', 'sys.' + key, '(where pytest keeps what the last failing test raised)' if kept else '')
    return ('', 'global %s' % key_words(key), 'of ' + words)


# ---- frames that run: the collector does not know them ----

running, locals_of = {}, {}  # frames: by their id; by the ids of their local values


def find_running():
    for frame in list(sys._current_frames().values()):
        while frame is not None:
            if frame.f_code.co_filename != '<pageleak>':
                running[id(frame)] = frame
                for value in dict.values(locals_in(frame)):
                    locals_of.setdefault(id(value), frame)
            frame = frame.f_back
    for key in [k for k, f in locals_of.items() if f.f_code.co_name == '<module>']:
        del locals_of[key]  # these are globals of a module, which says more


find_running()
mine.update((id(running), id(locals_of)))
