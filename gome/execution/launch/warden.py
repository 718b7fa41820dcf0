"""Run one program with this process's own streams, end as it ends, and leave nothing that it started."""

import contextlib
import os
import resource
import select
import signal
import sys

from .confine import bind_life
from .kernel import PR_SET_CHILD_SUBREAPER, Libc
from .tree import Tree, wakened

LOOK_S = 0.5  # between looks whether the runtime is still there


def guard(words: list[str]) -> int:
    """Run a program to its end, or to SIGTERM or the runtime's end. Returns its status, as from waitpid."""
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    runtime, libc, tree = os.getppid(), Libc(), Tree(wake)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    pid = _start(words, libc)
    try:
        while pid not in tree.ended and os.getppid() == runtime:
            select.select([wake], [], [], LOOK_S)
            if signal.SIGTERM in wakened(wake):
                break
            tree.reap()
    finally:
        tree.kill()
    return tree.ended.get(pid, signal.SIGKILL)


def main() -> None:
    """Guard the program that the arguments name."""
    status = guard(sys.argv[1:])
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):  # SIGKILL cannot be set
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


def _start(words: list[str], libc: Libc) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(
                number, signal.SIG_DFL
            )  # Python ignores or handles them, and exec would pass on what it ignores
        os.setsid()
        bind_life(libc, parent)
        os.execvp(words[0], words)  # noqa: S606 - a list, and no shell
    except BaseException as error:  # noqa: BLE001 - between fork and exec nobody else can hear of it
        os.write(2, f"it could not be started: {error}\n".encode("utf-8", "replace"))
    finally:
        os._exit(127)
