"""What of the tree could not be audited is named, with its reason; and what that means for the gate."""
import os
import re
import shutil
import subprocess

import pytest

from harness.machine import as_nobody, as_root, need
from harness.paths import PAGELEAK
from harness.victims import copy_of, unseen
from harness.waiting import LIMIT


def audit_as_nobody(work, *command):
    prefix = as_nobody(work)
    result = subprocess.run([*prefix, PAGELEAK, 'check', '--json=report.json', '--pages=temp/**', '--', *command], cwd=work.path, env=work.environ,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    return result, work.load()


def audit(work, *command, options=()):
    """What other tests leave in /tmp meanwhile may be this one's as far as anybody knows: pages are in one place alone."""
    return work.audit(*command, options=['--pages=temp/**', *options])


def test_static(work):
    result = audit(work, 'sh', '-c', '"$0"; :', unseen())
    assert result.status == 24 and not result.report['coverage']['complete']
    assert list(result.report.unaudited().values()) == ['static']
    one, = result.report['coverage']['unaudited']
    assert one['pid'] > 0 and one['started'] >= result.report['audit']['started']
    assert 'what a program that was not audited started' in '\n'.join(result.report['coverage']['limits'])


def test_static_command(work):
    result = audit(work, unseen())
    assert result.status == 24 and list(result.report.unaudited().values()) == ['static']


def test_go(work):
    program = work.path / 'go'
    section = work.write('section', 'x')
    subprocess.run([need('objcopy'), '--add-section', '.go.buildinfo=%s' % section, unseen(), program], check=True, timeout=LIMIT)
    result = audit(work, 'sh', '-c', '"$0"; :', program)
    assert result.status == 24 and result.report.unaudited() == {'go': 'Go program'}


def test_other_architecture(work):
    source = work.write('x.s', '.globl _start\n_start: mov $1, %eax\n xor %ebx, %ebx\n int $0x80\n')
    made = subprocess.run('as --32 -o x.o %s && ld -m elf_i386 -o x32 x.o' % source, shell=True, cwd=work.path,
                          stderr=subprocess.PIPE, timeout=LIMIT)
    if made.returncode or subprocess.run([work.path / 'x32']).returncode:
        pytest.skip('no 32-bit programs here')
    result = audit(work, 'sh', '-c', './x32; :')
    assert result.status == 24 and result.report.unaudited() == {'x32': 'other architecture'}


def without_journal(work, *command):
    """Audited until the journal's directory is covered by another file system."""
    if subprocess.run([need('unshare'), '-m', 'mount', '-t', 'tmpfs', 'none', '/dev/shm'], stderr=subprocess.PIPE).returncode:
        pytest.skip('no mount namespaces here')
    closed = work.path / 'closed'
    closed.mkdir()
    return audit(work, 'unshare', '-m', 'sh', '-c', 'mount -t tmpfs none "$0"; "$@"; :', closed, *command,
                 options=['--journal=%s' % (closed / 'journal')])


def test_musl(work):
    """Told by the dynamic linker that it asks for: here glibc's under another name, so that it runs."""
    said = subprocess.run(['readelf', '-lW', need('true')], stdout=subprocess.PIPE, text=True).stdout
    linker = work.path / 'ld-musl-x86_64.so.1'
    linker.symlink_to(re.search(r'interpreter: (\S+)\]', said).group(1))
    source = work.write('x.c', 'int main(void) { return 0; }\n')
    subprocess.run(['cc', '-Wl,--dynamic-linker=%s' % linker, '-o', work.path / 'x', source], check=True, timeout=LIMIT)
    result = without_journal(work, './x')
    assert result.status == 24 and result.report.unaudited() == {'x': 'musl: the library could not be loaded there'}


def test_setuid(work):
    as_nobody(work)
    copy_of(work, 'mktemp', 'secure').chmod(0o4755)
    result, report = audit_as_nobody(work, 'sh', '-c', './secure >/dev/null; :')
    assert report.unaudited() == {'secure': 'setuid or setgid'}
    assert result.returncode != 0 and report['coverage']['complete'] is False


def test_setgid(work):
    as_nobody(work)
    copy_of(work, 'true', 'secure').chmod(0o2755)
    result, report = audit_as_nobody(work, 'sh', '-c', './secure; :')
    assert result.returncode == 24 and report.unaudited() == {'secure': 'setuid or setgid'}


def test_file_capabilities(work):
    as_nobody(work)
    program = copy_of(work, 'true', 'capable')
    if subprocess.run([need('setcap'), 'cap_net_raw+ep', program], stderr=subprocess.PIPE).returncode:
        pytest.skip('no file capabilities here')
    result, report = audit_as_nobody(work, 'sh', '-c', './capable; :')
    assert result.returncode == 24 and report.unaudited() == {'capable': 'file capabilities'}


def test_another_root_directory(work):
    as_root()
    root = work.path / 'root'
    said = subprocess.run([need('ldd'), need('true')], stdout=subprocess.PIPE, text=True).stdout
    for path in [need('true'), *re.findall(r'(/\S+) \(0x', said)]:
        to = root / path.lstrip('/')
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
    result = audit(work, 'sh', '-c', '"$0" "$1" "$2"; :', need('chroot'), root, need('true'))
    assert result.status == 24
    assert result.report.unaudited() == {'true': 'journal out of reach: it has another root directory'}


def test_another_user_who_cannot_reach_the_journal(work):
    prefix = as_nobody(work)
    closed = work.path / 'closed'
    closed.mkdir(mode=0o700)
    result = audit(work, 'sh', '-c', '"$@"; :', 'sh', *prefix, need('true'), options=['--journal=%s' % (closed / 'journal')])
    assert result.status == 24 and result.report.unaudited() == {'true': 'journal out of reach'}


def test_another_mount_namespace(work):
    result = without_journal(work, need('true'))
    assert result.status == 24 and result.report.unaudited() == {'true': 'journal out of reach'}


def test_what_an_unaudited_program_starts(work):
    """With the environment handed on its children are audited, and it is their parent; without, nothing is known of them."""
    result = audit(work, 'sh', '-c', '"$0" -e "$1"; :', unseen(), need('true'))
    assert result.status == 24
    launcher, = result.report['coverage']['unaudited']
    child, = [one for one in result.report['processes'] if one['exe'].endswith('/true')]
    assert child['ppid'] == launcher['pid']
    result = audit(work, 'sh', '-c', '"$0" -i "$1"; :', unseen(), need('true'))
    assert result.status == 24 and list(result.report.unaudited().values()) == ['static']
    assert not [one for one in result.report['processes'] if one['exe'].endswith('/true')]
    assert 'what a program that was not audited started' in '\n'.join(result.report['coverage']['limits'])


def test_parent_that_was_not_audited(work):
    """It stands in the line of descent of what it started."""
    result = audit(work, 'sh', '-c', '"$0" -e "$1"; :', unseen(), need('mktemp'))
    finding, = [one for one in result.report['findings'] if one['judged'] == 'pattern']
    assert [os.path.basename(one['exe']) for one in finding['owner']['ancestry']][0] == unseen().name
    assert result.status == 23


# ---- the gate: 0 only when there is nothing and that is known ----

SECCOMP = '''
import ctypes, os, struct, sys, tempfile
allow = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0x7fff0000))
program = struct.pack('HxxxxxxP', 1, ctypes.addressof(allow))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0
if len(sys.argv) > 1:
    os.close(os.open(sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_WRONLY))
'''


def test_gate_after_a_seccomp_filter(work):
    assert audit(work, need('python3'), '-c', SECCOMP).status == 24
    result = audit(work, need('python3'), '-c', SECCOMP, work.temp / 'page')
    assert result.status == 23
    finding, = result.report['findings']
    assert finding['judged'] == 'unattributed' and 'seccomp' in finding['unattributed']['running'][0]['reason']


def test_gate_after_lost_events(work):
    script = 'i=0; while [ $i -lt 9000 ]; do : > %s; i=$((i + 1)); done; rm -r %s; mkdir %s' % (work.temp / 'f$i', work.temp, work.temp)
    result = work.audit('sh', '-c', script, options=['--pages=temp/*', '--size=1M'])
    assert result.report['coverage']['events_lost'] > 0 and not result.report['coverage']['complete']
    assert result.status == 24


def test_gate_of_a_report(work):
    assert work.pageleak('record', 'sh', '-c', '"$0"; :', unseen()).returncode == 0
    assert work.pageleak('report', '--pages=temp/**').returncode == 0
    assert work.pageleak('report', '--pages=temp/**', '--fail-on=leaked').returncode == 24


@pytest.mark.parametrize('leave', [False, True])
@pytest.mark.parametrize('hidden', [False, True])
def test_gate(work, leave, hidden):
    script = ('mktemp; ' if leave else '') + ('"$0"; ' if hidden else '') + ':'
    result = audit(work, 'sh', '-c', script, unseen())
    assert result.report['coverage']['complete'] is not hidden
    assert result.status == (23 if leave else 24 if hidden else 0)


def test_a_program_that_failed_to_start_is_no_gap(work):
    result = audit(work, 'sh', '-c', './nothing; exec 2>&1; ./nothing; :')
    assert result.status == 0 and result.report['coverage']['complete']


KILLER = '''
import random, subprocess, time
for _ in range(200):
    child = subprocess.Popen(['/bin/sleep', '300'])
    time.sleep(random.random() * 0.003)  # within the loader, the library's start, and its first records
    child.kill()
    child.wait()
'''


def test_killed_before_it_began(work):
    """A program that was killed while it was still being loaded, or said who it is, has done nothing that could be missed."""
    work.write('killer.py', KILLER)
    result = audit(work, 'python3', 'killer.py')
    assert result.status == 0 and result.report['coverage']['complete'], result.stderr
    early = result.report['coverage']['unaudited']
    assert early and {one['reason'] for one in early} == {'killed before it began'}


def test_killed_later_without_a_word(work):
    """One that ran for a while may have made anything."""
    work.write('killer.py', 'import os, subprocess, time\n'
               'child = subprocess.Popen(["/bin/sleep", "300"], env=dict(os.environ, PAGELEAK=os.environ["PAGELEAK"] + ":journal=/nowhere"))\n'
               'time.sleep(1)\nchild.kill()\nchild.wait()\n')
    result = audit(work, 'python3', 'killer.py')
    assert result.status == 24 and result.report.unaudited() == {'sleep': 'journal out of reach'}


def test_names_that_are_too_long_to_be_looked_at(work):
    """20 directories in one another, by names that are each in order: what is there has not vanished."""
    work.write('deep.py', 'import os\nos.chdir("temp")\nfor i in range(20):\n    os.mkdir("d" * 250)\n    os.chdir("d" * 250)\n')
    work.pageleak('run', '--json=o.json', '--', '/usr/bin/python3', '-B', 'deep.py')
    report = work.load('o.json')
    subprocess.run(['rm', '-rf', str(work.temp)], check=True)
    assert report['summary']['vanished']['entries'] == 0 and 10 < report['summary']['leaked']['entries'] < 20
    assert not report['coverage']['complete'] and any('they may be on disk' in limit for limit in report['coverage']['limits'])
