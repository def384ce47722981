"""The commonest bug of tools like this one: a function is replaced and its sibling is not. Every `64`, `_2`, `_chk`, `__`,
`_time64`, `_nocancel` ... relative that libc exports of a replaced function is replaced, too, or stands here with the reason."""
import re
import subprocess

import pytest

from harness.paths import HOOKS_DEF

NEVER_CREATES = 'aborts when O_CREAT is asked for'
NO_NAME = 'makes files without names (O_TMPFILE); where it cannot, the name is gone before it returns'

WIPED = 'a forked child is told by memory that the kernel wipes (preload/journal/journal_map.h), whatever made it'
TWICE = 'returns twice on one stack: no wrapper may stand under it; hooks are safe in its child'

EXCEPTIONS = {
    '__open_2': NEVER_CREATES,
    '__open64_2': NEVER_CREATES,
    '__openat_2': NEVER_CREATES,
    '__openat64_2': NEVER_CREATES,
    '__mq_open_2': NEVER_CREATES,
    'tmpfile': NO_NAME,
    'tmpfile64': NO_NAME,
    'fork': WIPED,
    '__fork': WIPED,
    '_Fork': WIPED,
    'vfork': TWICE,
    '__vfork': TWICE,
    'clone': TWICE,
    '__clone': TWICE,
    'pidfd_spawn': 'glibc 2.39; its child says hello by itself, but one that loses the environment is not named',
    'pidfd_spawnp': 'as pidfd_spawn',
}
# Not in hooks.def, but their relatives must be excused as well.
RELATED = {'fork', 'vfork', 'clone', 'tmpfile', 'pidfd_spawn', 'pidfd_spawnp'}


def replaced():
    return set(re.findall(r'^(?:HOOK|ODD)\(\d+, [^,]+, (\w+),', HOOKS_DEF.read_text(), flags=re.M))


def exported():
    """Names by which libc can be linked with or looked up in, with their versions."""
    path = next(line.split('=> ')[1].split(' ')[0] for line in
                subprocess.run(['ldd', '/bin/sh'], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
                if 'libc.so' in line or 'libc.musl' in line)
    names = {}
    for line in subprocess.run(['nm', '-D', '--defined-only', path], stdout=subprocess.PIPE,
                               check=True).stdout.decode().splitlines():
        name, _, version = line.split()[-1].partition('@')
        if line.split()[-2] in 'TWi':
            names.setdefault(name, set()).add(version.lstrip('@'))
    return names


def stem(name):
    """open for __open64_2, mkostemps for mkostemps64, execve for __libc_execve ..."""
    name = re.sub(r'^(__libc_|__GI_|_IO_|_+)', '', name)
    before = None
    while before != name:
        before = name
        name = re.sub(r'(64|_2|at2?|_chk|_time64|_nocancel|_cancel|_np|_l)$', '', name)
    return name


def test_every_sibling_is_replaced_or_excused():
    names, hooks = exported(), replaced()
    if not any('GLIBC' in version for versions in names.values() for version in versions):
        pytest.skip('not glibc')
    stems = {stem(name) for name in hooks | RELATED}
    siblings = {name for name, versions in names.items() if stem(name) in stems and versions != {'GLIBC_PRIVATE'}}
    assert siblings - hooks - set(EXCEPTIONS) == set()
    assert not hooks & set(EXCEPTIONS)


def test_what_is_replaced_exists():
    """A misspelt row would never be called. openat2 came with glibc 2.43."""
    names = exported()
    if any('GLIBC' in version for version in names['open']):
        assert replaced() - set(names) <= {'openat2'}
