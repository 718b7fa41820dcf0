"""Folders of read-only files: closing them, placing other files in them, removing them."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from gome.task.task import Task

_COPIED_BYTES = 1 << 30  # more than this is not copied but pointed at
_COPIED_FILES = 10_000


def close(folder: Path) -> None:
    """Make everything below `folder` read-only, what symbolic links point at aside."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o444)
        Path(parent).chmod(0o555)


def discard(folder: Path) -> None:
    """Remove a closed folder; nothing happens when there is none."""
    if not folder.exists():
        return
    folder.chmod(0o755)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755)
    shutil.rmtree(folder)


def place_others(task: Task, views: Sequence[Path]) -> None:
    """Put the task's other files into every view.

    One copy is shared by hard links, so that closing the views leaves the user's own files alone. Very large
    collections are symbolic links to the originals instead: a sandbox must let these through.
    """
    items = [task.path / name for name in task.other_files]
    items = [item for item in items if item.exists() and not views[0].resolve().is_relative_to(item.resolve())]
    copied = _small(items)
    for item in items:
        first = views[0] / item.name
        if not copied:
            for view in views:
                (view / item.name).symlink_to(item)
        elif item.is_dir():
            shutil.copytree(item, first, copy_function=shutil.copyfile)
            for view in views[1:]:
                shutil.copytree(first, view / item.name, copy_function=_link)
        else:
            shutil.copyfile(item, first)
            for view in views[1:]:
                _link(str(first), str(view / item.name))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _small(items: Sequence[Path]) -> bool:
    files = size = 0
    for item in items:
        for path in item.rglob("*") if item.is_dir() else [item]:
            files, size = files + 1, size + path.stat().st_size
            if files > _COPIED_FILES or size > _COPIED_BYTES:
                return False
    return True
