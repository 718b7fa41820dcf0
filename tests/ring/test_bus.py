"""The laws of the bus: recorded before heard, in order per trace, nothing lost, nobody held up."""

from itertools import pairwise

import anyio
import anyio.lowlevel
import pytest
import structlog
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from gome.actor import MAX_LOST, RETRIES_S, Member, prove
from gome.bus import Bus
from gome.effects import Effects
from gome.errors import GomeError, RoutingInvalid, StoreError, WorldError
from gome.messages import Message, RunId, Silenced, StepFailed, TraceId
from gome.testing.journal import MemoryJournal


class Ping(Message, frozen=True, kw_only=True, tag="test/ping"):
    trace: TraceId = TraceId("")
    number: int = 0


class Pong(Message, frozen=True, kw_only=True, tag="test/pong"):
    trace: TraceId = TraceId("")
    number: int = 0


class Tick(Message, frozen=True, kw_only=True, tag="test/tick"):
    durable = False
    number: int = 0


TYPES = (Ping, Pong, Tick, StepFailed, Silenced)


class Echo:
    """Answers every Ping with a Pong after some waiting."""

    name = "echo"
    listens = (Ping,)
    says = (Pong,)
    limit = 8

    def __init__(self, delays=()):
        self.delays = dict(delays)
        self.at_work = {}
        self.most_at_work = 0
        self.overlapped = False

    async def handle(self, message, context):
        self.overlapped |= self.at_work.get(message.trace, 0) > 0
        self.at_work[message.trace] = self.at_work.get(message.trace, 0) + 1
        self.most_at_work = max(self.most_at_work, sum(self.at_work.values()))
        await anyio.sleep(self.delays.get(message.number, 0))
        self.at_work[message.trace] -= 1
        return [Pong(trace=message.trace, number=message.number)]


async def turn(journal, members, said, *, bus=None, until=None):
    """Run a ring until it is quiet; return its bus."""
    bus = bus or Bus(RunId("r"), journal, TYPES, now=lambda: 0.0)
    for member in members:
        member.join(bus)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bus.run)

        for member in members:
            tasks.start_soon(member.run, bus, Effects(bus, journal), structlog.get_logger())
        await bus.publish(*said)
        await (until or bus.quiet)()
        tasks.cancel_scope.cancel()
    return bus


def run_virtual(function, *args):
    return anyio.run(function, *args, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


messages = st.lists(
    st.builds(Ping, trace=st.sampled_from(["t1", "t2", "t3", ""]), number=st.integers(0, 20)), max_size=30
)
waits = st.dictionaries(st.integers(0, 20), st.floats(0, 100), max_size=20)


@given(said=messages, delays=waits)
@settings(max_examples=60, deadline=None)
def test_order_within_a_trace_is_kept_and_handlers_of_a_trace_never_overlap(said, delays):
    """Per actor and trace strictly in order, whatever each handler takes; every message is answered once."""
    journal, echo = MemoryJournal(), Echo(delays)
    run_virtual(turn, journal, [Member(echo)], said)
    bus = Bus(RunId("r"), journal, TYPES)
    envelopes = [bus.decode(record) for record in journal.records]
    for trace in {ping.trace for ping in said}:
        asked = [ping.number for ping in said if ping.trace == trace]
        answered = [e.message.number for e in envelopes if isinstance(e.message, Pong) and e.message.trace == trace]
        assert answered == asked
    assert not echo.overlapped
    assert [record.seq for record in journal.records] == list(range(1, len(journal.records) + 1))


@given(said=messages)
@settings(max_examples=40, deadline=None)
def test_a_reply_names_its_cause_and_is_recorded_with_the_acknowledgement(said):
    """Every Pong's cause is the Ping of the same trace and number; the cursor ends at the trace's last Ping."""
    journal = MemoryJournal()
    run_virtual(turn, journal, [Member(Echo())], said)
    bus = Bus(RunId("r"), journal, TYPES)
    by_seq = {record.seq: bus.decode(record).message for record in journal.records}
    for record in journal.records:
        if record.tag == "test/pong":
            asked = by_seq[record.cause]
            assert (asked.trace, asked.number) == (by_seq[record.seq].trace, by_seq[record.seq].number)
            assert record.actor == "echo"
    for trace in {ping.trace for ping in said}:
        last = max(seq for seq, m in by_seq.items() if isinstance(m, Ping) and m.trace == trace)
        assert journal.answered["echo", trace] == last


def test_traces_are_handled_at_the_same_time_up_to_the_limit():
    """Eight traces that each take an hour take one hour; a ninth waits."""
    echo = Echo({1: 3600.0})

    async def main():
        began = anyio.current_time()
        await turn(MemoryJournal(), [Member(echo)], [Ping(trace=f"t{i}", number=1) for i in range(9)])
        return anyio.current_time() - began

    assert run_virtual(main) == pytest.approx(7200)
    assert echo.most_at_work == 8


async def test_nothing_unrecorded_is_delivered(anyio_backend):
    """When the journal fails, the message that it lost is heard by nobody, and its publisher is told."""
    journal, heard = MemoryJournal(), []

    class Listener:
        name, listens = "listener", (Ping,)

        async def handle(self, message, context):
            heard.append(message.number)

    journal.fail_after = 1
    member, told = Member(Listener()), []
    bus = Bus(RunId("r"), journal, TYPES)
    member.join(bus)

    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012 - the group is what raises
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bus.run)
            tasks.start_soon(member.run, bus, Effects(bus, journal), structlog.get_logger())
            await bus.publish(Ping(number=1))
            while not heard:
                await checkpoint()
            try:
                await bus.publish(Ping(number=2))
            except StoreError as error:
                told.append(error)
    assert heard == [1]
    assert caught.group_contains(StoreError)
    assert [r.seq for r in journal.records] == [1]


async def test_a_failure_of_the_world_is_retried_then_costs_its_trace_one_step(anyio_backend):
    """Three attempts, then StepFailed for that trace alone; the others go on."""
    if anyio_backend[0] == "asyncio":
        pytest.skip("would wait for the retries")
    attempts = []

    class Hindered(Echo):
        async def handle(self, message, context):
            if message.trace == "bad":
                attempts.append(anyio.current_time())
                raise WorldError("no\nroute")
            return [Pong(trace=message.trace)]

    journal = MemoryJournal()
    await turn(journal, [Member(Hindered())], [Ping(trace="bad"), Ping(trace="good")])
    assert [after - before for before, after in pairwise(attempts)] == pytest.approx(RETRIES_S)
    bodies = {record.tag: record.body for record in journal.records}
    assert '"error":"WorldError: no route"' in bodies["step.failed"]
    assert "test/pong" in bodies


async def test_a_bug_in_a_plugin_silences_the_plugin_and_nothing_else(anyio_backend):
    """It hears nothing more, the ring goes on, and the journal says so once."""
    heard = []

    class Buggy:
        name, listens = "buggy", (Ping,)

        async def handle(self, message, context):
            heard.append(message.number)
            raise KeyError("oops")

    journal = MemoryJournal()
    await turn(journal, [Member(Echo()), Member(Buggy(), plugin=True)], [Ping(number=n, trace="t1") for n in range(5)])
    assert heard == [0]
    assert sum(record.tag == "test/pong" for record in journal.records) == 5
    assert sum(record.tag == "actor.silenced" for record in journal.records) == 1


async def test_a_bug_in_a_core_actor_ends_the_run_with_the_journal_intact(anyio_backend):
    """The bug itself is raised, not a summary of it."""

    class Broken(Echo):
        async def handle(self, message, context):
            raise KeyError("bug")

    journal = MemoryJournal()
    with pytest.raises(ExceptionGroup) as caught:
        await turn(journal, [Member(Broken())], [Ping()])
    assert caught.group_contains(KeyError)
    assert [record.tag for record in journal.records] == ["test/ping"]


async def test_cancellation_reaches_the_handler_and_is_not_swallowed(anyio_backend):
    """Cancelling the ring cancels the work, not only the wait; nothing is answered for it."""
    state = []

    class Slow(Echo):
        async def handle(self, message, context):
            try:
                state.append("began")
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                state.append("cancelled")
                raise

    async def until():
        while not state:
            await checkpoint()

    journal = MemoryJournal()
    await turn(journal, [Member(Slow())], [Ping()], until=until)
    assert state == ["began", "cancelled"]
    assert journal.answered == {}


async def test_a_slow_observer_holds_up_nobody_and_misses_nothing(anyio_backend):
    """One that reads a message a day sees all of them, in order, after the ring has long been done."""
    journal, seen = MemoryJournal(), []
    bus = Bus(RunId("r"), journal, TYPES)
    await turn(journal, [Member(Echo())], [Ping(number=n, trace=f"t{n % 3}") for n in range(1200)], bus=bus)
    async for envelope in bus.follow():
        seen.append(envelope.seq)
    assert seen == list(range(1, 2401))


async def test_messages_that_are_not_durable_are_never_journaled_and_only_the_latest_waits(anyio_backend):
    """A listener that was busy hears the newest tick, not a queue of old ones."""
    heard = []
    go = anyio.Event()

    class Watcher:
        name, listens = "watcher", (Tick,)

        async def handle(self, message, context):
            heard.append(message.number)
            await go.wait()

    journal = MemoryJournal()
    bus = Bus(RunId("r"), journal, TYPES)

    async def until():
        bus.emit(Tick(number=0))
        while not heard:
            await checkpoint()
        for number in range(1, 100):
            bus.emit(Tick(number=number))
        go.set()
        await bus.quiet()

    await turn(journal, [Member(Watcher())], [], bus=bus, until=until)
    assert heard == [0, 99]
    assert journal.records == []
    assert [e.message.number for e in bus.latest(Tick)] == [99]


async def test_an_effect_is_performed_once(anyio_backend):
    """Its outcome is on record and is given again to whoever asks under the same key."""
    journal, performed = MemoryJournal(), []
    bus = Bus(RunId("r"), journal, TYPES)

    async def perform():
        performed.append(journal.effects.copy())
        return Pong(number=7)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bus.run)
        first = await Effects(bus, journal).once("trial/1", perform, Pong)
        again = await Effects(bus, journal, earlier=True).once("trial/1", perform, Pong)
        tasks.cancel_scope.cancel()
    assert first == again == Pong(number=7)
    assert performed == [{"trial/1": None}], "the intent was on record before, and it ran once"


async def test_an_effect_that_nobody_waits_for_is_on_record_with_the_answer(anyio_backend):
    """And no later: intent, outcome, replies and acknowledgement are one transaction."""
    journal, commits = MemoryJournal(), []

    class Thinker:
        name, listens, says = "thinker", (Ping,), (Pong,)

        async def handle(self, message, context):
            thought = await context.once("think", think, Pong, awaited=False)
            commits.append(journal.commits)
            return [thought]

    async def think():
        commits.append(journal.commits)
        return Pong(number=1)

    await turn(journal, [Member(Thinker())], [Ping()])
    assert commits == [1, 1], "of the question alone"
    assert (journal.commits, journal.effects, len(journal.records)) == (
        2,
        {"think": '{"type":"test/pong","number":1}'},
        2,
    )


async def test_an_effect_is_not_done_again_while_its_outcome_is_on_its_way_to_disk(anyio_backend):
    """Also where nobody waited for it: an attempt that failed is taken up again."""
    journal, performed = MemoryJournal(), []
    bus = Bus(RunId("r"), journal, TYPES)
    effects = Effects(bus, journal)

    async def perform():
        performed.append(1)
        return Pong(number=len(performed))

    async with anyio.create_task_group() as tasks:
        first = await effects.once("think", perform, Pong, awaited=False)  # before the bus writes anything
        tasks.start_soon(bus.run)
        assert await effects.once("think", perform, Pong, awaited=False) == first
        tasks.cancel_scope.cancel()
    assert performed == [1]


async def test_an_acknowledgement_alone_comes_with_the_next_commit(anyio_backend):
    """It is no reason for one: if it is lost, the message is heard again."""
    journal, handled = MemoryJournal(), anyio.Event()

    class Listener:
        name, listens = "listener", (Ping,)

        async def handle(self, message, context):
            if message.number == 3:
                handled.set()

    bus = Bus(RunId("r"), journal, TYPES)

    async def until():
        await handled.wait()
        await bus.quiet()
        await anyio.wait_all_tasks_blocked()
        assert (journal.commits, journal.answered) == (1, {})
        await bus.publish()
        assert journal.answered == {("listener", ""): 4}

    await turn(journal, [Member(Listener())], [Ping(number=number) for number in range(4)], bus=bus, until=until)


@pytest.mark.parametrize(
    ("members", "gap"),
    [
        pytest.param([Echo()], "echo waits for Ping, which nobody says", id="nobody says"),
        pytest.param([Echo()], "echo says Pong, which nobody hears", id="nobody hears"),
    ],
)
def test_a_gap_in_the_ring_is_found_before_anything_starts(members, gap):
    """Routing is proved from what actors say and listen to."""
    with pytest.raises(RoutingInvalid, match=gap):
        prove([Member(actor) for actor in members], outside=(), last=())


def test_a_whole_ring_is_proved():
    """Nothing is raised where all is said and heard."""
    prove([Member(Echo())], outside=(Ping,), last=(Pong,))


async def test_a_plugin_that_says_what_it_did_not_announce_is_silenced(anyio_backend):
    """Routing was proved from what actors name in `says`; anything else is a bug of the plugin."""

    class Chatty:
        name, listens = "chatty", (Ping,)

        async def handle(self, message, context):
            return [Pong()]

    journal = MemoryJournal()
    await turn(journal, [Member(Chatty(), plugin=True)], [Ping(), Ping()])
    assert [record.tag for record in journal.records] == ["test/ping", "test/ping", "actor.silenced"]


async def test_a_world_that_does_not_come_back_ends_the_run(anyio_backend):
    """After so many messages in a row that no retry mended, the error is raised."""
    if anyio_backend[0] == "asyncio":
        pytest.skip("would wait for the retries")

    class Hindered(Echo):
        async def handle(self, message, context):
            raise WorldError("no route")

    with pytest.raises(ExceptionGroup) as caught:
        await turn(MemoryJournal(), [Member(Hindered())], [Ping(trace=f"t{n}") for n in range(MAX_LOST + 1)])
    assert caught.group_contains(GomeError, match="in a row")
