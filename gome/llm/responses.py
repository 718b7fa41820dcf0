"""The responses API: how a call is written, and how a reply is read, whole or as a stream."""

from typing import Any

import msgspec

from gome.errors import AttemptFailed
from gome.llm.call import Answer, Call, Capabilities
from gome.llm.structured import instruction
from gome.llm.usage import usage_of

PATH = "/responses"
ENDS = ("response.completed", "response.incomplete", "response.failed")


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Part] | None = None
    arguments: str | None = None


class _Reply(msgspec.Struct):
    output: list[_Item] | None = None
    status: str | None = None
    incomplete_details: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None


class _Event(msgspec.Struct):
    type: str = ""
    delta: str | dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    message: str | None = None


def body(call: Call, can: Capabilities) -> dict[str, Any]:
    """Return the request. Nothing is stored by the provider."""
    turns = [{"role": turn.role, "content": turn.text} for turn in call.turns]
    made: dict[str, Any] = {"model": call.model, "input": turns, "store": False}
    made["max_output_tokens"] = call.max_output_tokens
    if can.form == "schema":
        shape = {"type": "json_schema", "name": call.name, "schema": call.schema, "strict": True}
        made["text"] = {"format": shape}
    elif can.form == "tools":
        made["tools"] = [{"type": "function", "name": call.name, "parameters": call.schema, "strict": True}]
        made["tool_choice"] = {"type": "function", "name": call.name}
    else:
        turns[-1]["content"] += instruction(call.name, call.schema)
    if call.temperature is not None and can.temperature:
        made["temperature"] = call.temperature
    if call.effort is not None and can.effort:
        made["reasoning"] = {"effort": call.effort}
    return made


def whole(reply: object) -> Answer:
    """Return the answer in a whole reply. Raises AttemptFailed where there is none."""
    read = msgspec.convert(reply, _Reply)
    usage = usage_of(read.usage)
    parts = [part for item in read.output or () for part in item.content or ()]
    arguments = "".join(item.arguments or "" for item in read.output or () if item.type == "function_call")
    text = arguments or "".join(part.text or "" for part in parts if part.type == "output_text")
    refusal = "".join(part.refusal or "" for part in parts)
    if read.status == "failed":
        problem = str((read.error or {}).get("message", "no reason given"))[:300]
        raise AttemptFailed("server_error", problem, again=True, dead=True, billed=True)
    if read.output is None:
        raise AttemptFailed("malformed", "a reply without output", again=True, billed=True)
    reason = (read.incomplete_details or {}).get("reason")
    if refusal or reason == "content_filter":
        return Answer(text=refusal or "filtered", usage=usage, finish="refusal")
    return Answer(text=text, usage=usage, finish="length" if read.status == "incomplete" else "stop")


class Gathered:
    """What a stream has brought so far. Its last event holds the whole reply."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] | None = None
        self.length = 0  # characters

    def take(self, event: object) -> None:
        """Add an event. Raises msgspec.ValidationError where it is none."""
        read = msgspec.convert(event, _Event)
        if read.type == "error":
            raise AttemptFailed("server_error", (read.message or "")[:300], again=True, dead=True, billed=True)
        if isinstance(read.delta, str):
            self.length += len(read.delta)
        if read.type in ENDS:
            self._whole = read.response

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to come but the end."""
        return self._whole is not None

    def answer(self) -> Answer:
        """Return the answer, now that the reply is whole. Raises AttemptFailed where there is none."""
        if self._whole is None:
            raise AttemptFailed("malformed", "the reply broke off", again=True, billed=True)
        return whole(self._whole)
