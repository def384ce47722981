# chains.py - searches for what holds an object: the chain of holders up to a root, or the cycle that it is in. Needs harness.py.

DEPTH, WIDTH, VISITED = 24, 2000, 40000  # bounds of a search: links of a chain; objects of one step; objects


# ---- search ----

raisers = {}  # exceptions by the ids of their tracebacks; None when that was filled
mine.add(id(raisers))


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


def raiser(traceback):
    """Exception of a traceback. References lead to it, too, but only through all tracebacks before this one."""
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
    """Searches breadth first for a root that holds `start`: (found, below, top, whole).

    found  all objects that were met, `start` first; no other reference to them is left
    below  by id: index in `found` of the object that it holds; None for `start`
    top    index of the root; None: none was found
    whole  the search was not cut short
    """
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
                continue  # from 3.13 on the tuple of our own arguments is found
            if type(holder) is frame_type and holder.f_code.co_filename == '<pageleak>':
                continue  # before 3.7 running frames are found
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
    """Texts of a chain, one a link. A container is named by its own holder: "list 'tables' of Node"."""
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
        elif what and (is_any(holder, list, tuple, set, frozenset) or issubclass(type(holder), dict) or native(type(holder)) == 'deque') \
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


# ---- references that the collector does not see, and cycles ----

alive = {}  # objects of TARGETS and the probe, by id
mine.add(id(alive))
ours = []  # references by the script itself: to an object that is asked about; to one that holds it


class Probe:
    pass


class Unmeasured(Exception):
    """`ours` must be found out first, by asking about the probe."""


def probes():
    """Makes two objects that only hold each other; gives the address of the first."""
    a, b = Probe(), Probe()
    a.other, b.other = b, a
    return id(a)


probe = probes()



def surplus_of(found):
    """For each, the number of references that do not come from one of these objects: the collector decides by that.

    References of this script are counted, too. It has the same number to the probes, which nothing else holds."""
    inside = {id(o): 0 for o in found}
    for i in range(len(found)):
        for at in gc.get_referents(found[i]):
            if id(at) in inside:
                inside[id(at)] += 1
    at = None
    return [sys.getrefcount(found[i]) - inside[id(found[i])] for i in range(len(found))]




def held_outside(found):
    if not ours and id(found[0]) != probe:
        raise Unmeasured
    surplus = surplus_of(found)
    if not ours:
        ours.extend((surplus[0], min(surplus[1:])))
    return next((i for i in range(len(found)) if surplus[i] > ours[i > 0] + (i > 0 and id(found[i]) in alive)), None)


def cycle_through(start, found):
    """Shortest cycle through `start` among `found`, beginning with it; []: none."""
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
    """Text of a cycle, "Table -> Node -> Table", and the last attribute in it, where to break it ("Node.table"; None: none)."""
    names, at, i = [], None, 0
    ring = cycle + [cycle[0]]
    for i, o in enumerate(cycle):
        follower = ring[i + 1]
        if type(o) is dict and names and own_dict(ring[i - 1]) is o:
            name = key_of(o, follower)
            at = '%s.%s' % (name_of(type(ring[i - 1])), name) if type(name) is str else at
            continue
        names.append(name_of(type(o)))
        _, name, _ = in_instance(o, follower) if not is_any(o, list, tuple, dict, set, cell_type, function_type, method_type) else ('', '', '')
        if name.startswith("attribute '"):
            at = '%s.%s' % (name_of(type(o)), name[11:-1])
    return ' -> '.join(names + [name_of(type(cycle[0]))]), at
