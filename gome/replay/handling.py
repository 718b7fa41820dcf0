"""One answer, worked out again: the actor's own code, fed with what it met the first time.

A handler is driven by hand from one wait to the next, without an event loop: between two waits it sees the
journal up to where it had been folded, and a clock that stands where it stood.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from typing import Any, TypeVar

import msgspec
import structlog

from gome import errors
from gome.actor import Actor, one_line
from gome.errors import GomeError, WorldError
from gome.journal import Failure
from gome.messages import Envelope, Message, StepFailed
from gome.replay.recording import Recording, Worked

Kind = TypeVar("Kind")


class Strayed(Exception):
    """Raised when an answer does not come about as it did."""


class Wish(msgspec.Struct, frozen=True):
    """What a handler waits for."""

    key: str
    kind: Any
    observes: bool  # else it is an effect

    def __await__(self) -> Generator["Wish", Any, Any]:
        """Hand itself to whoever drives the handler, and return what comes back."""
        return (yield self)


class Context:
    """What a handler is given in place of `gome.actor.Context`: the world is on record."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.log = structlog.get_logger().bind(replay=True)

    def show(self, message: Message) -> None:
        """Nobody watches."""

    async def once(self, key: str, _: Callable[[], Awaitable[Kind]], kind: type[Kind], **_told: object) -> Kind:
        """Return the outcome on record."""
        outcome: Kind = await Wish(key, kind, observes=False)
        return outcome

    async def observe(self, key: str, _: Callable[[], Awaitable[object]], kind: type[Kind]) -> Kind:
        """Return what was seen."""
        seen: Kind = await Wish(key, kind, observes=True)
        return seen


class Handling:
    """One answer on its way. Call `go_on` at each of its moments, in order, then read `replies`."""

    def __init__(self, actor: Actor, answer: Worked, recording: Recording) -> None:
        self.answer = answer
        self.replies: Sequence[Message] | None = None  # None: not there yet
        self._actor, self._recording = actor, recording
        self._handler: Coroutine[Any, Any, Sequence[Message] | None] | None = None
        self._wish: Wish | None = None
        self._next = 0  # moment

    def go_on(self) -> None:
        """Work from one moment to the next.

        Raises:
            Strayed: it does not go the way it went.
        """
        moment, first, last = self._moment()
        try:
            if first:
                context: Any = Context(self.answer.heard)
                self._handler = self._actor.handle(self.answer.heard.message, context)
                step = self._send(None)
            elif moment.failure is not None:
                step = self._throw(again(moment.failure))
            else:
                step = self._send(self._met())
        except StopIteration as end:
            self.replies = [reply for reply in end.value or () if reply.durable]
            if not last:
                waited = self.answer.moments[self._next].key
                raise Strayed(f"answers without {waited}, for which it had waited") from None
        except WorldError as error:
            if not last:
                raise Strayed(f"gives up: {one_line(error)}") from None
            self.replies = [
                StepFailed(trace=self.answer.heard.message.lane, actor=self._actor.name, error=one_line(error))
            ]
        except Strayed:
            raise
        except Exception as error:
            raise Strayed(f"raises {one_line(error)}") from error
        else:
            self._wants(step, last=last)

    def close(self) -> None:
        """Leave it where it is."""
        if self._handler is not None:
            self._handler.close()

    def _moment(self) -> tuple[Any, bool, bool]:
        number = self._next
        self._next += 1
        return self.answer.moments[number], number == 0, self._next == len(self.answer.moments)

    def _wants(self, step: object, *, last: bool) -> None:
        if not isinstance(step, Wish):
            raise Strayed("waits for something else than its context")
        if last:
            raise Strayed(f"asks for {step.key}, and had answered without it")
        if step.key != self.answer.moments[self._next].key:
            raise Strayed(f"asks for {step.key}, and had asked for {self.answer.moments[self._next].key}")
        self._wish = step

    def _met(self) -> Any:
        """Return what the handler has waited for."""
        wish, moment = self._wish, self.answer.moments[self._next - 1]
        assert wish is not None, "it waits"
        if wish.observes:
            seen = moment.observed
            if seen is None:
                raise Strayed(f"observes {wish.key}, which had been an effect")
            return msgspec.json.decode(seen, type=wish.kind)
        if wish.key not in self._recording.outcomes:
            raise Strayed(f"asks for {wish.key}, whose outcome is not on record")
        return msgspec.json.decode(self._recording.outcomes[wish.key], type=wish.kind)

    def _send(self, value: Any) -> object:
        assert self._handler is not None, "it has begun"
        return self._handler.send(value)

    def _throw(self, error: BaseException) -> object:
        assert self._handler is not None, "it has begun"
        return self._handler.throw(error)


def again(failure: Failure) -> GomeError:
    """Return the error that a failure was."""
    kind = getattr(errors, failure.error, GomeError)
    error: GomeError = kind.__new__(kind)
    Exception.__init__(error, failure.text)
    if hasattr(kind, "retried") or issubclass(kind, errors.ModelUnavailable):
        error.retried = failure.retried  # type: ignore[attr-defined]
    return error
