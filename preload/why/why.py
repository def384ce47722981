# why.py - what holds a page's owner. Runs in a forked copy of the audited interpreter that can neither write nor call out (why_copy.c),
# with its collector switched off, and never returns: the copy ends when it is done.
#
# Given: TARGETS  ((event, ((address, type name, construction), ..), stacks), ..), innermost object first; in order of creation;
#                 construction: a number for the call that was making the object then, 0 when it had been made
#        MOMENT   'exit', 'gone' (os._exit), 'left' (no Py_Finalize), 'scope', 'asked' (by a report),
#                 'raised'
#        RAISED   for 'raised': the arguments of sys.unraisablehook
#        gc, sys, clock (milliseconds), LIMIT (milliseconds)
# Leaves: OUT      bytes: records of text fields, each field ended by a NUL, each record by a further one:
#                  event, address, kind, alive (1, 0), detail, advice, links of the chain
#
# Must not: import, open, print, call what a program may define (__repr__, __eq__, __getattr__, properties), need more than 3.6.

DEPTH, WIDTH, VISITED, PER_GROUP = 24, 2000, 40000, 2


class Probe:
    pass


def probes():
    """Two objects that only hold each other; gives the address of the first. See surplus_of."""
    a, b = Probe(), Probe()
    a.other, b.other = b, a
    return id(a)


def look():
    began = clock()
    if hasattr(gc, 'unfreeze'):
        gc.unfreeze()  # what is frozen the collector does not tell of
    probe = probes()
    mine = set()  # what holds objects here
    of_type, of_module = type.__dict__, type(sys).__dict__

    def class_attribute(cls, name):
        """As `type` has it: a metaclass may define its own."""
        return of_type[name].__get__(cls)

    def defined_in(cls):
        return dict(class_attribute(cls, '__dict__') or ())  # None before a C type is ready, as some never are

    def contents(m):
        """As the module type has it: a subclass may define its own."""
        return of_module['__dict__'].__get__(m)

    modules = [m for m in list(sys.modules.values()) if issubclass(type(m), type(sys)) and type(contents(m)) is dict]
    namespaces = {id(contents(m)): m for m in modules}
    frame_type = type(sys._getframe())
    code_type = type(look.__code__)
    function_type, method_type = type(look), type(type('', (), {'f': look})().f)
    getset_type, member_type = type(of_type['__dict__']), type(of_type['__basicsize__'])
    cell_type = type((lambda: began).__closure__[0])
    generator_type = type(x for x in ())
    local_type = getattr(sys.modules.get('_thread'), '_local', None)
    proxy_type = type(sys._getframe().f_locals)  # a dictionary before 3.13
    suspended = 'generator', 'coroutine', 'async_generator'
    missing = object()

    def late():
        return clock() - began > LIMIT

    # ---- words ----

    def short(text):
        return text if len(text) <= 200 else text[:197] + '...'

    def name_of(cls):
        return class_attribute(cls, '__name__')

    def native(cls):
        """The name, if it is the interpreter's own type: a program may name its classes like those."""
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
        if type(path) is not str:  # __main__ has lost it when it is done; what loaded it remembers
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
        return repr(key) if kind in (int, float, bool, type(None)) else short(repr(key)) if kind is bytes else 'a %s' % name_of(kind)

    def own_dict(o):
        for cls in mro(o):
            member = defined_in(cls).get('__dict__')
            if type(member) in (getset_type, member_type):
                try:
                    found = member.__get__(o)
                except Exception:
                    return None
                return found if type(found) is dict else None
        return None

    def mro(o):
        return class_attribute(type(o), '__mro__') or ()

    # ---- one holder: (what it is, name, where); `what` empty when the name says it all ----

    def locals_in(frame):
        """None of a mapping that the program defines, as exec() and metaclasses may give one."""
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
                for slot in (slots,) if type(slots) is str else tuple(slots) if type(slots) in (tuple, list) else ():
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
        if kind in (set, frozenset):
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

    def is_root(o):
        kind = type(o)
        if id(o) in namespaces or kind is frame_type and id(o) in running:
            return True
        if issubclass(kind, type(sys)):
            return True
        if issubclass(kind, type):
            m = sys.modules.get(class_attribute(o, '__module__')) if type(dict_get(defined_in(o), '__module__')) is str else None
            return m is not None and issubclass(type(m), type(sys)) and dict_get(contents(m), name_of(o)) is o
        return False

    # ---- the test harness: of its own objects one link says enough ----

    pytest_runs = '_pytest.runner' in sys.modules
    explicitly = 'release it explicitly, as with `with`' + (" or in a fixture's teardown" if pytest_runs else '')
    KEEPERS = {
        'ExceptionInfo': "pytest's captured exception info (ExceptionInfo)",
        'CallInfo': "pytest's captured exception info (CallInfo)",
        'Traceback': "pytest's captured exception info (Traceback)",
        'TracebackEntry': "pytest's captured exception info (TracebackEntry)",
        'TestResult': "unittest's result, which keeps the tests that failed (TestResult)",
        'TextTestResult': "unittest's result, which keeps the tests that failed (TextTestResult)",
    }

    ENDS = 'TestResult', 'TextTestResult', 'FixtureDef'  # of what holds these nobody needs to know; other objects may be in the test's hands

    def harness_of(o):
        """Whose object it is: pytest's, unittest's, nobody's (None)."""
        if type(o) is frame_type:
            path = o.f_code.co_filename
            return 'pytest' if '/_pytest/' in path or '/pluggy/' in path else 'unittest' if '/unittest/' in path else None
        if issubclass(type(o), BaseException):
            return None  # pytest.fail's, too: their tracebacks tell more
        module = dict_get(defined_in(type(o)), '__module__')
        first, _, rest = module.partition('.') if type(module) is str else ('', '', '')
        return 'pytest' if first in ('_pytest', 'pluggy', 'xdist', 'execnet') else 'unittest' if first == 'unittest' and rest != 'mock' else None

    def stored(o, name):
        """An attribute that is in a slot or the object's own dictionary; None else."""
        member = next((defined_in(cls)[name] for cls in mro(o) if name in defined_in(cls)), None)
        try:
            return member.__get__(o) if type(member) is member_type else dict_get(own_dict(o) or {}, name)
        except Exception:
            return None

    def keeper_words(o):
        kind = name_of(type(o))
        name = stored(o, 'argname' if kind == 'FixtureDef' else 'name')
        if type(o) is frame_type:
            return ('%s, while it runs %s' if id(o) in running else "%s's frame of %s") % (harness_of(o), code_name(o.f_code))
        if harness_of(o) == 'pytest' and type(name) is str:
            return "pytest's %s '%s'" % ('fixture' if kind == 'FixtureDef' else 'test item' if kind.endswith('Function') else kind, short(name))
        return KEEPERS.get(kind) or "%s's %s" % (harness_of(o), kind)

    def next_harness(chain, i):
        """The place of the harness's own object that is reached from chain[i] on through mere containers; 0 none."""
        while i < len(chain):
            if harness_of(chain[i]):
                return i
            if type(chain[i]) not in (list, tuple, dict, set, cell_type, method_type) or id(chain[i]) in namespaces:
                return 0
            i += 1
        return 0

    # ---- running frames are no objects of the collector's ----

    running, locals_of = {}, {}
    for thread_frame in list(sys._current_frames().values()):
        frame = thread_frame
        while frame is not None:
            if frame.f_code.co_filename != '<pageleak>':
                running[id(frame)] = frame
                for value in dict.values(locals_in(frame)):
                    locals_of.setdefault(id(value), frame)
            frame = frame.f_back
    if running:  # module level: its locals are the namespace, which says more
        for key in [k for k, f in locals_of.items() if f.f_code.co_name == '<module>']:
            del locals_of[key]

    # ---- the way up ----

    raisers = {}
    mine.add(id(raisers))

    def raiser(traceback):
        """The exception that this traceback, or what leads to it, is of: its own references say so only at the end of a long row."""
        if not raisers:
            raisers[None] = None
            for o in gc.get_objects():
                at = BaseException.__traceback__.__get__(o) if issubclass(type(o), BaseException) else None
                while at is not None and id(at) not in raisers:
                    raisers[id(at)] = o
                    at = at.tb_next
            o = at = None
        return raisers.get(id(traceback))

    def way_up(start):
        """(found, below, top, whole). `found`: all that was met, `start` first: the only references to it that this leaves. `below`: by id
        the place in `found` of what it holds. `top`: the place of the root, None if there is none; `whole`: was that all there is?"""
        found, below, level, mark = [start], {id(start): None}, [0], object()
        for depth in range(DEPTH):
            places = {id(found[i]): i for i in level}
            for i in level:
                frame = locals_of.get(id(found[i]))
                if frame is not None:
                    found.append(frame)
                    below[id(frame)] = i
                    return found, below, len(found) - 1, True
            if late():
                return found, below, None, False
            level = []
            for holder in gc.get_referrers(*[found[i] for i in places.values()] + [mark]):
                if id(holder) in mine or id(holder) in below or holder is found:
                    continue
                if type(holder) is tuple and holder and holder[-1] is mark:
                    continue  # from 3.13 on the arguments themselves are met
                if type(holder) is frame_type and holder.f_code.co_filename == '<pageleak>':
                    continue  # before 3.7 the collector knows running frames, too
                held = next(iter(places.values()))
                if len(places) > 1:
                    held = next((places[id(c)] for c in gc.get_referents(holder) if id(c) in places), held)
                below[id(holder)] = held
                level.append(len(found))
                found.append(holder)
                if is_root(holder):
                    return found, below, len(found) - 1, True
                raised = raiser(holder) if native(type(holder)) == 'traceback' else None
                if raised is not None and id(raised) not in below:
                    below[id(raised)] = len(found) - 1
                    level.append(len(found))
                    found.append(raised)
                raised = None
            if not level:
                return found, below, None, True
            if len(level) > WIDTH or len(found) > VISITED:
                return found, below, None, False
        return found, below, None, False

    def chain_of(found, below, top):
        chain = []
        while top is not None:
            chain.append(found[top])
            top = below[id(found[top])]
        return chain[::-1]

    def words_of(chain):
        """One text a link, containers named by what holds them."""
        links, i = [thing(chain[0])], 1
        while i < len(chain):
            keeper = next_harness(chain, i)
            if keeper:
                links.append(keeper_words(chain[keeper]))
                if id(chain[keeper]) in running or name_of(type(chain[keeper])).endswith(('Function',) + ENDS):
                    break
                while keeper:
                    i = keeper + 1
                    keeper = next_harness(chain, i)
                continue
            holder, held = chain[i], chain[i - 1]
            what, name, where = held_by(holder, held)
            following = chain[i + 1] if i + 1 < len(chain) else None
            local = next((k for k in (i + 1, i + 2) if k < len(chain) and local_type is not None and issubclass(type(chain[k]), local_type)), 0)
            own = following is not None and type(holder) is dict and own_dict(following) is holder and id(holder) not in namespaces
            if local and type(holder) is dict:
                what, name, where = '', 'attribute %s' % key_words(key_of(holder, held)), 'of threading.local'
                i = local
            elif type(holder) is frame_type and following is not None and native(type(following)) in suspended:
                what, name, where = of_generator(following, held)
                i += 1
            elif own or (following is not None and type(holder) is dict and issubclass(type(following), type)):
                what, name, where = of_class(following, held) if issubclass(type(following), type) else in_instance(following, held)
                i += 1
            elif what == 'cell' and following is not None and type(following) is function_type:
                what, name, where = in_function(following, holder)
                i += 1
            elif what == 'cell' and following is not None and type(following) is tuple and i + 2 < len(chain):
                what, name, where = in_function(chain[i + 2], holder) if type(chain[i + 2]) is function_type else ('cell', '', '')
                i += 2
            elif what == 'traceback':
                while i + 1 < len(chain) and native(type(chain[i + 1])) == 'traceback':
                    i += 1
                if i + 1 < len(chain) and issubclass(type(chain[i + 1]), BaseException):
                    what, name, where = 'traceback of ' + name_of(type(chain[i + 1])), '', ''
                    i += 1
            elif what and (type(holder) in (list, tuple, set, frozenset) or issubclass(type(holder), dict) or native(type(holder)) == 'deque') \
                    and following is not None:
                upper_what, upper_name, upper_where = held_by(following, holder)
                if type(following) is dict and i + 2 < len(chain) and id(following) not in namespaces and own_dict(chain[i + 2]) is following:
                    upper_what, upper_name, upper_where = in_instance(chain[i + 2], holder)
                    i += 1
                if upper_name:
                    kind, _, bare = upper_name.partition(' ')
                    label = bare if kind in ('global', 'local', 'attribute') else upper_name
                    where = ('in' if kind == 'global' else 'of') + upper_where[2:] if upper_where.startswith('of ') else upper_where
                    what, name = '%s %s' % (what, label), ''
                    i += 1
            if native(type(holder)) == '_lru_list_elem' or type(holder) is dict and following is not None \
                    and native(type(following)) == '_lru_cache_wrapper':
                i += 1
                continue
            links.append(short(' '.join(part for part in (what, name, where) if part)))
            i += 1
        return links

    # ---- cycles ----

    def surplus_of(found):
        """Of each, how many references there are that do not come from one of these: what the collector goes by. Ours are among
        them: those on the probes, which nothing else holds, are just as many."""
        inside = {id(o): 0 for o in found}
        for i in range(len(found)):
            for at in gc.get_referents(found[i]):
                if id(at) in inside:
                    inside[id(at)] += 1
        at = None
        return [sys.getrefcount(found[i]) - inside[id(found[i])] for i in range(len(found))]

    ours = []  # on the object that is asked about, on one that holds it

    class Unmeasured(Exception):
        pass

    def held_outside(found):
        if not ours and id(found[0]) != probe:
            raise Unmeasured
        surplus = surplus_of(found)
        if not ours:
            ours.extend((surplus[0], min(surplus[1:])))
        return next((i for i in range(len(found)) if surplus[i] > ours[i > 0] + (i > 0 and id(found[i]) in alive)), None)

    def cycle_through(start, found):
        """The shortest way from `start` back to itself among `found`; [] none."""
        inside = {id(o) for o in found}
        parents, level = {}, [start]
        for _ in range(DEPTH):
            following = []
            for o in level:
                for at in gc.get_referents(o):
                    if at is start:
                        back = [o]
                        while back[-1] is not start:
                            back.append(parents[id(back[-1])])
                        return back[::-1]
                    if id(at) in inside and id(at) not in parents:
                        parents[id(at)] = o
                        following.append(at)
            level = following
        return []

    def cycle_words(cycle):
        """Table -> Node -> Table, and where to break it: the last attribute on the way back."""
        names, at, i = [], None, 0
        ring = cycle + [cycle[0]]
        for i, o in enumerate(cycle):
            follower = ring[i + 1]
            if type(o) is dict and names and own_dict(ring[i - 1]) is o:
                name = key_of(o, follower)
                at = '%s.%s' % (name_of(type(ring[i - 1])), name) if type(name) is str else at
                continue
            names.append(name_of(type(o)))
            _, name, _ = in_instance(o, follower) if type(o) not in (list, tuple, dict, set, cell_type, function_type, method_type) else ('', '', '')
            if name.startswith("attribute '"):
                at = '%s.%s' % (name_of(type(o)), name[11:-1])
        return ' -> '.join(names + [name_of(type(cycle[0]))]), at

    # ---- what would release it ----

    def finalizer_of(o):
        if class_finalizer(type(o)):
            return class_finalizer(type(o))
        weakref = sys.modules.get('weakref')
        registry = getattr(getattr(weakref, 'finalize', None), '_registry', None)
        begun = [frame.f_locals.get('info') for frame in running.values()  # the one that runs now has left the registry
                 if frame.f_code.co_name == '__call__' and file_of(frame.f_code.co_filename) == 'weakref.py']
        for info in (list(registry.values()) if type(registry) is dict else []) + [info for info in begun if info is not None]:
            if info.weakref() is o:
                return 'weakref.finalize'
        getweakrefs = getattr(sys.modules.get('_weakref'), 'getweakrefs', None)
        for reference in getweakrefs(o) if getweakrefs else ():
            called = reference.__callback__
            if type(called) is function_type and not of_library(called.__module__):  # a library's only forget it, as logging's do
                return 'a weakref callback'
        return None

    def classes_named(name):
        name = name.rpartition('.')[2]
        if not classes:
            classes.extend(o for o in gc.get_objects() if issubclass(type(o), type))
        return [o for o in classes if plain(name_of(o)) == name]

    classes = []
    mine.add(id(classes))

    def class_finalizer(cls):
        """Its __del__, unless that is a library's and seen to remove nothing: many only close what they have open."""
        return next(('%s.__del__' % name_of(base) for base in class_attribute(cls, '__mro__')
                     if '__del__' in defined_in(base) and
                     (not of_library(class_attribute(base, '__module__')) or removes(cls, '__del__'))), None)

    def method_of(cls, name):
        return next((defined_in(base)[name] for base in class_attribute(cls, '__mro__')
                     if name in defined_in(base)), None)

    def codes_of(code):
        return [code] + [inner for const in code.co_consts if type(const) is code_type for inner in codes_of(const)]

    def removes(cls, name):
        """Does that method name a function that removes files, or any that it may call: of its class, of its module and of the classes
        there? What is no Python counts as one."""
        todo, seen = [method_of(cls, name)], set()
        while todo:
            method = todo.pop()
            if type(method) is not function_type:
                return True
            if len(seen) > 2000:
                return True
            space = [cls] + [c for c in list(dict.values(method.__globals__)) if issubclass(type(c), type)]
            for n in [n for code in codes_of(method.__code__) for n in code.co_names + code.co_freevars if n not in seen]:
                if n in ('unlink', 'remove', 'rmdir', 'rmtree', 'removedirs', 'cleanup', 'system', 'Popen', 'call', 'run'):
                    return True
                seen.add(n)
                found = [dict_get(method.__globals__, n)] + [method_of(c, n) for c in space]
                todo.extend(f for f in found if type(f) is function_type)
        return False

    def of_library(module):
        m = sys.modules.get(module) if type(module) is str else None
        path = dict_get(contents(m), '__file__') if m is not None and issubclass(type(m), type(sys)) else None
        return type(path) is str and ('/lib/python3' in path or '-packages/' in path)

    def no_finalizer(cls):
        name = name_of(cls)
        detail, nor = '%s has no __del__ and no weakref.finalize' % name, ', and its __exit__ removes nothing'
        if method_of(cls, '__del__') is not None:
            detail, nor = '%s has no weakref.finalize, and its __del__ removes nothing' % name, ', nor does its __exit__'
        if method_of(cls, '__exit__') is not None:
            if removes(cls, '__exit__'):
                return detail + ', and its __exit__ did not run', 'use it in a `with` statement'
            detail += nor
        if any(name_of(base) == 'TestCase' for base in class_attribute(cls, '__mro__')):
            return detail, 'in a test: self.addCleanup(shutil.rmtree or os.unlink, path), or tearDown'
        for n in 'unlink', 'cleanup':
            if type(method_of(cls, n)) is function_type:
                return detail, 'call its %s() in `finally`' % n
        if of_library(class_attribute(cls, '__module__')):
            return detail, 'the library leaves that to its user: remove it in `finally`, or have it work in a tempfile.TemporaryDirectory'
        return detail, 'weakref.finalize(self, os.unlink, path) in %s.__init__ (shutil.rmtree for a directory), or make it a context manager' % name

    # ---- one target ----

    def advice_for(chain, links):
        kinds = {native(type(o)) for o in chain}
        if 'traceback' in kinds:
            return 'the traceback keeps the locals of its frames: release in `with`%s or `finally`, not by `del`' % \
                (", a fixture's teardown" if pytest_runs else '')
        if '_lru_cache_wrapper' in kinds:
            return next(l for l in links if l.startswith('lru_cache'))[len('lru_cache of '):-2] + '.cache_clear() lets go of it; better cache a key'
        if local_type is not None and any(l.endswith('threading.local') for l in links):
            return 'it goes with its thread, or when the attribute is deleted: ' + explicitly
        if type(chain[-1]) is frame_type and not harness_of(chain[-1]):
            return 'the frame still runs: %s, or leave the function' % explicitly
        root = namespaces.get(id(chain[-1]), chain[-1])
        if root is not None and of_library(class_attribute(root, '__module__') if issubclass(type(root), type) else
                                           dict_get(contents(root), '__name__') if issubclass(type(root), type(sys)) else None):
            return 'a library keeps it: end its use there, as by close(), shutdown() or clear(), or ' + explicitly
        return 'delete that reference, or ' + explicitly

    def alive_words(o, finalizer):
        """(kind, detail, advice, chain)"""
        finalizer = finalizer or finalizer_of(o)
        found, below, top, whole = way_up(o)
        raisers.clear()  # references of ours
        links = [thing(o)]
        if top is not None:
            chain = chain_of(found, below, top)
            links = words_of(chain)
            kind, detail, advice = 'referenced', 'held by ' + links[-1], advice_for(chain, links)
        elif whole:
            kind, detail, advice, links = loose_words(o, found, below, links)
        else:
            kind, detail, advice = 'unknown', 'the search for what holds it was cut short', ''
        if not finalizer:
            return ('no-finalizer',) + no_finalizer(type(o)) + (links,)
        if getattr(gc, 'is_finalized', None) and gc.is_finalized(o) and finalizer.endswith('__del__'):
            return 'finalizer-failed', '%s has run, it let the object live on, and it will not run again' % finalizer, \
                'release the page in the finalizer before anything else', links
        if MOMENT == 'gone':
            return 'killed', 'os._exit() ends the process without running %s; %s' % (finalizer, detail), \
                'leave by sys.exit() or return, or release before os._exit()', links
        if MOMENT == 'left':
            return 'killed', 'the program ends without Py_Finalize(), and so without running %s; %s' % (finalizer, detail), \
                'call Py_FinalizeEx() before the program ends, or release explicitly', links
        return kind, detail, advice, links

    def loose_words(o, found, below, links):
        for local in [x for x in gc.get_objects() if local_type is not None and issubclass(type(x), local_type)]:
            try:
                own = type(local).__getattribute__(local, '__dict__')
            except Exception:
                continue
            if any(at is own for at in found):
                name = key_of(own, o)
                links = links + [('attribute %s of ' % key_words(name) if name is not missing else '') + 'threading.local']
                m = next((m for m in modules if key_of(contents(m), local) is not missing), None)
                if m is not None:
                    links.append('%s %s' % in_module(m, local)[1:])
                return 'referenced', 'held by a threading.local', advice_for([o], links[:2]), links
        keeper = next((i for i, at in enumerate(found) if harness_of(at) and type(at) is not frame_type), None)
        if keeper is not None:
            chain = chain_of(found, below, keeper)
            links = words_of(chain)
            return 'referenced', 'held by ' + links[-1], advice_for(chain, links), links
        outside = held_outside(found)
        if outside is not None:
            unseen = "a C extension, another thread's local data, or the interpreter"
            if outside:
                links = words_of(chain_of(found, below, outside))
                if thing(found[outside]) not in links[-1]:
                    links.append(thing(found[outside]))
                if type(found[outside]) in (function_type, method_type):
                    unseen = 'atexit, where it was registered, or a C extension'
            return 'referenced', "held by something that Python's collector cannot see: " + unseen, explicitly, links
        ring = cycle_through(o, found)
        for at in found:
            if not ring and type(at) is not dict:  # an object's own dictionary is no place to begin
                ring = cycle_through(at, found)
        if not ring:
            return 'unknown', 'nothing that holds it was found', '', links
        text, at = cycle_words(ring)
        if ring[0] is not o:
            chain = chain_of(found, below, next(i for i, at in enumerate(found) if at is ring[0]))
            links = words_of(chain)
        links = links + ['cycle: %s (collectable: gc.collect() releases it)' % text]
        if any(native(type(at)) == 'traceback' for at in ring):
            return 'cycle', 'held by a traceback in a reference cycle, which only the collector can release: ' + text, advice_for(ring, links), links
        return 'cycle', ('' if ring[0] is o else 'held by ') + 'a reference cycle, which only the collector can release: ' + text, \
            ('make %s a weakref.%s' % (at, 'WeakMethod' if method_type in map(type, ring) else 'ref') if at else 'break the cycle') + ', or ' + explicitly.replace(' it', '', 1), links

    def dead_words(name):
        found = classes_named(name)
        if not found and getattr(gc, 'get_freeze_count', int)():
            return 'unknown', 'neither %s nor its class is to be seen: gone, or frozen by gc.freeze()' % name, ''
        if not found:
            return 'unknown', '%s is gone, and so is its class' % name, ''
        answers = [of_the_dead(cls) for cls in found]
        if any(answer[0] != answers[0][0] for answer in answers):
            return 'unknown', '%s is gone, and of the %d classes of that name some have a finalizer' % (name_of(found[0]), len(found)), ''
        return answers[0]

    def of_the_dead(cls):
        finalizer = class_finalizer(cls)
        if finalizer:
            return 'finalizer-failed', '%s is gone, but %s left the page' % (name_of(cls), finalizer), \
                'look for an exception in %s, or a path that it no longer knew' % finalizer
        if finalizes(cls):
            return 'unknown', '%s is gone; if it had its weakref.finalize, that left the page' % name_of(cls), \
                'look for an exception in what weakref.finalize was given, or a path that is another now'
        return ('no-finalizer',) + no_finalizer(cls)

    def finalizes(cls):
        """Does a method name weakref.finalize? Of one that has been called nothing is left to see."""
        methods = [method for base in class_attribute(cls, '__mro__') for method in defined_in(base).values()]
        return any('finalize' in code.co_names for method in methods if type(method) is function_type
                   for code in codes_of(method.__code__))

    # ---- all of them ----

    out = []

    def encoded(text):
        try:
            return text.encode('utf-8', 'surrogateescape')
        except UnicodeEncodeError:
            return text.encode('utf-8', 'backslashreplace')

    def say(*fields):
        out.append(b''.join(encoded(str(field).replace('\0', '?') or ' ') + b'\0' for field in fields) + b'\0')

    def raised():
        unraisable = RAISED[1]
        value, trace = unraisable.exc_value, unraisable.exc_traceback
        text = name_of(unraisable.exc_type)
        said = BaseException.args.__get__(value) if value is not None else ()
        message = said[0] if said and type(said[0]) is str else ''
        if issubclass(unraisable.exc_type, OSError) and value is not None:
            message = OSError.__str__(value)
        owners, inner = [], None
        while trace is not None:
            owners.append(dict_get(locals_in(trace.tb_frame), 'self'))
            inner = trace
            trace = trace.tb_next
        wanted = {address for _, objects, _ in TARGETS for address, _, _ in objects}
        where = ', in %s %s' % (code_name(inner.tb_frame.f_code), place(inner.tb_frame.f_code, inner.tb_lineno)) if inner else ''
        for o in owners:
            if o is not None and id(o) in wanted:
                say(0, id(o), 'finalizer-failed', 1, short(text + (': ' + message if message else '') + where),
                    'mend the finalizer: Python prints the exception and goes on', thing(o))
                return

    if MOMENT == 'raised':
        raised()
        return b''.join(out)

    wanted = {address for _, objects, _ in TARGETS for address, _, _ in objects}
    wanted.add(probe)
    alive = {id(o): o for o in gc.get_objects() if id(o) in wanted}
    mine.add(id(alive))
    last, owner_of = {probe: 0}, {(0, probe): 0}

    def tell_apart():
        """`last`: the latest object at each address. An address is used again: another constructor's call made another object, and so
        did the same one when it comes by the same stacks again."""
        for event, objects, stack in TARGETS:
            calls = {}
            for address, name, construction in objects:
                calls[address] = name, construction or calls.get(address, (name, 0))[1]
            for address, (name, construction) in calls.items():
                known = last.get(address)
                if known is None or known[0] != name or construction and (construction != known[1] or stack in known[2]):
                    known = last[address] = (name, construction, set())
                known[2].add(stack)
                owner_of[event, address] = known

    tell_apart()

    def plain(name):  # as why_targets.c writes it
        return ''.join(c for c in name if c in letters)[:80]

    letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'

    def living(event, address, name):
        o = alive.get(address)
        same = o is not None and plain(name_of(type(o))) == name.rpartition('.')[2] and last[address] is owner_of[event, address]
        return o if same else None

    groups = {}

    def answer(event, objects):
        address, name, _ = objects[0]
        o = living(event, address, name)
        finalizer = None
        for a, n, _ in objects[1:]:
            other = living(event, a, n)
            finalizer = finalizer or other is not None and finalizer_of(other) or None
        other = None
        key = (name, o is not None)
        groups[key] = groups.get(key, 0) + 1
        if groups[key] > PER_GROUP and (late() or groups[key] > 50):
            return say(event, address, 'unknown', int(o is not None), ' ', ' ')
        try:
            if o is not None:
                kind, detail, advice, links = alive_words(o, finalizer)
            else:
                kind, detail, advice = dead_words(name)
                links = []
        except Unmeasured:
            raise
        except BaseException as problem:  # SystemExit, too: should code of the program's have run after all
            kind, detail, advice, links = 'unknown', 'it could not be looked at: %s' % name_of(type(problem)), '', []
        if event:
            say(event, address, kind, int(o is not None), short(detail), short(advice), *links)

    for event, objects, _ in TARGETS:
        for attempt in range(2):
            try:
                answer(event, objects)
                break
            except Unmeasured:
                pass
            answer(0, ((probe, 'Probe', 0),))  # how many references this code itself holds
    return b''.join(out)


OUT = look()
