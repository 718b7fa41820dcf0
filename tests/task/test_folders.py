"""Removing folders, whatever a program has made of them."""

from gome.task.folders import close, discard


def test_deeper_than_a_name_reaches(tmp_path):
    """Neither the kernel's longest path nor Python's deepest stack is in the way."""
    folder = tmp_path / "0"
    folder.mkdir()
    for number in range(1, 3000):
        outer = tmp_path / str(number)
        outer.mkdir()
        (outer / "file").touch()
        folder = folder.rename(outer / "x").parent

    discard(folder)

    assert list(tmp_path.iterdir()) == []


def test_closed_folders_and_links(tmp_path):
    """What is closed goes as well; what a link points at stays."""
    kept, folder = tmp_path / "kept", tmp_path / "folder"
    (kept / "inside").mkdir(parents=True)
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").touch()
    (folder / "a" / "link").symlink_to(kept)
    close(folder)

    discard(folder)
    discard(folder)

    assert list(tmp_path.iterdir()) == [kept]
    assert [path.name for path in kept.iterdir()] == ["inside"]
