"""Journals that are not what they should be: one clear line, 125, nothing worse."""
import os
import random
import re
import struct

import pytest


@pytest.fixture
def journal(work):
    assert work.pageleak('record', '--journal=good', '--size=2M', 'sh', '-c', 'mktemp; mktemp -d').returncode == 0
    return (work.path / 'good').read_bytes()


def refused(work, name, *parts):
    said = work.pageleak('report', name)
    assert said.returncode == 125 and said.stdout == ''
    assert said.stderr.count('\n') == 1 and said.stderr.startswith('pageleak: ' + name)
    for part in parts:
        assert part in said.stderr


def test_missing(work):
    refused(work, 'missing', 'No such file')


def test_directory(work):
    refused(work, 'temp', 'is a directory')


def test_device(work):
    refused(work, '/dev/null', 'not a regular file')


def test_fifo_does_not_hang(work):
    os.mkfifo(work.path / 'fifo')
    refused(work, 'fifo', 'not a regular file')


def test_empty(work):
    work.write('empty', '')
    refused(work, 'empty', 'offset 0')


@pytest.mark.parametrize('size', [1, 7, 100, 4096, 100000])
def test_random_bytes(work, size):
    (work.path / 'random').write_bytes(random.Random(size).randbytes(size))
    refused(work, 'random', 'offset')


@pytest.mark.parametrize('size', [8, 12, 63, 300])
def test_cut_within_the_header(work, journal, size):
    (work.path / 'cut').write_bytes(journal[:size])
    refused(work, 'cut', 'offset')


def test_other_version(work, journal):
    (work.path / 'other').write_bytes(journal[:8] + struct.pack('=I', 77) + journal[12:])
    refused(work, 'other', 'version 77')


def test_unknown_incompatible_flag(work, journal):
    (work.path / 'other').write_bytes(journal[:24] + struct.pack('=Q', 1 << 5) + journal[32:])
    refused(work, 'other', '5')


def test_unknown_compatible_flag_is_ignored(work, journal):
    (work.path / 'other').write_bytes(journal[:16] + struct.pack('=Q', 1 << 5) + journal[24:])
    assert work.pageleak('report', 'other').returncode == 0


@pytest.mark.parametrize('size', [4096, 8192, 12288, 20000])
def test_truncated_is_reported_as_far_as_it_goes(work, journal, size):
    (work.path / 'cut').write_bytes(journal[:size])
    said = work.pageleak('report', 'cut')
    assert said.returncode in (0, 125)
    assert 'truncated' in said.stderr
    for line in said.stderr.splitlines():
        assert re.match(r'pageleak: ', line)


def test_every_damage_is_survived(work, journal):
    dice = random.Random(1)
    used = struct.unpack_from('=Q', journal, 48)[0]
    for _ in range(60):
        damaged = bytearray(journal[:used])
        for _ in range(dice.randrange(1, 40)):
            damaged[dice.randrange(64, used)] = dice.randrange(256)
        (work.path / 'damaged').write_bytes(bytes(damaged))
        assert work.pageleak('report', '--json=out.json', 'damaged').returncode in (0, 125)


def test_hostile_extent_costs_nothing(work, journal):
    damaged = bytearray(journal)
    struct.pack_into('=Q', damaged, 48, 1 << 34)
    struct.pack_into('=Q', damaged, 32, 1 << 34)
    path = work.path / 'huge'
    path.write_bytes(bytes(damaged))
    os.truncate(path, 1 << 34)
    assert work.pageleak('report', 'huge').returncode in (0, 125)


def test_several_journals(work, journal):
    (work.path / 'second').write_bytes(journal)
    said = work.pageleak('report', 'good', 'second')
    assert said.returncode == 0 and '== good ==' in said.stdout and '== second ==' in said.stdout
    said = work.pageleak('report', 'good', 'missing')
    assert said.returncode == 125 and '== good ==' in said.stdout


def test_gate_of_report(work, journal):
    assert work.pageleak('report', '--fail-on=leaked', 'good').returncode == 23
    assert work.pageleak('report', 'good').returncode == 0
    assert work.pageleak('report', '--fail-on=vanished', 'good').returncode in (0, 24)


def test_of_another_user(work, journal):
    """A report opens files that the journal names: it is not made for whoever left one lying about."""
    if os.geteuid() != 0:
        pytest.skip('needs root')
    path = work.path / 'theirs'
    path.write_bytes(journal)
    os.chown(path, 65534, 65534)
    refused(work, 'theirs', 'belongs to another user', '--force')
    assert work.pageleak('report', '--force', 'theirs').returncode == 0
    os.chown(path, 0, 0)
    assert work.pageleak('report', 'theirs').returncode == 0


def as_of_another_machine(path, to):
    host = os.uname().nodename.encode()
    journal = path.read_bytes()
    assert host in journal[:16384]
    to.write_bytes(journal.replace(host, b'x' * len(host), 1))


def test_what_goes_on_at_another_machine_is_not_said_to_have_been_killed(work):
    """It left no word of its end; nobody here can tell whether it has one."""
    work.pageleak('record', '--journal=here', '/usr/bin/python3', '-c', 'import os, tempfile; tempfile.mkstemp(); os.kill(os.getpid(), 9)')
    as_of_another_machine(work.path / 'here', work.path / 'there')
    for name, ending in ('here', 'killed'), ('there', 'unknown'):
        done = work.pageleak('report', '--json=o.json', '--text', name)
        assert work.load('o.json')['audit']['ending'] == ending
        assert ('the program was killed' in done.stdout) == (ending == 'killed'), done.stdout


def test_of_another_machine(work):
    """Its disk cannot be asked: what the journal says is there counts as there, and the formats that tell limits say so."""
    program = 'import os, tempfile; tempfile.mkdtemp(); os.unlink(tempfile.mkstemp()[1])'
    assert work.pageleak('record', '--journal=here', '/usr/bin/python3', '-c', program).returncode == 0
    host = os.uname().nodename.encode()
    as_of_another_machine(work.path / 'here', work.path / 'there')
    os.rmdir(next(work.temp.iterdir()))

    def report(name):
        done = work.pageleak('report', '--json=o.json', '--html=o.html', '--sarif=o.sarif', '--text', name)
        assert done.returncode == 0, done.stderr
        return work.load('o.json'), done.stdout
    truth, text = report('there')
    limit = 'the journal was written on host %s: what is not found on the disk here, on %s, is taken to be there, its size not known' % ('x' * len(host), host.decode())
    assert limit in truth['coverage']['limits'] and truth['coverage']['complete']
    assert [(finding['verdict'], finding['entries'], finding['bytes']) for finding in truth['findings']] == [('leaked', 1, 0)]
    assert 'note: ' + limit in text
    for name in ('o.html', 'o.sarif'):
        assert limit in (work.path / name).read_text(), name
    truth, _ = report('here')
    assert not truth['coverage']['limits'] and truth['findings'][0]['verdict'] == 'vanished'
