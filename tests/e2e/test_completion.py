"""Completions for bash, zsh and fish: made from the tables, and what they offer."""
import re
import signal
import subprocess

import pytest

from harness import processes
from harness.machine import need
from harness.paths import OPTIONS_DEF, SETTINGS_DEF, PAGELEAK, ROOT
from harness.waiting import LIMIT, until

COMMANDS = ['run', 'check', 'record', 'report', 'diff', 'snapshot', 'top', 'completion']


def completion(work, shell):
    done = work.pageleak('completion', shell)
    assert done.returncode == 0 and done.stderr == ''
    return work.write('completion.' + shell, done.stdout)


def offered(work, *words):
    """What bash offers for the last word; `--text=a` is three words to readline."""
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pageleak 2> /dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run([need('bash'), '-c', script, 'bash', completion(work, 'bash'), *words], cwd=work.path, stdout=subprocess.PIPE, text=True,
                          timeout=LIMIT, env=work.environ)
    return done.stdout.split()


def fish_offers(work, line):
    done = subprocess.run([need('fish'), '-c', 'source $argv[1]; complete -C $argv[2]', completion(work, 'fish'), line], cwd=work.path,
                          stdout=subprocess.PIPE, text=True, timeout=LIMIT, env=dict(work.environ, HOME=str(work.path)))
    return [said.split('\t')[0] for said in done.stdout.splitlines()]


@pytest.fixture
def audited(work):
    """The process number of a program that is audited."""
    program = subprocess.Popen([PAGELEAK, 'record', '--journal=j', 'sleep', str(LIMIT)], cwd=work.path, env=work.environ)
    until(lambda: '/libpageleak.so' in processes.read(program.pid, 'maps'), 'the library is loaded')
    yield str(program.pid)
    program.kill()
    program.wait()


def test_bash_offers_commands(work):
    assert offered(work, 'pageleak', '') == COMMANDS + ['help', '--help', '--version']
    assert offered(work, 'pageleak', 're') == ['record', 'report']


@pytest.mark.parametrize('command', COMMANDS)
def test_bash_offers_what_the_command_takes(work, command):
    said = re.findall(r'^  --([a-z-]+)', work.pageleak(command, '--help').stdout, re.M)
    assert sorted(word.strip('-=') for word in offered(work, 'pageleak', command, '--')) == sorted(said)


def test_bash_completes_values_and_files(work):
    work.write('some.json', '')
    (work.path / 'some').mkdir()
    assert offered(work, 'pageleak', 'run', '--color', '=', 'a') == ['auto', 'always']
    assert offered(work, 'pageleak', 'run', '--color', '=') == ['auto', 'always', 'never']
    assert offered(work, 'pageleak', 'run', '--baseline', '=', 'some.') == ['some.json'] == offered(work, 'pageleak', 'run', '--baseline', '=', 'some.j')
    assert offered(work, 'pageleak', 'run', '--sysroot', '=', 'so') == ['some']
    assert offered(work, 'pageleak', 'run', '--depth', '=') == []
    assert offered(work, 'pageleak', 'report', 'some.') == ['some.json']
    assert offered(work, 'pageleak', 'completion', '') == ['bash', 'zsh', 'fish']


def verdicts(work):
    said = work.pageleak('check', '--fail-on=nonsense', 'true').stderr
    return re.findall(r'\w+', said.split('there are ')[1])


def test_completes_lists_of_verdicts(work):
    assert len(verdicts(work)) == 9 and offered(work, 'pageleak', 'check', '--fail-on', '=') == verdicts(work)
    assert offered(work, 'pageleak', 'check', '--fail-on', '=', 'leaked,la') == ['leaked,late']
    assert offered(work, 'pageleak', 'check', '--fail-on', '=', 'late,leaked,') == ['late,leaked,' + verdict for verdict in verdicts(work)]
    assert fish_offers(work, 'pageleak check --fail-on=leaked,la') == ['--fail-on=leaked,late']
    assert set(fish_offers(work, 'pageleak check --fail-on=')) == {'--fail-on=' + verdict for verdict in verdicts(work)}


def test_completes_signals_that_can_ask_for_a_report(work):
    offers = offered(work, 'pageleak', 'record', '--signal', '=')
    assert {'none', 'USR1', 'HUP', 'PWR'} <= set(offers) and not {'KILL', 'SEGV', 'CHLD'} & set(offers)
    assert all(getattr(signal, 'SIG' + name, 0) for name in offers if name not in ('none', 'STKFLT'))
    assert offered(work, 'pageleak', 'record', '--signal', '=', 'US') == ['USR1', 'USR2']


@pytest.mark.parametrize('command', ['snapshot', 'top'])
def test_completes_processes_that_are_audited(work, audited, command):
    for offers in (offered(work, 'pageleak', command, audited[:-1]), fish_offers(work, 'pageleak %s %s' % (command, audited[:-1]))):
        assert audited in offers and all('/libpageleak.so' in processes.read(pid, 'maps') for pid in offers if pid.isdigit())
    work.write('pageleak.data', '')
    assert ('pageleak.data' in offered(work, 'pageleak', command, 'pagel')) == (command == 'top')


@pytest.mark.parametrize('command', ['check', 'snapshot', 'completion'])
def test_fish_offers_values(work, command):
    assert 'completion' in fish_offers(work, 'pageleak comp')
    if command == 'completion':
        assert fish_offers(work, 'pageleak completion ') == ['bash', 'fish', 'zsh']
    else:
        assert sorted(fish_offers(work, 'pageleak %s --color=a' % command)) == ['--color=always', '--color=auto']


def test_bash_completes_the_command_to_be_audited(work):
    assert 'mktemp' in offered(work, 'pageleak', 'run', '--json', '=', 'x', '--', 'mktem') + offered(work, 'pageleak', 'check', 'mktem')
    assert offered(work, 'pageleak', 'run', 'python3', '--js') == []  # python3's own


@pytest.mark.parametrize('shell', ['bash', 'zsh', 'fish'])
def test_the_shell_itself_can_read_it(work, shell):
    done = subprocess.run([need(shell), '-n', completion(work, shell)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
    assert done.returncode == 0 and done.stdout == b''


@pytest.mark.parametrize('shell', ['zsh', 'fish'])
def test_every_command_and_setting_is_there(work, shell):
    text = completion(work, shell).read_text()
    rows = SETTINGS_DEF.read_text() + OPTIONS_DEF.read_text()
    for name in re.findall(r'^(?:OPTION\(\w+, "|FORMAT\()([\w-]+)', rows, re.M):
        assert re.search(r'(--|-l )%s\b' % name, text), name
    for command in COMMANDS:
        assert re.search(r"(-a |')%s\b" % command, text), command


def test_each_shell_that_is_offered_is_known(work):
    for shell in re.search(r'pageleak completion +\[OPTIONS\] (\S+)', work.pageleak('--help').stdout).group(1).split('|'):
        completion(work, shell)


@pytest.mark.parametrize('arguments', [[], ['tcsh'], ['bash', 'zsh']])
def test_what_is_refused(work, arguments):
    assert work.pageleak('completion', *arguments).returncode == 125


def test_installed_where_the_shells_look(work):
    root = work.path / 'root'
    subprocess.run(['make', '-s', '-C', ROOT, 'install', 'DESTDIR=%s' % root, 'PREFIX=/usr'], check=True, stdout=subprocess.DEVNULL, timeout=LIMIT,
                   env=work.environ)
    for name in ('bash-completion/completions/pageleak', 'zsh/site-functions/_pageleak', 'fish/vendor_completions.d/pageleak.fish'):
        assert 'pageleak' in (root / 'usr/share' / name).read_text()
