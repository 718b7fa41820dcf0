"""Expressions: what each stands for."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from gome.evaluation.reading import known
from gome.evaluation.reading.arithmetic import DIFFERENCE, combined, kept, rooted, whole_again
from gome.evaluation.reading.memory import Scope, element
from gome.evaluation.reading.pieces import counted, names, part_of
from gome.evaluation.reading.taking import Taking
from gome.evaluation.reading.values import UNKNOWN, Fact, Function, Value, joined

FEW = 8  # members of a literal list that are gone through one by one
SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


class Expressions(Taking):
    """One method for each kind of expression."""

    def value(self, node: ast.AST) -> Value:
        """Return what an expression stands for."""
        self.memory.step()
        method: Callable[[Any], Value] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            return method(node)
        return joined([self.value(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def _constant(self, node: ast.Constant) -> Value:
        return Value(literal=node.value, pure=True, text=(node.value,) if isinstance(node.value, str) else None)

    def _name(self, node: ast.Name) -> Value:
        return self.memory.scope.get(node.id) or Value(name=node.id)

    def _call(self, node: ast.Call) -> Value:
        return self.call(node)

    def _lambda(self, node: ast.Lambda) -> Value:
        return Value(function=Function(node, self.memory.scope))

    def _starred(self, node: ast.Starred) -> Value:
        return self.value(node.value)

    def _namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        self.bind(node.target, value)
        return value

    def _binop(self, node: ast.BinOp) -> Value:  # noqa: C901 - a table
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Mod) and left.text is not None:
            pieces = re.split(r"%[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z]", "".join(p for p in left.text if isinstance(p, str)))
            given = right.items or (right,)
            parts: list[str | Value] = [pieces[0]]
            for piece, value in zip(pieces[1:], [*given, *[UNKNOWN] * len(pieces)], strict=False):
                parts += [value, piece]
            return Value(text=tuple(parts))
        if (rows := self._of_rows(node, left, right)) is not None:
            return rows
        if isinstance(node.op, ast.Add | ast.Div) and (left.text is not None or right.text is not None):
            between = "/" if isinstance(node.op, ast.Div) else ""
            return Value(text=(*(left.text or (left,)), *([between] if between else []), *(right.text or (right,))))
        if isinstance(node.op, ast.Mult) and isinstance(right.literal, int) and left.items and len(left.items) == 1:
            return left.but(items=(left.items[0],) * 2, members=left.items[0])
        if left.constant and right.constant and type(node.op) in SUMS:
            try:
                return Value(literal=SUMS[type(node.op)](left.literal, right.literal), pure=True)
            except (TypeError, ArithmeticError):
                return UNKNOWN
        if isinstance(node.op, ast.MatMult) and left.labels != right.labels and not (left.predicted or right.predicted):
            return self.tells([left, right], node.lineno)
        if isinstance(node.op, ast.Pow) and right.literal == 0.5:
            return rooted(left, node.lineno, higher=self.memory.higher)
        if isinstance(node.op, ast.Add) and names(left) and names(right):
            return joined([left, right]).but(items=(*(left.items or ()), *(right.items or ())), literal=UNKNOWN.literal)
        if isinstance(node.op, ast.Sub) and left.literal == 1 and right.facts:
            return right.but(facts=frozenset(_turned(fact) for fact in right.facts))
        if (score := combined(node, left, right, higher=self.memory.higher)) is not None:
            return score
        errors = DIFFERENCE if isinstance(node.op, ast.Sub) and not self.memory.classifies else None
        value = self._together([left, right], node.lineno, errors)
        if left.facts and right.facts:
            value = whole_again(value)
        if (left.labels or right.labels) and not value.facts and not (left.predicted or right.predicted):
            if (
                isinstance(node.op, ast.Mult)
                and left.labels != right.labels
                and (right if left.labels else left).column
            ):
                return value.but(
                    labels=True, table=False, within=value.rows
                )  # summed up, it tells how they go together
            # with the labels of groups in it, it is made for each row and tells of it, and is no label any more
            return value.but(labels=not any(one.how == "encode" for one in value.told), table=False)
        return value

    def _of_rows(self, node: ast.BinOp, left: Value, right: Value) -> Value | None:
        """Return two conditions on rows in one, or rows without others; None: it is something else."""
        if isinstance(node.op, ast.BitAnd | ast.BitOr) and (left.mask or right.mask):
            among = "" if left.column and right.column else right.mask if left.column else left.mask
            return Value(
                rows=left.rows | right.rows,
                loops=left.loops | right.loops,
                mask=ast.unparse(node),
                classed=left.classed | right.classed,
                column=left.column or right.column,
                among=among,
                told=left.told | right.told,
            )
        if isinstance(node.op, ast.Sub) and left.index and right.index:
            return left.but(rows=self.memory.rest(left.rows, right.rows))
        return None

    def _together(self, values: Sequence[Value], line: int, metric: str | None = None) -> Value:
        truth = [value for value in values if value.labels and not value.predicted and not value.facts]
        guesses = [value for value in values if value.predicted and not value.labels]
        if truth and guesses:
            return self.memory.fact(metric, truth, guesses, line)
        whole = kept(joined(values))
        pure = all(value.pure for value in values)
        return whole.but(literal=UNKNOWN.literal, pure=pure, text=None, name="", items=None)

    def _compare(self, node: ast.Compare) -> Value:
        values = [self._side(part) for part in (node.left, *node.comparators)]
        same = isinstance(node.ops[0], ast.Eq | ast.NotEq)
        metric = ("accuracy" if isinstance(node.ops[0], ast.Eq) else "error_rate") if same else None
        whole = self._together(values, node.lineno, metric)
        if whole.facts and isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            return self.memory.picked(whole, (), self.around([node.left, *node.comparators]))
        if whole.facts:
            return whole
        if whole.predicted:
            return whole.but(labels=False)
        # of labels and numbers: a condition on rows
        classed = whole.rows if whole.labels else frozenset()
        group = whole.column and not whole.labels and isinstance(node.ops[0], ast.Eq)
        return Value(
            rows=whole.rows, loops=whole.loops, mask=ast.unparse(node), classed=classed, column=group, told=whole.told
        )

    def _side(self, node: ast.expr) -> Value:
        """Return what is compared: labels that are held against a number, in a comparison, are labels still."""
        value = self.value(node)
        inner = node.left if isinstance(node, ast.Compare) and value.classed else None
        return value.but(labels=True, mask="") if inner is not None and self.value(inner).labels else value

    def _boolop(self, node: ast.BoolOp) -> Value:
        values = [self.value(part) for part in node.values]
        return joined(values).but(literal=UNKNOWN.literal)

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(value.literal, int | float):
            return Value(literal=-value.literal, pure=True)
        if value.mask and isinstance(node.op, ast.Invert | ast.Not):
            return value.but(mask=f"not {value.mask}", column=False, literal=UNKNOWN.literal)
        return value.but(literal=UNKNOWN.literal)

    def _ifexp(self, node: ast.IfExp) -> Value:
        self.memory.picking.append(frozenset(fact for fact in self.value(node.test).facts if fact.picked))
        value = self.memory.chosen(joined([self.value(node.body), self.value(node.orelse)]))
        self.memory.picking.pop()
        return value

    def _joinedstr(self, node: ast.JoinedStr) -> Value:
        parts: list[str | Value] = []
        for piece in node.values:
            if isinstance(piece, ast.Constant):
                parts.append(str(piece.value))
            elif isinstance(piece, ast.FormattedValue):
                value = self.value(piece.value)
                parts += [value.literal] if isinstance(value.literal, str) else [*(value.text or (value,))]
        return Value(text=tuple(parts))

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        items: list[Value] = []
        for part in node.elts:
            value = self.value(part)
            items += list(value.items or (value,)) if isinstance(part, ast.Starred) else [value]
        whole = joined(items)
        return Value(
            items=tuple(items), loops=whole.loops, stops=whole.stops, pure=all(item.pure for item in items),
            models=whole.models, rows=frozenset(), told=whole.told, facts=whole.facts, depth=len(self.memory.loops),
        )  # fmt: skip

    _tuple = _set = _list

    def _dict(self, node: ast.Dict) -> Value:
        fields: dict[Any, Value] = {}
        for key, part in zip(node.keys, node.values, strict=True):
            name = self.value(key).literal if key is not None else UNKNOWN.literal
            value = self.value(part)
            if name in known.SEEDS:
                self.memory.seed(value)
            fields[name] = value
        whole = joined(fields.values())
        stops = whole.stops or any(name in known.STOPPING for name in fields if isinstance(name, str))
        return Value(fields=fields, stops=stops, facts=whole.facts, loops=whole.loops, models=whole.models)

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
        return self._comprehended(node.generators, [node.elt], node)[0]

    _generatorexp = _setcomp = _listcomp

    def _dictcomp(self, node: ast.DictComp) -> Value:
        return self._comprehended(node.generators, [node.value, node.key], node)[0]

    def _comprehended(
        self, generators: Sequence[ast.comprehension], wanted: Sequence[ast.expr], node: ast.expr
    ) -> list[Value]:
        memory = self.memory
        inner = Scope(memory.scope)
        outer, memory.scope = memory.scope, inner
        loop = node.lineno * 1000 + node.col_offset
        memory.loops.append(loop)
        try:
            source = self.value(generators[0].iter)
            self.folded(source, loop)
            memory.counts[loop] = math.prod(
                counted(self.value(generator.iter)) if number else counted(source)
                for number, generator in enumerate(generators)
            )
            listed = source.items if source.items is not None and len(source.items) <= FEW else None
            members = [source.members if source.members is not None else element(source)] if listed is None else listed
            found = []
            for member in members:
                self.bind(generators[0].target, inside(member, loop))
                for more in generators[1:]:
                    self.bind(more.target, inside(element(self.value(more.iter)), loop))
                conditions = [self.value(condition) for generator in generators for condition in generator.ifs]
                with memory.under(conditions):
                    found.append(memory.knowing(self.value(wanted[0])))
        finally:
            memory.loops.pop()
            memory.scope = outer
        whole = joined(found)
        if isinstance(wanted[0], ast.List) and len(found) == 1 and any(item.column for item in whole.items or ()):
            row = joined(whole.items or ())  # rows put together one by one
            whole = row.but(table=row.table or row.labels, labels=False, literal=UNKNOWN.literal, told=whole.told)
        if any(generator.ifs for generator in generators) and whole.rows and not whole.facts:
            whole = part_of(whole, memory.pieces(whole.rows) or memory.some(whole.rows, ast.unparse(node)))
        alike = bool(whole.rows) and not source.rows and source.members is None and not whole.mask
        grouped = source.grouped or bool(source.members is not None and source.members.rows)
        return [
            whole.but(
                rows=frozenset() if listed is not None else whole.rows,
                members=whole,
                items=tuple(found) if listed is not None else None,
                count=memory.counts[loop],
                alike=alike and not grouped and listed is None,
                literal=UNKNOWN.literal,
                text=None,
                name="",
            )
        ]


def _turned(fact: Fact) -> Fact:
    metric = fact.metric and (fact.metric[4:] if fact.metric.startswith("1 - ") else f"1 - {fact.metric}")
    return Fact(**{**vars(fact), "metric": metric})


def inside(value: Value, loop: int) -> Value:
    """A value that depends on where a loop is."""
    items = None if value.items is None else tuple(inside(item, loop) for item in value.items)
    return value.but(loops=value.loops | {loop}, items=items)
