"""Control groups of one trial, version 1 or 2: where they may be made, the kernel holds memory and processes."""
# ruff: noqa: PTH102, PTH106, PTH118, PTH123 - importing pathlib takes longer than most of this

import contextlib
import os
import re

from .order import Order
from .tree import MIB, read

EVERY_LIMIT = (  # file, and what it is given: bytes of memory, processes
    ("memory.limit_in_bytes", "{memory}"),
    ("memory.memsw.limit_in_bytes", "{memory}"),
    ("memory.max", "{memory}"),
    ("memory.swap.max", "0"),
    ("memory.oom.group", "1"),
    ("pids.max", "{processes}"),
)


class Groups:
    """The groups that an order names. Made here, joined by the program's process, removed when all are dead."""

    def __init__(self, order: Order) -> None:
        self.folders = order.groups
        memory = "-1" if order.memory_mib is None else str(order.memory_mib * MIB)
        for folder in self.folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder)
            for name, value in EVERY_LIMIT:
                path = os.path.join(folder, name)
                if os.access(path, os.W_OK) and (order.memory_mib is not None or "memory" not in name):
                    write(path, value.format(memory=memory, processes=order.processes))

    def join(self) -> None:
        """Put this process, and so all it starts, into the groups. Raises OSError."""
        for folder in self.folders:
            write(os.path.join(folder, "cgroup.procs"), "0")

    def starved(self) -> bool:
        """Whether the kernel has killed somebody for want of memory."""
        return any(
            int(count)
            for folder in self.folders
            for name in ("memory.oom_control", "memory.events")
            for count in re.findall(rb"^oom_kill (\d+)", read(os.path.join(folder, name)), re.MULTILINE)
        )

    def remove(self) -> None:
        """Remove the groups; all who were in them are dead."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def write(path: str, text: str) -> None:
    """Write one value into a file of the kernel. Raises OSError."""
    with open(path, "w") as file:
        file.write(text)
