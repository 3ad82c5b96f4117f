# How does a program find the kernel where system calls are missing? By a filter (seccomp) that a sandbox might have.
# argv: the errno by its name, the calls by name with commas between, the program and its arguments.
import ctypes
import errno
import os
import struct
import sys

# x86-64: number, and which first argument alone is refused
CALLS = {
    'pidfd_open': (434, None),
    'pidfd_send_signal': (424, None),
    'waitid(P_PIDFD)': (247, 3),
    'execveat': (322, None),
    'close_range': (436, None),
    'setns': (308, None),
    'sched_setaffinity': (203, None),
    'sched_setscheduler': (144, None),
    'memfd_create': (319, None),
    'clone3(CLONE_INTO_CGROUP)': (435, None),  # clone3 as a whole: a filter does not see into a structure
}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
AT_NUMBER, AT_FIRST = 0, 16  # struct seccomp_data

code = getattr(errno, sys.argv[1])
program = []
for name in sys.argv[2].split(','):
    number, first = CALLS[name]
    program.append((LOAD, 0, 0, AT_NUMBER))
    if first is None:
        program.append((EQUAL, 0, 1, number))
    else:
        program += [(EQUAL, 0, 3, number), (LOAD, 0, 0, AT_FIRST), (EQUAL, 0, 1, first)]
    program.append((RETURN, 0, 0, ERRNO | code))
program.append((RETURN, 0, 0, ALLOW))


class Filter(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('program', ctypes.c_char_p)]


packed = b''.join(struct.pack('HBBI', *line) for line in program)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
if libc.prctl(22, 2, ctypes.byref(Filter(len(program), packed)), 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    sys.exit(f'no seccomp: {os.strerror(ctypes.get_errno())}')
os.execvp(sys.argv[3], sys.argv[3:])
