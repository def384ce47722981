"""The JSON report says what docs/json.md says of it."""
import re

from harness.machine import need
from harness.paths import ROOT, VICTIMS


def keys(value, found):
    if isinstance(value, dict):
        for key, inner in value.items():
            found.add(key)
            keys(inner, found)
    elif isinstance(value, list):
        for inner in value:
            keys(inner, found)
    return found


def test_every_key_is_in_the_manual(work):
    code = re.findall(r'`([^`]+)`', (ROOT / 'docs' / 'json.md').read_text())
    told = {word for text in code for word in re.findall(r'[a-z_]+', text)}
    python = need('python3')
    reports = [work.audit(python, '-B', VICTIMS / 'owners.py', 'scope', options=['--pages=cache/*', '--why', '--show-kept'], subcommand='run'),
               work.audit('sh', '-c', 'mktemp; env -u LD_PRELOAD -u PAGELEAK mktemp; kill -9 $$', options=['--leave-cleared'],
                          subcommand='run')]
    found = set()
    for result in reports:
        keys(result.report, found)
    assert {'cause', 'release', 'unattributed', 'born_last'} <= found
    assert found - told == set()


def test_values_that_are_told(work):
    result = work.audit(need('python3'), '-B', VICTIMS / 'owners.py', 'scope', options=['--pages=cache/*', '--why'], subcommand='run')
    finding, = result.report['findings']
    assert (finding['release']['by'], finding['release']['phase']) == ('__del__', 'after-scope')
    assert finding['release']['trigger'] in ('refcount', None)
    assert finding['cause']['moment'] == 'scope' and finding['cause']['advice']
