"""The clock of whoever decides: it stands still between two waits, so that a replay decides at the same time."""

from contextvars import ContextVar

import anyio

_STANDING: ContextVar[float | None] = ContextVar("standing", default=None)  # of the task at hand, and no other


def now() -> float:
    """Return the seconds of the event loop's clock, or those at which it stands for the task at hand."""
    standing = _STANDING.get()
    return anyio.current_time() if standing is None else standing


def stand() -> None:
    """Let the clock stand at this moment, for the task at hand."""
    _STANDING.set(anyio.current_time())


def go_on() -> None:
    """Let it go on."""
    _STANDING.set(None)
