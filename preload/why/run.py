# run.py - asks about all TARGETS and leaves the answers in OUT; see holders.py. Needs answers.py.

PER_GROUP = 2  # answers about one type when the time is over
out, groups = [], {}
last, owner_of = {}, {}


def encoded(text):
    try:
        return text.encode('utf-8', 'surrogateescape')
    except UnicodeEncodeError:
        return text.encode('utf-8', 'backslashreplace')


def say(*fields):
    """Adds a record. An empty field would be an end: it becomes a blank."""
    out.append(b''.join(encoded(str(field).replace('\0', '?') or ' ') + b'\0' for field in fields) + b'\0')


def wanted_addresses():
    return {address for _, objects, _ in TARGETS for address, _, _ in objects}


def say_raised():
    """Tells of the finalizer that raised an exception, when its `self` has a page."""
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
    wanted = wanted_addresses()
    where = ', in %s %s' % (code_name(inner.tb_frame.f_code), place(inner.tb_frame.f_code, inner.tb_lineno)) if inner else ''
    for o in owners:
        if o is not None and id(o) in wanted:
            say(0, id(o), 'finalizer-failed', 1, short(text + (': ' + message if message else '') + where),
                'mend the finalizer: Python prints the exception and goes on', thing(o))
            return


def tell_apart():
    """Fills `last`, the latest object at each address, and `owner_of`, the object of each event.

    Addresses are reused. Another call of a constructor made another object, and so did the same call with the same stacks."""
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


def living(event, address, name):
    """The object of an event, if it is alive; None: there is none, or another one at its address."""
    o = alive.get(address)
    if o is None or plain(name_of(type(o))) != name.rpartition('.')[2]:
        return None
    if type(o) is Probe or not event:  # the probe may have got the address of an object that is gone
        return o if not event else None
    return o if last[address] is owner_of[event, address] else None


def answer(event, objects):
    """Event 0: the probe, of which nothing is said."""
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
            kind, detail, advice = gone_words(name)
            links = []
    except Unmeasured:
        raise
    except BaseException as problem:  # SystemExit, too: code of the program may have run after all
        kind, detail, advice, links = 'unknown', 'it could not be looked at: %s' % name_of(type(problem)), '', []
    if event:
        say(event, address, kind, int(o is not None), short(detail), short(advice), *links)


def look():
    if hasattr(gc, 'unfreeze'):
        gc.unfreeze()  # the collector does not list frozen objects
    if MOMENT == 'raised':
        say_raised()
        return b''.join(out)
    wanted = wanted_addresses()
    wanted.add(probe)
    alive.update({id(o): o for o in gc.get_objects() if id(o) in wanted})
    tell_apart()
    for event, objects, _ in TARGETS:
        for attempt in range(2):
            try:
                answer(event, objects)
                break
            except Unmeasured:
                pass
            answer(0, ((probe, 'Probe', 0),))  # finds out `ours`
    return b''.join(out)


OUT = look()
