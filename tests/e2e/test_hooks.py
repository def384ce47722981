"""Every row of preload/format/hooks.def and syscalls.def, one test each: what the call does is what the report says, and
the program sees the same results, errno and status as without an audit. tests/victims/hooks.c and syscalls.c print both."""
import os
import re
import subprocess
import time
import uuid

import pytest

from harness.audits import environment, record, report
from harness.listing import listing
from harness.machine import need_namespaces
from harness.paths import HOOKS_DEF, PAGELEAK, SYSCALLS_DEF
from harness.victims import CAN_NOT, compiled
from harness.waiting import LIMIT


def rows(table, macros):
    text = re.sub(r'/\*.*?\*/', '', table.read_text(), flags=re.S)
    return re.findall(rf'^(?:{macros})', text, flags=re.M)


HOOKS = rows(HOOKS_DEF, r'(?:HOOK|ODD)\(\d+, [^,]+, (\w+),')
SYSCALLS = rows(SYSCALLS_DEF, r'SYSCALL\((\w+),')

# What these need is not there, or not to be touched, on a usual machine: they get a mount and IPC namespace of their own.
OWN_MOUNTS = {
    'mq_open': 'mount -t tmpfs none /dev && mkdir /dev/mqueue && mount -t mqueue none /dev/mqueue && '
               'mknod -m 666 /dev/null c 1 3 && mkdir /dev/shm',
    'lckpwdf': 'cp /etc/ld.so.cache . && mount -t tmpfs none /etc && cp ld.so.cache /etc && rm ld.so.cache',
}
OWN_MOUNTS['mq_unlink'] = OWN_MOUNTS['mq_open']


def start(name, command, where, tag):
    if name in OWN_MOUNTS:
        need_namespaces('-mi')
        command = ['unshare', '-mi', 'sh', '-c', OWN_MOUNTS[name] + ' && exec "$@"', 'sh', *command]
    done = subprocess.run(command, cwd=where, env=environment(TEST_TAG=tag), timeout=LIMIT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = done.stdout.decode().splitlines()
    if done.returncode == CAN_NOT:
        pytest.skip(lines[-1])
    return done, lines


def furnish(directory):
    directory.mkdir()
    (directory / 'there').mkdir()
    (directory / 'old').write_text('#!/nonexistent/interpreter\n')
    (directory / 'old').chmod(0o755)
    directory.chmod(0o777)


def expected(lines, where):
    """What the victim says must be found: pages as tuples, and the rest by its word."""
    pages, rest = [], {}
    for line in lines:
        word, *values = line.split(' ')[1:]
        if word in ('lost', 'limit', 'status', 'signal', 'unwinder'):
            rest[word] = ' '.join(values)
            continue
        kind, path, api, *more = values
        more = dict(item.split('=') if '=' in item else (item, True) for item in more)
        source = more.get('from')
        pages.append((word, kind, str(where / path), api, more.get('raw', False), more.get('release'), more.get('scope'),
                      source and str(where / source)))
    return sorted(pages, key=repr), rest


# What these do shows with libunwind alone: most are the last moment to load it.
LOADS = ('sigaction', '__sigaction', 'signal', 'ssignal', 'sysv_signal', '__sysv_signal', 'bsd_signal', 'sigset', 'pthread_create',
         'thrd_create', 'dlclose')


def seen(report):
    found = []
    for finding, page in report.pairs():
        release = finding['release'] and finding['release']['api']
        found.append((finding['verdict'], page['kind'], page['path'], finding['api'], finding['raw'], release,
                      page['scope'], page['renamed_from']))
    return sorted(found, key=repr)


def clean(tag):
    for name in (f'/dev/shm/pageleak-test-{tag}', f'/dev/shm/sem.pageleak-test-{tag}'):
        if os.path.exists(name):
            os.unlink(name)


def exercise(victim, name, work):
    tag = uuid.uuid4().hex[:8]
    plain, audited = work.path / 'plain', work.path / 'audited'
    furnish(plain)
    furnish(audited)
    time.sleep(0.012)  # older than the audit by more than a tick of the clock that stamps files
    work.path.chmod(0o755)
    try:
        without, lines = start(name, [victim, name], plain, tag)
        clean(tag)
        before = listing(audited)
        if name in OWN_MOUNTS:  # what it makes is not to be seen from outside
            command = [PAGELEAK, 'run', f'--json={work.path}/report.json', '--show-kept', '--pages=/**', '--text=/dev/null']
        else:  # how a process ended must come from itself
            command = [PAGELEAK, 'record', f'--journal={work.path}/journal', *(['--libunwind'] if name in LOADS else [])]
        done, audited_lines = start(name, [*command, '--', victim, name], audited, tag)
        on_disk = [path for path in (f'/dev/shm/pageleak-test-{tag}', f'/dev/shm/sem.pageleak-test-{tag}')
                   if os.path.exists(path)]
        found = work.load() if name in OWN_MOUNTS else \
            report(work.path / 'journal', '--pages=/**')
    finally:
        clean(tag)
    # What io_uring, seccomp or a lost environment hide may be anybody's work below /: what other tests left meanwhile is not ours.
    found['findings'] = [finding for finding in found['findings'] if finding['judged'] != 'unattributed' or
                      any(page['path'].startswith(str(work.path)) for page in finding['pages'])]
    did = [line for line in audited_lines if line.startswith('did ')]
    assert did == [line for line in lines if line.startswith('did ')]
    assert (done.returncode, done.stderr) == (without.returncode, b'')

    pages, rest = expected([line for line in audited_lines if line.startswith('expect ')], audited)
    assert seen(found) == pages
    if name not in OWN_MOUNTS:
        assert set(found.existing()) == set(listing(audited)) - set(before) | set(on_disk)
    assert found['coverage']['events_lost'] == 0
    for finding in found['findings']:
        assert finding['native'], 'no native stack'
    check_rest(found, rest)


def check_rest(report, rest):
    lost = [] if 'lost' not in rest else [(rest['lost'], 'environment cleared')]
    assert [(gone['exe'], gone['reason']) for gone in report['coverage']['unaudited']] == lost
    if 'limit' in rest:
        assert rest['limit'] in report.limits()
    for word, key in (('status', 'exited'), ('signal', 'signaled')):
        if word in rest:
            process = report['processes'][0]
            assert process['ended'] is not None and process['status'] == {key: int(rest[word])}
    if 'unwinder' in rest:
        assert rest['unwinder'] == 'ready'


@pytest.mark.parametrize('name', HOOKS)
def test_function(name, work):
    exercise(compiled('hooks'), name, work)


@pytest.mark.parametrize('name', SYSCALLS)
def test_system_call(name, work):
    exercise(compiled('syscalls'), name, work)


def test_profile_of_libc(work):
    """A program built with -pg: nothing but libc itself writes gmon.out."""
    journal = work.path / 'journal'
    assert record(journal, [compiled('profiled', '-pg')], cwd=work.path).returncode == 0
    [(finding, page)] = report(journal).pairs()
    assert (page['path'], finding['api'], page['exists']) == (str(work.path / 'gmon.out'), '_mcleanup', True)
