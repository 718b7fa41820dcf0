"""How much memory a program has, wherever it keeps it."""
# ruff: noqa: PTH116 - importing pathlib takes longer than most of this

import contextlib
import os
import re
import stat
from collections.abc import Iterator

from .held import Patience, descriptors, mapped, under_way, unread
from .kernel import Libc
from .tree import BLOCK, living, read, resident_pages

KIB, MIB, PAGE = 1 << 10, 1 << 20, os.sysconf("SC_PAGE_SIZE")
PIPE = 64 * KIB  # bytes that wait in a pipe at most: a larger one is not to be had
ENTRY = KIB  # bytes that the kernel keeps for each file in memory
SHORT = 0.1  # of the machine's memory left: whoever might hold what is missing is charged for it
TABLES = 0.1  # of the cap by which the machine's page tables have grown: then each process's are looked at
EXPLAINED = (b"MemFree", b"Buffers", b"Cached", b"AnonPages", b"SReclaimable", b"KernelStack", b"PageTables")


class Machine:
    """What the kernel says of the machine's memory now, in bytes."""

    def __init__(self) -> None:
        sizes: dict[bytes, int] = {}
        for line in read("/proc/meminfo").splitlines():  # to compile a pattern takes longer
            name, _, rest = line.partition(b":")
            sizes[name] = int(rest.split()[0]) * KIB
        total, left = sizes.get(b"MemTotal", 0), sizes.get(b"MemAvailable", 0)
        self.tables = sizes.get(b"PageTables", 0)  # what memory is found by
        self.files = sizes.get(b"Shmem", 0)  # in files that are memory, and in what processes share
        self.kernel = max(0, total - sum(sizes.get(name, 0) for name in EXPLAINED))  # what waits in sockets and pipes
        self.is_short = left < SHORT * total


class Memory:
    """What processes have, against a cap: what they map, the files that are their memory, what they send each other."""

    def __init__(self, cap: float) -> None:
        """Take the cap, in bytes."""
        self.cap, self.libc = cap, Libc()
        self.before = Machine()
        self.seen = self.held = 0.0  # bytes at the last look: mapped, what they share counted in each; and once
        self.sent = 0  # descriptors that were on their way at the last look
        probe = os.memfd_create("")
        self.nameless = os.fstat(probe).st_dev  # where all files are that are memory and have no name
        os.close(probe)

    def is_due(self, resident: float) -> bool:
        """Whether so much more is mapped than at the last look that it may have passed the cap."""
        return resident - self.seen > self.cap - self.held

    def look(self, pids: set[int], resident: float, scratch: float) -> str:
        """Look whether it is more than the cap, closely only where it might be; return "memory" if so, else "".

        Args:
            pids: the processes.
            resident: bytes that they map, what they share counted in each.
            scratch: bytes in the file systems that are memory and only theirs.
        """
        there = Machine()
        most = resident + there.files + max(0, there.kernel - self.before.kernel) + self.tables_grown(there)
        if most <= self.cap:
            return ""
        held = 0.0
        for held in self.weigh(pids, there, scratch):
            if held > self.cap:
                return "memory"
        self.seen, self.held = resident, held
        return ""

    def tables_grown(self, there: Machine) -> int:
        """Return by how many bytes page tables have grown: those of a great empty range are more than is in it."""
        return max(0, there.tables - self.before.tables)

    def weigh(self, pids: set[int], there: Machine, scratch: float) -> Iterator[float]:
        """Yield the bytes found so far. What is shared counts once; files as mapped or as they are, whichever is more.

        Where one cannot see how large a file is, or what is in a socket, it is as large as it could be; but all such
        together have no more than what the machine has in use of the kind.
        """
        own = shared = 0.0
        files: dict[int, int] = {}  # by number: bytes of those without a name
        guessed: dict[int, int] = {}  # of which only a part can be seen
        pipes, sockets, sent, waiting = set[int](), set[int](), 0, 0
        patience, grown = Patience(), max(0, there.files - self.before.files)
        for pid in pids:
            sizes = {name: int(kib) * KIB for name, kib in _rollup(pid)}
            part = sizes.get(b"Pss_Shmem", 0)
            # What it maps of files that have a name is no burden: the kernel takes it back. It may not let us look.
            own += sizes.get(b"Pss_Anon", sizes.get(b"Pss", resident_pages(pid) * PAGE) - part)
            own += _tables(pid) if self.tables_grown(there) > TABLES * self.cap else 0
            shared += part
            yield own + max(shared, scratch)
            with contextlib.suppress(OSError):
                for file, more in descriptors(pid, self.libc, patience):
                    if file.st_dev == self.nameless:
                        files[file.st_ino] = file.st_blocks * BLOCK
                    elif stat.S_ISFIFO(file.st_mode):
                        pipes.add(file.st_ino)
                    elif stat.S_ISSOCK(file.st_mode) and file.st_ino not in sockets:
                        sockets.add(file.st_ino)
                        sent += under_way(file, more)
                        waiting += unread(pid, more, self.libc)
                    yield own + max(shared, scratch) + waiting
            if patience.left < 0:
                yield own + max(shared, scratch + grown)  # any of it may be in what is not looked at
                continue
            for seen in mapped(living(pid)):
                if seen.device == self.nameless and seen.there is not None:
                    files[seen.number] = seen.there.st_blocks * BLOCK
                elif seen.device == self.nameless:
                    guessed[seen.number] = guessed.get(seen.number, 0) + seen.size
        unseen = sum(size for number, size in guessed.items() if number not in files)
        if (unseen and there.is_short) or (sent and self.sent) or patience.left < 0:  # few stay on their way
            unseen = grown
        self.sent = sent
        waits = len(pipes) * PIPE + (len(sockets) + sent) * _socket()
        if sockets and there.is_short:
            waits = there.kernel
        waits = max(waiting, min(waits, max(0, there.kernel - self.before.kernel)))
        yield own + max(shared, scratch + sum(files.values()) + min(unseen, grown)) + waits


def in_files(pids: set[int]) -> float:
    """What these processes, of one world, keep in the memory that is its /tmp and its /dev/shm, in bytes."""
    for pid in pids:
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}/root").st_dev != os.stat("/").st_dev:  # else it is not yet in its world
                places = [os.statvfs(f"/proc/{pid}/root/{name}") for name in ("tmp", "dev/shm")]
                return sum(
                    (at.f_blocks - at.f_bfree) * at.f_frsize + (at.f_files - at.f_ffree) * ENTRY for at in places
                )
    return 0.0


def _rollup(pid: int) -> list[tuple[bytes, bytes]]:
    return re.findall(rb"^(\w+): *(\d+) kB", read(f"/proc/{living(pid)}/smaps_rollup"), re.MULTILINE)


def _tables(pid: int) -> int:
    found = re.search(rb"^VmPTE:\s*(\d+) kB", read(f"/proc/{living(pid)}/status"), re.MULTILINE)
    return int(found[1]) * KIB if found else 0


def _socket() -> int:
    """Bytes that wait in a socket at most, sent by one that nobody has open any more."""
    sizes = [int(read(f"/proc/sys/net/core/{name}") or 0) for name in ("wmem_max", "rmem_max")]
    return 2 * max(sizes)
