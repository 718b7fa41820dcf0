"""Small things that several parts of a reading need of values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gome.evaluation.reading import known
from gome.evaluation.reading.values import UNKNOWN, How, Model, Value, joined


def rooted(value: Value) -> Value:
    """Return the square root of a score."""
    facts = frozenset(
        type(fact)(**{**vars(fact), "metric": known.ROOTS.get(fact.metric or "", fact.metric)}) for fact in value.facts
    )
    return value.but(facts=facts, literal=UNKNOWN.literal, text=None)


def fresh(model: Model) -> Model:
    """Return an estimator of the same kind, not fitted."""
    return Model(names=model.names, stops=model.stops, scoring=model.scoring, searches=model.searches)


def how_told(names: frozenset[str]) -> How:
    """Return what labels are used for by an estimator of these parts."""
    if any(known.SELECTS.search(name) for name in names) and not any("Lasso" in name for name in names):
        return "select"
    return "encode" if any(known.ENCODES.search(name) and not known.BLIND.match(name) for name in names) else "fit"


def flat(value: Value, depth: int = 0) -> list[Value]:
    """Return what a list, tuple or dictionary holds, and what that holds."""
    if depth > 3:
        return []
    parts = [*(value.items or ()), *((value.fields or {}).values())]
    return [part for item in parts for part in (item, *flat(item, depth + 1))]


def whole(values: Sequence[Value]) -> Value:
    """Return values joined with all that they hold."""
    return joined([part for value in values for part in (value, *flat(value))])


def strings(values: Sequence[Value]) -> set[str]:
    """Return the literal texts in these."""
    every = [part for value in values for part in (value, *flat(value))]
    return {value.literal for value in every if isinstance(value.literal, str)}


def filled(form: str, arguments: Sequence[Value], named: Mapping[str, Value]) -> tuple[str | Value, ...]:
    """Return the pieces of a text that `str.format` fills."""
    parts: list[str | Value] = []
    place = 0
    for number, piece in enumerate(re.split(r"(\{[^{}]*\})", form)):
        if number % 2 == 0:
            parts.append(piece)
            continue
        key = re.split(r"[:!]", piece[1:-1])[0]
        if not key:
            parts.append(arguments[place] if place < len(arguments) else UNKNOWN)
            place += 1
        elif key.isdigit():
            parts.append(arguments[int(key)] if int(key) < len(arguments) else UNKNOWN)
        else:
            parts.append(named.get(key, UNKNOWN))
    return tuple(parts)
