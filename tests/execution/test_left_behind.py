"""What is taken of a program's folder."""

from pathlib import Path

from gome.execution.turns import submission


def test_moved_to_its_place(tmp_path):
    """A submission in ./working is as good."""
    (tmp_path / "working").mkdir()
    (tmp_path / "working" / "submission.csv").write_text("id,y\n")

    assert submission(tmp_path) == tmp_path / "submission.csv"
    assert (tmp_path / "submission.csv").read_text() == "id,y\n"


def test_a_folder_in_its_place(tmp_path):
    """A program that put a folder there has handed in nothing; the run goes on."""
    for name in ("working", "submission.csv"):
        (tmp_path / name).mkdir()
    (tmp_path / "working" / "submission.csv").write_text("id,y\n")

    assert submission(tmp_path) is None


def test_closed_to_us(monkeypatch, tmp_path):
    """Nor has one that closed its folder."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)

    assert submission(tmp_path) is None
