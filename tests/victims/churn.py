"""churn.py SECONDS - as churn.c, by one Python process: files, directories, renames. To be killed at any moment."""
import os
import random
import sys
import time

end = time.time() + float(sys.argv[1])
while time.time() < end:
    a, b = 'p%d' % random.randrange(30), 'p%d' % random.randrange(30)
    try:
        what = random.randrange(5)
        if what < 2:
            os.close(os.open(a, os.O_CREAT | os.O_WRONLY, 0o600))
        elif what == 2:
            os.rename(a, b)
        elif what == 3:
            os.link(a, b)
        else:
            os.unlink(a)
    except OSError:
        pass
