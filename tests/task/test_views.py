"""Views: what solutions see, and above all what they do not."""

import csv
import os
import stat

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gome.evaluation.harness import Harness, Holdout
from gome.evaluation.metrics import Metrics
from gome.task import label_text, read_tables, split, write_views
from gome.task.folders import discard
from gome.task.task import HoldoutRule

N = np.arange(80)
NAMES = ("search", "sample", "full")


def views_of(folder, out, *, seed=0, folds=1, **told):
    """Everything up to the views of the task in `folder`."""
    task = folder.load(**told)
    if task.holdout.folds is None:
        task = msgspec.structs.replace(task, holdout=HoldoutRule(folds=folds))
    tables = read_tables(task)
    parts = split(task, tables.train, seed=seed)
    return task, tables, parts, write_views(task, tables, parts, out, seed=seed)


def read(folder):
    return tuple(pd.read_csv(folder / f"{name}.csv") for name in ("train", "test", "sample_submission"))


def all_bytes(folder) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def secret(folder):
    """A regression whose every label is a number found nowhere else."""
    labels = [f"{1000 + i * 79}.8675309" for i in N]
    folder.table("train.csv", {"id": N, "x": N % 9, "y": labels}).table("test.csv", {"id": N[:20] + 500, "x": 1})
    folder.table("sample_submission.csv", {"id": N[:20] + 500, "y": 0.5})
    folder.text("description.md", "# Secret\n\nRMSE.").text("notes.txt", "hello")
    (folder.path / "extra" / "deep").mkdir(parents=True)
    folder.text("extra/deep/map.bin", "\0\1")
    return folder


def test_no_label_of_a_holdout_is_in_a_view(secret, tmp_path):
    """No byte below search/ or sample/ tells a held-out label; full/ has them all in train.csv, for the refit alone."""
    _, tables, parts, views = views_of(secret, tmp_path / "v")
    hidden = tables.train["y"].iloc[np.concatenate([parts.search, parts.final])]
    for path in (views.search, views.sample):
        text = all_bytes(path)
        assert b"8675309" in text
        assert not [label for label in hidden if f"{label}".encode() in text]
    assert all(f"{label}".encode() in (views.full / "train.csv").read_bytes() for label in hidden)


def test_search_view(secret, tmp_path):
    """Train lacks the holdouts; test holds real and held-out rows, mixed; the sample covers each, in order."""
    _, tables, parts, views = views_of(secret, tmp_path / "v")
    train, test, sample = read(views.search)
    pd.testing.assert_frame_equal(train, tables.train.iloc[parts.train].reset_index(drop=True))
    assert list(test.columns) == ["id", "x"]
    assert test["id"].tolist() == sample["id"].tolist() == views.view_sample["id"].tolist()
    assert sample["y"].nunique() == 1
    for held, rows in ((views.search_rows, parts.search), (views.final_rows, parts.final)):
        assert test["id"].iloc[held.positions].tolist() == tables.train["id"].iloc[rows].tolist()
        assert held.labels["y"].tolist() == tables.train["y"].iloc[rows].tolist()
    assert test["id"].iloc[views.test_positions].tolist() == views.official_sample["id"].tolist()
    together = np.concatenate([views.search_rows.positions, views.final_rows.positions, views.test_positions])
    assert sorted(together) == list(range(len(test)))
    assert not np.array_equal(np.sort(views.test_positions), np.arange(20))  # mixed


def test_full_view(secret, tmp_path):
    """The refit sees all labelled rows, and the test table and sample as they are."""
    _, tables, _, views = views_of(secret, tmp_path / "v")
    train, test, sample = read(views.full)
    pd.testing.assert_frame_equal(train, tables.train)
    pd.testing.assert_frame_equal(test, tables.test)
    pd.testing.assert_frame_equal(sample, tables.sample)


def test_sample_view(folder, tmp_path):
    """A few rows, every class among them, no row that the search view hides."""
    y = np.where(np.arange(3000) % 600 == 0, "rare", np.where(np.arange(3000) % 2, "a", "b"))
    folder.table("train.csv", {"id": np.arange(3000), "x": 1.5, "z": np.arange(3000), "y": y})
    _, _, _, views = views_of(folder, tmp_path / "v", metric="logloss", target="y")
    train, test, sample = read(views.sample)
    assert len(train) == 300
    assert len(test) == len(sample) == 100
    assert set(train["y"]) == {"a", "b", "rare"}
    assert set(train["id"]) <= set(read(views.search)[0]["id"])
    assert test["id"].tolist() == sample["id"].tolist()
    assert list(sample.columns) == ["id", "a", "b", "rare"]


def test_other_files_and_modes(secret, tmp_path):
    """Other files are in each view; all is read-only, the user's own files keep their mode; it can be removed."""
    _, _, _, views = views_of(secret, tmp_path / "v")
    for name in NAMES:
        path = getattr(views, name)
        assert (path / "notes.txt").read_text() == "hello"
        assert (path / "extra/deep/map.bin").read_bytes() == b"\0\1"
        assert (path / "description.md").read_text().startswith("# Secret")
        for parent, _, names in os.walk(path):
            assert stat.S_IMODE(path.__class__(parent).stat().st_mode) == 0o555
            assert all(stat.S_IMODE((path.__class__(parent) / each).stat().st_mode) == 0o444 for each in names)
        discard(path)
        assert not path.exists()
    assert (secret.path / "notes.txt").stat().st_mode & 0o200
    discard(tmp_path / "never made")


def test_many_other_files_are_links(secret, tmp_path, monkeypatch):
    """Very large collections are not copied but pointed at, and stay as they were."""
    monkeypatch.setattr("gome.task.folders._COPIED_BYTES", 3)
    _, _, _, views = views_of(secret, tmp_path / "v")
    assert (views.search / "notes.txt").readlink() == secret.path / "notes.txt"
    assert (views.search / "extra" / "deep" / "map.bin").exists()
    discard(views.search)
    assert (secret.path / "extra" / "deep" / "map.bin").stat().st_mode & 0o200


def test_views_inside_the_task_folder(secret):
    """A run made inside the task folder does not swallow itself."""
    (secret.path / "runs" / "one").mkdir(parents=True)
    _, _, _, views = views_of(secret, secret.path / "runs" / "one" / "views")
    assert not (views.search / "runs").exists()


def test_written_again_the_same(secret, tmp_path):
    """The same seed writes the same bytes, over what was there."""
    _, _, _, views = views_of(secret, tmp_path / "v")
    first = all_bytes(tmp_path / "v")
    _, _, _, again = views_of(secret, tmp_path / "v")
    assert all_bytes(tmp_path / "v") == first
    assert (views.test_positions == again.test_positions).all()
    views_of(secret, tmp_path / "w", seed=1)
    assert all_bytes(tmp_path / "w") != first


def test_without_a_test_table(folder, tmp_path):
    """Holdout rows alone are predicted; full/ predicts them too, from all rows."""
    folder.table("train.csv", {"id": N, "x": N % 9, "y": N % 2})
    _, _tables, parts, views = views_of(folder, tmp_path / "v", metric="auc", target="y")
    held = len(parts.search) + len(parts.final)
    assert views.official_sample is None
    assert len(views.test_positions) == 0
    assert len(views.view_sample) == len(read(views.search)[1]) == held
    train, test, sample = read(views.full)
    assert len(train) == 80
    pd.testing.assert_frame_equal(test, read(views.search)[1])
    pd.testing.assert_frame_equal(sample, views.view_sample)


def test_without_ids(folder, tmp_path):
    """Without ids a submission is matched by row order, and so are the views."""
    folder.table("train.csv", {"x": N, "y": N % 2}).table("test.csv", {"x": [900, 901, 902]})
    folder.table("sample_submission.csv", {"y": [0.1, 0.2, 0.3]})
    task, _, parts, views = views_of(folder, tmp_path / "v", metric="auc")
    _, test, sample = read(views.search)
    assert task.id_column is None
    assert list(sample.columns) == ["y"]
    assert test["x"].iloc[views.test_positions].tolist() == [900, 901, 902]
    assert test["x"].iloc[views.search_rows.positions].tolist() == parts.search.tolist()


def test_ids_that_count_rows(folder, tmp_path):
    """Ids that only the sample has, 1, 2, 3, ..., count the view's rows too."""
    folder.table("train.csv", {"x": N, "y": N % 4}).table("test.csv", {"x": [900, 901, 902]})
    folder.table("sample_submission.csv", {"ImageId": [1, 2, 3], "Label": 0})
    _, _, parts, views = views_of(folder, tmp_path / "v", metric="accuracy")
    _, test, sample = read(views.search)
    assert "ImageId" not in test.columns
    assert sample["ImageId"].tolist() == list(range(1, len(test) + 1))
    assert test["x"].iloc[views.test_positions].tolist() == [900, 901, 902]
    assert test["x"].iloc[views.final_rows.positions].tolist() == parts.final.tolist()
    assert views.official_sample["ImageId"].tolist() == [1, 2, 3]


def test_ids_of_the_sample_that_do_not_count(folder, tmp_path):
    """Ids that only the sample has, of any other kind, stay with their rows; held-out rows get fresh ones."""
    folder.table("train.csv", {"x": N, "y": N % 4}).table("test.csv", {"x": [900, 901]})
    folder.table("sample_submission.csv", {"id": ["0_b", "0_a"], "y": 0})
    _, _, _, views = views_of(folder, tmp_path / "v", metric="accuracy")
    _, test, sample = read(views.search)
    assert sample["id"].iloc[views.test_positions].tolist() == ["0_b", "0_a"]
    assert test["x"].iloc[views.test_positions].tolist() == [900, 901]
    assert sample["id"].is_unique


@pytest.mark.parametrize(
    ("train_ids", "test_ids"),
    [
        pytest.param(N, N[:9], id="numbers that clash"),
        pytest.param(None, N[:9] + 5, id="none in train"),
        pytest.param([f"k{i}" for i in N], [f"k{i}" for i in range(9)], id="words that clash"),
        pytest.param(None, [f"row{i}" for i in range(9)], id="words like the fresh ones"),
        pytest.param(N + 2**62, N[:9] + 2**62, id="huge numbers"),
        pytest.param([f"{i:03}" for i in N], [f"{i:03}" for i in range(9)], id="leading zeros"),
        pytest.param([f"k{i}" for i in N], N[:9], id="words and numbers"),
    ],
)
def test_fresh_ids(folder, tmp_path, train_ids, test_ids):
    """Held-out rows that could be mistaken for test rows get ids of the test's type that nobody has."""
    train = {"x": N, "y": N % 2} if train_ids is None else {"id": train_ids, "x": N, "y": N % 2}
    folder.table("train.csv", train).table("test.csv", {"id": test_ids, "x": 1000 + N[:9]})
    _, tables, parts, views = views_of(folder, tmp_path / "v", metric="auc", target="y")
    test = pd.read_csv(views.search / "test.csv", dtype={"id": str})
    assert test["id"].is_unique
    assert test["id"].iloc[views.test_positions].tolist() == [str(value) for value in test_ids]
    assert test["x"].iloc[views.search_rows.positions].tolist() == parts.search.tolist()
    if not isinstance(test_ids, list):
        assert pd.api.types.is_integer_dtype(read(views.search)[1]["id"])
    if train_ids is not None and set(map(str, train_ids)) & set(map(str, test_ids)):
        held = test["id"].iloc[np.r_[views.search_rows.positions, views.final_rows.positions]]
        assert not set(held) & set(map(str, train_ids))
    written = pd.read_csv(views.full / "sample_submission.csv", dtype={"id": str})["id"]
    assert views.official_sample["id"].map(str).tolist() == written.tolist() == [str(value) for value in test_ids]
    assert tables.test is not None


def test_sample_in_another_order(sound, tmp_path):
    """Predictions are exported in the order of the official sample, whatever the order of the test table."""
    sound.edit("sample_submission.csv", lambda t: t[::-1])
    _, _, _, views = views_of(sound, tmp_path / "v")
    test = read(views.search)[1]
    assert test["id"].iloc[views.test_positions].tolist() == list(range(71, 59, -1))


def test_time_order_is_kept(sound, tmp_path):
    """Where time rules, the view's test rows come in its order."""
    for name in ("train.csv", "test.csv"):
        sound.edit(name, lambda t: t.assign(day=pd.Timestamp("2024-01-01") + pd.to_timedelta(t.id * 37 % 72, unit="D")))
    sound.text("task.toml", 'metric = "auc"\ntarget = "y"\n[split]\ntime = "day"\n')
    _, _, _, views = views_of(sound, tmp_path / "v")
    assert read(views.search)[1]["day"].is_monotonic_increasing


def test_columns_that_train_and_test_do_not_share(sound, tmp_path):
    """The view's test has the columns of the real one; held-out rows leave gaps where train lacks one."""
    sound.edit("train.csv", lambda t: t.assign(later=1)).edit("test.csv", lambda t: t.assign(new="a", gap=np.nan))
    _, _, _, views = views_of(sound, tmp_path / "v")
    test = read(views.search)[1]
    assert list(test.columns) == ["id", "x", "c", "new", "gap"]
    assert test["new"].iloc[views.search_rows.positions].isna().all()


def test_messy_cells_come_through(folder, tmp_path):
    """Line ends, quotes, commas, gaps and other scripts in cells survive the way into a view."""
    cells = ["a\r\nb", "a\rb", 'say "x"', "a,b;c", "", "naïve 漢字 🙂", " pad ", "1,5", "a\nb", "NaN"] * 8
    messy = {"id": N, "t": cells, "n": np.where(N % 3, N / 7, np.nan), "y": N % 2}
    folder.table("train.csv", messy, quoting=csv.QUOTE_ALL)
    _, tables, parts, views = views_of(folder, tmp_path / "v", metric="auc", target="y")
    train = read(views.search)[0]
    wanted = tables.train.iloc[parts.train].reset_index(drop=True)
    wanted["t"] = wanted["t"].str.replace("\r\n", "\n").str.replace("\r", "\n")
    pd.testing.assert_frame_equal(train, wanted)


@pytest.mark.parametrize(
    ("told", "y", "values"),
    [
        pytest.param({"metric": "auc"}, N % 2, {0.5}, id="probability"),
        pytest.param({"metric": "logloss"}, N % 4, {0.25}, id="probabilities"),
        pytest.param({"metric": "accuracy"}, np.array(["a", "b"])[N % 2], {"a"}, id="label"),
        pytest.param({"metric": "rmse"}, N * 1.5, {0.0}, id="value"),
    ],
)
def test_made_up_sample(folder, tmp_path, told, y, values):
    """Where no sample is given, one is made whose predictions say nothing."""
    folder.table("train.csv", {"id": N, "x": N, "y": y}).table("test.csv", {"id": [900, 901], "x": 0})
    task, _, _, views = views_of(folder, tmp_path / "v", target="y", **told)
    assert set(views.view_sample[list(task.prediction_columns)].to_numpy().ravel()) == values
    assert list(views.official_sample.columns) == list(task.submission_columns)


@pytest.mark.parametrize("metric", ["auc", "accuracy", "logloss", "f1_macro", "mcc"])
@pytest.mark.parametrize("labels", [("no", "yes"), (0, 1), (True, False), (3, 1, 2), ("b", "a", "ä")], ids=str)
def test_harness_agrees(folder, tmp_path, metric, labels):
    """The harness takes the views as they are: the truth, submitted, scores as well as can be."""
    y = np.array(labels)[N % len(labels)]
    folder.table("train.csv", {"id": N, "x": N, "y": y}).table("test.csv", {"id": [900, 901, 902], "x": 0})
    task, _tables, _parts, views = views_of(folder, tmp_path / "v", target="y", metric=metric)
    harness = Harness(
        Metrics.builtin().named(task.metric),
        view_sample=views.view_sample,
        search=Holdout(views.search_rows.labels, views.search_rows.positions),
        final=Holdout(views.final_rows.labels, views.final_rows.positions),
        target_columns=task.targets,
        id_column=task.id_column,
        classes=task.classes,
        test_positions=views.test_positions,
        official_sample=views.official_sample,
    )
    submitted = views.view_sample.astype(dict.fromkeys(task.prediction_columns, object))
    for held in (views.search_rows, views.final_rows):
        for position, label in zip(held.positions, label_text(held.labels["y"]), strict=True):
            if task.wide:
                submitted.loc[position, list(task.prediction_columns)] = [float(label == c) for c in task.classes]
            else:
                certain = float(label == task.classes[-1])
                submitted.loc[position, "y"] = certain if task.wanted == "probability" else label
    if task.wanted == "label":
        submitted.loc[views.test_positions, "y"] = task.classes[0]
    submitted.to_csv(tmp_path / "submission.csv", index=False)
    best = pytest.approx(0.0 if metric == "logloss" else 1.0, abs=1e-6)
    assert harness.score(tmp_path / "submission.csv").score == best


@given(
    rows=st.integers(30, 60),
    test_rows=st.integers(0, 12),
    offset=st.integers(-20, 80),
    words=st.booleans(),
    sampled=st.booleans(),
    seed=st.integers(0, 9),
)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_round_trip(tmp_path_factory, folder, rows, test_rows, offset, words, sampled, seed):
    """Whatever the ids, each row of the view can be told, and real rows keep their own."""
    folder = folder.__class__(tmp_path_factory.mktemp("t") / "task")
    spell = (lambda ids: [f"u{i}" for i in ids]) if words else list
    train = pd.DataFrame({"id": spell(range(rows)), "x": np.arange(rows), "y": np.arange(rows) % 2})
    folder.table("train.csv", train)
    if test_rows:
        ids = spell(range(offset, offset + test_rows))
        folder.table("test.csv", {"id": ids, "x": np.arange(test_rows) + 5000})
        if sampled:
            folder.table("sample_submission.csv", {"id": ids[::-1], "y": 0.5})
    _, tables, parts, views = views_of(folder, folder.path.parent / "v", seed=seed, metric="auc", target="y")
    _, test, sample = read(views.search)
    assert sample["id"].is_unique
    assert sample["id"].tolist() == test["id"].tolist() == views.view_sample["id"].tolist()
    assert test["x"].iloc[views.search_rows.positions].tolist() == parts.search.tolist()
    assert test["x"].iloc[views.final_rows.positions].tolist() == parts.final.tolist()
    if test_rows:
        assert test["id"].iloc[views.test_positions].tolist() == views.official_sample["id"].tolist()
        assert set(test["id"].iloc[views.test_positions]) == set(tables.test["id"])


def test_no_turn_shows_what_it_hides(secret, tmp_path):
    """Each view learns from what the others hide; no byte of it tells a label of its own hidden or of a final row."""
    _, tables, parts, views = views_of(secret, tmp_path / "v", folds=4)
    assert len(views.searches) == 4
    final = tables.train["y"].iloc[parts.final]
    for fold, view in zip(parts.folds, views.searches, strict=True):
        text = all_bytes(view.path)
        assert not [label for label in (*tables.train["y"].iloc[fold], *final) if f"{label}".encode() in text]
        train, test, sample = read(view.path)
        shown = tables.train.index.isin(np.concatenate([fold, parts.final]))
        assert set(train["id"]) == set(tables.train["id"][~shown])
        assert test["id"].tolist() == sample["id"].tolist() == views.view_sample["id"].iloc[view.rows].tolist()
        assert set(test["id"]) == {*tables.train["id"][shown], *tables.test["id"]}
    assert views.view_sample["id"].iloc[views.search_rows.positions].tolist() == tables.train["id"].iloc[
        parts.search
    ].tolist()  # fmt: skip
    assert set(read(views.sample)[0]["id"]) <= set(read(views.searches[0].path)[0]["id"])


def test_ids_that_count_rows_count_those_of_each_turn(folder, tmp_path):
    """A program that numbers its predictions itself numbers the rows that it was shown."""
    folder.table("train.csv", {"x": N, "y": N % 4}).table("test.csv", {"x": [900, 901, 902]})
    folder.table("sample_submission.csv", {"ImageId": [1, 2, 3], "Label": 0})
    _, _, _, views = views_of(folder, tmp_path / "v", metric="accuracy", folds=3)
    for view in views.searches:
        assert view.sample["ImageId"].tolist() == list(range(1, len(view.rows) + 1))
    assert views.view_sample["ImageId"].tolist() == list(range(1, len(N) + 4))


def test_fresh_ids_do_not_tell_the_order_of_the_table(folder, tmp_path):
    """A table sorted by its label would give the label away, if held-out rows were numbered as they come."""
    rows = np.arange(400)
    folder.table("train.csv", {"x": rows, "y": rows // 200}).table("test.csv", {"id": rows[:50], "x": 0})
    _, _, parts, views = views_of(folder, tmp_path / "v", metric="auc", target="y")
    ids = read(views.search)[1]["id"].iloc[views.search_rows.positions].to_numpy()
    assert abs(np.corrcoef(ids, parts.search)[0, 1]) < 0.3
