"""The vocabulary: values with permanent tags, which every release can read."""

import json
import types
import typing
from pathlib import Path

import msgspec
import pytest

import gome.messages as vocabulary
from gome.messages import MESSAGES, Message

GOLDEN = Path(__file__).parent / "golden.jsonl"
DECODER = msgspec.json.Decoder(typing.Union[MESSAGES])  # noqa: UP007 - made from a tuple


def sample(kind):
    """A value of a type, built from its annotations: every field filled."""
    if isinstance(kind, typing.NewType):
        return sample(kind.__supertype__)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return sample(next(argument for argument in arguments if argument is not type(None)))
    if origin is tuple:
        return (sample(arguments[0]),) if arguments[-1] is Ellipsis else tuple(map(sample, arguments))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        return kind(**{field: sample(hints[field]) for field in kind.__struct_fields__})
    return {str: "words", int: 7, float: 0.25, bool: True}[kind]


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_every_message_survives_the_wire(kind):
    """Encoded and decoded as one of the vocabulary, it is equal to itself."""
    message = sample(kind)
    assert DECODER.decode(msgspec.json.encode(message)) == message


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_messages_are_frozen_values_with_explicit_tags(kind):
    """A tag is a noun, a dot and what happened; nothing in a message can be changed."""
    tag = kind.__struct_config__.tag
    noun, dot, happened = tag.partition(".")
    assert noun.isidentifier()
    assert dot
    assert happened.isidentifier()
    assert kind.__struct_config__.frozen
    hash(sample(kind))  # tuples all the way down


def test_the_vocabulary_is_whole_and_exported():
    """Every message class is listed, exported, and has its own tag."""
    defined = {kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, Message)}
    assert defined - {Message} == set(MESSAGES)
    assert len({kind.__struct_config__.tag for kind in MESSAGES}) == len(MESSAGES)
    assert set(vocabulary.__all__) <= set(vars(vocabulary))


def test_journals_of_every_release_are_read():
    """Lines written by past releases decode; what a release added since has its default."""
    lines = GOLDEN.read_text().splitlines()
    assert len(lines) >= sum(kind.durable for kind in MESSAGES)
    for line in lines:
        message = DECODER.decode(line)
        assert type(message).__struct_config__.tag == json.loads(line)["type"]
