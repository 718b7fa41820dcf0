"""A small question: whether a model can be asked at all, before a run, and when it has failed at a real one."""

from typing import Any

from gome.llm.exchange import Request, Role

ANSWERED = ("ok", "cut", "empty", "refused")  # outcomes of those who answer, if not the question
LIMIT_S = 60.0  # for it to be answered; a slower model is left to the run
ROOM = 512  # output tokens: some models think before they say yes
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}


def greeting(model: str, *, room: int = ROOM, role: Role = "draft") -> Request:
    """Return the question.

    Args:
        model: that is asked.
        room: output tokens that are asked for, though it needs few.
        role: whose settings it is asked with.
    """
    return Request(
        role=role,
        key=f"check/{model}",
        system="You are asked whether you can be reached.",
        user='Answer {"ready": true}.',
        schema=SCHEMA,
        name="check",
        max_output_tokens=room,
    )
