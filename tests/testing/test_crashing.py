"""The kit passes actors that keep the rules, and names the rule that another one breaks."""

from collections import Counter

import anyio.lowlevel
import msgspec
import pytest

from gome.messages import Message, TraceId
from gome.testing import DoneTwice, Lost, Scheduler, crash, permute


class Asked(Message, frozen=True, kw_only=True, tag="kit/asked"):
    trace: TraceId
    number: int


class Answered(Message, frozen=True, kw_only=True, tag="kit/answered"):
    trace: TraceId
    number: int
    total: int


class Paid(msgspec.Struct, frozen=True):
    number: int


ASKED = [Asked(trace=TraceId(f"t{n % 2}"), number=n) for n in range(6)]


class Careful:
    """Pays once for each question, and counts what it has answered by folding."""

    name, listens, says, folds, limit = "careful", (Asked,), (Answered,), (Answered,), 4
    world: Counter

    def __init__(self):
        self.totals = Counter()

    def fold(self, envelope):
        self.totals[envelope.message.trace] += envelope.message.number

    async def pay(self, number):
        await anyio.lowlevel.checkpoint()
        self.world[number] += 1
        return Paid(number)

    async def handle(self, message, context):
        paid = await context.once(f"pay/{message.number}", lambda: self.pay(message.number), Paid)
        total = self.totals[message.trace] + paid.number
        return [Answered(trace=message.trace, number=message.number, total=total)]


def with_world(kind):
    world = Counter()
    return type(kind.__name__, (kind,), {"world": world}), lambda: list(world.elements())


async def test_an_actor_that_keeps_the_rules_survives_every_kill():
    """Killed at each commit, before and after, and after every one in turn."""
    make, done = with_world(Careful)
    shown = await crash(make, ASKED, done=done)
    assert shown.commits >= 6
    assert shown.kills > 2 * shown.commits
    assert all(key.startswith("pay/") for key in shown.repeated)


class Light(Careful):
    """Does what costs nothing, twice for each question; nobody waits until that is on record."""

    async def handle(self, message, context):
        first, _ = [
            await context.once(f"{what}/{message.number}", lambda: self.pay(message.number), Paid, awaited=False)
            for what in ("look", "think")
        ]
        total = self.totals[message.trace] + first.number
        return [Answered(trace=message.trace, number=message.number, total=total)]


async def test_effects_that_nobody_waits_for_come_with_the_answer():
    """Their intents and outcomes need no transaction of their own, and survive every kill all the same."""
    (light, done), (careful, _) = with_world(Light), with_world(Careful)
    shown, strict = await crash(light, ASKED, done=done), await crash(careful, ASKED)
    assert shown.commits < strict.commits
    assert {key.partition("/")[0] for key in shown.repeated} <= {"look", "think"}


class Forgetful(Careful):
    """Remembers by itself what it has answered."""

    folds = ()

    async def handle(self, message, context):
        replies = await super().handle(message, context)
        self.totals[message.trace] += message.number
        return replies


class Spender(Careful):
    """Pays without saying so."""

    async def handle(self, message, context):
        await self.pay(message.number)
        return [Answered(trace=message.trace, number=message.number, total=0)]


class Sloppy(Careful):
    """Pays under a key that is another one after a crash."""

    async def handle(self, message, context):
        await context.once(f"pay/{id(self)}/{message.number}", lambda: self.pay(message.number), Paid)
        return [Answered(trace=message.trace, number=message.number, total=0)]


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        pytest.param(Forgetful, Lost, "not said.*total", id="state that is no fold"),
        pytest.param(Spender, DoneTwice, "done more often than without", id="an effect without a record"),
        pytest.param(Sloppy, DoneTwice, "done more often than without", id="a key that changes"),
    ],
)
async def test_an_actor_that_breaks_a_rule_is_found_out(kind, error, words):
    """The report says at which kill, and what."""
    make, done = with_world(kind)
    with pytest.raises(error, match=f"killed .*{words}"):
        await crash(make, ASKED, done=done)


async def test_a_bug_is_no_kill():
    """It comes out as itself."""

    class Broken(Careful):
        async def handle(self, message, context):
            raise KeyError("oops")

    with pytest.raises((KeyError, BaseExceptionGroup)) as caught:
        await crash(Broken, ASKED)
    assert caught.group_contains(KeyError) if isinstance(caught.value, BaseExceptionGroup) else True


async def test_messages_are_made_up_where_none_are_given():
    """Two of each type, in two traces."""
    heard = []

    class Listener:
        name, listens = "listener", (Asked, Answered)

        async def handle(self, message, context):
            heard.append(message)

    await crash(Listener)
    assert {(type(message), message.trace) for message in heard} == {
        (kind, f"words {number}") for kind in (Asked, Answered) for number in (1, 2)
    }
    with pytest.raises(TypeError, match="what makes the actor"):
        await crash(Listener())


async def test_lanes_are_permuted_and_keep_their_own_order(anyio_backend_name):
    """Different seeds, different orders across lanes; one seed, one order; in each lane always the same."""
    lanes = 3
    messages = [Asked(trace=TraceId(f"t{n % lanes}"), number=n) for n in range(12)]
    heard = []

    class Recorder:
        name, listens, limit = "recorder", (Asked,), 1

        async def handle(self, message, context):
            heard.append(message.number)

    def taken():
        taken = tuple(heard)
        heard.clear()
        return taken

    found = []
    for seed in range(15):
        await permute(Recorder, messages, [seed])
        found.append(taken())
    for order in found:
        for lane in range(lanes):
            assert [n for n in order if n % lanes == lane] == list(range(lane, 12, lanes))
    assert len(set(found)) > 3
    if anyio_backend_name == "asyncio":  # trio draws its own order
        await permute(Recorder, messages, [7])
        assert taken() == found[7]


async def test_what_depends_on_the_order_can_be_seen():
    """The journals of all seeds, to be held against each other."""
    make, _ = with_world(Careful)
    journals = await permute(make, ASKED, range(10))
    totals = [sorted(record.body for record in journal.records if record.actor) for journal in journals]
    assert all(total == totals[0] for total in totals), "each lane counts for itself"
    orders = {tuple(record.trace for record in journal.records if record.actor) for journal in journals}
    assert len(orders) > 1


def test_a_scheduler_draws_the_same_from_the_same_seed():
    first, second = Scheduler(3), Scheduler(3)
    assert [first.choose(9) for _ in range(20)] == [second.choose(9) for _ in range(20)]
