"""Functions of the usual libraries: what each makes of labels, rows and scores."""

from __future__ import annotations

import ast

from gome.evaluation.reading import known
from gome.evaluation.reading.arithmetic import STEPS, bounded, kept, rooted, stepped
from gome.evaluation.reading.calls import Arguments, Named
from gome.evaluation.reading.gathering import Gathering
from gome.evaluation.reading.memory import element
from gome.evaluation.reading.pieces import count, counted, flat, fresh, part_of, whole
from gome.evaluation.reading.values import TEST, TRAIN, UNKNOWN, Model, Value, joined


class Library(Gathering):
    """What a function that is not the program's own returns."""

    def library(self, function: Value, arguments: Arguments, named: Named, node: ast.Call) -> Value:  # noqa: C901 - a table
        """Return what a function that is not the program's own returns."""
        memory, last, line = self.memory, function.last, node.lineno
        every = [*arguments, *named.values()]
        first = arguments[0] if arguments else next(iter(named.values()), UNKNOWN)
        if last == "print" or function.name in {"sys.stdout.write", "logging.info"}:
            self.printed(arguments)
            return UNKNOWN
        if last in known.READS:
            self.opened(first, line)
        if (last.startswith("read_") and last != "read_text") or (
            last == "open" and "w" not in _mode(arguments, named)
        ):
            return self.table(first)
        if last in known.SEEDERS:
            for value in arguments:
                memory.seed(value)
            return Value(pure=True)
        if last in {"round", "float", "int"} and first is not UNKNOWN:
            return first.but(name="")
        if last in {"str", "format", "Path", "repr"} and first is not UNKNOWN:
            return first.but(text=first.text or (first,), name="", literal=first.literal)
        if last in known.METRICS:
            return self.metric(known.METRICS[last], last, every, named, line)
        if (taken := self.taken(last, arguments, named, node)) is not None:
            return taken
        if last in {"cross_val_score", "cross_validate", "cross_val_predict"}:
            return self.cross_validated(last, arguments, named, node)
        if last == "train" and len(every) > 1:
            return self.trained(every, named, line)
        if last == "cv" and len(every) > 1:
            return self.rounds(every[1], named, node)
        if last in {"save", "dump"} and every:
            kept = self.memory.chosen(joined([value for value in arguments if not value.constant]))
            path = _path(arguments)
            self.memory.saved[path] = joined([kept, self.memory.saved.get(path, UNKNOWN)])
            return UNKNOWN
        if last == "load" and _path(arguments) in self.memory.saved:
            return self.memory.saved[_path(arguments)]
        if last == "create_study":
            return Value(models=frozenset({Model(names=frozenset({"Study"}), searches=True)}))
        if known.SPLITTER.match(last):
            return Value(name="<splitter>", loops=joined(every).loops)
        if last in known.STOPPERS:
            return Value(stops=True)
        if last in known.BUNDLES:
            return self.bundled(last, arguments, every)
        if last == "random_split":
            sides = memory.parts(first, line, node.col_offset)
            return Value(items=tuple(part_of(first, rows) for rows in sides))
        if last in {"clone", "deepcopy", "copy"} and first.models:
            if last == "deepcopy":  # a fitted copy
                return first
            return Value(models=frozenset({fresh(model) for model in first.models}))
        if known.TELLS.match(last):
            return self.tells(every, line)
        if last in {"pivot_table", "crosstab", "pivot"}:
            return self.tabled(first, every, line)
        if last == "at" and len(arguments) > 2:  # np.add.at
            added = self.gathered(arguments[2], line)
            self.bind(node.args[0], joined([first, added]).but(literal=UNKNOWN.literal))
            return UNKNOWN
        if last == "resample":
            replaced = named.get("replace", Value(literal=True)).literal is not False
            kept = joined(arguments)
            return kept.but(repeated=line if replaced and kept.rows else kept.repeated)
        if last in {"repeat", "tile"}:
            return first.but(repeated=line if first.rows else 0)
        if last in known.STACKS or last in known.COLUMNWISE:
            return self.stacked(
                last, first if len(arguments) == 1 or last != "append" else joined(arguments), named, line
            )
        return self.plain(last, function, arguments, named, node)

    def plain(self, last: str, function: Value, arguments: Arguments, named: Named, node: ast.Call) -> Value:  # noqa: C901 - a table
        """Return what the plainer functions return."""
        _memory, line = self.memory, node.lineno
        every = [*arguments, *named.values()]
        first = arguments[0] if arguments else UNKNOWN
        if last in known.INDICES:
            return Value(
                index=True,
                rows=first.rows,
                repeated=first.repeated,
                loops=first.loops,
                pure=first.pure and not first.rows,
                count=count(last, arguments, named),
            )
        if last == "enumerate":
            number = Value(pure=True, loops=first.loops)
            return Value(members=Value(items=(number, element(first))), count=counted(first))
        if last == "zip":
            lists = [value.items for value in arguments if value.items is not None]
            if lists and len(lists) == len(arguments):
                return Value(items=tuple(Value(items=row) for row in zip(*lists, strict=False)))
            return Value(members=Value(items=tuple(map(element, arguments))), count=counted(first))
        if last == "dict":
            fields = {**(first.fields or {}), **{word: value for word, value in named.items() if word}}
            whole = joined(every)
            stops = whole.stops or any(word in known.STOPPING for word in named)
            return Value(fields=fields, stops=stops, facts=whole.facts, loops=whole.loops, models=whole.models)
        if last in {"product", "ParameterGrid", "ParameterSampler", "linspace", "logspace", "geomspace"}:
            whole = joined([*every, *(part for value in every for part in flat(value))])
            return Value(loops=whole.loops, pure=whole.pure, count=count(last, arguments, named))
        if last in {"list", "tuple", "reversed", "iter", "tqdm", "deque"} and first is not UNKNOWN:
            return first
        if last == "next":
            return element(first)
        if last == "filter" and len(arguments) > 1 and first.function is not None:
            return self.sorted_by(arguments[1:], {"key": first})[0]
        if last == "unique" and named.get("return_inverse", UNKNOWN).literal is True:
            return Value(items=(UNKNOWN, first.but(column=True, labels=False)))
        if last == "map" and len(arguments) > 1:
            of = arguments[0]
            return (
                Value(members=self.inlined(of.function, [element(arguments[1])], {})) if of.function else joined(every)
            )
        if last in {
            "zeros",
            "ones",
            "full",
            "empty",
            "zeros_like",
            "empty_like",
            "ones_like",
            "full_like",
        }:
            return Value()
        if last == "len":
            return Value(rows=first.rows, repeated=first.repeated)
        if last in {"maximum", "minimum", "fmax", "fmin", "clip", *known.PICKS}:
            if (better := bounded(last, arguments, line, higher=self.memory.higher)) is not None:
                return better
            if last in known.PICKS and last != "best":
                return self.best(last, self.sorted_by(arguments, named), node, named)
        if (
            last == "bincount"
            and (weights := named.get("weights", arguments[1] if len(arguments) > 1 else UNKNOWN)).labels
        ):
            return self.telling(joined([first, weights]), weights.rows, line)
        if last in {"percentile", "quantile", "nanpercentile"} and first.facts:
            return self.percentile(first, every)
        if last in known.REDUCES:
            axis = named.get("axis", UNKNOWN).literal
            return self.reduced(
                joined([value for value in arguments if not value.constant] or arguments), line, last, axis
            )
        if last == "sqrt":
            return rooted(first, line, higher=self.memory.higher)
        if last in STEPS and first.facts:
            return stepped(first, last)
        if known.RANDOM.search(function.name) and not any(value.rows for value in every):
            drawn = frozenset(self.memory.loops[-1:])  # anew each time
            return Value(pure=all(value.pure for value in every), loops=joined(every).loops | drawn)
        if last == "Counter" and first.classed:
            return self.reduced(first, line)
        if last in known.DATA:
            whole = joined([first, *flat(first)])
            return whole.but(
                fields=first.fields if whole.facts else None,
                items=None,
                literal=UNKNOWN.literal,
                text=None,
                index=False,
                pure=False,
                name="",
            )
        if last[:1].isupper() or last.startswith("make_") or last == "clone":
            return self.estimator(last, every, named)
        return self.mixed([value for value in every if value is not UNKNOWN], line)

    def estimator(self, last: str, every: Arguments, named: Named) -> Value:
        """Return something that can be fitted, made of parts."""
        whole = joined([*every, *(item for value in every for item in flat(value))])
        names = frozenset({last}).union(*(model.names for model in whole.models))
        scoring = named.get("scoring", UNKNOWN).literal
        model = Model(
            names=names,
            stops=whole.stops or any(word in known.STOPPING - {"early_stopping", "n_iter_no_change"} for word in named),
            scoring=scoring if isinstance(scoring, str) else None,
            searches=last in known.SEARCHES,
            among=self.settings_tried(last, every, named) if last in known.SEARCHES else 0,
            made=self.memory.begun(),
            keeps_best=named.get("use_best_model", UNKNOWN).literal is not False,
            chosen=(chosen := self.settings(every)),
            told=chosen,
        )
        return Value(models=frozenset({model}), loops=whole.loops)

    def bundled(self, last: str, arguments: Arguments, every: Arguments) -> Value:
        """Return rows with their labels in one; going through it gives what it was made of."""
        first = arguments[0] if arguments else UNKNOWN
        members = Value(items=tuple(arguments)) if last == "TensorDataset" else first.members
        getter = self.attribute_of(first, "__getitem__") if first.instance is not None else None
        if getter is not None and getter.function is not None:
            members = self.inlined(getter.function, [UNKNOWN], {})
            every = flat(members) or [members]
        made = joined(every).but(table=True, labels=False, literal=UNKNOWN.literal, members=members, index=False)
        chosen = arguments[1] if last == "Subset" and len(arguments) > 1 else UNKNOWN
        return part_of(made, chosen.rows) if chosen.index and chosen.rows else made

    def mixed(self, every: Arguments, line: int) -> Value:
        """Return what a function of these returns of which nothing else is known."""
        truth = [value for value in every if value.labels and not value.predicted]
        guesses = [value for value in every if value.predicted and not value.labels]
        if truth and guesses:
            return self.memory.fact(None, truth, guesses, line)
        whole = kept(joined(every)).but(literal=UNKNOWN.literal, text=None, pure=False, name="")
        if truth and any(value.rows and not value.labels for value in every):
            return whole.but(labels=False, table=True)
        return whole

    def trained(self, every: Arguments, named: Named, line: int) -> Value:
        """Return what lightgbm.train or xgboost.train returns."""
        bundles = [value for value in every if value.table and value.items is None]
        fitted = bundles[0] if bundles else UNKNOWN
        watched = whole([named[word] for word in ("valid_sets", "evals") if word in named])
        told = self.memory.told([fitted], "fit", line) | fitted.told
        if joined(every).stops or any(word in known.STOPPING for word in named):
            told |= self.memory.told([watched], "stop", line)
        self.memory.fitting |= set(self.memory.loops)
        booster = Model(names=frozenset({"Booster"}), told=told | self.settings(every), stops=bool(watched.rows))
        booster.attributes["watched"] = watched
        return Value(models=frozenset({booster}))

    def stacked(self, last: str, value: Value, named: Named, line: int) -> Value:
        """Return tables put under or beside each other."""
        items = value.items or ()
        whole = joined(items) if items else value.members if value.members is not None else value
        across = last in known.COLUMNWISE or named.get("axis", UNKNOWN).literal in {1, "columns"}
        twice = value.alike and bool(whole.rows - {TEST})
        for number, one in enumerate(items):
            twice |= any(self.memory.tags.overlap(one.rows, other.rows) for other in items[:number])
        if twice and not across:
            whole = whole.but(repeated=line)
        of_rows = items if across else [item for item in items if item.rows]
        labels = all(item.labels for item in of_rows) if of_rows else whole.labels
        return whole.but(labels=labels, table=whole.table or (whole.labels and not labels), items=None)

    def table(self, path: Value) -> Value:
        """Return the table behind a path."""
        text = "".join(part if isinstance(part, str) else "" for part in path.text or ())
        if "train" in text:
            return Value(rows=frozenset({TRAIN}), table=True)
        return Value(rows=frozenset({TEST})) if "test" in text else Value()

    def opened(self, path: Value, line: int) -> None:
        """Note a path that a program opens."""
        if path.text and all(isinstance(part, str) for part in path.text):
            self.memory.opened.append((line, "".join(map(str, path.text))))

    def printed(self, arguments: Arguments) -> None:
        """Note a printed line."""
        parts: list[str | Value] = []
        for value in arguments:
            parts += [*([" "] if parts else []), *(value.text or (value,))]
        self.memory.printed.append(tuple(parts))


def _mode(arguments: Arguments, named: Named) -> str:
    """Return how a file is opened."""
    mode = named.get("mode", arguments[1] if len(arguments) > 1 else UNKNOWN).literal
    return mode if isinstance(mode, str) else ""


def _path(arguments: Arguments) -> str:
    """Return the path among these; empty: it is not known."""
    return next((value.literal for value in arguments if isinstance(value.literal, str)), "")
