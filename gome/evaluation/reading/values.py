"""What is known of a value in a program: which rows it stands for, and whose labels have gone into it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

How = Literal["fit", "encode", "select", "stop", "seed", "options", "fold"]

NOTHING: Any = object()  # a literal that is not known
TRAIN, TEST = "train", "test"  # tags of rows; the parts of a split get tags of their own


@dataclass(frozen=True)
class Told:
    """Labels of some rows have gone into a value."""

    rows: str  # a tag
    how: How
    line: int
    among: int = 0  # of how many something was the best on these rows; 0: not known


@dataclass(eq=False)
class Model:
    """Something that is fitted; the one value here that changes, as estimators do."""

    names: frozenset[str]  # of its class, and of the parts it was made of
    told: frozenset[Told] = frozenset()
    stops: bool = False  # early stopping was asked for
    attributes: dict[str, Value] = field(default_factory=dict)
    scoring: str | None = None
    searches: bool = False  # its own cross-validation
    keeps_best: bool = True  # of its rounds, where it is shown rows to watch and does so unasked
    among: int = 0  # settings that it tries; 0: not known
    made: frozenset[int] = frozenset()  # loops inside which it was made
    chosen: frozenset[Told] = frozenset()  # what its settings know, however often it is fitted anew


@dataclass(frozen=True)
class Fact:
    """A score: predictions held against labels."""

    metric: str | None  # gome's name; None: home-made
    rows: frozenset[str]  # predicted
    labels: frozenset[str]  # rows of the labels
    told: frozenset[Told]  # what had gone into the predictions
    line: int
    moved: int = 0  # line where it was made better than it was measured; 0: nowhere
    loops: frozenset[int] = frozenset()  # inside which it was computed
    picked: frozenset[int] = frozenset()  # loops of which it is the best


@dataclass(frozen=True)
class Function:
    """A function or lambda of the program."""

    node: ast.FunctionDef | ast.Lambda
    scope: Any
    owner: Value | None = None  # the instance it is a method of


@dataclass(frozen=True)
class Value:
    """All that is tracked of one value. The default is a value of which nothing is known."""

    rows: frozenset[str] = frozenset()
    told: frozenset[Told] = frozenset()
    facts: frozenset[Fact] = frozenset()
    models: frozenset[Model] = frozenset()
    loops: frozenset[int] = frozenset()  # it depends on the variables of these loops
    labels: bool = False  # labels, or made of them row by row
    table: bool = False  # holds labels beside features
    grouped: bool = False
    predicted: bool = False
    index: bool = False  # numbers of rows
    pure: bool = False  # made of literals and random numbers alone
    stops: bool = False  # switches early stopping on
    repeated: int = 0  # line where rows were repeated; 0: none
    count: int = 0  # members; 0: not known
    depth: int = 0  # of a list: loops around the place where it was made
    alike: bool = False  # a list whose members stand for the same rows
    mask: str = ""  # a condition on rows, as written
    classed: frozenset[str] = (
        frozenset()
    )  # of a condition: rows whose labels it is on; of rows: of which they are a class
    column: bool = False  # features of each row, or a condition that holds for one group of them
    among: str = ""  # of such a condition: what else holds, as written
    within: frozenset[str] = frozenset()  # rows that this is one group of, or the neighbours among
    near: bool = False  # for each row, numbers of rows that are near it
    ranked: frozenset[int] = frozenset()  # loops over which its scores stand in order, none left out
    columns: Mapping[str, frozenset[Told]] = field(default_factory=dict)  # of a table: what single columns know
    listed: tuple[str, ...] = ()  # of a table: its columns, where they were named
    name: str = ""  # dotted, of something imported
    literal: Any = NOTHING
    text: tuple[str | Value, ...] | None = None  # a string in pieces
    items: tuple[Value, ...] | None = None
    members: Value | None = None  # what going through it gives
    fields: Mapping[Any, Value] | None = None
    function: Function | None = None
    class_: ast.ClassDef | None = None
    instance: dict[str, Value] | None = None

    def __hash__(self) -> int:
        return id(self)

    def but(self, **changes: Any) -> Value:
        """Return a copy with some fields changed."""
        return replace(self, **changes)

    @property
    def last(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def estimator(self) -> bool:
        """Whether it is something that is fitted, and not what one predicted, or a list of such."""
        return bool(self.models) and not self.predicted and not self.facts and self.items is None

    @property
    def constant(self) -> bool:
        """Whether it is a literal."""
        return self.literal is not NOTHING


UNKNOWN = Value()


def joined(values: Iterable[Value]) -> Value:
    """Return what is known of a value that is made of all of these, or is one of them."""
    parts = [value for value in values if value is not UNKNOWN]
    if not parts:
        return UNKNOWN
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    literal = first.literal if all(part.literal is first.literal for part in parts) else NOTHING
    return Value(
        rows=frozenset().union(*(part.rows for part in parts)),
        told=frozenset().union(*(part.told for part in parts)),
        facts=frozenset().union(*(part.facts for part in parts)),
        models=frozenset().union(*(part.models for part in parts)),
        loops=frozenset().union(*(part.loops for part in parts)),
        labels=any(part.labels for part in parts),
        table=any(part.table for part in parts),
        grouped=any(part.grouped for part in parts),
        predicted=any(part.predicted for part in parts),
        index=any(part.index for part in parts),
        pure=all(part.pure for part in parts),
        stops=any(part.stops for part in parts),
        column=any(part.column for part in parts),
        within=frozenset().union(*(part.within for part in parts)),
        near=any(part.near for part in parts),
        repeated=max(part.repeated for part in parts),
        literal=literal,
        name=first.name if all(part.name == first.name for part in parts) else "",
        function=next((part.function for part in parts if part.function), None),
        class_=next((part.class_ for part in parts if part.class_), None),
        instance=next((part.instance for part in parts if part.instance is not None), None),
        members=next((part.members for part in parts if part.members is not None), None),
        fields=_merged([part.fields for part in parts if part.fields is not None]),
    )


def _merged(fields: Sequence[Mapping[Any, Value]]) -> Mapping[Any, Value] | None:
    if len(fields) < 2:
        return fields[0] if fields else None
    return {key: joined([one[key] for one in fields if key in one]) for every in fields for key in every}


class Tags:
    """Which rows are parts of which."""

    def __init__(self) -> None:
        self._parents: dict[str, frozenset[str]] = {}
        self.twins: dict[str, int] = {}  # parts of a split of repeated rows; the line where they were repeated

    def part(self, tag: str, of: frozenset[str], repeated: int = 0) -> frozenset[str]:
        """Return the tag of a part, noting whose it is."""
        parents = (of or frozenset({TRAIN})) - {tag}
        if not any(tag in self._above(parent) for parent in parents):
            self._parents[tag] = self._parents.get(tag, frozenset()) | parents
        if repeated:
            self.twins[tag] = repeated
        return frozenset({tag})

    def covers(self, whole: str, rows: frozenset[str]) -> bool:
        """Whether `whole` holds all of these rows, test rows aside."""
        wanted = rows - {TEST}
        return bool(wanted) and all(whole in self._above(tag) for tag in wanted)

    def overlap(self, one: frozenset[str], other: frozenset[str]) -> bool:
        """Whether some rows are certainly in both."""
        return any(a in self._above(b) or b in self._above(a) for a in one - {TEST} for b in other - {TEST})

    def _above(self, tag: str) -> set[str]:
        found, left = {tag}, [tag]
        while left:
            for parent in self._parents.get(left.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    left.append(parent)
        return found
