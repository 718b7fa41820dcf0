"""An endpoint that does everything wrong, over real HTTP: each fault is told, paid for at most, and overcome."""

import pytest
from endpoint_parts import asking, calls, request

from gome.errors import BudgetExceeded, ModelUnavailable
from gome.llm.pasted import answer_in
from gome.messages import BudgetExhausted, Limits, ModelBack, ModelDown
from gome.testing.scripted import Scripted
from gome.testing.server import serve

OK = Scripted(content={"ok": True}, input_tokens=100, cached_tokens=40, output_tokens=20, reasoning_tokens=5)


@pytest.fixture
def anyio_backend():
    """The shipped server answers in a thread; clients of runs are on asyncio."""
    return "asyncio"


@pytest.fixture(params=["chat", "responses"])
def api(request):
    return request.param


def faulty(fault):
    return Scripted(content={"ok": True}, fault=fault, retry_after="0.02", input_tokens=100, output_tokens=20)


@pytest.mark.parametrize(
    ("fault", "outcome", "charged"),
    [
        ("429", "rate_limited", False),
        ("429_retry_after", "rate_limited", False),
        ("500", "server_error", False),
        ("503", "server_error", False),
        ("reset", "unreachable", True),
        ("stall", "stalled", True),
        ("empty", "empty", True),
        ("html", "not_json", False),
        ("length", "cut", True),
        ("oversized", "oversized", True),
    ],
)
async def test_what_may_pass_is_tried_again(api, fault, outcome, charged):
    """The second attempt answers; the first is on record, with what it can have cost."""
    with serve([faulty(fault), OK]) as server:
        async with asking(server.base_url, api=api, stall_s=0.2) as run:
            reply = await run.channel.ask(request())
    assert answer_in(reply.text) == '{"ok": true}'
    first, second = calls(run.said)
    assert (first.outcome, first.attempt, second.outcome, second.attempt) == (outcome, 1, "ok", 2)
    assert first.error
    assert (first.input_tokens > 0) == charged
    assert (second.input_tokens, second.cached_tokens, second.output_tokens, second.reasoning_tokens) == (
        100,
        40,
        20,
        5,
    )
    assert second.cost_usd == pytest.approx((60 * 1.0 + 40 * 0.5 + 20 * 2.0) / 1e6)
    assert run.ledger.spent("cost_usd") == pytest.approx(first.cost_usd + second.cost_usd)
    assert run.ledger.reserved("cost_usd") == run.ledger.reserved("tokens") == 0


@pytest.mark.parametrize("fault", ["fenced", "prose", "wrong_types", "truncated"])
async def test_words_are_for_whoever_decodes_them(api, fault):
    """What the model says is handed on as it is; a repair shows the model its answer and the error."""
    with serve([faulty(fault), OK]) as server:
        async with asking(server.base_url, api=api) as run:
            reply = await run.channel.ask(request())
            mended = await run.channel.repair(request(), reply, "ok is missing")
    assert reply.text == faulty(fault).text
    assert answer_in(mended.text) == '{"ok": true}'
    assert reply.text in server.asked[1].text
    assert "ok is missing" in server.asked[1].text
    assert [call.outcome for call in calls(run.said)] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("forms", "asked_for"),
    [
        (("schema", "tools", "text"), ["schema", "schema"]),
        (("tools", "text"), ["schema", "tools", "tools"]),
        (("text",), ["schema", "tools", "text", "text"]),
    ],
)
async def test_what_is_refused_is_asked_for_in_a_weaker_form(api, forms, asked_for):
    """Strict schema, then tools, then text; what worked is remembered, and no refusal costs an attempt's wait."""
    with serve(lambda _: OK, forms=forms) as server:
        async with asking(server.base_url, api=api) as run:
            first = await run.channel.ask(request())
            await run.channel.ask(request("diagnose/t1-001"))
    assert answer_in(first.text) == '{"ok": true}'
    assert [asked.form for asked in server.asked] == asked_for
    assert [call.outcome for call in calls(run.said)] == ["unsupported"] * (len(asked_for) - 2) + ["ok", "ok"]
    assert run.channel.capabilities("gpt-test").form == forms[0]


async def test_a_schema_that_is_taken_and_not_looked_at():
    """An endpoint that answers prose to a schema is asked for JSON in words from then on."""
    with serve([Scripted(content="Sure! What do you mean?"), OK]) as server:
        async with asking(server.base_url) as run:
            await run.channel.ask(request())
            await run.channel.ask(request())
    assert [asked.form for asked in server.asked] == ["schema", "text"]


async def test_an_endpoint_that_does_not_stream(api):
    """Its whole reply is taken."""
    with serve([OK], streams=False) as server:
        async with asking(server.base_url, api=api) as run:
            assert answer_in((await run.channel.ask(request())).text) == '{"ok": true}'


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("refusal", "refused"), ("401", "unauthorized"), ("404", "unknown_model")],
)
async def test_what_will_not_pass_is_not_tried_again(api, fault, outcome):
    """One attempt; the next model in line answers, where there is one."""
    with serve([faulty(fault), OK, faulty(fault)], models=()) as server:
        async with asking(server.base_url, api=api, fallbacks=("other",)) as run:
            await run.channel.ask(request())
        async with asking(server.base_url, api=api) as alone:
            with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1"):
                await alone.channel.ask(request())
    assert [(call.model, call.outcome) for call in calls(run.said)] == [("gpt-test", outcome), ("other", "ok")]
    assert calls(run.said)[1].cost_usd is None  # nobody told its price
    assert [call.outcome for call in calls(alone.said)] == [outcome]


async def test_a_spare_answers_while_the_endpoint_is_down():
    """Nobody waits where the user allows somebody else; the outage is said once."""
    with serve(lambda _: Scripted(fault="503")) as server:
        async with asking(server.base_url, spare="builtin", attempts=2) as run:
            for _ in range(3):
                with pytest.raises(ModelUnavailable):
                    await run.channel.ask(request())
    assert server.requests == 3  # two attempts, and a small question whether it is there at all
    [down] = [message for message in run.said if isinstance(message, ModelDown)]
    assert (down.spare, "503" in down.reason) == ("builtin", True)
    assert not [message for message in run.said if isinstance(message, ModelBack)]


async def test_what_cannot_be_paid_for_is_not_asked():
    """A call that could pass the cap is shortened, or refused; that is said once, and ends the run's steps."""
    with serve(lambda _: OK) as server:
        async with asking(server.base_url, limits=Limits(tokens=2000)) as run:
            await run.channel.ask(request(tokens=3000))
            assert server.asked[0].most_tokens < 2000
            for _ in range(2):
                with pytest.raises(BudgetExceeded):
                    await run.channel.ask(request(tokens=30_000))
    assert server.requests == 1
    [told] = [message for message in run.said if isinstance(message, BudgetExhausted)]
    assert told.resource == "tokens"


async def test_keys_are_in_no_message():
    """Not even where the endpoint repeats them."""
    key = "sk-planted-0123456789abcdef"
    with serve([], key="another") as server:
        async with asking(server.base_url, key=key) as run:
            with pytest.raises(ModelUnavailable) as caught:
                await run.channel.ask(request())
    assert "planted" not in str(caught.value)
    assert "planted" not in str(run.said)
