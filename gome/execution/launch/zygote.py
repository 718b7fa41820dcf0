"""A process that has imported what programs mostly import, and becomes the supervisor of a program in each fork.

It talks over the socket whose number is its first argument; the second is that of a pipe which it holds open, and so
do its forks, until they end. It hears first what to import and for what, as JSON, and
says once what it has imported, or why it must not be used. Then each message is the mark that a fork is to carry, and
brings the connection over which that fork is talked to. It is such a fork that hears it: one stands ready with all
that needs no order done, its control groups and its program's world, so that nobody waits for that. It never runs a
program's code itself: none finds anything of another in it.
"""
# ruff: noqa: PTH102, PTH110, PTH123, PTH208 - as in the modules that every supervisor imports

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import weakref
from typing import Any, NoReturn

from . import namespaces, script  # noqa: F401 - forks import them when they see these files no more
from .confine import bind_life
from .fork import Fork
from .groups import leave
from .kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, Libc
from .main import attend, ordered, prepare, tell
from .order import CHUNK, Order
from .start import Child
from .tree import wakened

LATER_S = 1.0  # after which the next fork is made to stand ready although the last one still works


class Zygote:
    """What all its forks share."""

    def __init__(self, control: socket.socket, alive: int, runtime: int, fork: Fork, told: dict[str, Any]) -> None:
        self.control, self.alive, self.runtime, self.fork = control, alive, runtime, fork
        self.tier, self.groups, self.pid = told["tier"], told["groups"], os.getpid()

    def run(self) -> None:
        """Have one fork stand ready while the runtime is there; when it is taken, the next one stands ready later."""
        wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        control = self.control.fileno()
        while True:
            stands, pid = self.spare()
            if not os.read(stands, 1):  # nobody wants one any more, or it could not get ready
                os.waitpid(pid, 0)
                return
            os.close(stands)
            wakened(wake)
            ready = select.select([self.runtime, control, wake], [], [], LATER_S)[0]  # until one ends, or is asked for
            if self.runtime in ready or (control in ready and not self.control.recv(1, socket.MSG_PEEK)):
                return
            bury()

    def spare(self) -> tuple[int, int]:
        """Have a fork stand ready. Returns a descriptor, on which it says when it is taken or ends, and its number."""
        stands, taken = os.pipe()
        if not (pid := os.fork()):
            self.stand(taken)
        os.close(taken)
        return stands, pid

    def stand(self, taken: int) -> NoReturn:
        """Be a supervisor: get all ready, wait for the connection over which it is talked to, and work."""
        code = 1
        try:
            self.fork.close_others(self.control.fileno(), self.alive, self.runtime, taken)
            os.setsid()
            tree, libc = prepare(), Libc()
            bind_life(libc, self.pid)
            groups = join(self.groups)
            child = Child(self.tier, self.fork)
            if mark := self.heard():
                os.write(taken, b"1")
                libc.prctl(PR_SET_PDEATHSIG, 0)
                self.fork.carry(mark)
                tell(json.dumps({"pid": os.getpid(), "groups": groups}).encode())
                if line := ordered():
                    attend(line, Order(line), child, tree, self.fork)
            tree.kill()
            leave(groups)
            code = 0
        except BaseException:  # noqa: BLE001 - nobody above is to go on
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def heard(self) -> bytes:
        """Wait for whom to work for; return the mark to carry, nothing where there is nobody any more."""
        if self.runtime in select.select([self.runtime, self.control.fileno()], [], [])[0]:
            return b""
        mark, lines, _, _ = socket.recv_fds(self.control, CHUNK, 1)
        for line in lines:
            for number in range(3):
                os.dup2(line, number)
            os.close(line)
        os.close(self.runtime)
        self.control.close()
        return mark


def main() -> None:
    """Import, then fork for as long as the runtime is there."""
    runtime = os.pidfd_open(os.getppid())
    control, alive = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    libc = Libc()
    libc.prctl(PR_SET_DUMPABLE, 0)  # no program looks into what all others are made from
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # while it imports, it does not look whether the runtime is there
    told = json.loads(control.recv(CHUNK) or b"{}")
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
    if not (child := os.fork()):  # whoever keeps threads ends them before a fork
        os._exit(0)
    os.waitpid(child, 0)
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        said["refused"] = f"{threads} threads: a fork would have one"
    if (torch := sys.modules.get("torch")) and torch.cuda.is_initialized():
        said["refused"] = "CUDA was initialized: no fork could use it"
    control.send(json.dumps(said).encode())
    if not said["refused"]:
        Zygote(control, alive, runtime, Fork(held), told).run()


def imported(name: str) -> bool:
    """Import a library; whether that went well."""
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, programs that need it will say
        return False
    return True


def join(names: list[str]) -> list[str]:
    """Make a control group by each of these names, and a number, and go into it; return them. Raises OSError."""
    made = [f"{name}-{os.getpid()}" for name in names]
    for folder in made:
        os.mkdir(folder)
        with open(f"{folder}/cgroup.procs", "w") as file:
            file.write("0")
    return made


def bury() -> None:
    """Take note of who has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descriptors() -> set[int]:
    """The open ones, the three streams aside."""
    listed = {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2}
    return {number for number in listed if os.path.exists(f"/proc/self/fd/{number}")}  # not that of the listing
