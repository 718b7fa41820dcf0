"""Small things that several parts of a reading need of values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gome.evaluation.reading import known
from gome.evaluation.reading.values import UNKNOWN, How, Model, Value, joined


def fresh(model: Model) -> Model:
    """Return an estimator of the same kind, not fitted."""
    return replace(model, told=model.chosen, attributes={}, made=frozenset())


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


def part_of(bundle: Value, rows: frozenset[str]) -> Value:
    """Return some rows of features and labels that go together."""
    members = bundle.members
    if members is not None:
        members = members.but(rows=rows, items=members.items and tuple(item.but(rows=rows) for item in members.items))
    return bundle.but(rows=rows, members=members)


def strings(values: Sequence[Value]) -> set[str]:
    """Return the literal texts in these."""
    every = [part for value in values for part in (value, *flat(value))]
    return {value.literal for value in every if isinstance(value.literal, str)}


def names(value: Value) -> tuple[str, ...]:
    """Return the literal texts of a list; none: it is no list of such alone."""
    found = tuple(str(item.literal) for item in value.items or () if isinstance(item.literal, str))
    return found if len(found) == len(value.items or ()) else ()


def only(table: Value, kept: Iterable[str]) -> Value:
    """Return a table of which only these columns are left; none: all are."""
    if not table.columns or not (left := set(kept)):
        return table
    columns = {name: told for name, told in table.columns.items() if name in left}
    told = table.told - frozenset().union(*table.columns.values())
    return table.but(told=told.union(*columns.values()), columns=columns)


def without(table: Value, gone: Iterable[str]) -> Value:
    """Return a table without these columns."""
    return only(table, {*table.columns, ""} - set(gone))


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


def counted(value: Value) -> int:
    """Return how many members something has; 0: not known."""
    if value.items is not None:
        return len(value.items)
    return value.count or (len(value.fields) if value.fields is not None else 0)


def count(last: str, arguments: Sequence[Value], named: Mapping[str, Value]) -> int:
    """Return how many members a list that is made of literals by a function has; 0: not known."""
    numbers = [value.literal for value in arguments if isinstance(value.literal, int | float)]
    match last:
        case "range" | "arange" if numbers and len(numbers) == len(arguments) and all(numbers[2:]):
            start, stop = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
            return max(0, int(-(-(stop - start) // (numbers[2] if len(numbers) > 2 else 1))))
        case "linspace" | "logspace" | "geomspace":
            many = named.get("num", arguments[2] if len(arguments) > 2 else Value(literal=50)).literal
            return many if isinstance(many, int) else 0
        case "product":
            return 0 if "repeat" in named else math.prod(map(counted, arguments))
        case "ParameterGrid" if arguments:
            return grid(arguments[0])
        case "ParameterSampler":
            many = named.get("n_iter", arguments[1] if len(arguments) > 1 else UNKNOWN).literal
            return many if isinstance(many, int) else 0
        case "sample" | "choices" | "islice" if len(arguments) > 1:
            return arguments[1].literal if isinstance(arguments[1].literal, int) else 0
        case "list" | "tuple" | "sorted" | "reversed" | "iter" | "tqdm" | "enumerate" | "zip" | "array" | "items":
            return counted(arguments[0]) if arguments else 0
    return 0


def grid(value: Value) -> int:
    """Return how many settings a grid holds; 0: not known."""
    if value.items is not None:
        parts = [grid(item) for item in value.items]
        return sum(parts) if all(parts) else 0
    return math.prod(map(counted, value.fields.values())) if value.fields else 0
