#!/usr/bin/env python3
"""Run test suites that nobody here wrote, without pageleak and under it: the results must be the same.

    suites.py [--work DIR] [--pageleak EXE] [NAME...]

Each suite is run twice in directories of its own, and tells what became of each of its tests. What differs between the two
is looked at once more by itself, with both again: a test that fails now and then without pageleak is not its fault, and is
named. Then the disk is the judge: what the report calls leaked is there, and everything that is new below TMPDIR is in it.
Prints a line a suite and, last, 'N passed, N failed, N skipped'.
"""
import argparse, glob, json, os, re, shutil, subprocess, sys, tempfile, time, xml.etree.ElementTree as xml

HERE = os.path.dirname(os.path.abspath(__file__)); TOP = os.path.dirname(os.path.dirname(HERE))
JOBS = str(os.cpu_count() or 1)

class Skipped(Exception): pass

def need(*programs):
    for program in programs:
        if not shutil.which(program): raise Skipped(program + " is not installed")

class Run:
    """One run of a suite: `audit` stands before its commands, empty or pageleak's; `directory` is empty and its own."""
    def __init__(self, directory, audit):
        self.directory, self.audit, self.seconds = directory, audit, 0.0
        self.temp = os.path.join(directory, "tmp"); os.makedirs(self.temp)
        self.environ = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "PAGELEAK", "MAKEFLAGS")}
        self.environ.update(PATH="/usr/sbin:/usr/bin:/sbin:/bin", TMPDIR=self.temp, HOME=self.temp, LC_ALL="C.UTF-8", FORCE_UNSAFE_CONFIGURE="1")

    def __call__(self, *command, cwd=None, timeout=900, log="log"):
        """Runs the command audited; its output goes to a file in `directory`. Gives its status."""
        start = time.monotonic()
        with open(os.path.join(self.directory, log), "wb") as out:
            done = subprocess.run(["timeout", "-k", "10", str(timeout), *self.audit, *command], cwd=cwd or self.directory, env=self.environ,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        self.seconds += time.monotonic() - start
        return done.returncode

    def plain(self, *command, cwd=None, timeout=900, log="prepare.log"):
        audit, self.audit = self.audit, []
        try: return self(*command, cwd=cwd, timeout=timeout, log=log)
        finally: self.audit = audit

    def read(self, name):
        with open(os.path.join(self.directory, name), errors="replace") as file: return file.read()

def source(name, directory):
    """A Debian source package, unpacked and patched, its folder."""
    need("apt-get", "dpkg-source")
    lists = os.path.join(directory, "apt"); os.makedirs(lists + "/parts"); os.makedirs(lists + "/lists/partial")
    for path in glob.glob("/etc/apt/sources.list.d/*.sources"):
        with open(path) as file: text = re.sub(r"^Types:.*", "Types: deb-src", file.read(), flags=re.M)
        with open(f"{lists}/parts/{os.path.basename(path)}", "w") as file: file.write(text)
    for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*.list")]:
        if not os.path.exists(path): continue
        with open(path) as file: text = re.sub(r"^deb ", "deb-src ", file.read(), flags=re.M)
        with open(f"{lists}/parts/{os.path.basename(path)}", "w") as file: file.write(text)
    options = ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={lists}/parts", "-o", f"Dir::State::lists={lists}/lists"]
    for command in (["update"], ["source", name]):
        done = subprocess.run(["apt-get", *options, "-qq", *command], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        if done.returncode: raise Skipped(f"no source of {name}: {done.stdout.decode(errors='replace').strip()[-200:]}")
    return next(path for path in sorted(glob.glob(f"{directory}/{name}-*")) if os.path.isdir(path))

# ---- the suites: each gives {test: what became of it} ----

PYTHON_TESTS = "test_tempfile test_shutil test_os test_posix test_subprocess test_pathlib test_mailbox test_multiprocessing_fork test_threading test_signal test_io"

WHY_TESTS = "test_gc test_weakref test_atexit test_audit test_embed test_faulthandler test_sys test_os"

def cpython_why(run, prepared, only=None):
    """Those of what --why is beside: collector, exit, audit hooks, allocators, signals, worker processes."""
    return cpython(run, prepared, only, WHY_TESTS)

def cpython(run, prepared, only=None, tests=PYTHON_TESTS):
    """CPython's own tests, of the installed Python."""
    python = next((p for p in ("/usr/bin/python3", shutil.which("python3")) if p and
                   not subprocess.run([p, "-c", "import test.test_tempfile, test.libregrtest"], stderr=subprocess.DEVNULL).returncode), None)
    if not python: raise Skipped("no Python here has its tests (package libpython3.11-testsuite or the like)")
    found, modules = {}, sorted({name.split(".")[1] for name in only}) if only else tests.split()
    status = run(python, "-m", "test", "-j", JOBS, "--timeout", "600", "--junit-xml", "junit.xml", "--tempdir", run.directory, *modules, timeout=1500)
    for case in xml.parse(os.path.join(run.directory, "junit.xml")).getroot().iter("testcase"):
        found[case.get("name")] = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "ok")
    return {**found, "status": status}

COREUTILS = "rm mv ln mkdir touch split rmdir tail-2"

def coreutils_prepare(directory):
    need("gcc", "make", "perl")
    folder = source("coreutils", directory); build = Run(os.path.join(directory, "b"), [])
    for command in (["./configure", "-q", "--disable-nls"], ["make", "-s", "-j", JOBS], ["make", "-s", "-j", JOBS, "check", "TESTS=", "VERBOSE="]):
        if build(*command, cwd=folder, timeout=1500): raise Skipped("coreutils does not build: " + build.read("log").strip()[-200:])
    return folder

def coreutils(run, folder, only=None):
    """coreutils' own tests of what makes and removes files."""
    tests = [os.path.relpath(path, folder) for name in COREUTILS.split() for path in sorted(glob.glob(f"{folder}/tests/{name}/*"))
             if path.endswith((".sh", ".pl"))] + ["tests/misc/tee.sh", "tests/misc/sort-files0-from.pl"]
    tests += [os.path.relpath(path, folder) for path in sorted(glob.glob(f"{folder}/tests/misc/sort*.sh")) + sorted(glob.glob(f"{folder}/tests/misc/tac*.sh"))]
    tests = [test for test in tests if test != "tests/tail-2/inotify-dir-recreate.sh"] if not only else sorted(only)
    for stale in glob.glob(f"{folder}/tests/**/*.trs", recursive=True): os.unlink(stale)
    run("make", "-k", "-j", JOBS, "check", "SUBDIRS=.", "VERBOSE=no", "RUN_EXPENSIVE_TESTS=no", "TESTS=" + " ".join(tests), cwd=folder, timeout=1500)
    results = {}
    for test in tests:
        try:
            with open(f"{folder}/{os.path.splitext(test)[0]}.trs") as file: results[test] = re.search(r":test-result: (\w+)", file.read()).group(1)
        except OSError: results[test] = "did not run"
    return results

GIT = "t0000-basic t0001-init t0060-path-utils t1300-config t1400-update-ref t3200-branch t5300-pack-object t6500-gc t7400-submodule-basic t7610-mergetool"
GIT_WITHOUT = ["NO_CURL=1", "NO_EXPAT=1", "NO_GETTEXT=1", "NO_OPENSSL=1", "NO_PYTHON=1", "NO_TCLTK=1", "CFLAGS=-O1"]

def git_prepare(directory):
    need("gcc", "make", "perl")
    folder = source("git", directory); build = Run(os.path.join(directory, "b"), [])
    if build("make", "-s", "-j", JOBS, *GIT_WITHOUT, cwd=folder, timeout=600): raise Skipped("git does not build: " + build.read("log").strip()[-200:])
    return folder

def git(run, folder, only=None):
    """git's own tests of what makes, locks, packs and removes files, each case by itself."""
    results = {}
    for script in sorted({name.split(" ")[0] for name in only}) if only else GIT.split():
        status = run("sh", f"./{script}.sh", f"--root={run.directory}/trash", cwd=folder + "/t", log=script + ".log", timeout=300)
        for line in re.findall(r"^(?:not )?ok \d+.*", run.read(script + ".log"), flags=re.M):
            results[script + " " + re.sub("^not ", "", line).replace(run.directory, "")] = line.split(" ")[0] # `ok` or `not`
        results[script + " status"] = status
    return results

NOT_AS_ROOT, NOBODY = ("exec", "spawn"), ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

def stress(run, prepared, only=None):
    """stress-ng: what it does to file systems and processes, a second each."""
    need("stress-ng")
    classes = subprocess.run(["stress-ng", "--class", "filesystem?"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    names = classes.rsplit(":", 1)[-1].split() + ["vfork", "vforkmany", "spawn", "clone", "close", "sigaltstack", "fork", "exec", "forkheavy", "daemon"]
    results = {}
    left_out = {"bind-mount", "binderfs", "sync-file", "fpunch", "fallocate"} # mount over the machine, or only fill the disk
    for name in sorted(set(only or names) - left_out):
        temp, user = (None, []) if name not in NOT_AS_ROOT or os.geteuid() else (tempfile.mkdtemp(prefix="pageleak-stress."), NOBODY)
        if temp: os.chown(temp, 65534, 65534)
        run(*user, "stress-ng", f"--{name}", "1", "--timeout", "1", "--temp-path", temp or run.temp, "--verify", timeout=60, log=name + ".log")
        if temp: shutil.rmtree(temp)
        text = run.read(name + ".log")
        said = re.findall(r"stress-ng: (?:fail|error)[^\]]*\] *(?:%s: *)?(.*)" % name, text)
        ended = next((word for word in ("unsuccessful run", "successful run", "skipping the stressor", "not implemented") if word in text), text.strip()[-200:])
        results[name] = (ended, sorted(set(re.sub(r"\d+", "N", line) for line in said))[:5])
    return results

def build(run, folder, only=None):
    """A C project configured and built with make -j: the same files come out, byte for byte."""
    tree = os.path.join(run.directory, "gzip") # the path goes into debug information: both runs use the same
    place = os.path.join(os.path.dirname(run.directory), "gzip"); shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place, symlinks=True)
    status = [run("sh", "-c", f"./configure -q && make -s -j {JOBS}", cwd=place)]
    os.rename(place, tree)
    found = {"status": status}
    for parent, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(parent, name)
            if name == "config.log" or "autom4te.cache" in path or os.path.islink(path): continue # times, Perl's hash order
            with open(path, "rb") as file: found[os.path.relpath(path, tree)] = hash(file.read())
    return found

SUITES = {"build": (build, lambda directory: need("gcc", "make") or source("gzip", directory)), "cpython": (cpython, None),
          "cpython-why": (cpython_why, None),
          "coreutils": (coreutils, coreutils_prepare), "git": (git, git_prepare), "stress-ng": (stress, None)}

# ---- both ways, and the disk ----

def differences(plain, audited):
    return {name: (plain.get(name), audited.get(name)) for name in {**plain, **audited} if plain.get(name) != audited.get(name)}

def below(directory):
    return {os.path.join(parent, name) for parent, directories, files in os.walk(directory) for name in directories + files}

def judge(run):
    """Faults of the reports of an audited run, and what they say of coverage."""
    faults, shown, leaked, seen, all_, lost = [], set(), set(), 0, 0, 0
    for path in glob.glob(os.path.join(run.directory, "report.*.json")):
        with open(path) as file: report = json.load(file)
        seen += report["coverage"]["audited"]; all_ += report["coverage"]["processes"]; lost += report["coverage"]["events_lost"]
        for finding in report["findings"]:
            for page in finding["pages"]:
                if page["exists"]: shown.add(page["path"])
                if finding["verdict"] == "leaked": leaked.add(page["path"])
    there = {path for path in below(run.temp)}
    missed = sorted(path for path in there - leaked if os.path.dirname(path) not in leaked)
    gone = sorted(path for path in leaked if not os.path.lexists(path) and path.startswith(run.temp))
    if missed: faults.append(f"on disk but not reported: {len(missed)}, {missed[:3]}")
    if gone: faults.append(f"reported but not on disk: {len(gone)}, {gone[:3]}")
    return faults, f"{seen} of {all_} processes audited, {len(leaked)} pages leaked" + (f", {lost} events lost and counted" if lost else "")

def one(name, work, pageleak):
    suite, prepare = SUITES[name]
    work = os.path.join(work, name); shutil.rmtree(work, ignore_errors=True); os.makedirs(work)
    prepared = prepare(work) if prepare else None
    audit = ["sh", "-c", f'exec "{pageleak}" run --size=8G --show-kept --text=/dev/null --json={work}/audited/report.$$.json -- "$@"', "audit"]
    if suite is cpython_why: audit[2] = audit[2].replace(" run ", " run --why ")
    if suite is build: audit = [pageleak, "record", f"--journal={work}/audited/data", "--size=8G", "--"] # the report is not a part of its time
    plain, audited = Run(work + "/plain", []), Run(work + "/audited", audit)
    before, after = suite(plain, prepared), suite(audited, prepared)
    if suite is build: subprocess.run([pageleak, "report", "--show-kept", "--text=/dev/null", f"--json={work}/audited/report.1.json", f"{work}/audited/data"])
    differ, faults, notes = differences(before, after), [], []
    if differ: # once more, by themselves
        again = [Run(f"{work}/{which}2", command) for which, command in (("plain", []), ("audited", audit))]
        only = {test for test in differ if test != "status"}
        first, second = (suite(run, prepared, only) for run in again) if only else (before, after)
        for test, (one_, two) in sorted(differ.items()):
            if test == "status" and only: continue
            still = first.get(test) != second.get(test)
            (faults if still else notes).append(f"{test}: {one_} without, {two} audited" + ("" if still else "; the same when run again"))
    found, coverage = judge(audited)
    return faults + found, f"{len(before)} results, {plain.seconds:.0f} s and {audited.seconds:.0f} s audited; {coverage}" + "".join("\n    " + n for n in notes)

def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work"); options.add_argument("--pageleak", default=os.path.join(TOP, "build", "pageleak"))
    options.add_argument("names", nargs="*", choices=[[], *SUITES]); args = options.parse_args()
    passed = failed = skipped = 0
    work = args.work or tempfile.mkdtemp(prefix=".pageleak-suites.", dir=os.path.expanduser("~"))
    for name in args.names or SUITES:
        try: faults, told = one(name, work, os.path.abspath(args.pageleak))
        except Skipped as why: print(f"{name}: skipped ({why})", flush=True); skipped += 1; continue
        print(f"{name}: {'ok' if not faults else 'FAILS'}  {told}" + "".join("\n  " + fault for fault in faults), flush=True)
        passed, failed = passed + (not faults), failed + bool(faults)
        if not faults and not args.work: shutil.rmtree(os.path.join(work, name), ignore_errors=True)
    if not args.work and not failed: shutil.rmtree(work, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed > 0)

if __name__ == "__main__": main()
