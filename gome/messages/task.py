"""What a model may know of the task: the brief and the profile of its data."""

from typing import Literal

import msgspec

TaskKind = Literal["binary", "multiclass", "regression", "ranking"]
Wanted = Literal["label", "probability", "value", "ranking"]  # what the metric reads from a submission
FileKind = Literal["image", "audio", "text", "other"]
ColumnKind = Literal["numeric", "category", "text", "date", "id", "constant"]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the training table."""

    name: str
    kind: ColumnKind
    missing: float  # share of rows, 0 to 1
    distinct: int  # distinct values, missing left out
    examples: tuple[str, ...] = ()  # at most 3, each at most 60 characters
    skew: float | None = None  # numeric only
    in_test: bool = True
    shift: float | None = None  # 0 to 1: distance between its distributions in train and test (KS)
    association: float | None = None  # 0 to 1: how well it alone explains the target


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Shape of one target column."""

    name: str
    distinct: int
    classes: tuple[tuple[str, int], ...] = ()  # (label, rows), most frequent first, at most 50; empty for regression
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    skew: float | None = None


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """Something about the data that may mislead a validation."""

    kind: Literal["leak", "duplicate-rows", "train-test-overlap", "shift", "time-order", "group", "id-signal"]
    column: str | None
    evidence: str  # plain words with the figure


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What the training and test tables look like."""

    rows: int
    test_rows: int
    columns: tuple[Column, ...]  # features only; at most 300, most associated first
    targets: tuple[Target, ...]
    suspects: tuple[Suspect, ...] = ()
    omitted_columns: int = 0
    other_files: tuple[str, ...] = ()  # relative paths, at most 50


class RowFiles(msgspec.Struct, frozen=True, kw_only=True):
    """A file belongs to each row, in folders below ./input."""

    column: str  # that names it
    beginning: str = ""  # put before the column's value
    ending: str = ""  # added to it
    train: str = ""  # folder of the training rows' files; empty: the value is a path below ./input
    test: str = ""  # folder of the test rows' files
    folders: tuple[str, ...] = ()  # below ./input, in which all of them are
    kind: FileKind = "other"

    def pattern(self, folder: str) -> str:
        """The path of a row's file, the column's name in braces."""
        return f"{folder + '/' if folder else ''}{self.beginning}{{{self.column}}}{self.ending}"


class TaskBrief(msgspec.Struct, frozen=True, kw_only=True):
    """The task as told to a model."""

    name: str
    description: str
    kind: TaskKind
    metric: str  # canonical name
    higher_is_better: bool
    wanted: Wanted
    id_column: str | None
    targets: tuple[str, ...]
    submission_columns: tuple[str, ...]  # all, id first where there is one
    classes: tuple[str, ...] = ()  # labels, in the order of the probability columns where there are several
    text_columns: tuple[str, ...] = ()
    group_column: str | None = None
    time_column: str | None = None
    train_file: str = "train.csv"  # below ./input/
    test_file: str = "test.csv"
    sample_file: str = "sample_submission.csv"
    row_files: RowFiles | None = None  # images, sounds, texts that belong to the rows
    own_folds: bool = False  # a program also predicts the labelled rows, each without its label: oof.csv
    train_rows: int = 0  # of train.csv as solutions see it, without what is held out; 0: not known
    view_rows: int = 0  # of test.csv as solutions see it: test rows and held-out ones
    turns: int = 1  # how often a trial runs its program, each time with other rows hidden
    hardware: str = ""  # "2 CPU cores, no GPU"
    packages: tuple[str, ...] = ()  # "lightgbm 4.7.0", ...: what a solution may import
