"""What /proc tells of a process."""
import os
import time

from harness.waiting import until


def read(pid, name):
    """The text of a file of /proc/PID; '' when the process has gone."""
    try:
        with open('/proc/%s/%s' % (pid, name), errors='surrogateescape') as file:
            return file.read()
    except OSError:
        return ''


def children(pid):
    """Process ids of the children of every thread."""
    try:
        tasks = os.listdir('/proc/%s/task' % pid)
    except OSError:
        return []
    return [int(child) for task in tasks for child in read(pid, 'task/%s/children' % task).split()]


def tree(pid):
    """Process ids of all that descend from this one, itself included."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


def status(pid, field):
    """A field of /proc/PID/status; '' when the process has gone."""
    return next((line.split(':', 1)[1].strip() for line in read(pid, 'status').splitlines() if line.startswith(field + ':')), '')


def name(pid):
    return read(pid, 'comm').strip()


def sleeps(pid):
    """It waits for something, and no signal waits for it."""
    pending = status(pid, 'SigPnd'), status(pid, 'ShdPnd')
    return status(pid, 'State').startswith('S') and not any(int(mask or '0', 16) for mask in pending)


def computed(pid):
    """Seconds of processor time that it and all that descends from it have used. However much else the machine has to do."""
    fields = [read(one, 'stat').rpartition(')')[2].split() for one in tree(pid)]
    return sum(int(ticks) for one in fields for ticks in one[11:15]) / os.sysconf('SC_CLK_TCK')


def age(pid):
    """Seconds since it was started."""
    ticks = int(read(pid, 'stat').rpartition(')')[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf('SC_CLK_TCK')


def has_taken_signals(pid):
    """Waits until a program has taken every signal that was sent to it and waits for input again, and nothing that it started runs."""
    until(lambda: sleeps(pid) and not children(pid), 'process %d has taken its signals' % pid)


def waits_for_the_rest(pid, command):
    """Waits until `pageleak run` has seen its command end and waits for what that left running."""
    until(lambda: command not in map(name, children(pid)) and sleeps(pid), '%s has ended' % command)
