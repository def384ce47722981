"""The JSON report says what the README says of it."""
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


def test_every_key_is_in_the_readme(work):
    section = re.search(r'^## The JSON report\n(.*?)^## ', (ROOT / 'README.md').read_text(), re.M | re.S).group(1)
    told = set(re.findall(r'[a-z_]+', section))
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
