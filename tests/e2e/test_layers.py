"""The checks of the source tree are seen to fail: scripts/check-layers and scripts/check-format on small trees made here, and the linker on
a unit test that calls a folder above its own."""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

CLEAN = {
    'preload/LAYERS': '# lowest first\nformat  the journal\nsystem  system calls\nhooks   wrappers\n',
    'preload/format/format.h': '',
    'preload/format/functions.def': '',
    'preload/system/clock.h': '#include "format.h"\n',
    'preload/system/clock.c': '#include "system/clock.h"\n#include <time.h>\n',
    'preload/hooks/wrappers.c': '#include "system/clock.h"\n#include "functions.def"\n',
    'report/LAYERS': 'base    texts\nmodel   data\nrender  reports\ncli     commands\n',
    'report/base/text.h': '',
    'report/base/text.c': '#include "base/text.h"\n',
    'report/base/arena.h': '',
    'report/model/page.h': '#include "base/text.h"\n#include "format.h"\n',
    'report/render/render.h': '#include "model/page.h"\n',
    'report/render/json/render_json.c': '#include "render/json/render_json.h"\n#include "render/json/render_json_internal.h"\n',
    'report/render/json/render_json.h': '#include "render/render.h"\n',
    'report/render/json/render_json_internal.h': '#include "render/json/render_json.h"\n',  # a part of its module: no loop
    'report/render/text/render_text.c': '#include "render/render.h"\n',
    'report/render/text/render_text.h': '',
    'report/cli/main.c': '#include "render/render.h"\n#include "render/json/render_json.h"\n',
}


def make(place, files):
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)


def check_layers(place):
    ran = subprocess.run([str(ROOT / 'scripts/check-layers'), str(place)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return ran.returncode, ran.stdout, ran.stderr.splitlines()


def test_clean_tree(tmp_path):
    make(tmp_path, CLEAN)
    assert check_layers(tmp_path) == (0, '', [])


def test_this_tree():
    assert check_layers(ROOT) == (0, '', [])


BELOW = 'check-layers: %s includes %s, which does not stand below it'
NOWHERE = 'check-layers: %s includes %s, which does not exist'
FAULTS = {
    'upward': ({'report/base/arena.h': '#include "model/page.h"\n'}, BELOW % ('report/base/arena.h', 'model/page.h')),
    'upward_with_blanks': ({'preload/system/clock.c': '\t#  include "hooks/init.h"\n', 'preload/hooks/init.h': ''},
                           BELOW % ('preload/system/clock.c', 'hooks/init.h')),
    'from_a_child_of_a_folder_above': ({'report/model/place.h': '#include "render/text/render_text.h"\n'},
                                       BELOW % ('report/model/place.h', 'render/text/render_text.h')),
    'other_half_by_its_path': ({'report/cli/main.c': '#include "../preload/system/clock.h"\n'},
                               BELOW % ('report/cli/main.c', '../preload/system/clock.h')),
    'other_half_by_its_folder': ({'report/cli/main.c': '#include "system/clock.h"\n'}, NOWHERE % ('report/cli/main.c', 'system/clock.h')),
    'other_half_without_a_folder': ({'report/cli/main.c': '#include "clock.h"\n'}, NOWHERE % ('report/cli/main.c', 'clock.h')),
    'own_folder_without_its_name': ({'report/base/text.c': '#include "text.h"\n'}, NOWHERE % ('report/base/text.c', 'text.h')),
    'report_in_preload': ({'preload/hooks/wrappers.c': '#include "../report/base/text.h"\n'},
                          BELOW % ('preload/hooks/wrappers.c', '../report/base/text.h')),
    'sibling': ({'report/render/json/render_json.c': '#include "render/text/render_text.h"\n'},
                BELOW % ('report/render/json/render_json.c', 'render/text/render_text.h')),
    'upper_sibling': ({'report/render/LAYERS': 'json\ntext\n', 'report/render/json/render_json.c': '#include "render/text/render_text.h"\n'},
                      BELOW % ('report/render/json/render_json.c', 'render/text/render_text.h')),
    'loop': ({'report/base/text.h': '#include "base/arena.h"\n', 'report/base/arena.c': '#include "base/text.h"\n'},
             'check-layers: modules include one another in a loop: report/base/'),
    'thirteenth_module': ({'report/base/part%d.c' % number: '' for number in range(11)},
                          'check-layers: report/base holds 13 modules, more than 12: it has two jobs'),
    'name_twice': ({'report/cli/text.c': ''}, 'check-layers: report/cli/text.c has the name of report/base/text.c'),
    'name_in_both_halves': ({'report/base/clock.h': ''}, 'check-layers: report/base/clock.h has the name of preload/system/clock.h'),
    'script_twice': ({'preload/hooks/page.js': '', 'report/render/page.js': ''}, 'has the name of preload/hooks/page.js'),
    'folder_not_listed': ({'report/extra/odd.c': ''}, 'check-layers: report/extra/odd.c: its folder is not in report/LAYERS'),
    'no_folder': ({'report/odd.c': ''}, 'check-layers: report/odd.c: its folder is not in report/LAYERS'),
    'file_that_is_not_there': ({'report/cli/main.c': '#include "base/gone.h"\n'}, NOWHERE % ('report/cli/main.c', 'base/gone.h')),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_fault(tmp_path, fault):
    changed, complaint = FAULTS[fault]
    make(tmp_path, CLEAN)
    make(tmp_path, changed)
    status, _, complaints = check_layers(tmp_path)
    assert status == 1
    assert len(complaints) == 1 and complaint in complaints[0], complaints


def test_siblings_in_the_order_of_their_parent(tmp_path):
    make(tmp_path, CLEAN)
    make(tmp_path, {'report/render/LAYERS': 'text\njson\n', 'report/render/json/render_json.c': '#include "render/text/render_text.h"\n'})
    assert check_layers(tmp_path) == (0, '', [])


def test_twelve_modules(tmp_path):
    make(tmp_path, CLEAN)
    make(tmp_path, {'report/base/part%d.%s' % (number, suffix): '' for number in range(10) for suffix in 'ch'})
    assert check_layers(tmp_path) == (0, '', [])


def test_every_fault_is_listed(tmp_path):
    make(tmp_path, CLEAN)
    for name in ('upward', 'name_twice', 'folder_not_listed', 'sibling'):
        make(tmp_path, FAULTS[name][0])
    status, _, complaints = check_layers(tmp_path)
    assert status == 1
    for name in ('upward', 'name_twice', 'folder_not_listed', 'sibling'):
        assert any(FAULTS[name][1] in complaint for complaint in complaints)


# ---- the linker ----

UNIT_TEST = '''#include "%s"
#include "unit_test.h"
TEST(links)
{
	assert_non_null(%s);
}
int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(links)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
'''


def link(place, half, folder, header, function):
    """Builds a unit test of that folder which needs the function; gives what make said."""
    name = '%s/%s/test_link' % (half, folder)
    make(place, {'unit/%s.c' % name: UNIT_TEST % (header, function)})
    environ = {key: value for key, value in os.environ.items() if key not in ('MAKEFLAGS', 'MAKELEVEL', 'MFLAGS', 'SANITIZE', 'BUILD')}
    return subprocess.run(['make', '-s', 'UNIT=%s/unit' % place, 'UNIT_DIR=%s/out' % place, '%s/out/%s' % (place, name)], cwd=str(ROOT),
                          env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)


def test_unit_test_links_its_folder_and_those_below(tmp_path):
    """In one test: make must not run twice at a time in one tree."""
    for program in ('make', 'cc'):
        if not shutil.which(program):
            pytest.skip('%s is not installed' % program)
    own = link(tmp_path / 'own', 'report', 'replay', 'replay/replay.h', 'replay_run')
    assert own.returncode == 0, own.stdout
    below = link(tmp_path / 'below', 'report', 'replay', 'journal/read.h', 'journal_read')
    assert below.returncode == 0, below.stdout
    assert subprocess.run([str(tmp_path / 'below/out/report/replay/test_link')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    above = link(tmp_path / 'above', 'report', 'journal', 'replay/replay.h', 'replay_run')
    assert above.returncode != 0
    assert 'undefined reference to `replay_run\'' in above.stdout
    library = link(tmp_path / 'library', 'preload', 'system', 'journal/intern.h', 'intern_find')
    assert library.returncode != 0
    assert 'undefined reference to `intern_find\'' in library.stdout


# ---- the format ----

GOOD = 'int answer(void)\n{\n\treturn 42;\n}\n'
BAD = 'int answer( void ) { return 42; }\n'


@pytest.fixture
def format_tree(tmp_path):
    for name in ('scripts/check-format', '.clang-format'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(str(ROOT / name), str(tmp_path / name))
    make(tmp_path, {'preload/system/clock.c': GOOD, 'report/base/text.h': GOOD, 'tests/unit/test_text.c': GOOD})
    if check_format(tmp_path)[0] == 77:
        pytest.skip('clang-format 14 is not installed')
    return tmp_path


def check_format(place, *options):
    ran = subprocess.run([str(place / 'scripts/check-format'), *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return ran.returncode, ran.stdout


def test_formatted_tree(format_tree):
    assert check_format(format_tree) == (0, '')


@pytest.mark.parametrize('name', ['preload/system/clock.c', 'report/base/text.h', 'tests/unit/test_text.c'])
def test_file_in_another_format(format_tree, name):
    make(format_tree, {name: BAD})
    status, said = check_format(format_tree)
    assert status not in (0, 77) and name in said
    assert check_format(format_tree, '-i')[0] == 0
    assert (format_tree / name).read_text() == GOOD
    assert check_format(format_tree) == (0, '')
