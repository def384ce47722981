# answers.py - answers for one object: why its page is still there, and what to do. Needs chains.py and finalizers.py.


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
    """(kind, detail, advice, links) of an object that is there. `finalizer`: what else would remove its page; None: nothing."""
    finalizer = finalizer or finalizer_of(o)
    found, below, top, whole = way_up(o)
    raisers.clear()  # they would count as holders
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
    """The same for an object that no root holds; `found` and `below` as of way_up."""
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
            if is_any(found[outside], function_type, method_type):
                unseen = 'atexit, where it was registered, or a C extension'
        return 'referenced', "held by something that Python's collector cannot see: " + unseen, explicitly, links
    ring = cycle_through(o, found)
    for at in found:
        if not ring and type(at) is not dict:  # a cycle is named from an object, not from its dictionary
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
        ('make %s a weakref.%s' % (at, 'WeakMethod' if any(type(at) is method_type for at in ring) else 'ref') if at else 'break the cycle') + ', or ' + explicitly.replace(' it', '', 1), links


def gone_words(name):
    """(kind, detail, advice) of an object of a class with that name, which is gone."""
    found = classes_named(name)
    if not found and getattr(gc, 'get_freeze_count', int)():
        return 'unknown', 'neither %s nor its class is to be seen: gone, or frozen by gc.freeze()' % name, ''
    if not found:
        return 'unknown', '%s is gone, and so is its class' % name, ''
    answers = [answer_by_class(cls) for cls in found]
    if any(answer[0] != answers[0][0] for answer in answers):
        return 'unknown', '%s is gone, and of the %d classes of that name some have a finalizer' % (name_of(found[0]), len(found)), ''
    return answers[0]


def answer_by_class(cls):
    finalizer = class_finalizer(cls)
    if finalizer:
        return 'finalizer-failed', '%s is gone, but %s left the page' % (name_of(cls), finalizer), \
            'look for an exception in %s, or a path that it no longer knew' % finalizer
    if finalizes(cls):
        return 'unknown', '%s is gone; if it had its weakref.finalize, that left the page' % name_of(cls), \
            'look for an exception in what weakref.finalize was given, or a path that is another now'
    return ('no-finalizer',) + no_finalizer(cls)
