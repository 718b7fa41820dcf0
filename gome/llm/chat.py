"""Chat completions: how a call is written, and how a reply is read, whole or as a stream."""

from typing import Any

import msgspec

from gome.errors import AttemptFailed
from gome.llm.call import Answer, Call, Capabilities, Usage
from gome.llm.structured import instruction
from gome.llm.usage import usage_of

PATH = "/chat/completions"


class _Function(msgspec.Struct):
    arguments: str | dict[str, Any] | None = None  # some servers send the object itself


class _Tool(msgspec.Struct):
    function: _Function | None = None


class _Part(msgspec.Struct):
    text: str = ""  # of thoughts and pictures there is none


class _Said(msgspec.Struct):
    content: str | list[_Part] | None = None
    refusal: str | None = None
    tool_calls: list[_Tool] | None = None


class _Choice(msgspec.Struct):
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None


class _Reply(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None


def body(call: Call, can: Capabilities) -> dict[str, Any]:
    """Return the request."""
    turns = [{"role": turn.role, "content": turn.text} for turn in call.turns]
    made: dict[str, Any] = {"model": call.model, "messages": turns, can.limit: call.max_output_tokens}
    if can.form == "schema":
        schema = {"name": call.name, "schema": call.schema, "strict": True}
        made["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif can.form == "tools":
        function = {"name": call.name, "description": "Give the answer.", "parameters": call.schema}
        made["tools"] = [{"type": "function", "function": function}]
        made["tool_choice"] = {"type": "function", "function": {"name": call.name}}
    else:
        turns[-1]["content"] += instruction(call.name, call.schema)
    if call.temperature is not None and can.temperature:
        made["temperature"] = call.temperature
    if call.effort is not None and can.effort:
        made["reasoning_effort"] = call.effort
    if can.stream and can.stream_usage:
        made["stream_options"] = {"include_usage": True}
    return made


def whole(reply: object) -> Answer:
    """Return the answer in a whole reply. Raises AttemptFailed where there is none."""
    gathered = Gathered()
    gathered.take(reply)
    return gathered.answer()


class Gathered:
    """What a stream has brought so far; a whole reply is a stream of one."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._arguments: list[str] = []
        self._refusals: list[str] = []
        self._finish: str | None = None
        self._usage: Usage | None = None
        self._chosen = False  # whether there was a place for an answer
        self.length = 0  # characters

    def take(self, event: object) -> None:
        """Add an event. Raises msgspec.ValidationError where it is none."""
        reply = msgspec.convert(event, _Reply)
        self._usage = usage_of(reply.usage) or self._usage
        self._chosen |= reply.choices is not None
        for choice in (reply.choices or ())[:1]:
            self._finish = choice.finish_reason or self._finish
            said = choice.message or choice.delta
            if said is not None:
                self._add(said)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to come but the end."""
        return self._finish is not None and self._usage is not None

    def _add(self, said: _Said) -> None:
        for tool in (said.tool_calls or ())[:1]:
            arguments = tool.function.arguments if tool.function else None
            text = msgspec.json.encode(arguments).decode() if isinstance(arguments, dict) else arguments or ""
            self._arguments.append(text)
            self.length += len(text)
        content = said.content
        if isinstance(content, list):  # as some endpoints give it
            content = "".join(part.text for part in content)
        for parts, part in ((self._texts, content), (self._refusals, said.refusal)):
            if part:
                parts.append(part)
                self.length += len(part)

    def answer(self) -> Answer:
        """Return the answer, now that the reply is whole. Raises AttemptFailed where there is none."""
        if not self._chosen:
            raise AttemptFailed("malformed", "a reply without choices", again=True, billed=True)
        text = "".join(self._arguments) or "".join(self._texts)
        if self._refusals or self._finish == "content_filter":
            return Answer(text="".join(self._refusals) or "filtered", usage=self._usage, finish="refusal")
        if self._finish == "length":
            return Answer(text=text, usage=self._usage, finish="length")
        if self._finish is None and self.length:
            raise AttemptFailed("malformed", "the reply broke off", again=True, billed=True)
        return Answer(text=text, usage=self._usage)
