"""Calls: who is called, and the program's own functions and classes gone through."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from gome.evaluation.reading import known
from gome.evaluation.reading.memory import DEEPEST, Memory, Scope
from gome.evaluation.reading.pieces import flat
from gome.evaluation.reading.values import UNKNOWN, Function, Model, Told, Value, joined

Arguments = Sequence[Value]
Named = Mapping[str, Value]


class Calls:
    """What a call returns, and what it changes."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def value(self, node: ast.AST) -> Value:
        """Return what an expression stands for."""
        raise NotImplementedError

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Go through statements."""
        raise NotImplementedError

    def bind(self, target: ast.AST, value: Value) -> None:
        """Assign."""
        raise NotImplementedError

    def call(self, node: ast.Call) -> Value:
        """Return the value of a call."""
        arguments = [self.value(argument) for argument in node.args]
        named: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            named[keyword.arg or ""] = value
            if keyword.arg is None and value.fields is not None:
                named.update({name: part for name, part in value.fields.items() if isinstance(name, str)})
        for word, value in named.items():
            if word in known.SEEDS:
                self.memory.seed(value)
            if word in known.ROUNDS:
                self.memory.rounds |= value.loops
        if isinstance(node.func, ast.Attribute):
            receiver = self.value(node.func.value)
            if not _is_module(receiver):
                return self.method(receiver, node.func.attr, arguments, named, node)
        function = self.value(node.func)
        if function.function is not None:
            return self.inlined(function.function, arguments, named)
        if function.class_ is not None:
            return self.made(function, arguments, named)
        if function.instance is not None and function.class_ is None and "__class__" in function.instance:
            return self.method(function, "__call__", arguments, named, node)
        if function.estimator:
            return self.method(function, "__call__", arguments, named, node)
        return self.library(function, arguments, named, node)

    def inlined(self, function: Function, arguments: Arguments, named: Named) -> Value:
        """Return what a function of the program returns for these arguments."""
        memory, node = self.memory, function.node
        if len(memory.calling) >= DEEPEST or memory.calling.count(node) > 1:
            return joined([*arguments, *named.values()])
        scope = Scope(function.scope)
        given = [*([function.owner] if function.owner else []), *arguments]
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        for name, default in zip(reversed(names), reversed(node.args.defaults), strict=False):
            scope.names[name] = self.value(default)
        for argument, word_default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            scope.names[argument.arg] = self.value(word_default) if word_default else UNKNOWN
        for name in names:
            scope.names.setdefault(name, UNKNOWN)
        scope.names.update(zip(names, given, strict=False))
        if node.args.vararg:
            rest = tuple(given[len(names) :])
            scope.names[node.args.vararg.arg] = Value(items=rest, members=joined(rest))
        scope.names.update({name: value for name, value in named.items() if name})
        outer, memory.scope = memory.scope, scope
        memory.calling.append(node)
        memory.returned.append([])
        try:
            if isinstance(node, ast.Lambda):
                return self.value(node.body)
            self.run(node.body)
        finally:
            memory.scope = outer
            memory.calling.pop()
            returned = memory.returned.pop()
        yields = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
        if len(returned) > 1:
            items = [value.items for value in returned if value.items]
            same = len(items) == len(returned) and len({len(item) for item in items}) == 1
            if same:
                both = Value(items=tuple(map(joined, zip(*items, strict=True))))
                return Value(members=both) if yields else both
        return Value(members=joined(returned)) if yields else joined(returned)

    def made(self, class_: Value, arguments: Arguments, named: Named) -> Value:
        """Return an instance of a class of the program."""
        assert class_.class_ is not None
        model = Model(names=frozenset({class_.class_.name}), made=self.memory.begun())
        instance: dict[str, Value] = {"__class__": class_}
        made = Value(instance=instance, models=frozenset({model}))
        method = self.attribute_of(made, "__init__")
        if method is not None and method.function is not None:
            self.inlined(method.function, arguments, named)
        for value in list(instance.values()):  # what it is made of is fitted with it
            for part in value.models:
                model.told |= part.told
        return made

    def around(self, nodes: Sequence[ast.AST]) -> frozenset[int]:
        """Return the loops that these scores, held against each other, are compared over.

        They are those inside of the outermost place where one of the names got its first value.
        """
        names = {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}
        depths = [len(self.memory.loops)]
        for name in names:
            value, depth = self.memory.scope.get(name), self.memory.scope.depth(name)
            if depth is not None:
                depths.append(depth)
            elif value is not None and value.instance is not None:
                depths.append(0)
        return frozenset(self.memory.loops[min(depths) :])

    def attribute_of(self, owner: Value, name: str) -> Value | None:
        """Return an attribute or a bound method of an instance; None: there is none."""
        assert owner.instance is not None
        if name in owner.instance:
            return owner.instance[name]
        class_ = owner.instance.get("__class__", UNKNOWN)
        seen = 0
        while class_.class_ is not None and seen < DEEPEST:
            for part in class_.class_.body:
                if isinstance(part, ast.FunctionDef) and part.name == name:
                    return Value(function=Function(part, self.memory.outermost, _owner(part, owner)))
                if isinstance(part, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in part.targets):
                    return self.value(part.value)
            class_ = self.value(class_.class_.bases[0]) if class_.class_.bases else UNKNOWN
            seen += 1
        return None

    def library(self, function: Value, arguments: Arguments, named: Named, node: ast.Call) -> Value:
        """Return what a function that is not the program's own returns."""
        raise NotImplementedError

    def method(self, receiver: Value, name: str, arguments: Arguments, named: Named, node: ast.Call) -> Value:
        """Return what a method returns."""
        raise NotImplementedError

    def predicted(self, receiver: Value, arguments: Arguments) -> Value:
        """Return predictions for some rows."""
        of = joined(arguments)
        told = frozenset().union(*(model.told for model in receiver.models)) | receiver.told | of.told
        return Value(rows=of.rows, told=told, predicted=True, models=receiver.models, loops=of.loops)

    def settings(self, values: Iterable[Value]) -> frozenset[Told]:
        """Return what settings know that were chosen by scores."""
        every = [part for value in values for part in (value, *flat(value))]
        told = {one for value in every for one in value.told if one.how in {"stop", "seed", "options"}}
        return frozenset(told) | self.memory.learnt(fact for value in every for fact in value.facts)


def _is_module(value: Value) -> bool:
    return bool(value.name) and value.name != "<splitter>" and not value.rows and not value.estimator


def _owner(method: ast.FunctionDef, owner: Value) -> Value | None:
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list)
    return None if static else owner
