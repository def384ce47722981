"""Environments that lose the audit on the way get it back, and nothing else: every way of starting a program, hard places to
start one from (tests/victims/environment.c), other preloaded libraries, and the ways of switching it off."""
import os
import subprocess

import pytest

from harness.audits import environment, record, report
from harness.machine import need
from harness.paths import BUILD, LIBRARY
from harness.victims import compiled
from harness.waiting import LIMIT

OURS = str(LIBRARY)


def twice(work, command, *options, **more):
    """Without and with an audit: what it prints, its status and its page are the same. Gives the report."""
    plain, audited = work.path / 'plain', work.path / 'audited'
    plain.mkdir()
    audited.mkdir()
    without = subprocess.run(command, cwd=plain, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    done = record(work.path / 'journal', command, *options, cwd=audited, env=environment(**more))
    assert (done.returncode, done.stdout, done.stderr) == (without.returncode, without.stdout, without.stderr)
    assert os.listdir(plain) == os.listdir(audited)
    found = report(work.path / 'journal', f'--pages={audited}/*')
    return found, [os.path.basename(page['path']) for page in found.pages('leaked')], os.listdir(audited)


@pytest.mark.parametrize('case, processes', [('vfork_empty', 2), ('vfork_null', 2), ('huge', 2), ('signal_handler', 2),
                                             ('thread_exec', 2)])
def test_put_back(work, case, processes):
    found, pages, disk = twice(work, [compiled('environment'), case])
    assert pages == disk == ['page']
    assert found['coverage']['complete'] and found['coverage']['unaudited'] == []
    assert (found['coverage']['processes'], found['coverage']['audited']) == (processes, processes)


@pytest.mark.parametrize('case', ['thread_small', 'clone_small'])
def test_without_room_on_the_stack_it_is_left_out_and_said(work, case):
    found, pages, disk = twice(work, [compiled('environment'), case])
    assert disk == ['page'] and pages == ['page']  # unattributed
    [lost] = found['coverage']['unaudited']
    assert lost['reason'] == 'environment cleared' and not found['coverage']['complete']


def test_failures_are_the_kernel_s(work):
    found, _, _ = twice(work, [compiled('environment'), 'failing'])
    assert found['coverage']['complete'] and found['coverage']['processes'] == 1


def test_the_largest_environment_stays_the_largest(work):
    """One byte more is E2BIG, with and without an audit: what is put back never makes an exec fail."""
    found, _, _ = twice(work, [compiled('environment'), 'limit'])
    assert any(lost['reason'] == 'environment cleared' for lost in found['coverage']['unaudited'])


def test_a_whole_environment_goes_on_as_it_is(work):
    work.environ = {'B': '1', 'A': '2', 'B2': '3'}
    said = work.pageleak('run', '--text=/dev/null', compiled('environment'), 'show')
    again = work.pageleak('run', '--text=/dev/null', compiled('environment'), 'show_whole')
    assert said.stdout.split('\n')[:3] == ['B=1', 'A=2', 'B2=3']
    assert [line.split('=')[0] for line in said.stdout.splitlines()] == [line.split('=')[0] for line in again.stdout.splitlines()]


def shown(work, *command):
    said = work.pageleak('run', '--text=/dev/null', '--', *command)
    assert said.stderr == ''
    return [line for line in said.stdout.splitlines() if not line.startswith('PAGELEAK=')]


def test_nothing_else_is_put_back(work):
    show = str(compiled('environment'))
    env = need('env')
    assert shown(work, env, '-i', show, 'show') == ['LD_PRELOAD=' + OURS]
    assert shown(work, env, '-i', 'Z=1', 'A=2', show, 'show') == ['Z=1', 'A=2', 'LD_PRELOAD=' + OURS]
    assert shown(work, env, '-i', 'Z=1', 'LD_PRELOAD=', 'A=2', show, 'show') == ['Z=1', 'LD_PRELOAD=' + OURS, 'A=2']
    assert shown(work, env, '-i', 'LD_PRELOAD=libm.so.6', 'A=2', show, 'show') == ['LD_PRELOAD=%s:libm.so.6' % OURS, 'A=2']


@pytest.mark.parametrize('first, then, result', [
    ('libm.so.6:%s', 'libm.so.6', 'libm.so.6:%s'),
    ('libm.so.6:%s', 'libm.so.6:libdl.so.2', 'libm.so.6:%s:libdl.so.2'),
    ('libm.so.6 %s', 'libdl.so.2 libm.so.6 ', 'libdl.so.2 libm.so.6 %s'),
    ('libm.so.6:libdl.so.2:%s', 'libdl.so.2:libm.so.6', 'libdl.so.2:libm.so.6:%s'),
    ('%s:libm.so.6', 'libdl.so.2 libm.so.6', '%s:libdl.so.2 libm.so.6'),
    ('%s:libm.so.6', 'libm.so.6:%s', 'libm.so.6:%s'),
    ('%s:libm.so.6', '', '%s'),
])
def test_other_libraries_keep_their_order(work, first, then, result):
    fill = lambda text: text.replace('%s', OURS)  # noqa: E731
    found = shown(work, need('env'), 'LD_PRELOAD=' + fill(first), need('env'), '-i', 'LD_PRELOAD=' + fill(then),
                  compiled('environment'), 'show')
    assert found == ['LD_PRELOAD=' + fill(result)]


def test_fakeroot_below_a_cleared_environment(work):
    """What env -i takes away of fakeroot stays away; what fakeroot does is audited."""
    fakeroot = need('fakeroot')
    result = work.audit(fakeroot, 'sh', '-c', 'mknod temp/d c 1 3; stat -c %F temp/d; exec env -i stat -c %F temp/d')
    assert result.stdout.splitlines() == ['character special file', 'regular empty file'], result.stderr
    assert result.paths('leaked') == {str(work.temp / 'd')} and result.report['coverage']['unaudited'] == []


CLEARERS = {
    'env': ['env', '-i', 'sh', '-c', ': > page'],
    'env -u': ['env', '-u', 'LD_PRELOAD', '-u', 'PAGELEAK', 'sh', '-c', ': > page'],
    'sh': ['sh', '-c', 'unset LD_PRELOAD PAGELEAK; touch page; rm page; exec touch page'],
    'bash': ['bash', '-c', 'unset LD_PRELOAD PAGELEAK; touch page; rm page; (exec -c /bin/touch page)'],
    'zsh': ['zsh', '-fc', 'unset LD_PRELOAD PAGELEAK; touch page; rm page; touch page'],
    'make': ['make', '-e', '-f', 'makefile'],
    'perl': ['perl', '-e', '%ENV = (); system("/bin/touch", "page"); unlink "page"; exec "/bin/touch page"'],
    'python': ['/usr/bin/python3', '-c', 'import os, subprocess\n'
               'subprocess.run(["/bin/touch", "page"], env={}); os.unlink("page")\n'
               'subprocess.run(["/bin/touch", "page"], env={}, preexec_fn=int); os.unlink("page")\n'
               'os.waitpid(os.posix_spawn("/bin/touch", ["touch", "page"], {}), 0); os.unlink("page")\n'
               'os.environ.clear(); os.execv("/bin/touch", ["touch", "page"])'],
    'node': ['node', '-e', 'require("child_process").spawnSync("/bin/touch", ["page"], {env: {}})'],
}


@pytest.mark.parametrize('name', CLEARERS)
def test_program_that_clears(work, name):
    need(CLEARERS[name][0])
    work.write('makefile', 'unexport LD_PRELOAD PAGELEAK\npage:\n\ttouch page; rm page\n\ttouch $@\n')
    result = work.audit(*CLEARERS[name], options=['--pages=page'])
    assert result.paths('leaked') == result.new == {str(work.path / 'page')}, result.stderr
    assert result.report['coverage']['unaudited'] == [] and result.report['coverage']['complete']


def test_su(work):
    if os.getuid():
        pytest.skip('only root becomes another user without being asked')
    user = need('runuser')
    work.temp.chmod(0o777)
    work.path.chmod(0o755)
    if not all(directory.stat().st_mode & 1 for directory in work.path.parents):
        pytest.skip('the work directory is not for all users')
    result = work.audit(user, '-u', 'nobody', '--', 'env', '-i', 'sh', '-c', ': > "$0"', work.temp / 'page',
                        options=['--pages=temp/**'])
    assert result.paths('leaked') == {str(work.temp / 'page')}, result.stderr
    assert result.report['coverage']['complete']


def is_unattributed(result):
    """The page was not seen being made: it is found on disk, and nobody's."""
    [finding] = result.report['findings']
    return (result.status, finding['judged'], finding['python'] + finding['native']) == (23, 'unattributed', []) and \
        result.paths('leaked') == result.new and len(result.new) == 1


SWITCHES = [(['--leave-cleared'], ['env', '-i']), ([], ['env', 'PAGELEAK=off']), ([], ['env', '-i', 'PAGELEAK=off']),
            ([], ['env', '-i', 'PAGELEAK='])]


@pytest.mark.parametrize('options, before', SWITCHES)
def test_switched_off(work, options, before):
    result = work.audit(*before, compiled('environment'), 'make', 'page', options=['--pages=page', *options])
    assert is_unattributed(result)
    [lost] = result.report['coverage']['unaudited']
    assert lost['reason'] == 'environment cleared'


SHELLS = ['os.system(":> page")', 'os.popen(":> page").close()', 'ctypes.CDLL(None).wordexp(b"$(:> page)", bytes(64), 0)',
          'libc = ctypes.CDLL(None); libc.popen.restype = ctypes.c_void_p; libc.pclose(ctypes.c_void_p(libc.popen(b":> page", b"r")))']


@pytest.mark.parametrize('call', SHELLS)
def test_shell_that_libc_starts(work, call):
    """libc's own exec is out of reach; its shells are seen, or named where that is not wanted."""
    command = ['/usr/bin/python3', '-c', 'import ctypes, os; os.environ.clear(); ' + call]
    result = work.audit(*command, options=['--pages=page'])
    assert result.paths('leaked') == result.new == {str(work.path / 'page')}, result.stderr
    assert result.report['coverage']['complete'] and result.report['coverage']['processes'] == 2
    (work.path / 'page').unlink()
    result = work.audit(*command, options=['--pages=page', '--leave-cleared'])
    assert is_unattributed(result)
    assert [(lost['exe'], lost['reason']) for lost in result.report['coverage']['unaudited']] == [('/bin/sh', 'environment cleared')]
    assert 'pid 0' not in result.stderr


def test_switched_off_means_untouched(work):
    assert shown(work, need('env'), '-i', 'PAGELEAK=off', 'A=2', compiled('environment'), 'show') == ['A=2']


def test_library_out_of_reach(work):
    """ld.so would complain in the program's name: it is not asked."""
    library = work.path / 'libpageleak.so'
    library.write_bytes(LIBRARY.read_bytes())
    work.environ['LD_PRELOAD'] = str(library)
    work.environ['PAGELEAK'] = subprocess.run([str(BUILD / 'pageleak'), 'record', '--journal=journal', 'sh', '-c', 'echo "$PAGELEAK"'],
                                              cwd=work.path, timeout=LIMIT, stdout=subprocess.PIPE, text=True).stdout.strip()
    said = subprocess.run(['/usr/bin/python3', '-c', 'import os\nos.unlink("libpageleak.so")\n'
                           'os.execve("/bin/sh", ["sh", "-c", "echo $LD_PRELOAD"], {})'], cwd=work.path, env=work.environ,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert (said.stdout, said.stderr) == ('\n', '')
    [lost] = report(work.path / 'journal')['coverage']['unaudited']
    assert lost['exe'] == '/bin/sh'
