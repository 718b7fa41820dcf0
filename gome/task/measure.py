"""The measure of a task: its metric, and what follows from it for labels and submissions."""

from collections.abc import Callable, Sequence
from typing import Protocol

import pandas as pd

from gome.errors import MetricUnknown, TaskInvalid
from gome.messages import TaskKind, Wanted
from gome.task.infer import class_order, metric_words, task_kind


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


def metric_of(
    resolve: ResolveMetric,
    told: str | None,
    description: str,
    labels: pd.DataFrame,
    sample: pd.DataFrame | None,
    predicted: Sequence[str],
    notes: list[str],
) -> ResolvedMetric:
    """The metric that was told, else that the description speaks of, else the usual one; `notes` says which."""
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


def kind_of(measured: ResolvedMetric, labels: pd.DataFrame) -> TaskKind:
    """The kind of task that a metric makes of its labels."""
    if measured.wanted == "value":
        return "regression"
    if measured.wanted == "ranking":
        return "ranking"
    return "binary" if max(labels[name].nunique() for name in labels.columns) <= 2 else "multiclass"


def classes_of(kind: TaskKind, labels: pd.DataFrame) -> tuple[str, ...]:
    """Every class as text; none for quantities."""
    if kind == "regression":
        return ()
    if kind == "ranking" and task_kind(labels) == "regression":
        return ()  # graded relevance
    return class_order(labels)


def built_columns(id_name: str | None, targets: tuple[str, ...], classes: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a submission where no sample shows them."""
    if id_name in classes:
        classes = tuple(f"{targets[0]}_{label}" for label in classes)
    return ((id_name,) if id_name else ()) + (classes or targets)


def check_wide(measured: ResolvedMetric, kind: TaskKind, targets: tuple[str, ...], *, wide: bool) -> None:
    """Raise TaskInvalid where the submission's columns cannot hold what the metric reads."""
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
