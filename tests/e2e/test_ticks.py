"""Inode numbers that are used again within one tick of the kernel's clock: the same number and the same birth time."""
PROGRAM = '''
import os
for i in range(%(count)d):
    path = 'x%%d' %% i
    os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    os.unlink(path)
os.close(os.open('certain', os.O_CREAT | os.O_EXCL))
for i in range(%(count)d):
    path = 'y%%d' %% (i %% 3)
    open(path, 'w').close()
    os.unlink(path)
open('judged', 'w').close()
for i in range(%(count)d):
    open('a', 'w').close()
    os.rename('a', 'b')
os.unlink('b')
'''


def test_lives_of_one_inode_number_are_told_apart(work):
    count = 3000
    program = work.write('ticks.py', PROGRAM % {'count': count})
    result = work.audit('/usr/bin/python3', '-B', program, options=['--pages=**'])
    assert result.status == 23
    assert {path.rsplit('/', 1)[1] for path in result.paths('leaked')} == {'certain', 'judged'}
    assert {path.rsplit('/', 1)[1] for path in result.new} == {'certain', 'judged'}
    assert result.entries('released') == 3 * count
    assert result.entries('vanished') == 0
