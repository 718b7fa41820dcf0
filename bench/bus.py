"""Durable messages per second beside autogen-core in memory and bare anyio streams, in one interleaved run.

`just bench bus` prints the ratios and writes bench/results/bus.json. 1 KB messages, 64 publishers, one
actor; ours commit to SQLite at synchronous=FULL before they deliver, and acknowledge; theirs do neither.
"""

import json
import math
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.lowlevel
import structlog
from autogen_core import (
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
    message_handler,
)

from gome.actor import Member
from gome.bus import Bus
from gome.effects import Effects
from gome.messages import Message, RunId, TraceId
from gome.store import open_journal

PUBLISHERS = 64
ROUNDS = 5
TEXT = "x" * 960  # makes a message of about 1 KB


class Note(Message, frozen=True, kw_only=True, tag="bench/note"):
    """A message of about 1 KB."""

    trace: TraceId = TraceId("")
    text: str


class Listener:
    """Counts what it hears."""

    name, listens, limit = "listener", (Note,), 64

    def __init__(self, expected: int, name: str = "listener") -> None:
        self.name, self.left, self.done = name, expected, anyio.Event()

    async def handle(self, _message: Message, _context: object) -> None:
        """Count one."""
        self.left -= 1
        if self.left == 0:
            self.done.set()


async def gome(messages: int, *, listeners: int = 1, traces: int = 1, waiting: bool = False) -> float:
    """Messages per second through a journal on disk."""
    actors = [Listener(messages, f"listener {n}") for n in range(listeners)]
    members = [Member(actor) for actor in actors]
    with tempfile.TemporaryDirectory(dir=".") as folder:
        async with open_journal(Path(folder) / "journal.db", RunId("bench"), "bench") as journal:
            bus = Bus(RunId("bench"), journal, (Note,))
            for member in members:
                member.join(bus)

            async def publish(number: int) -> None:
                trace = TraceId(f"t{number % traces}")
                for count in range(share(messages, number)):
                    batch = bus.post((Note(trace=trace, text=TEXT),))
                    if waiting:
                        await batch.wait()
                    else:
                        await bus.admit()
                        if count % 16 == 0:
                            await anyio.lowlevel.checkpoint()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(bus.run)
                for member in members:
                    tasks.start_soon(member.run, bus, Effects(bus, journal), structlog.get_logger())
                began = time.perf_counter()
                for number in range(PUBLISHERS):
                    tasks.start_soon(publish, number)
                for actor in actors:
                    await actor.done.wait()
                await bus.quiet()
                rate = messages / (time.perf_counter() - began)
                tasks.cancel_scope.cancel()
    return rate


@dataclass
class AutogenNote:
    """The same message for autogen-core."""

    text: str


async def autogen(messages: int, *, listeners: int = 1) -> float:
    """Messages per second through autogen-core's in-memory runtime."""
    left, done = [messages * listeners], anyio.Event()

    class Agent(RoutedAgent):
        @message_handler
        async def on_note(self, message: AutogenNote, ctx: MessageContext) -> None:  # noqa: ARG002
            left[0] -= 1
            if left[0] == 0:
                done.set()

    runtime = SingleThreadedAgentRuntime()
    for number in range(listeners):
        await Agent.register(runtime, f"agent{number}", lambda: Agent("listener"))
        await runtime.add_subscription(TypeSubscription("notes", f"agent{number}"))
    runtime.start()

    async def publish(number: int) -> None:
        for _ in range(share(messages, number)):
            await runtime.publish_message(AutogenNote(TEXT), TopicId("notes", "bench"))

    began = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for number in range(PUBLISHERS):
            tasks.start_soon(publish, number)
    await done.wait()
    rate = messages / (time.perf_counter() - began)
    await runtime.stop()
    return rate


async def streams(messages: int) -> float:
    """Messages per second through one bare anyio memory stream of 1024."""
    send, receive = anyio.create_memory_object_stream[Note](1024)

    async def publish(number: int) -> None:
        for _ in range(share(messages, number)):
            await send.send(Note(text=TEXT))

    async with send, receive:
        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for number in range(PUBLISHERS):
                tasks.start_soon(publish, number)
            for _ in range(messages):
                await receive.receive()
        return messages / (time.perf_counter() - began)


async def queued(messages: int) -> float:
    """Messages per second when all are queued at once, before any is heard."""
    actor = Listener(messages)
    member = Member(actor)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        async with open_journal(Path(folder) / "journal.db", RunId("bench"), "bench") as journal:
            bus = Bus(RunId("bench"), journal, (Note,))
            member.join(bus)
            async with anyio.create_task_group() as tasks:
                began = time.perf_counter()
                for _ in range(messages):
                    bus.post((Note(text=TEXT),))
                tasks.start_soon(bus.run)
                tasks.start_soon(member.run, bus, Effects(bus, journal), structlog.get_logger())
                await actor.done.wait()
                await bus.quiet()
                rate = messages / (time.perf_counter() - began)
                tasks.cancel_scope.cancel()
    return rate


def share(messages: int, number: int) -> int:
    """How many of the messages a publisher sends."""
    return messages // PUBLISHERS + (number < messages % PUBLISHERS)


def main() -> int:
    """Interleave the contestants and print medians and ratios."""
    contestants = {
        "gome, 1 listener": lambda: gome(64_000),
        "gome, 4 traces": lambda: gome(64_000, traces=4),
        "gome, 5 listeners": lambda: gome(32_000, listeners=5),
        "gome, each publisher waits for its commit": lambda: gome(32_000, waiting=True),
        "autogen-core, 1 listener": lambda: autogen(8_000),
        "autogen-core, 5 listeners": lambda: autogen(3_000, listeners=5),
        "anyio stream": lambda: streams(64_000),
        "gome, 1,000 queued": lambda: queued(1_000),
        "gome, 100,000 queued": lambda: queued(100_000),
    }
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            # A queue of 1,000 takes some milliseconds: take the best of several, as a single one is all noise.
            times = 15 if name == "gome, 1,000 queued" else 1
            rates[name].append(statistics.median(anyio.run(contestant) for _ in range(times)))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    pairs = {
        "durable vs autogen-core in memory": ("gome, 1 listener", "autogen-core, 1 listener"),
        "durable vs autogen-core in memory, 4 traces": ("gome, 4 traces", "autogen-core, 1 listener"),
        "durable vs autogen-core in memory, fan-out to 5": ("gome, 5 listeners", "autogen-core, 5 listeners"),
        "durable vs autogen-core, publishers wait for commits": (
            "gome, each publisher waits for its commit",
            "autogen-core, 1 listener",
        ),
        "durable vs bare anyio stream": ("gome, 1 listener", "anyio stream"),
        "100,000 queued vs 1,000 queued": ("gome, 100,000 queued", "gome, 1,000 queued"),
    }
    ratios = {
        name: statistics.median(ours / theirs for ours, theirs in zip(rates[a], rates[b], strict=True))
        for name, (a, b) in pairs.items()
    }
    for name, median in medians.items():
        print(f"{name:45} {median:>10,.0f} /s   (min {min(rates[name]):,.0f}, max {max(rates[name]):,.0f})")
    for name, ratio in ratios.items():
        print(f"{name:55} {ratio:6.2f} x")
    assert all(math.isfinite(ratio) for ratio in ratios.values())
    results = Path(__file__).parent / "results" / "bus.json"
    results.parent.mkdir(exist_ok=True)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    document = {"machine": machine, "rounds": ROUNDS, "per_second": medians, "ratios": ratios}
    results.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if ratios["durable vs autogen-core in memory"] >= 6 else 1


if __name__ == "__main__":
    sys.exit(main())
