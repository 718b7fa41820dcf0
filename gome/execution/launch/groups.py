"""Control groups of one trial, which this process was put into before it had its order: what they have to say."""
# ruff: noqa: PTH106, PTH118, PTH120, PTH123 - importing pathlib takes longer than most of this

import contextlib
import os
import re
from collections.abc import Iterable

from .order import Order
from .tree import read


class Groups:
    """The groups that an order names. The runtime removes them; without one, they are left and removed here."""

    def __init__(self, order: Order) -> None:
        self.folders = order.groups

    def starved(self) -> bool:
        """Whether the kernel has killed somebody for want of memory."""
        return any(
            int(count)
            for folder in self.folders
            for name in ("memory.oom_control", "memory.events")
            for count in re.findall(rb"^oom_kill (\d+)", read(os.path.join(folder, name)), re.MULTILINE)
        )


def leave(folders: Iterable[str]) -> None:
    """Leave these groups and remove them; all others who were in them are dead."""
    for folder in folders:
        with contextlib.suppress(OSError):
            with open(os.path.join(os.path.dirname(folder), "cgroup.procs"), "w") as file:
                file.write("0")
            os.rmdir(folder)
