"""Structured replies: a strict JSON schema; where that is refused, a tool; where that is refused, JSON in text."""

import json
from typing import Any

import msgspec

from gome.llm.call import FORMS, Call, Capabilities

STRICT = frozenset(  # the keywords that strict servers know; others only describe
    {"type", "properties", "items", "enum", "const", "anyOf", "$ref", "$defs", "description", "required"}
)
TOO_LONG = ("context_length", "context length", "maximum context", "too many tokens", "prompt is too long")


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as strict servers ask for it: an object at the root, every field required, no others."""
    root = schema
    if "$ref" in schema:
        root = schema.get("$defs", {}).get(str(schema["$ref"]).rpartition("/")[2], schema)
    made: dict[str, Any] = _strict(root)
    if "$defs" in schema:
        made["$defs"] = {name: _strict(part) for name, part in schema["$defs"].items()}
    return made


def _strict(part: Any) -> Any:
    if isinstance(part, list):
        return [_strict(item) for item in part]
    if not isinstance(part, dict):
        return part
    made: dict[str, Any] = {}
    for key, value in part.items():
        if key == "properties":
            made[key] = {name: _strict(inner) for name, inner in value.items()}
        elif key in ("enum", "const"):
            made[key] = value
        elif key in STRICT and key != "$defs":
            made[key] = _strict(value)
    if "properties" in made:
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made


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
