"""Tasks whose rows are files: held out by id, and nothing that a solution sees tells a held-out label."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gome.errors import TaskInvalid
from gome.task import read_tables, split, write_views
from gome.task.attached import labels_of
from gome.task.folders import discard

ROWS, TEST = 120, 30
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.permutation(["cat", "dog", "emu"] * (ROWS // 3))


def content(place: int) -> bytes:
    return b"\x89PNG" + f"file {place}".encode()


def put(path: Path, place: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(place))
    os.utime(path, (1_000_000 + place, 1_000_000 + place))


def with_table(folder, ending=".png", nested=False):
    """train.csv names the files in train/, the sample those in test/."""
    ids = [f"k{i}" for i in RANDOM.permutation(ROWS + TEST)]
    for place, name in enumerate(ids):
        side = "test" if place >= ROWS else f"train/{LABELS[place]}" if nested else "train"
        put(folder.path / side / f"{name}{ending}", place)
    folder.table("train.csv", {"id": ids[:ROWS], "label": LABELS})
    folder.table("sample_submission.csv", {"id": ids[ROWS:], "label": "cat"})


def with_folders(folder):
    """No table: train/<label>/<number>.png, numbers from 0 in each; test/<number>.png."""
    for place in range(ROWS):
        put(folder.path / "train" / LABELS[place] / f"{int((LABELS[:place] == LABELS[place]).sum())}.png", place)
    for place in range(TEST):
        put(folder.path / "test" / f"{place}.png", ROWS + place)
    folder.table("sample_submission.csv", {"file": [f"{i}.png" for i in range(TEST)], "species": "cat"})


def with_named_folders(folder):
    """No table: train/<label>/<label>_<number>.png, so that the name alone tells the label too."""
    for place in range(ROWS):
        put(folder.path / "train" / LABELS[place] / f"{LABELS[place]}_{place}.png", place)
    for place in range(TEST):
        put(folder.path / "test" / f"{place}.png", ROWS + place)
    folder.table("sample_submission.csv", {"id": [str(i) for i in range(TEST)], "label": "cat"})


def with_prefixes(folder):
    """No table: train/<label>.<number>.jpg."""
    for place in range(ROWS):
        put(folder.path / "train" / f"{LABELS[place]}.{place}.jpg", place)
    for place in range(TEST):
        put(folder.path / "test" / f"{place}.jpg", ROWS + place)
    folder.table("sample_submission.csv", {"id": range(TEST), "label": "cat"})


def with_paths(folder):
    """A column of train.csv holds whole paths, the label's folder among them."""
    train = [f"images/{LABELS[place]}/{place}.png" for place in range(ROWS)]
    test = [f"images/unknown/{place}.png" for place in range(ROWS, ROWS + TEST)]
    for place, name in enumerate([*train, *test]):
        put(folder.path / name, place)
    folder.table("train.csv", {"n": range(ROWS), "path": train, "label": LABELS})
    folder.table("test.csv", {"n": range(900, 900 + TEST), "path": test})
    folder.text("task.toml", 'metric = "accuracy"\ntarget = "label"\nid = "n"\n')


def with_one_folder(folder):
    """Training and test files lie in one folder."""
    for place in range(ROWS + TEST):
        put(folder.path / "images" / f"Img_{place}.jpg", place)
    folder.table("train.csv", {"image_id": [f"Img_{i}" for i in range(ROWS)], "label": LABELS})
    folder.table("test.csv", {"image_id": [f"Img_{i}" for i in range(ROWS, ROWS + TEST)]})


def with_patterns(folder):
    """task.toml tells where files are: below two folders, under names that hold more than the row's number."""
    for place in range(ROWS + TEST):
        put(folder.path / "data" / ("new" if place >= ROWS else "old") / f"img_{place:04}_a.png", place)
    folder.table("train.csv", {"number": [f"{i:04}" for i in range(ROWS)], "label": LABELS})
    folder.table("test.csv", {"number": [f"{i:04}" for i in range(ROWS, ROWS + TEST)]})
    told = 'rows = "data/old/img_{number}_a.png"\ntest_rows = "data/new/img_{number}_a.png"\n'
    folder.text("task.toml", f'id = "number"\n[files]\n{told}')


SHAPES = [with_table, with_folders, with_named_folders, with_prefixes, with_paths, with_one_folder, with_patterns]
shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


def viewed(folder, out, **told):
    task = folder.load(metric="accuracy", **told)
    tables = read_tables(task)
    parts = split(task, tables.train, seed=0)
    return task, tables, parts, write_views(task, tables, parts, out, seed=0)


def file_of(task, view, side, value):
    files = task.row_files
    return view / (files.train if side == "train" else files.test) / f"{files.beginning}{value}{files.ending}"


def place_of(path):
    return int(re.fullmatch(rb"\x89PNGfile (\d+)", path.read_bytes())[1])


@shapes
def test_each_row_has_its_file_and_its_label(folder, tmp_path, shape):
    """In every view, train rows by their label, test rows by their content; all that the harness needs fits."""
    shape(folder)
    task, _, parts, views = viewed(folder, tmp_path / "v")
    assert task.row_files.kind == "image"
    assert not task.other_files
    column = task.row_files.column
    for view in (*(view.path for view in views.searches), views.sample, views.full):
        train, test = (pd.read_csv(view / name, dtype=str) for name in ("train.csv", "test.csv"))
        for value, label in zip(train[column], train[task.targets[0]], strict=True):
            assert LABELS[place_of(file_of(task, view, "train", value))] == label
        places = [place_of(file_of(task, view, "test", value)) for value in test[column]]
        seen = {place_of(file_of(task, view, "train", value)) for value in train[column]}
        assert not seen & set(places)
        held = [path for path in view.rglob("*") if path.is_file() and path.suffix not in {".csv", ".md"}]
        assert len(held) == len(train) + len(test)
    first = views.searches[0]
    test = pd.read_csv(first.path / "test.csv", dtype=str)
    assert len(test) == len(first.rows)
    truth = views.search_rows.labels[task.targets[0]].tolist()
    where = {row: at for at, row in enumerate(first.rows)}
    shown = [(where[at], label) for at, label in zip(views.search_rows.positions, truth, strict=True) if at in where]
    for at, label in shown:
        assert LABELS[place_of(file_of(task, first.path, "test", test[column][at]))] == label
    assert len(parts.folds) == 5


@shapes
def test_no_path_or_stamp_tells_a_held_out_label(folder, tmp_path, shape):
    """No name of a hidden file holds its label; files are no links elsewhere, of one age, in no telling order."""
    shape(folder)
    task, _, _, views = viewed(folder, tmp_path / "v")
    for view in views.searches:
        test = pd.read_csv(view.path / "test.csv", dtype=str)
        for value in test[task.row_files.column]:
            path = file_of(task, view.path, "test", value)
            assert not any(label in path.relative_to(view.path).as_posix() for label in ("cat", "dog", "emu"))
            assert not path.is_symlink()
            assert path.stat().st_mtime == 0
        # a number in the name must not tell the label either
        own = views.search_rows
        numbers = {
            at: int(re.sub(r"\D", "", Path(name).stem) or 0) for at, name in enumerate(test[task.row_files.column])
        }
        where = {row: at for at, row in enumerate(view.rows)}
        pairs = [
            (numbers[where[at]], ["cat", "dog", "emu"].index(label))
            for at, label in zip(own.positions, own.labels.iloc[:, 0], strict=True)
            if at in where
        ]
        assert abs(np.corrcoef(np.array(pairs).T)[0, 1]) < 0.6


@shapes
def test_the_users_files_stay_as_they_are(folder, tmp_path, shape):
    """Closing and removing views touches copies alone."""
    shape(folder)
    before = {path: path.stat() for path in folder.path.rglob("*") if path.is_file()}
    viewed(folder, tmp_path / "v")
    discard(tmp_path / "v")
    for path, status in before.items():
        assert (path.stat().st_mode, path.stat().st_mtime) == (status.st_mode, status.st_mtime)


def test_a_full_disk_links_to_the_originals(folder, tmp_path, monkeypatch):
    """Where copies would fill the disk, files are linked, and the originals keep their mode."""
    with_table(folder)
    monkeypatch.setattr("gome.task.folders.shutil.disk_usage", lambda _: type("Usage", (), {"free": 100})())
    task, _, _, views = viewed(folder, tmp_path / "v")
    value = pd.read_csv(views.search / "test.csv")["id"][0]
    assert file_of(task, views.search, "test", value).stat().st_nlink > 1
    assert all(path.stat().st_mode & 0o200 for path in (folder.path / "train").iterdir())


def test_an_archive_of_the_files_is_not_shown(folder, tmp_path):
    """A second copy of the training files would undo the split."""
    with_folders(folder)
    folder.text("train.zip", "PK").text("notes.txt", "hello")
    task, *_ = viewed(folder, tmp_path / "v")
    assert task.other_files == ("notes.txt",)
    assert any("train.zip is not shown" in sentence for sentence in task.inferred)


def test_files_in_class_folders_beside_a_table(folder, tmp_path):
    """Labels in a table and in the paths: the table counts, the paths are flattened."""
    with_table(folder, nested=True)
    task, _, _, views = viewed(folder, tmp_path / "v")
    assert task.train_file == "train.csv"
    assert not any(path.is_dir() for path in (views.search / "train").iterdir())


def test_a_test_row_without_its_file_is_told(folder):
    """One line names it."""
    with_table(folder)
    folder.edit("sample_submission.csv", lambda t: t.assign(id=["nowhere", *t["id"][1:]]))
    with pytest.raises(TaskInvalid, match=r"train/k\d+.png, but test row 'nowhere' has none"):
        folder.load(metric="accuracy")


def test_text_and_other_kinds(folder):
    """What the files are is told by their endings."""
    with_table(folder, ending=".txt")
    assert folder.load(metric="accuracy").row_files.kind == "text"


def test_words_that_are_no_labels(tmp_path):
    """Names that all differ, or a folder of folders and files, tell no label."""
    paths = [tmp_path / f"{i}.png" for i in range(50)]
    assert labels_of(paths, tmp_path) == {}
    assert labels_of([*paths, tmp_path / "a" / "x.png"], tmp_path) == {}


def test_a_pattern_in_short(folder):
    """`files = "images/{id}.jpg"`: training and test files lie together."""
    with_one_folder(folder)
    folder.text("task.toml", 'files = "images/{image_id}.jpg"\n')
    files = folder.load(metric="accuracy").row_files
    assert (files.column, files.train, files.test, files.ending) == ("image_id", "images", "images", ".jpg")


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ('rows = "images/all.jpg"', "one column in braces"),
        ('rows = "images/{image_id}_{part}.jpg"', "one column in braces"),
        ('rows = "../{image_id}.jpg"', "below the task's folder"),
        ('rows = "images/{picture}.jpg"', "no feature 'picture'"),
        ('rows = "images/{image_id}.png"', "120 rows have no file such as images/Img_0.png"),
        ('test_rows = "images/{image_id}.jpg"', "goes with files.rows"),
        ('rows = "images/{image_id}.jpg"\ntest_rows = "images/{image_id}.png"', "differ in their folders only"),
    ],
)
def test_a_pattern_that_does_not_fit_is_told_in_one_line(folder, told, problem):
    with_one_folder(folder)
    folder.text("task.toml", f"[files]\n{told}\n")
    with pytest.raises(TaskInvalid, match=problem) as caught:
        folder.load(metric="accuracy")
    assert "\n" not in str(caught.value)
