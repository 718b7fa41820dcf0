"""How much a program keeps on disk."""
# ruff: noqa: PTH116 - importing pathlib takes longer than most of this

import contextlib
import os
import stat
import time
from collections.abc import Iterator

from .order import Order
from .tree import BLOCK, held, resident_pages

LEAST = 4096  # bytes that any file counts as: an empty one takes an inode, and those run out too
SLICE_S = 0.05  # of a look at a time: who looks has a deadline to see to
EVERY_S = 5.0  # between looks where the file system has hardly grown; somebody else may have made room meanwhile


class Disk:
    """The order's folders, looked through when the file system has grown enough for them to be too large."""

    def __init__(self, order: Order) -> None:
        outside = not order.temporary.startswith(order.folder + os.sep)
        self.folders = [order.folder, *([order.temporary] if outside else [])]
        self.cap = order.disk_bytes
        self.counted, self.used, self.look_at, self.not_before = 0, 0, 0.0, 0.0
        self.look: Iterator[tuple[tuple[int, int], int]] | None = None  # that goes on at the next call
        self.sizes: dict[tuple[int, int], int] = {}  # that it has seen
        self.seen, self.took, self.hidden = 0, 0.0, list[str]()
        self.before = self.file_system()

    def is_over(self, pids: set[int]) -> bool:
        """Whether there is more than the cap, what these processes hold open that has no name any more included.

        Where a part cannot be looked at, all by which the file system has grown may be there. Where there are so many
        files that a look takes long, each call takes it a bit further.
        """
        now = time.monotonic()
        if self.look is None:
            used = self.file_system()
            if now < self.not_before or (now < self.look_at and self.counted + used - self.used <= self.cap):
                return False
            self.used, self.took, self.seen, self.hidden, self.sizes = used, 0.0, 0, [], {}
            self.look = self.files(pids)
        for file, size in self.look:
            self.seen += size - self.sizes.get(file, 0)
            self.sizes[file] = size
            if time.monotonic() - now > SLICE_S:
                self.took += time.monotonic() - now
                return self.seen > self.cap
        self.counted = max(self.seen, self.used - self.before) if self.hidden else self.seen
        self.look, self.took = None, self.took + time.monotonic() - now
        self.look_at, self.not_before = now + max(EVERY_S, 100 * self.took), now + 10 * self.took
        return self.counted > self.cap

    def files(self, pids: set[int]) -> Iterator[tuple[tuple[int, int], int]]:
        """Yield all files that count, by device and number, with their bytes."""
        yield from unnamed(pids, {os.stat(folder).st_dev for folder in self.folders}, self.hidden)
        for folder in self.folders:
            yield from named(folder, self.hidden)

    def file_system(self) -> int:
        """Bytes in use on it, by whomever."""
        there = os.statvfs(self.folders[0])
        return (there.f_blocks - there.f_bfree) * there.f_frsize


def named(folder: str, hidden: list[str]) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the files below a folder by device and number, with their bytes on disk.

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
                        yield (there.st_dev, there.st_ino), max(there.st_blocks * BLOCK, LEAST)
                        if stat.S_ISDIR(there.st_mode):
                            queue.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError:
            hidden.append(place)


def unnamed(pids: set[int], devices: set[int], hidden: list[str]) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the files without a name that these processes hold open; who does not let us look is added to `hidden`."""
    for pid in pids:
        try:
            for there in held(pid):
                if there.st_nlink == 0 and there.st_dev in devices:
                    yield (there.st_dev, there.st_ino), there.st_blocks * BLOCK
        except OSError:
            if resident_pages(pid):  # it has not ended
                hidden.append(f"/proc/{pid}/fd")
