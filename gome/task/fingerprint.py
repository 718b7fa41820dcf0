"""The fingerprint of a task's data and of its split: scores are comparable where it is the same."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gome.task.split import Split
from gome.task.task import Task

LENGTH = 32  # hexadecimal digits of each


def fingerprint(task: Task, split: Split) -> str:
    """Return two digests: of the tables' bytes with the names and sizes of the other files; of which rows are held out.

    The content of other files is not read: they may be hundreds of gigabytes. Where the folder is, does not matter.
    """
    digest = hashlib.blake2b(digest_size=LENGTH // 2)
    for name in (task.train_file, task.test_file, task.sample_file):
        if name is not None and (task.path / name).is_file():
            with (task.path / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, hashlib.blake2b).digest())
    if task.metric_file is not None:
        digest.update(Path(task.metric_file).read_bytes())
    for line in _others(task):
        digest.update(line.encode(errors="surrogateescape") + b"\n")
    held = hashlib.blake2b(digest_size=LENGTH // 2)
    for rows in (split.train, split.search, split.final):
        held.update(rows.astype("<i8").tobytes() + b"\n")
    return f"{digest.hexdigest()}-{held.hexdigest()}"


def _others(task: Task) -> Iterator[str]:
    folders = () if task.row_files is None else task.row_files.folders
    for name in (*task.other_files, *folders):
        item = task.path / name
        for path in sorted(item.rglob("*")) if item.is_dir() else [item]:
            if path.is_file():
                yield f"{path.relative_to(task.path).as_posix()} {path.stat().st_size}"
