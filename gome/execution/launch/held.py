"""What processes hold: files that are open or mapped, sockets, pipes."""
# ruff: noqa: PTH116, PTH208 - importing pathlib takes longer than most of this

import contextlib
import ctypes
import errno
import os
import re
import stat
from collections.abc import Iterator

from .kernel import Libc
from .tree import read

KCMP, KCMP_FILES = {"x86_64": 312, "aarch64": 272}, 2  # unistd.h, linux/kcmp.h
PIDFD_GETFD, SOL_SOCKET, SO_MEMINFO, READ, SENT = 438, 1, 55, 0, 2  # unistd.h, asm/socket.h, linux/sock_diag.h
LOOKED_AT = 20_000  # descriptors, in about a third of a second
COMPARED = 8  # tables of descriptors that another is compared with: a thousand of a thousand threads would take seconds
MAPPED = rb"^(\w+)-(\w+) \S+ \w+ (\w+):(\w+) (\d+) .*\(deleted\)$"  # in proc_pid_maps(5)


class Mapped:  # importing typing for a named tuple takes longer than all of this
    """A part of a file without a name that a process has in its memory; it may have no descriptor of it any more."""

    def __init__(self, device: int, number: int, size: int, there: os.stat_result | None) -> None:
        """Take the file, the bytes of the part, and what is known of the whole; None: only root may look."""
        self.device, self.number, self.size, self.there = device, number, size, there


def tables(pid: int, libc: Libc) -> Iterator[str]:
    """Yield where in /proc each table of descriptors of a process is: its threads share one, unless one left it."""
    seen: list[int] = []
    for task in map(int, os.listdir(f"/proc/{pid}/task")):
        if not any(_is_shared(task, other, libc) for other in seen[-COMPARED:]):
            seen.append(task)
            yield f"/proc/{pid}/task/{task}"


class Patience:
    """How many descriptors are looked at in one look: a program may have millions, and a deadline meanwhile."""

    def __init__(self) -> None:
        self.left = LOOKED_AT


def descriptors(pid: int, libc: Libc, patience: Patience) -> Iterator[tuple[os.stat_result, str]]:
    """Yield what is known of each file that a process has open, and where in /proc there is more.

    Raises:
        OSError: it does not let us look, or has ended, or there are too many to look at.
    """
    for table in tables(pid, libc):
        for number in os.listdir(f"{table}/fd"):
            patience.left -= 1
            if patience.left < 0:
                raise OSError(errno.EMFILE, "too many descriptors to look at")
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                yield os.stat(f"{table}/fd/{number}"), f"{table}/fdinfo/{number}"


def under_way(there: os.stat_result, more: str) -> int:
    """The descriptors that wait in a socket for whoever takes them out: nobody has these open."""
    if not stat.S_ISSOCK(there.st_mode):
        return 0
    found = re.search(rb"^scm_fds:\s*(\d+)", read(more), re.MULTILINE)
    return int(found[1]) if found else 0


def unread(pid: int, more: str, libc: Libc) -> int:
    """The bytes that a process has sent through a socket and that nobody has read, or that it has not read itself."""
    sizes, length = (ctypes.c_uint32 * 9)(), ctypes.c_uint32(36)
    handle = copy = -1
    try:
        handle = os.pidfd_open(pid)
        copy = libc.system("pidfd_getfd", PIDFD_GETFD, handle, int(more.rpartition("/")[2]), 0)
        libc.call("getsockopt", copy, SOL_SOCKET, SO_MEMINFO, sizes, ctypes.byref(length))
    except OSError:  # it may not let us
        return 0
    finally:
        for fd in {handle, copy} - {-1}:
            os.close(fd)
    return sizes[READ] + sizes[SENT]


def mapped(pid: int) -> Iterator[Mapped]:
    """Yield the parts of files without a name that a process has mapped."""
    for begin, end, major, minor, number in re.findall(MAPPED, read(f"/proc/{pid}/maps"), re.MULTILINE):
        first, last = int(begin, 16), int(end, 16)
        try:
            there = os.stat(f"/proc/{pid}/map_files/{first:x}-{last:x}")
        except OSError:
            there = None
        yield Mapped(os.makedev(int(major, 16), int(minor, 16)), int(number), last - first, there)


def _is_shared(one: int, other: int, libc: Libc) -> bool:
    try:
        return libc.system("kcmp", KCMP[os.uname().machine], one, other, KCMP_FILES, 0, 0) == 0
    except (OSError, KeyError):
        return False
