"""Loading: what is told is taken, what is not is inferred and said, and messy files are read as they come."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from gome.messages import Limits
from gome.task import read_tables

N = np.arange(60)


def test_sound_task(sound):
    """All that was told comes back, and nothing needed inferring."""
    task = sound.load()
    assert (task.name, task.kind, task.metric, task.higher_is_better) == ("churn", "binary", "auc", True)
    assert (task.id_column, task.targets, task.classes) == ("id", ("y",), ("0", "1"))
    assert task.submission_columns == ("id", "y")
    assert task.prediction_columns == ("y",)
    assert task.inferred == ()


def test_brief_names_the_views_files(sound):
    """A model is told what solutions see, not what the files were called."""
    (sound.path / "train.csv").rename(sound.path / "TRAIN_set.csv")
    brief = sound.load().brief("2 CPU cores", ["lightgbm 4.7.0"])
    assert (brief.train_file, brief.hardware, brief.packages) == ("train.csv", "2 CPU cores", ("lightgbm 4.7.0",))


def test_everything_inferred(sound):
    """Without task.toml the id, the target and the metric are found, and each is said in a sentence."""
    task = sound.without("task.toml").load()
    assert (task.id_column, task.targets, task.metric) == ("id", ("y",), "auc")
    assert len(task.inferred) == 3


def test_arguments_go_before_the_file(sound):
    """What the caller says outranks task.toml."""
    sound.without("sample_submission.csv").edit("test.csv", lambda t: t.drop(columns="x"))
    task = sound.load(metric="accuracy", target="x", goal="Guess x.")
    assert (task.metric, task.targets, task.description) == ("accuracy", ("x",), "Guess x.")


def test_goal_stands_before_the_description(sound):
    """Neither the goal nor the description is lost."""
    sound.text("description.md", "\ufeff# Churn\n")
    assert sound.load(goal="Be quick.").description == "Be quick.\n\n# Churn"


def test_limits_and_name_are_read(sound):
    """The rest of task.toml is carried."""
    sound.text("task.toml", 'name = "n"\nmetric = "auc"\n[limits]\nwall_s = 60\ntrials = 3\n')
    task = sound.load()
    assert (task.name, task.limits) == ("n", Limits(wall_s=60, trials=3))


def test_plain_data_folder(folder):
    """One table, a goal and a metric make a task; there is no test, so submissions are made up."""
    folder.table("houses.csv", {"a": N % 7, "price": N * 1.5, "b": N % 5})
    task = folder.load(goal="Predict the price of a house.", metric="rmse")
    assert (task.targets, task.kind, task.id_column, task.test_file) == (("price",), "regression", None, None)
    assert task.submission_columns == ("price",)


@pytest.mark.parametrize(
    ("table", "goal", "target"),
    [
        pytest.param({"a": N, "label": N % 2, "b": N}, "", "label", id="by its name"),
        pytest.param({"a": N, "sold": N % 2, "b": N}, "Please predict whether it is `sold`.", "sold", id="by the goal"),
        pytest.param({"a": N, "b": N, "c": N % 2}, "", "c", id="the last column"),
    ],
)
def test_target_of_a_lone_table(folder, table, goal, target):
    """With nothing but a table: a telling name, a column that the goal names, the last column."""
    assert folder.table("data.csv", table).load(goal=goal).targets == (target,)


def test_mlebench_folder(tmp_path, folder):
    """A competition is read as prepared: odd names, the metric in the description, a column per class."""
    public = folder.__class__(tmp_path / "spooky" / "prepared" / "public")
    author = np.array(["EAP", "HPL", "MWS"])[N % 3]
    text = [f"it was a dark and stormy night number {i}" for i in N]
    public.table("train.csv", {"id": [f"id{i:05}" for i in N], "text": text, "author": author})
    public.table("test.csv", {"id": ["id90001", "id90002"], "text": text[:2]})
    public.table("sampleSubmission.csv", {"id": ["id90001", "id90002"], "EAP": 0.4, "HPL": 0.3, "MWS": 0.3})
    public.text(
        "description.md",
        "# Spooky\nAccuracy matters to us.\n## Evaluation\nSubmissions are evaluated using multi-class "
        "logarithmic loss.\n## Timeline\nThe mean absolute error of clocks.\n",
    )
    public.text("notes.txt", "hello")
    for path in (tmp_path / "spooky", public.path):
        public.path = path
        task = public.load()
        assert (task.name, task.metric, task.wide) == ("spooky", "logloss", True)
        assert (task.id_column, task.targets, task.classes) == ("id", ("author",), ("EAP", "HPL", "MWS"))
        assert (task.text_columns, task.other_files) == (("text",), ("notes.txt",))


@pytest.mark.parametrize(
    ("columns", "labels", "classes"),
    [
        pytest.param(["c", "a", "b"], ["a", "b", "c"], ("c", "a", "b"), id="in the sample's order"),
        pytest.param(["Status_D", "Status_C", "Status_CL"], ["C", "CL", "D"], ("D", "C", "CL"), id="prefixed"),
        pytest.param(["class1", "class2", "class10"], [1, 2, 10], ("1", "2", "10"), id="numbered"),
        pytest.param(["LOW", "Mid", "high"], ["low", "mid", "high"], ("low", "mid", "high"), id="another case"),
        pytest.param(["Class_1", "Class_2", "Class_3"], ["Class_1", "Class_2", "Class_3"],
                     ("Class_1", "Class_2", "Class_3"), id="prefixed labels"),
    ],
)  # fmt: skip
def test_wide_submissions(folder, columns, labels, classes):
    """One probability column per class is recognised, however the columns are decorated."""
    folder.table("train.csv", {"id": N, "x": N, "kind": np.array(labels)[N % 3]})
    folder.table("test.csv", {"id": [90, 91], "x": 1})
    folder.table("sample_submission.csv", {"id": [90, 91]} | dict.fromkeys(columns, 0.3))
    task = folder.load()
    assert (task.wide, task.classes, task.metric, task.kind) == (True, classes, "logloss", "multiclass")


def test_wide_is_built_where_no_sample_shows_it(folder):
    """A metric of probabilities over several classes gets one column per class."""
    folder.table("train.csv", {"id": N, "x": N, "kind": N % 3})
    task = folder.load(metric="logloss", target="kind")
    assert task.submission_columns == ("id", "0", "1", "2")


def test_class_named_like_the_id(folder):
    """A class called id does not collide with the id column."""
    folder.table("train.csv", {"id": N, "x": N, "kind": np.array(["id", "b", "c"])[N % 3]})
    assert folder.load(metric="logloss", target="kind").submission_columns == ("id", "kind_b", "kind_c", "kind_id")


def test_several_targets(folder):
    """Columns that sample and train share are all targets, in the sample's order."""
    folder.table("train.csv", {"id": N, "x": N, "a": N % 2, "b": N % 3 == 0, "c": (N % 5 == 0) * 1.0})
    folder.table("test.csv", {"id": [90, 91], "x": 1})
    folder.table("sample_submission.csv", {"id": [90, 91], "c": 0.5, "a": 0.5, "b": 0.5})
    task = folder.load(metric="mean_columnwise_auc", target=["a", "b", "c"])
    assert (task.targets, task.kind) == (("c", "a", "b"), "binary")


def test_prediction_column_of_another_name(folder):
    """A single column of the sample may be called anything."""
    folder.table("train.csv", {"PassengerId": N, "x": N, "Transported": N % 2 == 0})
    folder.table("test.csv", {"PassengerId": [90, 91], "x": 1})
    folder.table("sample_submission.csv", {"PassengerId": [90, 91], "prediction": [True, False]})
    task = folder.load()
    assert (task.targets, task.submission_columns) == (("Transported",), ("PassengerId", "prediction"))
    assert (task.metric, task.classes) == ("accuracy", ("False", "True"))


def test_ids_of_the_sample_alone(folder):
    """An id that only the sample has counts the rows of the test table."""
    folder.table("train.csv", {"p1": N, "p2": N, "label": N % 4}).table("test.csv", {"p1": [1, 2], "p2": [1, 2]})
    folder.table("sample_submission.csv", {"ImageId": [1, 2], "Label": 0})
    task = folder.load(metric="accuracy")
    assert (task.id_column, task.targets, task.submission_columns) == ("ImageId", ("label",), ("ImageId", "Label"))


def test_no_ids_at_all(folder):
    """A sample of predictions alone is matched by row order."""
    folder.table("train.csv", {"x": N, "z": N, "y": N % 2}).table("test.csv", {"x": [1, 2], "z": 0})
    task = folder.table("sample_submission.csv", {"y": [0.5, 0.5]}).load()
    assert (task.id_column, task.submission_columns) == (None, ("y",))
    assert "There is no id column: predictions go by row order." in task.inferred


def test_sample_lists_the_rows(folder):
    """Without a test table the sample's ids are the rows to predict."""
    folder.table("train.csv", {"file": [f"{i}.png" for i in N], "y": N % 2})
    task = folder.table("sample_submission.csv", {"file": ["a.png", "b.png"], "y": 0.5}).load()
    assert (task.id_column, task.test_file) == ("file", None)
    assert read_tables(task).test["file"].tolist() == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("y", "metric", "kind"),
    [
        pytest.param(N % 2, "auc", "binary", id="0 and 1"),
        pytest.param(np.where(N % 2, "yes", "no"), "auc", "binary", id="yes and no"),
        pytest.param(np.array(list("abc"))[N % 3], "accuracy", "multiclass", id="words"),
        pytest.param(N % 3, "accuracy", "multiclass", id="few whole numbers"),
        pytest.param(N * 3, "rmse", "regression", id="many whole numbers"),
        pytest.param(N % 2 + 0.5 * (N % 3), "rmse", "regression", id="few broken numbers"),
    ],
)
def test_usual_metric(folder, y, metric, kind):
    """Where no metric is told, the labels suggest one, and that is said."""
    task = folder.table("train.csv", {"x": N, "y": y}).load(target="y")
    assert (task.metric, task.kind) == (metric, kind)
    assert any("none was told" in sentence for sentence in task.inferred)


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        pytest.param("the [area under the ROC curve](http://x)", "auc", id="auc"),
        pytest.param("root mean squared logarithmic error (RMSLE)", "rmsle", id="rmsle"),
        pytest.param("the column-wise root mean squared logarithmic error", "mean_columnwise_rmsle", id="mcrmsle"),
        pytest.param("Root Mean Squared Error between the logs", "rmse", id="rmse"),
        pytest.param("RMSE, not MAE", "rmse", id="first mentioned"),
        pytest.param("classification accuracy", "accuracy", id="accuracy"),
        pytest.param("the quadratic weighted kappa", "qwk", id="qwk"),
        pytest.param("Mean Average Precision @ 3", "map@3", id="map"),
        pytest.param("macro F1", "f1_macro", id="f1"),
        pytest.param("balanced accuracy", "balanced_accuracy", id="balanced"),
        pytest.param("symmetric mean absolute percentage error", "smape", id="smape"),
        pytest.param("coefficient of determination", "r2", id="r2"),
    ],
)
def test_metric_in_the_description(folder, words, metric):
    """The metric is read off the Evaluation section, whatever other sections speak of."""
    folder.table("train.csv", {"x": N, "y": N % 5})
    folder.text(
        "description.md", f"# T\nMind the F1 score.\n\n### Evaluation metric\n\nWe use {words}.\n# End\nlogloss"
    )
    assert folder.load(target="y").metric == metric


def test_metric_that_cannot_be_meant_is_passed_over(folder):
    """A metric of numbers that a description mentions does not suit words."""
    folder.table("train.csv", {"x": N, "y": np.where(N % 2, "a", "b")})
    folder.text("description.md", "## Evaluation\nUnlike RMSE we use accuracy.")
    assert folder.load().metric == "accuracy"


def test_empty_labels_are_left_out(sound):
    """Rows without a label go, that is said, and labels keep their own type."""
    sound.edit("train.csv", lambda t: t.assign(y=t.y.where(t.id > 4)))
    task = sound.load()
    assert task.inferred == ("5 of 60 training rows have no label and are left out.",)
    train = read_tables(task).train
    assert (len(train), train["y"].dtype, task.classes) == (55, np.int64, ("0", "1"))


def test_booleans_with_gaps_stay_booleans(sound):
    """True and False with gaps are two classes."""
    sound.edit("train.csv", lambda t: t.assign(y=(t.y == 1).astype(object).where(t.id > 4)))
    task = sound.load()
    assert task.classes == ("False", "True")
    assert read_tables(task).train["y"].dtype == bool


def test_empty_target_column_of_the_test(sound):
    """A target column without values in the test table is dropped."""
    sound.edit("test.csv", lambda t: t.assign(y=np.nan))
    assert "y" not in read_tables(sound.load()).test


def test_later_dates_mean_a_split_by_time(sound):
    """A test that lies after all training rows is validated by time, and that is said."""
    day = pd.Timestamp("2024-01-01")
    sound.edit("train.csv", lambda t: t.assign(day=[str((day + pd.Timedelta(days=int(i))).date()) for i in t.id]))
    sound.edit("test.csv", lambda t: t.assign(day=[str((day + pd.Timedelta(days=int(i))).date()) for i in t.id]))
    task = sound.load()
    assert (task.time_column, task.date_columns) == ("day", ("day",))
    assert "held out by time" in task.inferred[0]


@pytest.mark.parametrize(
    ("name", "write"),
    [
        pytest.param("train.tsv", lambda p, t: t.to_csv(p, sep="\t", index=False), id="tabs"),
        pytest.param("train.csv", lambda p, t: t.to_csv(p, sep=";", decimal=",", index=False), id="semicolons"),
        pytest.param("train.csv", lambda p, t: t.to_csv(p, sep="|", index=False), id="bars"),
        pytest.param("train.csv", lambda p, t: t.to_csv(p, encoding="utf-8-sig", index=False), id="a BOM"),
        pytest.param("train.csv", lambda p, t: t.to_csv(p, lineterminator="\r\n", index=False), id="CRLF"),
        pytest.param("Train.CSV", lambda p, t: t.to_csv(p, index=False), id="capitals"),
        pytest.param("en_train.csv", lambda p, t: t.to_csv(p, index=False), id="a prefix"),
        pytest.param("training.csv", lambda p, t: t.to_csv(p, index=False), id="training"),
        pytest.param("train.csv.gz", lambda p, t: t.to_csv(p, index=False, compression="gzip"), id="gz"),
        pytest.param("train.csv.zip", lambda p, t: _zip(p, t), id="zip"),
        pytest.param("train.zip", lambda p, t: _zip(p, t), id="plain zip"),
    ],
)  # fmt: skip
def test_ways_to_write_a_table(sound, name, write):
    """The same table is read, however it was written."""
    table = pd.read_csv(sound.path / "train.csv").assign(x=lambda t: t.x / 4, c='ä, "b" and; c')
    sound.without("train.csv")
    write(sound.path / name, table)
    pd.testing.assert_frame_equal(read_tables(sound.load()).train, table, check_dtype=False)


def _zip(path, table):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train.csv", table.to_csv(index=False))
        archive.writestr("__MACOSX/train.csv", "junk")


def test_told_encoding(sound):
    """Another encoding is read where it is told, and only there."""
    table = pd.read_csv(sound.path / "train.csv").assign(c="naïve")
    table.to_csv(sound.path / "train.csv", index=False, encoding="latin-1")
    sound.text("task.toml", 'metric = "auc"\n[files]\nencoding = "latin-1"\n')
    assert read_tables(sound.load()).train["c"].unique().tolist() == ["naïve"]


def test_told_files(sound):
    """Files with names that say nothing can be told."""
    for name in ("train", "test"):
        (sound.path / f"{name}.csv").rename(sound.path / f"part-{name[1]}.csv")
    sound.text("task.toml", 'metric = "auc"\n[files]\ntrain = "part-r.csv"\ntest = "part-e.csv"\n')
    assert sound.load().targets == ("y",)


def test_unpacked_table_goes_before_its_archive(sound):
    """Where a table is there packed and unpacked, the plain one is read and the other is not shown."""
    _zip(sound.path / "train.csv.zip", pd.DataFrame({"nonsense": [1]}))
    task = sound.load()
    assert (task.train_file, task.other_files) == ("train.csv", ())
    assert "train.csv.zip is not shown" in task.inferred[0]


def test_tables_with_labels_are_not_shown(sound):
    """A further table with the target, or a run made here before, would undo the split."""
    sound.table("old_answers.csv", {"id": [1], "y": [0]}).table("weather.csv", {"day": [1], "rain": [0]})
    sound.text("broken.csv", "a,a\n").text(".hidden", "")
    (sound.path / "run").mkdir()
    sound.text("run/journal.db", "")
    task = sound.load()
    assert task.other_files == ("broken.csv", "weather.csv")
    assert task.inferred == ("old_answers.csv is not shown to solutions: it holds a target column.",)


def test_ids_that_a_number_would_misspell(folder):
    """Ids such as 007 stay text."""
    folder.table("train.csv", {"id": [f"{i:03}" for i in N], "x": N, "y": N % 2})
    train = read_tables(folder.load(target="y")).train
    assert train["id"].tolist()[7] == "007"


def test_repeated_ids_of_others_are_no_ids(folder):
    """A column of another's ids, such as a customer's, does not name rows; nor does id = "" in task.toml."""
    folder.table("train.csv", {"customer_id": N // 3, "id": 1, "x": N, "y": N % 2}).text("task.toml", 'id = ""')
    assert folder.load(target="y").id_column is None
    assert folder.edit("train.csv", lambda t: t.drop(columns="id")).without("task.toml").load().id_column is None


def test_unicode_and_odd_column_names(folder):
    """Column names are taken as they are: spaces, umlauts, dots, a pandas index."""
    folder.table("train.csv", {"Unnamed: 0": N, "größe (cm)": N, " x.1": N, "Überlebt?": N % 2})
    assert folder.load(target="Überlebt?").targets == ("Überlebt?",)


@pytest.mark.parametrize("seed", range(3))
def test_column_kinds_of_text_and_dates(sound, seed):
    """Texts are told from categories, dates from both."""
    words = np.random.default_rng(seed).choice(list("abcdefgh"), (60, 6))
    sound.edit(
        "train.csv", lambda t: t.assign(note=[" ".join(w) for w in words], on=[f"{i % 28 + 1}/3/2024" for i in N])
    )
    task = sound.load()
    assert (task.text_columns, task.date_columns) == (("note",), ("on",))


def test_columns_that_a_sample_repeats_of_the_test_table(sound):
    """They are no predictions: neither asked of solutions nor exported."""
    test = pd.read_csv(sound.path / "test.csv")
    sound.edit("sample_submission.csv", lambda t: t.assign(c=test["c"], x=test["x"]))
    task = sound.load()
    assert task.submission_columns == ("id", "y")
    assert list(read_tables(task).sample.columns) == ["id", "y"]
