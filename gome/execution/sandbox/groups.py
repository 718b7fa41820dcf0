"""Where control groups can be made for programs: version 2 or 1, as far as we may write there."""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gome.execution.remains import prefix

SUPERVISOR_MIB, WARDENS = 16, 5  # who watches a program is in its groups, and may not starve with it
FORKED_MIB = 64  # what those who watch copy of what they were forked from
EVERY_LIMIT = (  # file, and what it is given
    ("memory.limit_in_bytes", "memory"),
    ("memory.memsw.limit_in_bytes", "memory"),
    ("memory.max", "memory"),
    ("memory.swap.max", "0"),
    ("pids.max", "processes"),
)
LIMITS = {"memory": ("memory.max", "memory.limit_in_bytes"), "pids": ("pids.max",)}


class Groups(msgspec.Struct, frozen=True):
    """Folders in which a group can be made, by what it would hold: "memory", "pids"."""

    parents: dict[str, str] = {}

    def named(self, name: str, *, memory: bool) -> list[str]:
        """Return the folders of the groups that one program gets; the memory's only where there is a cap."""
        chosen = {parent for kind, parent in self.parents.items() if memory or kind != "memory"}
        return [f"{parent}/{prefix()}{name}" for parent in sorted(chosen)]


def enter(folders: Iterable[str], pid: int, *, memory_mib: int | None, processes: int) -> None:
    """Make groups with these limits and put a process into them; it may take the kernel 10 ms. Raises OSError."""
    for folder in map(Path, folders):
        folder.mkdir()
        limit([str(folder)], memory_mib=memory_mib, processes=processes)
        (folder / "cgroup.procs").write_text(str(pid))


def limit(folders: Iterable[str], *, memory_mib: int | None, processes: int, beside_mib: int = SUPERVISOR_MIB) -> None:
    """Set the limits of groups.

    Args:
        folders: of the groups.
        memory_mib: that the program may have; None: no limit.
        processes: that it may have.
        beside_mib: what those need who watch it.

    Raises:
        OSError: the kernel does not take them.
    """
    values = {"processes": str(processes + WARDENS)}
    if memory_mib is not None:
        values["memory"] = str((memory_mib + beside_mib) << 20)
    for folder in map(Path, folders):
        for name, value in EVERY_LIMIT:
            if os.access(folder / name, os.W_OK) and (value in values or value.isdecimal()):
                (folder / name).write_text(values.get(value, value))


def find(root: Path = Path("/")) -> Groups:
    """Return where groups can be made, found by making one."""
    parents: dict[str, str] = {}
    for kind, names in LIMITS.items():
        for folder in _candidates(root, kind):
            if _holds(folder, names):
                parents[kind] = str(folder)
                break
    return Groups(parents)


def remove(folders: Iterable[str]) -> bool:
    """Remove groups; return whether they are gone. They stay while somebody in them is about to die."""
    for folder in map(Path, folders):
        with contextlib.suppress(OSError):
            folder.rmdir()
    return not any(Path(folder).exists() for folder in folders)


def _candidates(root: Path, kind: str) -> Iterator[Path]:
    """Yield our own group, and in version 2, where a group with processes can have no groups below it, its parent."""
    top = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if kind in controllers.split(","):
            yield top / controllers / path.lstrip("/")
        elif not controllers:
            own = top / path.lstrip("/")
            yield own
            if own != top:
                yield own.parent


def _holds(folder: Path, limits: tuple[str, ...]) -> bool:
    """Whether a group below this folder can be made, limited, joined and removed."""
    group = folder / f"{prefix()}{secrets.token_hex(8)}"
    try:
        group.mkdir()
    except OSError:
        return False
    try:
        return (
            any(os.access(group / name, os.W_OK) for name in limits)
            and os.access(group / "cgroup.procs", os.W_OK)
            and os.access(folder / "cgroup.procs", os.W_OK)
        )
    finally:
        group.rmdir()
