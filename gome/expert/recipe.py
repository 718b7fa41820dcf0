"""The genome of a solution that the expert writes; every such script carries its own in one comment."""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec

Family = Literal[
    "lightgbm",
    "histgb",
    "forest",
    "extra",
    "linear",
    "elastic",
    "discriminant",
    "svm",
    "knn",
    "mlp",
    "bayes",
    "process",
    "constant",
]
CONSTANT: Family = "constant"  # the last resort: it learns nothing, and stands alone
FAMILIES: tuple[Family, ...] = tuple(family for family in get_args(Family) if family != CONSTANT)
BOOSTED: frozenset[Family] = frozenset({"lightgbm", "histgb"})
FORESTS: frozenset[Family] = frozenset({"forest", "extra"})
TREES: frozenset[Family] = BOOSTED | FORESTS
DENSE: frozenset[Family] = frozenset({"histgb", "discriminant", "mlp", "process"})  # cannot read sparse columns
REMEMBERING: frozenset[Family] = FORESTS | {"knn"}  # near perfect on their own training rows, by construction

Category = Literal["onehot", "ordinal", "target", "native"]
Numeric = Literal["plain", "standard", "quantile", "power", "spline", "bins"]
Text = Literal["none", "word", "char", "both", "svd"]
Knob = Literal["size", "brake", "pace"]
KNOB_RANGE = 3  # knobs run from -3 to 3 steps from a family's usual setting

_LINE = re.compile(r"^# recipe: (\{.*\})\s*$", re.MULTILINE)


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One model with the preparation that it gets."""

    family: Family
    category: Category = "onehot"
    numeric: Numeric = "plain"
    text: Text = "none"
    size: int = 0  # capacity, in steps
    brake: int = 0  # regularisation, in steps
    pace: int = 0  # more and smaller learning steps
    early: bool = False  # stop when held-out rows no longer improve; boosting only


class Recipe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that distinguishes one script of the expert from another."""

    members: tuple[Member, ...]
    blend: Literal["mean", "greedy", "stack"] = "greedy"  # matters with two members or more
    folds: int = 5
    repeats: int = 1
    target: Literal["plain", "log1p", "sqrt", "quantile"] = "plain"
    loss: Literal["squared", "absolute"] = "squared"
    balanced: bool = False  # classes weigh the same
    tuned: bool = False  # decisions tuned on out-of-fold predictions
    clip: bool = False  # values kept within those seen in training
    dates: Literal["drop", "parts", "cyclic"] = "parts"
    rare: int = 1  # categories with fewer rows share one column
    counts: bool = False  # how often each category occurs
    aggregates: bool = False  # means of numeric columns by category
    crosses: bool = False  # pairs of categories as one
    pairs: tuple[str, ...] = ()  # numeric columns whose ratios and differences are added
    gaps: bool = False  # how many values a row lacks
    text_sizes: bool = False  # lengths of texts
    drop: tuple[str, ...] = ()
    rows: int = 0  # training rows used; 0: all
    repairs: int = 0  # failures in a row that led here

    @property
    def families(self) -> tuple[Family, ...]:
        """Families of the members, in order."""
        return tuple(member.family for member in self.members)

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell this recipe from others."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:8]

    @property
    def line(self) -> str:
        """The comment that carries this recipe in a script."""
        return f"# recipe: {msgspec.json.encode(self).decode()}"

    @classmethod
    def of(cls, code: str) -> "Recipe | None":
        """The recipe that `code` carries; None for a script of other origin."""
        found = _LINE.search(code)
        if found is None:
            return None
        try:
            recipe = msgspec.json.decode(found[1], type=cls)
        except msgspec.DecodeError:
            return None
        return recipe if recipe.members else None

    def but(self, **changes: Any) -> "Recipe":
        """This recipe with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    def each(self, change: Callable[[Member], Member]) -> "Recipe":
        """This recipe with every member changed; members that become equal are merged."""
        return self.but(members=tuple(dict.fromkeys(change(member) for member in self.members)))


def turned(member: Member, knob: Knob, steps: int) -> Member:
    """The member with one knob turned, as far as its range goes."""
    value = max(-KNOB_RANGE, min(KNOB_RANGE, getattr(member, knob) + steps))
    return msgspec.structs.replace(member, **{knob: value})
