"""What a runtime that was killed left lying beside its runs: control groups and temporary folders, named after it."""

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from gome.task.folders import discard


def prefix() -> str:
    """Return how names begin that this process gives: with its number, and where it is that number."""
    return f"gome-{_place()}-{os.getpid()}-"


def temporary() -> Path:
    """Make a folder for temporary files. Raises OSError."""
    return Path(tempfile.mkdtemp(prefix=prefix()))


def sweep(groups: Iterable[str]) -> None:
    """Remove what runtimes left that are gone and were this user's; what others remove meanwhile is no matter.

    Args:
        groups: folders in which control groups are made.
    """
    _sweep(Path(tempfile.gettempdir()), discard)
    for parent in groups:
        _sweep(Path(parent), Path.rmdir)  # of the groups that were forked off, the empty ones


def _sweep(parent: Path, remove: Callable[[Path], None]) -> None:
    named = re.compile(rf"gome-{_place()}-([0-9]+)-.*")
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            match = named.fullmatch(entry.name)
            if match is not None and _gone(int(match[1])):
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid == os.getuid() and not entry.is_symlink():
                        remove(Path(entry.path))


def _place() -> str:
    """Return the start of the machine and the namespace in which processes are numbered: others may share a folder."""
    try:
        boot, inode = Path("/proc/sys/kernel/random/boot_id").read_text(), Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return "0"  # no Linux: no programs are run
    return f"{boot[:8]}.{inode}"


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's
        return False
    return False
