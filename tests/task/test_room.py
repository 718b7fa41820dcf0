"""A task for which there is no room is refused in one line, before anything is written."""

import shutil
from collections import namedtuple

import pytest

from gome.errors import TaskInvalid
from gome.evaluation.metrics import Metrics
from gome.task import load_task, write_example
from gome.task.room import check_room

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def task(tmp_path):
    return load_task(write_example("digits", tmp_path / "task"), Metrics.builtin().named)


def test_room(task, tmp_path):
    """A small task fits."""
    check_room(task, tmp_path, views=7, cap_mib=16)


def test_larger_than_a_trial_may_keep(task, tmp_path):
    """Tables that a program could not even write out again are refused, and the line says what to allow."""
    grown = task.path / task.train_file
    grown.write_bytes(grown.read_bytes() + b"\n" * (3 << 20))

    with pytest.raises(TaskInvalid, match=r"MiB, more than the 2 MiB .* --trial-disk") as caught:
        check_room(task, tmp_path, views=3, cap_mib=2)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["description.md", "notes.txt"])
def test_whatever_is_laid_into_the_folder_counts(name, tmp_path):
    """A description, or another file, that is larger than a trial may keep is refused as tables are."""
    folder = write_example("digits", tmp_path / "task")
    (folder / name).write_text("a word " * (3 << 17))
    task = load_task(folder, Metrics.builtin().named)

    with pytest.raises(TaskInvalid, match=r"description.md and other files take .* --trial-disk"):
        check_room(task, tmp_path, views=3, cap_mib=2)


def test_no_room_for_the_views(monkeypatch, task, tmp_path):
    """Where the copies would not fit on the disk, the line says how many and where."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 30, 1 << 30, 1 << 16))

    with pytest.raises(TaskInvalid, match=r"needs 7 copies .* --out on another disk"):
        check_room(task, tmp_path, views=7, cap_mib=1024)
