"""Inference: what a user did not tell of a task, read off the tables and the description."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from gome.errors import TaskInvalid
from gome.messages import TaskKind
from gome.task.columns import named_like_id
from gome.task.tables import label_text, tidy_labels
from gome.task.toml import nearest

MANY_CLASSES = 30  # whole numbers with more distinct values than this are taken for quantities
_TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome")
_EVALUATION = re.compile(
    r"^#+[^\n]*(evaluation|metric|scoring)[^\n]*\n(?P<text>.*?)(?=^#{1,6}\s|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)

# What descriptions call a metric, and the name to resolve. Where two begin at one place, the earlier row counts.
_METRIC_WORDS: tuple[tuple[str, str], ...] = (
    (r"mean column[- ]?wise (area under|auc|roc)", "mean_columnwise_auc"),
    (r"column[- ]?wise root mean squared? log", "mean_columnwise_rmsle"),
    (r"column[- ]?wise root mean squared? error", "mean_columnwise_rmse"),
    (r"quadratic(ally)? weighted (cohen'?s? )?kappa|\bqwk\b", "qwk"),
    (r"root[- ]mean[- ]squared?[- ]log(arithmic)?[- ]error|\brmsle\b", "rmsle"),
    (r"root[- ]mean[- ]squared?[- ](error|deviation)|\brmse\b", "rmse"),
    (r"symmetric mean absolute percentage|\bsmape\b", "smape"),
    (r"mean absolute percentage|\bmape\b", "mape"),
    (r"mean absolute error|\bmae\b", "mae"),
    (r"balanced[- _]accuracy", "balanced_accuracy"),
    (r"matthews|\bmcc\b", "mcc"),
    (r"macro[- ](averaged )?f1|f1[- _]macro|\bmacro f-?score", "f1_macro"),
    (r"weighted f1|f1[- _]weighted", "f1_weighted"),
    (r"micro[- ](averaged )?f1|f1[- _]micro", "f1_micro"),
    (r"spearman", "spearman"),
    (r"pearson", "pearson"),
    (r"(mean )?average precision (@|at) ?(?P<map>\d+)|\bmap@(?P<map2>\d+)", "map@"),
    (r"\bndcg ?(@|at) ?(?P<ndcg>\d+)", "ndcg@"),
    (r"log(arithmic)?[- ]?loss|cross[- ]entropy", "logloss"),
    (r"area under (the )?(receiver|roc)|\b(roc[- _]?)?auc\b|receiver operating", "auc"),
    (r"coefficient of determination|\br2\b|\br\^2\b|r²", "r2"),
    (r"\bf1\b|\bf-?score", "f1"),
    (r"accuracy|percentage of (predictions|labels|\w+ ){1,3}(that are |you )?(correct|predict)", "accuracy"),
)


def metric_words(description: str) -> list[str]:
    """Metric names that a description speaks of, first mentioned first; its Evaluation section goes before the rest."""
    section = _EVALUATION.search(description)
    if section is None:
        return _mentioned(description)
    return _mentioned(section["text"]) or _mentioned(section[0]) or _mentioned(description)


def _mentioned(text: str) -> list[str]:
    found: list[tuple[int, int, str]] = []
    for rank, (pattern, name) in enumerate(_METRIC_WORDS):
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            depth = next((value for value in match.groupdict().values() if value), "")
            found.append((match.start(), rank, name + depth))
    return list(dict.fromkeys(name for _, _, name in sorted(found)))


def id_column(
    train: pd.DataFrame, test: pd.DataFrame | None, sample: pd.DataFrame | None, targets: Sequence[str]
) -> str | None:
    """The column that names rows; None when predictions go by row order."""
    if sample is not None:
        return _sample_id(sample, test, train, targets)
    named = (train if test is None else test).columns  # the rows to predict are the ones that need names
    for name in named:
        tables = [table for table in (train, test) if table is not None and name in table.columns]
        unique = all(table[name].is_unique for table in tables) or name.lower() == "id"  # "id" is checked, not doubted
        if name not in targets and named_like_id(name) and unique:
            return str(name)
    return None


def _sample_id(
    sample: pd.DataFrame, test: pd.DataFrame | None, train: pd.DataFrame, targets: Sequence[str]
) -> str | None:
    names = [str(name) for name in sample.columns if name not in targets]
    if test is not None:
        shared = [name for name in names if name in test.columns]
        if shared:
            return next((name for name in shared if sample[name].is_unique), shared[0])
    if len(sample.columns) == 1 or not names:
        return None
    first = str(sample.columns[0])
    if first != names[0]:
        return None
    if named_like_id(first) or (sample[first].is_unique and first not in train.columns and len(sample) > 1):
        return first
    return first if first in train.columns and sample[first].is_unique else None


def target_columns(
    train: pd.DataFrame, test: pd.DataFrame | None, predicted: Sequence[str], id_name: str | None, description: str
) -> tuple[tuple[str, ...], str]:
    """The target columns, and how they were found.

    Args:
        train: the training table.
        test: the test table, where there is one.
        predicted: the sample submission's columns without the id; empty when there is no sample.
        id_name: the id column, where it is known.
        description: searched for a column's name, as the last hint but one.

    Raises:
        TaskInvalid: nothing points to one.
    """
    if predicted and set(predicted) <= set(train.columns):
        return tuple(predicted), "the columns that the sample submission asks for"
    own = [str(name) for name in train.columns if name != id_name and (test is None or name not in test.columns)]
    if test is not None and len(own) == 1:
        return (own[0],), "the only column that the test table lacks"
    if test is not None and not own:
        raise TaskInvalid(
            "every column of the training table is also in the test table; say target = '...' in task.toml"
        )
    named = [name for name in own if name.lower() in _TARGET_NAMES]
    if len(named) == 1:
        return (named[0],), "by its name"
    wide = [name for name in own if _class_columns(label_text(train[name]).dropna().unique(), predicted)]
    if len(wide) == 1:
        return (wide[0],), "its labels are the columns of the sample submission"
    words = re.compile(r"predict\w*[^.\n]{0,60}?[`'\"*\s](" + "|".join(map(re.escape, own)) + r")\b", re.IGNORECASE)
    said = words.search(description) if own else None
    if said:
        return (next(name for name in own if name.lower() == said.group(1).lower()),), "the description names it"
    if test is None and own:
        return (own[-1],), "the last column"
    raise TaskInvalid(f"which column is the target? Say target = '...' in task.toml; {nearest('target', own)}")


def task_kind(labels: pd.DataFrame) -> TaskKind:
    """The kind that the labels themselves suggest."""
    kinds = {_label_kind(labels[name]) for name in labels.columns}
    if "regression" in kinds:
        return "regression"
    return "multiclass" if "multiclass" in kinds else "binary"


def _label_kind(column: pd.Series) -> TaskKind:
    labels = tidy_labels(column)
    distinct = labels.nunique()
    if distinct <= 2:
        return "binary"
    if pd.api.types.is_numeric_dtype(labels):
        whole = bool((labels % 1 == 0).all())
        return "multiclass" if whole and distinct <= MANY_CLASSES and len(labels) >= 5 * distinct else "regression"
    return "multiclass"


def class_order(labels: pd.DataFrame) -> tuple[str, ...]:
    """All labels as text: numbers by size, words by alphabet. The last of two is the positive one."""
    present = {label: None for name in labels.columns for label in label_text(labels[name]).unique()}
    try:
        return tuple(sorted(present, key=float))
    except ValueError:
        return tuple(sorted(present))


def wide_classes(classes: Iterable[str], predicted: Sequence[str]) -> tuple[str, ...]:
    """Classes in the order of the probability columns `predicted`; empty when these are not one column per class."""
    return _class_columns(classes, predicted)


def _class_columns(classes: Iterable[str], predicted: Sequence[str]) -> tuple[str, ...]:
    known = list(classes)
    if len(predicted) < 2 or len(predicted) != len(known):
        return ()
    shortest = min(predicted, key=len)
    common = next(
        shortest[:k] for k in range(len(shortest), -1, -1) if all(p.startswith(shortest[:k]) for p in predicted)
    )
    for cut in range(len(common) + 1):  # "Status_C" and "class1" are told from the label by what all columns begin with
        for fold in (str, str.lower):
            by_name = {fold(label): label for label in known}
            order = [by_name.get(fold(name[cut:])) for name in predicted]
            if len(by_name) == len(known) and None not in order and len(set(order)) == len(known):
                return tuple(label for label in order if label is not None)
    return ()
