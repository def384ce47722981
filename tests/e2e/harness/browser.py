"""A headless Chromium, driven by WebDriver as chromedriver speaks it, with the standard library alone."""
import base64
import json
import shutil
import subprocess
import tempfile
import urllib.request

from harness.ports import free_port
from harness.waiting import LIMIT, until

ARGUMENTS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
             '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--hide-scrollbars', '--force-color-profile=srgb']
ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'  # W3C WebDriver, "web element identifier"
KEYS = {'Enter': '\ue007', 'Tab': '\ue004', 'Escape': '\ue00c', 'ArrowUp': '\ue013', 'ArrowDown': '\ue015', 'ArrowLeft': '\ue012',
        'ArrowRight': '\ue014', 'Home': '\ue011', 'End': '\ue010', 'PageDown': '\ue00f', 'Space': ' ', 'Shift': '\ue008'}


def missing():
    """What is not installed, '' nothing."""
    return ' and '.join(name for name in ('chromium', 'chromedriver') if not shutil.which(name))


class Browser:
    """One page at a time. `with Browser() as browser:`; nothing of it stays."""

    def __init__(self, width=1400, height=900, phone=False, scale=1):
        self.profile = tempfile.mkdtemp(prefix='pageleak-browser-')
        port = free_port()
        self.driver = subprocess.Popen(['chromedriver', '--port=%d' % port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = 'http://127.0.0.1:%d' % port
        self.session = ''
        options = {'binary': shutil.which('chromium'), 'args': [*ARGUMENTS, '--user-data-dir=' + self.profile, '--window-size=%d,%d' % (width, height)]}
        if phone:
            options['mobileEmulation'] = {'deviceMetrics': {'width': width, 'height': height, 'pixelRatio': scale, 'touch': True}}
        elif scale != 1:
            options['args'].append('--force-device-scale-factor=%s' % scale)
        try:
            until(self._is_ready, 'chromedriver comes up')
            made = self._send('POST', '/session', {'capabilities': {'alwaysMatch': {
                'browserName': 'chrome', 'goog:chromeOptions': options, 'goog:loggingPrefs': {'browser': 'ALL'}}}})
        except BaseException:
            self.close()
            raise
        self.session = '/session/' + made['sessionId']

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            if self.session:
                self._send('DELETE', '')
        finally:
            self.driver.terminate()
            self.driver.wait(LIMIT)
            shutil.rmtree(self.profile, ignore_errors=True)

    def _is_ready(self):
        assert self.driver.poll() is None, 'chromedriver has ended'
        try:
            return self._send('GET', '/status')
        except OSError:
            return None

    def _send(self, method, path, body=None):
        data = None if body is None and method != 'POST' else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.address + self.session + path, data=data, method=method, headers={'Content-Type': 'application/json'})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=LIMIT) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as failure:
            raise RuntimeError(json.load(failure)['value']['message']) from None

    # ---- a page ----
    def open(self, path, address=''):
        self._send('POST', '/url', {'url': 'about:blank'})
        self._send('POST', '/url', {'url': 'file://%s%s' % (path, address)})

    def run(self, script, *arguments):
        """The value that `script` returns."""
        return self._send('POST', '/execute/sync', {'script': script, 'args': arguments})

    def find(self, selector):
        return self._send('POST', '/element', {'using': 'css selector', 'value': selector})[ELEMENT]

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)  # the page's head may be above it
        self._send('POST', '/element/%s/click' % self.find(selector))

    def type(self, selector, text):
        self._send('POST', '/element/%s/value' % self.find(selector), {'text': text})

    def press(self, *keys):
        """Keys to whatever has the focus, one after the other; "Shift+Tab" holds the first."""
        steps = []
        for key in keys:
            held = [KEYS.get(part, part) for part in key.split('+')] if len(key) > 1 else [key]
            steps += [{'type': 'keyDown', 'value': part} for part in held] + [{'type': 'keyUp', 'value': part} for part in reversed(held)]
        self._send('POST', '/actions', {'actions': [{'type': 'key', 'id': 'keys', 'actions': steps}]})

    def wait(self, condition):
        """Until the script's value is true; gives it."""
        return until(lambda: self.run('return ' + condition), condition)

    def media(self, **features):
        """As the system would have it: prefers_color_scheme='dark', ..."""
        self._send('POST', '/goog/cdp/execute', {'cmd': 'Emulation.setEmulatedMedia', 'params': {
            'features': [{'name': name.replace('_', '-'), 'value': value} for name, value in features.items()]}})

    def on_paper(self, wanted=True):
        """The page as it is printed, from then on."""
        self._send('POST', '/goog/cdp/execute', {'cmd': 'Emulation.setEmulatedMedia', 'params': {'media': 'print' if wanted else ''}})
        self.run("dispatchEvent(new Event(arguments[0]))", 'beforeprint' if wanted else 'afterprint')

    def pdf(self, path):
        """What the browser prints: one page of A4 after the other."""
        path.write_bytes(base64.b64decode(self._send('POST', '/print', {'page': {'width': 21, 'height': 29.7}})))

    def complaints(self):
        """What the console has said since it was last asked: errors, exceptions, violations of the policy, and whatever else."""
        return [entry['message'] for entry in self._send('POST', '/se/log', {'type': 'browser'}) if entry['level'] != 'DEBUG']

    def picture(self, path):
        path.write_bytes(base64.b64decode(self._send('GET', '/screenshot')))

    def whole_picture(self, path, height=20000):
        """The page from top to bottom, as far as `height`."""
        full = min(height, self.run('return document.documentElement.scrollHeight'))
        width = self.run('return document.documentElement.clientWidth')
        shot = self._send('POST', '/goog/cdp/execute', {'cmd': 'Page.captureScreenshot', 'params': {
            'captureBeyondViewport': True, 'clip': {'x': 0, 'y': 0, 'width': width, 'height': full, 'scale': 1}}})
        path.write_bytes(base64.b64decode(shot['data']))
