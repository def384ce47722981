"""The HTML report without a browser: one file, no network, its data the same as the JSON report's, and no way out of it for hostile
names. What it looks like and does: test_html_browser.py."""
import base64
import hashlib
import html.parser
import json
import os
import re

import pytest

from harness.machine import need

PROGRAM = r'''import os, tempfile


class Spool:
    def __init__(self, size):
        handle, self.path = tempfile.mkstemp(prefix="spool-")
        os.write(handle, b"x" * size)
        os.close(handle)


for number in range(5):
    Spool(5000)
for number in range(30):
    tempfile.TemporaryDirectory().cleanup()
directory = tempfile.mkdtemp(prefix="rows-")
os.mkdir(directory + "/below")
'''

# What might end a script, a comment, an attribute or the file; not UTF-8; what JSON or JavaScript take for something else.
HOSTILE = [b'</script><script>document.title="bad"</script>', b'<!--<script>', b']]>--!>', b'"><img src=x onerror=alert(1)>', b'a\n\r\tb', b"'`${1}\\",
           b'f\xff\xfe', 'e\u2028\u2029\u202e'.encode(), b'__proto__', b'{{script}}', b'&lt;b&gt;']
HOSTILE_PROGRAM = '''import os
def make(name):
    os.close(os.open(os.fsencode(os.environ["TMPDIR"]) + b"/" + name, os.O_CREAT | os.O_EXCL))
for name in %r:
    exec(compile("def f(name): make(name)", os.fsdecode(name.replace(b"\\0", b"")), "exec"))
    f(name.replace(b"/", b"\\xe2\\x88\\x95"))
''' % (HOSTILE,)


class Page(html.parser.HTMLParser):
    """Elements with their attributes, and what stands in those whose text is code."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.code, self.open = [], {}, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ('script', 'style'):
            self.open = dict(attributes).get('id', tag)
            self.code[self.open] = ''

    def handle_endtag(self, tag):
        if tag in ('script', 'style'):
            self.open = None

    def handle_data(self, data):
        if self.open:
            self.code[self.open] += data

    def data(self):
        return json.loads(self.code['data'])


def column(table, name):
    values = table[name]
    return [values] * table['count'] if isinstance(values, int) else values


def texts(data, table, name):
    return [data['strings'][number] if number >= 0 else '' for number in column(table, name)]


def audited(work, *command, options=(), **more):
    done = work.pageleak('run', '--html=o.html', '--json=o.json', '--text=/dev/null', *options, '--', *command, **more)
    assert done.returncode == 0, done.stderr
    page = (work.path / 'o.html').read_bytes()
    return Page(page.decode()), work.load('o.json'), page.decode()


@pytest.fixture
def report(work):
    work.write('app.py', PROGRAM)
    return audited(work, need('python3'), '-B', 'app.py')


def test_one_file_that_asks_no_network(report):
    page, _, text = report
    assert not [element for element in page.elements if element[0] in ('link', 'img', 'iframe', 'object', 'embed', 'base', 'form', 'audio', 'video', 'source')]
    assert not [attributes for _, attributes in page.elements if 'src' in attributes or 'style' in attributes or any(name.startswith('on') for name in attributes)]
    assert all(attributes['href'].startswith('#') for tag, attributes in page.elements if 'href' in attributes)
    outside = re.findall(r'https?://[^\s"\'`]+', page.code['script'] + page.code['style'])
    assert outside == ['http://www.w3.org/2000/svg']  # a namespace, which nobody fetches
    for way in ('fetch(', 'XMLHttpRequest', 'WebSocket', 'import(', 'eval(', 'new Function', 'innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', '@import', 'url(http'):
        assert way not in page.code['script'] + page.code['style']


def test_the_policy_allows_these_two_alone(report):
    page, _, _ = report
    policy = next(attributes['content'] for tag, attributes in page.elements if attributes.get('http-equiv') == 'Content-Security-Policy')
    hashed = {name: base64.b64encode(hashlib.sha256(page.code[name].encode()).digest()).decode() for name in ('script', 'style')}
    assert policy.split('; ')[:3] == ["default-src 'none'", "script-src 'sha256-%s'" % hashed['script'], "style-src 'sha256-%s'" % hashed['style']]
    assert 'unsafe' not in policy


def test_it_says_what_the_json_report_says(report):
    page, truth, _ = report
    data = page.data()
    found = data['findings']
    assert data['summary'] == truth['summary'] and data['coverage'] == truth['coverage']
    assert {name: data['audit'][name] for name in ('cwd', 'host', 'started', 'ended', 'mode', 'status')} == {
        name: truth['audit'][name] for name in ('cwd', 'host', 'started', 'ended', 'mode', 'status')}
    assert found['count'] == len(truth['findings']) == 2
    for name, key in (('id', 'id'), ('verdict', 'verdict'), ('template', 'template'), ('judged', 'judged'), ('api', 'api'), ('rule', 'rule')):
        assert texts(data, found, name) == [finding[key] for finding in truth['findings']], name
    for name in ('entries', 'bytes', 'site_created', 'site_released'):
        assert column(found, name) == [finding[name] for finding in truth['findings']], name
    paths = [directory + name for directory, name in zip(texts(data, data['pages'], 'directory'), texts(data, data['pages'], 'name'))]
    assert paths == [one['path'] for finding in truth['findings'] for one in finding['pages']]
    assert column(data['processes'], 'pid') == [process['pid'] for process in truth['processes']]


def stack(data, node):
    frames = []
    while node >= 0:
        frame = column(data['stacks'], 'frame')[node]
        frames.append((texts(data, data['frames'], 'function')[frame], texts(data, data['frames'], 'file')[frame], column(data['frames'], 'line')[frame]))
        node = column(data['stacks'], 'caller')[node]
    return frames


def test_stacks_and_source(report):
    page, truth, _ = report
    data = page.data()
    for number, finding in enumerate(truth['findings']):
        assert stack(data, column(data['findings'], 'python')[number]) == [(one['function'], one['file'], one['line']) for one in finding['python']]
        assert stack(data, column(data['findings'], 'native')[number]) == [
            (one['function'] or '', one['file'] or '', one['line'] or 0) for one in finding['native']]
    (changed, first, lines, *_), = [source for file, source in data['sources'].items() if data['strings'][int(file)].endswith('app.py')]
    assert not changed and lines == PROGRAM.split('\n')[first - 1:first - 1 + len(lines)]
    assert any('mkstemp(prefix="spool-")' in line for line in lines)


def test_timeline_is_exact(report):
    page, truth, _ = report
    timeline = page.data()['timeline']
    released = truth['summary']['released']['entries']  # tempfile tries the directory out
    assert released >= 30 and timeline['released_total'] == sum(column(timeline, 'released')) == released
    assert timeline['made_total'] == sum(column(timeline, 'made')) == released + 7
    assert timeline['peak'] == max(column(timeline, 'most')) == 7 and column(timeline, 'live')[-1] == column(timeline, 'left')[-1] == 7
    assert sum(column(page.data()['processes'], 'made')) == released + 7 and sum(column(page.data()['processes'], 'left')) == 7


def test_a_summary_for_who_has_no_script(report):
    _, _, text = report
    inside = re.search(r'<noscript>(.*?)</noscript>', text, re.S)[1]
    assert '<h1>7 pages leaked, ' in inside and 'made by Spool.__init__' in inside and '<td>leaked</td><td>7</td>' in inside


def test_hostile_names_stay_text(work):
    work.write('bad.py', HOSTILE_PROGRAM)
    page, truth, text = audited(work, need('python3'), '-B', 'bad.py', '</script><script>alert(1)</script>')
    data = page.data()
    assert [tag for tag, _ in page.elements].count('script') == 2 and 'img' not in dict(page.elements)
    assert '<' not in page.code['data']
    assert sorted(texts(data, data['pages'], 'name')) == sorted(os.path.basename(one['path']) for finding in truth['findings'] for one in finding['pages'])
    assert '</script><script>alert(1)</script>' in data['audit']['command_line']
    assert 'f\\xff\\xfe' in texts(data, data['pages'], 'name')
    assert re.search(r'<title>pageleak: [^<]*</title>', text)


def test_tests_are_told_apart(work):
    work.write('test_it.py', 'import tempfile\ndef test_leaks(): tempfile.mkdtemp()\ndef test_is_clean():\n with tempfile.TemporaryDirectory(): pass\n')
    page, truth, _ = audited(work, '/usr/bin/python3', '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'test_it.py')
    data = page.data()
    assert [data['strings'][number] for number in data['tests']] == ['test_it.py::test_leaks', 'test_it.py::test_is_clean']
    finding, scope, entries, _ = data['scopes']
    assert data['strings'][scope] == 'test_it.py::test_leaks (call)' == truth['findings'][finding]['scopes'][0] and entries == 1


def test_lists_are_cut_and_say_so(work):
    work.write('many.py', 'import os\nfor i in range(6000): os.close(os.open(os.environ["TMPDIR"] + "/n%d" % i, os.O_CREAT))\n')
    page, _, _ = audited(work, need('python3'), '-B', 'many.py')
    data = page.data()
    assert column(data['findings'], 'entries') == [6000] and column(data['findings'], 'listed') == [5000] and data['pages']['count'] == 5000


def test_no_source_of_what_a_stranger_s_journal_names(work):
    work.write('app.py', PROGRAM)
    assert work.pageleak('record', '--journal=j', '--', need('python3'), '-B', 'app.py').returncode == 0
    for options, there in (([], True), (['--force'], False)):
        done = work.pageleak('report', '--html', *options, 'j')
        assert done.returncode == 0 and (Page(done.stdout).data()['sources'] != {}) == there


@pytest.mark.parametrize('size', range(395, 402))
def test_arguments_that_end_where_they_are_cut(work, size):
    """400 bytes of a process's are shown."""
    program = need('true')
    words = [program, 'x' * (size - len(program) - 1), 'more']
    page, _, _ = audited(work, *words)
    line = ' '.join(words)
    shown = line if len(line) <= 400 else line[:401 if size == 400 else 400] + '...'
    assert shown in page.data()['strings'], [text[-20:] for text in page.data()['strings']]


def test_a_clean_run(work):
    page, _, text = audited(work, 'true')
    data = page.data()
    assert data['findings']['count'] == 0 and '<title>pageleak: no leaks</title>' in text


def test_the_same_report_twice_is_the_same(work):
    assert work.pageleak('record', '--journal=j', '--', 'sh', '-c', 'mktemp').returncode == 0
    assert work.pageleak('report', '--html', 'j').stdout == work.pageleak('report', '--html', 'j').stdout != ''
