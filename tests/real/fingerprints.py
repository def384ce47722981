#!/usr/bin/env python3
"""One leak has one id, whatever changes around it, and different leaks have different ones.

    fingerprints.py [--pageleak EXE]

The same leaks in C, C++, Python and shell, 20 times, with other compilers, options and line numbers, other directories, TMPDIRs, pids, temporary
names and addresses (ASLR is on), and in every minor version of Python that is found. Where there is only one compiler or interpreter, the
comparison is skipped by name. Prints a line for each and, last, 'N passed, N failed, N skipped'.
"""
import argparse, atexit, glob, json, os, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PAGELEAK = os.path.join(TOP, "build", "pageleak")
RUNS = 20
MOVED = {"c": "/* moved\n * down\n */\n", "cc": "/* moved\n * down\n */\n", "py": "# moved\n# down\n", "sh": "# moved\n# down\n"}

C = r'''#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static int written;
static void name_of(char *out, const char *what) { snprintf(out, 4096, "%s/%s", getenv("TMPDIR"), what); }
static int spill(const char *what)
{
	char name[4096];
	name_of(name, what);
	int file = mkstemp(name);
	if (file < 0 || write(file, name, strlen(name)) < 0)
		return 1;
	written++;
	return close(file);
}
static int sort_all(int runs) { int bad = 0; for (int i = 0; i < runs; i++) bad |= spill("run-XXXXXX"); return bad + (written < runs); }
static int join_all(void) { int bad = spill("join-XXXXXX"); return bad + (written < 1); }
static int directory(void) { char name[4096]; name_of(name, "dir-XXXXXX"); char *made = mkdtemp(name); written += made != NULL; return !made; }
static int opened(void) { char name[4096]; name_of(name, "opened"); int file = open(name, O_CREAT | O_WRONLY, 0600); written++; return close(file) + (file < 0); }
int main(void) { int bad = sort_all(3); bad += join_all(); bad += directory(); bad += opened(); return bad; }
'''
CC = r'''#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>
namespace store {
template <class T> struct Table {
	explicit Table(const T &data) { std::ofstream file(std::string(getenv("TMPDIR")) + "/table-" + std::to_string(sizeof data)); file << data; rows++; }
	int rows = 0;
};
int fill() { Table<int> a(1); Table<std::string> b("x"); return a.rows + b.rows; }
}
int main() { return store::fill() - 2; }
'''
PYTHON = r'''import functools, tempfile
class Base(object):
    def __init__(self, data):
        self.directory = tempfile.mkdtemp(prefix=self.__class__.__name__)
class Table(Base):
    def page(self, data):
        handle, self.path = tempfile.mkstemp()
        with open(handle, 'w') as file:
            file.write(data)
        return self.path
    def pages(self, how_many):
        return [self.page(str(i)) for i in range(how_many)]
class Index(Base): pass
def spills(how_many):
    return {i: tempfile.NamedTemporaryFile(delete=False) for i in range(how_many)}
def wrapped(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner
@wrapped
def written():
    path = tempfile.gettempdir() + '/written'
    with open(path, 'w'): pass
def lazy():
    return list(tempfile.mkdtemp(prefix='lazy') for i in range(2))
def main():
    Table('x').pages(3)
    Index('x')
    spills(2)
    written()
    lazy()
    {tempfile.mkdtemp(prefix='set') for i in range(2)}
main()
'''
SHELL = '''page() { mktemp "$TMPDIR/page-$$.XXXXXX"; }
spill() { p=$(page); echo x > "$p"; }
spill
mktemp -d > /dev/null
cp /dev/null "$TMPDIR/copied"
echo x > "$TMPDIR/redirected"
'''

def audit(work, program, *command):
    """Ids of what was leaked."""
    tmp = tempfile.mkdtemp(prefix="T", dir=work); out = os.path.join(work, "report.json")
    environ = {key: value for key, value in os.environ.items() if key not in ("LD_PRELOAD", "PAGELEAK", "PYTHONPATH")}
    done = subprocess.run([PAGELEAK, "run", "--json=" + out, "--text=/dev/null", "--", *command, program], cwd=work, env={**environ, "TMPDIR": tmp},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode not in (0, 23): raise SystemExit(f"{command} {program}: {done.returncode} {done.stderr.decode(errors='replace')[-400:]}")
    # a set: an unrolled loop is several places with one name
    ids = sorted({finding["id"] for finding in json.load(open(out))["findings"] if finding["verdict"] == "leaked"})
    shutil.rmtree(tmp)
    return ids

class Tally:
    passed = failed = skipped = 0
    def same(self, name, known, ids):
        good = ids == known
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        print(f"{name}: {'ok' if good else f'FAILS  {len(set(known) & set(ids))} of {len(known)} ids are the same, {len(ids)} findings'}", flush=True)
        return good
    def expect(self, name, good, text=""):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"{name}: {'ok' if good else 'FAILS  ' + text}", flush=True)
    def skip(self, name, why): self.skipped += 1; print(f"{name}: skipped ({why})", flush=True)

def place(top, name):
    work = os.path.join(top, name); os.makedirs(work); return work

def write(work, name, text):
    with open(os.path.join(work, name), "w") as file: file.write(text)
    return os.path.join(work, name)

def repeated(tally, name, top, make, findings):
    """20 runs in another directory and TMPDIR each."""
    every = [make(place(top, f"{name}-{i}" + "x" * i)) for i in range(RUNS)]
    tally.expect(f"{name}: {findings} leaks have {findings} ids", len(every[0]) == findings, f"{len(every[0])} ids")
    tally.expect(f"{name}: {RUNS} runs", all(ids == every[0] for ids in every), "ids of some runs differ")
    return every[0]

def compiled(tally, top, name, source, language, compilers, findings):
    found = [compiler for compiler in compilers if shutil.which(compiler)]
    if not found: return tally.skip(name, "no compiler")
    def build(work, compiler, flags, moved):
        path = write(work, "program." + language, (MOVED[language] if moved else "") + source)
        subprocess.run([compiler, *flags, "-w", "-o", os.path.join(work, "program"), path], check=True)
        return audit(work, os.path.join(work, "program"))
    known = repeated(tally, name, top, lambda work: build(work, found[0], ["-O0", "-g"], False), findings)
    for compiler in compilers:
        if compiler not in found: tally.skip(f"{name}: {compiler}", "not installed"); continue
        for flags in (["-O0"], ["-O1", "-g"], ["-O2", "-g"], ["-O2", "-g", "-D_FORTIFY_SOURCE=2"], ["-O3", "-g", "-fno-omit-frame-pointer"]):
            if language == "cc" and "-g" not in flags: continue
            label = f"{name}: {compiler} {' '.join(flags)}"
            tally.same(label, known, build(place(top, label.replace(" ", "").replace(":", "-")), compiler, flags, True))

def pythons():
    found = {}
    for path in ["/usr/bin/python3", *sorted(glob.glob("/usr/bin/python3.[0-9]*")), *sorted(glob.glob("/usr/local/bin/python3.[0-9]*")),
                 *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")))]:
        if path.endswith("-config") or not os.access(path, os.X_OK): continue
        asked = subprocess.run([path, "-c", "import sys, tempfile; print('%d.%d.%d %s' % (sys.version_info[:3] + (sys.implementation.name,)))"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        version, _, kind = asked.stdout.decode().strip().partition(" ")
        if kind == "cpython" and version not in [known for known, _ in found.values()]: found[path] = (version, path)
    return list(found.values())

def main():
    global PAGELEAK
    options = argparse.ArgumentParser(); options.add_argument("--pageleak", default=PAGELEAK); PAGELEAK = options.parse_args().pageleak
    top = tempfile.mkdtemp(prefix="fingerprints."); atexit.register(shutil.rmtree, top, True)
    tally = Tally()
    compiled(tally, top, "C", C, "c", ["gcc", "clang"], 4)
    compiled(tally, top, "C++", CC, "cc", ["g++", "clang++"], 2)

    versions = pythons()
    run_python = lambda python, moved, *flags: lambda work: audit(work, write(work, "leaks.py", (MOVED["py"] if moved else "") + PYTHON), python, "-B", *flags)
    known = repeated(tally, "Python", top, run_python(versions[0][1], False), 7)
    tally.same("Python: moved", known, run_python(versions[0][1], True)(place(top, "Python-moved")))
    if len(versions) < 2: tally.skip("Python: another version", "only " + versions[0][0])
    for version, python in versions[1:]:
        tally.same("Python: " + version, known, run_python(python, True)(place(top, "Python-" + version)))

    for shell in ("sh", "bash"):
        if not shutil.which(shell): tally.skip("shell: " + shell, "not installed"); continue
        known = repeated(tally, "shell-" + shell, top, lambda work: audit(work, write(work, "leaks.sh", SHELL), shell), 4)
        tally.same(f"shell-{shell}: moved", known, audit(place(top, shell + "-moved"), write(place(top, shell + "-m"), "leaks.sh", MOVED["sh"] + SHELL), shell))
        other = audit(place(top, shell + "-other"), write(place(top, shell + "-o"), "others.sh", SHELL), shell)
        tally.expect(f"shell-{shell}: another script leaks something else", not set(other) & set(known), f"{len(set(other) & set(known))} ids are the same")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    sys.exit(tally.failed > 0)

if __name__ == "__main__": main()
