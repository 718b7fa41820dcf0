"""Loading: a folder in, a Task out; what was not told is inferred and said."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gome.errors import TaskInvalid
from gome.messages import ColumnKind
from gome.task.apart import by_group, by_time
from gome.task.attached import columns_of, find_row_files, table_of, told_row_files
from gome.task.columns import column_kind
from gome.task.files import find_files, other_files
from gome.task.fit import check_ids, check_labels, check_sample, check_split, clean, predicted_columns, without_carried
from gome.task.infer import id_column, target_columns, wide_classes
from gome.task.measure import ResolveMetric, built_columns, check_wide, classes_of, kind_of, metric_of
from gome.task.own import several_files
from gome.task.tables import Tables, read_table
from gome.task.task import METRIC_FILE, HoldoutRule, Task
from gome.task.toml import TaskToml, as_names, nearest, read_toml

_MOST_FORMULA = 4000  # letters of a metric's file that are told


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

    def read(name: str | None, spelled: str | None = None) -> pd.DataFrame | None:
        return None if name is None else read_table(folder / name, encoding=encoding, id_column=spelled)

    test, sample = read(found.test), read(found.sample)
    asked = as_names(target) or told.targets
    train, paths = _train(folder / found.train, sample, asked, encoding, None)
    _require(asked, train, folder / found.train, "target")
    id_name = _id(told, train, test, sample, asked, notes)
    if _as_numbers(id_name, train, test, sample) and any(item.is_dir() for item in folder.iterdir()):
        # ids may name files: 007 is no 7
        train, _ = _train(folder / found.train, sample, asked, encoding, id_name)
        test, sample = read(found.test, id_name), read(found.sample, id_name)
    test = _test_rows(train, test, sample, id_name, notes)
    sample = without_carried(sample, test, id_name, asked)
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
    named = metric or told.metric or ""
    formula = str(folder / named) if named.endswith(METRIC_FILE) else None
    measured = metric_of(resolve_metric, formula or named, description, train[list(targets)], sample, predicted, notes)
    kind = told.kind or kind_of(measured, train[list(targets)])
    check_labels(folder / found.train, train, targets, kind, measured.name)
    classes = classes_of(kind, train[list(targets)])
    ordered = wide_classes(classes, predicted) if len(targets) == 1 else ()
    wide = bool(ordered)
    columns = check_sample(folder, found, sample, test, id_name, targets, ordered)
    if sample is None:
        wide = kind == "multiclass" and measured.wanted == "probability" and len(targets) == 1
        columns = built_columns(id_name, targets, classes if wide else ())
    check_wide(measured, kind, targets, wide=wide)
    kinds = {str(name): column_kind(train[name]) for name in train.columns if name not in {id_name, *targets}}
    group, time = _apart(told, train, test, kinds, notes)
    check_split(folder / found.train, train, group, time)
    files = told_row_files(folder / "task.toml", told.files, train, test, targets)
    if files is None:
        files = find_row_files(folder, found.train, train, test, id_name, targets, labelled=paths)
    if files is not None:
        notes.append(
            f"A file belongs to each row: {files.pattern(files.train)}, of test rows {files.pattern(files.test)}."
        )
    own = told.split.own
    if own is None and files is None and (why := several_files(folder, train, test, id_name)):
        own, said = True, f"{why} gome cannot hide those of some rows (split.own = false in task.toml: it need not)."
        notes.append(said)
    if own and files is not None:
        raise TaskInvalid(f"{folder}: split.own is for tasks whose rows gome cannot hide; here each row has its file")
    shown, withheld = other_files(folder, found, targets, encoding, files)
    return Task(
        path=folder,
        name=told.name or _name(folder),
        description=(description or f"Predict {', '.join(targets)}.") + _formula(formula),
        kind=kind,
        metric=named if formula else measured.name,
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
        row_files=files,
        other_files=shown,
        encoding=encoding,
        text_columns=tuple(name for name in kinds if kinds[name] == "text"),
        date_columns=tuple(name for name in kinds if kinds[name] == "date"),
        group_column=group,
        time_column=time,
        own_folds=bool(own),
        holdout=HoldoutRule(
            search=told.split.search, final=told.split.final, folds=told.split.folds, copies=told.split.copies
        ),
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
    train, _ = _train(task.path / task.train_file, sample, task.targets, task.encoding, task.id_column)
    test = _test_rows(train, read(task.test_file), sample, task.id_column, [])
    train, test = clean(task.path / task.train_file, train, test, task.targets, [])
    return Tables(train=train, test=test, sample=without_carried(sample, test, task.id_column, task.targets))


def _train(
    path: Path, sample: pd.DataFrame | None, targets: tuple[str, ...], encoding: str, id_column: str | None
) -> tuple[pd.DataFrame, dict[str, Path] | None]:
    """The training table; where paths tell the labels, made of them, with the file of each id."""
    if not path.is_dir():
        return read_table(path, encoding=encoding, id_column=id_column), None
    name, target, whole = columns_of(path, sample, targets)
    return table_of(path, name, target, whole=whole)


def _as_numbers(id_name: str | None, *tables: pd.DataFrame | None) -> bool:
    """Whether ids were read as numbers in any of the tables."""
    found = (table[id_name] for table in tables if table is not None and id_name in table.columns)
    return any(map(pd.api.types.is_numeric_dtype, found))


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


def _formula(path: str | None) -> str:
    """What a model is told of a metric that a file defines."""
    if path is None:
        return ""
    written = Path(path).read_text(encoding="utf-8", errors="replace").strip()[:_MOST_FORMULA]
    return f"\n\n## The metric\n\n```python\n{written}\n```"


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


def _apart(
    told: TaskToml, train: pd.DataFrame, test: pd.DataFrame | None, kinds: Mapping[str, ColumnKind], notes: list[str]
) -> tuple[str | None, str | None]:
    """The columns by whose groups, or by whose time, rows are held out."""
    group, time = told.split.group, told.split.time
    if group or time or (told.split.folds or 1) > 1:
        return group or None, time or None
    if time is None and (time := by_time(train, test, kinds)):
        notes.append(f"Rows are held out by time: every test row has a later {time} than any training row.")
        return None, time
    if group is None and (group := by_group(train, test, kinds)):
        notes.append(
            f"Rows are held out by whole groups: no {group} of a training row is that of a test row "
            f"(split.group = '' in task.toml holds rows out one by one)."
        )
        return group, None
    return None, None
