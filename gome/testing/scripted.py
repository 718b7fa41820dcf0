"""What a scripted endpoint is asked and what it answers: replies, delays, and everything that goes wrong."""

import json
import re
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Fault = Literal[
    "429",
    "429_retry_after",
    "500",
    "503",
    "reset",
    "stall",
    "truncated",
    "fenced",
    "wrong_types",
    "prose",
    "empty",
    "html",
    "length",
    "refusal",
    "no_schema",
    "no_tools",
    "no_effort",
    "oversized",
    "401",
    "402",
    "404",
]
FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]  # the members of a Literal
OVERSIZED = 4_000_000  # characters
NAMED = re.compile(r"JSON schema, named (\w+):")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the endpoint got it."""

    number: int  # 1, 2, ...: of the requests for an answer
    path: str
    body: dict[str, Any]

    @property
    def form(self) -> Literal["schema", "tools", "text"]:
        """How a structured reply is asked for."""
        if "response_format" in self.body or "text" in self.body:
            return "schema"
        return "tools" if self.body.get("tools") else "text"

    @property
    def schema(self) -> str:
        """The name of the schema that the reply is to fit; empty where none is named."""
        body = self.body
        if self.form == "schema":
            told = body.get("response_format", {}).get("json_schema") or body.get("text", {}).get("format", {})
            return str(told.get("name", ""))
        if self.form == "tools":
            tool = body["tools"][0]
            return str(tool.get("function", tool).get("name", ""))
        found = NAMED.findall(self.text)
        return found[-1] if found else ""

    @property
    def text(self) -> str:
        """All that was said."""
        turns = self.body.get("messages") or self.body.get("input", ())
        return turns if isinstance(turns, str) else "\n".join(str(turn.get("content", "")) for turn in turns)

    @property
    def most_tokens(self) -> int:
        """The output limit."""
        names = ("max_completion_tokens", "max_tokens", "max_output_tokens")
        return int(next((self.body[name] for name in names if self.body.get(name)), 1 << 30))


class Scripted(msgspec.Struct, frozen=True, kw_only=True):
    """One answer."""

    content: Any = msgspec.field(default_factory=dict)  # a text, or what becomes JSON
    fault: Fault | None = None
    latency_s: float = 0.0
    retry_after: str = "1"  # of the fault 429_retry_after: seconds, or a date
    input_tokens: int | None = None  # None: counted from the request, four bytes a token
    cached_tokens: int = 0
    output_tokens: int | None = None
    reasoning_tokens: int = 0

    @property
    def text(self) -> str:
        """What the model says, with the fault in it where it is one of the text."""
        plain = self.content if isinstance(self.content, str) else json.dumps(self.content)
        match self.fault:
            case "truncated" | "length":
                return plain[: len(plain) // 2]
            case "fenced":
                return f"```json\n{plain}\n```"
            case "prose":
                return f"Sure, here is what you asked for:\n\n{plain}\n\nLet me know whether {{that}} helps."
            case "wrong_types":
                return json.dumps({"analysis": 7, "starts": "three", "hypotheses": 4, "problems": None, "code": 5})
            case "oversized":
                return plain + " " * OVERSIZED
            case _:
                return plain

    def usage(self, asked: Asked) -> tuple[int, int]:
        """Return tokens in and out."""
        came = self.input_tokens if self.input_tokens is not None else len(json.dumps(asked.body)) // 4
        made = self.output_tokens if self.output_tokens is not None else len(self.text) // 4 + self.reasoning_tokens
        return came, min(made, asked.most_tokens)


PAGE = "<!doctype html><html><head><title>Sign in</title></head><body>Log in to the proxy.</body></html>"
STATUS: dict[str, tuple[int, str, str]] = {  # by fault: status, code, text
    "429": (429, "rate_limit_exceeded", "Rate limit reached"),
    "429_retry_after": (429, "rate_limit_exceeded", "Rate limit reached"),
    "500": (500, "server_error", "The server had an error"),
    "503": (503, "overloaded", "The engine is overloaded"),
    "401": (401, "invalid_api_key", "Incorrect API key provided: {key}"),
    "402": (429, "insufficient_quota", "You exceeded your current quota"),
    "404": (404, "model_not_found", "The model {model!r} does not exist"),
    "404_version": (404, "404", "Resource not found"),  # as Azure answers where it knows no such api-version
    "no_schema": (400, "unsupported_parameter", "response_format of type json_schema is not supported"),
    "too_long": (400, "invalid_request_error", "{told}"),
    "no_effort": (400, "unsupported_parameter", "Unsupported parameter: 'reasoning_effort'"),
    "no_tools": (400, "unsupported_parameter", "tools are not supported"),
}


class Answers:
    """Answers a run's questions: the given programs one after the other, and nothing to propose without one."""

    def __init__(self, codes: Iterable[str], *, starts: int = 8) -> None:
        self._codes, self._starts = list(codes), starts
        self._steps = 0

    def __call__(self, asked: Asked) -> Scripted:
        """Return the answer to a question."""
        match asked.schema:
            case "check":
                return Scripted(content={"ready": True})
            case "starts":
                return Scripted(content={"starts": [_step(f"start {number}") for number in range(self._starts)]})
            case "diagnosis":
                cause = {"caption": "scripted", "evidence": "", "cause": "", "component": "model", "direction": "go on"}
                return Scripted(content={"problems": [cause], "summary": "As scripted."})
            case "proposal":
                self._steps += 1
                return Scripted(content={"hypotheses": [_step(f"step {self._steps}")] if self._codes else []})
            case "implementation":
                return Scripted(content={"note": "", "code": self._codes.pop(0) if self._codes else "", "edits": []})
        raise AssertionError(f"no question of a run is answered in {asked.schema!r}")


def _step(caption: str) -> dict[str, Any]:
    statement = f"{caption}, as scripted"
    return {"problem": "scripted", "caption": caption, "statement": statement, "component": "model"}
