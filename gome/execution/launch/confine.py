"""What a program must not have, taken from its process just before it begins."""
# ruff: noqa: PTH123 - importing pathlib takes longer than most of this

import contextlib
import ctypes
import os
import resource
import signal

from .order import Order

FILE_BYTES = 16 << 30  # of the largest file that a program may write
FILES = 4096  # open at once, by one process
CPU_SLACK_S = 60  # the kernel's CPU limit only acts if the supervisor was killed: later than any deadline
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38  # linux/prctl.h


def prctl(option: int, value: int) -> None:
    """Set one property of this process. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3):
        raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def confine(order: Order, parent: int) -> None:
    """Make this process fit to become the program. Raises OSError."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise OSError("the supervisor died")
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if order.cores:
        os.sched_setaffinity(0, order.cores)
    cpu_s = int(min(order.limit_s, 1e8) * len(os.sched_getaffinity(0))) + CPU_SLACK_S
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
    ):
        hard = resource.getrlimit(limit)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (value, value))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and exec would pass that on
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")  # where the machine runs out of memory, the kernel takes this first, and not us
    os.umask(0o022)
