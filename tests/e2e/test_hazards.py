"""Hazards (tests/victims/hazards.c): the program does, prints and ends as without an audit, and what was not seen is named."""
import os
import re
import stat
import subprocess

import pytest

from harness.audits import environment, record, report
from harness.listing import listing, remove
from harness.machine import need
from harness.paths import PAGELEAK
from harness.victims import CAN_NOT, compiled
from harness.waiting import LIMIT


def contents(directory):
    """Everything below a directory: relative name -> kind and, of files, their bytes."""
    found = {}
    for path in listing(directory):
        status = os.lstat(path)
        content = open(path, 'rb').read() if stat.S_ISREG(status.st_mode) else None
        found[os.path.relpath(path, directory)] = (stat.S_IFMT(status.st_mode), content)
    return found


def own_report(journal, work):
    """Where something was not seen, anything new below / may be its work: what other tests left meanwhile is not ours."""
    found = report(journal, '--pages=/**')
    for finding in found['findings']:
        if finding['judged'] == 'unattributed':
            finding['pages'] = [page for page in finding['pages'] if page['path'].startswith(str(work.path))]
    found['findings'] = [finding for finding in found['findings'] if finding['pages']]
    return found


def audit(work, command, *options, same_output=True, **more):
    """Runs it without and with an audit, side by side in two directories: what can be seen from outside is the same."""
    plain, audited, journal = work.path / 'plain', work.path / 'audited', work.path / 'journal'
    plain.mkdir()
    audited.mkdir()
    env = environment(**more)
    without = subprocess.run(command, cwd=plain, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    if without.returncode == CAN_NOT:
        pytest.skip(without.stdout.decode().strip())
    done = record(journal, command, *options, cwd=audited, env=env)
    assert done.returncode == without.returncode
    if same_output:
        assert (done.stdout, done.stderr) == (without.stdout, without.stderr)
    assert contents(audited) == contents(plain)
    found = own_report(journal, work)
    found.missing = set(listing(audited)) - set(found.existing())
    assert set(found.existing()) <= set(listing(audited))
    found.done = done
    return found


def exact(found):
    assert found.missing == set()
    assert found['coverage']['events_lost'] == 0
    assert found.entries('vanished') == 0


# ---- calls that do not come to their end ----

@pytest.mark.parametrize('case', ['jumped', 'cancelled', 'cancelled_at_once', 'killed'])
def test_calls_that_are_cut_short_are_counted(case, work):
    found = audit(work, [compiled('hazards'), case])
    exact(found)
    assert '1 calls that make or move names were cut short' in found.limits()
    assert not found['coverage']['complete']


def test_what_is_missing_is_no_more_than_what_was_cut_short(work):
    directory, journal = work.path / 'pages', work.path / 'journal'
    directory.mkdir()
    assert record(journal, [compiled('hazards'), 'scattered'], cwd=directory).returncode == 0
    found = own_report(journal, work)
    counted = sum(map(int, re.findall(r'(\d+) calls that (?:make or move|remove) names were cut short', found.limits())))
    unseen = [page for finding, page in found.pairs() if finding['judged'] == 'unattributed']
    missing = set(listing(directory)) - set(found.existing())
    assert set(found.existing()) <= set(listing(directory))
    assert len(missing) + len(unseen) <= counted
    assert found['coverage']['complete'] is (counted == 0)


def test_a_call_that_two_processes_come_out_of_is_not_cut_short(work):
    found = audit(work, [compiled('hazards'), 'forked'])
    exact(found)
    assert found['coverage']['complete'], found.limits()


# ---- ends, limits, privileges ----

COMPLETE = [
    ('end', 'abort'), ('end', '_exit'), ('end', 'quick_exit'), ('end', 'kill'), ('end', 'segv'), ('end', 'exec'), ('end', 'exit'),
    ('end', 'pthread_exit'),
    ('orders', ''), ('orders', 'destructor'),
    ('limited', 'nofile=0'), ('limited', 'nofile=4'), ('limited', 'fsize=0'), ('limited', 'stack=65536'), ('limited', 'stack=1'),
    ('limited', 'memlock=0'), ('limited', 'data=4194304'),
    ('limited', 'as=67108864'), ('limited', 'as=24000000'),
    ('undumpable', ''), ('dropped', ''),
    ('traced', ''),
    ('forks_in_a_thread', ''),
]


@pytest.mark.parametrize('case,argument', COMPLETE, ids=['-'.join(filter(None, each)) for each in COMPLETE])
def test_nothing_is_lost(case, argument, work):
    work.path.chmod(0o755)
    found = audit(work, [compiled('hazards'), case, argument])
    exact(found)
    assert found['coverage']['complete'], found['coverage']


def test_too_little_address_space_for_a_journal_is_named(work):
    found = audit(work, [compiled('hazards'), 'limited', 'as=15900000'])
    assert (found['coverage']['processes'], found['coverage']['audited'], found['coverage']['complete']) == (2, 1, False)
    assert 'a process had too little address space to map the journal (1 times)' in found.limits()
    assert {os.path.basename(path) for path in found.missing} == {'left-again'}


# ---- seccomp: a call that is not on the list kills ----

@pytest.mark.parametrize('by', ['prctl', 'syscall'])
def test_a_strict_filter_kills_nobody(by, work):
    found = audit(work, [compiled('hazards'), 'filtered', by])
    assert found.done.returncode == 0
    assert {os.path.basename(path) for path in found.missing} == {'left'}
    assert 'installed a seccomp filter: nothing was recorded after that' in found.limits()
    assert not found['coverage']['complete']


# ---- the journal's name goes ----

@pytest.mark.parametrize('victim,case', [('host', 'coroutine'), ('trees', 'fork_and_vfork')])
def test_a_filter_that_was_there_before_kills_nobody(victim, case, work):
    command = [PAGELEAK, 'record', f'--journal={work.path}/journal', '--', compiled(victim), case]
    (work.path / 'pages').mkdir()
    done = subprocess.run([compiled('hazards'), 'below_a_filter', *command], cwd=work.path / 'pages', env=environment(), timeout=LIMIT)
    assert done.returncode == 0
    found = report(work.path / 'journal')
    assert found['coverage']['complete'], found['coverage']


def test_a_journal_that_was_unlinked_harms_nobody(work):
    victim = compiled('hazards')
    done = record(work.path / 'journal', [victim, 'journal_gone', work.path / 'journal'], cwd=work.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'', b'')
    assert (work.path / 'left').exists() and not (work.path / 'journal').exists()


def audit_with_journal(work, script, *arguments):
    """`check` of a shell that does something to its journal, $0, and then runs its arguments; gives status and report."""
    done = subprocess.run([PAGELEAK, 'check', f'--journal={work.path}/journal', f'--json={work.path}/report', f'--text={work.path}/text', f'--pages={work.path}/pages/*',
                           '--', 'sh', '-c', script, work.path / 'journal', *arguments], cwd=work.path, env=environment(), timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.stdout, done.stderr) == (b'', b'')
    return done.returncode, work.load('report')


@pytest.mark.parametrize('leave', [True, False])
@pytest.mark.parametrize('script', ['rm "$0"; shift; "$@"; :', 'mv "$0" "$0-moved"; shift; "$@"; :'], ids=['removed', 'moved'])
def test_programs_that_begin_when_the_journal_has_gone(script, leave, work):
    """Those that wrote to it go on, those that come later are named, and the report is made of what there is."""
    (work.path / 'pages').mkdir()
    status, found = audit_with_journal(work, ': > pages/before; ' + script, 'sh', *([need('touch'), 'pages/left'] if leave else [need('true')]))
    assert status == 23 and not found['coverage']['complete']
    assert [lost['reason'] for lost in found['coverage']['unaudited']] == ['journal out of reach']
    judged = {page['path'].rsplit('/')[-1]: finding['judged'] for finding, page in found.pairs('leaked')}
    assert judged == {'before': 'pattern', **({'left': 'unattributed'} if leave else {})}


def test_a_journal_that_cannot_be_written_any_more(work):
    """On a file system that is mounted read-only for what begins from now on."""
    if subprocess.run(['unshare', '-m', 'true'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('no mount namespaces here')
    (work.path / 'pages').mkdir()
    script = 'mount -o bind,ro "$1" "$1"; touch pages/left; : > pages/own'  # the current directory lies below
    status, found = audit_with_journal(work, 'exec unshare -m sh -c "$1" "$0" "$2"', script, work.path)
    assert status == 23 and not found['coverage']['complete']
    judged = {page['path'].rsplit('/')[-1]: finding['judged'] for finding, page in found.pairs('leaked')}
    assert judged == {'left': 'unattributed', 'own': 'pattern'}
    assert [(os.path.basename(lost['exe']), lost['reason']) for lost in found['coverage']['unaudited']] == [('touch', 'journal out of reach')]


# ---- other tools around the program, and other libraries beside ours ----

AROUND = [
    ['strace', '-f', '-o', '/dev/null'], ['fakeroot'], ['unshare', '-Urm'], ['unshare', '-Urmpf'],
    ['setpriv', '--no-new-privs'], ['valgrind', '-q', '--error-exitcode=99'],
    ['gdb', '-q', '-batch', '-ex', 'set print inferior-events off', '-ex', 'run', '--args'],
]


@pytest.mark.parametrize('tool', AROUND, ids=lambda tool: '-'.join(tool[:2]))
def test_inside_other_tools(tool, work):
    need(tool[0])
    if tool[0] == 'unshare' and subprocess.run([*tool, 'true'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('no user namespaces here')
    found = audit(work, [*tool, compiled('hazards'), 'orders'], same_output=tool[0] != 'gdb')
    exact(found)
    assert {os.path.basename(page['path']) for page in found.pages() if page['exists']} >= {'exit-left'}


def beside(names):
    for name in names:
        for directory in ('/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'):
            for path in (os.path.join(directory, name), os.path.join(directory, 'libeatmydata', name)):
                if os.path.exists(path):
                    return path
    return pytest.skip(f'no {names[0]}')


@pytest.mark.parametrize('ahead', [True, False], ids=['ahead', 'behind'])
@pytest.mark.parametrize('names', [['libjemalloc.so.2'], ['libtcmalloc_minimal.so.4'], ['libeatmydata.so'], None],
                         ids=lambda names: names[0] if names else 'wrapper')
def test_beside_other_libraries(names, ahead, work):
    """In both orders: what goes through the other one is seen once."""
    library = beside(names) if names else compiled('plugin', '-shared', '-fPIC', '-DWRAP')
    own = PAGELEAK.parent / 'libpageleak.so'
    # Already in the list, pageleak's own word stays where it is.
    order = [str(library), str(own)] if ahead else [str(own), str(library)]
    script = f'export LD_PRELOAD={":".join(order)} PAGELEAK=${{PAGELEAK:-off}}; exec {compiled("hazards")} forks_in_a_thread'
    found = audit(work, ['sh', '-c', script])
    exact(found)
    assert found['coverage']['complete'], found['coverage']
    assert found['coverage']['processes'] >= 100
    finding, page = next((finding, page) for finding, page in found.pairs() if page['path'].endswith('/left'))
    assert (finding['site_created'], page['exists']) == (1, True)


def test_a_program_with_an_open_and_a_malloc_of_its_own(work):
    found = audit(work, [compiled('own', '-DOWN', '-rdynamic')])
    exact(found)
    assert found['coverage']['complete']
    assert (found.entries('released'), found.entries('leaked')) == (100, 1)


def test_a_program_of_musl(work):
    found = audit(work, [compiled('own', compiler='musl-gcc')])
    exact(found)
    assert (found.entries('released'), found.entries('leaked')) == (100, 1)


@pytest.mark.parametrize('leave', [True, False])
def test_a_program_of_32_bits(leave, work):
    """ld.so says that the library is not for it, and nothing else changes. What it starts is audited where it can be."""
    if subprocess.run(['gcc', '-m32', '-o', work.path / 'try', '-xc', '-'], input=b'int main(void) { return 0; }', stderr=subprocess.DEVNULL).returncode or \
            subprocess.run([work.path / 'try']).returncode:
        pytest.skip('no 32-bit programs here')
    program = compiled('rights', '-m32')
    (work.path / 'pages').mkdir()
    command = [program, 'pages', *(['leave'] if leave else [])]
    env = environment(LD_PRELOAD='')
    plain = subprocess.run(command, cwd=work.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    remove(work.path / 'pages')
    (work.path / 'pages').mkdir()
    done = subprocess.run([PAGELEAK, 'check', '--pages=pages/*', f'--json={work.path}/report', f'--text={work.path}/text', '--', 'sh', '-c', '"$0" "$@"; exit 0', *command],
                          cwd=work.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert re.sub(rb'/\S+/libpageleak\.so', b'', done.stdout) == plain.stdout
    assert plain.stderr == b'' and [b'wrong ELF class' in line for line in done.stderr.splitlines()] == [True]
    found = work.load('report')
    assert [(os.path.basename(lost['exe']), lost['reason']) for lost in found['coverage']['unaudited']] == [(program.name, 'other architecture')]
    judged = {os.path.basename(page['path']): finding['judged'] for finding, page in found.pairs('leaked')}
    assert judged == ({'left': 'unattributed', 'shell-left': 'pattern'} if leave else {})
    assert done.returncode == (23 if leave else 24)


@pytest.mark.parametrize('options', [[], ['--libunwind']])
def test_libraries_that_come_and_go(work, options):
    """What libunwind remembers of an address outlives the library that was there; that is said."""
    found = audit(work, [compiled('hazards'), 'reloaded', str(compiled('plugin', '-shared', '-fPIC'))], *options)
    exact(found)
    assert found['coverage']['complete'] and ('libraries unloaded' in found.limits()) == bool(options)



def test_an_error_of_the_loader_is_not_forgotten(work):
    found = audit(work, [compiled('hazards'), 'unread_error'])
    exact(found)
    assert b'missing.so' in found.done.stdout


@pytest.mark.parametrize('case,how', [('deepbound', 'RTLD_DEEPBIND'), ('apart', 'dlmopen into a name space of their own')])
def test_libraries_that_bind_past_the_audit_are_named(case, how, work):
    library = str(compiled('plugin', '-shared', '-fPIC'))
    found = audit(work, [compiled('hazards'), case, library])
    assert f'loads libraries with {how}, whose calls cannot be seen: {library}' in found.limits()
    assert not found['coverage']['complete']


@pytest.mark.parametrize('case', ['reloaded', 'apart'])
def test_libraries_are_searched_where_the_caller_says(case, work):
    """dlopen and dlmopen look at the return address: a name without a slash is found by the caller's own RUNPATH."""
    library = compiled('plugin', '-shared', '-fPIC')
    found = audit(work, [compiled('hazards', f'-Wl,--enable-new-dtags,-rpath,{library.parent}'), case, library.name])
    assert found.done.returncode == 0
    if case == 'reloaded':
        exact(found)


# ---- near the end of the stack ----

def least_room(work, case, *before):
    """The least distance to the end of its stack at which the program lives."""
    low, high = 0, 16384
    while high - low > 64:
        middle = (low + high) // 2
        directory = work.path / f'{len(before)}-{middle}'
        directory.mkdir()
        lives = subprocess.run([*before, compiled('hazards'), case, str(middle)], cwd=directory, env=environment(), timeout=LIMIT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        low, high = (low, middle) if lives else (middle, high)
    return high


@pytest.mark.parametrize('case', ['deep', 'deep_in_main'])
def test_a_page_near_the_end_of_the_stack(case, work):
    extra = least_room(work, case, PAGELEAK, 'record', f'--journal={work.path}/journal', '--') - least_room(work, case)
    assert extra < 2048
