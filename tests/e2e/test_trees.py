"""Every way of making a process, and every way of putting another program into one: who made what, whose child that was, and
that nobody is missing. tests/victims/trees.c names its files after their makers."""
import json
import os
import subprocess

import pytest

from harness.machine import FILTERED, need
from harness.paths import PAGELEAK
from harness.victims import compiled
from harness.waiting import LIMIT


class Tree:
    """What the report says of the pages' makers."""

    def __init__(self, result):
        self.report = result.report
        self.maker = {}  # file name -> pid
        self.line = {}  # file name -> pids of its owner and what started that
        for finding in self.report['findings']:
            for page in finding['pages']:
                name = os.path.basename(page['path'])
                self.maker[name] = page['pid']
                self.line[name] = [finding['owner']['pid']] + [one['pid'] for one in finding['owner']['ancestry']]
                if page['pid'] != finding['owner']['pid'] and finding['below']['left']:  # in a directory that is another's
                    above = {process['pid']: process['ppid'] for process in self.report['processes']}
                    self.line[name] = [page['pid'], above[page['pid']]]

    def images(self, name):
        """How many entries of the process list have the pid of that maker."""
        return sum(process['pid'] == self.maker[name] for process in self.report['processes'])


def grow(work, case, *command):
    result = work.audit(*command, compiled('trees'), case, options=['--pages=/**'])
    coverage = result.report['coverage']
    assert result.paths('leaked') == result.new, result.stderr
    assert coverage['complete'] and coverage['unaudited'] == [] and coverage['processes'] == coverage['audited']
    assert coverage['processes'] == len(result.report['processes'])
    leaked = sum(not name.endswith('-gone') for name in map(os.path.basename, result.new))
    assert leaked == len(result.new) and result.entries('vanished') == 0
    return result, Tree(result)


@pytest.mark.parametrize('case', ['fork', '_Fork', 'raw_fork', 'clone', 'forkpty'])
def test_copies(work, case):
    result, tree = grow(work, case)
    expected = {'parent', 'child'} | ({'grandchild'} if case == 'fork' else set())
    assert set(tree.maker) == expected and len(set(tree.maker.values())) == len(expected)
    assert result.report['coverage']['processes'] == len(expected)
    assert tree.line['child'][:2] == [tree.maker['child'], tree.maker['parent']]
    if case == 'fork':
        assert tree.line['grandchild'][:3] == [tree.maker[name] for name in ('grandchild', 'child', 'parent')]
    assert result.entries('released') == len(expected)


@pytest.mark.parametrize('case', ['vfork', 'clone_vm'])
def test_children_in_shared_memory(work, case):
    result, tree = grow(work, case)
    assert set(tree.maker) == {'parent', 'child'} and result.report['coverage']['processes'] == 2
    assert tree.line['child'][:2] == [tree.maker['child'], tree.maker['parent']]
    assert result.entries('released') == 2


@pytest.mark.skipif(FILTERED, reason='below a seccomp filter the kernel is not asked whose memory it is')
def test_a_child_that_makes_a_page_on_the_memory_of_one_that_made_none(work):
    result, tree = grow(work, 'fork_and_vfork')
    assert set(tree.maker) == {'parent', 'child', 'borrowed', 'grandchild'} and result.report['coverage']['processes'] == 3
    assert tree.maker['borrowed'] == tree.maker['child']
    assert tree.line['grandchild'][:3] == [tree.maker[name] for name in ('grandchild', 'child', 'parent')]
    assert {process['pid'] for process in result.report['processes']} == set(tree.maker.values())


def test_spawn_with_file_actions(work):
    result, tree = grow(work, 'spawn')
    assert set(tree.maker) == {'parent', 'child', 'opened', 'there'} and result.report['coverage']['processes'] == 2
    assert str(work.path / 'there' / 'child') in result.new
    assert tree.line['child'][:2] == [tree.maker['child'], tree.maker['parent']]
    assert tree.maker['opened'] == tree.maker['parent']


def test_shells_of_libc(work):
    result, tree = grow(work, 'libc')
    assert set(tree.maker) == {'parent', 'system', 'popen', 'wordexp'}
    for name in ('system', 'popen', 'wordexp'):
        assert tree.maker['parent'] in tree.line[name]


@pytest.mark.parametrize('case, names', [('daemon', ['parent', 'child']), ('double_fork', ['parent', 'middle', 'child'])])
def test_orphans(work, case, names):
    result, tree = grow(work, case)
    assert sorted(tree.maker) == sorted(names) and result.report['coverage']['processes'] == len(names)
    assert tree.line['child'] == [tree.maker[name] for name in reversed(names)]
    assert all(process['ended'] for process in result.report['processes'])


def test_chain_of_execs(work):
    """Failing ones in between, and a search through PATH that meets a directory of that name."""
    result, tree = grow(work, 'exec_chain')
    assert len({tree.maker[name] for name in ('first', 'second', 'third')}) == 1
    assert result.report['coverage']['processes'] == 3 == tree.images('first')
    assert result.entries('released') == 3


def test_exec_from_a_thread(work):
    result, tree = grow(work, 'thread_exec')
    assert len(set(tree.maker.values())) == 1 and result.report['coverage']['processes'] == 2


def test_shell_that_execs_twice(work):
    result, tree = grow(work, 'vfork', 'sh', '-c', 'exec sh -c \'exec "$0" "$@"\' "$0" "$@"')
    assert tree.images('parent') == 3 and tree.images('child') == 1
    assert result.report['coverage']['processes'] == 4


@pytest.mark.parametrize('shell', ['dash', 'bash', 'zsh', 'busybox'])
def test_shells(work, shell):
    """Redirections, subshells, pipelines, background jobs, command substitution, here documents, exec."""
    command = [need(shell)] + {'busybox': ['sh'], 'zsh': ['-f']}.get(shell, [])
    if shell == 'busybox' and 'INTERP' not in subprocess.run(['readelf', '-lW', command[0]], stdout=subprocess.PIPE, text=True).stdout:
        pytest.skip('busybox is static here')
    work.write('script', 'set -e\n: > a\n(: > b; (: > c))\necho x | cat > d\n(touch e; rm a) &\nwait\nf=$(touch g; echo h)\n: > $f\n'
               'cat > i <<END\n$f\nEND\nexec touch j\n')
    result = work.audit(*command, 'script', options=['--pages=/**'])
    assert result.status == 23, result.stderr
    assert result.paths('leaked') == result.new == {str(work.path / name) for name in 'bcdeghij'}
    coverage = result.report['coverage']
    assert coverage['complete'] and coverage['processes'] == coverage['audited']


def test_make(work):
    work.write('makefile', 'all: $(foreach i,1 2 3 4 5 6 7 8 9,page$(i) sub$(i))\npage%:\n\ttouch $@ $@-gone; rm $@-gone\n'
               'sub%:\n\t+$(MAKE) -f makefile $(@:sub%=deep%)\n\tmkdir $@\ndeep%:\n\ttouch $@\n')
    result = work.audit(need('make'), '-s', '-j4', options=['--pages=/**'], subcommand='run')
    assert result.status == 0, result.stderr
    assert result.paths('leaked') == result.new and len(result.new) == 27
    assert result.report['coverage']['complete'] and result.report['coverage']['unaudited'] == []
    assert result.entries('released') >= 9 and result.entries('foreign') == 0 and result.entries('vanished') == 0


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
def test_compilers(work, compiler):
    work.write('a.c', 'int main(void) { return 0; }\n')
    result = work.audit(need(compiler), '-o', 'a', 'a.c', options=['--pages=temp/**'])
    assert result.status == 0 and result.new == {str(work.path / 'a')} and not os.listdir(work.temp)
    assert result.report['coverage']['complete'] and result.entries('foreign') == 0


def test_pids_used_again(work):
    """A pid namespace with 400 pids, and 1,500 processes in it. Before Linux 6.14 the limit was that of the whole machine."""
    if tuple(int(part) for part in os.uname().release.split('-')[0].split('.')[:2]) < (6, 14):
        pytest.skip('pid_max is not of the pid namespace here')
    inside = 'echo 400 > /proc/sys/kernel/pid_max || exit 77; shift; exec "$@"'
    own = ['unshare', '-pf', '--mount-proc', 'sh', '-c', inside, 'sh', 'sh']
    if subprocess.run([*own, 'true'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        pytest.skip('no pid namespace with a small pid_max to be had')
    report = work.path.parent / (work.path.name + '.json')
    work.environ['LC_ALL'] = 'C'
    subprocess.run([*own, str(PAGELEAK), 'run', '--json=%s' % report, '--pages=/**', '--text=/dev/null', str(compiled('trees')), 'many'],
                   cwd=work.path, env=work.environ, check=True, timeout=LIMIT)
    document = json.loads(report.read_text())
    report.unlink()
    paths = {page['path'] for finding in document['findings'] for page in finding['pages']}
    assert paths == {str(work.path / ('m%d' % i)) for i in range(1500)}
    assert document['coverage']['complete'] and document['coverage']['unaudited'] == []
    assert document['coverage']['processes'] == 1501 and len({process['pid'] for process in document['processes']}) < 400
    assert document['summary']['released']['entries'] == 1500 and document['summary']['foreign']['entries'] == 0
    for process in document['processes']:
        assert process['status'] == {'exited': 0} and process['ended'] >= process['started']
