"""Fixtures of all end-to-end tests. What they are made of is in harness/."""
import os

import pytest

pytest.register_assert_rewrite('harness')

from harness.audits import Work  # noqa: E402
from harness.machine import prepare, pythons  # noqa: E402

prepare()


@pytest.fixture
def work():
    with Work() as directory:
        yield directory


def pytest_generate_tests(metafunc):
    """`python`: each interpreter in turn."""
    if 'python' in metafunc.fixturenames:
        found = pythons()
        if 'PAGELEAK_TESTED' in os.environ:  # the command alone is another one: what it reads is much the same whoever wrote it
            found = dict([*found.items()][:1] + sorted(found.items(), key=lambda one: [int(n) for n in one[1].split('.')])[-1:])
        metafunc.parametrize('python', list(found), ids=['python%s-%d' % (version, number)
                                                         for number, version in enumerate(found.values())])
