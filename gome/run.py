"""One task being worked on, as those see it who started it."""

from collections.abc import AsyncGenerator
from contextlib import suppress

import anyio
import msgspec

from gome.actor import one_line
from gome.bus import Bus
from gome.errors import StoreError
from gome.folder import RunFolder, write_whole
from gome.messages import Envelope, Message, RunId, StopRequested
from gome.store import read_journal
from gome.summary import RunResult, Summary


class Run:
    """One task being worked on."""

    def __init__(self, folder: RunFolder) -> None:
        self.id = RunId(folder.path.resolve().name)
        self.folder = folder
        self.ended = anyio.Event()
        self.error: BaseException | None = None  # what ended it, if that was not the run itself
        self.before = 0  # seq of the last message of earlier sittings
        self._bus: Bus | None = None
        self._summary: Summary | None = None

    def begin(self, bus: Bus, summary: Summary, *, before: int) -> None:
        """Let it be seen: it is on record. Earlier sittings came to message `before`."""
        self._bus, self._summary, self.before = bus, summary, before

    @property
    def begun(self) -> bool:
        """Whether anything can be seen of it."""
        return self._bus is not None

    @property
    def bus(self) -> Bus:
        """The bus of the run; there is one as soon as `Runtime.start` has returned."""
        assert self._bus is not None, "the run has started"
        return self._bus

    @property
    def summary(self) -> RunResult:
        """What has come of the run so far."""
        assert self._summary is not None, "the run has started"
        return self._summary.result

    def latest(self, kind: type[Message]) -> list[Envelope]:
        """Return the newest message of a type that is not recorded (TrialStarted, DeviceSampled), one a lane."""
        return self.bus.latest(kind)

    async def events(self, after: int = 0) -> AsyncGenerator[Envelope, None]:
        """Yield every recorded message with seq > after, then live, until the run ends."""
        async with read_journal(self.folder.journal) as journal:
            async for envelope in self.bus.follow(after, journal=journal):
                yield envelope

    async def stop(self, reason: str = "stopped from outside") -> None:
        """Ask the run to finish what is in flight, choose its best and end."""
        if not self.bus.closed:
            with suppress(StoreError):  # it ended in this very moment
                await self.bus.publish(StopRequested(reason=reason))

    async def result(self) -> RunResult:
        """Wait for the end of the run.

        Raises:
            GomeError: the run could not go on; its journal is intact.
            Exception: a bug ended it.
        """
        await self.ended.wait()
        if self.error is not None:
            raise self.error
        return self.summary

    def write_failure(self, error: BaseException) -> None:
        """Say in run.json what ended it: the ring can say nothing any more."""
        result = self.summary
        result.status = "failed" if isinstance(error, Exception) else "stopped"
        result.stop_reason = one_line(error) if isinstance(error, Exception) else "interrupted"
        document = msgspec.json.format(msgspec.json.encode(result.json()), indent=2)
        with suppress(OSError):  # the disk may be what failed; the error itself is on its way to whoever waits
            write_whole(self.folder.summary, document + b"\n")
