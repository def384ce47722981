"""Creates, closes and unlinks one file, over and over, below a number of Python frames.

    pages.py PATH DEPTH BATCHES PER_BATCH     prints the median of the batches, in ns a page
"""
import os, sys, time

def below(frames):
    if frames: return below(frames - 1)
    path, flags, times = sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_RDWR, []
    for _ in range(int(sys.argv[3])):
        start = time.perf_counter()
        for _ in range(int(sys.argv[4])):
            os.close(os.open(path, flags))
            os.unlink(path)
        times.append((time.perf_counter() - start) / int(sys.argv[4]) * 1e9)
    return sorted(times)[len(times) // 2]

print("%.1f" % below(int(sys.argv[2]) - 2))
