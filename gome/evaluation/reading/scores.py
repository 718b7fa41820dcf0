"""Scores: how each comes about, and what is the best of several."""

from __future__ import annotations

import ast

from gome.evaluation.reading import known
from gome.evaluation.reading.calls import Arguments, Calls, Named
from gome.evaluation.reading.memory import element
from gome.evaluation.reading.pieces import flat, grid, whole
from gome.evaluation.reading.values import UNKNOWN, Model, Told, Value, joined


class Scores(Calls):
    """What metrics, cross-validations, searches and studies return."""

    def metric(self, metric: str, last: str, every: Arguments, named: Named, line: int) -> Value:
        """Return a score by a known metric."""
        truth = [value for value in every if value.labels]
        guesses = [value for value in every if not value.labels and (value.predicted or value.told or value.facts)]
        if last == "f1_score" and isinstance(named.get("average", UNKNOWN).literal, str):
            metric = f"f1_{named['average'].literal}"
        if last == "mean_squared_error" and named.get("squared", UNKNOWN).literal is False:
            metric = "rmse"
        features = [value for value in every if value.column and not value.labels and not value.constant]
        if truth and features and not guesses:  # how a feature alone goes with the labels
            return self.tells(every, line)
        if not truth or not guesses:
            return joined(every).but(literal=UNKNOWN.literal, pure=False, text=None, labels=False)
        return self.memory.fact(metric, truth, guesses, line)

    def default_metric(self) -> str:
        """Return what an estimator's own `score` computes."""
        return "accuracy" if self.memory.classifies else "r2"

    def cross_validated(self, last: str, arguments: Arguments, named: Named, node: ast.Call) -> Value:
        """Return what a cross-validation of scikit-learn's returns."""
        memory, line = self.memory, node.lineno
        features = named.get("X", arguments[1] if len(arguments) > 1 else UNKNOWN)
        labels = named.get("y", arguments[2] if len(arguments) > 2 else UNKNOWN)
        place = f"cv {line}:{node.col_offset}"
        tag = memory.tags.part(place, labels.rows or features.rows, features.repeated or labels.repeated)
        memory.fitting |= set(memory.loops)
        models = frozenset().union(*(value.models for value in (*arguments, *named.values())))
        told = features.told.union(*(model.chosen for model in models))
        loop = frozenset({memory.numbered(node)})
        memory.folding |= loop
        if joined([*arguments, *named.values()]).stops:
            told |= {Told(place, "stop", line)}
        out = Value(rows=tag, told=told, predicted=True, loops=frozenset() if last == "cross_val_predict" else loop)
        if last == "cross_val_predict":
            return out
        scoring = named.get("scoring", UNKNOWN)
        metric = known.SCORERS.get(str(scoring.literal)) if scoring.constant else self.default_metric()
        if "scoring" in named and not scoring.constant:
            metric = None
        fitted = out.but(told=frozenset({Told(place, "fit", line)}))
        if last != "cross_validate":
            return memory.fact(metric, [labels.but(rows=tag)], [out], line)
        fields: dict[str, Value] = {}
        for name, scorer in (_scorers(scoring) or {"score": metric}).items():
            fields[f"test_{name}"] = memory.fact(scorer, [labels.but(rows=tag)], [out], line)
            fields[f"train_{name}"] = memory.fact(scorer, [labels], [fitted], line)
        return Value(fields=fields)

    def folded(self, source: Value, loop: int) -> None:
        """Note a loop that goes over the folds of a cross-validation."""
        if any(tag.startswith("valid ") for part in flat(element(source)) for tag in part.rows if part.index):
            self.memory.folding.add(loop)

    def rounds(self, data: Value, named: Named, node: ast.Call) -> Value:
        """Return what lightgbm.cv or xgboost.cv returns: a score for each round."""
        memory, place = self.memory, f"cv {node.lineno}:{node.col_offset}"
        tag = memory.tags.part(place, data.rows, data.repeated)
        stops = joined(list(named.values())).stops or any(word in known.STOPPING for word in named)
        told = data.told | ({Told(place, "stop", node.lineno)} if stops else frozenset())
        loop = frozenset({memory.numbered(node)})
        memory.training |= loop
        return memory.fact(None, [Value(rows=tag)], [Value(rows=tag, told=told, loops=loop)], node.lineno)

    def settings_tried(self, last: str, every: Arguments, named: Named) -> int:
        """Return how many settings a search of scikit-learn's tries; 0: not known."""
        if last in {"RandomizedSearchCV", "BayesSearchCV"}:
            many = named.get("n_iter", Value(literal=50 if last[0] == "B" else 10)).literal
            return many if isinstance(many, int) else 0
        space = [grid(value) for value in every if value.fields or value.items]
        return space[0] if space else 0

    def tells(self, every: Arguments, line: int) -> Value:
        """Return how features go with labels."""
        raise NotImplementedError

    def best(self, last: str, arguments: Arguments, node: ast.Call, named: Named | None = None) -> Value:
        """Return the best of some scores, or scores in their order: of a list, or of what stands side by side."""
        memory = self.memory
        value = joined(arguments)
        if len(arguments) == 1:
            value = arguments[0]
            if value.fields:
                value = joined(value.fields.values())
            elif last in {"max", "min"}:
                value = element(value)
        over = self.around(node.args) if len(arguments) > 1 else self.over(value)
        ranked = memory.picked(value, (), over)
        ranked = memory.picked(ranked, whole([ranked]).facts, over)
        along = (named or {}).get("axis", UNKNOWN).literal
        return ranked.but(
            literal=UNKNOWN.literal,
            labels=False,
            near=last == "argsort" and (along in {1, -1}),
            ranked=over if last in {"sorted", "sort", "sort_values"} else frozenset(),
        )

    def percentile(self, scores: Value, every: Arguments) -> Value:
        """Return a percentile of scores: any but the median is one of the best or of the worst."""
        middle = any(value.literal in {50, 0.5} for value in every if isinstance(value.literal, int | float))
        return (
            self.memory.finished(scores)
            if middle
            else self.memory.picked(scores, whole([scores]).facts, self.over(scores))
        )

    def over(self, value: Value) -> frozenset[int]:
        """Return the loops, gone through by now, that scores in a collection come from."""
        every = whole([value, value.members or UNKNOWN])
        return frozenset().union(*(fact.loops for fact in every.facts)) - frozenset(self.memory.loops)

    def scored(self, receiver: Value, name: str, node: ast.expr) -> Value:
        """Return what an estimator remembers of its scores: the best one, or each round's."""
        memory, line = self.memory, node.lineno
        if name in known.HISTORY:
            watched = whole([model.attributes.get("watched", UNKNOWN) for model in receiver.models])
            loops = frozenset({memory.numbered(node)})
            memory.training |= loops
            seen = [Value(rows=frozenset({tag}), loops=loops) for tag in watched.rows]
            return joined([memory.fact(None, [rows], [rows], line) for rows in seen])
        told = receiver.told.union(*(model.told for model in receiver.models))
        stopped = [(one.rows, one) for one in told if one.how == "stop"]
        best = [Value(rows=frozenset({rows}), told=frozenset({one}), predicted=True) for rows, one in stopped]
        for model in receiver.models:
            if "best" in model.attributes:
                return model.attributes["best"]
            if model.searches:
                best = [self.searched(model, line)]
        return joined([value if value.facts else memory.fact(None, [value], [value], line) for value in best])

    def searched(self, model: Model, line: int) -> Value:
        """Return the best score of a search by cross-validation."""
        memory, searched = self.memory, model.attributes.get("searched", UNKNOWN)
        tag = memory.tags.part(f"cv {line}", searched.rows)
        metric = known.SCORERS.get(model.scoring or "", None)
        loop = -1 - len(memory.counts)
        memory.counts[loop] = model.among
        memory.fitting.add(loop)
        out = Value(rows=tag, told=searched.told, predicted=True, loops=frozenset({loop}))
        return memory.picked(memory.fact(metric, [searched.but(rows=tag)], [out], line), (), {loop})

    def optimized(self, study: Value, arguments: Arguments, named: Named, node: ast.Call) -> Value:
        """Go through a function that a study calls again and again, and keep its best score."""
        memory, loop = self.memory, self.memory.numbered(node)
        function = arguments[0].function if arguments else None
        many = named.get("n_trials", arguments[1] if len(arguments) > 1 else UNKNOWN).literal
        if function is None:
            return UNKNOWN
        memory.counts[loop] = many if isinstance(many, int) else 0
        memory.loops.append(loop)
        try:
            score = self.inlined(function, [Value(loops=frozenset({loop}))], {})
        finally:
            memory.loops.pop()
        for model in study.models:
            model.attributes["best"] = memory.picked(score, (), {loop})
        return UNKNOWN

    def mixed(self, every: Arguments, line: int) -> Value:
        """Return what a function of these returns of which nothing else is known."""
        raise NotImplementedError


def _scorers(scoring: Value) -> dict[str, str | None]:
    """Return the metrics behind several scorers, by the names that their results get; none: it is not several."""
    named = scoring.fields or {item.literal: item for item in scoring.items or ()}
    return {str(name): known.SCORERS.get(str(value.literal)) for name, value in named.items()}
