"""The command line: what it takes, what it refuses and how it says so."""
import os
import re
import signal
import subprocess

import pytest

from harness.machine import need
from harness.paths import LIBRARY, OPTIONS_DEF, ROOT, SETTINGS_DEF


def table():
    """Names of the rows of options.def and of settings.def, which it includes."""
    text = SETTINGS_DEF.read_text() + OPTIONS_DEF.read_text()
    return re.findall(r'^OPTION\(\w+, "([^"]+)"', text, re.M) + re.findall(r'^FORMAT\((\w+),', text, re.M)


def test_help_lists_every_setting(work):
    said = work.pageleak('--help')
    assert said.returncode == 0 and said.stderr == ''
    for name in table():
        assert '  --' + name in said.stdout


@pytest.mark.parametrize('command', ['run', 'check', 'record', 'report', 'diff', 'snapshot', 'top'])
def test_help_of_a_command(work, command):
    said = work.pageleak(command, '--help')
    assert said.returncode == 0 and said.stdout.startswith('Usage: pageleak %s' % command)
    assert said.stdout == work.pageleak('help', command).stdout


def test_man_page_knows_every_setting():
    page = (ROOT / 'man' / 'pageleak.1').read_text().replace('\\-', '-')
    for name in table():
        assert re.search(r'^\.B.*--%s\b' % name, page, re.M), name
    for command in ('run', 'check', 'record', 'report', 'diff', 'snapshot', 'top'):
        assert 'pageleak %s' % command in page


def test_the_manual_of_the_options_knows_every_setting():
    text = (ROOT / 'docs' / 'options.md').read_text()
    for name in table():
        assert '| `--%s' % name in text, name


def test_version(work):
    assert re.fullmatch(r'pageleak \d+\.\d+\.\d+\n', work.pageleak('--version').stdout)


@pytest.mark.parametrize('arguments, part', [
    (['run', '--jsno=x', 'true'], 'did you mean --json?'),
    (['run', '--fial-on=leaked', 'true'], 'did you mean --fail-on?'),
    (['run', '--zzzzzz', 'true'], "unknown option --zzzzzz; 'pageleak run --help'"),
    (['chekc', 'true'], "did you mean 'check'?"),
    (['./program'], 'pageleak run ./program'),
    (['run', '-x', 'true'], 'unknown option -x'),
    (['run', '--depth=0', 'true'], 'out of range'),
    (['run', '--depth=x', 'true'], 'a number is wanted'),
    (['run', '--depth=', 'true'], 'is empty'),
    (['run', '--depth'], 'needs a value'),
    (['run', '--size=1X', 'true'], 'a number is wanted'),
    (['run', '--size=1K', 'true'], 'out of range'),
    (['run', '--size=99999999999G', 'true'], 'out of range'),
    (['run', '--show-kept=1', 'true'], 'takes no value'),
    (['run', '--color=red', 'true'], 'auto|always|never'),
    (['run', '--fail-on=leeked', 'true'], "did you mean 'leaked'?"),
    (['run', '--fail-on=,', '--exit-code=256', 'true'], 'out of range'),
    (['record', '--pages=x', 'true'], "nothing that 'pageleak record' takes"),
    (['report', '--depth=3'], "nothing that 'pageleak report' takes"),
    (['top', '--delay=x'], 'a number of seconds is wanted'),
    (['top', '--delay=0'], 'out of range, 0.1 to 86400'),
    (['top', '--json'], "nothing that 'pageleak top' takes"),
    (['top', 'a', 'b'], 'one audit at a time'),
    (['top', 'missing.data'], 'missing.data: No such file'),
    (['top', '999999999'], 'there is no process 999999999'),
    (['run'], 'what is to be run?'),
    (['check', '--'], 'what is to be checked?'),
    (['--pages=x', 'true'], 'options stand behind the command'),
    (['run', '--text', '--json', 'true'], 'cannot both go to standard output'),
    (['run', '--json=missing/report.json', 'true'], 'cannot write missing/report.json'),
    (['run', '--json=.', 'true'], 'it is a directory'),
    (['run', '--journal=missing/journal', 'true'], 'cannot make the journal'),
    (['report', '--json=x', 'a', 'b'], 'several journals'),
])
def test_misuse_is_one_line_and_125(work, arguments, part):
    said = work.pageleak(*arguments)
    assert said.returncode == 125
    assert part in said.stderr and said.stderr.count('\n') == 1 and said.stdout == ''


def test_no_arguments_is_help_and_125(work):
    said = work.pageleak()
    assert said.returncode == 125 and 'Usage:' in said.stderr


def test_options_end_at_the_command(work):
    said = work.pageleak('run', 'echo', '--help', '--json')
    assert said.returncode == 0 and said.stdout == '--help --json\n'


def test_value_as_the_next_word(work):
    assert work.pageleak('run', '--depth', '5', 'true').returncode == 0


def test_control_characters_in_a_message_are_escaped(work):
    said = work.pageleak('run', '--a\033[31m\n', 'true')
    assert '\033' not in said.stderr and said.stderr.count('\n') == 1


def test_settings_reach_the_library(work):
    said = work.pageleak('run', '--depth=7', '--journal=a:b', '--pages=x*', '--json=r', 'sh', '-c', 'echo "$PAGELEAK"')
    assert said.stdout.startswith('command=') and ':signal=%d:' % signal.SIGUSR2 in said.stdout and ':pages=x*:' in said.stdout
    assert said.stdout.endswith(':journal=%s/a\\:b:depth=7\n' % os.path.realpath(work.path)) and 'json' not in said.stdout


@pytest.mark.parametrize('options, told', [(['--json=a', '--json=b'], '--json is there twice'), (['--text=f', '--html=f'], '--text and --html cannot both go to f')])
def test_no_report_is_lost_to_another(work, options, told):
    said = work.pageleak('run', *options, 'true')
    assert said.returncode == 125 and told in said.stderr
    assert work.pageleak('run', '--text=/dev/null', '--json=/dev/null', 'true').returncode == 0


def test_settings_that_are_too_long_are_not_passed_on(work):
    said = work.pageleak('run', '--pages=%s' % ('x' * 9000), 'sh', '-c', 'echo "$PAGELEAK"')
    assert 'too long to be passed on' in said.stderr and len(said.stdout) < 3000 and 'no leaks' in said.stderr


def test_other_preloads_stay_behind_ours(work):
    library = str(LIBRARY)
    work.environ['LD_PRELOAD'] = 'libdl.so.2 ' + library
    said = work.pageleak('run', 'sh', '-c', 'echo "$LD_PRELOAD"')
    assert said.stdout == os.path.realpath(library) + ':libdl.so.2\n'


def test_the_manual_of_the_format_is_the_format_s():
    said = subprocess.run([str(ROOT / 'scripts' / 'journal-manual')], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said == (ROOT / 'man' / 'pageleak-journal.5').read_text(), 'run scripts/journal-manual > man/pageleak-journal.5'


@pytest.mark.parametrize('page', ['pageleak.1', 'pageleak-journal.5', 'libpageleak.7'])
def test_manuals_can_be_shown(page):
    said = subprocess.run([need('man'), '-l', '--warnings', str(ROOT / 'man' / page)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert said.stderr == '' and 'NAME' in said.stdout


def test_each_command_has_its_paragraph_in_the_manual():
    """A name that is glued to the paragraph before it is not found by who looks for it."""
    lines = (ROOT / 'man' / 'pageleak.1').read_text().split('.SH DESCRIPTION\n')[1].split('.SH OPTIONS\n')[0].splitlines()
    named = [i for i, line in enumerate(lines) if re.match(r'\.B pageleak \w+$', line)]
    assert len(named) >= 8 and all(lines[i - 1] == '.TP' for i in named)
