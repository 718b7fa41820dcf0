"""Structured replies: a strict JSON schema; where that is refused, a tool; where that is refused, JSON in text."""

import json
from typing import Any

import msgspec

from gome.llm.call import FORMS, Call, Capabilities

TOO_LONG = ("context_length", "context length", "maximum context", "too many tokens", "prompt is too long")


def instruction(name: str, schema: dict[str, Any]) -> str:
    """Return the words that ask for JSON where the endpoint knows neither schemas nor tools."""
    text = json.dumps(schema, ensure_ascii=False)
    return f"\n\nAnswer with one JSON object and nothing else. It fits this JSON schema, named {name}:\n{text}"


def weaker(can: Capabilities, call: Call, error: str) -> Capabilities | None:
    """Return what may be left out after a refusal with this text; None where nothing helps."""
    told, change = error.lower(), msgspec.structs.replace
    if any(mark in told for mark in TOO_LONG):
        return None
    if can.stream_usage and "stream_options" in told:
        return change(can, stream_usage=False)
    if "max_completion_tokens" in told and can.limit == "max_tokens":
        return change(can, limit="max_completion_tokens")
    if "max_completion_tokens" in told and "max_tokens" not in told:
        return change(can, limit="max_tokens")
    if call.temperature is not None and can.temperature and "temperature" in told:
        return change(can, temperature=False)
    if call.effort is not None and can.effort and "reasoning" in told:
        return change(can, effort=False)
    if can.stream and "stream" in told:
        return change(can, stream=False)
    if can.form != "text":
        return change(can, form=FORMS[FORMS.index(can.form) + 1])
    return None
