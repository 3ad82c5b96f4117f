# What does os.fork() cost a Python program with that many touched pages? The same protocol as fork.c.
import mmap, os, struct, sys, time

size = int(sys.argv[1]) * 1000 * 1000
memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(mmap.MADV_NOHUGEPAGE)
for offset in range(0, size, 4096):
    memory[offset] = 1
seen = mmap.mmap(-1, 4096)
for line in sys.stdin:
    start = time.monotonic()
    pid = os.fork()
    returned = time.monotonic()
    if pid == 0:
        seen[0:8] = struct.pack("d", returned)
        os._exit(0)
    os.waitpid(pid, 0)
    print((returned - start) * 1e3, (struct.unpack("d", seen[0:8])[0] - start) * 1e3, flush=True)
