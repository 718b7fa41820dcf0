"""A ring of two actors on a journal whose disk may fail. Prints what was acknowledged, heard and done, as it happens.

python fault_world.py FOLDER MESSAGES [FILE_BYTES]
"""

import os
import resource
import sys
from pathlib import Path

import anyio
import msgspec
import structlog

from gome.actor import Member
from gome.bus import Bus
from gome.effects import Effects
from gome.errors import StoreError, only
from gome.messages import Message, RunId, TraceId
from gome.store import open_journal

FAILED = 7  # exit code: the journal could not be written


class Asked(Message, frozen=True, kw_only=True, tag="fault/asked"):
    trace: TraceId
    number: int
    text: str = "x" * 3000


class Answered(Message, frozen=True, kw_only=True, tag="fault/answered"):
    trace: TraceId
    number: int


class Paid(msgspec.Struct, frozen=True):
    number: int


def tell(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # at once: the process may not live to flush


class Worker:
    name, listens, says, limit = "worker", (Asked,), (Answered,), 4

    async def handle(self, message, context):
        tell("heard", context.envelope.seq)

        async def pay():
            tell("paid", message.number)
            return Paid(message.number)

        await context.once(f"pay/{message.number}", pay, Paid)
        tell("done", message.number)
        return [Answered(trace=message.trace, number=message.number)]


class Listener:
    name, listens, limit = "listener", (Answered,), 4

    async def handle(self, message, context):
        tell("heard", context.envelope.seq)


async def main(folder, messages):
    async with open_journal(folder / "journal.db", RunId("r"), "0.1") as journal:
        bus = Bus(RunId("r"), journal, (Asked, Answered))
        members = [Member(Worker()), Member(Listener())]
        for member in members:
            member.join(bus)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bus.run)
            for member in members:
                tasks.start_soon(member.run, bus, Effects(bus, journal), structlog.get_logger())
            for number in range(messages):
                await bus.publish(Asked(trace=TraceId(f"t{number % 3}"), number=number))
                tell("acknowledged", number)
            await bus.quiet()
            tasks.cancel_scope.cancel()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    try:
        anyio.run(main, Path(sys.argv[1]), int(sys.argv[2]))
    except (StoreError, BaseExceptionGroup) as error:
        if not isinstance(only(error), StoreError):
            raise
        tell("failed", only(error))
        sys.exit(FAILED)
