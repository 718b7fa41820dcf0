"""How a scripted answer is written: chat completions or the responses API, whole or as a stream of events."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel

from gome.testing.scripted import Asked, Scripted

PIECE = 200  # characters of an event at least
PIECES = 20  # events of a stream at most
LONG_S = 3600.0  # that a stalled stream stands still: longer than anyone waits


class Chat:
    """Chat completions."""

    def __init__(self, asked: Asked, scripted: Scripted, came: int, made: int) -> None:
        self._asked, self._scripted = asked, scripted
        self._usage = {
            "prompt_tokens": came,
            "completion_tokens": made,
            "total_tokens": came + made,
            "prompt_tokens_details": {"cached_tokens": scripted.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": scripted.reasoning_tokens},
        }

    def whole(self) -> dict[str, Any]:
        """Return the reply."""
        choice = {"index": 0, "message": {"role": "assistant", **self._said(self._scripted.text)}}
        return self._frame("chat.completion", [choice | {"finish_reason": self._finish()}]) | {"usage": self._usage}

    async def events(self) -> AsyncIterator[str]:
        """Yield the reply in pieces."""
        yield self._event({"role": "assistant", "content": ""})
        for number, piece in enumerate(pieces(self._scripted.text)):
            if number and self._scripted.fault == "stall":
                await anyio.sleep(LONG_S)
            await anyio.lowlevel.checkpoint()  # a client that has left is noticed here
            yield self._event(self._said(piece))
        if self._scripted.fault == "stall":
            await anyio.sleep(LONG_S)
        yield self._event({}, self._finish())
        if self._asked.body.get("stream_options", {}).get("include_usage"):
            yield line(self._frame("chat.completion.chunk", []) | {"usage": self._usage})
        yield "data: [DONE]\n\n"

    def _said(self, text: str) -> dict[str, Any]:
        if self._scripted.fault == "refusal":
            return {"content": None, "refusal": "I will not do that."}
        if self._asked.form == "tools":
            function = {"name": self._asked.schema, "arguments": text}
            return {"content": None, "tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]}
        return {"content": text}

    def _finish(self) -> str:
        return "length" if self._scripted.fault == "length" else "tool_calls" if self._asked.form == "tools" else "stop"

    def _event(self, delta: dict[str, Any], finish: str | None = None) -> str:
        return line(self._frame("chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": finish}]))

    def _frame(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        kept = [] if self._scripted.fault == "empty" else choices
        return {"id": "c", "object": kind, "created": 1, "model": self._asked.body.get("model"), "choices": kept}


class Responses:
    """The responses API."""

    def __init__(self, asked: Asked, scripted: Scripted, came: int, made: int) -> None:
        self._asked, self._scripted = asked, scripted
        self._usage = {
            "input_tokens": came,
            "output_tokens": made,
            "total_tokens": came + made,
            "input_tokens_details": {"cached_tokens": scripted.cached_tokens},
            "output_tokens_details": {"reasoning_tokens": scripted.reasoning_tokens},
        }

    def whole(self) -> dict[str, Any]:
        """Return the reply."""
        cut = self._scripted.fault == "length"
        return {
            "id": "r",
            "object": "response",
            "model": self._asked.body.get("model"),
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "output": [] if self._scripted.fault == "empty" else [self._item()],
            "usage": self._usage,
        }

    async def events(self) -> AsyncIterator[str]:
        """Yield the reply in pieces."""
        yield line({"type": "response.created", "response": {"id": "r", "status": "in_progress"}}, "response.created")
        for number, piece in enumerate(pieces(self._scripted.text)):
            if number and self._scripted.fault == "stall":
                await anyio.sleep(LONG_S)
            await anyio.lowlevel.checkpoint()  # a client that has left is noticed here
            yield line({"type": "response.output_text.delta", "delta": piece}, "response.output_text.delta")
        if self._scripted.fault == "stall":
            await anyio.sleep(LONG_S)
        whole = self.whole()
        kind = f"response.{whole['status']}"
        yield line({"type": kind, "response": whole}, kind)

    def _item(self) -> dict[str, Any]:
        if self._scripted.fault == "refusal":
            return {"type": "message", "content": [{"type": "refusal", "refusal": "I will not do that."}]}
        if self._asked.form == "tools":
            return {"type": "function_call", "name": self._asked.schema, "arguments": self._scripted.text}
        return {"type": "message", "content": [{"type": "output_text", "text": self._scripted.text}]}


def pieces(text: str) -> list[str]:
    """Return a text cut into pieces."""
    size = max(PIECE, len(text) // PIECES + 1)
    return [text[at : at + size] for at in range(0, len(text), size)]


def line(event: dict[str, Any], name: str = "") -> str:
    """Return an event as a stream carries it."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(event)}\n\n"


async def stalled() -> AsyncIterator[str]:
    """Yield half a reply, then nothing."""
    yield '{"choices": [{"message": {"content": "'
    await anyio.sleep(LONG_S)
