"""A program and all that it started."""
# ruff: noqa: PTH123, PTH208 - importing pathlib takes longer than most of this

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator

UNKILLABLE_S = 3.0  # after SIGKILL, before what is left is reported as such
MIB = 1 << 20
BLOCK = 512  # bytes, of st_blocks


class Tree:
    """This process's descendants. As their subreaper it inherits every orphan among them."""

    def __init__(self, wake: int) -> None:
        self.wake = wake
        self.ended: dict[int, int] = {}  # pid -> status as from waitpid, of our own children

    def pids(self) -> set[int]:
        """All descendants, zombies included."""
        found: set[int] = set()
        queue = [os.getpid()]
        while queue:
            fresh = set(children_of(queue.pop())) - found
            found |= fresh
            queue += fresh
        return found

    def reap(self) -> bool:
        """Collect the dead. True when no child is left, dead or alive."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self.ended[ended[0]] = ended[1]
            return False
        return True

    def kill(self) -> int:
        """Kill and reap everything; return how many could not be killed."""
        give_up = time.monotonic() + UNKILLABLE_S
        while not self.reap():
            frozen: set[int] = set()
            while fresh := self.pids() - frozen:  # what is stopped forks no more
                send(fresh, signal.SIGSTOP)
                frozen |= fresh
            send(frozen, signal.SIGKILL)
            if time.monotonic() > give_up:
                return len(frozen)
            select.select([self.wake], [], [], 0.01)
            wakened(self.wake)
        return 0

    def resident_mib(self, pids: set[int]) -> float:
        """Sum of resident sizes; what forks share counts in each."""
        return sum(map(resident_pages, pids)) * os.sysconf("SC_PAGE_SIZE") / MIB


def resident_pages(pid: int) -> int:
    """Pages of a process that are in memory."""
    sizes = read(f"/proc/{living(pid)}/statm").split()
    return int(sizes[1]) if sizes else 0


def living(pid: int) -> int:
    """A thread of a process that tells what all share: its first one has nothing to tell when it has ended."""
    if read(f"/proc/{pid}/statm").startswith(b"0 "):
        with contextlib.suppress(OSError):
            for task in map(int, os.listdir(f"/proc/{pid}/task")):
                if not read(f"/proc/{task}/statm").startswith(b"0 "):
                    return task
    return pid


def read(path: str) -> bytes:
    """What a file of /proc holds; nothing once its process is gone."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return file.read()
    return b""


def children_of(pid: int) -> Iterator[int]:
    """The children of one process, of whichever thread."""
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            yield from map(int, read(f"/proc/{pid}/task/{task}/children").split())


def send(pids: set[int], number: int) -> None:
    """Signal each of these processes that still exists."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def wakened(wake: int) -> bytes:
    """The numbers of the signals that came since the last call."""
    with contextlib.suppress(BlockingIOError):
        return os.read(wake, 4096)
    return b""
