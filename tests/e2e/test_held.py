"""Pages whose name is gone while a living process still has them open or mapped (tests/victims/holder.py)."""
import json
import os
import signal
import subprocess

import pytest

from harness import processes
from harness.audits import Report
from harness.machine import as_nobody, as_root, need_namespaces
from harness.paths import PAGELEAK, PYTHON, VICTIMS
from harness.waiting import LIMIT, appears, until


class Audit:
    """A program under `record` that lives until the end of the `with` block."""

    def __init__(self, work, how, prefix=()):
        self.work, self.prefix = work, list(prefix)
        self.process = subprocess.Popen([*self.prefix, PAGELEAK, 'record', '--journal=journal', '--', PYTHON, VICTIMS / 'holder.py', how,
                                         work.temp], cwd=work.path, env=work.environ, stdin=subprocess.DEVNULL)
        appears(work.temp / ('waits' if how == 'wait' else 'ready'))

    def __enter__(self):
        return self

    def report(self, *options):
        done = subprocess.run([*self.prefix, PAGELEAK, 'report', '--json', '--text=report.txt', '--pages=temp/page', *options, 'journal'],
                              cwd=self.work.path, env=self.work.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
        assert done.returncode in (0, 23), done.stderr
        return Report(json.loads(done.stdout))

    def stop(self):
        (self.work.temp / 'stop').touch()
        self.process.wait(timeout=LIMIT)

    def __exit__(self, *_):
        self.stop()


def counts(report):
    """Without what stays on purpose: the files by which the program is told when to go on."""
    totals = report.totals()
    totals.pop('kept', None)
    return totals


def fate(report, path):
    """Every verdict that a page of that name has, of those that are listed."""
    return [finding['verdict'] for finding in report['findings'] for page in finding['pages'] if page['path'] == str(path)]


def held(report):
    finding, = [finding for finding in report['findings'] if finding['verdict'] == 'held']
    page, = finding['pages']
    return finding, page


def test_an_open_descriptor(work):
    with Audit(work, 'open') as audit:
        report = audit.report()
        finding, page = held(report)
        pid, descriptor = map(int, (work.temp / 'ready').read_text().split())
        assert page['path'] == str(work.temp / 'page') and not page['exists'] and page['bytes'] >= 65536 == finding['bytes']
        assert [(one['pid'], one['descriptor'], os.path.basename(one['exe'])) for one in page['holders']] == \
            [(pid, descriptor, os.path.basename(os.path.realpath(PYTHON)))]
        assert finding['release']['api'] in ('unlink', 'unlinkat') and finding['owner']['pid'] == pid
        assert (report['audit']['mode'], report['audit']['ended']) == ('snapshot', None)
        text = (work.path / 'report.txt').read_text()
        assert 'HELD  1 entry, 64.0 KiB' in text and '(pid %d), descriptor %d' % (pid, descriptor) in text
        assert audit.report('--fail-on=held') and counts(report) == {'held': 1}
        audit.stop()
        after = audit.report()
        assert counts(after) == {'released': 1} and after['audit']['mode'] != 'snapshot'


def test_a_mapping(work):
    with Audit(work, 'mapped') as audit:
        finding, page = held(audit.report())
        assert [one['descriptor'] for one in page['holders']] == [None] and finding['bytes'] == 65536
        audit.stop()
        assert counts(audit.report()) == {'released': 1}


def test_a_mapping_that_may_not_be_asked(work):
    """Without privileges /proc/PID/map_files is closed: the page is known by its number and name."""
    with Audit(work, 'mapped', as_nobody(work)) as audit:
        _, page = held(audit.report())
        assert [one['descriptor'] for one in page['holders']] == [None]


def test_holder_has_closed_it(work):
    with Audit(work, 'closed') as audit:
        report = audit.report()
        assert counts(report) == {'released': 1} and report['audit']['mode'] == 'snapshot'


def test_a_forked_child_that_records_nothing(work):
    with Audit(work, 'child') as audit:
        audit.process.wait(timeout=LIMIT)
        _, page = held(audit.report())
        holder, = page['holders']
        assert holder['pid'] != audit.process.pid and holder['descriptor'] is not None
        (work.temp / 'stop').touch()
        until(lambda: not os.path.exists('/proc/%d/fd/%d' % (holder['pid'], holder['descriptor'])), 'the child has closed it')
        assert counts(audit.report()) == {'released': 1}


def test_a_page_that_has_its_name(work):
    with Audit(work, 'wait') as audit:
        assert fate(audit.report(), work.temp / 'page') == ['leaked']
        (work.temp / 'go').touch()
        appears(work.temp / 'ready')
        assert fate(audit.report(), work.temp / 'page') == ['held']


def test_a_process_that_may_not_be_read(work):
    with Audit(work, 'private', as_nobody(work)) as audit:
        report = audit.report()
        assert not report.entries('held')
        assert [limit for limit in report['coverage']['limits'] if '(pid %d) may not be read' % audit.process.pid in limit]
        assert report['audit']['mode'] == 'snapshot'
        audit.stop()
        assert audit.report()['audit']['mode'] != 'snapshot'
        assert not [limit for limit in audit.report()['coverage']['limits'] if 'may not be read' in limit]


def test_run_that_is_interrupted(work):
    process = subprocess.Popen([PAGELEAK, 'run', '--json=report.json', '--fail-on=held', '--pages=temp/page', '--', 'sh', '-c',
                                '"$0" "$1" open "$2" > /dev/null 2>&1 &', PYTHON, VICTIMS / 'holder.py', work.temp], cwd=work.path,
                               env=work.environ, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        appears(work.temp / 'ready')
        processes.waits_for_the_rest(process.pid, 'sh')
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT)
        assert process.returncode == 23
        _, page = held(work.load())
        assert [one['pid'] for one in page['holders']] == [int((work.temp / 'ready').read_text().split()[0])]
    finally:
        (work.temp / 'stop').touch()


def test_nothing_is_held_when_all_have_ended(work):
    """Somebody who was not audited may have it open still: that is not the program's."""
    (work.temp / 'stop').touch()
    script = '''
        "$1" run --json=report.json --pages=temp/page -- "$2" "$3" wait "$4" & p=$!
        while [ ! -e "$4/waits" ]; do sleep 0.01; done
        exec 9< "$4/page"; : > "$4/go"; wait $p'''
    done = subprocess.run(['sh', '-c', script, 'sh', PAGELEAK, PYTHON, VICTIMS / 'holder.py', work.temp], cwd=work.path, env=work.environ,
                          timeout=LIMIT, stderr=subprocess.PIPE)
    assert done.returncode == 0
    assert counts(work.load()) == {'released': 1}


def test_another_process_with_the_same_number(work):
    """The one that held it was killed; who has got its number has the very page open, but is none of the audit's."""
    as_root()
    need_namespaces('-pf', '--mount-proc')
    script = '''
        "$1" record --journal=journal -- "$2" "$3" wait "$4" & p=$!
        while [ ! -e "$4/waits" ]; do sleep 0.01; done
        exec 9< "$4/page"; : > "$4/go"
        while [ ! -e "$4/ready" ]; do sleep 0.01; done
        "$1" report --json=before.json --pages='temp/page' journal
        kill -9 $p; wait $p
        for try in 1 2 3 4 5 6 7 8 9; do
            echo $((p - 1)) > /proc/sys/kernel/ns_last_pid
            sleep 300 & q=$!
            [ $q != $p ] || break
            kill $q
        done
        [ $q = $p ] || exit 77
        "$1" report --json=after.json --pages='temp/page' journal
        kill $q'''
    done = subprocess.run(['unshare', '-pf', '--mount-proc', 'sh', '-c', script, 'sh', PAGELEAK, PYTHON, VICTIMS / 'holder.py', work.temp],
                          cwd=work.path, env=work.environ, timeout=LIMIT, stderr=subprocess.PIPE)
    if done.returncode == 77:
        pytest.skip('a process number cannot be had again here')
    assert counts(work.load('before.json')) == {'held': 1}
    after = work.load('after.json')
    assert counts(after) == {'released': 1} and after['audit']['mode'] == 'post-mortem'
