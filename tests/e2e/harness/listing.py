"""What is on the disk."""
import os
import stat
import subprocess


def listing(directory):
    """Every entry below a directory: path -> (kind, device, inode). Bytes that are no text are surrogates, as in os.fsdecode."""
    found = {}
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(parent, name)
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            found[path] = (stat.S_IFMT(status.st_mode), status.st_dev, status.st_ino)
    return found


def remove(path):
    """rm -r, for trees with modes and names that Python's own cannot take."""
    subprocess.run(['chmod', '-R', 'u+rwx', '--', path], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(['rm', '-rf', '--', path], check=False)
