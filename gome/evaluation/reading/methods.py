"""Methods: of estimators, of tables and arrays, of collections."""

from __future__ import annotations

import ast

from gome.evaluation.reading import known
from gome.evaluation.reading.arithmetic import STEPS, rooted, stepped
from gome.evaluation.reading.calls import Arguments, Named
from gome.evaluation.reading.library import Library
from gome.evaluation.reading.memory import element
from gome.evaluation.reading.pieces import counted, filled, how_told, strings, whole, without
from gome.evaluation.reading.values import UNKNOWN, Told, Value, joined


class Methods(Library):
    """What a method returns, and what it changes."""

    def method(self, receiver: Value, name: str, arguments: Arguments, named: Named, node: ast.Call) -> Value:
        """Return what a method returns."""
        memory, line = self.memory, node.lineno
        first = arguments[0] if arguments else next(iter(named.values()), UNKNOWN)
        if receiver.instance is not None:
            method = self.attribute_of(receiver, name)
            if method is not None and method.function is not None:
                return self.inlined(method.function, arguments, named)
            if method is not None and method.models:
                return self.predicted(method, arguments)
        if name == "split" and (receiver.name == "<splitter>"):
            fit, valid = memory.parts(joined(arguments[:2]), line, node.col_offset)
            sides = tuple(Value(rows=rows, index=True) for rows in (fit, valid))
            return Value(members=Value(items=sides))
        if receiver.text is not None and name == "format":
            return Value(text=filled("".join(p for p in receiver.text if isinstance(p, str)), arguments, named))
        if name == "backward":
            for model in receiver.models:
                model.told |= frozenset(Told(tag, "fit", line) for fact in receiver.facts for tag in fact.labels)
                memory.training |= set(memory.loops) - model.made
            memory.fitting |= set(memory.loops)
            return UNKNOWN
        if receiver.estimator:
            return self.on_model(receiver, name, arguments, named, node)
        if name in known.GROWS:
            self.grown(node, receiver, [*arguments, *named.values()])
            return UNKNOWN
        if name == "fit_resample":
            return Value(items=tuple(value.but(repeated=line) for value in arguments))
        return self.on_data(receiver, name, [*arguments], named, node, first)

    def on_model(  # noqa: C901 - a table
        self, receiver: Value, name: str, arguments: Arguments, named: Named, node: ast.Call
    ) -> Value:
        """Return what a method of an estimator returns."""
        names = frozenset().union(*(model.names for model in receiver.models))
        if name in known.FITS:
            return self.fitted(receiver, names, name, arguments, named, node.lineno)
        if name in known.PREDICTS:
            return self.foretold(receiver, name, arguments, named, node)
        if name in {"transform", "inverse_transform"}:
            features = arguments[0] if arguments else named.get("X", UNKNOWN)
            told = features.told if _blind(names) else features.told.union(receiver.told, *_told(receiver))
            return features.but(told=told, table=False, labels=features.labels and name[0] == "i")
        if name == "score" and len(arguments) > 1:
            scoring = next((model.scoring for model in receiver.models if model.scoring), None)
            metric = known.SCORERS.get(scoring) if scoring else self.default_metric()
            return self.memory.fact(metric, [arguments[1]], [self.predicted(receiver, arguments[:1])], node.lineno)
        if name == "__call__" and any(part.endswith("Loss") for part in names):
            return self.mixed(arguments, node.lineno)
        if name == "__call__":
            return self.predicted(receiver, arguments)
        if name in {"get_support", "get_feature_names_out"}:
            return Value(told=receiver.told.union(*_told(receiver)))
        if name in {"kneighbors", "radius_neighbors", "query", "kneighbors_graph"}:
            return self.near(receiver, arguments, named)
        if name == "optimize" and "Study" in names:
            return self.optimized(receiver, arguments, named, node)
        if name in {"get_best_score", *known.HISTORY}:
            return self.scored(receiver, name, node)
        for model in receiver.models:
            if name == "set_params":
                model.chosen |= self.settings(named.values())
            if name == "load_state_dict":
                model.told |= joined(arguments).told
        return receiver

    def fitted(
        self, receiver: Value, names: frozenset[str], name: str, arguments: Arguments, named: Named, line: int
    ) -> Value:
        """Return what fitting returns, noting whose labels were used."""
        memory = self.memory
        features = arguments[0] if arguments else named.get("X", UNKNOWN)
        labels = named.get("y", arguments[1] if len(arguments) > 1 else UNKNOWN)
        if name == "fit_resample":
            return Value(items=tuple(value.but(repeated=line) for value in (features, labels)))
        told = frozenset() if _blind(names) else memory.told([labels], how_told(names), line) | features.told
        watched = whole([named[word] for word in ("eval_set", "validation_data", "X_val", "y_val") if word in named])
        stops = joined(list(named.values())).stops or any(model.stops for model in receiver.models)
        kept = named.get("use_best_model", UNKNOWN).literal is not False
        if kept and any("CatBoost" in part for part in names) and all(one.keeps_best for one in receiver.models):
            stops = True
        if stops or any(word in known.STOPPING for word in named):
            told |= memory.told([watched], "stop", line)
        memory.fitting |= set(memory.loops)
        for model in receiver.models:
            if name == "partial_fit":
                memory.training |= set(memory.loops) - model.made
            model.told = told | (model.told if name == "partial_fit" else model.chosen)
            model.attributes["watched"] = watched
            model.attributes["searched"] = Value(rows=labels.rows, told=features.told)
        if name == "fit_transform":
            told |= {Told(tag, "encode", line) for tag in features.classed}
            return features.but(
                table=False, labels=False, told=features.told | told, text=None, literal=UNKNOWN.literal
            )
        return self.predicted(receiver, arguments) if name == "fit_predict" else receiver

    def foretold(self, receiver: Value, name: str, arguments: Arguments, named: Named, node: ast.Call) -> Value:
        """Return predictions, for each round in turn where stages are asked for."""
        predicted = self.predicted(receiver, arguments or list(named.values()))
        predicted = predicted.but(told=predicted.told | self.settings(named.values()))
        if name not in known.STAGES:
            return predicted
        stage = frozenset({self.memory.numbered(node)})
        self.memory.training |= stage
        return predicted.but(members=predicted.but(loops=predicted.loops | stage))

    def grown(self, node: ast.Call, receiver: Value, values: Arguments) -> None:
        """Put more into a collection."""
        assert isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.IfExp):
            self._grown_either(node, node.func.value, values)
            return
        added = self.memory.knowing(joined(values))
        if added.column and not added.labels and node.func.attr in {"update", "add", "extend"}:
            added = self.gathered(added, node.lineno)
        if added.index and (others := self.memory.pieces(added.rows)):  # gathered piece by piece: those to fit to
            added, values = added.but(rows=others), [value.but(rows=others) for value in values]
        inner = self.memory.loops[receiver.depth :]
        turns = [place for place, loop in enumerate(inner) if loop in self.memory.turns]
        if turns and added.rows and set(inner[: turns[-1]]) & added.loops and not (added.facts or added.predicted):
            added = added.but(repeated=node.lineno)  # each row several times
        literal = receiver.items is not None and all(loop in self.memory.unrolled for loop in inner)
        items = (*(receiver.items or ()), *values) if literal else None
        whole = joined([receiver, added]).but(literal=UNKNOWN.literal, text=None, pure=False, items=items)
        alike = bool(self.memory.loops) and bool(added.rows) and not (added.loops & set(self.memory.loops))
        place: ast.expr = node.func.value
        if isinstance(place, ast.Call) and isinstance(place.func, ast.Attribute) and place.func.attr == "setdefault":
            place = ast.Subscript(place.func.value, place.args[0])
            ast.copy_location(place, node)
        self.bind(
            place,
            whole.but(members=None if items else added, depth=receiver.depth, alike=alike and not added.mask),
        )

    def _grown_either(self, node: ast.Call, either: ast.IfExp, values: Arguments) -> None:
        """Put more into one of two collections, whichever a condition says."""
        test = self.value(either.test)
        self.memory.sorted.append(test.rows if test.labels or test.classed else frozenset())
        for place in (either.body, either.orelse):
            function = ast.Attribute(place, node.func.attr, ast.Load())  # type: ignore[attr-defined]
            call = ast.copy_location(ast.Call(ast.copy_location(function, node), [], []), node)
            self.grown(call, self.value(place), values)
        self.memory.sorted.pop()

    def on_data(  # noqa: C901 - a table
        self, receiver: Value, name: str, arguments: Arguments, named: Named, node: ast.Call, first: Value
    ) -> Value:
        """Return what a method of a table, a column, an array or a collection returns."""
        memory, line = self.memory, node.lineno
        if name == "groupby":
            by = joined([*arguments, *named.values()])
            classed = receiver.rows if by.labels or strings([by]) & memory.targets else frozenset()
            labels = receiver.labels or bool(receiver.mask and receiver.classed)
            return receiver.but(grouped=True, labels=labels, classed=classed, loops=receiver.loops | by.loops)
        if receiver.grouped and name in {"agg", "transform", "apply", "aggregate", *known.REDUCES, "cumsum", "rank"}:
            if first.function is not None:
                made = self.inlined(first.function, [receiver.but(grouped=False)], {})
                if made.index or made.pure:  # rows numbered, or dealt at random, within each group
                    return made.but(rows=receiver.rows, index=False)
            return self.reduced(receiver, line)
        if name in {"pivot_table", "pivot"}:
            return self.tabled(receiver, [*arguments, *named.values()], line)
        if known.TELLS.match(name):
            return self.tells([receiver, *arguments], line)
        if name in known.CONDITIONS and not receiver.predicted:
            whole = joined([receiver, *arguments])
            classed = whole.rows if receiver.labels else frozenset()
            group = name == "eq" and whole.column and not whole.labels
            return Value(rows=whole.rows, loops=whole.loops, mask=ast.unparse(node), classed=classed, column=group)
        if name == "nonzero" and receiver.mask:
            rows = memory.some(receiver.rows, f"where {receiver.mask}")
            return Value(items=(Value(index=True, rows=rows),))
        if name in {"drop", "difference"} and first.index and first.rows and receiver.rows:
            return receiver.but(rows=memory.rest(receiver.rows, first.rows))
        if name in {"query", "head", "tail"} and receiver.rows and arguments:
            return receiver.but(rows=memory.some(receiver.rows, ast.unparse(node.func) + ast.unparse(node)))
        if name == "choice" and first.rows:
            return self.drawn(first, named, node)
        if name in {"drop", "filter", "select_dtypes", "reindex"}:
            told = strings([*arguments, *named.values()])
            gone = name != "drop" or bool(told & memory.targets) or not told
            left = without(receiver, told) if name == "drop" else receiver
            return left.but(
                table=receiver.table and not gone, told=left.told | joined([*arguments, *named.values()]).told
            )
        if name == "pop" and first.literal in memory.targets and receiver.table:
            assert isinstance(node.func, ast.Attribute)
            self.bind(node.func.value, receiver.but(table=False))
            return Value(rows=receiver.rows, labels=True, loops=receiver.loops, repeated=receiver.repeated)
        if name == "sample":
            replaced = named.get("replace", UNKNOWN).literal is True
            share = named.get("frac", arguments[1] if len(arguments) > 1 else UNKNOWN).literal
            rows = receiver.rows if share == 1 or not receiver.rows else memory.some(receiver.rows, ast.unparse(node))
            return receiver.but(rows=rows, repeated=line if replaced and receiver.rows else receiver.repeated)
        if name == "repeat":
            return receiver.but(repeated=line if receiver.rows else 0)
        if name == "itertuples":
            return Value(members=element(receiver), count=counted(receiver))
        if name in {"items", "iterrows"}:
            values = joined(receiver.fields.values()) if receiver.fields else receiver
            return Value(members=Value(items=(UNKNOWN, element(values))), count=counted(receiver))
        if name in {"values", "get", "keys"} and receiver.fields is not None:
            every = tuple(receiver.fields.values())
            return Value(items=every, members=joined(every)) if name != "keys" else UNKNOWN
        if name in {"read_text", "open", "read_bytes", "glob", "rglob", "iterdir"} and receiver.text is not None:
            self.opened(receiver, line)
            return UNKNOWN
        if name == "join" and receiver.constant:
            return joined(arguments)
        if name in known.PICKS:
            ranked = self.best(name, self.sorted_by([receiver], named), node, named)
            if name == "sort" and isinstance(node.func, ast.Attribute):
                self.bind(node.func.value, ranked)
            return ranked
        if name in {"quantile", "percentile"} and receiver.facts:
            return self.percentile(receiver, arguments)
        if name in known.REDUCES:
            axis = named.get("axis", arguments[0] if arguments else UNKNOWN).literal
            return self.reduced(receiver, line, name, axis)
        if name in STEPS and receiver.facts:
            return stepped(receiver, name)
        if name in {"map", "replace", "apply", "assign", "fillna", "merge", "join", "where"}:
            given = joined([*arguments, *named.values()])
            if first.function is not None:
                loop = memory.numbered(node)
                memory.loops.append(loop)
                given = self.inlined(first.function, [element(receiver).but(loops=receiver.loops | {loop})], {})
                memory.loops.pop()
            memory.made.update(word for word, value in named.items() if name == "assign" and value.constant)
            return receiver.but(
                told=receiver.told | given.told, literal=UNKNOWN.literal, facts=receiver.facts | given.facts
            )
        if name == "sqrt":
            return rooted(receiver, line, higher=memory.higher)
        if receiver.pure and not arguments and not named:
            return Value(pure=True, loops=receiver.loops)
        if known.RANDOM.search(name) and not any(value.rows for value in (receiver, *arguments, *named.values())):
            return Value(pure=all(value.pure for value in (receiver, *arguments)))
        if name in known.INDICES:
            return Value(index=True, rows=first.rows, repeated=first.repeated)
        if name == "dot" and receiver.rows and first.labels:
            return self.tells([receiver, first], line)
        return self.mixed([value for value in (receiver, *arguments, *named.values()) if value is not UNKNOWN], line)


def _blind(names: frozenset[str]) -> bool:
    return all(known.BLIND.match(part) for part in names)


def _told(receiver: Value) -> list[frozenset[Told]]:
    return [model.told for model in receiver.models]
