"""What a program must not have, taken from its process just before it begins."""
# ruff: noqa: PTH123 - importing pathlib takes longer than most of this

import contextlib
import os
import resource
import signal

from . import landlock
from .kernel import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, Libc
from .order import Order

CPU_SLACK_S = 60  # the kernel's CPU limit only acts if the supervisor was killed: later than any deadline
DEVICES = ("null", "zero", "full", "random", "urandom")


def bind_life(libc: Libc, parent: int) -> None:
    """Have the kernel kill this process when its parent ends. Raises OSError."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent and os.getppid() != parent:
        raise OSError("the supervisor died")


def limit(order: Order) -> None:
    """Set the limits that every tier has, on this process and all it starts. Raises OSError."""
    if order.cores:
        os.sched_setaffinity(0, order.cores)
    cpu_s = int(min(order.limit_s, 1e8) * len(os.sched_getaffinity(0))) + CPU_SLACK_S
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, order.files),
        (resource.RLIMIT_FSIZE, order.disk_bytes),
        (resource.RLIMIT_CPU, cpu_s),
    ):
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")  # where the machine runs out of memory, the kernel takes this first, and not us
    os.umask(0o022)


def reset_signals() -> None:
    """Handle none, and ignore none: Python does, and exec would pass on what it ignores."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)


def disarm(order: Order, libc: Libc) -> None:
    """Take the rest from the process that is about to become the program. Raises OSError."""
    libc.drop_capabilities()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1)
    if order.tier == "namespaces":  # whose users are counted apart; uid 0 is not
        resource.setrlimit(resource.RLIMIT_NPROC, (order.processes, order.processes))
    if order.tier == "landlock":
        shared = ("/dev/shm", *(f"/dev/{name}" for name in DEVICES))  # noqa: S108 - semaphores need a place
        rules = [(path, landlock.RIGHTS if writable else landlock.READ) for _, path, writable in order.places]
        rules += [(path, landlock.RIGHTS & ~landlock.EXECUTE) for path in shared]
        rules += [(path, landlock.RIGHTS & ~landlock.EXECUTE) for path in order.nodes]
        if order.nodes:  # recent drivers name their threads there as they begin, and fail where they cannot
            rules.append(("/proc/self/task", landlock.READ | landlock.WRITE_FILE | landlock.TRUNCATE))
        landlock.restrict(libc, [*rules, ("/proc", landlock.READ), ("/sys", landlock.READ)])
    elif order.tier == "namespaces":  # a second wall: what the program sees is all that it may
        writable = [path for _, path, may_write in order.places if may_write]
        within = landlock.READ | landlock.WRITE_FILE | landlock.TRUNCATE | landlock.IOCTL_DEV
        rules = [("/", landlock.READ), ("/dev", within), ("/proc", within)]
        rules += [(path, landlock.RIGHTS) for path in ("/tmp", "/dev/shm", *writable)]  # noqa: S108 - its own
        landlock.restrict(libc, rules)
    if order.filter:
        libc.filter_calls(order.filter)
