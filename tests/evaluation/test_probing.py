"""A probe shuffles labels and doubles test rows; what it says of their order follows from numbers alone."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from probed_task import ROWS, TASK

from gome.evaluation.probing import LEAST, rows_check, write_probe
from gome.messages import TaskBrief


@pytest.fixture
def view(tmp_path):
    """A view as solutions see it, with a file beside the tables."""
    random = np.random.default_rng(0)
    folder = tmp_path / "sample"
    folder.mkdir()
    x = random.normal(size=ROWS).round(3)
    train = pd.DataFrame({"id": np.arange(ROWS), "x": x, "y": (x > 0).astype(int)})
    train.to_csv(folder / "train.csv", index=False)
    test = pd.DataFrame({"id": np.arange(ROWS, 2 * ROWS), "x": random.normal(size=ROWS).round(3)})
    test.to_csv(folder / "test.csv", index=False)
    test[["id"]].assign(y=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "description.md").write_text("words")
    return folder


def order(tmp_path, submission, twins, task=TASK):
    path = tmp_path / "submission.csv"
    submission.to_csv(path, index=False)
    return rows_check(task, tmp_path / "probe", path, twins)


def test_labels_are_shuffled_and_rows_doubled(view, tmp_path):
    """The same labels, on other rows; each twin has the features of its row and an id of its own."""
    twins = write_probe(TASK, view, tmp_path / "probe", seed=1)
    before, after = (pd.read_csv(folder / "train.csv") for folder in (view, tmp_path / "probe"))
    assert sorted(before["y"]) == sorted(after["y"])
    assert before["x"].equals(after["x"])
    assert abs(np.corrcoef(after["x"] > 0, after["y"])[0, 1]) < 0.3
    test = pd.read_csv(tmp_path / "probe" / "test.csv")
    sample = pd.read_csv(tmp_path / "probe" / "sample_submission.csv")
    assert test["id"].tolist() == sample["id"].tolist()
    assert test["id"].is_unique
    assert (test["x"].to_numpy()[twins.first] == test["x"].to_numpy()[twins.second]).all()
    assert len(twins.first) == 100
    assert (tmp_path / "probe" / "description.md").read_text() == "words"


def test_half_a_probe_keeps_the_distribution_and_rare_classes(view, tmp_path):
    """Every other row of the common classes, all of a class that a program would trip over if it lost it."""
    train = pd.read_csv(view / "train.csv")
    train.loc[:3, "y"] = 2
    train.to_csv(view / "train.csv", index=False)
    twins = write_probe(TASK, view, tmp_path / "probe", seed=1, half=True)
    after = pd.read_csv(tmp_path / "probe" / "train.csv")
    whole, kept = train["y"].value_counts(), after["y"].value_counts()
    assert kept[2] == 4
    assert abs(kept[0] - whole[0] / 2) <= 1
    assert abs(kept[1] - whole[1] / 2) <= 1
    assert after["id"].is_monotonic_increasing
    test = pd.read_csv(tmp_path / "probe" / "test.csv")
    assert len(test) == ROWS
    assert (test["x"].to_numpy()[twins.first] == test["x"].to_numpy()[twins.second]).all()


def test_half_of_numbers_spans_their_range(view, tmp_path):
    """Each of the kept ones has a neighbour among those left out."""
    train = pd.read_csv(view / "train.csv")
    train["y"] = train["x"]
    train.to_csv(view / "train.csv", index=False)
    task = msgspec.structs.replace(TASK, kind="regression", metric="rmse", wanted="value", classes=())
    write_probe(task, view, tmp_path / "probe", seed=1, half=True)
    after = pd.read_csv(tmp_path / "probe" / "train.csv")
    assert len(after) == ROWS / 2
    assert sorted(after["y"]) == train["y"].sort_values().iloc[::2].tolist()


def test_a_probe_is_the_same_each_time(view, tmp_path):
    """The seed decides."""
    for name in ("a", "b"):
        write_probe(TASK, view, tmp_path / name, seed=4)
    assert (tmp_path / "a" / "train.csv").read_bytes() == (tmp_path / "b" / "train.csv").read_bytes()


def test_twins_are_predicted_alike_in_the_right_order(view, tmp_path):
    """By id in any order; not when predictions are shifted by a row, or drawn at random."""
    twins = write_probe(TASK, view, tmp_path / "probe", seed=1)
    test = pd.read_csv(tmp_path / "probe" / "test.csv")
    right = test[["id"]].assign(y=1 / (1 + np.exp(-test["x"])))
    assert order(tmp_path, right, twins).status == "passed"
    assert order(tmp_path, right.sample(frac=1, random_state=0), twins).status == "passed"
    shifted = right.assign(y=np.roll(right["y"], 1))
    assert order(tmp_path, shifted, twins).status == "failed"
    drawn = right.assign(y=np.random.default_rng(0).random(len(right)))
    assert order(tmp_path, drawn, twins).status == "failed"


def test_constant_predictions_say_nothing_of_the_order(view, tmp_path):
    """Twins that are alike because all rows are prove nothing either way."""
    twins = write_probe(TASK, view, tmp_path / "probe", seed=1)
    sample = pd.read_csv(tmp_path / "probe" / "sample_submission.csv")
    assert order(tmp_path, sample, twins) is None
    assert LEAST < 100


def test_labels_as_predictions_are_compared_by_agreement(view, tmp_path):
    """For a metric that reads labels."""
    task = TaskBrief(
        **{**{f: getattr(TASK, f) for f in TASK.__struct_fields__}, "metric": "accuracy", "wanted": "label"}
    )
    twins = write_probe(task, view, tmp_path / "probe", seed=1)
    test = pd.read_csv(tmp_path / "probe" / "test.csv")
    right = test[["id"]].assign(y=(test["x"] > 0).astype(int))
    assert order(tmp_path, right, twins, task).status == "passed"
    shifted = right.assign(y=np.roll(right["y"], 1))
    assert order(tmp_path, shifted, twins, task).status == "failed"
