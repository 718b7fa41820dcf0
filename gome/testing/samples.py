"""Messages made up from their types, for who tests an actor and minds only that it hears something."""

import types
import typing
from collections.abc import Iterable
from typing import Any

import msgspec

from gome.actor import Actor
from gome.messages import Message

EACH = 2  # of a type


def samples(actors: Iterable[Actor]) -> list[Message]:
    """Return messages of every recorded type that actors listen to, in two traces where the type has one."""
    kinds = dict.fromkeys(kind for actor in actors for kind in actor.listens if kind.durable)
    return [sample(kind, number) for number in range(1, EACH + 1) for kind in kinds]


def sample(kind: Any, number: int = 1) -> Any:
    """Return a value of a type, built from its annotations, every field filled; a number in its texts."""
    if isinstance(kind, typing.NewType):
        return sample(kind.__supertype__, number)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return sample(next(argument for argument in arguments if argument is not type(None)), number)
    if origin is typing.Annotated:
        return sample(arguments[0], number)
    if origin is tuple:
        return (sample(arguments[0], number),) if arguments[-1] is ... else tuple(sample(a, number) for a in arguments)
    if origin is dict:
        return {sample(arguments[0], number): sample(arguments[1], number)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind, include_extras=True)
        return kind(**{field: sample(hints[field], number) for field in kind.__struct_fields__})
    return {str: f"words {number}", int: number, float: 0.25, bool: True}[kind]
