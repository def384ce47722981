"""Work directories, audits in them, and what their reports say."""
import base64
import json
import os
import subprocess
import tempfile
from pathlib import Path

from harness.listing import listing, remove
from harness.paths import BUILD, PAGELEAK
from harness.waiting import LIMIT


def environment(**more):
    """Nothing of an audit or test run around this one; the directory for temporary files is the machine's unless it is given."""
    left_out = 'LD_PRELOAD', 'PAGELEAK', 'PAGELEAK_SCOPE', 'NO_COLOR', 'PYTEST_CURRENT_TEST', 'TMPDIR'
    return {**{key: value for key, value in os.environ.items() if key not in left_out}, **more}


def come_first():
    """Takes a process before all others, where that is allowed: --why has a second for each look, which a machine with much to do does not
    give to a program in time. No option makes it longer."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    except PermissionError:
        pass


class Report(dict):
    """A JSON report, and short ways to what tests ask it for."""

    def findings(self, *verdicts):
        """Findings with one of these verdicts, all without one."""
        return [finding for finding in self['findings'] if not verdicts or finding['verdict'] in verdicts]

    def pairs(self, *verdicts):
        """(finding, page) of every page that is listed."""
        return [(finding, page) for finding in self.findings(*verdicts) for page in finding['pages']]

    def pages(self, *verdicts):
        return [page for _, page in self.pairs(*verdicts)]

    def paths(self, *verdicts):
        return {page['path'] for page in self.pages(*verdicts)}

    def entries(self, verdict):
        """How many pages have that verdict, listed or not."""
        return self['summary'][verdict]['entries']

    def totals(self):
        """Verdict -> pages, those without any left out."""
        return {verdict: total['entries'] for verdict, total in self['summary'].items() if verdict != 'sites' and total['entries']}

    def existing(self):
        """The names that it says are on disk, as `listing` has them."""
        return sorted(name_of(page) for page in self.pages() if page['exists'])

    def strangers(self):
        """Findings of pages that nobody made who was audited."""
        return [finding for finding in self['findings'] if finding['judged'] == 'unattributed']

    def limits(self):
        return '\n'.join(self['coverage']['limits'])

    def unaudited(self):
        """Why programs were not audited: name -> reason."""
        return {os.path.basename(one['exe']): one['reason'] for one in self['coverage']['unaudited']}


def paths_of(findings):
    """Of their pages, sorted."""
    return sorted(page['path'] for finding in findings for page in finding['pages'])


def name_of(page):
    """The path of a page, byte for byte."""
    return os.fsdecode(base64.b64decode(page['path_raw'])) if 'path_raw' in page else page['path']


class Result:
    """How an audit ended: status, output, report (None without one), and what the disk gained."""

    def __init__(self, process, report, before, after):
        self.status = process.returncode
        self.stdout, self.stderr = process.stdout, process.stderr
        self.report = report
        self.new = {path for path, what in after.items() if before.get(path) != what}

    def pages(self, *verdicts):
        return self.report.pages(*verdicts)

    def paths(self, *verdicts):
        return self.report.paths(*verdicts)

    def entries(self, verdict):
        return self.report.entries(verdict)


class Work:
    """A directory of one test, outside the temp roots; `temp` below it is TMPDIR of what runs in it. `with Work() as work:`"""

    def __init__(self, path=None):
        """Makes the directory, or takes an empty one."""
        (BUILD / 'e2e').mkdir(parents=True, exist_ok=True)
        self.path = path or Path(tempfile.mkdtemp(dir=BUILD / 'e2e'))
        self.temp = self.path / 'temp'
        self.temp.mkdir()
        self.environ = environment(TMPDIR=str(self.temp), LC_ALL='C')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        remove(self.path)

    def pageleak(self, *arguments, **more):
        """Runs pageleak here, with --why before all else; gives the completed process."""
        if '--why' in arguments:
            more.setdefault('preexec_fn', come_first)
        return subprocess.run([str(PAGELEAK), *map(str, arguments)], cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors='surrogateescape', **{'env': self.environ, 'timeout': LIMIT, **more})

    def audit(self, *command, options=(), subcommand='check', watch=None, **more):
        """Runs a command under audit; `watch` is the directory whose listing is compared, the work directory by default."""
        report = self.path.parent / (self.path.name + '.json')
        before = listing(watch or self.path)
        process = self.pageleak(subcommand, '--json=%s' % report, *options, '--', *command, **more)
        after = listing(watch or self.path)
        parsed = None
        if report.exists():
            parsed = Report(json.loads(report.read_text()))
            report.unlink()
        return Result(process, parsed, before, after)

    def json(self, command, *arguments, **more):
        """The JSON report that a command writes to standard output."""
        return Report(json.loads(self.pageleak(command, '--json', *arguments, **more).stdout))

    def write(self, name, text, mode=0o644):
        path = self.path / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def load(self, name='report.json'):
        """A report that was written here."""
        return Report(json.loads((self.path / name).read_text()))

    def left(self):
        """Names of all that is in the directory for temporary files, sorted."""
        return sorted(listing(self.temp))


def record(journal, command, *options, cwd, **more):
    """Runs a command audited, with the machine's own directory for temporary files; gives the completed process, output in bytes."""
    return subprocess.run([PAGELEAK, 'record', f'--journal={journal}', *options, '--', *command], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **{'env': environment(), 'timeout': LIMIT, **more})


def report(journal, *options, cwd=None):
    """The report on a journal, everything listed."""
    done = subprocess.run([PAGELEAK, 'report', '--json', '--show-kept', *options, journal], cwd=cwd, env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    assert done.returncode in (0, 24), (done.returncode, done.stderr.decode(errors='replace'))
    return Report(json.loads(done.stdout))
