"""Examples: seven tasks that load, split and hide their answers."""

import pandas as pd
import pytest

from gome.evaluation.metrics import Metrics
from gome.task import EXAMPLES, example_answers, init_task, load_task, profile, read_tables, split, write_example
from gome.task.giveaways import giveaways

KINDS = {
    "breast_cancer": ("binary", "logloss"), "wine": ("multiclass", "logloss"), "digits": ("multiclass", "accuracy"),
    "diabetes": ("regression", "rmse"), "reviews": ("multiclass", "f1_macro"), "rides": ("regression", "rmsle"),
    "shops": ("binary", "auc"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name, tmp_path):
    """Each loads without anything inferred, profiles without a leak, splits, and answers fit its test rows."""
    task = load_task(write_example(name, tmp_path / name), Metrics.builtin().named)
    assert (task.kind, task.metric, task.inferred) == (*KINDS[name], ())
    tables = read_tables(task)
    told = profile(task, tables.train, tables.test)
    assert told.suspects == ()
    assert giveaways(task, tables.train, tables.test, told.columns) == ()
    assert split(task, tables.train, seed=0).search.size > 30
    answers = example_answers(name)
    assert answers["id"].tolist() == tables.test["id"].tolist() == tables.sample["id"].tolist()
    assert list(answers.columns) == ["id", *task.targets]
    assert not set(answers["id"]) & set(tables.train["id"])
    assert not set(task.targets) & set(tables.test.columns)


@pytest.mark.parametrize("name", ["rides", "reviews", "shops"])
def test_generated_tables_are_what_they_claim(name, tmp_path):
    """There is a text, a date, a column of hundreds of levels with gaps; a seed makes the same table."""
    task = load_task(write_example(name, tmp_path / "a"), Metrics.builtin().named)
    train = read_tables(task).train
    if name == "reviews":
        assert task.text_columns == ("review",)
    elif name == "rides":
        assert task.date_columns == ("pickup_at",)
        assert train["duration_s"].min() > 0
        assert train["duration_s"].skew() > 1
    else:
        assert 300 < train["shop"].nunique() <= 500
        assert 0.02 < train["shop"].isna().mean() < 0.1
    write_example(name, tmp_path / "b")
    write_example(name, tmp_path / "c", seed=1)
    one, same, other = ((tmp_path / folder / "train.csv").read_bytes() for folder in "abc")
    assert one == same != other


def test_init_writes_a_task(tmp_path):
    """One table becomes a folder that loads to the same task, with what was inferred as comments."""
    table = pd.DataFrame({"id": range(50), "größe": range(50), "y": ["ja", "nein"] * 25})
    table.to_csv(tmp_path / "data.csv", index=False, sep=";")
    task = init_task(tmp_path / "new", tmp_path / "data.csv", "y", "auc", Metrics.builtin().named)
    assert (task.targets, task.metric, task.id_column, task.inferred) == (("y",), "auc", "id", ())
    assert "# The id column is id." in (tmp_path / "new" / "task.toml").read_text()
    assert "auc (higher is better)" in task.description
    pd.testing.assert_frame_equal(read_tables(task).train, table, check_dtype=False)


def test_init_infers(tmp_path):
    """Target and metric may be left open; several targets and the lack of ids are written down as well."""
    pd.DataFrame({"a": range(50), "b": range(50), "c": [0.5, 1.5] * 25}).to_csv(tmp_path / "data.csv", index=False)
    named = Metrics.builtin().named
    assert init_task(tmp_path / "one", tmp_path / "data.csv", None, None, named).targets == ("c",)
    task = init_task(tmp_path / "two", tmp_path / "data.csv", ["b", "c"], "rmse", named)
    assert (task.targets, task.id_column) == (("b", "c"), None)
