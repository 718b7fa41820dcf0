"""What one actor has still to hear, lane by lane."""

from collections import deque
from collections.abc import Iterator

import anyio

from gome.messages import Envelope


class Inbox:
    """What one actor has still to hear: a queue a lane, unbounded, since bounded ones deadlock on a ring."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Envelope]] = {}
        self._taken: dict[str, int] = {}  # seq of the message at work, by lane
        self._ready: deque[str] = deque()  # lanes with messages and nobody at work on them
        self._wake = anyio.Event()
        self.closed = False

    def put(self, envelope: Envelope, lane: str) -> bool:
        """Queue a message that is on record. False when nobody listens any more."""
        if self.closed:
            return False
        queue = self._lanes.get(lane)
        if queue is None:
            self._lanes[lane] = deque((envelope,))
            self._ready.append(lane)
            self._wake.set()
        else:
            queue.append(envelope)
        return True

    def put_latest(self, envelope: Envelope) -> bool:
        """Queue a message that is not on record, in place of an older one of its type and lane. True if it adds one."""
        if self.closed:
            return False
        lane = f"~{type(envelope.message).__name__} {envelope.message.lane}"
        queue = self._lanes.get(lane)
        if queue:
            queue[-1] = envelope
            return False
        if queue is None:
            self._lanes[lane] = deque((envelope,))
            self._ready.append(lane)
            self._wake.set()
        else:
            queue.append(envelope)
        return True

    async def lane(self) -> str:
        """Wait for a lane that has messages and no handler; it is the caller's until `take` gives None."""
        while not self._ready:
            self._wake = anyio.Event()
            await self._wake.wait()
        return self._ready.popleft()

    def take(self, lane: str) -> Envelope | None:
        """Return the lane's next message; None gives the lane back."""
        queue = self._lanes[lane]
        if queue:
            envelope = queue.popleft()
            self._taken[lane] = envelope.seq
            return envelope
        del self._lanes[lane]
        self._taken.pop(lane, None)
        return None

    def unanswered(self) -> Iterator[int]:
        """Yield the seq of every recorded message that waits here or is at work, in no order."""
        yield from filter(None, self._taken.values())
        for queue in self._lanes.values():
            yield from (envelope.seq for envelope in queue if envelope.seq)

    def close(self) -> int:
        """Hear nothing more. Returns how many messages were waiting."""
        self.closed = True
        waiting = sum(map(len, self._lanes.values()))
        for queue in self._lanes.values():
            queue.clear()
        return waiting
