#!/usr/bin/env python3
"""Run real programs under pageleak and hold its report against the disk and the ground truth.

    cases.py [--cases DIR] [--work DIR] [--pageleak EXE] [NAME...]

Each case is a shell script that takes a work directory and puts $AUDIT before the commands to be audited. It is run once with
AUDIT="pageleak record --journal=…", and its journals are then reported twice: with everything shown, for exactness, and by default,
for judgement. Two verdicts per case:
  exact   every new path on disk that the audited programs made is listed, and nothing else is said to be there
  judged  what truth.tsv calls `leak` and lies under a temp root is leaked; nothing that it calls output, mark or setup is
Some writers cannot be seen by a preloaded library (UNSEEN): there the report must say so, and why, in its coverage; what they leave
where pages lie must be found nevertheless, as unattributed, and that alone.
Prints a line a case and, last, 'N passed, N failed, N skipped'. A case that exits 77 or lacks its program is skipped.
The work directory must not lie under a temp root (/tmp, /var/tmp, /dev/shm), or every output is a page.
"""
import argparse, atexit, glob, json, os, re, shutil, stat, subprocess, sys, tempfile, time

UNSEEN = {"069": "Go", "071": "static", "104": "io_uring", "145": "static"}

def regex(pattern):
    out, i = "", 0
    while i < len(pattern):
        if pattern.startswith("**", i): out += ".*"; i += 2
        elif pattern[i] == "*": out += "[^/]*"; i += 1
        elif pattern[i] == "?": out += "[^/]"; i += 1
        elif pattern[i] == "[" and "]" in pattern[i:]: j = pattern.index("]", i); out += pattern[i:j + 1]; i = j + 1
        else: out += re.escape(pattern[i]); i += 1
    return re.compile(out + r"\Z", re.S)

def shown(path):
    """The path as the JSON report writes it: bytes that are not UTF-8 as \\xNN."""
    return "".join("\\x%02x" % (ord(c) - 0xdc00) if 0xdc80 <= ord(c) <= 0xdcff else c for c in path)

def listing(work, outside):
    found = set()
    for where, directories, files in os.walk(work):
        for name in directories + files:
            relative = os.path.relpath(os.path.join(where, name), work)
            if relative not in ("in", "out", "tmp", "home"): found.add(relative)
    for pattern in outside: found.update(glob.glob(pattern))
    return {shown(p) for p in found}

def truth(folder):
    rows = {}
    for line in open(os.path.join(folder, "truth.tsv")):
        if line.startswith("#") or not line.strip(): continue
        case, kind, _, pattern, count, _ = (line.rstrip("\n").split("\t") + [""] * 6)[:6]
        rows.setdefault(case, []).append((kind, pattern, count))
    return rows

def work_directory(top):
    """build/cases, or where that lies under a temp root, as in a clone in /tmp, a new directory at home."""
    roots = [os.path.realpath(r) + "/" for r in ("/tmp", "/var/tmp", "/dev/shm", "/run/user", os.environ.get("TMPDIR", "/tmp"))]
    if not os.path.realpath(top).startswith(tuple(roots)): return os.path.join(top, "build", "cases")
    made = tempfile.mkdtemp(prefix=".pageleak-cases.", dir=os.path.expanduser("~")); os.chmod(made, 0o755)
    atexit.register(shutil.rmtree, made, True)
    return made

def main():
    options = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__)); top = os.path.dirname(os.path.dirname(here))
    options.add_argument("--cases", default=os.path.join(here, "cases")); options.add_argument("--work", default=None)
    options.add_argument("--pageleak", default=os.path.join(top, "build", "pageleak")); options.add_argument("names", nargs="*")
    args = options.parse_args(); args.work = args.work or work_directory(top)
    rows, passed, failed, skipped = truth(args.cases if os.path.exists(os.path.join(args.cases, "truth.tsv")) else os.path.dirname(args.cases)), 0, 0, 0
    for script in sorted(glob.glob(os.path.join(args.cases, "[0-9]*.sh"))):
        name = os.path.basename(script)[:-3]; case = name[:3]
        if args.names and not any(n in name for n in args.names): continue
        known = rows.get(case, [])
        base = os.path.join(args.work, name); work = base + "/w"; shutil.rmtree(base, ignore_errors=True); os.makedirs(work); os.makedirs(base + "/j")
        outside = [p for _, p, _ in known if p.startswith("/")]
        before = listing(work, outside)
        audit = base + "/audit"
        with open(audit, "w") as f: f.write(f'#!/bin/sh\nexec "{args.pageleak}" record --journal="{base}/j/$$.data" -- "$@"\n')
        os.chmod(audit, 0o755)
        try: code = subprocess.run(["timeout", "-k", "5", "90", "bash", script, work], env={**os.environ, "AUDIT": audit}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, timeout=120)
        except subprocess.TimeoutExpired: print(f"{name}: HANGS"); failed += 1; continue
        if code.returncode in (77, 127) or b"command not found" in code.stderr or b"No such file or directory" in code.stderr and not glob.glob(base + "/j/*"):
            print(f"{name}: skipped ({code.stderr.decode(errors='replace').strip()[-80:]})"); skipped += 1; continue
        time.sleep(.3)
        disk = listing(work, outside) - before
        everything, leaked, faults, coverage = set(), set(), [], []
        for journal in sorted(glob.glob(base + "/j/*.data")):
            for flags, into in ((["--show-kept", "--no-known"], everything), ([], leaked)):
                r = subprocess.run([args.pageleak, "report", *flags, f"--json={base}/r.json", "--text=/dev/null", journal], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
                try: report = json.load(open(base + "/r.json"))
                except (OSError, ValueError): faults.append(f"no report from {os.path.basename(journal)}: {r.stderr.decode(errors='replace')[-120:]}"); continue
                coverage.append(report["coverage"])
                for finding in report["findings"]:
                    for page in finding["pages"]:
                        if into is leaked and finding["verdict"] != "leaked" or not page["exists"]: continue
                        path = page["path"]; into.add(path[len(work) + 1:] if path.startswith(work + "/") else path)
        setup = [regex(p) for k, p, _ in known if k == "setup"]
        made_by_others = lambda p: any(r.match(p) for r in setup) or p.split("/")[0] == "in"
        listed = {p for p in everything if not p.startswith("/") or any(regex(o).match(p) for o in outside)} - {"in", "out", "tmp", "home"}
        missed = {p for p in disk - listed if not made_by_others(p)}; invented = listed - disk
        if case in UNSEEN and missed:
            said = [text for c in coverage for text in c["limits"] + [u["reason"] for u in c["unaudited"]] if UNSEEN[case] in text]
            if not said or all(c["complete"] for c in coverage): faults.append("coverage does not name " + UNSEEN[case])
            missed = {p for p in missed if p.startswith(("tmp/", "/tmp/", "/dev/shm/"))}
        if missed: faults.append(f"missed {len(missed)}: {sorted(missed)[:3]}")
        if invented: faults.append(f"invented {len(invented)}: {sorted(invented)[:3]}")
        for kind, pattern, _ in known:
            hits = {p for p in disk if regex(pattern).match(p)}
            if kind == "leak" and not hits: faults.append("nothing was left as " + pattern)
            if kind == "leak" and (pattern.startswith(("tmp/", "/tmp", "/dev/shm"))) and hits - leaked: faults.append(f"not judged leaked: {sorted(hits - leaked)[:3]}")
            if kind in ("output", "mark") and hits & leaked and not any(k == "leak" and regex(p).match(x) for k, p, _ in known for x in hits & leaked): faults.append(f"wrongly leaked: {sorted(hits & leaked)[:3]}")
        print(f"{name}: {'ok' if not faults else 'FAILS  ' + ' | '.join(faults)}", flush=True)
        passed, failed = passed + (not faults), failed + bool(faults)
        for path in disk & everything: # what a case must leave outside of its work directory
            if path.startswith("/"): shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.path.lexists(path) and os.remove(path)
        if not faults: shutil.rmtree(base, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed > 0)

if __name__ == "__main__": main()
