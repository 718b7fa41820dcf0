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


def test_of_a_link_only_the_link_is_removed(tmp_path):
    """What a link leads to is somebody else's."""
    target = tmp_path / "target"
    target.mkdir(mode=0o500)
    (target / "kept").mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)

    discard(link)

    assert not link.is_symlink()
    assert (target / "kept").is_dir()
    assert target.stat().st_mode & 0o777 == 0o500
