"""How much a program keeps on disk."""
# ruff: noqa: PTH116, PTH208 - importing pathlib takes longer than most of this

import contextlib
import os
import stat
import time
from collections.abc import Iterator

from .order import Order
from .tree import Tree

BLOCK = 512  # bytes, of st_blocks
LEAST = 4096  # bytes that any file counts as: an empty one takes an inode, and those run out too
EVERY_S = 5.0  # between looks where the file system has hardly grown; somebody else may have made room meanwhile


class Disk:
    """The order's folders, looked through when the file system has grown enough for them to be too large."""

    def __init__(self, order: Order) -> None:
        outside = not order.temporary.startswith(order.folder + os.sep)
        self.folders = [order.folder, *([order.temporary] if outside else [])]
        self.cap = order.disk_bytes
        self.counted, self.used, self.look_at, self.not_before = 0, 0, 0.0, 0.0

    def is_over(self, tree: Tree) -> bool:
        """Whether there is more than the cap, what is open and has no name any more included."""
        now = time.monotonic()
        used = self.file_system()
        if now < self.not_before or (now < self.look_at and self.counted + used - self.used <= self.cap):
            return False
        sizes = dict(unnamed(tree.pids(), {os.stat(folder).st_dev for folder in self.folders}))
        for folder in self.folders:
            sizes.update(named(folder))
        self.counted, self.used = sum(sizes.values()), used
        took = time.monotonic() - now
        self.look_at, self.not_before = now + max(EVERY_S, 100 * took), now + 10 * took
        return self.counted > self.cap

    def file_system(self) -> int:
        """Bytes in use on it, by whomever."""
        there = os.statvfs(self.folders[0])
        return (there.f_blocks - there.f_bfree) * there.f_frsize


def named(folder: str) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the files below a folder by device and number, with their bytes on disk."""
    queue = [folder]
    while queue:
        with contextlib.suppress(OSError), os.scandir(queue.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    there = entry.stat(follow_symlinks=False)
                    yield (there.st_dev, there.st_ino), max(there.st_blocks * BLOCK, LEAST)
                    if stat.S_ISDIR(there.st_mode):
                        queue.append(entry.path)


def unnamed(pids: set[int], devices: set[int]) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the files without a name that these processes hold open."""
    for pid in pids:
        with contextlib.suppress(OSError):
            for number in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    there = os.stat(f"/proc/{pid}/fd/{number}")
                    if there.st_nlink == 0 and there.st_dev in devices:
                        yield (there.st_dev, there.st_ino), there.st_blocks * BLOCK
