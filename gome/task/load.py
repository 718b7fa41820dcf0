"""Loading: a folder in, a Task out; what was not told is inferred and said."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from gome.errors import MetricUnknown, TaskInvalid
from gome.messages import TaskKind, Wanted
from gome.task.columns import as_time, column_kind
from gome.task.files import find_files, other_files
from gome.task.fit import check_ids, check_labels, check_sample, check_split, clean, predicted_columns
from gome.task.infer import class_order, id_column, metric_words, target_columns, task_kind, wide_classes
from gome.task.tables import Tables, read_table
from gome.task.task import Task
from gome.task.toml import TaskToml, as_names, nearest, read_toml


class ResolvedMetric(Protocol):
    """What a task needs to know of its metric."""

    @property
    def name(self) -> str:
        """The canonical name."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """The direction."""
        ...

    @property
    def wanted(self) -> Wanted:
        """What it reads from a submission."""
        ...


ResolveMetric = Callable[[str], ResolvedMetric]  # raises MetricUnknown


def load_task(
    path: str | Path,
    resolve_metric: ResolveMetric,
    *,
    metric: str | None = None,
    goal: str | None = None,
    target: str | Sequence[str] | None = None,
) -> Task:
    """The task in a folder. Arguments go before `task.toml`, which goes before what the tables suggest.

    Args:
        path: a task folder, an MLE-bench competition or its `prepared/public`, or any folder with a training table.
        resolve_metric: finds a metric by any of its names.
        metric: its name.
        goal: what is to be done, in words; goes before `description.md`.
        target: the column or columns to predict.

    Raises:
        TaskInvalid: the folder or a table cannot be used; one line says what to mend.
        MetricUnknown: the metric that was told does not exist.
    """
    folder = _folder(Path(path))
    told = read_toml(folder / "task.toml")
    encoding = told.files.encoding or "utf-8"
    found = find_files(folder, told.files)
    description = _description(folder, goal)
    notes: list[str] = []

    def read(name: str | None) -> pd.DataFrame | None:
        return None if name is None else read_table(folder / name, encoding=encoding)

    train, test, sample = read_table(folder / found.train, encoding=encoding), read(found.test), read(found.sample)
    asked = as_names(target) or told.targets
    _require(asked, train, folder / found.train, "target")
    id_name = _id(told, train, test, sample, asked, notes)
    test = _test_rows(train, test, sample, id_name, notes)
    predicted = predicted_columns(sample, id_name)
    if asked:
        targets = tuple(predicted) if set(asked) == set(predicted) else asked
    else:
        targets, why = target_columns(train, test, predicted, id_name, description)
        notes.append(f"The target is {', '.join(targets)}: {why}.")
    if id_name in targets:
        raise TaskInvalid(f"{folder}: {id_name!r} cannot be both the id and the target")
    train, test = clean(folder / found.train, train, test, targets, notes)
    check_ids(folder, found, train, test, sample, id_name)
    measured = _metric(
        resolve_metric, metric or told.metric, description, train[list(targets)], sample, predicted, notes
    )
    kind = told.kind or _kind(measured, train[list(targets)])
    check_labels(folder / found.train, train, targets, kind, measured.name)
    classes = _classes(kind, train[list(targets)])
    ordered = wide_classes(classes, predicted) if len(targets) == 1 else ()
    wide = bool(ordered)
    columns = check_sample(folder, found, sample, test, id_name, targets, ordered)
    if sample is None:
        wide = kind == "multiclass" and measured.wanted == "probability" and len(targets) == 1
        columns = _built_columns(id_name, targets, classes if wide else ())
    _check_wide(measured, kind, targets, wide=wide)
    kinds = {str(name): column_kind(train[name]) for name in train.columns if name not in {id_name, *targets}}
    time = told.split.time or _latest(train, test, [name for name in kinds if kinds[name] == "date"], told, notes)
    check_split(folder / found.train, train, told.split.group, time)
    shown, withheld = other_files(folder, found, targets, encoding)
    return Task(
        path=folder,
        name=told.name or _name(folder),
        description=description or f"Predict {', '.join(targets)}.",
        kind=kind,
        metric=measured.name,
        higher_is_better=measured.higher_is_better,
        wanted=measured.wanted,
        id_column=id_name,
        targets=targets,
        classes=ordered or classes,
        submission_columns=columns,
        wide=wide,
        train_file=found.train,
        test_file=found.test,
        sample_file=found.sample,
        other_files=shown,
        encoding=encoding,
        text_columns=tuple(name for name in kinds if kinds[name] == "text"),
        date_columns=tuple(name for name in kinds if kinds[name] == "date"),
        group_column=told.split.group,
        time_column=time,
        limits=told.limits,
        inferred=(*notes, *withheld),
    )


def read_tables(task: Task) -> Tables:
    """The tables of a loaded task, cleaned as `load_task` checked them.

    Raises:
        TaskInvalid: a file has changed since and cannot be read.
    """

    def read(name: str | None) -> pd.DataFrame | None:
        return None if name is None else read_table(task.path / name, encoding=task.encoding, id_column=task.id_column)

    sample = read(task.sample_file)
    train = read_table(task.path / task.train_file, encoding=task.encoding, id_column=task.id_column)
    test = _test_rows(train, read(task.test_file), sample, task.id_column, [])
    train, test = clean(task.path / task.train_file, train, test, task.targets, [])
    return Tables(train=train, test=test, sample=sample)


def _folder(path: Path) -> Path:
    if not path.exists():
        raise TaskInvalid(f"{path}: no such folder")
    if not path.is_dir():
        raise TaskInvalid(f"{path}: not a folder; a task is a folder that holds train.csv")
    public = path / "prepared" / "public"  # an MLE-bench competition; its answers lie in prepared/private
    return (public if public.is_dir() else path).resolve()


def _name(folder: Path) -> str:
    return folder.parent.parent.name if folder.parts[-2:] == ("prepared", "public") else folder.name


def _description(folder: Path, goal: str | None) -> str:
    path = folder / "description.md"
    written = path.read_bytes().decode("utf-8-sig", errors="replace") if path.is_file() else ""
    return "\n\n".join(text.strip() for text in (goal or "", written) if text.strip())


def _require(names: Sequence[str], table: pd.DataFrame, path: Path, role: str) -> None:
    for name in names:
        if name not in table.columns:
            raise TaskInvalid(f"{path}: no {role} column {name!r}; {nearest(name, table.columns)}")


def _id(
    told: TaskToml,
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    sample: pd.DataFrame | None,
    targets: tuple[str, ...],
    notes: list[str],
) -> str | None:
    if told.id is not None:
        if told.id and all(told.id not in table.columns for table in (train, test, sample) if table is not None):
            raise TaskInvalid(f"task.toml: no id column {told.id!r} in any table; {nearest(told.id, train.columns)}")
        return told.id or None
    name = id_column(train, test, sample, targets)
    notes.append(f"The id column is {name}." if name else "There is no id column: predictions go by row order.")
    return name


def _test_rows(
    train: pd.DataFrame, test: pd.DataFrame | None, sample: pd.DataFrame | None, id_name: str | None, notes: list[str]
) -> pd.DataFrame | None:
    """The test table; where there is none, the ids that the sample submission lists."""
    if test is None and sample is not None:
        if id_name is None or id_name not in sample.columns or id_name not in train.columns:
            raise TaskInvalid("there is a sample submission but no test table; name it in task.toml: [files] test")
        notes.append("There is no test table: the rows to predict are the ids of the sample submission.")
        return sample[[id_name]].copy()
    return test


def _metric(
    resolve: ResolveMetric,
    told: str | None,
    description: str,
    labels: pd.DataFrame,
    sample: pd.DataFrame | None,
    predicted: Sequence[str],
    notes: list[str],
) -> ResolvedMetric:
    if told:
        return resolve(told)
    words = any(not pd.api.types.is_numeric_dtype(labels[name]) for name in labels.columns)
    for name in metric_words(description):
        try:
            measured = resolve(name)
        except MetricUnknown:
            continue
        if measured.wanted == "value" and words:
            continue
        notes.append(f"The metric is {measured.name}: the description speaks of it.")
        return measured
    kind = task_kind(labels)
    if kind == "regression":
        name = "rmse"
    elif len(predicted) > labels.shape[1]:
        name = "logloss"  # one probability column per class
    elif kind == "binary" and not _whole(sample, predicted):
        name = "auc"
    else:
        name = "accuracy"
    measured = resolve(name)
    notes.append(f"The metric is {measured.name}, the usual one for {kind} targets: none was told.")
    return measured


def _whole(sample: pd.DataFrame | None, predicted: Sequence[str]) -> bool:
    """Whether the sample submission holds labels rather than probabilities. A lone 0 tells nothing."""
    if sample is None:
        return False
    values = sample[list(predicted)]
    if any(not pd.api.types.is_numeric_dtype(values[name]) or values[name].dtype == bool for name in values.columns):
        return True
    return bool(((values == 0) | (values == 1)).all(axis=None) and values.nunique().max() > 1)


def _kind(measured: ResolvedMetric, labels: pd.DataFrame) -> TaskKind:
    if measured.wanted == "value":
        return "regression"
    if measured.wanted == "ranking":
        return "ranking"
    return "binary" if max(labels[name].nunique() for name in labels.columns) <= 2 else "multiclass"


def _classes(kind: TaskKind, labels: pd.DataFrame) -> tuple[str, ...]:
    if kind == "regression":
        return ()
    if kind == "ranking" and task_kind(labels) == "regression":
        return ()  # graded relevance
    return class_order(labels)


def _built_columns(id_name: str | None, targets: tuple[str, ...], classes: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a submission where no sample shows them."""
    if id_name in classes:
        classes = tuple(f"{targets[0]}_{label}" for label in classes)
    return ((id_name,) if id_name else ()) + (classes or targets)


def _check_wide(measured: ResolvedMetric, kind: TaskKind, targets: tuple[str, ...], *, wide: bool) -> None:
    if wide and measured.wanted != "probability":
        raise TaskInvalid(
            f"the sample submission has one column per class, but {measured.name} reads one label; "
            "choose a metric of probabilities such as logloss"
        )
    if not wide and kind == "multiclass" and measured.wanted == "probability" and len(targets) == 1:
        raise TaskInvalid(
            f"{measured.name} needs one probability column per class of {targets[0]!r}; "
            "the sample submission has a single one: mend it or choose a metric of labels such as accuracy"
        )


def _latest(
    train: pd.DataFrame, test: pd.DataFrame | None, dates: Sequence[str], told: TaskToml, notes: list[str]
) -> str | None:
    """A date column that alone tells test from train: then validating on random rows would flatter."""
    if test is None or told.split.group:
        return None
    for name in dates:
        if name not in test.columns:
            continue
        past, future = as_time(train[name]), as_time(test[name])
        if past.notna().all() and past.nunique() >= 10 and future.notna().all() and future.min() > past.max():
            notes.append(f"Rows are held out by time: every test row has a later {name} than any training row.")
            return name
    return None
