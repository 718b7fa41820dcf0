"""A task: everything that is known of what is to be solved, told or inferred."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import msgspec

from gome.messages import Limits, RowFiles, TaskBrief, TaskKind, Wanted

METRIC_FILE = ".py"  # what the name of a metric ends with that the user's own file defines


class HoldoutRule(msgspec.Struct, frozen=True, kw_only=True):
    """How much is held out, where the user said so."""

    search: float | None = None  # below 1 a share of the labelled rows, else rows
    final: float | None = None
    folds: int | None = None  # 2 or more: rows are hidden in so many turns
    copies: bool = False  # whether copies of a row stay on one side; runs that began before this was known part them


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be solved. Made by `load_task`; every field has been checked against the tables."""

    path: Path  # the folder
    name: str
    description: str
    kind: TaskKind
    metric: str  # canonical name, or a file's path below `path`
    higher_is_better: bool
    wanted: Wanted
    id_column: str | None  # None: predictions are matched by row order
    targets: tuple[str, ...]  # columns of the training table
    classes: tuple[str, ...] = ()  # as text; in the order of the probability columns where there are several
    submission_columns: tuple[str, ...]  # all, id first where there is one
    wide: bool = False  # one probability column per class, instead of one column per target
    train_file: str  # this and the files below: relative to `path`; a folder where paths tell the labels
    test_file: str | None = None
    sample_file: str | None = None
    row_files: RowFiles | None = None  # a file that belongs to each row
    other_files: tuple[str, ...] = ()  # files and folders shown to solutions as they are
    encoding: str = "utf-8"  # of the tables
    text_columns: tuple[str, ...] = ()
    date_columns: tuple[str, ...] = ()
    group_column: str | None = None  # rows of one group stay on one side of a split
    time_column: str | None = None  # the latest rows are held out
    own_folds: bool = False  # programs hold rows out by themselves
    holdout: HoldoutRule = HoldoutRule()
    limits: Limits = Limits()
    inferred: tuple[str, ...] = ()  # a plain sentence for each thing that was not told

    @property
    def metric_file(self) -> str | None:
        """The whole path of the file that defines the metric; None where a name does."""
        return str(self.path / self.metric) if self.metric.endswith(METRIC_FILE) else None

    @property
    def prediction_columns(self) -> tuple[str, ...]:
        """The submission's columns, the id left out."""
        return tuple(column for column in self.submission_columns if column != self.id_column)

    def brief(self, hardware: str = "", packages: Iterable[str] = ()) -> TaskBrief:
        """What a model is told. File names are those of the views, whatever the originals are called."""
        return TaskBrief(
            name=self.name,
            description=self.description,
            kind=self.kind,
            metric=self.metric,
            higher_is_better=self.higher_is_better,
            wanted=self.wanted,
            id_column=self.id_column,
            targets=self.targets,
            submission_columns=self.submission_columns,
            classes=self.classes,
            text_columns=self.text_columns,
            group_column=self.group_column,
            time_column=self.time_column,
            row_files=self.row_files,
            own_folds=self.own_folds,
            hardware=hardware,
            packages=tuple(packages),
        )

    def json(self) -> str:
        """Return the task as JSON, with the whole path of its folder: what a run keeps of it."""
        return msgspec.json.encode(msgspec.structs.replace(self, path=self.path.resolve()), enc_hook=str).decode()

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the task that `json` gave, also of an older or a newer gome. Raises msgspec.ValidationError."""
        return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, value: kind(value))
