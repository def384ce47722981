"""Hazards (tests/victims/hazards.c): the program does, prints and ends as without an audit, and what was not seen is named."""
import json
import os
import re
import stat
import subprocess

import pytest
from conftest import need

from auditing import CAN_NOT, PAGELEAK, Report, compiled, environment, listing, place, record, report, remove  # noqa: F401


def contents(directory):
    """Everything below a directory: relative name -> kind and, of files, their bytes."""
    found = {}
    for path in listing(directory):
        status = os.lstat(path)
        content = open(path, 'rb').read() if stat.S_ISREG(status.st_mode) else None
        found[os.path.relpath(path, os.fsencode(directory))] = (stat.S_IFMT(status.st_mode), content)
    return found


def own_report(journal, place):  # noqa: F811
    """Where something was not seen, anything new below / may be its work: what other tests left meanwhile is not ours."""
    found = report(journal, '--pages=/**')
    for finding in found.findings:
        if finding['judged'] == 'unattributed':
            finding['pages'] = [page for page in finding['pages'] if page['path'].startswith(str(place))]
    found.findings = [finding for finding in found.findings if finding['pages']]
    return found


def audit(place, command, *options, timeout=60, same_output=True, **more):  # noqa: F811
    """Runs it without and with an audit, side by side in two directories: what can be seen from outside is the same."""
    plain, audited, journal = place / 'plain', place / 'audited', place / 'journal'
    plain.mkdir()
    audited.mkdir()
    env = environment(**more)
    without = subprocess.run(command, cwd=plain, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    if without.returncode == CAN_NOT:
        pytest.skip(without.stdout.decode().strip())
    done = record(journal, command, *options, cwd=audited, timeout=timeout, env=env)
    assert done.returncode == without.returncode
    if same_output:
        assert (done.stdout, done.stderr) == (without.stdout, without.stderr)
    assert contents(audited) == contents(plain)
    found = own_report(journal, place)
    found.missing = set(listing(audited)) - set(found.existing())
    assert set(found.existing()) <= set(listing(audited))
    found.done = done
    return found


def exact(found):
    assert found.missing == set()
    assert found.coverage['events_lost'] == 0
    assert found.summary['vanished'] == 0


# ---- calls that do not come to their end ----

@pytest.mark.parametrize('case', ['jumped', 'cancelled', 'cancelled_at_once', 'killed'])
def test_calls_that_are_cut_short_are_counted(case, place):  # noqa: F811
    found = audit(place, [compiled('hazards'), case])
    exact(found)
    assert '1 calls that make or move names were cut short' in found.limits()
    assert not found.coverage['complete']


def test_what_is_missing_is_no_more_than_what_was_cut_short(place):  # noqa: F811
    directory, journal = place / 'pages', place / 'journal'
    directory.mkdir()
    assert record(journal, [compiled('hazards'), 'scattered'], cwd=directory).returncode == 0
    found = own_report(journal, place)
    counted = sum(map(int, re.findall(r'(\d+) calls that (?:make or move|remove) names were cut short', found.limits())))
    unseen = [page for finding, page in found.pages() if finding['judged'] == 'unattributed']
    missing = set(listing(directory)) - set(found.existing())
    assert set(found.existing()) <= set(listing(directory))
    assert len(missing) + len(unseen) <= counted
    assert found.coverage['complete'] is (counted == 0)


def test_a_call_that_two_processes_come_out_of_is_not_cut_short(place):  # noqa: F811
    found = audit(place, [compiled('hazards'), 'forked'])
    exact(found)
    assert found.coverage['complete'], found.limits()


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
def test_nothing_is_lost(case, argument, place):  # noqa: F811
    place.chmod(0o755)
    found = audit(place, [compiled('hazards'), case, argument])
    exact(found)
    assert found.coverage['complete'], found.coverage


def test_too_little_address_space_for_a_journal_is_named(place):  # noqa: F811
    found = audit(place, [compiled('hazards'), 'limited', 'as=15900000'])
    assert (found.coverage['processes'], found.coverage['audited'], found.coverage['complete']) == (2, 1, False)
    assert 'a process had too little address space to map the journal (1 times)' in found.limits()
    assert {os.path.basename(path) for path in found.missing} == {b'left-again'}


# ---- seccomp: a call that is not on the list kills ----

@pytest.mark.parametrize('by', ['prctl', 'syscall'])
def test_a_strict_filter_kills_nobody(by, place):  # noqa: F811
    found = audit(place, [compiled('hazards'), 'filtered', by])
    assert found.done.returncode == 0
    assert {os.path.basename(path) for path in found.missing} == {b'left'}
    assert 'installed a seccomp filter: nothing was recorded after that' in found.limits()
    assert not found.coverage['complete']


# ---- the journal's name goes ----

@pytest.mark.parametrize('victim,case', [('host', 'coroutine'), ('trees', 'fork_and_vfork')])
def test_a_filter_that_was_there_before_kills_nobody(victim, case, place):  # noqa: F811
    command = [PAGELEAK, 'record', f'--journal={place}/journal', '--', compiled(victim), case]
    (place / 'pages').mkdir()
    done = subprocess.run([compiled('hazards'), 'below_a_filter', *command], cwd=place / 'pages', env=environment(), timeout=60)
    assert done.returncode == 0
    found = report(place / 'journal')
    assert found.coverage['complete'], found.coverage


def test_a_journal_that_was_unlinked_harms_nobody(place):  # noqa: F811
    victim = compiled('hazards')
    done = record(place / 'journal', [victim, 'journal_gone', place / 'journal'], cwd=place)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'', b'')
    assert (place / 'left').exists() and not (place / 'journal').exists()


def audit_with_journal(place, script, *arguments):  # noqa: F811
    """`check` of a shell that does something to its journal, $0, and then runs its arguments; gives status and report."""
    done = subprocess.run([PAGELEAK, 'check', f'--journal={place}/journal', f'--json={place}/report', f'--text={place}/text', f'--pages={place}/pages/*',
                           '--', 'sh', '-c', script, place / 'journal', *arguments], cwd=place, env=environment(), timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.stdout, done.stderr) == (b'', b'')
    return done.returncode, Report(json.loads((place / 'report').read_text()))


@pytest.mark.parametrize('leave', [True, False])
@pytest.mark.parametrize('script', ['rm "$0"; shift; "$@"; :', 'mv "$0" "$0-moved"; shift; "$@"; :'], ids=['removed', 'moved'])
def test_programs_that_begin_when_the_journal_has_gone(script, leave, place):  # noqa: F811
    """Those that wrote to it go on, those that come later are named, and the report is made of what there is."""
    (place / 'pages').mkdir()
    status, found = audit_with_journal(place, ': > pages/before; ' + script, 'sh', *([need('touch'), 'pages/left'] if leave else [need('true')]))
    assert status == 23 and not found.coverage['complete']
    assert [lost['reason'] for lost in found.coverage['unaudited']] == ['journal out of reach']
    judged = {page['path'].rsplit('/')[-1]: finding['judged'] for finding, page in found.pages('leaked')}
    assert judged == {'before': 'pattern', **({'left': 'unattributed'} if leave else {})}


def test_a_journal_that_cannot_be_written_any_more(place):  # noqa: F811
    """On a file system that is mounted read-only for what begins from now on."""
    if subprocess.run(['unshare', '-m', 'true'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('no mount namespaces here')
    (place / 'pages').mkdir()
    script = 'mount -o bind,ro "$1" "$1"; touch pages/left; : > pages/own'  # the current directory lies below
    status, found = audit_with_journal(place, 'exec unshare -m sh -c "$1" "$0" "$2"', script, place)
    assert status == 23 and not found.coverage['complete']
    judged = {page['path'].rsplit('/')[-1]: finding['judged'] for finding, page in found.pages('leaked')}
    assert judged == {'left': 'unattributed', 'own': 'pattern'}
    assert [(os.path.basename(lost['exe']), lost['reason']) for lost in found.coverage['unaudited']] == [('touch', 'journal out of reach')]


# ---- other tools around the program, and other libraries beside ours ----

AROUND = [
    ['strace', '-f', '-o', '/dev/null'], ['fakeroot'], ['unshare', '-Urm'], ['unshare', '-Urmpf'],
    ['setpriv', '--no-new-privs'], ['valgrind', '-q', '--error-exitcode=99'],
    ['gdb', '-q', '-batch', '-ex', 'set print inferior-events off', '-ex', 'run', '--args'],
]


@pytest.mark.parametrize('tool', AROUND, ids=lambda tool: '-'.join(tool[:2]))
def test_inside_other_tools(tool, place):  # noqa: F811
    need(tool[0])
    if tool[0] == 'unshare' and subprocess.run([*tool, 'true'], stderr=subprocess.DEVNULL).returncode:
        pytest.skip('no user namespaces here')
    found = audit(place, [*tool, compiled('hazards'), 'orders'], same_output=tool[0] != 'gdb')
    exact(found)
    assert {os.path.basename(page['path']) for _, page in found.pages() if page['exists']} >= {'exit-left'}


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
def test_beside_other_libraries(names, ahead, place):  # noqa: F811
    """In both orders: what goes through the other one is seen once."""
    library = beside(names) if names else compiled('plugin', '-shared', '-fPIC', '-DWRAP')
    own = PAGELEAK.parent / 'libpageleak.so'
    # Already in the list, pageleak's own word stays where it is.
    order = [str(library), str(own)] if ahead else [str(own), str(library)]
    script = f'export LD_PRELOAD={":".join(order)} PAGELEAK=${{PAGELEAK:-off}}; exec {compiled("hazards")} forks_in_a_thread'
    found = audit(place, ['sh', '-c', script])
    exact(found)
    assert found.coverage['complete'], found.coverage
    assert found.coverage['processes'] >= 100
    finding, page = next((finding, page) for finding, page in found.pages() if page['path'].endswith('/left'))
    assert (finding['site_created'], page['exists']) == (1, True)


def test_a_program_with_an_open_and_a_malloc_of_its_own(place):  # noqa: F811
    found = audit(place, [compiled('own', '-DOWN', '-rdynamic')])
    exact(found)
    assert found.coverage['complete']
    assert (found.summary['released'], found.summary['leaked']) == (100, 1)


def test_a_program_of_musl(place):  # noqa: F811
    found = audit(place, [compiled('own', compiler='musl-gcc')])
    exact(found)
    assert (found.summary['released'], found.summary['leaked']) == (100, 1)


@pytest.mark.parametrize('leave', [True, False])
def test_a_program_of_32_bits(leave, place):  # noqa: F811
    """ld.so says that the library is not for it, and nothing else changes. What it starts is audited where it can be."""
    if subprocess.run(['gcc', '-m32', '-o', place / 'try', '-xc', '-'], input=b'int main(void) { return 0; }', stderr=subprocess.DEVNULL).returncode or \
            subprocess.run([place / 'try']).returncode:
        pytest.skip('no 32-bit programs here')
    program = compiled('rights', '-m32')
    (place / 'pages').mkdir()
    command = [program, 'pages', *(['leave'] if leave else [])]
    env = environment(LD_PRELOAD='')
    plain = subprocess.run(command, cwd=place, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    remove(place / 'pages')
    (place / 'pages').mkdir()
    done = subprocess.run([PAGELEAK, 'check', '--pages=pages/*', f'--json={place}/report', f'--text={place}/text', '--', 'sh', '-c', '"$0" "$@"; exit 0', *command],
                          cwd=place, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert re.sub(rb'/\S+/libpageleak\.so', b'', done.stdout) == plain.stdout
    assert plain.stderr == b'' and [b'wrong ELF class' in line for line in done.stderr.splitlines()] == [True]
    found = Report(json.loads((place / 'report').read_text()))
    assert [(os.path.basename(lost['exe']), lost['reason']) for lost in found.coverage['unaudited']] == [(program.name, 'other architecture')]
    judged = {os.path.basename(page['path']): finding['judged'] for finding, page in found.pages('leaked')}
    assert judged == ({'left': 'unattributed', 'shell-left': 'pattern'} if leave else {})
    assert done.returncode == (23 if leave else 24)


@pytest.mark.parametrize('options', [[], ['--libunwind']])
def test_libraries_that_come_and_go(place, options):  # noqa: F811
    """What libunwind remembers of an address outlives the library that was there; that is said."""
    found = audit(place, [compiled('hazards'), 'reloaded', str(compiled('plugin', '-shared', '-fPIC'))], *options)
    exact(found)
    assert found.coverage['complete'] and ('libraries unloaded' in found.limits()) == bool(options)



def test_an_error_of_the_loader_is_not_forgotten(place):  # noqa: F811
    found = audit(place, [compiled('hazards'), 'unread_error'])
    exact(found)
    assert b'missing.so' in found.done.stdout


@pytest.mark.parametrize('case,how', [('deepbound', 'RTLD_DEEPBIND'), ('apart', 'dlmopen into a name space of their own')])
def test_libraries_that_bind_past_the_audit_are_named(case, how, place):  # noqa: F811
    library = str(compiled('plugin', '-shared', '-fPIC'))
    found = audit(place, [compiled('hazards'), case, library])
    assert f'loads libraries with {how}, whose calls cannot be seen: {library}' in found.limits()
    assert not found.coverage['complete']


@pytest.mark.parametrize('case', ['reloaded', 'apart'])
def test_libraries_are_searched_where_the_caller_says(case, place):  # noqa: F811
    """dlopen and dlmopen look at the return address: a name without a slash is found by the caller's own RUNPATH."""
    library = compiled('plugin', '-shared', '-fPIC')
    found = audit(place, [compiled('hazards', f'-Wl,--enable-new-dtags,-rpath,{library.parent}'), case, library.name])
    assert found.done.returncode == 0
    if case == 'reloaded':
        exact(found)


# ---- near the end of the stack ----

def least_room(place, case, *before):  # noqa: F811
    """The least distance to the end of its stack at which the program lives."""
    low, high = 0, 16384
    while high - low > 64:
        middle = (low + high) // 2
        directory = place / f'{len(before)}-{middle}'
        directory.mkdir()
        lives = subprocess.run([*before, compiled('hazards'), case, str(middle)], cwd=directory, env=environment(), timeout=30,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        low, high = (low, middle) if lives else (middle, high)
    return high


@pytest.mark.parametrize('case', ['deep', 'deep_in_main'])
def test_a_page_near_the_end_of_the_stack(case, place):  # noqa: F811
    extra = least_room(place, case, PAGELEAK, 'record', f'--journal={place}/journal', '--') - least_room(place, case)
    assert extra < 2048
