"""Whether there is room for a task: on the disk for what programs are shown of it, and within a program's own cap."""

import shutil
from pathlib import Path

from gome.errors import TaskInvalid
from gome.task.folders import copied_bytes
from gome.task.task import Task

MIB = 1 << 20


def check_room(task: Task, folder: Path, *, views: int, cap_mib: int) -> None:
    """Raise TaskInvalid where what is laid out of a task does not fit.

    Args:
        task: whose tables and description are copied into each view, and which a program may well write out again,
            prepared; of its other files there is one copy, where they are copied at all.
        folder: of the run, on whose disk the views lie.
        views: that are to be written.
        cap_mib: what a program may keep on disk.
    """
    tables = [task.train_file, task.test_file, task.sample_file]
    described = len(task.description.encode("utf-8", "surrogatepass"))
    size_mib = (sum((task.path / name).stat().st_size for name in tables if name is not None) + described) / MIB
    other_mib = copied_bytes(task, folder) / MIB
    free_mib = shutil.disk_usage(folder).free / MIB
    if size_mib + other_mib > cap_mib:
        raise TaskInvalid(
            f"{task.path}: its tables, description.md and other files take {size_mib + other_mib:,.0f} MiB, more than "
            f"the {cap_mib:,} MiB that a trial may keep on disk; allow more with --trial-disk"
        )
    if views * size_mib + other_mib > free_mib:
        raise TaskInvalid(
            f"{task.path}: its tables and description.md take {size_mib:,.0f} MiB, and a run needs {views} copies of "
            f"them; {folder.resolve()} has {free_mib:,.0f} MiB free: free some, or give --out on another disk"
        )
