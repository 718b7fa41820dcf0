"""A program and all that it started."""
# ruff: noqa: PTH116, PTH123, PTH208 - importing pathlib takes longer than most of this

import contextlib
import os
import re
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
        self.weigh_at = 0.0
        probe = os.memfd_create("")
        self.nameless = os.fstat(probe).st_dev  # where all files are that are memory and have no name
        os.close(probe)

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

    def scratch_mib(self, pids: set[int]) -> float:
        """What these processes, of one world, keep in the memory that is its /tmp and its /dev/shm."""
        for pid in pids:
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{pid}/root").st_dev != os.stat("/").st_dev:  # else it is not yet in its world
                    places = [os.statvfs(f"/proc/{pid}/root/{name}") for name in ("tmp", "dev/shm")]
                    return sum((at.f_blocks - at.f_bfree) * at.f_frsize for at in places) / MIB
        return 0.0

    def nameless_mib(self, pids: set[int]) -> float:
        """What these processes keep in files without a name that are memory, mapped or not."""
        sizes: dict[int, int] = {}
        for pid in pids:
            with contextlib.suppress(OSError):
                sizes |= {file.st_ino: file.st_blocks * BLOCK for file in held(pid) if file.st_dev == self.nameless}
        return sum(sizes.values()) / MIB

    def outweighs(self, pids: set[int], cap_mib: float, scratch_mib: float) -> bool:
        """Whether the tree holds more than the cap, with shared pages counted once: dear, so not asked too often.

        Files in memory count as what is mapped of them or as what there is of them, whichever is more.
        """
        now = time.monotonic()
        if now < self.weigh_at:
            return False
        own = shared = 0.0
        for pid in pids:
            sizes = dict(re.findall(rb"^(\w+): *(\d+) kB", read(f"/proc/{pid}/smaps_rollup"), re.MULTILINE))
            if sizes:
                mapped = int(sizes.get(b"Pss_Shmem", 0))
                own, shared = own + int(sizes[b"Pss"]) - mapped, shared + mapped
            else:  # it does not let us look
                own += resident_pages(pid) * os.sysconf("SC_PAGE_SIZE") / 1024
        self.weigh_at = now + 20 * (time.monotonic() - now)
        return own / 1024 + max(shared / 1024, scratch_mib) > cap_mib


def resident_pages(pid: int) -> int:
    """Pages of a process that are in memory."""
    sizes = read(f"/proc/{pid}/statm").split()
    return int(sizes[1]) if sizes else 0


def held(pid: int) -> Iterator[os.stat_result]:
    """Yield what is known of each file that a process holds open. Raises OSError where it does not let us look."""
    place = f"/proc/{pid}/fd"
    for number in os.listdir(place):
        with contextlib.suppress(FileNotFoundError):
            yield os.stat(f"{place}/{number}")


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
