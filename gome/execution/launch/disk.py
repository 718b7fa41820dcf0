"""How much a program keeps on disk."""
# ruff: noqa: PTH116 - importing pathlib takes longer than most of this

import contextlib
import os
import stat
import time
from collections.abc import Iterator

from .held import Patience, descriptors, mapped, under_way
from .kernel import Libc
from .order import Order
from .tree import BLOCK, living, resident_pages

LEAST = 4096  # bytes that any file counts as: an empty one takes an inode, and those run out too
TOLD_APART = 10_000  # files with several names, or none, of which each counts once; of more than that each name counts
EVERY_S = 5.0  # between looks where the file system has hardly grown; somebody else may have made room meanwhile


class Disk:
    """The order's folders, looked through when the file system has grown enough for them to be too large.

    It is called by `Look`: a file system may hang.
    """

    def __init__(self, order: Order) -> None:
        outside = not order.temporary.startswith(order.folder + os.sep)
        self.folders = [order.folder, *([order.temporary] if outside else [])]
        self.cap, self.most = order.disk_bytes, order.entries
        self.libc = Libc()
        self.used = self.file_system()
        self.least = self.used[0]  # bytes in use on it, of all looks: others may make room, too
        self.counted, self.number, self.look_at = 0, 0, 0.0

    def look(self, pids: set[int]) -> str:
        """Look, where that is due; return what there is more of than may be: "disk", "files", "" for nothing.

        What these processes hold that has no name any more counts as well. Where a part cannot be looked at, all by
        which the file system has grown may be there.
        """
        began, (used, files) = time.monotonic(), self.file_system()
        new, made, self.least = used - self.used[0], files - self.used[1], min(self.least, used or self.least)
        if began < self.look_at and self.counted + new <= self.cap and self.number + made <= self.most:
            return ""
        seen, hidden, size, number = set[tuple[int, int]](), list[str](), 0, 0
        for there, is_shared in self.files(pids, hidden):
            file = there.st_dev, there.st_ino
            if is_shared and file in seen:
                continue
            if is_shared and len(seen) < TOLD_APART:
                seen.add(file)
            number, size = number + 1, size + max(there.st_blocks * BLOCK, LEAST)
            if number > self.most or size > self.cap:
                return "files" if number > self.most else "disk"
        self.used, self.number = (used, files), number
        self.counted = max(size, used - self.least) if hidden else size
        self.look_at = began + max(EVERY_S, 100 * (time.monotonic() - began))
        return "disk" if self.counted > self.cap else ""

    def files(self, pids: set[int], hidden: list[str]) -> Iterator[tuple[os.stat_result, bool]]:
        """Yield all files that count, and whether one may come again."""
        devices = set[int]()
        for folder in self.folders:
            with contextlib.suppress(OSError):  # it has gone
                devices.add(os.stat(folder).st_dev)
        patience = Patience()
        for pid in pids:
            try:
                yield from ((there, True) for there in unnamed(pid, devices, self.libc, patience, hidden))
            except OSError:
                if resident_pages(pid):  # it has not ended
                    hidden.append(f"/proc/{pid}/fd")
        for folder in self.folders:
            yield from (
                (there, there.st_nlink > 1 and not stat.S_ISDIR(there.st_mode)) for there in named(folder, hidden)
            )

    def file_system(self) -> tuple[int, int]:
        """Bytes in use on it, by whomever, and files; nothing where it has gone."""
        try:
            there = os.statvfs(self.folders[0])
        except OSError:
            return 0, 0
        return (there.f_blocks - there.f_bfree) * there.f_frsize, there.f_files - there.f_ffree


def named(folder: str, hidden: list[str]) -> Iterator[os.stat_result]:
    """Yield what is known of the files and folders below a folder.

    Which folders are closed to us, or too deep to have a name that the kernel takes, is added to `hidden`.
    """
    queue = [folder]
    while queue:
        place = queue.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        there = entry.stat(follow_symlinks=False)
                        yield there
                        if stat.S_ISDIR(there.st_mode):
                            queue.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError:
            hidden.append(place)


def unnamed(pid: int, devices: set[int], libc: Libc, patience: Patience, hidden: list[str]) -> Iterator[os.stat_result]:
    """Yield what is known of the files without a name that a process holds open or has mapped.

    What holds others of which nothing is known is added to `hidden`: a part of its memory, a socket that they wait in.

    Raises:
        OSError: it does not let us look, or has ended, or has more open than can be looked at.
    """
    held = set[int]()
    for there, more in descriptors(pid, libc, patience):
        if there.st_nlink == 0 and there.st_dev in devices:
            held.add(there.st_ino)
            yield there
        elif under_way(there, more):
            hidden.append(more)
    for part in mapped(living(pid)):
        if part.device in devices and part.number not in held:
            if part.there is None:
                hidden.append(f"/proc/{pid}/maps")
            else:
                yield part.there
