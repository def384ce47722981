#!/usr/bin/env python3
"""Audit daemons under load, with snapshots by signal and from outside, and hold each against the disk.

    daemons.py [--pageleak EXE] [--seconds N] [--keep] [NAME...]

Each daemon is started with `LD_PRELOAD=libpageleak.so` and without the command. Clients keep it busy for N seconds (20 unless told), and
every answer is looked at: one that is missing or wrong fails the case. Every few seconds, under load, a snapshot is asked for by the
signal; then the clients rest for a moment, so that the disk stands still, and one by the signal and one from outside must agree with
each other and with a listing of the directory. At its end the daemon is told to leave: the report that it has made must agree with the disk.
Prints a line a case and, last, 'N passed, N failed, N skipped'.
"""
import argparse, http.client, json, os, pathlib, shutil, signal, socket, subprocess, sys, threading, time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from cases import work_directory  # noqa: E402
from harness.ports import free_port  # noqa: E402

SIGNAL = signal.SIGRTMIN + 5  # nginx and redis have a use for others


class Daemon:
    """What a case is made of. `pages`: where its pages are; `answers` and `wrong`: of the clients."""

    program, pages, end, status = "", "", signal.SIGTERM, 0

    def __init__(self, work):
        self.work, self.port = work, free_port()
        self.answers = self.wrong = 0
        self.said = ""
        self.lock = threading.Lock()
        self.prepare()

    def prepare(self):
        pass

    def count(self, good, why=""):
        with self.lock:
            self.answers += good
            self.wrong += not good
            self.said = self.said or why


class Nginx(Daemon):
    """Request bodies in files that stay, as an upload server keeps them; and some that nginx removes."""

    program, pages = "nginx", "temp/**"

    def prepare(self):
        for name in "temp", "logs":
            (self.work / name).mkdir()
        (self.work / "nginx.conf").write_text("""daemon off; worker_processes 2; pid logs/nginx.pid; error_log logs/error.log;
events { worker_connections 256; }
http { access_log off; client_body_temp_path temp/body; proxy_temp_path temp/proxy; fastcgi_temp_path temp/f; uwsgi_temp_path temp/u;
scgi_temp_path temp/s; client_body_buffer_size 1k; client_max_body_size 1m;
server { listen 127.0.0.1:%d;
 location /keep { client_body_in_file_only on; proxy_pass http://127.0.0.1:%d/sink; }
 location /once { proxy_pass http://127.0.0.1:%d/sink; }
 location /sink { return 200 "ok"; } } }""" % (self.port, self.port, self.port))

    def command(self):
        return ["nginx", "-p", str(self.work), "-e", "logs/error.log", "-c", "nginx.conf"]

    def request(self, client, turn):
        client.request("POST", "/keep" if turn % 20 == 0 else "/once", body=b"x" * 5000)
        answer = client.getresponse()
        return answer.status == 200 and answer.read() == b"ok"

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)


class Python(Nginx):
    """A server of the standard library. One handler of three forgets the file that it made."""

    program, pages, status = "python3", "temp/**", -signal.SIGTERM

    def prepare(self):
        (self.work / "temp").mkdir()
        (self.work / "server.py").write_text("""import http.server, os, signal, sys, tempfile
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with tempfile.NamedTemporaryFile(dir="temp", delete=self.path != "/keep") as file:
            file.write(body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
def leave(*_): raise SystemExit(0)
signal.signal(signal.SIGTERM, leave)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
""")
        self.status = 0

    def command(self):
        return ["/usr/bin/python3", "-B", "server.py", str(self.port)]


class Redis(Daemon):
    """Saves in children of its own, by temporary files that it renames; and append-only files that it replaces."""

    program, pages = "redis-server", "temp/**"

    def prepare(self):
        (self.work / "temp").mkdir()

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", "temp", "--save", "1 1", "--appendonly", "yes", "--daemonize", "no"]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20).makefile("rwb")

    def request(self, client, turn):
        words = [b"BGSAVE", b"SCHEDULE"] if turn % 2000 == 1999 else [b"SET", b"key:%d" % (turn % 1000), b"x" * 200]
        client.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        client.flush()
        answer = client.readline()
        if not answer.startswith((b"+", b"-ERR Background save already in progress")):
            raise OSError(repr(answer))
        return True


class Case:
    def __init__(self, daemon, options):
        self.daemon, self.options = daemon, options
        self.rest, self.over = threading.Event(), threading.Event()
        self.resting = threading.Semaphore(0)
        self.faults = []

    def client(self):
        daemon = self.daemon
        connection = daemon.connect()
        turn = 0
        while not self.over.is_set():
            if self.rest.is_set():
                self.resting.release()
                while self.rest.is_set() and not self.over.is_set():
                    time.sleep(0.01)
            try:
                daemon.count(daemon.request(connection, turn))
            except (OSError, http.client.HTTPException) as error:
                daemon.count(False, repr(error))
                connection = daemon.connect()
            turn += 1

    def expect(self, what, told, found):
        if told != found:
            self.faults.append("%s: the report has %d, the disk %d; only one has %s" % (what, len(told), len(found), sorted(told ^ found)[:5]))

    def listing(self):
        return {os.path.join(parent, name) for parent, _, files in os.walk(self.daemon.work / "temp") for name in files}

    def on_disk(self, report):
        """What the report says is there, below the directory that is listed."""
        there = {page["path"] for finding in report["findings"] for page in finding["pages"] if page["exists"] and page["kind"] != "directory"}
        return {path for path in there if path.startswith("%s/" % (self.daemon.work / "temp"))}

    def by_signal(self):
        """The report that a signal makes, or None."""
        path = self.daemon.work / "report.json"
        path.unlink(missing_ok=True)
        os.kill(self.process.pid, SIGNAL)
        for _ in range(400):
            if path.exists():
                return json.loads(path.read_text())
            time.sleep(0.05)
        self.faults.append("no report came of the signal")
        return None

    def from_outside(self):
        done = subprocess.run([self.options.pageleak, "snapshot", "--json", "--show-kept", "--pages=%s/%s" % (self.daemon.work, self.daemon.pages), str(self.process.pid)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        if done.returncode:
            self.faults.append("snapshot: " + done.stderr)
            return {"findings": []}
        return json.loads(done.stdout)

    def quiet(self, clients):
        """Clients rest; so does what the daemon does behind them."""
        self.rest.set()
        for _ in clients:
            self.resting.acquire(timeout=30)
        before = None
        for _ in range(100):
            now = self.listing()
            if now == before:
                return now
            before = now
            time.sleep(0.3)
        return before

    def look(self, clients, count):
        under_load = self.by_signal()
        if under_load and under_load["audit"]["mode"] != "snapshot":
            self.faults.append("under load: %s" % under_load["audit"]["mode"])
        found = self.quiet(clients)
        inside, outside = self.by_signal(), self.from_outside()
        if inside:
            self.expect("snapshot %d, by signal" % count, self.on_disk(inside), found)
            if not inside["coverage"]["complete"]:
                self.faults.append("incomplete: %s" % inside["coverage"])
        self.expect("snapshot %d, from outside" % count, self.on_disk(outside), found)
        self.rest.clear()

    def run(self):
        daemon = self.daemon
        library = os.path.join(os.path.dirname(self.options.pageleak), "libpageleak.so")
        environ = dict(os.environ, LD_PRELOAD=library, PAGELEAK="journal=audit.data:json=report.json:show-kept:pages=%s:signal=%d" % (daemon.pages, SIGNAL))
        with open(daemon.work / "said", "w") as said:
            self.process = subprocess.Popen(daemon.command(), cwd=daemon.work, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            self.drive()
        finally:
            self.over.set()
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        if daemon.wrong:
            self.faults.append("%d requests failed: %s" % (daemon.wrong, daemon.said))
        return self.faults

    def drive(self):
        for _ in range(200):
            try:
                self.daemon.connect().close()
                socket.create_connection(("127.0.0.1", self.daemon.port), timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        clients = [threading.Thread(target=self.client, daemon=True) for _ in range(4)]
        for client in clients:
            client.start()
        until, count = time.monotonic() + self.options.seconds, 0
        while time.monotonic() < until:
            time.sleep(min(3, self.options.seconds / 4))
            count += 1
            self.look(clients, count)
        self.snapshots = 3 * count
        self.over.set()
        for client in clients:
            client.join(timeout=30)
        (self.daemon.work / "report.json").unlink(missing_ok=True)
        self.process.send_signal(self.daemon.end)
        status = self.process.wait(timeout=60)
        if status != self.daemon.status:
            self.faults.append("exit status %d" % status)
        report = json.loads((self.daemon.work / "report.json").read_text())
        self.expect("at the end", self.on_disk(report), self.listing())
        if report["audit"]["mode"] != "exit":
            self.faults.append("at the end: %s" % report["audit"]["mode"])


DAEMONS = {"nginx": Nginx, "python": Python, "redis": Redis}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--pageleak", default=str(ROOT / "build" / "pageleak"))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    base = pathlib.Path(work_directory(str(ROOT)))
    passed = failed = skipped = 0
    for name in options.names or DAEMONS:
        kind = DAEMONS[name]
        if not shutil.which(kind.program):
            print("skipped %s: %s is not installed" % (name, kind.program))
            skipped += 1
            continue
        work = base / ("daemon-" + name)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        work.chmod(0o777)  # nginx's workers run as another user
        case = Case(kind(work), options)
        faults = case.run()
        print("%s %s: %d requests, %d wrong; %d snapshots; %d files left" % (
            "FAILED" if faults else "ok", name, case.daemon.answers, case.daemon.wrong, getattr(case, "snapshots", 0), len(case.listing())))
        for fault in faults[:10]:
            print("    " + fault)
        failed += bool(faults)
        passed += not faults
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
