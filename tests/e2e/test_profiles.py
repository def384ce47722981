"""Folded stacks, speedscope and pprof: the same stacks and weights in all three. The formats' own readers: tests/real/formats.py."""
import gzip
import json
import subprocess

import pytest

from harness.machine import need
from harness.paths import PAGELEAK

PROGRAM = r'''import os, tempfile


def make():
    return tempfile.mkdtemp()


for _ in range(3):
    make()
fd, path = tempfile.mkstemp(suffix=".a;b")
os.write(fd, b"x" * 10000)
os.close(os.open(os.environ["TMPDIR"] + "/odd;\n\xff", os.O_CREAT))
'''


@pytest.fixture
def profiles(work):
    work.write('app.py', PROGRAM)
    done = work.pageleak('check', '--text=/dev/null', '--json=o.json', '--folded=o.folded', '--speedscope=o.speedscope', '--pprof=o.pb.gz', '--',
                         need('python3'), '-B', 'app.py')
    assert done.returncode == 23, done.stderr
    report = work.load('o.json')
    truth = sorted((finding['entries'], finding['bytes']) for finding in report['findings'])
    assert [entries for entries, _ in truth] == [1, 1, 3]
    return work.path, truth


def test_folded(profiles):
    path, truth = profiles
    lines = (path / 'o.folded').read_text().splitlines()
    stacks = [line.rpartition(' ')[0].split(';') for line in lines]
    assert sorted(int(line.rpartition(' ')[2]) for line in lines) == [1, 1, 3]
    assert {stack[0] for stack in stacks} == {'leaked'} and all(stack[1].startswith('python') for stack in stacks)
    three, = [stack for line, stack in zip(lines, stacks) if line.endswith(' 3')]
    assert three[2].startswith('<module> (app.py:9') and three[3] == 'make (app.py:5)' and three[4].startswith('mkdtemp (tempfile.py:')
    odd, = [stack for stack in stacks if 'odd' in stack[-1]]
    assert odd[-1].endswith('odd:\\n\xff')


def test_speedscope(profiles):
    path, truth = profiles
    data = json.loads((path / 'o.speedscope').read_text())
    frames = data['shared']['frames']
    entries, space = data['profiles']
    assert entries['samples'] == space['samples']
    assert sorted(zip(entries['weights'], space['weights'])) == truth
    assert entries['endValue'] == sum(entries['weights']) and space['endValue'] == sum(space['weights']) and space['unit'] == 'bytes'
    three = entries['samples'][entries['weights'].index(3)]
    make = frames[three[3]]
    assert make['name'] == 'make (app.py:5)' and make['file'].endswith('/app.py') and make['line'] == 5
    assert len({json.dumps(frame) for frame in frames if 'file' in frame and frame['file'].endswith('.py')}) == len(
        [frame for frame in frames if 'file' in frame and frame['file'].endswith('.py')])


def fields(data):
    """(number, value) of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            assert key & 7 == 2
            size = varint()
            yield key >> 3, data[at:at + size]
            at += size


def test_pprof(profiles):
    path, truth = profiles
    profile = list(fields(gzip.decompress((path / 'o.pb.gz').read_bytes())))
    strings = [value.decode() for number, value in profile if number == 6]
    assert strings[0] == '' and len(set(strings)) == len(strings)
    names = {}
    for number, value in profile:
        if number == 5:
            function = dict(fields(value))
            names[function[1]] = strings[function[2]]
    locations = {}
    for number, value in profile:
        if number == 4:
            location = dict(fields(value))
            line = dict(fields(location[4]))
            locations[location[1]] = (names[line[1]], line[2])
    samples = []
    for number, value in profile:
        if number == 2:
            sample = list(fields(value))
            labels = [dict(fields(label)) for key, label in sample if key == 3]
            samples.append(([locations[i] for key, i in sample if key == 1], tuple(i for key, i in sample if key == 2),
                            {strings[label[1]]: strings[label[2]] for label in labels}))
    assert sorted(values for _, values, _ in samples) == truth
    stack, _, labels = [sample for sample in samples if sample[1][0] == 3][0]
    assert stack[-1] == ('leaked', 0) and [frame for frame in stack if frame[1] in (5, 9) and frame[0] in ('make', '<module>')] == [('make', 5), ('<module>', 9)]
    assert labels['verdict'] == 'leaked' and labels['pages'].startswith('temp/tmp')


def test_a_native_stack_has_modules_and_build_ids(work):
    work.pageleak('check', '--text=/dev/null', '--pprof=o.pb.gz', '--', 'sh', '-c', 'mktemp > /dev/null')
    profile = list(fields(gzip.decompress((work.path / 'o.pb.gz').read_bytes())))
    strings = [value.decode() for number, value in profile if number == 6]
    mappings = [dict(fields(value)) for number, value in profile if number == 3]
    assert any(strings[mapping[5]].endswith('/mktemp') for mapping in mappings) and all(strings[mapping[6]] for mapping in mappings)


def test_nothing_counts(work):
    done = work.pageleak('check', '--text=/dev/null', '--folded=o.folded', '--speedscope=o.speedscope', '--pprof=o.pb.gz', '--', 'true')
    assert done.returncode == 0
    assert (work.path / 'o.folded').read_text() == ''
    assert json.loads((work.path / 'o.speedscope').read_text())['shared']['frames'] == []
    assert gzip.decompress((work.path / 'o.pb.gz').read_bytes())


def test_a_command_of_many_words_takes_no_more_than_its_size(work):
    if 'asan' in str(PAGELEAK):
        pytest.skip('sanitizers take address space without end')
    words = [str(i) for i in range(30000)]
    done = subprocess.run(['sh', '-c', 'ulimit -v 1000000; exec "$@"', 'sh', PAGELEAK, 'run', '--size=16M', '--text=/dev/null', '--speedscope', 'true', *words],
                          cwd=work.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)['name'] == 'pageleak true ' + ' '.join(words)
