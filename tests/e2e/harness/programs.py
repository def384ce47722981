"""Programs that live through a test, and go with it."""
import contextlib
import subprocess

from harness.machine import need
from harness.waiting import LIMIT


@contextlib.contextmanager
def closing_all(kind, *first):
    """A function that makes such things; all of them are closed at the end."""
    with contextlib.ExitStack() as stack:
        def make(*arguments, **more):
            one = kind(*first, *arguments, **more)
            stack.callback(one.close)
            return one
        yield make


class Told:
    """A Python program, app.py, that does as it is told by a line of words and answers each line; the words before start it."""

    def __init__(self, work, program, *before):
        work.write('app.py', program)
        self.process = subprocess.Popen([*map(str, before), need('python3'), '-B', 'app.py'], cwd=work.path, env=work.environ,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid

    def tell(self, words):
        """Gives the answer."""
        self.process.stdin.write(words + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer.endswith('\n'), 'the program has ended'
        return answer[:-1]

    def end(self):
        """Ends it as it would end by itself; gives its status."""
        self.process.stdin.close()
        return self.process.wait(timeout=LIMIT)

    def close(self):
        if self.process.poll() is None:
            self.end()  # a `pageleak run` that is killed leaves its journal
        self.process.stdin.close()
        self.process.stdout.close()
