#!/usr/bin/env python3
"""Run real Python libraries under `pageleak run --why` and hold the report against the disk.

    libraries.py [--pageleak EXE] [--python EXE] [--keep] [NAME...]

Each case is a small program: what it leaves in TMPDIR, in its home and in /dev/shm is compared with what the report says, nothing more
and nothing less; its output and exit status with those of a run without an audit; and each finding that the case names with the type of
the object that owns it and the kind of its cause. With --keep the text reports stay below build/libraries, to be read.
Prints a line a case and, last, 'N passed, N failed, N skipped'. A case whose library is not installed is skipped.
"""
import argparse, glob, json, os, re, shutil, stat, subprocess, sys, tempfile

from cases import work_directory

# name: (needs, program, {verdict: entries} (None: any number, not none), [(page's end as a pattern, owner's type, kind of cause)])
CASES = {}

def case(name, program, counts, owners=(), needs=""):
    CASES[name] = needs, program, counts, owners

# ---- tempfile ----

GLOBAL, DROPPED, CYCLE = "kept = make()\n", "make()\n", "class Node: pass\nnode = Node(); node.me = node; node.kept = make(); del node\n"
FORMS = {
    "mkstemp": "def make(): return tempfile.mkstemp()\n",
    "mkdtemp": "def make(): return tempfile.mkdtemp()\n",
    "named": "def make(): return tempfile.NamedTemporaryFile()\n",
    "named_left": "def make(): return tempfile.NamedTemporaryFile(delete=False)\n",
    "file": "def make(): return tempfile.TemporaryFile()\n",
    "spooled": "def make():\n    f = tempfile.SpooledTemporaryFile(10); f.write(b'x' * 100); return f\n",
    "directory": "def make(): return tempfile.TemporaryDirectory()\n",
}
LEFT = {"mkstemp": ("", None, "no-finalizer"), "mkdtemp": ("", None, "no-finalizer"), "named_left": ("", None, "no-finalizer")}
LATE = {("named", "global"): (None, "unknown"), ("named", "cycle"): (None, "unknown"),
        ("directory", "global"): ("TemporaryDirectory", "referenced"), ("directory", "cycle"): ("TemporaryDirectory", "cycle")}
for form, source in FORMS.items():
    for how, tail in (("global", GLOBAL), ("dropped", DROPPED), ("cycle", CYCLE)):
        late = LATE.get((form, how))
        case("tempfile_%s_%s" % (form, how), "import tempfile\n" + source + tail,
             {"leaked": 1} if form in LEFT else {"late": 1} if late else {}, [LEFT[form]] if form in LEFT else [("", late[0], late[1])] if late else [])
case("tempfile_with", "import tempfile, os\nwith tempfile.TemporaryDirectory() as d, tempfile.NamedTemporaryFile(dir=d) as f, tempfile.TemporaryFile() as g:\n"
     "    open(os.path.join(d, 'x'), 'w').close()\n", {})
case("tempfile_cleanup", "import tempfile\nd = tempfile.TemporaryDirectory()\nopen(d.name + '/x', 'w').close()\nd.cleanup()\n", {})
case("tempfile_exit", "import os, tempfile\nd = tempfile.TemporaryDirectory()\nf = tempfile.NamedTemporaryFile()\nos._exit(4)\n", {"leaked": 2},
     [("tmp.*", None, "killed")])

# ---- memory in files ----

case("memmap", "import numpy, tempfile, os\nclass Matrix:\n    def __init__(self):\n        self.path = os.path.join(tempfile.gettempdir(), 'matrix.dat')\n"
     "        self.data = numpy.memmap(self.path, dtype='float32', mode='w+', shape=(100, 100))\n        self.data[:] = 1\n"
     "matrix = Matrix()\nprint(matrix.data.sum())\n", {"leaked": 1}, [("matrix.dat", "Matrix", "no-finalizer")], "numpy")
case("memmap_plain", "import numpy, tempfile\ndata = numpy.memmap(tempfile.gettempdir() + '/matrix.dat', dtype='uint8', mode='w+', shape=(5000,))\n"
     "data[:] = 2\nprint(data.sum())\n", {"leaked": 1}, [("matrix.dat", None, "no-finalizer")], "numpy")
case("shelve", "import shelve, tempfile\nd = tempfile.TemporaryDirectory()\nwith shelve.open(d.name + '/shelf') as shelf: shelf['a'] = [1]\nd.cleanup()\n", {})
case("shelve_left", "import shelve, tempfile\nclass Store:\n    def __init__(self): self.shelf = shelve.open(tempfile.gettempdir() + '/shelf'); self.shelf['a'] = 1\n"
     "store = Store()\n", {"leaked": None}, [("shelf.*", "Store", "no-finalizer")])
SHARED = "import os\nfrom multiprocessing import shared_memory\nshared = shared_memory.SharedMemory(name='pageleak_test_%s' % os.environ['CASE'], create=True, size=5000)\n"
case("shared_memory", SHARED + "shared.close(); shared.unlink()\n", {})
case("shared_memory_tracker", SHARED + "shared.close()\n", {"foreign": 1}, [("pageleak_test.*", "SharedMemory", "no-finalizer")])
case("shared_memory_exit", SHARED + "os._exit(5)\n", {"foreign": 1}, [("pageleak_test.*", "SharedMemory", "no-finalizer")])

# ---- caches ----

CACHE = "import diskcache, os, tempfile\n"
case("diskcache_own", CACHE + "where = tempfile.gettempdir() + '/own'\nos.mkdir(where)\nc = diskcache.Cache(where)\nc['a'] = 1\nprint(c['a'])\n",
     {"leaked": None, "late": 2}, [("cache.db", "Cache", "no-finalizer"), ("cache.db-wal", "Cache", "referenced")], "diskcache")
case("diskcache_made", CACHE + "c = diskcache.Cache()\nc['a'] = b'x' * 100000\nprint(len(c['a']))\n",
     {"leaked": None, "late": 2}, [("diskcache-[^/]*", "Cache", "no-finalizer"), (".*\\.val", "Disk", "no-finalizer")], "diskcache")
case("diskcache_with", CACHE + "with diskcache.Cache() as c:\n    c['a'] = 1\n", {"leaked": 2}, [("cache.db", "Cache", "no-finalizer")], "diskcache")
case("diskcache_close", CACHE + "c = diskcache.Cache()\nc['a'] = 1\nc.close()\n", {"leaked": 2}, [("cache.db", "Cache", "no-finalizer")], "diskcache")
case("diskcache_removed", CACHE + "import shutil\nc = diskcache.Cache()\nc['a'] = 1\nc.close()\nshutil.rmtree(c.directory)\n", {}, needs="diskcache")
case("matplotlib", "import os\nassert not os.listdir(os.environ['HOME'])\nimport matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as p\np.plot([1, 2])\n"
     "p.savefig(os.environ['HOME'] + '/out.png')\nprint(os.path.getsize(os.environ['HOME'] + '/out.png') > 1000)\n", {}, needs="matplotlib")

# ---- many processes ----

JOBLIB = ("import os, signal, sys, numpy\nfrom joblib import Parallel, delayed, _parallel_backends\ndef total(a, i): return float(a.sum()) + i\n"
          "if __name__ == '__main__':\n    a = numpy.ones(300000)\n    _parallel_backends.LokyBackend.configure.__defaults__ = 1, None, None, None, %d  # idle_worker_timeout\n    print(Parallel(n_jobs=2, max_nbytes=1000)(delayed(total)(a, i) for i in range(4)))\n")
case("joblib", JOBLIB % 100, {"late": None}, needs="joblib")
case("joblib_killed", JOBLIB % 2 + "    sys.stdout.flush()\n    os.kill(os.getpid(), signal.SIGKILL)\n", {"foreign": None},
     [("joblib_memmapping_folder_[^/]*", "TemporaryResourcesManager", "killed")], "joblib")
case("dask_spill", "import os, tempfile, time\nif __name__ == '__main__':\n    import dask, numpy\n    from distributed import Client, LocalCluster\n"
     "    dask.config.set({'distributed.worker.memory.spill': 0.1, 'distributed.worker.memory.target': 0.1, 'distributed.worker.memory.pause': False,\n"
     "                     'distributed.worker.memory.terminate': False})\n"
     "    where = tempfile.gettempdir()\n"
     "    with LocalCluster(n_workers=1, processes=False, threads_per_worker=1, dashboard_address=None, memory_limit='20MB', local_directory=where) as cluster, Client(cluster) as client:\n"
     "        kept = client.map(lambda i: numpy.ones(200000) * i, range(12)); print(sum(f.result().sum() for f in kept))\n", {"leaked": 3},
     [("global.lock", "_LockFile", "no-finalizer"), ("dask-worker-space", "WorkSpace", "no-finalizer")], "distributed")
SETUP = "from setuptools import setup\n%ssetup(name='tiny', version='1.0', py_modules=['tiny'])\n"
PIP = ("import os, signal, subprocess, sys\nfor name, text in (('setup.py', %r), ('tiny.py', 'x = 1\\n')): open(name, 'w').write(text)\n"
       "done = subprocess.run([sys.executable, '-m', 'pip', 'wheel', '--no-build-isolation', '--no-deps', '--no-index', '-q', '--disable-pip-version-check', '-w', 'out', '.'],\n"
       "                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\nprint(done.returncode, os.path.isdir('out') and os.listdir('out'))\n")
case("pip_wheel", PIP % (SETUP % ""), {}, needs="pip")
case("pip_wheel_fails", PIP % (SETUP % "import sys; 'bdist_wheel' in sys.argv and 1 / 0\n"), {}, needs="pip")
case("pip_wheel_killed", PIP % (SETUP % "import os, signal, sys\nif 'bdist_wheel' in sys.argv: os.kill(os.getppid(), signal.SIGKILL)\n"), {"leaked": None}, needs="pip")

# ---- running them ----

def listing(*places):
    found = {}
    for place in places:
        for where, directories, files in os.walk(place):
            for name in directories + files:
                path = os.path.join(where, name)
                if os.path.exists(path) or os.path.islink(path): found[path] = os.lstat(path).st_ino
    found.update((p, os.lstat(p).st_ino) for p in glob.glob("/dev/shm/*") if re.search("pageleak_test_|joblib_memmapping_folder_", p))
    for p in [p for p in found if "joblib_memmapping" in p and os.path.isdir(p)]: found.update((q, os.lstat(q).st_ino) for q in glob.glob(p + "/*"))
    return found

class Place:
    """Where one run of a case takes place: work, TMPDIR and HOME, all fresh."""

    def __init__(self, base, name, program):
        shutil.rmtree(base, ignore_errors=True)
        self.base, self.work, self.tmp, self.home = base, base + "/work", base + "/tmp", base + "/home"
        for directory in (self.work, self.tmp, self.home): os.makedirs(directory)
        with open(self.work + "/program.py", "w") as f: f.write(program)
        self.environment = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "PAGELEAK", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")}
        self.environment.update(TMPDIR=self.tmp, HOME=self.home, LC_ALL="C.UTF-8", CASE="%d_%s" % (os.getpid(), name), PYTHONWARNINGS="ignore", PYTHONDONTWRITEBYTECODE="1")

    def run(self, command):
        return subprocess.run(command, cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100)

def tidy(before):
    """Removes what a case left in /dev/shm."""
    for path in sorted(set(listing()) - set(before), reverse=True):
        shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)

def judge(report, new, counts, owners, place):
    faults = []
    listed = {p["path"] for f in report["findings"] for p in f["pages"] if p["exists"]}
    mine = {p for p in listed if p.startswith(place.base + "/") or p in new}
    others = {p for p in listed - mine if "/dev/shm/" not in p}
    if new - listed: faults.append("missed %s" % sorted(new - listed)[:3])
    if mine - new or others: faults.append("invented %s" % sorted((mine - new) | others)[:3])
    pages = {p for p in new if p.startswith(place.tmp) or p.startswith("/dev/shm")}
    leaked = {p["path"] for f in report["findings"] if f["verdict"] == "leaked" for p in f["pages"]}
    if leaked != pages: faults.append("leaked, and not: %s" % sorted(leaked ^ pages)[:3])
    for verdict in ("leaked", "late", "foreign", "vanished", "held"):
        got, wanted = report["summary"][verdict]["entries"], counts.get(verdict, 0)
        if got != wanted if wanted is not None else not got: faults.append("%s %d, not %s" % (verdict, got, wanted))
    for pattern, owner, kind in owners:
        matching = [f for f in report["findings"] if f["verdict"] != "kept" and any(re.search("(^|/)%s$" % pattern if pattern else "", p["path"]) for p in f["pages"])]
        if not matching: faults.append("no finding of %r" % pattern)
        for f in matching:
            own = f["pages"][:f["entries"] - f["below"]["left"]]  # the rest is in a directory that was left, and that one's
            if not any(re.search("(^|/)%s$" % pattern if pattern else "", p["path"]) for p in own): continue
            thing = f["owner"]["object"]
            if owner and (not thing or thing["type"] != owner): faults.append("%s: owner %s" % (f["template"], thing and thing["type"]))
            if kind and (not f["cause"] or f["cause"]["kind"] != kind): faults.append("%s: cause %s" % (f["template"], f["cause"] and f["cause"]["kind"]))
    return faults + ["limit: " + text for text in report["coverage"]["limits"] if "Python" in text]

def check(name, args, base):
    _, program, counts, owners = CASES[name]
    before = listing()
    plain = Place(base + "/" + name, name, program)
    expected = plain.run([args.python, "program.py"])
    tidy(before)
    place = Place(base + "/" + name, name, program)
    before = listing(place.base)
    report = base + "/" + name + ".json"
    done = place.run([args.pageleak, "run", "--why", "--show-kept", "--no-known", "--json=" + report, "--text=" + base + "/" + name + ".all", "--", args.python, "program.py"])
    after = listing(place.base)
    with open(report) as f: report = json.load(f)
    faults = judge(report, {p for p in after if before.get(p) != after[p]}, counts, owners, place)
    status = 128 - expected.returncode if expected.returncode < 0 else expected.returncode
    if (done.returncode, done.stdout) != (status, expected.stdout): faults.append("status %s, not %s; output %r, not %r" % (done.returncode, status, done.stdout[-99:], expected.stdout[-99:]))
    said = [line for line in done.stderr.splitlines() if not line.startswith(b"pageleak: warning: ")]
    if said and not expected.stderr and not name.startswith("dask"): faults.append("says %r" % said[-3:])
    tidy(before)
    if args.keep:
        again = Place(base + "/" + name, name, program)
        text = again.run([args.pageleak, "run", "--why", "--text=" + base + "/" + name + ".txt", "--", args.python, "program.py"])
        tidy(before)
    shutil.rmtree(place.base, ignore_errors=True)
    return faults

def main():
    options = argparse.ArgumentParser()
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    options.add_argument("--pageleak", default=os.path.join(top, "build", "pageleak")); options.add_argument("--python", default="/usr/bin/python3")
    options.add_argument("--keep", action="store_true"); options.add_argument("names", nargs="*")
    args = options.parse_args()
    base = os.path.join(os.path.dirname(work_directory(top)), "libraries")
    os.makedirs(base, exist_ok=True)
    passed = failed = skipped = 0
    for name, (needs, *_) in CASES.items():
        if args.names and not any(n in name for n in args.names): continue
        if needs and subprocess.run([args.python, "-c", "import importlib.util as u, sys; sys.exit(not u.find_spec(%r))" % needs]).returncode:
            print("%s: skipped (%s is not installed)" % (name, needs)); skipped += 1; continue
        try: faults = check(name, args, base)
        except (subprocess.TimeoutExpired, OSError, ValueError) as error: faults = ["%s: %s" % (type(error).__name__, error)]
        print("%s: %s" % (name, "ok" if not faults else "FAILS  " + " | ".join(faults)), flush=True)
        passed, failed = passed + (not faults), failed + bool(faults)
    if not args.keep: shutil.rmtree(base, ignore_errors=True)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    sys.exit(failed > 0)

if __name__ == "__main__": main()
