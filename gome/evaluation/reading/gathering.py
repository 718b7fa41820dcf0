"""Labels gathered: by groups, by neighbours, by classes; features chosen or filled by them."""

from __future__ import annotations

from typing import Any

from gome.evaluation.reading.arithmetic import stepped
from gome.evaluation.reading.calls import Arguments, Named
from gome.evaluation.reading.cutting import Cutting
from gome.evaluation.reading.memory import element
from gome.evaluation.reading.pieces import flat, strings, whole
from gome.evaluation.reading.values import UNKNOWN, How, Told, Value, joined


class Gathering(Cutting):
    """What a summary of labels tells: one figure gives little away, one for each group or neighbourhood gives much."""

    def telling(self, value: Value, rows: frozenset[str], line: int, how: How = "encode") -> Value:
        """Return a value that knows the labels of these rows, and is none itself."""
        told = value.told | {Told(tag, how, line) for tag in rows}
        return value.but(
            rows=frozenset(),
            labels=False,
            table=False,
            told=told,
            within=frozenset(),
            grouped=False,
            literal=UNKNOWN.literal,
        )

    def tells(self, every: Arguments, line: int) -> Value:
        """Return how features go with labels: what is chosen by it knows these labels."""
        parts = [part for value in every for part in (value, *flat(value), value.members or UNKNOWN)]
        told = self.memory.told([part for part in parts if part.labels or part.table], "select", line)
        classed = {Told(tag, "select", line) for part in parts for tag in part.classed}
        return Value(told=joined(every).told | told | classed)

    def reduced(self, value: Value, line: int, name: str = "mean", axis: Any = None) -> Value:
        """Return a summary, by the name of what makes it and the axis that it goes along."""
        if value.grouped and (value.labels or value.table):
            return Value(told=value.told | self.memory.told([value], "encode", line), loops=value.loops)
        if value.grouped and value.classed:  # features by classes
            return self.telling(value, value.classed, line)
        if value.labels and not value.predicted and not value.facts:
            return Value(told=value.told | {Told(tag, "encode", line) for tag in value.within}, loops=value.loops)
        if value.classed and not value.predicted:  # how the features of one class lie
            value = value.but(told=value.told | {Told(tag, "select", line) for tag in value.classed})
        if value.ranked:  # all of the scores that stand in order
            value = self.memory.unranked(value)
        value = stepped(self.memory.finished(value), name)
        if axis not in {1, -1, "columns"} and not value.facts and not value.predicted:  # of columns, no rows are left
            value = value.but(rows=frozenset())
        return value.but(
            literal=UNKNOWN.literal, labels=False, table=False, text=None, members=None, items=None, column=False
        )

    def gathered(self, value: Value, line: int) -> Value:
        """Return a value that is put where a feature of its row says: labels are gathered by groups so."""
        if value.labels and not value.predicted:
            return self.telling(value, value.rows | value.within, line)
        counted = [rows for rows in self.memory.sorted if rows]
        return self.telling(value, frozenset().union(*counted), line) if counted and not value.index else value

    def sorted_by(self, values: Arguments, named: Named) -> Arguments:
        """Return what is put in order, knowing what the order knows."""
        key = named.get("key", UNKNOWN)
        of = element(joined(values))
        by = self.inlined(key.function, [of], {}) if key.function is not None else key
        told = frozenset(one for value in (by, *map(whole, ([value, of] for value in values))) for one in value.told)
        chosen = frozenset(one for one in told if one.how in {"select", "encode"})
        return [spread(value, chosen) for value in values] if chosen else values

    def near(self, receiver: Value, arguments: Arguments, named: Named) -> Value:
        """Return distances to neighbours and their numbers."""
        of = joined(arguments)
        places = Value(near=True, rows=of.rows, told=of.told)
        alone = named.get("return_distance", UNKNOWN).literal is False
        return places if alone else Value(items=(Value(rows=of.rows, told=of.told | receiver.told), places))

    def tabled(self, table: Value, every: Arguments, line: int) -> Value:
        """Return a table with one row for each group."""
        values = joined([value for value in every if value.labels])
        told = self.memory.told([values], "encode", line)
        if table.table and strings(every) & self.memory.targets:
            told |= self.memory.told([table], "encode", line)
        return Value(told=table.told | told | values.told)


def spread(value: Value, told: frozenset[Told], deep: int = 4) -> Value:
    """Return a value all of whose parts know this."""
    if deep == 0:
        return value.but(told=value.told | told)
    return value.but(
        told=value.told | told,
        items=None if value.items is None else tuple(spread(item, told, deep - 1) for item in value.items),
        members=None if value.members is None else spread(value.members, told, deep - 1),
        fields=None
        if value.fields is None
        else {key: spread(part, told, deep - 1) for key, part in value.fields.items()},
    )
