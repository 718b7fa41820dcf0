"""What a reading remembers: names, loops, splits, and what was printed and opened."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gome.evaluation.reading.values import TRAIN, UNKNOWN, Fact, How, Tags, Told, Value

MOST_STEPS = 60_000  # expressions looked at; a reading that takes longer ends with what it has found
DEEPEST = 10  # calls within calls


class TooLong(Exception):
    """The program is too large to be read."""


class Scope:
    """Names, and those of the scope around."""

    def __init__(self, around: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.around = around

    def get(self, name: str) -> Value | None:
        """Return what a name stands for; None: nothing here."""
        if name in self.names:
            return self.names[name]
        return self.around.get(name) if self.around else None

    def branch(self) -> dict[str, Value]:
        """Return the names as they are now."""
        return dict(self.names)


@dataclass
class Memory:
    """Shared by all parts of one reading."""

    targets: set[str]
    classifies: bool
    scope: Scope = field(default_factory=Scope)
    tags: Tags = field(default_factory=Tags)
    loops: list[int] = field(default_factory=list)  # that are being gone through
    unrolled: set[int] = field(default_factory=set)  # loops over a few literals, gone through one by one
    seeded: set[int] = field(default_factory=set)  # loops whose variable becomes a seed
    training: set[int] = field(default_factory=set)  # loops over epochs
    picking: list[frozenset[Fact]] = field(default_factory=list)  # scores compared by the ifs that we are in
    returned: list[list[Value]] = field(default_factory=list)
    calling: list[ast.AST] = field(default_factory=list)
    printed: list[tuple[str | Value, ...]] = field(default_factory=list)
    opened: list[tuple[int, str]] = field(default_factory=list)
    repeated: int = 0  # line at which repeated rows were cross-validated
    steps: int = 0

    def __post_init__(self) -> None:
        self.outermost = self.scope

    def step(self) -> None:
        """Count an expression. Raises TooLong."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooLong

    def told(self, values: Iterable[Value], how: How, line: int) -> frozenset[Told]:
        """Return that the labels of these rows have been used."""
        rows = frozenset().union(*(value.rows for value in values))
        return frozenset(Told(tag, how, line) for tag in rows)

    def fact(self, metric: str | None, truth: Sequence[Value], predicted: Sequence[Value], line: int) -> Value:
        """Return a score."""
        told = frozenset().union(*(value.told for value in predicted))
        fact = Fact(
            metric=metric,
            rows=frozenset().union(*(value.rows for value in predicted)),
            labels=frozenset().union(*(value.rows for value in truth)),
            told=told,
            line=line,
            loops=frozenset(self.loops),
        )
        models = frozenset().union(*(value.models for value in predicted))
        rows = fact.rows | fact.labels
        return Value(facts=frozenset({fact}), models=models, rows=rows, told=told)

    def parts(self, of: Value, line: int, column: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the rows of the two sides of a split."""
        place = f"{line}:{column}"
        rows = of.rows or frozenset({TRAIN})
        return tuple(self.tags.part(f"{side} {place}", rows, of.repeated) for side in ("fit", "valid"))  # type: ignore[return-value]

    def picked(self, value: Value) -> Value:
        """Return a value that was taken because its score, or that of another, was the best of several."""
        if not value.facts:
            return value
        facts = frozenset(
            Fact(f.metric, f.rows, f.labels, f.told, f.line, f.loops, f.picked | f.loops) for f in value.facts
        )
        return value.but(facts=facts)

    def chosen(self, value: Value) -> Value:
        """Return a value assigned where a score was better than another: what it holds knows the rows of that score."""
        if not self.picking:
            return value
        value = self.picked(value)
        if not value.models and not value.told and value.instance is None:
            return value
        told = set(value.told)
        for fact in frozenset().union(*self.picking):
            how: How | None = "stop" if fact.loops & self.training else "seed" if fact.loops & self.seeded else None
            if how is not None:
                told |= {Told(tag, how, fact.line) for tag in fact.rows}
        return value.but(told=frozenset(told))

    def seed(self, value: Value) -> None:
        """Note that a value becomes a seed."""
        self.seeded |= value.loops


def element(value: Value) -> Value:
    """Return what going through a value gives."""
    if value.members is not None:
        return value.members
    if value.items is not None:
        from gome.evaluation.reading.values import joined

        return joined(value.items)
    if value.grouped:
        return Value(items=(UNKNOWN, value.but(grouped=False)))
    return value.but(literal=UNKNOWN.literal, text=None, pure=False)
