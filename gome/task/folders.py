"""Folders of read-only files: closing them, placing other files in them, removing them."""

import os
import secrets
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Self

from gome.messages import RowFiles
from gome.task.task import Task

_COPIED_BYTES = 1 << 30  # more than this is not copied but pointed at
_COPIED_FILES = 10_000


def close(folder: Path) -> None:
    """Make everything below `folder` read-only, what links point at aside: what is ours of that is so already."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink() and path.stat().st_nlink == 1:
                path.chmod(0o444)
        Path(parent).chmod(0o555)


def discard(folder: Path) -> None:
    """Remove a folder, also a closed one; nothing happens when there is none. Of a link the link is removed.

    However deep it is: what lies below is moved to its top, so that no path and no stack of calls grows with it.
    """
    if folder.is_symlink():  # what it leads to is somebody else's
        folder.unlink()
    if not folder.exists():
        return
    beginning, numbers, waiting = secrets.token_hex(8), count(), [folder]
    while waiting:
        place = waiting.pop()
        place.chmod(0o755)
        with os.scandir(place) as entries:
            inside = [(Path(entry.path), entry.is_dir(follow_symlinks=False)) for entry in entries]
        for path, is_folder in inside:
            if not is_folder:
                path.unlink()
            elif place == folder:
                waiting.append(path)
            else:
                path.chmod(0o755)
                waiting.append(path.rename(folder / f"{beginning}-{next(numbers)}"))
        if place != folder:
            place.rmdir()
    folder.rmdir()


def clear(place: Path) -> None:
    """Remove what stands here, whatever it is; links are not followed."""
    if place.is_dir():
        discard(place)
    else:
        place.unlink(missing_ok=True)


def room(place: Path) -> None:
    """Have a folder here that can be written, whatever a program that ran before has put in its place."""
    if place.is_symlink() or not place.is_dir():
        clear(place)
        place.mkdir(parents=True)
    place.chmod(0o755)


class Shelf:
    """One copy of each row's file, linked into the views; a context, at whose end the shelf itself is gone.

    A symbolic link would tell where a file comes from, and a time stamp when it was made: both may tell its label.
    Files are copied (cloned, where the file system can) and get one time stamp. Where they would fill more than half
    of what is free on the disk, they are linked to the originals instead, time stamps and all.
    """

    def __init__(self, folder: Path, files: RowFiles) -> None:
        self._folder, self._files = folder, files
        self._copies: dict[Path, Path] = {}
        self._space: int | None = None

    def __enter__(self) -> Self:
        discard(self._folder)
        self._folder.mkdir(parents=True)
        self._space = shutil.disk_usage(self._folder).free // 2
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def place(self, view: Path, folder: str, named: Sequence[tuple[str, Path]]) -> None:
        """Put files into a folder of a view: each under what the row's column says."""
        for name, source in named:
            target = view / folder / f"{self._files.beginning}{name}{self._files.ending}"
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                _link(str(self._copy(source)), str(target))

    def _copy(self, source: Path) -> Path:
        if source not in self._copies:
            size = source.stat().st_size
            assert self._space is not None, "entered"
            self._space -= size
            if self._space < 0:
                self._copies[source] = source
            else:
                copy = self._folder / str(len(self._copies))
                shutil.copyfile(source, copy)
                os.utime(copy, (0, 0))
                copy.chmod(0o444)
                self._copies[source] = copy
        return self._copies[source]


def place_others(task: Task, views: Sequence[Path]) -> None:
    """Put the task's other files into every view.

    One copy is shared by hard links, so that closing the views leaves the user's own files alone. Very large
    collections are symbolic links to the originals instead: a sandbox must let these through.
    """
    items = _others(task, views[0])
    copied = _size(items) is not None
    for item in items:
        first = views[0] / item.name
        if not copied:
            for view in views:
                (view / item.name).symlink_to(item)
        elif item.is_dir():
            shutil.copytree(item, first, copy_function=_copy)
            for view in views[1:]:
                shutil.copytree(first, view / item.name, copy_function=_link)
        else:
            _copy(str(item), str(first))
            for view in views[1:]:
                _link(str(first), str(view / item.name))


def copied_bytes(task: Task, view: Path) -> int:
    """Return how large the task's other files are as far as `place_others` copies them."""
    return _size(_others(task, view)) or 0


def _others(task: Task, view: Path) -> list[Path]:
    items = [task.path / name for name in task.other_files]
    return [item for item in items if item.exists() and not view.resolve().is_relative_to(item.resolve())]


def _copy(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o444)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _size(items: Sequence[Path]) -> int | None:
    """Return the bytes of all files; None where they are too many, or too large, to be copied."""
    files = size = 0
    for item in items:
        for path in item.rglob("*") if item.is_dir() else [item]:
            files, size = files + 1, size + path.stat().st_size
            if files > _COPIED_FILES or size > _COPIED_BYTES:
                return None
    return size
