"""The documents: they lead somewhere, name files that exist, and quote the code as it is."""
import re
import subprocess

import pytest
from harness.paths import ROOT

SKIPPED = ('build', '.git')
DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob('*.md') if path.relative_to(ROOT).parts[0] not in SKIPPED)
# What a document may name though no file of the tree has that name: the journals, reports and programs of its examples.
TREE = r'(?:preload|report|tests|scripts|man|docs)'


def prose(text):
    """Without blocks of code, whose brackets are no links."""
    return '\n'.join(line for line in text.split('\n') if not line.startswith('    '))


def anchors(text):
    """What GitHub makes of headings."""
    return {re.sub(r'[^\w\- ]', '', heading.replace('`', '')).strip().lower().replace(' ', '-')
            for heading in re.findall(r'^#+ (.*)$', prose(text), re.M)}


def test_documents_are_found():
    assert {'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/why.md', 'docs/options.md', 'scripts/ci/README.md'} <= set(DOCUMENTS)


@pytest.mark.parametrize('document', DOCUMENTS)
def test_links_lead_somewhere(document):
    text = prose((ROOT / document).read_text())
    for target in re.findall(r'\]\(([^)\s]+)\)', text):
        if re.match(r'https?:', target):
            continue
        name, _, anchor = target.partition('#')
        path = (ROOT / document).parent / name if name else ROOT / document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text()), target


@pytest.mark.parametrize('document', [name for name in DOCUMENTS if name != 'CHANGELOG.md'])
def test_files_that_are_named_exist(document):
    """`report/judge/verdict.c`, `report/judge/` and `tests/unit/test_*.c` alike; `render_NAME.c` and FOLDER stand for any name."""
    text = (ROOT / document).read_text()
    for name in re.findall(r'(?<![\w./-])(%s/[\w./*-]*[\w*/])' % TREE, text):
        pattern = re.sub(r'[A-Z][A-Z_]+(?=[./_])|(?<=[/_])[A-Z][A-Z_]+$', '*', name) if '/LAYERS' not in name else name
        assert list(ROOT.glob(pattern.rstrip('/'))), name


@pytest.mark.parametrize('document', ['ARCHITECTURE.md', 'CONTRIBUTING.md'])
def test_files_that_are_named_without_their_folder_exist(document):
    files = {path.name for half in ('preload', 'report', 'tests', 'scripts') for path in (ROOT / half).rglob('*')}
    for name in re.findall(r'`([\w-]+\.(?:c|h|def|py|js|mk|css))`', (ROOT / document).read_text()):
        assert name in files or re.search(r'[A-Z]', name), name


def test_the_readme_is_a_front_page():
    assert len((ROOT / 'README.md').read_text().splitlines()) <= 150


def test_what_is_quoted_from_the_code_is_up_to_date():
    done = subprocess.run([str(ROOT / 'scripts' / 'docs'), '--check'], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr


def test_every_folder_is_in_the_code_map():
    """LAYERS lists each folder, and the map quotes LAYERS."""
    text = (ROOT / 'ARCHITECTURE.md').read_text()
    for half in ('preload', 'report'):
        for folder in sorted(path for path in (ROOT / half).iterdir() if path.is_dir()):
            assert '| `%s/%s/` |' % (half, folder.name) in text
