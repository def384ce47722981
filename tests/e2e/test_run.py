"""How commands are started, waited for and passed signals; exit codes; what is left behind."""
import json
import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from harness import processes
from harness.listing import listing
from harness.machine import need, need_static
from harness.paths import PAGELEAK
from harness.waiting import LIMIT, appears, until


def start(work, *arguments):
    return subprocess.Popen([str(PAGELEAK), *map(str, arguments)], cwd=work.path, env=work.environ,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize('subcommand', ['run', 'check', 'record'])
@pytest.mark.parametrize('status', [0, 1, 3, 125, 255])
def test_status_of_the_command(work, subcommand, status):
    assert work.pageleak(subcommand, 'sh', '-c', 'exit %d' % status).returncode == status


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_status_of_a_killed_command(work, number):
    result = work.audit('sh', '-c', 'kill -%d $$' % number, subcommand='run')
    assert result.status == 128 + number
    assert result.report['audit']['status'] == {'signaled': int(number)}


@pytest.mark.parametrize('subcommand', ['run', 'check', 'record'])
def test_not_found_and_not_runnable(work, subcommand):
    plain = work.write('plain', 'text')
    said = work.pageleak(subcommand, 'no-such-command')
    assert said.returncode == 127 and said.stderr == 'pageleak: no-such-command: command not found\n'
    said = work.pageleak(subcommand, plain)
    assert said.returncode == 126 and 'cannot be run: Permission denied' in said.stderr and said.stderr.count('\n') == 1
    assert not (work.path / 'pageleak.data').exists()


def test_gate(work):
    leak = ('mktemp', work.temp / 'page-XXXXXX')
    assert work.audit(*leak).status == 23
    assert work.audit(*leak, subcommand='run').status == 0
    assert work.audit(*leak, subcommand='run', options=['--fail-on=leaked']).status == 23
    assert work.audit(*leak, options=['--exit-code=7']).status == 7
    assert work.audit(*leak, options=['--fail-on=late,foreign']).status == 0
    assert work.audit('true').status == 0


def test_status_of_the_command_outranks_the_gate(work):
    result = work.audit('sh', '-c', 'mktemp; exit 5')
    assert result.status == 5 and result.entries('leaked') == 1


def test_incomplete_audit_is_24(work):
    busybox = need_static('busybox')
    result = work.audit('sh', '-c', '%s true; true' % busybox, options=['--pages=temp/**'])
    assert result.status == 24 and result.report['coverage']['complete'] is False
    assert any('busybox' in one['exe'] for one in result.report['coverage']['unaudited'])
    assert work.audit('sh', '-c', '%s true; true' % busybox, subcommand='run').status == 0


def test_report_file_is_whole_and_a_failed_write_is_125(work):
    if not os.path.exists('/dev/full'):
        pytest.skip('no /dev/full')
    said = work.pageleak('run', '--json=/dev/full', 'true')
    assert said.returncode == 125 and 'cannot write /dev/full: No space left on device' in said.stderr
    assert work.pageleak('run', '--json=/dev/full', 'sh', '-c', 'exit 3').returncode == 3


def test_report_through_a_device(work):
    said = work.pageleak('run', '--json=/dev/stdout', '--text=/dev/null', 'true')
    assert said.returncode == 0 and said.stderr == ''
    assert json.loads(said.stdout)['schema'] == 'pageleak-report/1'


def test_symlink_in_a_shared_directory_is_not_followed(work):
    shared = work.path / 'shared'
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / 'report').symlink_to(work.path / 'victim')
    said = work.pageleak('run', '--json=shared/report', 'true')
    assert said.returncode == 125 and 'not followed' in said.stderr
    assert not (work.path / 'victim').exists()


def test_symlink_elsewhere_is_followed(work):
    (work.path / 'target.json').write_text('old')
    (work.path / 'report.json').symlink_to('target.json')
    assert work.pageleak('run', '--json=report.json', 'true').returncode == 0
    assert (work.path / 'report.json').is_symlink()
    assert work.load('target.json')['schema'] == 'pageleak-report/1'


def test_report_goes_to_standard_error_alone(work):
    said = work.pageleak('run', 'sh', '-c', 'echo out')
    assert said.stdout == 'out\n' and said.stderr.startswith('pageleak: ')


def test_nothing_is_left_behind(work):
    shm = set(os.listdir('/dev/shm')) if os.path.isdir('/dev/shm') else set()
    before = listing(work.path)
    assert work.pageleak('run', 'true').returncode == 0
    assert listing(work.path) == before
    left = (set(os.listdir('/dev/shm')) if shm or os.path.isdir('/dev/shm') else set()) - shm
    # Other tests audit at the same time: what is left of them goes.
    until(lambda: not [name for name in left if os.path.exists('/dev/shm/' + name)], 'all has gone of %s' % left)


def test_journal_is_private_and_kept(work):
    assert work.pageleak('run', '--journal=kept', 'true').returncode == 0
    status = (work.path / 'kept').stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_blocks * 512 < status.st_size
    assert work.pageleak('report', 'kept').returncode == 0


def test_journal_replaces_a_journal_and_nothing_else(work):
    for _ in range(2):
        assert work.pageleak('record', '--journal=kept', 'true').returncode == 0
    work.write('precious', 'not a journal')
    (work.path / 'link').symlink_to('precious')
    (work.path / 'directory').mkdir()
    for name in ('precious', 'link', 'directory', '/dev/null'):
        said = work.pageleak('record', '--journal=' + name, 'true')
        assert said.returncode == 125 and 'not replaced' in said.stderr
    assert (work.path / 'precious').read_text() == 'not a journal'


def test_file_size_limit_does_not_kill(work):
    said = subprocess.run(['sh', '-c', 'ulimit -f 8192; exec "$0" run true', str(PAGELEAK)], cwd=work.path, env=work.environ,
                          stderr=subprocess.PIPE, text=True)
    assert said.returncode == 0, said.stderr


def test_record_becomes_the_command(work):
    process = start(work, 'record', 'sh', '-c', 'echo $$')
    out, _ = process.communicate(timeout=LIMIT)
    assert int(out) == process.pid and (work.path / 'pageleak.data').exists()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_signals_reach_the_command_and_the_report_comes(work, number):
    work.write('victim', 'trap "echo got; rm -f page; exit 9" INT TERM HUP QUIT\n: > page\n: > ready\n'
               'while :; do sleep 0.05; done\n')
    process = start(work, 'run', '--json=report.json', 'sh', 'victim')
    appears(work.path / 'ready')
    process.send_signal(number)
    out, error = process.communicate(timeout=LIMIT)
    assert (process.returncode, out) == (9, 'got\n'), error
    assert work.load()['audit']['status'] == {'exited': 9}


def test_signal_that_the_tree_sends_to_its_group_comes_once(work):
    work.write('victim.py', 'import os, signal, sys\n'
               'sys.path.insert(0, sys.argv[1])\n'
               'from harness import processes, waiting\n'
               'got = []\n'
               'signal.signal(signal.SIGUSR1, lambda *_: got.append(1))\n'
               'os.kill(0, signal.SIGUSR1)\n'
               'waiting.until(lambda: processes.sleeps(os.getppid()), "pageleak has taken it")\n'
               'print(len(got))\n')
    process = subprocess.Popen([str(PAGELEAK), 'run', need('python3'), '-B', 'victim.py', Path(__file__).parent], cwd=work.path, env=work.environ,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    out, error = process.communicate(timeout=LIMIT)
    assert (process.returncode, out) == (0, '1\n'), error


def test_dispositions_and_mask_are_the_command_s_own(work):
    probe = 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status'
    plain = subprocess.run(['sh', '-c', 'trap "" HUP; ' + probe], stdout=subprocess.PIPE, text=True, env=work.environ)
    def audited(option):
        done = subprocess.run(['sh', '-c', 'trap "" HUP; exec "$0" run %s %s' % (option, probe.replace('"', "'")), str(PAGELEAK)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=work.path, env=work.environ)
        assert done.returncode == 0
        return done.stdout
    assert audited('--signal=none') == plain.stdout
    # The kernel tells who looks into /proc that somebody handles the snapshot signal.
    before, caught = plain.stdout.rsplit('\t', 1)
    assert audited('') == '%s\t%016x\n' % (before, int(caught, 16) | 1 << (signal.SIGUSR2 - 1))


def test_children_ignored_by_the_caller(work):
    process = subprocess.run([need('python3'), '-c',
                              'import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); '
                              'os.execv(sys.argv[1], sys.argv[1:])', str(PAGELEAK), 'run', 'sh', '-c', 'exit 4'],
                             cwd=work.path, env=work.environ, stderr=subprocess.PIPE, text=True)
    assert process.returncode == 4


def test_no_descriptor_is_handed_on(work):
    plain = subprocess.run(['sh', '-c', 'ls /proc/self/fd | wc -l'], stdout=subprocess.PIPE, text=True)
    assert work.pageleak('run', 'sh', '-c', 'ls /proc/self/fd | wc -l').stdout == plain.stdout


def test_the_whole_tree_is_waited_for(work):
    name = work.temp / 'page'
    work.write('victim', ': > "$1"; (while kill -0 $$; do sleep 0.02; done; rm "$1") > /dev/null 2>&1 &\n')
    result = work.audit('sh', 'victim', name)
    assert result.entries('leaked') == 0 and not name.exists()


def test_an_interrupt_ends_the_wait_for_what_is_left(work):
    process = start(work, 'run', '--json=report.json', 'sh', '-c', 'setsid sleep %d > /dev/null 2>&1 & : > ready' % LIMIT)
    appears(work.path / 'ready')
    processes.waits_for_the_rest(process.pid, 'sh')
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=LIMIT)
    report = work.load()
    assert process.returncode == 0 and report['audit']['mode'] == 'snapshot', error
    for one in report['processes']:
        if one['exe'].endswith('/sleep') and one['ended'] is None:
            os.kill(one['pid'], signal.SIGKILL)


def test_audit_within_an_audit(work):
    result = work.audit(PAGELEAK, 'run', '--text=/dev/null', 'mktemp')
    assert result.status in (0, 23, 24) and len(list(work.temp.iterdir())) == 1


def test_closed_standard_streams(work):
    said = subprocess.run(['sh', '-c', 'exec "$0" run --json=report.json true <&- >&- 2>&-', str(PAGELEAK)], cwd=work.path,
                          env=work.environ, timeout=LIMIT)
    assert said.returncode == 0 or said.returncode == 125
    assert work.load()['schema'] == 'pageleak-report/1'


def test_a_report_that_nobody_can_read_is_a_failure(work):
    """With standard error closed, the report must not go into whatever file gets its number."""
    status = subprocess.run(['sh', '-c', '"$1" run mktemp 2>&-', 'sh', str(PAGELEAK)], cwd=work.path, env=work.environ,
                            stdout=subprocess.PIPE, timeout=LIMIT)
    assert status.returncode == 125
    clean = subprocess.run(['sh', '-c', '"$1" run --json=report.json --text=/dev/null sh -c "ls /proc/self/fd >list" <&- 2>&-',
                            'sh', str(PAGELEAK)], cwd=work.path, env=work.environ, stdout=subprocess.PIPE, timeout=LIMIT)
    assert clean.returncode == 0
    assert '2' not in (work.path / 'list').read_text().split()


def test_programs_have_their_own_paths(work):
    """The kernel is asked only where the name that it was given is not the program's own: each must come out the same."""
    told = work.path / 'told'
    work.write('script', f'#!/bin/sh\nreadlink -f /proc/$$/exe >> {told}\n', 0o755)
    link = work.path / 'link'
    link.symlink_to(shutil.which('dash'))
    script = work.path / 'script'
    plain = f'readlink -f /proc/$$/exe >> {told}'
    result = work.audit('sh', '-c', f'{script}; {link} -c \'{plain}\'; ./script; /bin/sh {script}; {link} {link} || :; {plain}')
    expected = set(told.read_text().split()) | {shutil.which('readlink')}
    assert {process['exe'] for process in result.report['processes']} == {os.path.realpath(path) for path in expected}


def test_the_journal_of_an_audit_that_runs_is_left_alone(work):
    """What the first one still starts would write into the second's."""
    first = subprocess.Popen([str(PAGELEAK), 'record', 'sh', '-c', 'mktemp; echo ready; read line; mktemp'], cwd=work.path, env=work.environ,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while first.stdout.readline() != 'ready\n':
        pass
    for command in ['record'], ['run', '--journal=pageleak.data']:
        said = work.pageleak(*command, 'true')
        assert said.returncode == 125 and 'an audit that still runs' in said.stderr
    assert first.communicate('\n', timeout=LIMIT)[0].count('/') and first.returncode == 0
    assert work.pageleak('report').stdout.count('temp/tmp.') >= 2
    assert work.pageleak('record', 'true').returncode == 0


def test_record_keeps_the_journal_before(work):
    """A supervisor starts again what was killed: the evidence stays."""
    assert work.pageleak('record', 'sh', '-c', 'mktemp; kill -9 $$').returncode == -9
    assert work.pageleak('record', 'true').returncode == 0
    assert 'LEAKED' in work.pageleak('report', 'pageleak.data.old').stdout and 'no leaks' in work.pageleak('report').stdout
