"""JSON tables, and submissions of several files."""

import json

import numpy as np
import pandas as pd
import pytest

from gome.errors import TaskInvalid
from gome.task import read_tables, split, write_views

ROWS = [{"id": i, "x": i % 7, "band": [i, i + 0.5], "note": {"k": "v"}, "y": i % 2} for i in range(80)]


@pytest.mark.parametrize("lines", [False, True], ids=["json", "jsonl"])
def test_tables_of_json_objects(folder, tmp_path, lines):
    """A list of objects, or one a line; lists in cells stay JSON, in the views too."""
    ending = "jsonl" if lines else "json"

    def spelled(rows):
        return "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)

    folder.text(f"train.{ending}", spelled(ROWS))
    tests = [{key: value for key, value in row.items() if key != "y"} | {"id": 500 + row["id"]} for row in ROWS[:20]]
    folder.text(f"test.{ending}", spelled(tests))
    task = folder.load(metric="auc")
    assert (task.train_file, task.targets, task.id_column) == (f"train.{ending}", ("y",), "id")
    tables = read_tables(task)
    views = write_views(task, tables, split(task, tables.train, seed=0), tmp_path / "v", seed=0)
    train = pd.read_csv(views.full / "train.csv")
    assert json.loads(train["band"][3]) == [3, 3.5]
    assert len(train) == 80


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2", '"words"', "[]"], ids=["one object", "cut", "a string", "empty"])
def test_json_that_is_no_table(folder, text):
    """One line says so."""
    folder.text("train.json", text)
    with pytest.raises(TaskInvalid, match=r"train\.json: (not a table|has a header but no rows|cannot be read)"):
        folder.load(metric="auc", target="y")


def test_a_json_file_beside_a_csv_is_no_table(sound):
    """The plain table counts; settings in JSON are another file."""
    sound.text("config.json", '{"a": {"b": 1}}')
    assert sound.load().other_files == ("config.json",)


def test_a_submission_of_several_files_is_refused(sound):
    """One line names them; the one that was told is taken."""
    rows = pd.DataFrame({"id": np.arange(60, 72), "y": 0.5})
    sound.table("sample_submission_2.csv", rows)
    with pytest.raises(TaskInvalid, match=r"a submission of several files \(sample_submission, sample_submission_2\)"):
        sound.load()
    told = 'metric = "auc"\ntarget = "y"\n[files]\nsample = "sample_submission.csv"\n'
    sound.text("task.toml", told).without("sample_submission_2.csv")
    assert sound.load().sample_file == "sample_submission.csv"


def test_a_folder_of_sample_submissions_is_refused(sound):
    """A folder in place of the sample asks for several files."""
    sound.without("sample_submission.csv")
    (sound.path / "sample_submission").mkdir()
    with pytest.raises(TaskInvalid, match="a submission of several files"):
        sound.load()
