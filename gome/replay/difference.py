"""Where an answer that was worked out again differs from the one on record."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gome.messages import Envelope, Message
from gome.replay.recording import Recording, Worked


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first message of an answer that differs."""

    seq: int  # of the message on record, or where one would have been
    actor: str
    cause: int | None
    what: str  # in words
    recorded: Any = None  # the message; None: nothing was said
    replayed: Any = None


def between(recording: Recording, answer: Worked, replies: Sequence[Message]) -> Difference | None:
    """Return how replies differ from those on record; None when they are the same."""
    recorded = [recording.envelopes.get(seq) for seq in answer.said]
    for place, seq in enumerate(range(answer.after + 1, answer.after + 1 + max(len(recorded), len(replies)))):
        old = _plain(recorded[place]) if place < len(recorded) else None
        new = msgspec.to_builtins(replies[place]) if place < len(replies) else None
        new = msgspec.json.decode(msgspec.json.encode(new))  # as the journal would have it
        if old != new:
            return Difference(
                seq=seq,
                actor=answer.actor,
                cause=answer.heard.seq or None,
                what=_words(old, new),
                recorded=old,
                replayed=new,
            )
    return None


def strayed(recording: Recording, answer: Worked, what: str) -> Difference:
    """Return the difference of an answer that came about in another way."""
    seq = answer.after + 1
    recorded = _plain(recording.envelopes.get(seq)) if answer.replies else None
    return Difference(seq=seq, actor=answer.actor, cause=answer.heard.seq or None, what=what, recorded=recorded)


def _plain(envelope: Envelope | None) -> Any:
    return None if envelope is None else msgspec.json.decode(msgspec.json.encode(envelope.message))


def _words(old: Any, new: Any, at: str = "") -> str:
    """Return in words the first place where two plain values differ."""
    if old is None and not at:
        return f"says {new['type']}, where nothing was said"
    if new is None and not at:
        return f"says nothing, where {old['type']} was said"
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            if old.get(name) != new.get(name):
                return _words(old.get(name), new.get(name), f"{at}.{name}" if at else name)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        place = next(place for place, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1])
        return _words(old[place], new[place], f"{at}[{place}]")
    return f"{at} is {_short(new)}, and was {_short(old)}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else f"{text[:97]}..."
