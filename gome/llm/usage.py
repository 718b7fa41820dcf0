"""Tokens, as the protocols and their dialects count them."""

from typing import Any

from gome.llm.call import Usage

_MOST = 1 << 40  # no call uses more; a figure above is nonsense


def usage_of(told: dict[str, Any] | None) -> Usage | None:
    """Return the tokens that a reply tells of; None where it does not, or tells nonsense."""
    if not told:
        return None
    used = _count(told, "prompt_tokens", "input_tokens")
    made = _count(told, "completion_tokens", "output_tokens")
    if used is None or made is None:
        return None
    inputs = _part(told, "prompt_tokens_details", "input_tokens_details")
    outputs = _part(told, "completion_tokens_details", "output_tokens_details")
    cached = _count(inputs, "cached_tokens") or _count(told, "prompt_cache_hit_tokens") or 0
    return Usage(
        input=used,
        cached=min(cached, used),
        output=made,
        reasoning=min(_count(outputs, "reasoning_tokens") or 0, made),
    )


def _count(told: dict[str, Any], *names: str) -> int | None:
    for name in names:
        value = told.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
            return value
    return None


def _part(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((told[name] for name in names if isinstance(told.get(name), dict)), {})
