"""Without the command: LD_PRELOAD=libpageleak.so program. The program runs as ever, and is reported on when it ends."""
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from harness.audits import Report
from harness.machine import as_root, need, need_namespaces
from harness.paths import LIBRARY, PAGELEAK
from harness.victims import compiled
from harness.waiting import LIMIT, appears, says


def preloaded(work, *command, settings=None, library=LIBRARY, **more):
    environ = dict(work.environ, LD_PRELOAD=str(library))
    if settings is not None:
        environ['PAGELEAK'] = settings
    more.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.run([*map(str, command)], cwd=work.path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT, **more)


def pages(work):
    return {str(path) for path in work.temp.iterdir() if path.name.startswith('page-')}


def journals(work):
    return [path for path in work.temp.iterdir() if path.name.startswith('pageleak-')]


def test_reports_at_exit_and_leaves_nothing_of_its_own(work):
    done = preloaded(work, compiled('signalled'), 'alone')
    assert done.returncode == 0 and done.stdout == 'wait=-1,1 descriptor=3\n'
    assert done.stderr.startswith('pageleak: 1 page leaked, 0 B; 1 finding\n\nLEAKED') and os.path.relpath(*pages(work), work.path) in done.stderr
    assert len(os.listdir(work.temp)) == 1, os.listdir(work.temp)


def test_a_clean_program(work):
    done = preloaded(work, '/bin/true')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', 'pageleak: no leaks; 0 pages made and released, 1 process audited\n')


@pytest.mark.parametrize('command, status', [(['at once'], 3), (['together'], 3), (['busy'], 3), (['quickly'], 3), (['raise'], -signal.SIGUSR2)])
def test_other_ends(work, command, status):
    done = preloaded(work, compiled('signalled'), *command)
    assert done.returncode == status and ('LEAKED' in done.stderr) == (status == 3)
    assert len(journals(work)) == (status < 0)  # who is killed leaves a journal


def test_no_descriptor_moves(work):
    closed = 'exec 0<&-; exec "$0" alone'
    plain = subprocess.run(['sh', '-c', closed, compiled('signalled')], env=work.environ, stdout=subprocess.PIPE, text=True)
    assert preloaded(work, 'sh', '-c', closed, compiled('signalled')).stdout == plain.stdout == 'wait=-1,1 descriptor=0\n'


def test_the_whole_tree_joins(work):
    """With a cleared environment, through exec, and not what has an audit of its own or none."""
    work.write('tree', '/usr/bin/mktemp -p "$1"; env -i TMPDIR="$TMPDIR" /usr/bin/mktemp -p "$1"\n'
               'PAGELEAK=off /usr/bin/mktemp -p "$1"; PAGELEAK=json=inner.json:text=inner.txt /usr/bin/mktemp -p "$1" inner-XXXX\nexec /usr/bin/mktemp -p "$1"\n')
    done = preloaded(work, 'sh', 'tree', work.temp, settings='json=report.json:text=report.txt')
    made = done.stdout.split()
    assert done.returncode == 0 and len(made) == 5, done.stderr
    judged = {page['path']: finding['judged'] for finding in work.load()['findings'] for page in finding['pages']
              if page['path'].startswith(str(work.path))}  # others may be at work in /tmp
    attributed = {path for path, how in judged.items() if how != 'unattributed'}
    assert attributed == {made[0], made[1], made[4]} and set(judged) - attributed <= {made[2], made[3]}, done.stderr
    assert work.load('inner.json').paths('leaked') == {made[3]}
    assert work.load()['audit']['command'][:2] == ['sh', 'tree'] and not journals(work)


def test_settings(work):
    work.write('hide.supp', 'path:*/hidden-*\n')
    work.write('app.py', 'import os, sys, tempfile\n'
               'for prefix in "page-", "hidden-": tempfile.mkstemp(prefix=prefix)\n'
               'open("out.dat", "w").close()\nos.chdir("/")\n')
    done = preloaded(work, need('python3'), '-B', 'app.py',
                     settings=r'json=report.%p.json:text=a\:b.txt:pages=@default:pages=*.dat:suppressions=hide.supp:show-kept:depth=7:color=never')
    assert (done.returncode, done.stderr) == (0, '')
    [name] = [path.name for path in work.path.glob('report.*.json')]
    report = work.load(name)
    assert int(name.split('.')[1]) == report['processes'][0]['pid']
    assert report.paths('leaked') == pages(work) | {str(work.path / 'out.dat')}
    assert report['suppressed'][0]['rule'] == 'path:*/hidden-*' and (work.path / 'a:b.txt').read_text().startswith('pageleak: 2 pages leaked')


@pytest.mark.parametrize('settings, told', [('jsn=x', 'unknown option --jsn; did you mean --json?'), ('fail-on=leaked', 'fail-on cannot be set there'), ('foo=1', 'unknown setting foo'),
                                            ('signal=KILL', '--signal=KILL: that signal cannot'), ('depth=many', '--depth=many: a number is wanted'),
                                            ('json=/nowhere/x', 'cannot write /nowhere/x'), ('suppressions=none.supp', 'none.supp')])
def test_what_is_wrong_is_told_and_the_program_runs(work, settings, told):
    done = preloaded(work, 'sh', '-c', 'exit 7', settings=settings)
    assert done.returncode == 7 and told in done.stderr and 'the rest holds, and the program is audited' in done.stderr
    assert 'no leaks' in done.stderr


@pytest.mark.parametrize('settings', ['off', ''])
def test_switched_off(work, settings):
    done = preloaded(work, 'sh', '-c', 'echo "$PAGELEAK"', settings=settings)
    assert (done.stdout, done.stderr) == (settings + '\n', '')


def test_help_lists_the_settings_and_runs_nothing(work):
    done = preloaded(work, 'sh', '-c', ': > made', settings='help')
    keys = re.findall(r'^  ([a-z-]+)', done.stdout, re.M)
    assert done.returncode == 0 and not (work.path / 'made').exists() and done.stderr == ''
    assert {'pages', 'json', 'html', 'why', 'signal', 'journal', 'new-since-last', 'debuginfod'} <= set(keys)
    assert not {'fail-on', 'settle', 'force', 'help'} & set(keys)
    environ = dict(work.environ, LD_PRELOAD=str(LIBRARY), PAGELEAK='help')
    shown = subprocess.Popen([need('bash'), '-c', ': > made'], cwd=work.path, env=environ, stdout=subprocess.PIPE)
    shown.stdout.close()  # as `| head` does
    shown.wait(timeout=LIMIT)
    assert not (work.path / 'made').exists()


def test_a_report_is_not_for_all_to_write_to(work):
    preloaded(work, 'sh', '-c', 'umask 0; exec "$0" alone', compiled('signalled'), settings='json=report.json')
    assert (work.path / 'report.json').stat().st_mode & 0o777 == 0o644


def test_a_report_that_cannot_be_written(work):
    (work.path / 'out').mkdir()
    done = preloaded(work, 'sh', '-c', 'rm -r out; exec "$0" alone', compiled('signalled'), settings='json=out/report.json')
    [journal] = journals(work)
    assert done.returncode == 0 and 'the journal stays: pageleak report %s' % journal in done.stderr


def test_a_journal_that_stays(work):
    for expected in [False, True]:
        done = preloaded(work, compiled('signalled'), 'alone', settings='journal=%s/audit.data:text=/dev/null' % work.path)
        assert done.returncode == 0 and (work.path / 'audit.data').exists() and (work.path / 'audit.data.old').exists() == expected, done.stderr
    report = work.json('report', 'audit.data')
    assert report['audit']['mode'] == 'exit' and len(report.paths('leaked')) == 1 and set(report.paths('leaked')) < set(pages(work))
    other = work.write('precious', 'not a journal')
    done = preloaded(work, 'sh', '-c', 'exit 3', settings='journal=precious')
    assert done.returncode == 3 and 'not replaced' in done.stderr and 'not audited' in done.stderr and other.read_text() == 'not a journal'


def test_killed_and_found_out_afterwards(work):
    environ = dict(work.environ, LD_PRELOAD=str(LIBRARY), PAGELEAK='journal=audit.data')
    process = subprocess.Popen([compiled('signalled'), 'watch'], cwd=work.path, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == 'ready\n'
    process.kill()
    process.wait(timeout=LIMIT)
    process.stdin.close()
    process.stdout.close()
    report = work.json('report', 'audit.data')
    assert report['audit']['mode'] == 'post-mortem' and report.paths('leaked') == pages(work)


def test_another_file_with_the_number_of_standard_error(work):
    """A report in a database file would be worse than no report."""
    done = preloaded(work, compiled('signalled'), 'reuse', work.path / 'data')
    assert (done.returncode, done.stderr) == (0, '') and (work.path / 'data').read_text() == 'data\n'
    [text] = [path for path in work.temp.iterdir() if path.name.endswith('.txt')]
    assert text.read_text().startswith('pageleak: 1 page leaked') and not [path for path in journals(work) if path != text]


def test_a_daemon(work):
    environ = dict(work.environ, LD_PRELOAD=str(LIBRARY), PAGELEAK='journal=audit.data:json=report.json')
    started = subprocess.run([compiled('signalled'), 'daemon', 'go'], cwd=work.path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert started.returncode == 0 and 'no report yet: the program left processes that run on' in started.stderr
    (work.path / 'go').touch()
    says(work.path / 'audit.data.txt', 'seen:')
    appears(work.path / 'report.json')
    assert work.load().paths('leaked') == pages(work) and work.load()['audit']['mode'] == 'exit'
    assert (work.path / 'audit.data.txt').read_text().startswith('pageleak: 1 page leaked')


def test_a_daemon_is_never_overlooked(work):
    """Its parent may end between the list of processes and the look at it."""
    environ = dict(work.environ, LD_PRELOAD=str(LIBRARY), PAGELEAK='text=/dev/null')
    for number in range(20):
        go = work.path / ('go-%d' % number)
        started = subprocess.run([compiled('signalled'), 'daemon', go], cwd=work.path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, timeout=LIMIT)
        go.touch()
        assert started.returncode == 0 and 'no report yet: the program left processes that run on' in started.stderr


def test_without_the_command(work):
    library = work.path / 'lib' / 'libpageleak.so'
    library.parent.mkdir()
    shutil.copy(LIBRARY, library)
    done = preloaded(work, 'sh', '-c', 'exit 4', library=library)
    assert done.returncode == 4 and done.stderr.startswith('pageleak: not audited: the pageleak command is not where')


def test_installed(work):
    for source, name in [(LIBRARY, 'lib/pageleak/libpageleak.so'), (PAGELEAK, 'bin/pageleak')]:
        (work.path / name).parent.mkdir(parents=True)
        shutil.copy(source, work.path / name)
    done = preloaded(work, compiled('signalled'), 'alone', library=work.path / 'lib/pageleak/libpageleak.so')
    assert 'LEAKED' in done.stderr


def test_limits_of_the_program_are_not_the_report_s(work):
    done = preloaded(work, 'bash', '-c', 'ulimit -S -v 200000; ulimit -S -f 0; ulimit -S -n 8; exec "$0" alone', compiled('signalled'))
    assert 'LEAKED' in done.stderr


def test_python_with_why(work):
    work.write('app.py', 'import tempfile\nkept = tempfile.NamedTemporaryFile(delete=False)\n')
    done = preloaded(work, need('python3'), '-B', 'app.py', settings='why:json=report.json')
    assert work.load()['findings'][0]['cause']['kind'] == 'no-finalizer', done.stderr


@pytest.mark.parametrize('inherited', ['nothing', 'blocked', 'ignored'])
@pytest.mark.parametrize('ending', [[], ['at once']])
def test_no_end_of_a_child_is_told(work, inherited, ending):
    """exec gives a child an exit signal, whatever it was cloned with."""
    def inherit():
        if inherited == 'blocked':
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        elif inherited == 'ignored':
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    done = preloaded(work, compiled('signalled'), 'childless', *ending, preexec_fn=inherit)
    assert (done.returncode, done.stdout) == (0, 'pending=0\n') and 'LEAKED' in done.stderr and not journals(work)


def test_nothing_of_a_chroot_is_executed(work):
    as_root()
    root = work.path / 'root'
    planted = root / str(PAGELEAK)[1:]
    planted.parent.mkdir(parents=True)
    shutil.copy(compiled('signalled', '-static'), planted)
    assert subprocess.run([need('chroot'), root, PAGELEAK, 'preloaded']).returncode == 0
    (root / 'executed').unlink()
    done = preloaded(work, compiled('signalled'), 'confine', root, settings='journal=audit.data')
    assert (done.returncode, done.stderr) == (0, '') and not (root / 'executed').exists()
    said = work.pageleak('report', '--json', 'audit.data').stdout
    assert 'could not be started' in said and Report(json.loads(said)).paths('leaked') == pages(work)


def test_the_end_of_a_process_in_another_pid_namespace(work):
    """It cannot see who runs on outside: the journal is still theirs."""
    need_namespaces('-pf', '--mount-proc')
    work.write('tree', 'unshare -pf --mount-proc sh -c \'/usr/bin/mktemp -p "$0" page-XXXX; :\' "$1"; /usr/bin/mktemp -p "$1" page-XXXX; :\n')
    done = subprocess.run(['unshare', '-pf', '--mount-proc', 'env', 'LD_PRELOAD=%s' % LIBRARY, 'PAGELEAK=text=report.txt', 'sh', 'tree', work.temp],
                          cwd=work.path, env=work.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, '') and (work.path / 'report.txt').read_text().startswith('pageleak: 2 pages leaked')


def test_loaded_into_every_program(work):
    """Into the command, too, which must not begin an audit of itself, and so on."""
    need_namespaces('-mpf', '--mount-proc')
    script = 'cp -a /etc "$0" && echo "$1" > "$0/ld.so.preload" && mount --bind "$0" /etc && shift && exec "$@"'
    done = subprocess.run(['unshare', '-mpf', '--kill-child', '--mount-proc', 'sh', '-c', script, work.path / 'etc', LIBRARY, compiled('signalled'), 'alone'],
                          cwd=work.path, env=dict(work.environ, PAGELEAK='text=report.txt'), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert (done.returncode, done.stdout, done.stderr) == (0, 'wait=-1,1 descriptor=3\n', '')
    assert (work.path / 'report.txt').read_text().startswith('pageleak: 1 page leaked')


@pytest.mark.parametrize('leaks', [0, 1])
def test_nobody_to_tell(work, leaks):
    """A report goes to a file then, if there is something in it."""
    command = [compiled('signalled'), 'alone'] if leaks else ['/bin/true']
    environ = dict(work.environ, LD_PRELOAD=str(LIBRARY))
    done = subprocess.run(command, cwd=work.path, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT)
    assert done.returncode == 0 and [path.suffix for path in journals(work)] == ['.txt'] * leaks


def test_what_is_written_to_the_same_file_next_stands_behind_the_report(work):
    """Of a program that closed its standard error, which the shell that started it still has."""
    as_root()  # it takes the rights to ptrace
    work.write('close.py', 'import os, tempfile\ntempfile.mkstemp()\nos.closerange(0, 1000)\n')
    script = 'echo before >&2; PAGELEAK=journal=audit.data LD_PRELOAD="$0" /usr/bin/python3 -B close.py; until grep -q ^journal: log; do sleep 0.1; done; for i in 1 2 3 4 5 6 7 8 9; do echo after $i after >&2; done'
    with open(work.path / 'log', 'w') as log:
        assert subprocess.run(['sh', '-c', script, str(LIBRARY)], cwd=work.path, env=work.environ, stderr=log, timeout=LIMIT).returncode == 0
    lines = (work.path / 'log').read_text().splitlines()
    assert lines[0] == 'before' and lines[-9:] == ['after %d after' % i for i in range(1, 10)]
    assert lines[1].startswith('pageleak: 1 page leaked') and any(line.startswith('LEAKED') for line in lines)
