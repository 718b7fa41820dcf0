"""Digests of what was asked: a recording knows by them whether a question is the one that was answered."""

import hashlib
from typing import Any

import msgspec
from msgspec.structs import replace

from gome.llm.prompts import Question
from gome.messages import DraftQuestion, ProposeQuestion, TraceId, TrialId, trace_of

VOLATILE = frozenset(  # differ from run to run though nothing else does: places, and what was printed about times
    {"left", "device", "warm", "sandbox", "stdout_tail", "stderr_tail", "notes"}
)
MEASURED = ("_s", "_mib", "_j")  # ends of names that hold times, sizes and energy


def lane(key: str) -> TraceId:
    """Return the trace that a key belongs to: t1 of propose/t1-004; empty where there is none."""
    return trace_of(TrialId(key.partition("/")[2]))


def digest(question: Question) -> str:
    """Return a digest of what was asked, without what is measured anew in each run.

    What has its default value is left out, so that a recording outlives fields that are added later. So is what other
    traces have done meanwhile: how far they are depends on how long their programs take.
    """
    if isinstance(question, ProposeQuestion):
        own = tuple(item for item in question.tried if item.trace == lane(question.key))
        question = replace(question, tried=own, elsewhere=(), momentum=())
    return hashlib.sha256(msgspec.json.encode(_steady(question), order="sorted")).hexdigest()[:16]


def digest_of_task(question: DraftQuestion) -> str:
    """Return a digest of the task alone: a recording may be replayed on another machine, and with another budget."""
    task = replace(question.task, packages=(), hardware="", train_rows=0, view_rows=0, turns=1)
    return hashlib.sha256(msgspec.json.encode(_steady(task), order="sorted")).hexdigest()[:16]


def _steady(part: Any) -> Any:
    if isinstance(part, msgspec.Struct):
        fields = ((field.name, getattr(part, field.name), field.default) for field in msgspec.structs.fields(part))
        return {
            name: _steady(value)
            for name, value, default in fields
            if value != default and name not in VOLATILE and not name.endswith(MEASURED)
        }
    return [_steady(item) for item in part] if isinstance(part, list | tuple) else part
