# How long does Python's Pool.map take, from the making of the pool to its end? COUNT PROCESSES; prints milliseconds.
import sys
import time
from multiprocessing import get_context


def double(n):
    return n * 2


count, processes = map(int, sys.argv[1:3])
start = time.monotonic()
with get_context("fork").Pool(processes) as pool:
    results = pool.map(double, range(count))
assert results[-1] == 2 * (count - 1)
print((time.monotonic() - start) * 1000)
