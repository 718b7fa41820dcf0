"""Waiting: retries, deadlines, limits and outages, in virtual time."""

import contextlib
import itertools
import math
import random
from pathlib import Path
from types import SimpleNamespace

import anyio
import msgspec
import pytest
from endpoint_parts import SCHEMA, request
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from gome.budget import Ledger, asked_in
from gome.errors import AttemptFailed, BudgetExceeded, ModelUnavailable
from gome.llm import Site
from gome.llm.call import Answer, Call, Capabilities, Turn, Usage
from gome.llm.limits import Throttle
from gome.llm.openai import OpenAIChannel
from gome.llm.prices import Prices
from gome.llm.retry import backoff_s, retry_after_s
from gome.llm.structured import learnt
from gome.memory import History
from gome.messages import BudgetExhausted, Limits, ModelBack, ModelCalled, ModelDown, StopRequested
from gome.scopes import Scopes
from gome.settings import ModelSettings, Price, RoleSettings

OK = Answer(text='{"ok": true}', usage=Usage(input=10, output=10))
BUSY = AttemptFailed("server_error", "503", again=True, dead=True)


@pytest.fixture
def anyio_backend():
    """Hours take no time."""
    return "trio", {"clock": MockClock(autojump_threshold=0)}


class Endpoint:
    """Answers by a function; stands where the real one stands."""

    host, base_url = "model.test", "https://model.test/v1"

    def __init__(self, answer, *, alive=True):
        self._answer, self._alive = answer, alive
        self.calls = []

    def capabilities(self):
        return Capabilities()

    async def call(self, call, can):
        self.calls.append((anyio.current_time(), call))
        return await self._answer(call)

    async def models(self):
        if not self._alive:
            raise AttemptFailed("unreachable", "", dead=True)
        return []


def made(answer, *, limits=None, each=None, budget_s=math.inf, alive=True, spare="", **told):
    """A channel to an endpoint that answers by a function, in a run with so much time for steps."""
    began, said, ledger = anyio.current_time(), [], Ledger(limits or Limits())
    scopes = Scopes(ledger, each or Limits(), History())
    told = ModelSettings(**({"prices": {"m": Price(input=1.0, output=1.0)}} | told))
    site = Site(
        folder=Path("unused"),
        ledger=ledger,
        each=each or Limits(),
        scope=lambda key: scopes.of(asked_in(key)),
        left_s=lambda: budget_s - (anyio.current_time() - began),
        report=said.append,
        settings=told,
    )
    endpoint = Endpoint(answer, alive=alive)
    channel = OpenAIChannel("m", endpoint, site, draw=random.Random(0), spare=spare)
    return SimpleNamespace(channel=channel, endpoint=endpoint, said=said, ledger=ledger, scopes=scopes, began=began)


def outcomes(said, *, but=""):
    return [message.outcome for message in said if isinstance(message, ModelCalled) and message.role != but]


def failing_until(at_s, failure=BUSY):
    began = anyio.current_time()

    async def answer(call):
        if anyio.current_time() - began < at_s:
            raise failure
        return OK

    return answer


async def test_an_outage_is_waited_out():
    """All who ask wait; the outage and its end are said once; every question is answered in the end."""
    run = made(failing_until(1800.0))
    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(run.channel.ask, request(f"propose/t{number}-002"))
    downs = [message for message in run.said if isinstance(message, ModelDown)]
    backs = [message for message in run.said if isinstance(message, ModelBack)]
    assert (len(downs), len(backs)) == (1, 1)
    assert 1700 < backs[0].down_s < 1900
    assert outcomes(run.said, but="check").count("ok") == 4
    assert len(run.endpoint.calls) < 80  # it is left in peace meanwhile


async def test_looking_whether_it_is_back_costs_little():
    """A small question looks; the real one, which a provider might charge for, waits for the answer to that."""
    run = made(failing_until(1800.0, AttemptFailed("unreachable", "reset", again=True, dead=True, billed=True)))
    await run.channel.ask(request(tokens=16_000))
    assert [call.max_output_tokens for _, call in run.endpoint.calls[5:-1]] == [512] * (len(run.endpoint.calls) - 6)
    assert run.ledger.spent("tokens") < 5 * 20_000 + 60 * 2000


@pytest.mark.parametrize("failure", [BUSY, AttemptFailed("unreachable", "reset", again=True, dead=True, billed=True)])
async def test_a_question_that_breaks_the_endpoint_costs_its_step_only(failure):
    """It is no outage where small questions are answered: nobody waits for it, and the run goes on."""

    async def answer(call):
        if "poison" in call.turns[1].text:
            raise failure
        return OK

    run = made(answer)
    with pytest.raises(ModelUnavailable) as raised:
        await run.channel.ask(request(user="poison"))
    assert raised.value.retried
    await run.channel.ask(request("propose/t1-002"))
    assert not [message for message in run.said if isinstance(message, ModelDown)]


async def test_a_question_that_breaks_the_endpoint_after_an_outage():
    """Whoever looks has the small question answered; its own is not mistaken for the outage."""

    async def answer(call):
        if anyio.current_time() - run.began < 300.0 or "poison" in call.turns[1].text:
            raise BUSY
        return OK

    run = made(answer)
    ended = []

    async def ask(number, user):
        with contextlib.suppress(ModelUnavailable):
            await run.channel.ask(request(f"propose/t{number}-002", user=user))
            ended.append(number)

    async with anyio.create_task_group() as tasks:
        for number, user in enumerate(["poison", "fine", "poison", "fine"]):
            tasks.start_soon(ask, number, user)
    assert sorted(ended) == [1, 3]
    assert anyio.current_time() - run.began < 900.0
    assert [type(message) for message in run.said if not isinstance(message, ModelCalled)] == [ModelDown, ModelBack]


@pytest.mark.parametrize("budget_s", [math.inf, 7200.0])
async def test_a_key_that_stays_shut_out_ends_the_run(budget_s):
    """After half an hour the run is asked to stop, once: its time is worth more with another key."""

    async def answer(call):
        if len(run.endpoint.calls) > 1:
            raise AttemptFailed("unauthorized", "401 no such key")
        return OK

    run = made(answer, budget_s=budget_s)
    await run.channel.ask(request())
    with anyio.move_on_after(3600.0):  # the ring cancels what is open once it is asked to stop
        await run.channel.ask(request())
    [stop] = [message for message in run.said if isinstance(message, StopRequested)]
    assert "model.test" in stop.reason
    assert "OPENAI_API_KEY" in stop.reason
    assert "30 min" in stop.reason


async def test_a_reply_that_no_room_is_left_for_is_not_paid_for_again():
    """A reply that was cut is asked for once more with more room, and not with the same."""

    async def answer(call):
        return Answer(text="{", usage=Usage(input=10, output=call.max_output_tokens), finish="length")

    run = made(answer, max_output_tokens=4000)
    with pytest.raises(ModelUnavailable, match="cut"):
        await run.channel.ask(request(tokens=1000))
    assert [call.max_output_tokens for _, call in run.endpoint.calls] == [1000, 2000, 4000]


async def test_an_outage_never_eats_the_time_kept_for_the_end():
    """Whoever waits gives up when the time for steps is over; that is the budget's end, not a failure to retry."""
    run = made(failing_until(math.inf), budget_s=900.0)
    ended = []

    async def ask(number):
        with pytest.raises(BudgetExceeded, match="wall_s"):
            await run.channel.ask(request(f"propose/t{number}-002"))
        ended.append(anyio.current_time() - run.began)

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(ask, number)
    assert len(ended) == 4
    assert max(ended) <= 900.0 + 1e-6


async def test_a_call_never_eats_the_time_kept_for_the_end():
    """Its deadline is the end of the time for steps, where that comes first."""

    async def never(call):
        await anyio.sleep_forever()

    run = made(never, budget_s=100.0)
    with pytest.raises(BudgetExceeded):
        await run.channel.ask(request())
    assert anyio.current_time() - run.began == pytest.approx(100.0)


async def test_a_question_that_takes_too_long_costs_its_step_only():
    """An endpoint that is alive is not blamed for it: others may ask on."""

    async def slow(call):
        await anyio.sleep(1000.0 if "slow" in call.turns[1].text else 1.0)
        return OK

    run = made(slow, call_s=60.0, attempts=3)
    with pytest.raises(ModelUnavailable, match="timeout"):
        await run.channel.ask(request(user="slow"))
    await run.channel.ask(request())
    assert outcomes(run.said, but="check") == ["timeout", "timeout", "timeout", "ok"]
    assert not [message for message in run.said if isinstance(message, ModelDown)]


async def test_an_endpoint_that_accepts_calls_and_answers_nobody_is_down():
    """Silence to everything is an outage; the run waits."""

    async def silent(call):
        if anyio.current_time() - began > 4000:
            return OK
        return await anyio.sleep_forever()

    began = anyio.current_time()
    run = made(silent, call_s=60.0, attempts=2, alive=False)
    await run.channel.ask(request())
    assert [type(message) for message in run.said if not isinstance(message, ModelCalled)] == [ModelDown, ModelBack]


async def test_a_question_has_a_deadline_over_all_attempts():
    """No attempt begins that could not be waited for."""
    failure = AttemptFailed("malformed", "half", again=True)

    async def answer(call):
        await anyio.sleep(50.0)
        raise failure

    run = made(answer, attempts=100, question_s=200.0)
    with pytest.raises(ModelUnavailable):
        await run.channel.ask(request())
    assert anyio.current_time() - run.began < 260.0


async def test_retry_after_holds_everyone():
    """What the endpoint asked for, it gets: nobody calls before."""
    began = anyio.current_time()

    async def answer(call):
        if anyio.current_time() - began < 20.0:
            raise AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=20.0)
        return OK

    run = made(answer)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run.channel.ask, request())
        await anyio.sleep(1.0)
        tasks.start_soon(run.channel.ask, request("propose/t1-002"))
    times = [at - run.began for at, _ in run.endpoint.calls]
    assert times[0] == 0.0
    assert all(at >= 20.0 for at in times[1:])


@pytest.mark.parametrize("after_s", [5.0, 40.0, 300.0])
async def test_what_an_endpoint_asks_to_wait_never_passes_the_time_for_steps(after_s):
    """The run ends at its limit; a wait that reaches past it, or is long, is said."""

    async def answer(call):
        raise AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=after_s)

    run = made(answer, budget_s=30.0, attempts=100)
    with pytest.raises(BudgetExceeded, match="wall_s"):
        await run.channel.ask(request())
    assert anyio.current_time() - run.began == pytest.approx(30.0)
    assert [message for message in run.said if isinstance(message, ModelDown)]


async def test_a_long_wait_is_said_and_kept_to():
    """It counts as an outage, though the run has time for it."""
    run = made(failing_until(300.0, AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=300.0)))
    await run.channel.ask(request())
    assert [type(message) for message in run.said] == [ModelCalled, ModelDown, ModelCalled, ModelBack]
    assert [at - run.began for at, _ in run.endpoint.calls] == [0.0, pytest.approx(300.0)]


async def test_waits_for_a_slot_or_for_tokens_end_with_the_time_for_steps():
    """Neither the rate that the user set nor a queue keeps a run beyond its limit."""

    async def answer(call):
        await anyio.sleep(1.0)
        return Answer(text='{"ok": true}', usage=Usage(input=20_000))

    run = made(answer, tokens_per_minute=2000, budget_s=15.0)
    await run.channel.ask(request())
    with pytest.raises(BudgetExceeded, match="wall_s"):
        await run.channel.ask(request())
    assert anyio.current_time() - run.began == pytest.approx(15.0)


async def test_a_key_that_is_taken_away_is_an_outage():
    """The run pauses, says once which key it is, and goes on when the endpoint opens again."""
    began = anyio.current_time()

    async def answer(call):
        if 10.0 < anyio.current_time() - began < 500.0:
            raise AttemptFailed("unauthorized", "401 no such key")
        return OK

    run = made(answer)
    await run.channel.ask(request())
    await anyio.sleep(20.0)
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(run.channel.ask, request(f"propose/t{number}-002"))
    [down] = [message for message in run.said if isinstance(message, ModelDown)]
    assert "OPENAI_API_KEY" in down.reason
    assert outcomes(run.said).count("ok") == 4


@pytest.mark.parametrize(
    ("failure", "listed", "down"),
    [
        (AttemptFailed("unknown_model", "404"), ["other"], True),
        (AttemptFailed("unknown_model", "404"), ["m"], False),
        (AttemptFailed("unauthorized", "403 blocked"), ["m"], False),
        (AttemptFailed("unauthorized", "403 closed"), None, True),
    ],
)
async def test_a_refusal_is_an_outage_where_it_is_not_for_the_question(failure, listed, down):
    """What the list of models says decides; a question that a filter blocks costs its step only."""

    async def answer(call):
        if len(run.endpoint.calls) == 1:
            return OK
        raise failure

    async def models():
        if listed is None:
            raise AttemptFailed("unauthorized", "403")
        return listed

    run = made(answer, budget_s=900.0)
    run.endpoint.models = models
    await run.channel.ask(request())
    with pytest.raises(BudgetExceeded if down else ModelUnavailable):
        await run.channel.ask(request())
    assert bool([message for message in run.said if isinstance(message, ModelDown)]) == down


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("400 max_tokens is too large: 16000. This model supports at most 4096 completion tokens", [16000, 4096, 4096]),
        ("400 max_tokens: 16000 > 4,096, the maximum allowed number of output tokens for m-8192", [16000, 4096, 4096]),
        ("400 Invalid max_tokens value, the valid range is [1, 8192]", [16000, 8192, 4096, 4096]),
        ("400 max_tokens is too large", [16000, 8000, 4000, 4000]),
        (
            "400 max_tokens is too large: 16000. The maximum context length is 8192",
            [16000, 8000, 4000, 16000, 8000, 4000],
        ),
    ],
)
async def test_a_model_that_writes_less_is_asked_for_less(told, asked):
    """The limit that it names, else half; remembered, where it is the model's and not the question's."""

    async def answer(call):
        if call.max_output_tokens > 4096:
            raise AttemptFailed("bad_request", told)
        return OK

    run = made(answer)
    for _ in range(2):
        await run.channel.ask(request(tokens=16_000))
    assert [call.max_output_tokens for _, call in run.endpoint.calls] == asked
    assert set(outcomes(run.said)) == {"unsupported", "ok"}


async def test_a_reply_is_not_shortened_for_what_is_merely_in_flight():
    """It waits until the others are settled, which mostly gives back most of what they reserved."""

    async def answer(call):
        await anyio.sleep(10.0)
        return OK

    run = made(answer, limits=Limits(tokens=20_000))
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(run.channel.ask, request(f"propose/t{number}-002", tokens=8000))
    assert {call.max_output_tokens for _, call in run.endpoint.calls} == {8000}


async def test_a_trace_has_its_own_limit():
    """It is refused a question, or asked for a shorter one, though others fly; that is theirs to go on with."""

    async def answer(call):
        await anyio.sleep(10.0)
        return Answer(text='{"ok": true}', usage=Usage(input=10, output=call.max_output_tokens))

    run = made(answer, each=Limits(tokens=9000))
    refused = []

    async def work(trace):
        for number in range(1, 4):
            try:
                await run.channel.ask(request(f"propose/{trace}-{number:03}", tokens=4000))
            except BudgetExceeded as error:
                refused.append((trace, error.scope, error.resource, anyio.current_time() - run.began))

    async with anyio.create_task_group() as tasks:
        for trace in ("t1", "t2"):
            tasks.start_soon(work, trace)
        await anyio.sleep(1.0)
        tasks.start_soon(run.channel.ask, request("draft", tokens=8000))  # the run's own: no trace is asked for it
    assert sorted(refused) == [("t1", "t1", "tokens", 20.0), ("t2", "t2", "tokens", 20.0)]
    assert [call.max_output_tokens for _, call in run.endpoint.calls] == [4000, 4000, 8000, 4000, 4000]
    assert not [message for message in run.said if isinstance(message, BudgetExhausted)]


def test_what_two_attempts_learn_is_kept_together():
    """An attempt that began earlier undoes nothing."""
    before = Capabilities()
    known = msgspec.structs.replace(before, form="text", stream=False)
    after = msgspec.structs.replace(before, form="tools", temperature=False)
    assert learnt(known, before, after) == msgspec.structs.replace(known, temperature=False)


async def test_concurrency_is_shared_and_used():
    """Forty calls of ten seconds, eight at once: five rounds, and never nine."""
    flying, most = 0, 0

    async def answer(call):
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await anyio.sleep(10.0)
        flying -= 1
        return OK

    run = made(answer, concurrency=8)
    async with anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(run.channel.ask, request(f"propose/t{number}-002"))
    assert most == 8
    assert anyio.current_time() - run.began == pytest.approx(50.0)


async def test_tokens_per_minute():
    """A bucket that is full at first and fills steadily; what a call took less comes back; who came first is first."""
    throttle, done = Throttle(100, 6000), []
    began = anyio.current_time()

    async def call(number, expected, took):
        async with throttle.slot(expected) as slot:
            slot.tokens = took
        done.append((number, anyio.current_time() - began))

    async with anyio.create_task_group() as tasks:
        for number, (expected, took) in enumerate([(4000, 4000), (4000, 1000), (1000, 1000), (60_000, 6000)]):
            tasks.start_soon(call, number, expected, took)
            await anyio.wait_all_tasks_blocked()
    assert [number for number, _ in done] == [0, 1, 2, 3]
    at = [at_s for _, at_s in done]
    assert at[0] == 0.0
    assert at[1] == pytest.approx(20.0)
    assert at[2] == pytest.approx(20.0)
    assert at[3] == pytest.approx(60.0)


async def test_what_one_model_asks_for_holds_no_other():
    """A Retry-After is its model's: others are asked meanwhile, though there is one slot only; it itself is not."""
    throttle, done = Throttle(1), []
    began = anyio.current_time()
    throttle.hold(30.0, "busy")

    async def call(model):
        async with throttle.slot(10, model):
            done.append((model, anyio.current_time() - began))
            await anyio.sleep(1.0)

    async with anyio.create_task_group() as tasks:
        for model in ("busy", "free"):
            tasks.start_soon(call, model)
            await anyio.wait_all_tasks_blocked()
    assert done == [("free", 0.0), ("busy", pytest.approx(30.0))]


async def test_who_waits_for_a_slot_hears_that_its_model_wants_a_pause():
    """One call is told to come later: the next in line obeys as well, and gives back what it had taken."""
    throttle, done = Throttle(1, 6000), []
    began = anyio.current_time()

    async def call(number):
        async with throttle.slot(3000, "busy") as slot:
            done.append((number, anyio.current_time() - began))
            await anyio.sleep(1.0)
            if number == 0:
                throttle.hold(40.0, "busy")
                slot.tokens = 0

    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(call, number)
            await anyio.wait_all_tasks_blocked()
    assert done == [(0, 0.0), (1, pytest.approx(41.0))]


@pytest.mark.parametrize(("after_s", "waited_s"), [(2.0, 2.0), (20.0, 0.0)])
async def test_a_fallback_answers_at_once_where_the_pause_is_long(after_s, waited_s):
    """A short one is waited for; a long one is not, and is told; the next question goes straight to the fallback."""
    failure = AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=after_s)
    left = [failure]

    async def answer(call):
        if call.model == "m" and left:
            raise left.pop()
        return OK

    run = made(answer, fallbacks=("spare",))
    await run.channel.ask(request())
    await run.channel.ask(request("propose/t1-002"))
    asked = ["m", "m", "m"] if waited_s else ["m", "spare", "spare"]
    assert [call.model for _, call in run.endpoint.calls] == asked
    assert anyio.current_time() - run.began == pytest.approx(waited_s, abs=0.2)
    assert [message.rest_s for message in run.said if isinstance(message, ModelDown)] == ([] if waited_s else [20.0])


async def test_a_long_pause_is_waited_for_where_nobody_else_answers():
    """As it was asked for, no shorter."""
    left = [AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=20.0)] * 2

    async def answer(call):
        if left:
            raise left.pop()
        return OK

    run = made(answer)
    await run.channel.ask(request())
    assert [round(at_s - run.began) for at_s, _ in run.endpoint.calls] == [0, 20, 40]


async def test_days_of_pause_are_looked_after_each_hour():
    """An endpoint that says 429 with two days is asked again after an hour; the run goes on then."""
    left = [AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=172_800.0)]

    async def answer(call):
        if left:
            raise left.pop()
        return OK

    run = made(answer)
    await run.channel.ask(request())
    assert anyio.current_time() - run.began == pytest.approx(3600.0, abs=60.0)


async def test_a_model_that_rested_is_greeted_first():
    """A small question finds out whether it answers: what it is asked in vain is not paid for, and nobody waits."""
    dead = AttemptFailed("unreachable", "reset", again=True, dead=True, billed=True)

    async def answer(call):
        if call.model == "m" and anyio.current_time() - run.began < 100.0:
            raise dead
        return OK

    run = made(answer, fallbacks=("spare",), attempts=1)
    for number in range(4):  # after 0, 61, 122 and 183 s
        await run.channel.ask(request(f"propose/t1-{number:03}", tokens=9000))
        await anyio.sleep(61.0)
    asked = [(call.model, call.max_output_tokens > 512) for _, call in run.endpoint.calls]
    looks = [("m", False), ("spare", True)]  # it has not come back; it rests for twice as long
    back = [("m", False), ("m", True)]
    assert asked == [("m", True), ("spare", True), *looks, ("spare", True), *back]
    assert [type(message) for message in run.said if isinstance(message, ModelDown | ModelBack)] == [
        ModelDown,
        ModelBack,
    ]


@pytest.mark.parametrize("spare", [False, True])
async def test_a_model_that_hangs_makes_nobody_wait_twice(spare):
    """With a fallback it has one deadline, and rests; without one it is asked again."""

    async def answer(call):
        if call.model == "m" and call.max_output_tokens > 512:
            await anyio.sleep(math.inf)
        return OK

    run = made(answer, fallbacks=("spare",) if spare else (), call_s=100.0, attempts=3)
    if spare:
        await run.channel.ask(request())
        assert anyio.current_time() - run.began == pytest.approx(100.0)
        await run.channel.ask(request("propose/t1-002"))
        assert anyio.current_time() - run.began == pytest.approx(100.0)
    else:
        with pytest.raises(ModelUnavailable):
            await run.channel.ask(request())
        assert outcomes(run.said, but="check") == ["timeout"] * 3


async def test_each_role_has_its_model_effort_and_temperature():
    """And fallbacks follow in order."""

    async def answer(call):
        if call.model != "last":
            raise AttemptFailed("unknown_model", "404")
        return OK

    roles = {"draft": RoleSettings(model="big", effort="high", temperature=0.5)}
    run = made(answer, roles=roles, fallbacks=("m", "last", "builtin"))
    await run.channel.ask(request())
    asked = [call for _, call in run.endpoint.calls]
    assert [call.model for call in asked] == ["big", "m", "last"]
    assert {(call.effort, call.temperature) for call in asked} == {("high", 0.5)}
    assert run.channel.models() == ("m", "big", "last")


@settings(max_examples=60, deadline=None)
@given(
    prices=st.tuples(st.floats(0, 100), st.floats(0, 200), st.floats(0, 400)),
    limit=st.floats(0, 2.0),
    tokens=st.one_of(st.none(), st.integers(1, 100_000)),
    each=st.tuples(st.one_of(st.none(), st.floats(0, 0.5)), st.one_of(st.none(), st.integers(1, 30_000))),
    concurrency=st.integers(1, 8),
    rate=st.one_of(st.none(), st.integers(1000, 100_000)),
    calls=st.lists(
        st.tuples(
            st.floats(0, 30),  # latency
            st.floats(0, 1),  # share of the input that it can be
            st.floats(0, 1),  # of it, cached
            st.floats(0, 1),  # share of the output that was allowed
            st.sampled_from(["ok", "ok", "silent", "billed", "free", "cut"]),
        ),
        min_size=1,
        max_size=25,
    ),
)
def test_a_cap_is_never_exceeded(prices, limit, tokens, each, concurrency, rate, calls):
    """Whatever models cost, how long they take, what fails and how many ask at once: money and tokens stay within.

    Those of the run, and those of each of its traces.
    """

    async def main():
        script = itertools.cycle(calls)

        async def answer(call):
            latency_s, came, cached, wrote, how = next(script)
            await anyio.sleep(latency_s)
            used = int(came * call.size())
            usage = Usage(input=used, cached=int(cached * used), output=int(wrote * call.max_output_tokens))
            match how:
                case "billed":
                    raise AttemptFailed("stalled", "", again=True, billed=True)
                case "free":
                    raise AttemptFailed("rate_limited", "", again=True)
            true.append(price.of(input_tokens=usage.input, cached_tokens=usage.cached, output_tokens=usage.output))
            assert run.ledger.spent("cost_usd") + run.ledger.reserved("cost_usd") <= limit * (1 + 1e-9)
            return Answer(
                text='{"ok": 1}',
                usage=None if how == "silent" else usage,
                finish="length" if how == "cut" else "stop",
            )

        price = Price(input=prices[0], cached=prices[1], output=prices[2])
        true = []
        run = made(
            answer,
            limits=Limits(cost_usd=limit, tokens=tokens),
            each=Limits(cost_usd=each[0], tokens=each[1]),
            prices={"m": price},
            concurrency=concurrency,
            tokens_per_minute=rate,
            attempts=3,
            budget_s=3600.0,
        )

        async def ask(number):
            with contextlib.suppress(BudgetExceeded, ModelUnavailable):
                await run.channel.ask(request(f"propose/t{number % 3}-{number:03}", tokens=4000))

        async with anyio.create_task_group() as tasks:
            for number in range(len(calls)):
                tasks.start_soon(ask, number)
        assert sum(true) <= limit * (1 + 1e-9)
        assert run.ledger.spent("cost_usd") <= limit * (1 + 1e-9)
        assert tokens is None or run.ledger.spent("tokens") <= tokens
        assert run.ledger.reserved("cost_usd") == run.ledger.reserved("tokens") == 0
        traces = [run.scopes.of(f"t{number}") for number in range(3)]
        assert each[0] is None or max(trace.spent("cost_usd") for trace in traces) <= each[0] * (1 + 1e-9)
        assert each[1] is None or max(trace.spent("tokens") for trace in traces) <= each[1]
        looked = sum(
            m.input_tokens + m.output_tokens for m in run.said if isinstance(m, ModelCalled) and m.role == "check"
        )
        assert math.fsum(trace.spent("tokens") for trace in traces) + looked == run.ledger.spent("tokens")
        told = math.fsum(message.cost_usd for message in run.said if isinstance(message, ModelCalled))
        assert told == pytest.approx(run.ledger.spent("cost_usd"))

    anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


async def test_cancelling_leaves_nothing_promised():
    """A call that is cancelled is charged what it can have cost, and on record."""

    async def never(call):
        await anyio.sleep_forever()

    run = made(never)
    with anyio.move_on_after(5.0):
        await run.channel.ask(request())
    assert outcomes(run.said) == ["cancelled"]
    assert run.ledger.reserved("tokens") == 0
    assert run.ledger.spent("tokens") > 1000


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:17:00 GMT"}, 20.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers, seconds):
    """Seconds, milliseconds or a date; nonsense is none."""
    assert retry_after_s(headers, now=lambda: 1000.0) == seconds


def test_waits_grow_and_are_spread():
    """Twice as long each time, up to half a minute; never shorter than asked for."""
    draw = random.Random(0)
    for number, longest in [(1, 1.0), (2, 2.0), (4, 8.0), (9, 30.0), (2000, 30.0)]:
        waits = {backoff_s(number, None, draw) for _ in range(20)}
        assert len(waits) == 20
        assert longest / 2 <= min(waits) <= max(waits) <= longest
    assert all(12.0 <= backoff_s(1, 12.0, draw) <= 13.0 for _ in range(20))


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-5", True),
        ("gpt-5-2025-08-07", True),
        ("openai/gpt-5", True),
        ("claude-haiku-4-5-20251001", True),
        ("gpt-5-turbo-max", False),
        ("my-model", True),
        ("llama-3", False),
    ],
)
def test_prices(model, known):
    """Snapshots and providers' prefixes are passed over; a name that only begins like a known one is unknown."""
    own = {"my-model": Price(input=1.0, output=2.0), "gpt-5": Price(input=9.0, output=9.0)}
    price = Prices(own).of(model)
    assert (price is not None) == known
    if "gpt-5" in model and known:
        assert price.input == 9.0


def test_no_text_has_more_tokens_than_its_size():
    """A byte is the least that a token stands for."""
    call = Call(
        model="m", turns=(Turn("system", "a"), Turn("user", "é" * 1000)), name="n", schema=SCHEMA, max_output_tokens=1
    )
    assert call.size() > 2000
