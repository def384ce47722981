"""The HTML report in a browser: what it shows and does by mouse, keyboard, phone and in the dark; any error of its script, and any word
on the console, fails the test. What is in the file: test_html.py."""
import json
import subprocess

import pytest

from harness import processes
from harness.audits import Work
from harness.browser import Browser, missing
from test_html import HOSTILE, HOSTILE_PROGRAM

pytestmark = pytest.mark.skipif(missing() != '', reason='not installed: ' + missing())

PROGRAM = r'''import gc, os, tempfile
from pathlib import Path

cache = Path("cache")
gc.disable()


class Table:
    count = 0

    def __init__(self):
        Table.count += 1
        cache.mkdir(exist_ok=True)
        self.page = cache / f"{Table.count}.dat"
        self.page.write_bytes(b"123")

    def __del__(self):
        self.page.unlink()


def spool(size):
    handle, path = tempfile.mkstemp(prefix="spool-")
    os.write(handle, b"x" * size)


for _ in range(3):
    spool(20000)
directory = tempfile.mkdtemp(prefix="rows-")
kept = [Table()]
table = Table()
table.rows = [table]
del table
'''

# Many findings: a function of its own for each.
MANY = r'''import os, types
def work(directory, number): os.symlink("x", "%s/%d" % (directory, number))
functions = [types.FunctionType(work.__code__.replace(co_name="work_%d" % n, co_firstlineno=n + 1), globals()) for n in range(50000)]
for number, function in enumerate(functions): function(os.environ["TMPDIR"], number)
'''


def made(directory, program, *options):
    directory.mkdir(parents=True)
    work = Work(directory)
    work.write('app.py', program)
    done = work.pageleak('run', '--html=o.html', '--json=o.json', '--text=/dev/null', *options, '--', '/usr/bin/python3', '-B', 'app.py')
    assert done.returncode == 0, done.stderr
    return directory / 'o.html', json.loads((directory / 'o.json').read_text())


@pytest.fixture(scope='module')
def directory(tmp_path_factory):
    with Work() as work:
        yield work.path


@pytest.fixture(scope='module')
def report(directory):
    return made(directory / 'few', PROGRAM, '--why', '--pages=cache/**', '--pages=@default')


@pytest.fixture(scope='module')
def started():
    with Browser() as browser:
        yield browser


@pytest.fixture
def browser(started):
    started.media()
    yield started
    assert started.complaints() == []


def opened(browser, page, address=''):
    browser.open(page, address)
    browser.wait("document.documentElement.dataset.ready === 'true'")
    return browser


def rows(browser):
    return browser.run("return [...document.querySelectorAll('#grid .rows .row')].map((row) => row.innerText.split('\\n').join(' '))")


def test_what_a_reader_sees_first(browser, report):
    page, truth = report
    opened(browser, page)
    leaked = truth['summary']['leaked']
    assert browser.run("return document.querySelector('h1').innerText").endswith('%d pages leaked, %.1f KiB' % (leaked['entries'], leaked['bytes'] / 1024))
    assert 'spool' in browser.run("return document.querySelector('.hero p').innerText") and browser.run('return document.title').startswith('pageleak: 4 pages leaked')
    assert len(rows(browser)) == len(truth['findings']) == 4
    assert browser.run("return document.getElementById('finding-title').innerText").startswith('leaked 3 pages')
    assert 'handle, path = tempfile.mkstemp' in browser.run("return document.querySelector('.source .meant').innerText")


def test_sorts_and_filters(browser, report):
    opened(browser, report[0])
    browser.click('[data-sort=entries]')
    browser.click('[data-sort=entries]')
    assert browser.run("return document.querySelector('[aria-sort=ascending]').innerText").startswith('Pages')
    assert ' 3 ' in rows(browser)[-1]
    browser.type('#words', 'cycle')
    browser.wait("document.querySelectorAll('#grid .rows .row').length === 1")
    assert browser.run("return document.getElementById('shown').innerText") == '1 of 4 findings'
    browser.click('#clear')
    browser.click('button.card[data-verdict=late]')
    assert len(rows(browser)) == 2 and all(row.startswith('late') for row in rows(browser))
    browser.type('#words', 'no such thing')
    browser.wait("document.querySelector('.empty').innerText === 'No finding passes these filters.'")


def test_a_finding_and_its_address(browser, report):
    page, truth = report
    held = next(finding for finding in truth['findings'] if finding['cause'] and finding['cause']['kind'] == 'referenced')
    opened(browser, page, '#finding=' + held['id'])
    told = browser.run("return document.getElementById('finding').innerText")
    assert held['cause']['detail'] in told and held['rule'] in told and 'Table.__del__' in told
    assert browser.run("return [...document.querySelectorAll('.graph .node title')].map((one) => one.textContent)") == [*held['cause']['chain'][::-1], held['pages'][0]['path'].replace(
        truth['audit']['cwd'] + '/', '')]
    folded = browser.run("return document.querySelectorAll('.frame').length")
    browser.click('.fold button')
    assert browser.run("return document.querySelectorAll('.frame').length") > folded
    browser.run("location.hash = '#finding=%s'" % truth['findings'][0]['id'])
    browser.wait("document.getElementById('finding-title').innerText.startsWith('leaked 3')")


def test_what_is_told_is_of_the_list(browser, report):
    opened(browser, report[0])
    title = "return document.getElementById('finding-title').innerText"
    browser.click('button.card[data-verdict=late]')
    assert browser.run(title).startswith('late') and 'aria-selected="true"' in browser.run("return document.getElementById('row-0').outerHTML")
    browser.type('#words', 'no such thing')
    browser.wait("document.getElementById('finding').hidden")
    assert browser.run('return location.hash') == ''
    browser.click('#clear')
    assert browser.run(title).startswith('leaked 3 pages')


def test_an_address_of_no_finding(browser, report):
    opened(browser, report[0], '#finding=0123<b>')
    assert browser.run("return document.getElementById('finding-title').innerText") == 'No finding 0123<b> in this report'
    assert browser.run("return document.getElementById('said').textContent") == 'No finding 0123<b> in this report'
    assert not browser.run("return document.querySelector('[aria-selected=true]')")
    browser.click('#row-1')
    assert 'No finding' not in browser.run("return document.getElementById('finding').innerText")
    browser.run("location.hash = '#finding=none'")
    browser.wait("document.getElementById('finding-title').innerText === 'No finding none in this report'")


def test_flame_graph_zooms_and_is_searched(browser, report):
    opened(browser, report[0])
    browser.run("document.getElementById('flame').scrollIntoView()")
    browser.wait("document.querySelectorAll('.flames [role=treeitem]').length > 8")
    name = "return document.activeElement.innerText"
    browser.run("document.querySelector('.flames [role=treeitem]').focus()")
    browser.press('ArrowDown')
    assert browser.run(name) == 'leaked'
    browser.press('ArrowRight')
    assert browser.run(name) == 'late'
    browser.run("window.before = document.activeElement; document.querySelector('.flames').style.width = '80%'")
    browser.wait('!window.before.isConnected')  # drawn anew, and the focus is where it was
    assert browser.run(name) == 'late'
    browser.press('ArrowLeft', 'ArrowDown', 'ArrowDown', 'ArrowDown')
    assert browser.run(name).startswith('spool (app.py:')
    browser.press('Enter')
    assert browser.run("return document.activeElement.style.width") == '100%'
    browser.press('Escape', 'Escape', 'Escape', 'Escape')
    assert browser.run("return [...document.querySelectorAll('.flames [role=treeitem]')].filter((one) => one.innerText === 'late').length") == 1
    browser.type('#flame-search', 'mkstemp')
    browser.wait("document.querySelectorAll('.flames .hit').length > 0")
    assert '3 pages' in browser.run("return document.querySelector('#flame .toolbar [role=status]').innerText")
    browser.click('#flame input[value=native]')
    browser.click('#flame input[value=bytes]')
    browser.wait("!document.querySelector('.flames .python')")


def test_timeline_is_read_by_keyboard(browser, report):
    opened(browser, report[0])
    browser.run("document.querySelector('svg.timeline').focus()")
    browser.press('End')
    assert '4 of them never released' in browser.run("return document.querySelector('svg.timeline').getAttribute('aria-valuetext')")
    browser.run("document.querySelector('#timeline details').open = true")
    browser.wait("document.querySelectorAll('#timeline td').length > 6")


# Short-lived and clean ones that make much, a clean one that outlives them, and two that leave a page.
LANES = r'''import subprocess, sys
stays = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
for number in range(20):
    subprocess.check_call(["sh", "-c", "rm $(mktemp) $(mktemp) $(mktemp)" if number not in (3, 19) else "mktemp; :"])
stays.stdin.close()
stays.wait()
'''


def test_lanes_are_of_those_that_matter(browser, directory):
    page, truth = made(directory / 'lanes', LANES)
    opened(browser, page)
    lanes = "return [...document.querySelectorAll('.lane title')].map((one) => one.textContent)"
    browser.wait("document.querySelectorAll('.lane').length === 14")
    drawn, count = browser.run(lanes), browser.run('return PROCESSES.count - replacedBy.size')
    for owner in {finding['owner']['pid'] for finding in truth['findings']}:
        assert any('(pid %d)' % owner in lane for lane in drawn)
    assert any(lane.startswith('cat') for lane in drawn) and drawn[0].startswith('python3')
    starts = browser.run("return laneProcesses().map(firstImageStart)")
    assert starts == sorted(starts)
    assert '%d more processes, shorter-lived and without findings' % (count - 14) in browser.run("return document.getElementById('timeline').innerText")
    browser.click('#timeline p button')
    assert len(browser.run(lanes)) == count
    browser.click('#timeline p button')
    assert len(browser.run(lanes)) == 14


def test_a_process_whose_end_nobody_saw(browser, work):
    work.pageleak('record', '--journal=j', '--', '/usr/bin/python3', '-c', 'import os, tempfile; tempfile.mkstemp(); os.kill(os.getpid(), 9)')
    assert work.pageleak('report', '--html=o.html', 'j').returncode == 0
    opened(browser, work.path / 'o.html')
    browser.wait("document.querySelectorAll('.lane.endless').length === 1")
    assert 'no end on record' in browser.run("return document.querySelector('.lane.endless title').textContent")


def test_without_a_mouse(browser, report):
    opened(browser, report[0])
    browser.press('Tab')
    assert browser.run("return document.activeElement.className") == 'skip'
    browser.press('/', 'h', 'e', 'l', 'd')
    browser.wait("document.querySelectorAll('#grid .rows .row').length === 1")
    browser.run('clearFilters()')
    browser.run("document.getElementById('grid').focus()")
    browser.press('Home', 'ArrowDown', 'ArrowDown')
    active = browser.run("return document.getElementById(document.getElementById('grid').getAttribute('aria-activedescendant')).getAttribute('aria-selected')")
    assert active == 'true' and browser.run('return table.at') == 2
    browser.press('Enter')
    assert browser.run("return document.activeElement.id") == 'finding-title'
    browser.press('Escape')
    assert browser.run("return document.activeElement.id") == 'grid'
    browser.press('?')
    assert browser.run("return document.getElementById('keys').open")
    browser.press('Escape')
    # Every stop has a name, and the focus is seen on each.
    stops = set()
    for _ in range(60):
        browser.press('Tab')
        stop = browser.run("""const at = document.activeElement, style = getComputedStyle(at);
            const name = at.getAttribute('aria-label') || at.innerText || at.title || at.id || at.labels?.[0]?.innerText;
            const seen = style.outlineStyle !== 'none' || getComputedStyle(at.nextElementSibling ?? at).outlineStyle !== 'none';
            return at === document.body ? null : [at.tagName, name, seen]""")
        if not stop:
            break
        assert stop[1] and stop[2], stop
        stops.add(stop[0])
    assert {'BUTTON', 'INPUT', 'DIV', 'svg'} <= stops


# Contrast of text by WCAG 2, of what is there and not empty; grounds are all opaque.
CONTRAST = """
const light = (color) => {
  const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255).map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (color !== 'rgba(0, 0, 0, 0)' && color !== 'transparent') return color;
  }
  return 'rgb(255, 255, 255)';
};
const poor = [];
for (const element of document.querySelectorAll('main *, header *')) {
  if (element.closest('svg') || !element.checkVisibility() || ![...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim())) continue;
  const [x, y] = [light(getComputedStyle(element).color), light(ground(element))], ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  if (ratio < 4.5) poor.push([element.className, element.textContent.slice(0, 30), ratio]);
}
return poor;
"""


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_light_and_dark(browser, report, scheme):
    browser.media(prefers_color_scheme=scheme)
    opened(browser, report[0])
    browser.run("localStorage.removeItem('pageleak-theme'); document.getElementById('flame').scrollIntoView()")
    browser.wait("document.querySelectorAll('.flames [role=treeitem]').length > 8")
    sheet = "return getComputedStyle(document.getElementById('top')).backgroundColor"
    as_system = browser.run(sheet)
    assert browser.run(CONTRAST) == []
    browser.click('#theme')  # light
    first = browser.run(sheet)
    browser.click('#theme')  # dark
    assert [first, browser.run(sheet)] == ['rgb(255, 255, 255)', 'rgb(28, 32, 39)'] and as_system == (first if scheme == 'light' else 'rgb(28, 32, 39)')
    browser.click('#theme')


@pytest.mark.parametrize('width', [360, 390])
def test_a_phone(report, width):
    with Browser(width, 800, phone=True) as browser:
        opened(browser, report[0])
        browser.run("document.getElementById('flame').scrollIntoView()")
        browser.wait("document.querySelectorAll('.flames [role=treeitem]').length > 5")
        assert browser.run('return [document.documentElement.scrollWidth, innerWidth]') == [width, width]
        browser.wait("""(() => { const nav = document.getElementById('nav').getBoundingClientRect(), link = document.querySelector('#nav [data-to=flame]');
            return link.getAttribute('aria-current') && link.getBoundingClientRect().left >= nav.left && link.getBoundingClientRect().right <= nav.right; })()""")
        for moment in range(0, 101, 10):
            outside = browser.run("""T.peak_at = T.from + (T.to - T.from) * arguments[0] / 100; drawTimeline(); return [...document.querySelectorAll('svg.timeline text')].filter((one) =>
                one.getBBox().x < 0 || one.getBBox().x + one.getBBox().width > timeline.width).map((one) => one.textContent)""", moment)
            assert outside == []
        browser.click('#row-2')
        assert browser.run("return document.getElementById('finding').getBoundingClientRect().top") < 400
        assert browser.run('return document.documentElement.scrollWidth') == width
        assert browser.complaints() == []


def test_on_paper(browser, report, directory):
    page, truth = report
    opened(browser, page)
    browser.run('clearFilters(); select(state.shown[3])')
    before = browser.run('return timeline.width')
    browser.on_paper()
    assert browser.run('return timeline.width') == 680
    told = browser.run("return document.getElementById('main').innerText")
    assert '4 pages leaked' in told and all(verdict in told for verdict in truth['summary'] if verdict != 'sites')
    assert len(browser.run("return [...document.querySelectorAll('.printed > table tbody tr')]")) == 4
    shown = "return [...document.querySelectorAll('article')].filter((one) => one.checkVisibility()).map((one) => one.innerText)"
    for finding, article in zip(truth['findings'], browser.run(shown), strict=True):
        assert finding['verdict'] in article and finding['rule'] in article and 'Where it was made' in article
        assert finding['pages'][0]['path'].rpartition('/')[2] in article and (not finding['cause'] or finding['cause']['detail'] in article)
    assert browser.run("return document.querySelectorAll('.printed .graph').length") == sum(bool(finding['cause'] and len(finding['cause']['chain']) > 1) for finding in truth['findings'])
    assert browser.run("return document.querySelectorAll('.flames [role=treeitem]').length > 8")
    browser.on_paper(False)
    assert not browser.run("return document.querySelector('.printed')")
    browser.wait('timeline.width === %d' % before)
    printed = directory / 'o.pdf'
    browser.pdf(printed)
    assert printed.read_bytes().startswith(b'%PDF') and not browser.run("return document.querySelector('.printed')")


def test_much_on_paper_is_cut_and_says_so(browser, directory):
    page, _ = made(directory / 'much', MANY.replace('50000', '700'))
    opened(browser, page)
    browser.run('select(699)')
    browser.on_paper()
    told = browser.run("return document.querySelector('.printed').innerText")
    assert 'These are 500 of 700 findings.' in told and 'Details of 51 of the 700 findings:' in told
    assert browser.run("return [...document.querySelectorAll('.printed article')].length") == 51
    browser.on_paper(False)


def test_hostile_names(browser, directory):
    page, truth = made(directory / 'bad', HOSTILE_PROGRAM)
    opened(browser, page)
    assert browser.run('return document.title').startswith('pageleak: ')
    assert browser.run("return document.querySelectorAll('img, script').length") == 1  # the page's own; the data is taken out
    seen = browser.run("return state.shown.map((one) => { select(one); return document.getElementById('finding').textContent; }).join('')")
    for finding in truth['findings']:
        for one in finding['pages']:
            assert one['path'].rpartition('/')[2] in seen
    assert len(HOSTILE) == truth['summary']['leaked']['entries']


def test_fifty_thousand_findings(browser, directory):
    path = directory / 'many'
    path.mkdir(parents=True)
    work = Work(path)
    work.write('app.py', MANY)
    assert work.pageleak('run', '--html=o.html', '--text=/dev/null', '--', '/usr/bin/python3', '-B', 'app.py').returncode == 0
    page = path / 'o.html'
    assert page.stat().st_size < 20e6
    before = processes.computed(browser.driver.pid)
    opened(browser, page)
    assert processes.computed(browser.driver.pid) - before < 5 and browser.run('return F.count') == 50000
    assert 0 < browser.run("return document.querySelectorAll('#grid .rows .row').length") < 60
    before = processes.computed(browser.driver.pid)
    browser.run("""state.words = 'work_4999'; refresh(); sortBy('made'); sortBy('entries'); clearFilters();
        flame.visible = true; updateFlame(); moveTo(49999)""")
    assert processes.computed(browser.driver.pid) - before < 4
    assert browser.run("return document.getElementById('row-49999').getAttribute('aria-selected')") == 'true'
    browser.run("document.getElementById('grid').scrollTop = 500000")
    browser.wait("[...document.querySelectorAll('#grid .rows .row')].some((row) => row.id === 'row-%d')" % (500000 // 34 + 3))


def test_a_baseline_to_be_renewed(browser, work):
    work.write('app.py', PROGRAM)
    program = ['/usr/bin/python3', '-B', 'app.py']
    assert work.pageleak('run', '--json=base.json', '--text=/dev/null', '--', *program).returncode == 0
    work.write('app.py', 'import tempfile, sys\nif len(sys.argv) > 1: tempfile.mkstemp()\n')
    headline = "return document.querySelector('h1').innerText"
    for more, title in ((['x'], '1 page leaked, 0 B'), ([], 'No leaks, but the baseline is to be renewed')):
        options = ['--html=o.html', '--text=/dev/null', '--baseline=base.json']
        assert work.pageleak('run', *options, '--fail-on-fixed', '--', *program, *more).returncode == 23
        opened(browser, work.path / 'o.html')
        assert browser.run(headline).endswith(title)
        assert browser.run("return document.getElementById('fixed').innerText").startswith('!\nThe gate fails: 4 findings of the baseline are no more')
        assert ('but the baseline is to be renewed' in (work.path / 'o.html').read_text().split('</title>')[0]) == (not more)
        assert work.pageleak('run', *options, '--', *program, *more).returncode == 0
        opened(browser, work.path / 'o.html')
        assert not browser.run("return document.getElementById('fixed')")


def test_an_incomplete_audit_says_so(browser, work):
    library = subprocess.run(['cc', '-static', '-x', 'c', '-', '-o', work.path / 'static'], input=b'int main(void) { return 0; }', stderr=subprocess.PIPE)
    assert library.returncode == 0, library.stderr
    assert work.pageleak('run', '--html=o.html', '--text=/dev/null', '--pages=temp/**', '--', 'sh', '-c', './static; true').returncode == 0
    opened(browser, work.path / 'o.html')
    assert browser.run("return document.querySelector('h1').innerText").endswith('No leak was seen, but not everything was')
    assert 'static' in browser.run("return document.getElementById('coverage').innerText")
    assert '! not audited static' in browser.run("return document.getElementById('processes').innerText.replaceAll('\\n', ' ')")
