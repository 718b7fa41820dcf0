"""What a reading remembers: names, loops, splits, and what was printed and opened."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gome.evaluation.reading.luck import FEW_ROUNDS, MUCH, luck
from gome.evaluation.reading.values import TRAIN, UNKNOWN, Fact, How, Tags, Told, Value, joined

MOST_STEPS = 60_000  # expressions looked at; a reading that takes longer ends with what it has found
DEEPEST = 10  # calls within calls


class TooLong(Exception):
    """The program is too large to be read."""


class Scope:
    """Names, and those of the scope around."""

    def __init__(self, around: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.around = around
        self.depths: dict[str, int] = {}  # loops around the outermost place where a name was given

    def get(self, name: str) -> Value | None:
        """Return what a name stands for; None: nothing here."""
        if name in self.names:
            return self.names[name]
        return self.around.get(name) if self.around else None

    def depth(self, name: str) -> int | None:
        """Return how many loops stand around the outermost place where a name was given; None: not given here."""
        if name in self.names:
            return self.depths.get(name)
        return self.around.depth(name) if self.around else None

    def bind(self, name: str, value: Value, depth: int) -> None:
        """Give a name, inside this many loops."""
        self.names[name] = value
        self.depths[name] = min(depth, self.depths.get(name, depth))

    def branch(self) -> dict[str, Value]:
        """Return the names as they are now."""
        return dict(self.names)


@dataclass
class Memory:
    """Shared by all parts of one reading."""

    targets: set[str]
    classifies: bool
    higher: bool = True  # whether more of the task's metric is better
    made: set[str] = field(default_factory=set)  # columns that number rows or parts of a split, made by the program
    sorted: list[frozenset[str]] = field(default_factory=list)  # rows whose labels the ifs look at that we are in
    given: list[frozenset[Told]] = field(default_factory=list)  # what the conditions know that we are under
    scope: Scope = field(default_factory=Scope)
    tags: Tags = field(default_factory=Tags)
    loops: list[int] = field(default_factory=list)  # that are being gone through
    unrolled: set[int] = field(default_factory=set)  # loops over a few literals, gone through one by one
    seeded: set[int] = field(default_factory=set)  # loops whose variable becomes a seed
    training: set[int] = field(default_factory=set)  # loops over epochs; negative: rounds of an estimator, no loop
    turns: set[int] = field(default_factory=set)  # loops that do the same a number of times
    rounds: set[int] = field(default_factory=set)  # loops whose variable becomes a number of rounds
    fitting: set[int] = field(default_factory=set)  # loops inside which something is fitted
    counts: dict[int, int] = field(default_factory=dict)  # how often each loop is gone through, where that is known
    picking: list[frozenset[Fact]] = field(default_factory=list)  # scores compared by the ifs that we are in
    folding: set[int] = field(default_factory=set)  # loops over the folds of a cross-validation
    others: dict[str, frozenset[str]] = field(default_factory=dict)  # of a piece that rows were cut into, all others
    saved: dict[str, Value] = field(default_factory=dict)  # what the program put into files
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
            loops=frozenset(self.loops).union(*({loop for loop in value.loops if loop < 0} for value in predicted)),
        )
        models = frozenset().union(*(value.models for value in predicted))
        rows = fact.rows | fact.labels
        return Value(facts=frozenset({fact}), models=models, rows=rows, told=told)

    def parts(self, of: Value, line: int, column: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the rows of the two sides of a split."""
        place = f"{line}:{column}"
        rows = of.rows or frozenset({TRAIN})
        return tuple(self.tags.part(f"{side} {place}", rows, of.repeated) for side in ("fit", "valid"))  # type: ignore[return-value]

    def cut(self, of: Value, line: int, column: int) -> frozenset[str]:
        """Return the rows of one of several pieces that rows were cut into, noting what the others are together."""
        fit, valid = self.parts(of, line, column)
        self.others[next(iter(valid))] = fit
        return valid

    def some(self, of: frozenset[str], text: str, repeated: int = 0) -> frozenset[str]:
        """Return rows taken out of these in a way that is told from others by how it is written."""
        return self.tags.part(f"{sorted(of)} {text}", of, repeated)

    def rest(self, of: frozenset[str], without: frozenset[str]) -> frozenset[str]:
        """Return those of these rows that are not among the others."""
        others = [self.others[tag] for tag in without if tag in self.others]
        return others[0] if others and len(without) == 1 else self.some(of, f"without {sorted(without)}")

    def pieces(self, rows: frozenset[str]) -> frozenset[str] | None:
        """Return all the other pieces, where these rows are one of several; None: they are none."""
        return self.others.get(next(iter(rows))) if len(rows) == 1 else None

    def picked(self, value: Value, by: Iterable[Fact], loops: Iterable[int]) -> Value:
        """Return a value that was taken because these scores, or its own, were the best in these loops."""
        told, loops = self.learnt(by), frozenset(loops)
        return self._marked(value, loops, told) if told or loops else value

    def _marked(self, value: Value, loops: frozenset[int], told: frozenset[Told], deep: int = 5) -> Value:
        def inner(part: Value) -> Value:
            return self._marked(part, loops, told, deep - 1)

        facts = frozenset(replace(fact, picked=fact.picked | fact.loops & loops) for fact in value.facts)
        if deep == 0:
            return value.but(facts=facts, told=value.told | told)
        return value.but(
            facts=facts,
            told=value.told | told,
            items=None if value.items is None else tuple(map(inner, value.items)),
            members=None if value.members is None else inner(value.members),
            fields=None if value.fields is None else {key: inner(part) for key, part in value.fields.items()},
        )

    def learnt(self, facts: Iterable[Fact]) -> frozenset[Told]:
        """Return what is known of whose labels by what was the best of several scores."""
        return frozenset(
            Told(tag, how, fact.line, among)
            for fact in facts
            for how, among in self.choices(fact.picked)
            for tag in fact.rows
        )

    def choices(self, picked: frozenset[int]) -> list[tuple[How, int]]:
        """Return what was chosen where the best of these loops was taken, and among how many; few settings: nothing.

        Epochs and seeds count however few they are: the one is fitted to the rows that stop it, the other is luck
        alone. Settings count from where the best of as many equals is `MUCH` standard errors too good, and only where
        each is fitted: thresholds and weights of the same predictions hardly differ by chance.
        """
        found: list[tuple[How, int]] = []
        rounds = picked & self.rounds
        if picked & self.training:
            found.append(("stop", self._product(picked & self.training)))
        elif rounds and not 0 < self._product(rounds) < FEW_ROUNDS:
            found.append(("stop", self._product(rounds)))
        if picked & self.seeded:
            found.append(("seed", self._product(picked & self.seeded)))
        if picked & self.folding:
            found.append(("fold", self._product(picked & self.folding)))
        settings = math.prod(self.counts.get(loop) or 1 for loop in picked & self.fitting)
        if not found and luck(settings) >= MUCH:
            found.append(("options", settings))
        return found

    def _product(self, loops: Iterable[int]) -> int:
        return math.prod(self.counts.get(loop, 0) for loop in loops)

    def chosen(self, value: Value) -> Value:
        """Return a value assigned where a score was better than another: what it holds knows the rows of that score."""
        for facts in self.picking:
            loops = frozenset().union(*(fact.picked for fact in facts)) & frozenset(self.loops)
            value = self.picked(value, facts, loops)
        return value

    @contextmanager
    def under(self, conditions: Sequence[Value]) -> Iterator[None]:
        """Go on where conditions hold: what is put somewhere there knows what they know.

        Scores are compared for a choice, which is noted elsewhere, and predictions are no choice of features.
        """
        told = [value.told for value in conditions if not value.facts and not value.predicted]
        self.given.append(frozenset().union(*told))
        try:
            yield
        finally:
            self.given.pop()

    def knowing(self, value: Value) -> Value:
        """Return a value put somewhere, with what the conditions know under which it is put there."""
        return value.but(told=value.told.union(*self.given)) if any(self.given) else value

    def unranked(self, value: Value) -> Value:
        """Return scores that stood in order and are all taken: nothing was chosen."""
        facts = frozenset(replace(fact, picked=fact.picked - value.ranked) for fact in value.facts)
        return value.but(facts=facts, ranked=frozenset())

    def finished(self, value: Value) -> Value:
        """Return a mean: the loops that it was taken over are no choice any more."""
        around = frozenset(self.loops)
        return value.but(facts=frozenset(replace(fact, loops=fact.loops & around) for fact in value.facts))

    def seed(self, value: Value) -> None:
        """Note that a value becomes a seed."""
        self.seeded |= value.loops

    def numbered(self, node: ast.expr) -> int:
        """The number of what goes round inside a library."""
        return -(node.lineno * 1000 + node.col_offset)

    def begun(self) -> frozenset[int]:
        """The loops that we are in, for something made here."""
        return frozenset(self.loops)


def element(value: Value) -> Value:
    """Return what going through a value gives."""
    if value.members is not None:
        return value.members
    if value.items is not None:
        return joined(value.items)
    if value.grouped:
        return Value(items=(UNKNOWN, value.but(grouped=False, within=value.rows)))
    return value.but(literal=UNKNOWN.literal, text=None, pure=False)
