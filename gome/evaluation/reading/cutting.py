"""Rows cut into pieces, drawn at random, or picked by a condition: by the library's functions, or by hand."""

from __future__ import annotations

import ast

from gome.evaluation.reading import known
from gome.evaluation.reading.calls import Arguments, Named
from gome.evaluation.reading.pieces import counted
from gome.evaluation.reading.scores import Scores
from gome.evaluation.reading.values import UNKNOWN, Told, Value, joined


class Cutting(Scores):
    """Which rows each piece holds. Pieces that are written alike hold the same rows, others hold others."""

    def taken(self, last: str, arguments: Arguments, named: Named, node: ast.Call) -> Value | None:
        """Return what a function makes of rows; None: it does none of this."""
        memory = self.memory
        first = arguments[0] if arguments else UNKNOWN
        second = arguments[1] if len(arguments) > 1 else UNKNOWN
        if last == "train_test_split":
            return self.split_two(arguments, node)
        if last == "array_split" or (last == "split" and arguments):
            return self.cut(arguments, node)
        if last in known.CONDITIONS:
            every = joined(arguments)
            text = first.mask and f"not {first.mask}" if last == "logical_not" else ast.unparse(node)
            return Value(rows=every.rows, loops=every.loops, mask=text)
        alone = last == "where" and len(arguments) == 1
        if alone or (last in known.PLACES and (first.mask or first.rows)):
            rows = memory.some(first.rows, f"where {first.mask or ast.unparse(node)}")
            places = Value(index=True, rows=rows)
            return Value(items=(places,)) if last in {"where", "nonzero"} else places
        if last in {"setdiff1d", "delete"} and second.rows:
            return first.but(rows=memory.rest(first.rows, second.rows), members=None, items=None)
        if last in {"set", "frozenset"}:
            told = {Told(tag, "select", node.lineno) for tag in first.classed}  # of which words, say, a class has
            return first if first.index else Value(told=first.told | told, column=first.column)
        return self.drawn(first, named, node) if last == "choice" else None

    def split_two(self, arguments: Arguments, node: ast.Call) -> Value:
        """Return the sides of train_test_split, for each table in turn."""
        fit, valid = self.memory.parts(joined(arguments), node.lineno, node.col_offset)
        sides = [
            value.but(rows=rows, repeated=0, within=frozenset(), index=value.index, items=None, literal=UNKNOWN.literal)
            for value in arguments
            for rows in (fit, valid)
        ]
        return Value(items=tuple(sides))

    def cut(self, arguments: Arguments, node: ast.Call) -> Value:
        """Return the pieces that numpy cuts rows into: at some places, or as many as are wanted."""
        first, at = arguments[0], arguments[1] if len(arguments) > 1 else UNKNOWN
        bare = not first.table and not first.labels
        if at.items:
            parts = [self.memory.some(first.rows, f"{ast.unparse(node)} {k}") for k in range(len(at.items) + 1)]
            return Value(items=tuple(first.but(rows=rows, index=first.index) for rows in parts))
        member = first.but(rows=self.memory.cut(first, node.lineno, node.col_offset), members=None, items=None)
        return Value(members=member.but(index=member.index or (bare and not first.rows)), count=counted(at))

    def drawn(self, first: Value, named: Named, node: ast.Call) -> Value:
        """Return rows drawn at random: some of them, and some of them more than once."""
        if not first.rows:
            return first
        replaced = named.get("replace", Value(literal=True)).literal is not False
        index = first.index or not (first.table or first.labels or first.predicted)
        rows = self.memory.some(first.rows, f"drawn {ast.unparse(node)}")
        return first.but(rows=rows, index=index, repeated=node.lineno if replaced else first.repeated)
