"""What the expert looks at before every answer: the task, its data and the limits, with derived facts."""

import re
from functools import cached_property

import msgspec

from gome.expert.reading import read_from
from gome.expert.recipe import CONSTANT, Family
from gome.messages import Column, ColumnKind, Profile, TaskBrief

HIGH_CARDINALITY = 20  # distinct values; beyond, a column each is waste
SAMPLE_ROWS = 300  # a first trial sees no more
FEW_OF_A_CLASS = 15  # rows in the sample; holdouts and folds leave half of them
LABEL_COUNT_FOR_STRATA = 50  # with more classes, folds cannot hold one row of each in a sample


class Scene(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The task and its data, with derived facts."""

    task: TaskBrief
    profile: Profile
    limit_s: float

    @cached_property
    def classifies(self) -> bool:
        """Whether targets are classes."""
        return self.task.kind in ("binary", "multiclass") or bool(self.task.classes)

    @cached_property
    def several(self) -> bool:
        """Whether there is more than one target column."""
        return len(self.task.targets) > 1

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Labels of a single target; empty for regression and for several targets."""
        if not self.classifies or self.several:
            return ()
        return self.task.classes or tuple(sorted(label for label, _ in self.profile.targets[0].classes))

    @cached_property
    def numbered(self) -> bool:
        """Whether all labels of a single target are numbers, written as Python would."""
        return all(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", label) for label in self.classes)

    @cached_property
    def worded_targets(self) -> bool:
        """Whether several targets hold words instead of 0 and 1."""
        labels = {label for target in self.profile.targets for label, _ in target.classes}
        return self.several and self.classifies and not labels <= {"0", "1", "0.0", "1.0"}

    def positive(self, name: str) -> str:
        """The label of a target that counts as 1: the last of two."""
        return next(
            (max((label for label, _ in t.classes), default="") for t in self.profile.targets if t.name == name), ""
        )

    @cached_property
    def class_rows(self) -> tuple[int, ...]:
        """Rows of each class known, of all targets."""
        return tuple(rows for target in self.profile.targets for _, rows in target.classes)

    @cached_property
    def rare_class(self) -> bool:
        """Whether a fold of the sample might hold one class alone."""
        if not self.classifies:
            return False
        per_row = SAMPLE_ROWS / max(self.profile.rows, SAMPLE_ROWS)
        return self.several or min(self.class_rows, default=0) * per_row < FEW_OF_A_CLASS or self.one_sided

    @cached_property
    def one_sided(self) -> bool:
        """Whether folds follow groups or time, so that one may hold a class alone."""
        return len(self.class_rows) < 2 or bool(self.task.group_column or self.task.time_column)

    @cached_property
    def strata(self) -> bool:
        """Whether folds can keep the shares of the classes."""
        few = self.profile.targets[0].distinct <= LABEL_COUNT_FOR_STRATA if self.profile.targets else False
        return self.classifies and not self.several and few

    @cached_property
    def probabilities(self) -> bool:
        """Whether scripts deal in class probabilities of one target."""
        return self.classifies and not self.several

    @cached_property
    def rows(self) -> int:
        """Training rows."""
        return self.profile.rows

    @cached_property
    def target_columns(self) -> frozenset[str]:
        """Columns that are no features."""
        return frozenset({*self.task.targets, *([self.task.id_column] if self.task.id_column else [])})

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Feature columns that train and test share and that may tell something."""
        useless = ("id", "constant")
        files = self.task.row_files
        unread = self.target_columns | ({files.column} if files else set())
        own = (c for c in self.profile.columns if c.in_test and c.kind not in useless and c.name not in unread)
        return (*own, *read_from(files, pictures=self.has("pillow")))

    def named(self, kind: ColumnKind) -> tuple[str, ...]:
        """Names of the feature columns of a kind."""
        return tuple(column.name for column in self.columns if column.kind == kind)

    @cached_property
    def useless(self) -> tuple[str, ...]:
        """Columns of the test table that no model should read: ids and constants."""
        return tuple(
            c.name
            for c in self.profile.columns
            if c.in_test and c.kind in ("id", "constant") and c.name not in self.target_columns
        )

    @cached_property
    def missing(self) -> bool:
        """Whether features lack values."""
        return any(column.missing > 0 for column in self.columns)

    @cached_property
    def high_cardinality(self) -> tuple[Column, ...]:
        """Category columns with many values."""
        return tuple(c for c in self.columns if c.kind == "category" and c.distinct > HIGH_CARDINALITY)

    @cached_property
    def skewed_target(self) -> bool:
        """Whether a regression's target has a long right tail and no negative value."""
        if self.classifies:
            return False
        return all((t.skew or 0.0) > 1.0 and t.minimum is not None and t.minimum >= 0 for t in self.profile.targets)

    @cached_property
    def imbalance(self) -> float:
        """Rows of the largest class over those of the smallest; 1 where classes are unknown."""
        rows = self.class_rows
        return max(rows) / max(min(rows), 1) if rows and not self.several else 1.0

    def has(self, package: str) -> bool:
        """Whether scripts may import a package."""
        return any(re.split(r"[ =<>]", listed)[0].lower() == package for listed in self.task.packages)

    def version(self, package: str) -> tuple[int, int]:
        """Major and minor version that scripts meet; (0, 0) where it is not told."""
        for listed in self.task.packages:
            found = re.match(rf"{package}\D+(\d+)\.(\d+)", listed)
            if found:
                return int(found[1]), int(found[2])
        return 0, 0

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """Model families that suit the task, its size and what is installed; the constant where no column tells."""
        width = len(self.columns)
        if not width and not self.profile.omitted_columns:
            return (CONSTANT,)
        suits: dict[Family, bool] = {
            "lightgbm": self.has("lightgbm"),
            "histgb": True,
            "forest": self.rows <= 100_000,
            "extra": self.rows <= 100_000,
            "linear": True,
            "elastic": self.rows * width <= 2_000_000,
            "discriminant": self.classifies and bool(self.named("numeric")) and width <= 500,
            "svm": self.rows <= 6_000,
            "knn": self.rows <= 20_000 and width <= 200,
            "mlp": self.has("torch"),
            "bayes": self.classifies,
            "process": not self.classifies and self.rows <= 1_500 and bool(self.named("numeric")),
        }
        return tuple(family for family, fits in suits.items() if fits)
