"""Waiting for events. No test waits for a number of seconds: a machine with much to do needs more of them."""
import time

LIMIT = 300  # seconds; what has not come by then never will. No test depends on its value.
STEP = 0.01  # seconds between two tries


def until(condition, what):
    """Waits until the condition is true and gives its value. `what` names it, or is a function that tells more about a failure."""
    end = time.monotonic() + LIMIT
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, what() if callable(what) else '%s: this has not happened' % what
        time.sleep(STEP)


def appears(path):
    until(path.exists, '%s appears' % path)


def says(path, part, count=1):
    """Waits until a file has the part as often as that; gives all its text."""
    def text():
        said = path.read_text() if path.exists() else ''
        return said if said.count(part) >= count else None
    return until(text, lambda: '%r has not come: %s' % (part, path.read_text() if path.exists() else 'there is no %s' % path))
