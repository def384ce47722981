"""Every row of preload/format/hooks.def and syscalls.def, one test each: what the call does is what the report says, and
the program sees the same results, errno and status as without an audit. tests/victims/hooks.c and syscalls.c print both."""
import json
import os
import re
import subprocess
import time
import uuid

import pytest

from auditing import CAN_NOT, PAGELEAK, ROOT, Report, compiled, environment, listing, record, report, place  # noqa: F401


def rows(name, macros):
    text = (ROOT / 'preload' / 'format' / name).read_text()
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    return re.findall(rf'^(?:{macros})', text, flags=re.M)


HOOKS = rows('hooks.def', r'(?:HOOK|ODD)\(\d+, [^,]+, (\w+),')
SYSCALLS = rows('syscalls.def', r'SYSCALL\((\w+),')

# What these need is not there, or not to be touched, on a usual machine: they get a mount and IPC namespace of their own.
OWN_MOUNTS = {
    'mq_open': 'mount -t tmpfs none /dev && mkdir /dev/mqueue && mount -t mqueue none /dev/mqueue && '
               'mknod -m 666 /dev/null c 1 3 && mkdir /dev/shm',
    'lckpwdf': 'cp /etc/ld.so.cache . && mount -t tmpfs none /etc && cp ld.so.cache /etc && rm ld.so.cache',
}
OWN_MOUNTS['mq_unlink'] = OWN_MOUNTS['mq_open']


def start(name, command, where, tag):
    if name in OWN_MOUNTS:
        if subprocess.run(['unshare', '-mi', 'true'], stderr=subprocess.DEVNULL).returncode:
            pytest.skip(f'{name}: no namespaces to be had')
        command = ['unshare', '-mi', 'sh', '-c', OWN_MOUNTS[name] + ' && exec "$@"', 'sh', *command]
    done = subprocess.run(command, cwd=where, env=environment(TEST_TAG=tag), timeout=30, stdin=subprocess.DEVNULL,
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
    for finding, page in report.pages():
        release = finding['release'] and finding['release']['api']
        found.append((finding['verdict'], page['kind'], page['path'], finding['api'], finding['raw'], release,
                      page['scope'], page['renamed_from']))
    return sorted(found, key=repr)


def clean(tag):
    for name in (f'/dev/shm/pageleak-test-{tag}', f'/dev/shm/sem.pageleak-test-{tag}'):
        if os.path.exists(name):
            os.unlink(name)


def exercise(victim, name, place):
    tag = uuid.uuid4().hex[:8]
    plain, audited = place / 'plain', place / 'audited'
    furnish(plain)
    furnish(audited)
    time.sleep(0.012)  # older than the audit by more than a tick of the clock that stamps files
    place.chmod(0o755)
    try:
        without, lines = start(name, [victim, name], plain, tag)
        clean(tag)
        before = listing(audited)
        if name in OWN_MOUNTS:  # what it makes is not to be seen from outside
            command = [PAGELEAK, 'run', f'--json={place}/report.json', '--show-kept', '--pages=/**', '--text=/dev/null']
        else:  # how a process ended must come from itself
            command = [PAGELEAK, 'record', f'--journal={place}/journal', *(['--libunwind'] if name in LOADS else [])]
        done, audited_lines = start(name, [*command, '--', victim, name], audited, tag)
        on_disk = [path for path in (f'/dev/shm/pageleak-test-{tag}', f'/dev/shm/sem.pageleak-test-{tag}')
                   if os.path.exists(path)]
        found = Report(json.loads((place / 'report.json').read_text())) if name in OWN_MOUNTS else \
            report(place / 'journal', '--pages=/**')
    finally:
        clean(tag)
    # What io_uring, seccomp or a lost environment hide may be anybody's work below /: what other tests left meanwhile is not ours.
    found.findings = [finding for finding in found.findings if finding['judged'] != 'unattributed' or
                      any(page['path'].startswith(str(place)) for page in finding['pages'])]
    did = [line for line in audited_lines if line.startswith('did ')]
    assert did == [line for line in lines if line.startswith('did ')]
    assert (done.returncode, done.stderr) == (without.returncode, b'')

    pages, rest = expected([line for line in audited_lines if line.startswith('expect ')], audited)
    assert seen(found) == pages
    if name not in OWN_MOUNTS:
        assert {os.fsdecode(path) for path in found.existing()} == \
            {os.fsdecode(path) for path in listing(audited) - before} | set(on_disk)
    assert found.coverage['events_lost'] == 0
    for finding in found.findings:
        assert finding['native'], 'no native stack'
    check_rest(found, rest)


def check_rest(report, rest):
    lost = [] if 'lost' not in rest else [(rest['lost'], 'environment cleared')]
    assert [(gone['exe'], gone['reason']) for gone in report.coverage['unaudited']] == lost
    if 'limit' in rest:
        assert rest['limit'] in report.limits()
    for word, key in (('status', 'exited'), ('signal', 'signaled')):
        if word in rest:
            process = report.data['processes'][0]
            assert process['ended'] is not None and process['status'] == {key: int(rest[word])}
    if 'unwinder' in rest:
        assert rest['unwinder'] == 'ready'


@pytest.mark.parametrize('name', HOOKS)
def test_function(name, place):  # noqa: F811
    exercise(compiled('hooks'), name, place)


@pytest.mark.parametrize('name', SYSCALLS)
def test_system_call(name, place):  # noqa: F811
    exercise(compiled('syscalls'), name, place)


def test_profile_of_libc(place):  # noqa: F811
    """A program built with -pg: nothing but libc itself writes gmon.out."""
    journal = place / 'journal'
    assert record(journal, [compiled('profiled', '-pg')], cwd=place).returncode == 0
    [(finding, page)] = report(journal).pages()
    assert (page['path'], finding['api'], page['exists']) == (str(place / 'gmon.out'), '_mcleanup', True)
