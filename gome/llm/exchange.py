"""One exchange with whatever answers in text: a question, a reply, and the channel that carries them."""

from typing import Any, Literal, Protocol

import msgspec

Role = Literal["draft", "diagnose", "propose", "implement"]
ROLES: tuple[Role, ...] = ("draft", "diagnose", "propose", "implement")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One question as text, for a channel."""

    role: Role
    key: str  # names the question within its run
    system: str  # the stable prefix comes first, so that providers' prompt caches hit
    user: str
    context: str = ""  # the beginning of `user`, before the question itself
    schema: dict[str, Any]  # JSON schema of the reply
    name: str  # of the schema, e.g. "starts"
    max_output_tokens: int


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back."""

    text: str  # JSON text of the answer; fences and prose already taken off where possible


class Channel(Protocol):
    """Carries requests to whatever answers in text."""

    async def ask(self, request: Request, /) -> Reply:
        """Return the reply. Raises ModelUnavailable when none came in time."""
        ...

    async def repair(self, request: Request, reply: Reply, error: str, /) -> Reply:
        """Return one more try: the answerer sees its reply and what is wrong with it. Raises ModelUnavailable."""
        ...
