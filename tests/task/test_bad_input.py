"""Bad input: one clear line that says what to mend."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gome.errors import BadInput, MetricUnknown, TaskInvalid
from gome.evaluation.metrics import Metrics
from gome.task import init_task, load_task, read_tables, split, write_example

TOML = 'metric = "auc"\ntarget = "y"\nid = "id"\n'


def toml(text):
    return lambda f: f.text("task.toml", text)


def train(change):
    return lambda f: f.edit("train.csv", change)


def sample(change):
    return lambda f: f.edit("sample_submission.csv", change)


def text(name, content):
    return lambda f: f.text(name, content)


def raw(name, content):
    return lambda f: (f.path / name).write_bytes(content)


RMSE = toml('metric = "rmse"\ntarget = "y"\n')
BAD = {
    # tables that cannot be read
    "no training table": (lambda f: f.without("train.csv"), r"no training table such as train\.csv"),
    "0 bytes": (raw("train.csv", b""), r"train\.csv: is empty"),
    "blank lines only": (raw("train.csv", b"\n\n \n"), r"train\.csv: is empty"),
    "0 bytes test": (raw("test.csv", b""), r"test\.csv: is empty"),
    "0 bytes sample": (raw("sample_submission.csv", b""), r"sample_submission\.csv: is empty"),
    "header only": (raw("train.csv", b"id,x,c,y\n"), r"train\.csv: has a header but no rows"),
    "latin-1, not told": (
        raw("train.csv", "id,x,c,y\n1,2,é,0\n".encode("latin-1")),
        r"train\.csv: is not UTF-8 .*line 2, byte 0xe9",
    ),
    "latin-1 beyond the head": (
        raw("train.csv", b"id,x,c,y\n" + b"1,2,a,0\n" * 20_000 + b"1,2,\xe9,0\n"),
        r"is not UTF-8 .*line 20002",
    ),
    "utf-16": (raw("train.csv", "id,x,c,y\n1,2,a,0\n".encode("utf-16")), r"looks like UTF-16"),
    "utf-16 without BOM": (raw("train.csv", "id,x,c,y\n1,2,a,0\n".encode("utf-16-le")), r"is not UTF-8"),
    "told an unknown encoding": (toml(TOML + '[files]\nencoding = "klingon"\n'), r"unknown encoding 'klingon'"),
    "a column name twice": (raw("train.csv", b"id,x,x,y\n1,2,3,0\n"), r"column name 'x' is used twice"),
    "a ragged row": (raw("train.csv", b"id,x,c,y\n1,2,a,0\n1,2,a,0,9\n"), r"train\.csv: not a table: .*line 3"),
    "more fields than names": (raw("train.csv", b"id,x,c,y\n1,2,a,0,9\n1,2,a,0,9\n"), r"more fields than the header"),
    "a broken archive": (lambda f: (f.without("train.csv"), raw("train.csv.zip", b"PK\3\4 no")(f)), r"cannot be read"),
    "a broken gzip": (lambda f: (f.without("train.csv"), raw("train.csv.gz", b"\x1f\x8b no")(f)), r"cannot be read"),
    "a truncated gzip": (
        lambda f: (f.without("train.csv"), raw("train.csv.gz", gzip.compress(b"id,x,c,y\n" * 999)[:40])(f)),
        r"cannot be read",
    ),
    "parquet without a reader, or none": (
        lambda f: (f.without("train.csv"), raw("train.parquet", b"PAR1")(f)),
        r"train\.parquet: (reading Parquet needs pyarrow|not a Parquet file)",
    ),
    # targets
    "target missing": (toml('metric = "auc"\ntarget = "Y_"\n'), r"no target column 'Y_'; nearest: 'y'"),
    "target missing, nothing near": (
        toml('metric = "auc"\ntarget = "zzz"\n'),
        r"no target column 'zzz'; there are: 'id'",
    ),
    "target empty": (train(lambda t: t.assign(y=np.nan)), r"target 'y' is empty"),
    "target of one class": (train(lambda t: t.assign(y=1)), r"target 'y' has one value only \(1\)"),
    "target of one class where labelled": (
        train(lambda t: t.assign(y=np.where(t.y, 1, np.nan))),
        r"one value only \(1\)",
    ),
    "target constant in a regression": (lambda f: (RMSE(f), train(lambda t: t.assign(y=2.5))(f)), r"one value"),
    "text where numbers are wanted": (
        lambda f: (RMSE(f), train(lambda t: t.assign(y=t.c))(f)),
        r"rmse needs numbers, but target 'y' holds 'blue'",
    ),
    "infinite target": (lambda f: (RMSE(f), train(lambda t: t.assign(y=[np.inf, *range(len(t) - 1)]))(f)), r"infinite"),
    "negative target for rmsle": (
        lambda f: (toml('metric = "rmsle"\ntarget = "y"\n')(f), train(lambda t: t.assign(y=t.x - 3.0))(f)),
        r"rmsle needs targets of 0 or more.*-3",
    ),
    "numbers where classes are wanted": (
        train(lambda t: t.assign(y=t.id * 0.37)),
        r"auc needs classes, but target 'y' has 60 different numbers",
    ),
    "target in the test table": (
        lambda f: f.edit("test.csv", lambda t: t.assign(y=1)),
        r"test table holds values of target 'y'",
    ),
    "target is the id": (toml('metric = "auc"\ntarget = "id"\nid = "id"\n'), r"cannot be both"),
    "nothing points to a target": (
        lambda f: (
            toml('metric = "auc"\n')(f),
            f.without("sample_submission.csv"),
            f.edit("train.csv", lambda t: t.rename(columns={"y": "yy"}).assign(z=t.x)),
        ),
        r"which column is the target\?",
    ),
    "train and test are the same columns": (
        lambda f: (
            toml('metric = "auc"\n')(f),
            f.without("sample_submission.csv"),
            f.edit("train.csv", lambda t: t.drop(columns="y")),
        ),
        r"every column of the training table is also in the test",
    ),
    "nothing in common": (
        lambda f: (
            f.without("sample_submission.csv"),
            toml('metric="auc"\ntarget="y"\nid=""\n')(f),
            f.table("test.csv", {"q": [1, 2]}),
        ),
        r"no column in common",
    ),
    # ids
    "duplicate ids in train": (
        train(lambda t: t.assign(id=[1, 1, *range(2, len(t))])),
        r"train\.csv: 1 duplicate ids in 'id', first '1'",
    ),
    "duplicate ids in test": (lambda f: f.edit("test.csv", lambda t: t.assign(id=7)), r"test\.csv: 11 duplicate ids"),
    "duplicate ids in the sample": (sample(lambda t: t.assign(id=60)), r"sample_submission\.csv: 11 duplicate ids"),
    "duplicate ids, nothing told": (
        lambda f: (
            f.without("task.toml"),
            f.without("sample_submission.csv"),
            train(lambda t: t.assign(id=t.id // 2))(f),
        ),
        r"train\.csv: 30 duplicate ids in 'id'",
    ),
    "missing ids": (lambda f: f.edit("test.csv", lambda t: t.assign(id=t.id.where(t.id > 60))), r"1 rows have no 'id'"),
    "id column missing": (toml('metric = "auc"\ntarget = "y"\nid = "idd"\n'), r"no id column 'idd'.*nearest: 'id'"),
    "id in train alone": (
        lambda f: (f.without("sample_submission.csv"), f.edit("test.csv", lambda t: t.drop(columns="id"))),
        r"test\.csv: lacks the id column 'id'",
    ),
    # the sample submission
    "sample of other rows": (
        sample(lambda t: t.assign(id=t.id + 5)),
        r"id '72' is not in the test table \(5 such ids\)",
    ),
    "sample too short": (sample(lambda t: t[:-1]), r"has 11 rows, but the test table has 12"),
    "sample of other columns": (
        sample(lambda t: t.rename(columns={"y": "a"}).assign(b=1)),
        r"asks for a, b, which are neither the targets \(y\) nor one column per class",
    ),
    "sample without the id": (sample(lambda t: t.drop(columns="id")), r"lacks the id column 'id'"),
    "sample of the id alone": (sample(lambda t: t[["id"]]), r"asks for nothing"),
    "sample without a test": (
        lambda f: (
            f.without("test.csv"),
            toml('metric="auc"\ntarget="y"\n')(f),
            f.edit("train.csv", lambda t: t.drop(columns="id")),
        ),
        r"a sample submission but no test table",
    ),
    "one column for many classes": (
        lambda f: (toml('metric = "logloss"\ntarget = "y"\n')(f), train(lambda t: t.assign(y=t.id % 3))(f)),
        r"logloss needs one probability column per class of 'y'",
    ),
    "a column per class for labels": (
        lambda f: (
            toml('metric = "accuracy"\ntarget = "y"\n')(f),
            sample(lambda t: t[["id"]].assign(**{"0": 0.5, "1": 0.5}))(f),
        ),
        r"one column per class, but accuracy reads one label",
    ),
    # task.toml
    "malformed toml": (toml('metric = "auc"\ntarget = \n'), r"task\.toml: not valid TOML: .*line 2"),
    "toml not text": (raw("task.toml", b"\xff\xfe\xff"), r"task\.toml: not UTF-8"),
    "unknown key": (toml('metrics = "auc"\n'), r"unknown key 'metrics'; nearest: 'metric'"),
    "unknown nested key": (toml('[split]\ngroups = "c"\n'), r"unknown key 'split\.groups'; nearest: 'group'"),
    "unknown limit": (toml("[limits]\ntrial = 3\n"), r"unknown key 'limits\.trial'; nearest: 'trials'"),
    "metric of a wrong type": (toml("metric = 3\n"), r"task\.toml: metric: expected str"),
    "target of a wrong type": (toml("target = [1]\n"), r"task\.toml: target"),
    "no targets": (toml("target = []\n"), r"target is an empty list"),
    "files is no table": (toml('files = "train.csv"\n'), r"files.rows is 'train.csv'"),
    "limits of a wrong type": (toml('[limits]\nwall_s = "12h"\n'), r"task\.toml: limits\.wall_s: expected"),
    "unknown kind": (toml('kind = "clustering"\n'), r"kind 'clustering' is none of binary"),
    "file not there": (
        toml('[files]\ntrain = "trian.csv"\n'),
        r"there is no file 'trian\.csv'; nearest: .*'train\.csv'",
    ),
    "group column missing": (toml(TOML + '[split]\ngroup = "cc"\n'), r"no split\.group column 'cc'"),
    "time column missing": (toml(TOML + '[split]\ntime = "when"\n'), r"no split\.time column 'when'"),
    "time that is none": (toml(TOML + '[split]\ntime = "c"\n'), r"split\.time column 'c' holds 'blue' in 60 rows"),
    "group and time": (toml(TOML + '[split]\ntime = "x"\ngroup = "c"\n'), r"exclude each other"),
}


@pytest.mark.parametrize(("spoil", "line"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_bad_input_is_one_line(sound, spoil, line):
    """What a user can mend raises TaskInvalid, with one line that names the trouble."""
    spoil(sound)
    with pytest.raises(TaskInvalid, match=line) as caught:
        sound.load()
    assert "\n" not in str(caught.value)


def test_no_such_folder(tmp_path):
    """A path that is not there is named."""
    with pytest.raises(TaskInvalid, match="nowhere: no such folder"):
        load_task(tmp_path / "nowhere", Metrics.builtin().named)


def test_not_a_folder(sound):
    """A file is not a task."""
    with pytest.raises(TaskInvalid, match="not a folder"):
        load_task(sound.path / "train.csv", Metrics.builtin().named)


def test_empty_folder(folder):
    """A folder without tables says so."""
    with pytest.raises(TaskInvalid, match="there is no table"):
        folder.load()


def test_unknown_metric_is_the_registrys_error(sound):
    """A metric told that does not exist is passed on, with the nearest names."""
    with pytest.raises(MetricUnknown, match=r"nearest: .*accuracy"):
        sound.load(metric="acuracy")


def test_directory_in_place_of_a_table(sound):
    """A folder named train.csv is no table."""
    sound.without("train.csv")
    (sound.path / "train.csv").mkdir()
    with pytest.raises(TaskInvalid, match="no training table"):
        sound.load()


def test_too_few_rows_to_split(sound):
    """Below the least number of rows nothing is held out, and the number is said."""
    sound.edit("train.csv", lambda t: t[:29])
    task = sound.load()
    with pytest.raises(TaskInvalid, match=r"29 labelled rows are too few .* at least 30"):
        split(task, read_tables(task).train, seed=0)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        pytest.param('group = "g"', "'g' has 2 groups; at least 3", id="two groups"),
        pytest.param('time = "g"', "'g' has 2 moments; at least 3", id="two moments"),
    ],
)
def test_too_few_units_to_split(sound, told, line):
    """Groups and moments that cannot lie on three sides are refused."""
    sound.edit("train.csv", lambda t: t.assign(g=t.id % 2)).text("task.toml", TOML + f"[split]\n{told}\n")
    task = sound.load()
    with pytest.raises(TaskInvalid, match=line):
        split(task, read_tables(task).train, seed=0)


@pytest.mark.parametrize(
    ("data", "told", "error"),
    [
        pytest.param("a,y\n1,0\n", {"target": "z", "metric": "auc"}, "no target column 'z'", id="target"),
        pytest.param("a,y\n1,0\n1,1\n", {"target": "y", "metric": "akuracy"}, "unknown metric", id="metric"),
        pytest.param("a,y\n1,0\n1,0\n", {"target": "y", "metric": "auc"}, "one value only", id="one class"),
        pytest.param("", {"target": "y", "metric": "auc"}, "is empty", id="0 bytes"),
    ],
)
def test_init_leaves_nothing_behind(tmp_path, data, told, error):
    """A table that cannot become a task leaves no folder."""
    (tmp_path / "data.csv").write_text(data)
    with pytest.raises(BadInput, match=error):
        init_task(tmp_path / "new", tmp_path / "data.csv", told["target"], told["metric"], Metrics.builtin().named)
    assert not (tmp_path / "new").exists()


def test_init_refuses_a_folder_in_use(tmp_path):
    """Nothing is written into a folder that holds something."""
    (tmp_path / "data.csv").write_text("a,y\n1,0\n2,1\n")
    with pytest.raises(TaskInvalid, match="not an empty folder"):
        init_task(tmp_path, tmp_path / "data.csv", "y", "auc", Metrics.builtin().named)


def test_unknown_example(tmp_path: Path):
    """An example's name is checked, and near ones are named."""
    with pytest.raises(TaskInvalid, match="no example task 'wines'; nearest: 'wine'"):
        write_example("wines", tmp_path)


def test_example_refuses_a_folder_in_use(sound):
    """An example never overwrites."""
    with pytest.raises(TaskInvalid, match="not an empty folder"):
        write_example("wine", sound.path)


def test_table_that_vanished(sound):
    """A table removed after loading is named when it is read again."""
    task = sound.load()
    sound.without("test.csv")
    with pytest.raises(TaskInvalid, match=r"test\.csv: no such file"):
        read_tables(task)


def test_labels_as_many_as_rows(folder):
    """A text column with a label of its own in each row is no target."""
    folder.table("train.csv", pd.DataFrame({"x": range(60), "y": [f"k{i}" for i in range(60)]}))
    with pytest.raises(TaskInvalid, match="accuracy needs classes, but target 'y' has 60 different labels in 60 rows"):
        folder.load(metric="accuracy", target="y")
