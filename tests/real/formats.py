#!/usr/bin/env python3
"""What the formats' own tools say of a report: SARIF by its schema and its validator, JUnit by xmllint, speedscope by its schema,
pprof by `go tool pprof` and by npm's pprof-format, folded stacks by flamegraph.pl's own pattern.

    formats.py [--pageleak EXE]

One report has hostile names and all kinds of stacks, one is clean, one is incomplete. Tools from npm are installed by name into build/npm
without running their scripts; what cannot be installed is skipped by name. Prints a line a check and, last, 'N passed, N failed, N skipped'.
"""
import argparse, glob, json, os, re, shutil, stat, subprocess, sys, tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NPM = os.path.join(TOP, "build", "npm")
PACKAGES = ["@microsoft/sarif-multitool-linux@5", "@microsoft/jest-sarif@1.0.0-beta.0", "speedscope@1", "pprof-format@2"]

PROGRAM = r'''
import os, sys, tempfile, sqlite3
class Table:
    def __init__(self, n):
        self.fd, self.path = tempfile.mkstemp(prefix="table-"); os.write(self.fd, b"x" * n)
tables = [Table(n * 5000) for n in range(5)]
late = tempfile.TemporaryDirectory()
base = os.environ["TMPDIR"].encode()
for name in (b"a\n::error::b", b"<script><b>&amp;", b"semi;colon 12", b"\xff\xfe", b"quote\"'`|", b"%41%zz", b"\x1b[31m", "\u202eevil\ufffe".encode()):
    os.close(os.open(base + b"/" + name, os.O_CREAT | os.O_EXCL))
os.system("mktemp > /dev/null; mktemp -d > /dev/null")
'''

def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, **more)

def npm():
    if not shutil.which("npm"): return "npm is not installed"
    os.makedirs(NPM, exist_ok=True)
    if not all(os.path.isdir(os.path.join(NPM, "node_modules", re.sub(r"(?<=.)@[^/]*$", "", name))) for name in PACKAGES):
        done = run(["npm", "install", "--prefix", NPM, "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES])
        if done.returncode: return "npm install: " + done.stdout.decode(errors="replace").strip()[-100:]
    return None

class Checks:
    def __init__(self, work): self.work, self.passed, self.failed, self.skipped = work, 0, 0, 0
    def say(self, name, fault):
        print("%s: %s" % (name, fault or "ok"), flush=True)
        self.passed, self.failed = self.passed + (not fault), self.failed + bool(fault)
    def skip(self, name, why): print("%s: skipped (%s)" % (name, why), flush=True); self.skipped += 1

def schema_fault(data, schema):
    try: import jsonschema
    except ImportError: return None
    try: jsonschema.validate(data, json.load(open(schema)))
    except jsonschema.ValidationError as error: return "schema: " + str(error).splitlines()[0]

def check(checks, case, folder, missing):
    name = lambda what: "%s %s" % (case, what)
    path = lambda end: os.path.join(folder, "o." + end)
    done = run(["xmllint", "--noout", "--schema", os.path.join(TOP, "tests", "junit.xsd"), path("junit")])
    checks.say(name("junit, xmllint"), done.returncode and done.stdout.decode()[-200:])
    folded = open(path("folded"), "rb").read().decode()  # UTF-8, or it raises
    checks.say(name("folded, flamegraph.pl's pattern"), None if all(re.match(r"^(.*)\s+?(\d+(?:\.\d*)?)$", line) for line in folded.splitlines()) else "a line does not match")
    if shutil.which("go"):
        done = run(["go", "tool", "pprof", "-raw", path("pprof")])
        checks.say(name("pprof, go tool pprof -raw"), done.returncode and done.stdout.decode()[-200:])
        done = run(["go", "tool", "pprof", "-top", "-sample_index=space", path("pprof")])
        checks.say(name("pprof, go tool pprof -top"), "<unknown>" in done.stdout.decode() and "names are lost" or done.returncode and done.stdout.decode()[-200:])
    else: checks.skip(name("pprof, go tool pprof"), "go is not installed")
    if missing:
        for what in ("sarif", "speedscope", "pprof-format"): checks.skip(name(what), missing)
        return
    modules = os.path.join(NPM, "node_modules")
    checks.say(name("speedscope, its schema"), schema_fault(json.load(open(path("speedscope"))), os.path.join(modules, "speedscope/dist/release/file-format-schema.json")))
    sarif = json.load(open(path("sarif")))
    for schema in glob.glob(modules + "/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0*.json"):
        checks.say(name("sarif, " + os.path.basename(schema)), schema_fault(sarif, schema))
    tool = os.path.join(modules, "@microsoft/sarif-multitool-linux/Sarif.Multitool"); os.chmod(tool, os.stat(tool).st_mode | stat.S_IXUSR)
    done = run([tool, "validate", path("sarif"), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--output", path("validated"), "--log", "ForceOverwrite"],
               env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_BUNDLE_EXTRACT_BASE_DIR": folder, "HOME": folder, "TMPDIR": folder})
    found = [line for line in done.stdout.decode().splitlines() if re.search(r": (error|warning) ", line)]
    found = [line for line in found if "SARIF2005" not in line]  # the project has no address to give as informationUri
    checks.say(name("sarif, its validator with GitHub's rules"), "; ".join(found)[:300] or ("completed successfully" not in done.stdout.decode() and done.stdout.decode()[-300:]) or None)
    script = "const {Profile}=require('pprof-format');const fs=require('fs');const p=Profile.decode(require('zlib').gunzipSync(fs.readFileSync(process.argv[1])));console.log(p.sample.length)"
    done = run(["node", "-e", script, path("pprof")], cwd=NPM)
    checks.say(name("pprof, pprof-format"), done.returncode and done.stdout.decode()[-200:])

def main():
    options = argparse.ArgumentParser(); options.add_argument("--pageleak", default=os.path.join(TOP, "build", "pageleak"))
    exe = options.parse_args().pageleak
    missing = npm()
    top = os.path.join(TOP, "build", "formats"); shutil.rmtree(top, ignore_errors=True); os.makedirs(top)
    checks = Checks(top)
    static = shutil.which("busybox") or "true"
    for case, command in (("hostile", [sys.executable, "-c", PROGRAM]), ("clean", ["true"]), ("incomplete", [static, "true"])):
        folder = os.path.join(top, case); temp = os.path.join(folder, "tmp"); os.makedirs(temp)
        outputs = ["--%s=%s" % (name, os.path.join(folder, "o." + name)) for name in ("junit", "sarif", "gitlab", "folded", "speedscope", "pprof", "json")]
        done = run([exe, "run", "--text=/dev/null", *outputs, "--", *command], cwd=folder, env={**os.environ, "TMPDIR": temp})
        if done.returncode: checks.say(case, "the audit failed: " + done.stdout.decode(errors="replace")[-200:]); continue
        check(checks, case, folder, missing)
        keys = [entry["fingerprint"] for entry in json.load(open(os.path.join(folder, "o.gitlab")))]
        checks.say(case + " gitlab, fingerprints are unique", None if len(set(keys)) == len(keys) and bool(keys) == (case == "hostile") else "they are not")
    if not checks.failed: shutil.rmtree(top)
    print("%d passed, %d failed, %d skipped" % (checks.passed, checks.failed, checks.skipped))
    sys.exit(checks.failed > 0)

if __name__ == "__main__": main()
