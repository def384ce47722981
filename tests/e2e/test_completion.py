"""Completions for bash, zsh and fish: made from the tables, and what they offer."""
import re
import subprocess

import pytest
from conftest import ROOT, need

COMMANDS = ['run', 'check', 'record', 'report', 'diff', 'snapshot', 'top']


def completion(work, shell):
    done = work.pageleak('completion', shell)
    assert done.returncode == 0 and done.stderr == ''
    return work.write('completion.' + shell, done.stdout)


def offered(work, *words):
    """What bash offers for the last word; `--text=a` is three words to readline."""
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pageleak 2> /dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run([need('bash'), '-c', script, 'bash', completion(work, 'bash'), *words], cwd=work.path, stdout=subprocess.PIPE, text=True,
                          timeout=30, env=work.environ)
    return done.stdout.split()


def test_bash_offers_commands(work):
    assert offered(work, 'pageleak', '') == COMMANDS + ['help', '--help', '--version']
    assert offered(work, 'pageleak', 're') == ['record', 'report']


@pytest.mark.parametrize('command', COMMANDS)
def test_bash_offers_what_the_command_takes(work, command):
    said = re.findall(r'^  --([a-z-]+)', work.pageleak(command, '--help').stdout, re.M)
    assert sorted(word.strip('-=') for word in offered(work, 'pageleak', command, '--')) == sorted(said)


def test_bash_completes_values_and_files(work):
    work.write('some.json', '')
    assert offered(work, 'pageleak', 'run', '--color', '=', 'a') == ['auto', 'always']
    assert offered(work, 'pageleak', 'run', '--baseline', '=', 'so') == ['some.json']
    assert offered(work, 'pageleak', 'report', 'so') == ['some.json']


def test_bash_completes_the_command_to_be_audited(work):
    assert 'mktemp' in offered(work, 'pageleak', 'run', '--json', '=', 'x', '--', 'mktem') + offered(work, 'pageleak', 'check', 'mktem')
    assert offered(work, 'pageleak', 'run', 'python3', '--js') == []  # python3's own


@pytest.mark.parametrize('shell', ['bash', 'zsh', 'fish'])
def test_the_shell_itself_can_read_it(work, shell):
    done = subprocess.run([need(shell), '-n', completion(work, shell)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    assert done.returncode == 0 and done.stdout == b''


@pytest.mark.parametrize('shell', ['zsh', 'fish'])
def test_every_command_and_setting_is_there(work, shell):
    text = completion(work, shell).read_text()
    for name in re.findall(r'^(?:OPTION\(\w+, "|FORMAT\()([\w-]+)', (ROOT / 'report' / 'options.def').read_text(), re.M):
        assert re.search(r'(--|-l )%s\b' % name, text), name
    for command in COMMANDS:
        assert re.search(r"(-a |')%s\b" % command, text), command


@pytest.mark.parametrize('arguments', [[], ['tcsh'], ['bash', 'zsh']])
def test_what_is_refused(work, arguments):
    assert work.pageleak('completion', *arguments).returncode == 125


def test_installed_where_the_shells_look(work):
    root = work.path / 'root'
    subprocess.run(['make', '-s', '-C', ROOT, 'install', 'DESTDIR=%s' % root, 'PREFIX=/usr'], check=True, stdout=subprocess.DEVNULL, timeout=300,
                   env=work.environ)
    for name in ('bash-completion/completions/pageleak', 'zsh/site-functions/_pageleak', 'fish/vendor_completions.d/pageleak.fish'):
        assert 'pageleak' in (root / 'usr/share' / name).read_text()
