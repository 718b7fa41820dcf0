"""Parts of things: attributes, columns, rows."""

from __future__ import annotations

import ast
from dataclasses import replace

from gome.evaluation.reading import known
from gome.evaluation.reading.methods import Methods
from gome.evaluation.reading.pieces import names, only, part_of, whole
from gome.evaluation.reading.values import TEST, TRAIN, UNKNOWN, Value, joined


class Taking(Methods):
    """What `a.b` and `a[b]` stand for."""

    def _attribute(self, node: ast.Attribute) -> Value:
        base, name = self.value(node.value), node.attr
        if base.instance is not None:
            found = self.attribute_of(base, name)
            if found is not None:
                return found
        if base.name and base.name != "<splitter>" and not base.rows:
            return Value(name=f"{base.name}.{name}")
        if base.estimator:
            return self._of_model(base, name, node)
        if base.table and name in self.memory.targets:
            return self.named_columns(base, Value(literal=name))
        if name in {"columns", "dtypes", "ndim", "dtype"}:
            return Value(told=base.told, loops=base.loops)
        if name == "index":
            return Value(rows=base.rows, told=base.told, index=bool(base.rows), loops=base.loops)
        if name in {"shape", "size"}:
            return Value(rows=base.rows)
        if name not in {"values", "T", "loc", "iloc", "at", "iat", "str", "dt", "cat"}:
            base = base.but(column=base.column or (bool(base.rows) and name not in self.memory.made))
            if base.table:
                return base.but(table=False, labels=False)
        return base.but(literal=UNKNOWN.literal, text=None)

    def _of_model(self, base: Value, name: str, node: ast.Attribute) -> Value:
        told = base.told.union(*(model.told for model in base.models))
        if name in {"best_score_", "best_score", "best_value", "best_values", "best_trial", *known.HISTORY}:
            return self.scored(base, name, node)
        if name in {"best_params_", "best_params"}:
            best = self.scored(base, "best_score_", node).facts
            wider = {model.attributes["searched"] for model in base.models if "searched" in model.attributes}
            rows = joined(wider).rows  # of which the folds are parts
            return Value(told=self.memory.learnt(replace(fact, rows=rows or fact.rows) for fact in best))
        if name in {
            "oob_score_",
            "oob_prediction_",
            "oob_decision_function_",
            "classes_",
            "best_iteration",
        }:
            return Value(predicted="oob_" in name and name != "oob_score_")
        if name == "best_estimator_":
            return base
        if "importance" in name or name == "coef_":
            told = frozenset(replace(one, how="select") if one.how == "fit" else one for one in told)
        return Value(told=told, models=base.models if not name.endswith("_") else frozenset())

    def _subscript(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        if isinstance(node.slice, ast.Tuple) and not base.items and base.fields is None:
            keys = node.slice.elts
            if base.last in {"c_", "r_"}:
                return self.stacked(base.last, Value(items=tuple(map(self.value, keys))), {}, node.lineno)
            rows = self._taken(base, keys[0])
            others = keys[1:]
            return self._column(rows, others[0]) if others else rows
        key = UNKNOWN if isinstance(node.slice, ast.Slice) else self.value(node.slice)
        if base.ranked or (base.facts and key.facts):  # a part of scores in order, or those that are beyond a bound
            base = self.memory.picked(base, whole([base]).facts, base.ranked or self.over(base)).but(ranked=frozenset())
        ranked = frozenset(fact for fact in key.facts if fact.picked)
        base = self.memory.picked(base, ranked, frozenset().union(*(fact.picked for fact in ranked)))
        if base.fields is not None and key.constant:
            try:
                return base.fields.get(key.literal, joined(base.fields.values()))
            except TypeError:
                return UNKNOWN
        if (
            base.items is not None
            and isinstance(key.literal, int)
            and -len(base.items) <= key.literal < len(base.items)
        ):
            return base.items[key.literal]
        if base.items is not None and not base.rows and not isinstance(node.slice, ast.Slice):
            return joined(base.items)
        inner = base.members
        pieces = inner is not None and self.memory.pieces(inner.rows)
        if inner is not None and (inner.items or inner.fields or pieces) and not isinstance(node.slice, ast.Slice):
            return inner
        return self._taken(base, node.slice, key)

    def _taken(self, base: Value, at: ast.expr, key: Value | None = None) -> Value:
        """Return rows of a table, or columns where that is what the brackets name."""
        if isinstance(at, ast.Slice):
            return self._sliced(base, at)
        key = self.value(at) if key is None else key
        if key.literal in (TRAIN, TEST) and base.rows >= {TRAIN, TEST}:
            return base.but(rows=frozenset({str(key.literal)}))
        if key.mask and base.rows and not key.index:
            tag = self.memory.some(base.rows, f"where {key.mask}", base.repeated)
            classed = base.rows if key.classed else base.classed
            within = base.within
            if key.column and key.loops & set(self.memory.loops):  # one group after the other
                within = self.memory.some(base.rows, f"where {key.among}") if key.among else base.rows
            return base.but(rows=tag, told=base.told | key.told, mask=key.mask, classed=classed, within=within)
        if key.near and base.labels:
            return base.but(within=base.rows)
        if key.index and key.rows:
            repeated = max(base.repeated, key.repeated)
            rows = key.rows if base.rows or base.predicted or base.facts else base.rows
            return base.but(
                within=frozenset(), rows=rows, repeated=repeated, loops=base.loops | key.loops, literal=UNKNOWN.literal
            )
        return self._column(base, at, key)

    def _column(self, base: Value, at: ast.expr, key: Value | None = None) -> Value:
        if isinstance(at, ast.Slice):
            return base
        return self.named_columns(base, self.value(at) if key is None else key)

    def named_columns(self, base: Value, key: Value) -> Value:
        """Return the columns of a table that a key names."""
        strings = {part.literal for part in (key, *(key.items or ())) if isinstance(part.literal, str)}
        listed = names(key)
        base = base.but(column=bool(base.rows) and not strings & self.memory.made, listed=listed)
        base = only(base, listed or strings)
        told = base.told | key.told
        if (base.table or base.grouped) and strings and strings <= self.memory.targets:
            return Value(
                rows=base.rows,
                labels=True,
                grouped=base.grouped,
                loops=base.loops,
                repeated=base.repeated,
                mask=base.mask,
                classed=base.classed,
                within=base.within,
            )
        with_labels = base.table and bool(strings & self.memory.targets)
        if not base.rows and not base.facts and base is not UNKNOWN:
            return base.but(told=told, literal=UNKNOWN.literal, text=None)
        return base.but(table=with_labels, told=told, literal=UNKNOWN.literal, loops=base.loops | key.loops)

    def _sliced(self, base: Value, at: ast.Slice) -> Value:
        if base.items is not None and not base.rows:
            return base
        if base.members is not None and (others := self.memory.pieces(base.members.rows)):
            return base.but(members=base.members.but(rows=others))
        bounds = [bound for bound in (at.lower, at.upper) if bound is not None]
        values = [self.value(bound) for bound in bounds]
        member = base.members
        if bounds and not base.rows and member is not None and member.items and not member.facts and base.items is None:
            rows = frozenset().union(*(item.rows for item in member.items))
            return part_of(base, self.memory.some(rows, ast.unparse(at))) if rows else base
        if at.step is not None and base.rows and bounds:
            return base.but(rows=self.memory.some(base.rows, ast.unparse(at)), literal=UNKNOWN.literal)
        if not bounds or not base.rows or (len(bounds) == 2 and any(value.loops for value in values)):
            return base
        if base.rows >= {TRAIN, TEST}:
            if len(bounds) == 1:
                return base.but(rows=frozenset({TRAIN if at.upper is not None else TEST}))
            return base
        text = f"{ast.unparse(at.lower) if at.lower else ''}:{ast.unparse(at.upper) if at.upper else ''}"
        return base.but(rows=self.memory.some(base.rows, f"[{text}]", base.repeated), literal=UNKNOWN.literal)
