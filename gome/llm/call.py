"""What goes to an endpoint and what comes back, whatever the protocol calls it."""

from typing import Any, Literal

import msgspec

from gome.llm.context import tokens

Form = Literal["schema", "tools", "text"]
FORMS: tuple[Form, ...] = ("schema", "tools", "text")  # strictest first


class Turn(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call."""

    model: str
    turns: tuple[Turn, ...]
    name: str  # of the schema
    schema: dict[str, Any]
    max_output_tokens: int
    effort: str | None = None
    temperature: float | None = None

    def size(self) -> int:
        """Return more tokens than its input can have: no tokeniser makes more than one of a byte."""
        words = sum(len(turn.text.encode()) + TURN_TOKENS for turn in self.turns)
        return words + 2 * len(msgspec.json.encode(self.schema)) + len(self.name) + FRAME_TOKENS

    def expected(self) -> int:
        """Return the tokens that it is likely to take at most, its output included."""
        return tokens("".join(turn.text for turn in self.turns)) + self.max_output_tokens


TURN_TOKENS = 16  # that a chat template puts around a message at most
FRAME_TOKENS = 512  # for the words in which the schema is wrapped, ours or the provider's


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one call."""

    input: int = 0  # cached ones included
    cached: int = 0
    output: int = 0  # reasoning included
    reasoning: int = 0
    estimated: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint answered."""

    text: str
    usage: Usage | None  # None: it did not say
    finish: Literal["stop", "length", "refusal"] = "stop"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint can do for one model; taken to be everything until it refuses."""

    form: Form = "schema"  # in which structured replies are asked for
    stream: bool = True
    stream_usage: bool = True
    limit: Literal["max_completion_tokens", "max_tokens"] = "max_tokens"  # what it calls the output limit
    temperature: bool = True
    effort: bool = True
