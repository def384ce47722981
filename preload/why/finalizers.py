# finalizers.py - tells what would have removed an object's page, and what to do when nothing would. Needs holders.py.


def finalizer_of(o):
    if class_finalizer(type(o)):
        return class_finalizer(type(o))
    weakref = sys.modules.get('weakref')
    registry = getattr(getattr(weakref, 'finalize', None), '_registry', None)
    begun = [frame.f_locals.get('info') for frame in running.values()  # one that runs is no longer in the registry
             if frame.f_code.co_name == '__call__' and file_of(frame.f_code.co_filename) == 'weakref.py']
    for info in (list(registry.values()) if type(registry) is dict else []) + [info for info in begun if info is not None]:
        if info.weakref() is o:
            return 'weakref.finalize'
    getweakrefs = getattr(sys.modules.get('_weakref'), 'getweakrefs', None)
    for reference in getweakrefs(o) if getweakrefs else ():
        called = reference.__callback__
        if type(called) is function_type and not of_library(called.__module__):  # those of libraries only drop the reference, as in logging
            return 'a weakref callback'
    return None


letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'
classes = []  # all classes there are, when that was asked
mine.add(id(classes))


def plain(name):
    """A name as why_targets.c writes it."""
    return ''.join(c for c in name if c in letters)[:80]


def classes_named(name):
    name = name.rpartition('.')[2]
    if not classes:
        classes.extend(o for o in gc.get_objects() if issubclass(type(o), type))
    return [o for o in classes if plain(name_of(o)) == name]




def class_finalizer(cls):
    """Name of its __del__; None for one of a library that removes nothing: many only close files."""
    return next(('%s.__del__' % name_of(base) for base in class_attribute(cls, '__mro__')
                 if '__del__' in defined_in(base) and
                 (not of_library(class_attribute(base, '__module__')) or removes(cls, '__del__'))), None)


def method_of(cls, name):
    return next((defined_in(base)[name] for base in class_attribute(cls, '__mro__')
                 if name in defined_in(base)), None)


def codes_of(code):
    return [code] + [inner for const in code.co_consts if type(const) is code_type for inner in codes_of(const)]


def removes(cls, name):
    """Whether a method may remove files, by the names in its code and in that of the functions that it may call: those of its
    class, of its module and of the classes there. Anything but Python code may."""
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


def finalizes(cls):
    """Whether a method has the name `finalize` in its code. A weakref.finalize that was called leaves no trace."""
    methods = [method for base in class_attribute(cls, '__mro__') for method in defined_in(base).values()]
    return any('finalize' in code.co_names for method in methods if type(method) is function_type
               for code in codes_of(method.__code__))
