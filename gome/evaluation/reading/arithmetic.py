"""Scores computed and changed by hand: errors that become a metric, and scores made better than they were measured."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gome.evaluation.reading import known
from gome.evaluation.reading.values import Fact, Value, joined

DIFFERENCE, ABSOLUTE, SQUARED = "*difference", "*absolute", "*squared"  # row by row: no metric yet
SUMMED = "*summed"  # squares
SPREAD = "spread"  # of scores
LEAST = 1e-6  # what is added to a score to avoid a division by nothing is smaller
FACTORS = 0.8, 1.25  # times a score: others are weights, per cent, shares of folds
BOUNDS = (0, 1, -1, 0.5, 100)  # of metrics, which scores are kept within
STEPS: Mapping[str, Mapping[str, str]] = {
    "abs": {DIFFERENCE: ABSOLUTE, ABSOLUTE: ABSOLUTE}, "absolute": {DIFFERENCE: ABSOLUTE},
    "square": {DIFFERENCE: SQUARED, ABSOLUTE: SQUARED},
    "mean": {ABSOLUTE: "mae", SQUARED: "mse"}, "average": {ABSOLUTE: "mae", SQUARED: "mse"},
    "nanmean": {ABSOLUTE: "mae", SQUARED: "mse"}, "median": {ABSOLUTE: "median_ae"}, "sum": {SQUARED: SUMMED},
    "std": {}, "var": {}, "nanstd": {}, "sem": {},
}  # fmt: skip


def stepped(value: Value, name: str) -> Value:
    """Return what a function of this name makes of errors: the next step to a metric; of others nothing is known."""
    if not value.facts:
        return value
    if name in {"std", "var", "nanstd", "sem", "stdev"}:
        return _changed(value, lambda _: SPREAD)
    steps = STEPS.get(name, {})
    return _changed(value, lambda metric: steps.get(metric) if metric and metric.startswith("*") else metric)


def kept(value: Value) -> Value:
    """Return a value that has been through something unknown: errors are on no way to a metric any more."""
    return stepped(value, "")


def combined(node: ast.BinOp, left: Value, right: Value, *, higher: bool) -> Value | None:
    """Return a score that was computed further, by what is known of such steps; None: nothing is.

    Args:
        node: the operation.
        left: and ...
        right: ... what it is of.
        higher: whether more is better.
    """
    plain = left if not left.facts else right
    score = right if plain is left else left
    if not score.facts:
        return None
    squared = isinstance(node.op, ast.Pow) and right.literal == 2
    if squared or (isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right)):
        return stepped(score, "square")
    if isinstance(node.op, ast.Div) and score is left and right.rows and not right.facts and not right.labels:
        return _changed(score, lambda metric: "mse" if metric == SUMMED else _none(metric))
    if _better(node, left, right, plain, score, higher=higher):
        return moved(score, node.lineno)
    return None


def moved(score: Value, line: int) -> Value:
    """Return a score that was made better here than it was measured."""
    return score.but(facts=frozenset(replace(fact, moved=line) for fact in score.facts), literal=Value().literal)


def bounded(last: str, arguments: Sequence[Value], line: int, *, higher: bool) -> Value | None:
    """Return the better of a score and a number; None: it is something else."""
    numbers = [value.literal for value in arguments if isinstance(value.literal, int | float)]
    scores = [value for value in arguments if value.facts]
    upwards = last in {"max", "maximum", "fmax"}
    if last == "clip" and scores and any(number not in BOUNDS for number in numbers):
        return moved(scores[0], line)
    if not upwards and last not in {"min", "minimum", "fmin"}:
        return None
    if len(scores) != 1 or len(numbers) != len(arguments) - 1 or not numbers or upwards != higher:
        return None
    return moved(scores[0], line) if any(number not in BOUNDS for number in numbers) else None


def replaced(score: Value, number: Value, line: int) -> Value:
    """Return a value in whose place another may stand: of a score, a number that is no bound makes it better."""
    both = joined([score, number])
    plain = isinstance(number.literal, int | float) and not number.facts and number.literal not in BOUNDS
    return moved(both, line) if score.facts and plain else both


def _better(node: ast.BinOp, left: Value, right: Value, plain: Value, score: Value, *, higher: bool) -> bool:
    number = plain.literal if isinstance(plain.literal, int | float) and not plain.facts else None
    adds = isinstance(node.op, ast.Add)
    if adds or (isinstance(node.op, ast.Sub) and score is left):
        if number is not None:
            up = (number > 0) == adds
            return abs(number) > LEAST and (not higher or abs(number) < 1) and up == higher
        if left.facts and right.facts:
            if _all(right, SPREAD) and not _all(left, SPREAD):
                return adds == higher
            return adds and any(f"1 - {fact.metric}" in _metrics(right) for fact in left.facts)
        return False
    if number is None or not isinstance(node.op, ast.Mult | ast.Div) or _all(score, SPREAD) or not number:
        return False
    if isinstance(node.op, ast.Div) and score is right:
        return False
    factor = number if isinstance(node.op, ast.Mult) else 1 / number
    return FACTORS[0] < factor < FACTORS[1] and factor != 1 and (factor > 1) == higher


def whole_again(value: Value) -> Value:
    """Return a sum of several scores: parts of it may have had any weights."""
    return value.but(facts=frozenset(replace(fact, moved=0) for fact in value.facts))


def _metrics(value: Value) -> set[str | None]:
    return {fact.metric for fact in value.facts}


def _all(value: Value, metric: str) -> bool:
    return bool(value.facts) and _metrics(value) == {metric}


def _none(metric: str | None) -> str | None:
    return None if metric and metric.startswith("*") else metric


def _changed(value: Value, change: Callable[[str | None], str | None]) -> Value:
    return value.but(facts=frozenset(_with(fact, change(fact.metric)) for fact in value.facts))


def _with(fact: Fact, metric: str | None) -> Fact:
    return replace(fact, metric=metric)


def rooted(value: Value, line: int, *, higher: bool) -> Value:
    """Return the square root of a score, which is better than the score where more is better up to 1."""
    facts = frozenset(
        replace(
            fact,
            metric=_none(known.ROOTS.get(fact.metric or "", fact.metric)),
            moved=line if higher and fact.metric in known.UP_TO_ONE else fact.moved,
        )
        for fact in value.facts
    )
    return value.but(facts=facts, literal=Value().literal, text=None)
