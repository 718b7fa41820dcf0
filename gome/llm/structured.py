"""Structured replies: a strict JSON schema; where that is refused, a tool; where that is refused, JSON in text."""

import json
import re
from typing import Any

import msgspec

from gome.llm.call import FORMS, Call, Capabilities, Form

TOO_LONG = (
    "context_length",
    "context length",
    "context window",
    "context size",
    "maximum context",
    "too many tokens",
    "prompt is too long",
    "max_model_len",
    "n_ctx",
)
OUTPUT = ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens")
TOO_LARGE = re.compile(r"too (?:large|big|high)|at most|maximum|less than|exceed|range|greater|>|limit")
NUMBER = re.compile(r"(?<![\w.-])\d+(?:,\d{3})*(?![\w-])")
WINDOW = re.compile(r"(?:context (?:length|window|size)|max_model_len|n_ctx)\D{0,40}?(\d+(?:,\d{3})*)")
LEAST_OUTPUT = 512  # tokens: with less no answer is whole


def instruction(name: str, schema: dict[str, Any]) -> str:
    """Return the words that ask for JSON where the endpoint knows neither schemas nor tools."""
    text = json.dumps(schema, ensure_ascii=False)
    return f"\n\nAnswer with one JSON object and nothing else. It fits this JSON schema, named {name}:\n{text}"


def weaker(can: Capabilities, call: Call, error: str) -> Capabilities | None:
    """Return what may be left out after a refusal with this text; None where nothing helps."""
    told, change = error.lower(), msgspec.structs.replace
    if shares_window(error):
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


def learnt(known: Capabilities, before: Capabilities, after: Capabilities) -> Capabilities:
    """Return what is known once an attempt has changed `before` to `after`; others may have learnt more meanwhile."""
    changed = {
        name: getattr(after, name)
        for name in Capabilities.__struct_fields__
        if getattr(after, name) != getattr(before, name)
    }
    form: Form = max(known.form, after.form, key=FORMS.index)
    return msgspec.structs.replace(known, **changed | {"form": form})


def shares_window(error: str) -> bool:
    """Whether a refusal is about input and output together: what fits is then of one question, not of the model."""
    return any(mark in error.lower() for mark in TOO_LONG)


def window_of(error: str) -> int | None:
    """Return the window, in tokens, that a refusal with this text names."""
    found = WINDOW.search(error.lower()) if shares_window(error) else None
    return int(found[1].replace(",", "")) if found else None


def shorter(call: Call, error: str) -> int | None:
    """Return the output limit to ask for after a refusal with this text; None where it is not about that."""
    told = error.lower()
    if not any(name in told for name in OUTPUT) or not TOO_LARGE.search(told):
        return None
    asked = call.max_output_tokens
    named = [int(number.replace(",", "")) for number in NUMBER.findall(told)]
    fitting = [number for number in named if LEAST_OUTPUT <= number < asked]
    most = max(fitting) if fitting and not shares_window(error) else asked // 2
    return most if most >= LEAST_OUTPUT else None
