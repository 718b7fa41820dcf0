"""Whether there is room for a task: on the disk for what programs are shown of it, and within a program's own cap."""

import shutil
from pathlib import Path

from gome.errors import TaskInvalid
from gome.task.task import Task

MIB = 1 << 20


def check_room(task: Task, folder: Path, *, views: int, cap_mib: int) -> None:
    """Raise TaskInvalid where a task's tables do not fit.

    Args:
        task: whose tables are copied into each view, and which a program may well write out again, prepared.
        folder: of the run, on whose disk the views lie.
        views: that are to be written.
        cap_mib: what a program may keep on disk.
    """
    tables = [task.train_file, task.test_file, task.sample_file]
    size_mib = sum((task.path / name).stat().st_size for name in tables if name is not None) / MIB
    free_mib = shutil.disk_usage(folder).free / MIB
    if size_mib > cap_mib:
        raise TaskInvalid(
            f"{task.path}: its tables take {size_mib:,.0f} MiB, more than the {cap_mib:,} MiB that a trial may keep on "
            f"disk; allow more with --trial-disk"
        )
    if views * size_mib > free_mib:
        raise TaskInvalid(
            f"{task.path}: its tables take {size_mib:,.0f} MiB, and a run needs {views} copies of them; "
            f"{folder.resolve()} has {free_mib:,.0f} MiB free: free some, or give --out on another disk"
        )
