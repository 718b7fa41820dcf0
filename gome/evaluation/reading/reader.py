"""Statements: a program gone through in its own order, each loop and function as often as it takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

from gome.evaluation.reading import known
from gome.evaluation.reading.arithmetic import replaced
from gome.evaluation.reading.expressions import FEW, Expressions, inside
from gome.evaluation.reading.memory import element
from gome.evaluation.reading.pieces import counted
from gome.evaluation.reading.values import UNKNOWN, Function, Value, joined

EPOCHS = re.compile(r"epochs?|ep|iter\w*|it|step|rounds?|e|t|_|i", re.IGNORECASE)


class Reader(Expressions):
    """Goes through a program without running it."""

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Go through statements; what follows a return is not reached, what follows a `continue` is the other case."""
        for number, statement in enumerate(body):
            self.memory.step()
            if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Continue | ast.Break):
                rest = ast.If(statement.test, statement.body, [*statement.orelse, *body[number + 1 :]])
                self._on_if(ast.copy_location(rest, statement))
                return
            method: Callable[[Any], None] | None = getattr(self, f"_on_{type(statement).__name__.lower()}", None)
            if method is not None:
                method(statement)
            if isinstance(statement, ast.Return):
                return

    def _on_functiondef(self, statement: ast.FunctionDef) -> None:
        self.memory.scope.names[statement.name] = Value(function=Function(statement, self.memory.scope))

    _on_asyncfunctiondef = _on_functiondef

    def _on_classdef(self, statement: ast.ClassDef) -> None:
        self.memory.scope.names[statement.name] = Value(class_=statement)

    def _on_assign(self, statement: ast.Assign) -> None:
        value = self.memory.chosen(self.value(statement.value))
        for target in statement.targets:
            self.bind(target, value)

    def _on_annassign(self, statement: ast.AnnAssign) -> None:
        if statement.value is not None:
            self.bind(statement.target, self.memory.chosen(self.value(statement.value)))

    def _on_augassign(self, statement: ast.AugAssign) -> None:
        both = ast.BinOp(statement.target, statement.op, statement.value)
        value = self.value(ast.copy_location(both, statement))
        if self.memory.loops and value.pure:  # a counter
            value = value.but(loops=value.loops | {self.memory.loops[-1]}, literal=UNKNOWN.literal, pure=False)
        self.bind(statement.target, value)

    def _on_while(self, statement: ast.While) -> None:
        self._loop(statement, statement.body, trains=True)

    def _on_with(self, statement: ast.With | ast.AsyncWith) -> None:
        for item in statement.items:
            opened = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, opened)
        self.run(statement.body)

    _on_asyncwith = _on_with

    def _on_try(self, statement: ast.Try) -> None:
        self.run([*statement.body, *statement.orelse, *statement.finalbody])

    def _on_expr(self, statement: ast.Expr) -> None:
        node = statement.value
        if isinstance(node, ast.Yield | ast.YieldFrom) and node.value is not None and self.memory.returned:
            given = self.value(node.value)
            self.memory.returned[-1].append(element(given) if isinstance(node, ast.YieldFrom) else given)
        else:
            self.value(node)

    def _on_return(self, statement: ast.Return) -> None:
        value = self.value(statement.value) if statement.value is not None else UNKNOWN
        if self.memory.returned:
            self.memory.returned[-1].append(value)

    def _on_import(self, statement: ast.Import | ast.ImportFrom) -> None:
        module = f"{statement.module or ''}." if isinstance(statement, ast.ImportFrom) else ""
        for name in statement.names:
            whole = f"{module}{name.name}"
            self.memory.scope.names[name.asname or name.name.partition(".")[0]] = Value(
                name=whole if name.asname or module else name.name.partition(".")[0]
            )

    _on_importfrom = _on_import

    def _on_if(self, statement: ast.If) -> None:
        memory = self.memory
        test = self.value(statement.test)
        memory.picking.append(frozenset(fact for fact in test.facts if fact.picked))
        memory.sorted.append(test.rows if (test.labels or test.classed) and memory.loops else frozenset())
        before = memory.scope.branch()
        with memory.under([test]):
            if not self._off(statement.test):
                self.run(statement.body)
            after = memory.scope.branch()
            if statement.orelse:
                memory.scope.names = dict(before)
                self.run(statement.orelse)
                before = memory.scope.branch()
        memory.sorted.pop()
        memory.picking.pop()
        merged = dict(before)
        for name, value in after.items():
            other = before.get(name)
            if other is None or other is value:
                merged[name] = value
            elif test.facts and not statement.orelse:
                merged[name] = replaced(other, value, statement.lineno)
            else:
                merged[name] = joined([other, value])
        memory.scope.names = merged

    def _off(self, test: ast.expr) -> bool:
        """Whether a condition is switched off by an argument of the function that we are in."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return any(map(self._off, test.values))
        scope = self.memory.scope
        switch = scope.get(test.id) if isinstance(test, ast.Name) and scope.depth(test.id) is None else None
        return switch is not None and (switch.literal is False or switch.literal is None)

    def _on_for(self, statement: ast.For | ast.AsyncFor) -> None:
        source = self.value(statement.iter)
        loop = statement.lineno * 1000 + statement.col_offset
        trains = _is_epochs(statement) and _trains(statement.body)
        self.folded(source, loop)
        self.memory.counts[loop] = counted(source)
        if source.index and not source.rows and counted(source) > 1 and not _names(statement.target, statement.body):
            self.memory.turns.add(loop)
        if source.items is not None and 0 < len(source.items) <= FEW:
            self.memory.unrolled.add(loop)
            for item in source.items:
                self.bind(statement.target, inside(item, loop))
                self._loop(statement, statement.body, trains=trains, once=True)
            return
        self.bind(statement.target, inside(element(source), loop))
        self._loop(statement, statement.body, trains=trains)

    _on_asyncfor = _on_for

    def _loop(self, node: ast.stmt, body: Sequence[ast.stmt], *, trains: bool, once: bool = False) -> None:
        memory = self.memory
        loop = node.lineno * 1000 + node.col_offset
        if trains and _trains(body):
            memory.training.add(loop)
        twice = not memory.loops and not once
        memory.loops.append(loop)
        try:
            for _ in range(2 if twice else 1):
                self.run(body)
        finally:
            memory.loops.pop()

    def bind(self, target: ast.AST, value: Value) -> None:
        """Assign a value to a name, an attribute, a part of a table, or several of these."""
        match target:
            case ast.Name():
                self.memory.scope.bind(target.id, value, len(self.memory.loops))
            case ast.Tuple() | ast.List():
                items = value.items
                if items is None and len(value.listed) == len(target.elts):
                    items = tuple(self.named_columns(value, Value(literal=name)) for name in value.listed)
                if items is None or len(items) != len(target.elts):
                    items = self.unpacked(value, len(target.elts))
                for part, item in zip(target.elts, items, strict=True):
                    self.bind(part, item)
            case ast.Starred():
                self.bind(target.value, value)
            case ast.Attribute():
                owner = self.value(target.value)
                if owner.instance is not None:
                    owner.instance[target.attr] = value
                    for model in owner.models:
                        model.told |= frozenset().union(*(part.told for part in value.models))
                elif owner.table and value.labels:
                    self.memory.targets.add(target.attr)
            case ast.Subscript():
                self._bind_part(target, value)
            case _:
                pass

    def unpacked(self, value: Value, count: int) -> tuple[Value, ...]:
        """Return the members of something, each with rows of its own where they are pieces."""
        member = element(value)
        if self.memory.pieces(member.rows) is None:
            return (member,) * count
        return tuple(member.but(rows=self.memory.some(member.rows, str(number))) for number in range(count))

    def _bind_part(self, target: ast.Subscript, value: Value) -> None:
        whole = self.value(target.value)
        key = UNKNOWN if isinstance(target.slice, ast.Slice | ast.Tuple) else self.value(target.slice)
        value = self.memory.knowing(value)
        if key.column and not key.index and not key.mask and not (whole.rows and whole.table):
            value = self.gathered(value, target.lineno)
        if whole.rows and isinstance(key.literal, str) and not value.labels:
            self._noted(key.literal, value)
        if whole.rows and value.labels and not value.grouped and isinstance(key.literal, str):
            self.memory.targets.add(key.literal)
            changed = whole.but(table=True)
        elif key.index and key.rows and isinstance(value.literal, bool):
            changed = Value(rows=whole.rows, mask=f"{'in' if value.literal else 'not in'} {sorted(key.rows)}")
        elif whole.rows and (whole.table or not whole.predicted):
            changed = whole.but(told=whole.told | value.told, facts=whole.facts | value.facts)
            if isinstance(key.literal, str) and value.told:
                changed = changed.but(columns={**whole.columns, key.literal: value.told})
        elif whole.fields is not None and key.constant:
            changed = whole.but(fields={**whole.fields, key.literal: value}, facts=whole.facts | value.facts)
        else:
            changed = joined([whole, value]).but(pure=False, literal=UNKNOWN.literal, items=None, name="")
            if not whole.fields:
                changed = changed.but(fields=None, members=joined([whole.members or UNKNOWN, value]))
        holder = target.value
        while isinstance(holder, ast.Subscript | ast.Attribute) and not isinstance(holder, ast.Name):
            if isinstance(holder, ast.Attribute) and holder.attr not in {"loc", "iloc", "at", "iat", "values"}:
                break
            holder = holder.value
        if isinstance(holder, ast.Name | ast.Attribute):
            self.bind(holder, changed)

    def _noted(self, name: str, value: Value) -> None:
        """Note a column that numbers rows, or says which part of a split they are in, and holds no feature."""
        if value.constant or value.index or (not value.column and not value.told):
            self.memory.made.add(name)
        else:
            self.memory.made.discard(name)


def _names(target: ast.AST, body: Sequence[ast.stmt]) -> bool:
    """Whether what is done names what a loop counts."""
    names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    return any(isinstance(part, ast.Name) and part.id in names for statement in body for part in ast.walk(statement))


def _is_epochs(statement: ast.For | ast.AsyncFor) -> bool:
    names = [part.id for part in ast.walk(statement.target) if isinstance(part, ast.Name)]
    return any(EPOCHS.fullmatch(name) for name in names)


def _trains(body: Sequence[ast.stmt]) -> bool:
    for part in (node for statement in body for node in ast.walk(statement)):
        if isinstance(part, ast.Call):
            name = getattr(part.func, "attr", getattr(part.func, "id", ""))
            if name in known.TRAINS or known.TRAINERS.search(name):
                return True
    return False
