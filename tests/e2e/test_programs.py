"""Real programs against a listing of the disk before and after: nothing more, nothing less, and who made it."""
import base64
import json
import os
import shutil
import signal
import subprocess

import pytest

from harness import processes
from harness.machine import need
from harness.paths import PAGELEAK
from harness.waiting import LIMIT, until


def owners(result):
    return {os.path.basename(finding['owner']['exe']) for finding in result.report['findings']}


def functions(finding):
    return [frame['function'] for frame in finding['native']]


@pytest.fixture
def lines(work):
    """Enough lines that GNU sort with a small buffer spills many times."""
    path = work.path / 'lines'
    with open(path, 'w') as out:
        for i in range(400000):
            out.write('%d some text to sort\n' % (i * 7919 % 400009))
    (work.path / 'spill').mkdir()
    return path


def sort_command(*more):
    return (need('sort'), '-S', '1M', '-T', 'spill', '--parallel=1', *more)


def test_sort_clean(work, lines):
    result = work.audit(*sort_command('-o', 'sorted', 'lines'))
    assert result.status == 0 and result.report['findings'] == []
    assert result.entries('released') > 3 and not os.listdir(work.path / 'spill')


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL])
def test_sort_killed(work, lines, number):
    """Input comes through a fifo that stays open: sort has spilled and waits for more when the signal comes."""
    report = work.path.parent / (work.path.name + '.json')
    os.mkfifo(work.path / 'input')
    process = subprocess.Popen([str(PAGELEAK), 'check', '--pages=spill/**', '--json=%s' % report, *sort_command('input')],
                               cwd=work.path, env=work.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with open(work.path / 'input', 'w') as fifo:
        fifo.write(lines.read_text())
        fifo.flush()
        sort, = processes.children(process.pid)
        until(lambda: len(os.listdir(work.path / 'spill')) >= 4 and processes.sleeps(sort), 'sort has spilled and waits for more')
        os.kill(sort, number)
        _, error = process.communicate(timeout=LIMIT)
    document = json.loads(report.read_text())
    report.unlink()
    assert process.returncode == 128 + number, error
    on_disk = {str(path) for path in (work.path / 'spill').iterdir()}
    found = {page['path']: page for finding in document['findings'] for page in finding['pages']}
    assert set(found) == on_disk
    if number == signal.SIGTERM:
        assert not on_disk
        return
    assert len(on_disk) >= 4
    assert document['summary']['leaked']['entries'] == len(on_disk)
    for path, page in found.items():
        assert page['bytes'] == os.stat(path).st_blocks * 512
    for finding in document['findings']:
        assert os.path.basename(finding['owner']['exe']) == 'sort' and finding['native']


def test_shell_script_without_a_trap(work):
    work.write('script', 'page=$(mktemp)\necho data > "$page"\ndirectory=$(mktemp -d)\n: > "$directory/inside"\n')
    result = work.audit('sh', 'script')
    assert result.status == 23 and len(result.new) == 3
    assert result.paths('leaked') == result.new
    shells = {process['pid'] for process in result.report['processes'] if process['argv'][-1:] == ['script']}
    for finding in result.report['findings']:
        line = [finding['owner']['pid']] + [process['pid'] for process in finding['owner']['ancestry']]
        assert shells & set(line)
    assert 'started by sh script' in result.stderr


def test_shell_script_with_a_trap(work):
    work.write('script', 'page=$(mktemp)\ntrap \'rm -f "$page"\' EXIT\necho data > "$page"\n')
    result = work.audit('sh', 'script')
    assert result.status == 0 and not result.new and result.entries('released') == 1


def test_output_is_kept_not_leaked(work):
    result = work.audit('sh', '-c', 'echo x > output', options=['--show-kept'])
    assert result.status == 0 and result.entries('kept') == 1 and result.entries('leaked') == 0
    assert result.paths('kept') == result.new


def test_node_mkdtemp(work):
    node = need('node')
    result = work.audit(node, '-e', 'const fs = require("fs"), os = require("os"), path = require("path");'
                        'const d = fs.mkdtempSync(path.join(os.tmpdir(), "page-")); fs.writeFileSync(path.join(d, "x"), "1");')
    assert result.paths('leaked') == result.new and len(result.new) == 2
    assert owners(result) == {'node'}


def test_gcc_clean(work):
    work.write('a.c', 'int main(void) { return 0; }\n')
    result = work.audit(need('gcc'), '-o', 'a', 'a.c')
    assert result.status == 0 and not os.listdir(work.temp)
    assert result.entries('leaked') == 0 and result.entries('released') >= 3
    # The linker's driver removes what it made by exit handlers, and by nothing else.
    assert {finding['verdict'] for finding in result.report['findings']} <= {'late'}
    assert owners(result) <= {'collect2'}


def test_gcc_killed(work):
    """The compiler proper waits in a fifo that is included; then everything is killed."""
    work.write('a.c', '#include "fifo"\nint main(void) { return 0; }\n')
    os.mkfifo(work.path / 'fifo')
    report = work.path.parent / (work.path.name + '.json')
    process = subprocess.Popen([str(PAGELEAK), 'check', '--json=%s' % report, need('gcc'), '-c', '-o', 'a.o', 'a.c'], cwd=work.path,
                               env=work.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    until(lambda: any(processes.name(one) == 'cc1' and processes.sleeps(one) for one in processes.tree(process.pid)), 'the compiler waits')
    for one in processes.tree(process.pid)[1:]:  # the driver first: it would clean up
        os.kill(one, signal.SIGKILL)
    _, error = process.communicate(timeout=LIMIT)
    document = json.loads(report.read_text())
    report.unlink()
    on_disk = {str(path) for path in work.temp.iterdir()}
    assert on_disk and process.returncode == 128 + signal.SIGKILL, error
    assert {page['path'] for finding in document['findings'] for page in finding['pages']} == on_disk
    for finding in document['findings']:
        assert 'gcc' in finding['owner']['exe']


def test_git_gc(work):
    git = need('git')
    repository = work.path / 'repository'
    work.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_AUTHOR_NAME='a', GIT_AUTHOR_EMAIL='a@b', GIT_COMMITTER_NAME='a',
                        GIT_COMMITTER_EMAIL='a@b')
    script = work.write('make', 'set -e\ngit init -q repository\ncd repository\nfor i in 1 2 3 4 5; do echo $i > f$i; git add .; '
                        'git commit -qm $i; done\n')
    subprocess.run(['sh', str(script)], cwd=work.path, env=work.environ, check=True)
    result = work.audit(git, '-C', repository, 'gc', '-q')
    assert result.status == 0, result.stderr
    assert result.entries('leaked') == 0 and result.paths('leaked') == set()


def test_magick_killed(work):
    convert = shutil.which('convert') or pytest.skip('ImageMagick is not installed')
    work.environ.update(MAGICK_TEMPORARY_PATH=str(work.temp), MAGICK_MEMORY_LIMIT='1MB', MAGICK_MAP_LIMIT='0',
                        MAGICK_DISK_LIMIT='4GB')
    report = work.path.parent / (work.path.name + '.json')
    process = subprocess.Popen([str(PAGELEAK), 'check', '--json=%s' % report, convert, '-size', '3000x3000', 'plasma:fractal',
                                '-blur', '0x60', 'out.png'], cwd=work.path, env=work.environ, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    until(lambda: any(path.stat().st_size for path in work.temp.glob('magick-*')) or process.poll() is not None, 'ImageMagick writes what it spills')
    os.kill(processes.children(process.pid)[0], signal.SIGKILL)
    _, error = process.communicate(timeout=LIMIT)
    document = json.loads(report.read_text())
    report.unlink()
    on_disk = {str(path) for path in work.temp.iterdir()}
    assert on_disk, error
    assert {page['path'] for finding in document['findings'] for page in finding['pages']} == on_disk


def test_hostile_names(work):
    names = ['line\nbreak', 'escape\033[31m', 'bad-\udcff-utf8', '::error::x', 'back\\slash']
    work.write('victim.py', 'import os, sys\nfor name in os.fsencode(os.environ["NAMES"]).split(b"|"):\n'
               '    open(os.path.join(os.fsencode(os.environ["TMPDIR"]), name), "w").close()\n')
    work.environ['NAMES'] = '|'.join(names)
    result = work.audit(need('python3'), 'victim.py')
    assert result.entries('leaked') == len(names)
    assert '\033' not in result.stderr
    pages = result.pages('leaked')
    raw = [page for page in pages if 'path_raw' in page]
    assert len(raw) == 1 and base64.b64decode(raw[0]['path_raw']) == os.fsencode(str(work.temp)) + b'/bad-\xff-utf8'
    assert raw[0]['path'].endswith('/bad-\\xff-utf8')
    assert {page['path'] for page in pages if 'path_raw' not in page} == {str(work.temp / name) for name in names if 'bad' not in name}


def test_scope(work):
    work.write('script', 'export PAGELEAK_SCOPE=first\nmktemp > /dev/null\nexport PAGELEAK_SCOPE=second\nmktemp > /dev/null\n')
    result = work.audit('sh', 'script')
    assert {scope for finding in result.report['findings'] for scope in finding['scopes']} == {'first', 'second'}


def test_nothing_new_is_missed(work):
    """Every way of making a name from a shell, against the listing."""
    work.write('script', 'cd "$TMPDIR"\n: > a\nmkdir d\nln -s a s\nln a h\nmkfifo f\nmv a b\ncp b c\nmkdir -p x/y\nrmdir x/y\n'
               'touch t\nrm t\nmv d e\n: > e/inside\n')
    result = work.audit('sh', 'script')
    assert result.status == 23
    assert result.paths('leaked') == result.new


def test_seccomp_asked_for_in_vain(work):
    """libseccomp asks for filters that cannot be to see what the kernel knows (man does): nobody died in a record."""
    (work.path / 'ask.py').write_text(
        'import ctypes\n'
        'libc = ctypes.CDLL(None)\n'
        'assert libc.syscall(317, 1, 1, None) == -1\n'
        'assert libc.prctl(22, 2, None) == -1\n'
        'open("temp/seen", "w").close()\n')
    result = work.audit('/usr/bin/python3', '-S', 'ask.py')
    assert result.paths('leaked') == {str(work.temp / 'seen')}
    assert result.report['coverage']['limits'] == [] and result.report['coverage']['complete']


def test_one_place_through_changing_interpreter(work):
    """The interpreter takes other ways through itself as a loop warms up: still one line of the program, one finding."""
    (work.path / 'warm.py').write_text(
        'class Cache:\n'
        '    def __init__(self, i):\n'
        '        self.file = open("temp/%d" % i, "w")\n'
        'kept = []\n'
        'for i in range(200):\n'
        '    kept.append((Cache, lambda i: Cache(i))[i % 2](i)) if i < 0 else kept.extend(Cache(k) for k in (2 * i, 2 * i + 1))\n')
    for python in {need('python3'), '/usr/bin/python3'}:
        result = work.audit(python, '-S', 'warm.py')
        assert result.entries('leaked') == 400
        assert len(result.report['findings']) == 1
        shutil.rmtree(work.temp)
        work.temp.mkdir()


def test_git_replaces_what_it_wrote(work):
    """index.lock becomes index, which the next index.lock replaces: the name stands, and the last one is no leak."""
    git = need('git')
    (work.path / 'repository').mkdir()
    result = work.audit('sh', '-c', '''
        cd repository && "$0" init -q && "$0" config user.name a && "$0" config user.email a@b &&
        for i in 1 2 3; do echo $i > f && "$0" add f && "$0" commit -q -m $i || exit; done''', git)
    assert result.status == 0, result.stderr
    assert result.paths('leaked') == set() and result.entries('released') > 3


def test_name_used_again_at_once(work):
    """cp(1) of CMake makes, removes and makes: one inode number and birth time for both, one file on disk."""
    (work.path / 'again.py').write_text(
        'import os\n'
        'def make(name):\n'
        '    os.close(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))\n'
        'for i in range(100):\n'
        '    make("temp/%d" % i)\n'
        '    os.unlink("temp/%d" % i)\n'
        '    make("temp/%d" % i)\n')
    result = work.audit('/usr/bin/python3', '-S', 'again.py')
    paths = [page['path'] for page in result.pages()]
    assert sorted(paths) == sorted(str(work.temp / str(i)) for i in range(100))
    assert result.entries('leaked') == 100 and result.entries('released') == 100


def test_removed_at_exit_says_why(work):
    """A lock file of a server, removed by its exit handler: late, and the text does not call it an output."""
    (work.path / 'lock.py').write_text(
        'import atexit, os\n'
        'open("server.lock", "w").close()\n'
        'atexit.register(os.unlink, "server.lock")\n')
    result = work.audit('/usr/bin/python3', '-S', 'lock.py')
    assert result.entries('late') == 1
    assert 'a page because it was removed again' in result.stderr and 'output' not in result.stderr


def test_static_command_has_no_pid(work):
    """Nothing of a static command reaches the journal, not even its pid: the text does not make one up."""
    result = work.audit(need('busybox'), 'true', options=['--pages=temp/**'])  # others use /tmp at the same time
    if result.report['coverage']['audited']:
        pytest.skip('busybox is not static here')
    assert result.status == 24 and 'pid 0' not in result.stderr and 'static' in result.stderr


def test_several_makers_are_counted(work):
    """Three touch(1) share a finding: the text names one and says that there were others."""
    result = work.audit('sh', '-c', 'for i in 1 2 3; do touch temp/$i; done; true')
    assert len(result.report['findings']) == 1 and result.entries('leaked') == 3
    assert 'and 2 other processes that made pages there' in result.stderr
