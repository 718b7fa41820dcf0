"""What the forks of a worker have of it, and keep."""
# ruff: noqa: PTH123 - importing pathlib takes longer than most of this

import ctypes
import itertools
import os
import sys

DESCRIPTORS = 1 << 20  # more than a process may have
ARGUMENTS = 45  # in /proc/self/stat, after the name: where the arguments begin; then, where they end


class Fork:
    """Descriptors that libraries have opened, and where this process shows its arguments."""

    def __init__(self, held: set[int]) -> None:
        self.held = held
        self._room = len(os.fsencode(sys.argv[-1])) + 1
        with open("/proc/self/stat", "rb") as file:
            begin, end = map(int, file.read().rpartition(b")")[2].split()[ARGUMENTS : ARGUMENTS + 2])
        self._place = end - self._room
        if self._place < begin:
            raise OSError("there is no room for a mark")

    def close_others(self, *kept: int) -> None:
        """Close every descriptor but the three streams, these, and those of libraries."""
        ends = sorted({2, *self.held, *kept, DESCRIPTORS})
        for below, above in itertools.pairwise(ends):
            os.closerange(below + 1, above)

    def carry(self, mark: bytes) -> None:
        """Show a mark as the last of this process's arguments, as who was started with it does. Raises OSError."""
        if len(mark) >= self._room:
            raise OSError("the name of the folder is too long")
        ctypes.memmove(self._place, mark.ljust(self._room, b"\0"), self._room)
