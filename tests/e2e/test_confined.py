"""Programs with rights of their own, another root directory or other mounts: they do what they do without an audit, and the report
finds what they leave, or says that it may have missed something. Most of it only root can try."""
import os
import re
import shutil
import stat
import subprocess

import pytest

from harness.audits import paths_of
from harness.machine import NOBODY, as_nobody, as_root, need
from harness.paths import BUILD, PAGELEAK
from harness.victims import compiled, unseen
from harness.waiting import LIMIT


def steady(name):
    """Without what mkstemp makes up."""
    return re.sub(r'page-\w{6}$', 'page-', name)


def tree(directory):
    """Everything below: relative name -> kind, mode, owner, bytes of files."""
    found = {}
    for top, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(top, name)
            status = os.lstat(path)
            content = open(path, 'rb').read() if stat.S_ISREG(status.st_mode) else None
            found[steady(os.path.relpath(path, directory))] = (stat.filemode(status.st_mode), status.st_uid, status.st_gid, content)
    return found


class Twice:
    """A command in a fresh copy of `furnished`, without an audit and with one. What can be seen from outside is the same."""

    def __init__(self, work, furnish, command, options=(), before=(), after=()):
        self.directory = work.path / 'here'
        results, trees = [], []
        check = [str(PAGELEAK), 'check', '--json=%s' % (work.temp / 'report'), '--text=%s' % (work.temp / 'text')]
        # What other tests leave there meanwhile may be this one's as far as anybody knows.
        check += ['--not-pages=%s/**' % directory for directory in ('/tmp', '/var/tmp', '/dev/shm')
                  if not str(work.path).startswith(directory + '/')]
        for audit in ([], [*check, *options, '--']):
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory.mkdir()
            furnish(self.directory)
            work.temp.chmod(0o777)
            results.append(subprocess.run([*before, *audit, *after, *map(str, command)], cwd=self.directory, env=work.environ,
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT))
            trees.append(tree(self.directory))
        plain, self.audited = results
        assert (self.audited.stdout, self.audited.stderr) == (plain.stdout, plain.stderr)
        assert trees[1] == trees[0]
        self.status, self.plain_status, self.tree = self.audited.returncode, plain.returncode, trees[1]
        self.report = work.load('temp/report')
        self.text = (work.temp / 'text').read_text()
        self.complete, self.limits = self.report['coverage']['complete'], '\n'.join(self.report['coverage']['limits'])

    def found(self, *verdicts, unattributed=None):
        """Names below the directory that the report lists."""
        return {steady(os.path.relpath(page['path'], self.directory)) for finding in self.report['findings'] for page in finding['pages']
                if (not verdicts or finding['verdict'] in verdicts) and page['path'].startswith(str(self.directory) + '/') and
                (unattributed is None or (finding['judged'] == 'unattributed') is unattributed)}


# ---- setuid, setgid, file capabilities ----

def give(program, kind):
    if kind == 'setuid':
        program.chmod(0o4755)
    elif kind == 'setuid-of-another':
        os.chown(program, 1, 1)
        program.chmod(0o4755)
    elif kind == 'setgid':
        program.chmod(0o2755)
    elif subprocess.run([need('setcap'), 'cap_dac_override+ep', program], stderr=subprocess.PIPE).returncode:
        pytest.skip('no file capabilities here')


RIGHTS = {'setuid': 'setuid or setgid', 'setuid-of-another': 'setuid or setgid', 'setgid': 'setuid or setgid',
          'capable': 'file capabilities'}


@pytest.mark.parametrize('inside', [False, True], ids=['audit-of-the-user', 'audit-of-root'])
@pytest.mark.parametrize('leave', ['leave', 'clean'])
@pytest.mark.parametrize('kind', RIGHTS)
def test_programs_with_rights_of_their_own(work, kind, leave, inside):
    user = as_nobody(work)

    def furnish(directory):
        directory.chmod(0o777)
        (directory / 'pages').mkdir()
        (directory / 'pages').chmod(0o1777)
        shutil.copy(compiled('rights'), directory / 'privileged')
        give(directory / 'privileged', kind)

    ran = Twice(work, furnish, ['sh', '-c', './privileged pages "$0"; echo "status $?"', leave], options=['--pages=pages/**'],
                **{'after' if inside else 'before': user})
    said = ran.audited.stdout.decode()
    if 'secure 0' in said:
        pytest.skip('such rights do not count on this file system')
    assert 'status 3' in said and ran.plain_status == 0
    assert ran.report.unaudited() == {'privileged': RIGHTS[kind]} and not ran.complete
    left = {name for name in ran.tree if name.startswith('pages/')}
    assert left == ({'pages/left', 'pages/shell-left'} if leave == 'leave' else set())
    assert ran.found('leaked', unattributed=True) == left and ran.found(unattributed=False) == set()
    assert ran.status == (23 if left else 24)
    owner = {'setuid': 0, 'setuid-of-another': 1}.get(kind, int(NOBODY))
    assert not left or ran.tree['pages/left'][1] == owner
    for finding in ran.report.strangers():
        assert [(os.path.basename(one['exe']), one['reason']) for one in finding['unattributed']['running']] == [('privileged', RIGHTS[kind])]
    assert not left or 'unattributed: nobody that was audited made it' in ran.text


# ---- another root directory ----

def libraries(program):
    said = subprocess.run([need('ldd'), program], stdout=subprocess.PIPE, text=True).stdout
    return re.findall(r'(/\S+) \(0x', said)


def furnish_root(*programs):
    """What makes a directory with a root directory in it: the programs, what ldd says of them, and a place for pages."""
    def furnish(directory):
        for program in programs:
            for path in [program, *libraries(program)]:
                to = directory / 'root' / os.path.realpath(os.path.dirname(path)).lstrip('/') / os.path.basename(path)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, to)
        for name in ('bin', 'lib', 'lib64'):
            if os.path.islink('/' + name) and programs:
                (directory / 'root' / name).symlink_to(os.readlink('/' + name))
        (directory / 'root' / 'tmp').mkdir(parents=True)
        (directory / 'root' / 'tmp').chmod(0o1777)
    return furnish


def test_a_program_that_changes_its_root_directory(work):
    """Names afterwards are the machine's: they are on disk, and where pages lie in that root directory they leaked."""
    as_root()
    ran = Twice(work, furnish_root(), [compiled('rooted'), 'itself', 'root'], options=['--show-kept'])
    assert (ran.status, ran.complete) == (23, True), ran.text
    temporary = {name for name in ran.tree if name.startswith('root/tmp/')}
    assert ran.found('leaked') == temporary and len(temporary) == 7
    assert ran.found('kept') == {'before'} and ran.found('adopted') == {'root/output'}
    assert ran.report['summary']['released']['entries'] == 2 and ran.report['summary']['vanished']['entries'] == 0
    assert 'changed its root directory: %s' % (ran.directory / 'root') in ran.limits


@pytest.mark.parametrize('case, left', [('twice', {'root/tmp/first', 'root/second/tmp/second'}), ('child', {'root/tmp/child'})])
def test_what_follows_a_root_directory(work, case, left):
    as_root()
    ran = Twice(work, furnish_root(), [compiled('rooted'), case, 'root'])
    assert (ran.status, ran.complete, ran.found('leaked')) == (23, True, left), ran.text


ELSEWHERE = 'journal out of reach: it has another root directory'


def test_a_program_started_in_another_root_directory(work):
    """The library is not there: nothing is said of it on standard error, and what is left there is found."""
    as_root()
    shell, mkdir = need('sh'), need('mkdir')
    for script, status in ((':', 24), ('%s /tmp/d; : > /tmp/left; : > /tmp/d/in; echo $LD_PRELOAD' % mkdir, 23)):
        ran = Twice(work, furnish_root(shell, mkdir), ['sh', '-c', '"$0" root "$1" -c "$2"; :', need('chroot'), shell, script])
        assert (ran.status, ran.complete, ran.audited.stderr) == (status, False, b'')
        assert set(ran.report.unaudited().values()) == {ELSEWHERE}
        assert ran.found('leaked', unattributed=True) == {name for name in ran.tree if name.startswith('root/tmp/')}


def test_a_shell_of_libc_in_another_root_directory(work):
    as_root()
    ran = Twice(work, furnish_root(need('sh')), [compiled('rooted'), 'system', 'root'])
    assert ran.audited.stdout == b'0\n' and ran.audited.stderr == b''
    assert ran.report.unaudited() == {os.path.basename(os.path.realpath('/bin/sh')): ELSEWHERE} or ran.report.unaudited() == {'sh': ELSEWHERE}
    assert (ran.status, ran.found('leaked', unattributed=True)) == (23, {'root/tmp/by-shell'})


def test_a_static_program_in_another_root_directory(work):
    """Its file is looked at where it lies."""
    as_root()

    def furnish(directory):
        furnish_root()(directory)
        shutil.copy(unseen(), directory / 'root' / 'unseen')
    ran = Twice(work, furnish, [compiled('rooted'), 'run', 'root', '/unseen', '/tmp/left'])
    assert ran.report.unaudited() == {'unseen': 'static'}
    assert (ran.status, ran.found('leaked', unattributed=True)) == (23, {'root/tmp/left'})


def test_audited_in_another_root_directory(work):
    """The library and the journal's directory are there, too: what is started there goes on, and names are the machine's."""
    as_root()
    if subprocess.run([need('unshare'), '-m', 'true'], stderr=subprocess.PIPE).returncode:
        pytest.skip('no mount namespaces here')

    def furnish(directory):
        furnish_root(need('sh'), need('touch'))(directory)
        (directory / 'root' / str(BUILD).lstrip('/')).mkdir(parents=True)
        (directory / 'root' / 'dev' / 'shm').mkdir(parents=True)
    script = 'mount --bind /dev/shm root/dev/shm; mount --bind "$0" "root$0"; exec "$1" run root /bin/sh -c "touch /tmp/left; : > /tmp/other"'
    ran = Twice(work, furnish, ['unshare', '-m', 'sh', '-c', script, BUILD, compiled('rooted')], options=['--journal=/dev/shm/pageleak-%s' % work.path.name])
    os.unlink('/dev/shm/pageleak-%s' % work.path.name)
    assert (ran.status, ran.complete) == (23, True), ran.text
    assert ran.found('leaked', unattributed=False) == {'root/tmp/left', 'root/tmp/other'}
    assert 'touch' in {os.path.basename(process['exe']) for process in ran.report['processes']}


def test_links_of_another_root_directory(work):
    """Where they lead is not known outside: what lies behind them is not called gone for certain."""
    as_root()

    def furnish(directory):
        (directory / 'root' / 'pages').mkdir(parents=True)
        (directory / 'root' / 'tmp').symlink_to('/pages')
    ran = Twice(work, furnish, [compiled('rooted'), 'child', 'root'])
    assert (ran.status, ran.complete) == (24, False)
    assert '1 pages that vanished in another root directory may be on disk, behind a link there' in ran.limits


def test_a_directory_without_a_name(work):
    """With no /proc in the root directory the name of a descriptor cannot be told: then nobody says that nothing is left."""
    as_root()
    ran = Twice(work, furnish_root(), [compiled('rooted'), 'descriptor', 'root'], options=['--pages=outside/*'])
    assert (ran.status, ran.complete) == (24, False)
    assert '1 pages were made in a directory whose name could not be told: they may be on disk' in ran.limits


# ---- other mounts ----

def other_mounts(work, script, **more):
    """A shell in user and mount namespaces of its own; `pages` is where it mounts."""
    own = [need('unshare'), '-Urm']
    if subprocess.run([*own, 'sh', '-c', 'mount -t tmpfs none /mnt'], stderr=subprocess.PIPE).returncode:
        pytest.skip('no user and mount namespaces here')

    def furnish(directory):
        for name in ('pages', 'bound'):
            (directory / name).mkdir()
    return Twice(work, furnish, [*own, 'sh', '-c', script], options=['--pages=pages/**', '--pages=bound/**'], **more)


def test_a_file_system_in_memory_goes_with_its_namespace(work):
    """What was left on it is gone, and something else of that name is not taken for it."""
    ran = other_mounts(work, ': > pages/before; mount -t tmpfs none pages; : > pages/before; : > pages/left; : > pages/gone; rm pages/gone')
    assert (ran.status, ran.complete) == (23, True), ran.text
    assert ran.found('leaked') == {'pages/before'}
    assert ran.found('vanished') == {'pages/before', 'pages/left'}
    assert ran.report['summary']['released']['entries'] == 1
    ran = other_mounts(work, 'mount -t tmpfs none pages; : > pages/left')
    assert (ran.status, ran.complete, ran.found('vanished')) == (0, True, {'pages/left'})


def test_a_directory_mounted_elsewhere(work):
    """The pages are on disk under another name: nobody says that they are not."""
    ran = other_mounts(work, 'mount --bind bound pages; : > pages/gone; rm pages/gone; : > pages/left')
    assert 'bound/left' in ran.tree
    assert (ran.status, ran.complete) == (24, False), ran.text
    assert 'changed what is mounted at' in ran.limits and '1 pages that vanished after that may be on disk, out of sight' in ran.limits
    ran = other_mounts(work, 'mount --bind bound pages; : > pages/gone; rm pages/gone')
    assert (ran.status, ran.complete) == (0, True), ran.text


# ---- where the library cannot be loaded ----

def elsewhere(work):
    """The command and its library in a directory of their own."""
    home = work.path / 'home'
    home.mkdir()
    for name in ('pageleak', 'libpageleak.so'):
        shutil.copy(BUILD / name, home / name)
    return home


@pytest.mark.parametrize('others, shown', [('', ''), ('libm.so.6', 'libm.so.6'), ('libm.so.6:libdl.so.2', 'libm.so.6:libdl.so.2')])
@pytest.mark.parametrize('place', ['first', 'last'])
def test_a_library_out_of_reach_is_not_asked_for(work, others, shown, place):
    """ld.so would complain in the program's name. Others in LD_PRELOAD stay; a variable that is empty then goes."""
    if subprocess.run([need('unshare'), '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], stderr=subprocess.PIPE).returncode:
        pytest.skip('no mount namespaces here')
    home = elsewhere(work)
    own = str(home / 'libpageleak.so')
    order = ':'.join(filter(None, [own, others] if place == 'first' else [others, own]))
    script = 'mount -t tmpfs none "$0"; export LD_PRELOAD="$1"; exec env sh -c \'echo "${LD_PRELOAD-none}"; : > left\''
    said = subprocess.run([home / 'pageleak', 'check', '--pages=left', '--text=text', '--json=report', '--', 'unshare', '-m', 'sh', '-c', script, home, order],
                          cwd=work.path, env=work.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert (said.stdout, said.stderr) == ((shown or 'none') + '\n', '')
    report = work.load('report')
    assert said.returncode == 23 and paths_of(report.strangers()) == [str(work.path / 'left')]
    assert set(report.unaudited().values()) == {'journal out of reach'}


def test_a_library_of_another_user_is_not_asked_for(work):
    user = as_nobody(work)
    home = elsewhere(work)
    home.chmod(0o700)
    said = subprocess.run([home / 'pageleak', 'check', '--pages=temp/**', '--text=text', '--json=report', '--', *user, 'sh', '-c', 'echo "$LD_PRELOAD"; : > temp/left'],
                          cwd=work.path, env=work.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    report = work.load('report')
    assert (said.stdout, said.stderr, said.returncode) == ('\n', '', 23), report
    assert paths_of(report.strangers()) == [str(work.temp / 'left')]
    assert set(report.unaudited().values()) == {'journal out of reach'}
