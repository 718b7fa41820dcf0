"""Labels and checked submissions as the arrays that a metric reads."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gome.errors import TaskInvalid
from gome.evaluation.labels import Labels, natural, texts
from gome.messages import Wanted


class Answers:
    """How the target columns of a task and the columns of its sample submission become arrays."""

    def __init__(
        self,
        sample: pd.DataFrame,
        *,
        targets: Sequence[str],
        id_column: str | None,
        wanted: Wanted,
        classes: Sequence[str] = (),
    ) -> None:
        """Raises TaskInvalid where the sample's columns cannot hold what the metric reads of the targets."""
        columns = [name for name in sample.columns if name != id_column]
        self.wanted, self.targets, self.classes = wanted, tuple(targets), tuple(classes)
        self.wide = wanted == "probability" and len(self.targets) == 1 and len(columns) > 1
        self.columns = self._by_class(columns) if self.wide else self._by_target(columns)
        if wanted == "probability" and len(self.targets) == 1 and not self.wide and len(self.classes) > 2:
            raise TaskInvalid(
                f"the metric wants a probability for each of {len(self.classes)} classes, "
                f"the sample submission has the one column {columns[0]!r}"
            )

    def _by_class(self, columns: list[Any]) -> list[Any]:
        """The columns in the order of the classes: by name where all agree, else as they stand."""
        if len(columns) != len(self.classes):
            raise TaskInvalid(
                f"the sample submission has {len(columns)} prediction columns for {len(self.classes)} classes"
            )
        found = Labels(self.classes).positions([str(name) for name in columns])
        if sorted(found) != list(range(len(columns))):
            return columns
        return [columns[at] for at in np.argsort(found)]

    def _by_target(self, columns: list[Any]) -> list[Any]:
        by_name = {str(name): name for name in columns}
        if all(target in by_name for target in self.targets):
            return [by_name[target] for target in self.targets]
        if len(columns) != len(self.targets):
            raise TaskInvalid(
                f"the sample submission's columns {[str(name) for name in columns]} do not fit "
                f"the targets {list(self.targets)}"
            )
        return columns

    def predicted(self, checked: pd.DataFrame) -> NDArray[Any]:
        """(n,), or (n, columns) where there are several, of a submission that `check_submission` returned."""
        if self.wanted in {"value", "probability"}:
            numbers = checked[self.columns].to_numpy(dtype=float)
            return numbers if len(self.columns) > 1 else numbers[:, 0]
        return self._side_by_side([self._labels(checked[name]) for name in self.columns])

    def truth(self, labels: pd.DataFrame) -> NDArray[Any]:
        """(n,), or (n, targets) where there are several.

        Raises:
            TaskInvalid: a target column is absent, or holds what the metric cannot read.
        """
        absent = [name for name in self.targets if name not in labels.columns]
        if absent:
            raise TaskInvalid(f"target column {absent[0]!r} is not among {[str(name) for name in labels.columns]}")
        return self._side_by_side([self._target(labels[name]) for name in self.targets])

    def _target(self, column: pd.Series) -> NDArray[Any]:
        if self.wanted == "value":
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            if not np.isfinite(numbers).all():
                at = int(np.argmin(np.isfinite(numbers)))
                raise TaskInvalid(f"target column {column.name!r} holds {str(column.iloc[at])!r}, which is no number")
            return numbers
        if self.wanted == "probability":
            several = len(self.targets) > 1
            return self._known(column, Labels(("0", "1") if several or not self.classes else self.classes))
        return self._labels(column)

    def _labels(self, column: pd.Series) -> NDArray[Any]:
        if self.wanted == "label" and self.classes:
            return natural(self.classes)[self._known(column, Labels(self.classes))]
        return np.array(texts(column), dtype=str)

    @staticmethod
    def _known(column: pd.Series, labels: Labels) -> NDArray[np.intp]:
        found = labels.positions(column)
        if (found < 0).any():
            unknown = texts(column.iloc[[int(np.argmax(found < 0))]])[0]
            raise TaskInvalid(
                f"target column {column.name!r} holds {unknown!r}, which is none of {list(labels.known[:10])}"
            )
        return found

    @staticmethod
    def _side_by_side(columns: list[NDArray[Any]]) -> NDArray[Any]:
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def perfect(self, truth: NDArray[Any]) -> NDArray[Any]:
        """What a submission that knew the truth would hold."""
        return np.eye(len(self.classes))[truth] if self.wide else truth


def check_ids(sample: pd.DataFrame, id_column: str | None) -> None:
    """Raise TaskInvalid where the ids of a sample submission are missing, or not distinct."""
    if id_column is None:
        return
    if id_column not in sample.columns:
        raise TaskInvalid(f"the sample submission has no id column {id_column!r}")
    try:
        Labels(sample[id_column])
    except ValueError as problem:
        raise TaskInvalid(f"id column {id_column!r}: {problem}") from problem
