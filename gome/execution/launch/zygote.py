"""A process that has imported what programs mostly import, and becomes the supervisor of a program in each fork.

It talks over the socket whose number is its first argument. It hears first what to import, as JSON, and says once
what it has imported, or why it must not be used. Then each message is the mark that a fork is to carry, and brings
the connection over which that fork is talked to. It never runs a program's code itself: none finds anything of
another in it.
"""
# ruff: noqa: PTH110, PTH123, PTH208 - as in the modules that every supervisor imports

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import weakref

from .kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, Libc
from .main import main as supervise
from .script import close_all_but

MESSAGE = 1 << 16  # bytes
ARGUMENTS = 45  # in /proc/self/stat, after the name: where the arguments begin; then, where they end


def main() -> None:
    """Import, then fork for as long as the runtime is there."""
    runtime = os.pidfd_open(os.getppid())
    control = socket.socket(fileno=int(sys.argv[1]))
    libc = Libc()
    libc.prctl(PR_SET_DUMPABLE, 0)  # no program looks into what all others are made from
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # while it imports, it does not look whether the runtime is there
    told = json.loads(control.recv(MESSAGE) or b"{}")
    if not told:
        return
    if told["cores"]:
        os.sched_setaffinity(0, told["cores"])  # libraries count them once, when they are loaded
    before = descriptors()
    said: dict[str, object] = {"imported": list(filter(imported, told["modules"])), "refused": ""}
    held = descriptors() - before  # of the libraries, for good
    libc.prctl(PR_SET_PDEATHSIG, 0)  # it would end with a mere thread of the runtime
    for finalizer in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        finalizer.atexit = False  # they would take libraries apart, as if their memory were to be used again
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, all that was imported
    if not bury(os.fork()):  # whoever keeps threads ends them before a fork
        os._exit(0)
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        said["refused"] = f"{threads} threads: a fork would have one"
    if (torch := sys.modules.get("torch")) and torch.cuda.is_initialized():
        said["refused"] = "CUDA was initialized: no fork could use it"
    control.send(json.dumps(said).encode())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries supervisors
    while not said["refused"]:
        if runtime in select.select([runtime, control.fileno()], [], [])[0]:
            return
        mark, lines, _, _ = socket.recv_fds(control, MESSAGE, 1)
        if not mark:
            return
        if not os.fork():
            attend(lines[0], mark, held)
        os.close(lines[0])


def imported(name: str) -> bool:
    """Import a library; whether that went well."""
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, programs that need it will say
        return False
    return True


def attend(line: int, mark: bytes, held: set[int]) -> None:
    """Be a supervisor that carries a mark and is talked to over this connection. Does not return."""
    code = 1
    try:
        os.setsid()
        for number in range(3):
            os.dup2(line, number)
        close_all_but(held)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        carry(mark)
        os.write(1, b"%d\n" % os.getpid())
        supervise(held)
        code = 0
    except BaseException:  # noqa: BLE001 - nobody above is to go on
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def bury(child: int) -> int:
    """Wait for a child's end; in the child return at once."""
    if child:
        os.waitpid(child, 0)
    return child


def descriptors() -> set[int]:
    """The open ones, the three streams aside."""
    listed = {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2}
    return {number for number in listed if os.path.exists(f"/proc/self/fd/{number}")}  # not that of the listing


def carry(mark: bytes) -> None:
    """Show a mark as the last of this process's arguments, as those do that were started with it. Raises OSError."""
    with open("/proc/self/stat", "rb") as file:
        begin, end = map(int, file.read().rpartition(b")")[2].split()[ARGUMENTS : ARGUMENTS + 2])
    room = len(os.fsencode(sys.argv[-1])) + 1
    if len(mark) >= room or end - begin < room:
        raise OSError("the name of the folder is too long")
    ctypes.memmove(end - room, mark.ljust(room, b"\0"), room)
