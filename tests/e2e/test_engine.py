"""One engine: what pageleak top counts at the end of a journal is what the report says of it."""
import json
import re

import pytest

from harness.machine import need

PROGRAMS = {
    'files': '''
import os, tempfile
for i in range(7):
    handle, path = tempfile.mkstemp(prefix="page-")
    os.close(handle)
    if i % 3:
        os.unlink(path)
''',
    'outputs': '''
import os, tempfile
for i in range(5):
    handle, path = tempfile.mkstemp(prefix="page-")
    os.close(handle)
    os.rename(path, "output-%d" % i)
open("plain", "w").close()
''',
    'a directory for a job, elsewhere than temporary files': '''
import os, tempfile
job = tempfile.mkdtemp(prefix="job-", dir=".")
for name in "abc":
    open(os.path.join(job, name), "w").close()
os.unlink(os.path.join(job, "a"))
''',
    'a directory that moves': '''
import os, tempfile
work = tempfile.mkdtemp(prefix="work-")
for name in "abc":
    open(os.path.join(work, name), "w").close()
os.rename(work, "results")
os.mkdir(work)
open(os.path.join(work, "d"), "w").close()
''',
    'links': '''
import os, tempfile
handle, path = tempfile.mkstemp(prefix="page-")
os.link(path, path + ".bak")
os.link(path, path + ".old")
os.unlink(path)
handle, other = tempfile.mkstemp(prefix="page-")
os.link(other, "lasting")
''',
    'files over files': '''
import os, tempfile
directory = tempfile.mkdtemp(prefix="state-")
for i in range(6):
    new = os.path.join(directory, "new")
    open(new, "w").close()
    os.rename(new, os.path.join(directory, "state"))
''',
    'children': '''
import os, subprocess, tempfile
path = subprocess.check_output(["mktemp"]).decode().strip()
other = subprocess.check_output(["mktemp", "-d"]).decode().strip()
if os.fork() == 0:
    os.unlink(path)
    os._exit(0)
os.wait()
subprocess.check_call(["sh", "-c", "echo x > %s/file" % other])
''',
}


def shown(work, *arguments):
    """Entries that are there, and the sums of the columns MADE and GONE."""
    done = work.pageleak('top', '--batch', '--count=1', *arguments, 'j', timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    titles = next(i for i, line in enumerate(lines) if ' GROWS ' in line)
    sums = {}
    for title in ('LIVE', 'MADE', 'GONE'):
        end = lines[titles].index(title) + len(title)
        cells = [re.search(r'\S*$', line[:end]).group() for line in lines[titles + 1:] if line.strip()]
        sums[title] = sum(int(cell) for cell in cells if cell.isdigit())
    there = int(re.search(r'^(\d+) (?:pages?|entry|entries),', done.stdout, re.M).group(1))
    assert sums['LIVE'] == there
    return there, sums


@pytest.mark.parametrize('name', PROGRAMS)
def test_top_counts_what_the_report_says(work, name):
    work.write('app.py', PROGRAMS[name])
    done = work.pageleak('record', '--journal=j', '--', need('python3'), '-B', 'app.py')
    assert done.returncode == 0, done.stderr
    said = json.loads(work.pageleak('report', '--json', 'j').stdout)['summary']
    entries = {verdict: said[verdict]['entries'] for verdict in said if isinstance(said[verdict], dict)}
    there, sums = shown(work)
    assert there == entries['leaked'], (entries, sums)
    there, sums = shown(work, '--show-kept')
    assert there == entries['leaked'] + entries['kept'] + entries['adopted'], (entries, sums)
    assert sums['GONE'] == entries['released'] + entries['late'] + entries['foreign'], (entries, sums)
