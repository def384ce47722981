"""A pseudo terminal with a program in it."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from harness.waiting import LIMIT


class Terminal:
    """Runs a command in it and keeps what is drawn, in bytes: `seen`. Standard streams may be given; else they are the terminal."""

    def __init__(self, command, rows=24, columns=80, **more):
        self.keyboard, screen = pty.openpty()
        self.seen = b''
        self.resize(rows, columns)
        self.process = subprocess.Popen([*map(str, command)], start_new_session=True, preexec_fn=lambda: fcntl.ioctl(screen, termios.TIOCSCTTY, 0),
                                        **{'stdin': screen, 'stdout': screen, 'stderr': screen, **more})
        os.close(screen)

    def resize(self, rows, columns):
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def read(self):
        """Waits for output and keeps it; False when all programs in the terminal have ended."""
        if not select.select([self.keyboard], [], [], LIMIT)[0]:
            raise AssertionError('nothing more comes: %r' % self.seen[-3000:])
        try:
            part = os.read(self.keyboard, 65536)
        except OSError:  # EIO
            return False
        self.seen += part
        return bool(part)

    def until(self, part):
        """Waits until it has been drawn."""
        end = time.monotonic() + LIMIT
        while part not in self.seen:
            assert self.read() and time.monotonic() < end, (part, self.seen[-3000:])

    def press(self, keys, part):
        """Presses keys and waits for what is drawn then."""
        self.seen = b''
        os.write(self.keyboard, keys)
        self.until(part)

    def end(self):
        """Keeps what is drawn until the program ends; gives its status."""
        while self.read():
            pass
        return self.process.wait(timeout=LIMIT)

    def hang_up(self):
        """As a terminal's window that is closed."""
        if self.keyboard >= 0:
            os.close(self.keyboard)
        self.keyboard = -1

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()
        self.hang_up()
