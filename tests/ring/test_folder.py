"""Where a run keeps its files: never over something else, never half written."""

import os

import pytest

from gome.errors import RunFolderInvalid
from gome.folder import RunFolder, write_whole
from gome.seeds import seed_for


def test_a_new_folder_is_made_and_an_empty_one_used(tmp_path):
    """Parents included."""
    RunFolder(tmp_path / "a" / "b").create()
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "empty").mkdir()
    RunFolder(tmp_path / "empty").create()


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    """One line says so; that also goes for a run that has just begun there."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    RunFolder(tmp_path / "run").create()
    for name in ("mine", "run"):
        with pytest.raises(RunFolderInvalid, match="not empty"):
            RunFolder(tmp_path / name).create()


@pytest.mark.parametrize("place", ["file/run", "file"])
def test_what_cannot_be_a_folder_is_refused(tmp_path, place):
    """A file in the way is named."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunFolderInvalid, match=r"cannot be written|is taken"):
        RunFolder(tmp_path / place).create()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    """Before anything has been run."""
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(RunFolderInvalid, match="cannot be written"):
        RunFolder(tmp_path / "locked" / "run").create()


def test_code_is_written_whole_and_read_back(tmp_path):
    """Its path is relative, so that a run can be moved; its digest is that of the bytes."""
    folder = RunFolder(tmp_path)
    path, digest = folder.write_code("t1-001", "print('grüß')\n")
    assert path == "trials/t1-001/solution.py"
    assert len(digest) == 64
    assert folder.code("t1-001") == "print('grüß')\n"
    assert [item.name for item in folder.trial("t1-001").iterdir()] == ["solution.py"]
    (folder.trial("t1-001") / "solution.py").write_bytes(b"\xff changed by itself")
    assert folder.code("t1-001") == "print('grüß')\n", "what is kept is out of the program's reach"


def test_a_file_is_replaced_at_once(tmp_path):
    """Nothing partial is left beside it."""
    path = tmp_path / "run.json"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_seeds_depend_on_their_purpose_alone():
    """The same for the same purpose, different for another, never negative."""
    assert seed_for(0, "t1-001", "propose") == seed_for(0, "t1-001", "propose")
    seeds = {seed_for(seed, trial, "x") for seed in range(5) for trial in ("a", "b")}
    assert len(seeds) == 10
    assert all(0 <= seed < 2**31 for seed in seeds)
