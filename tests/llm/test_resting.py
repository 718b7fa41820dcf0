"""What a run is spared: models that answer nothing, limits that no question fits, settings that are refused."""

from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from endpoint_parts import PRICE, asking, calls, request
from trio.testing import MockClock

from gome.budget import Ledger
from gome.cli.story import story
from gome.errors import AttemptFailed, ModelUnavailable, SettingInvalid
from gome.llm import Site
from gome.llm.chain import channel
from gome.llm.check import check
from gome.llm.resting import FIRST_S, Resting
from gome.messages import Limits, ModelBack, ModelDown
from gome.settings import ModelSettings, RoleSettings
from gome.testing.scripted import Scripted
from gome.testing.server import serve

OK = Scripted(content={"ok": True, "ready": True})
MODELS = ("gpt-test", "spare")
TWO = {"fallbacks": ("spare",), "prices": dict.fromkeys(MODELS, PRICE)}
DOWN = [("", "builtin")]  # all of the endpoint
BUSY = AttemptFailed("rate_limited", "429", again=True, dead=True)


@pytest.fixture
def served(anyio_backend):
    """The shipped server answers in a thread, in real time."""
    if anyio_backend[0] != "asyncio":
        pytest.skip("real time only")


@pytest.mark.usefixtures("served")
async def test_a_model_that_only_says_429_is_left_alone():
    """Tried to the end once and told once; questions after that go straight to the fallback."""
    with serve(
        lambda asked: Scripted(fault="429") if asked.body["model"] == "gpt-test" else OK, models=MODELS
    ) as server:
        async with asking(server.base_url, attempts=3, **TWO) as run:
            for number in range(4):
                await run.channel.ask(request(f"draft-{number}"))
    assert [call.model for call in calls(run.said)] == ["gpt-test"] * 3 + ["spare"] * 4
    (down,) = [message for message in run.said if isinstance(message, ModelDown)]
    assert (down.model, down.spare) == ("gpt-test", "spare")
    assert "gpt-test at 127.0.0.1" in story(down)
    assert "spare answers meanwhile, it is tried again in 1 min" in story(down)


@pytest.mark.usefixtures("served")
async def test_who_rests_is_asked_before_a_question_fails():
    """Once the fallback has gone as well, it is the one that rests who answers, and that is said."""
    gone = {"gpt-test"}

    def script(asked):
        return Scripted(fault="429") if asked.body["model"] in gone else OK

    with serve(script, models=MODELS) as server:
        async with asking(server.base_url, attempts=2, **TWO) as run:
            await run.channel.ask(request("draft-1"))
            gone.symmetric_difference_update(MODELS)
            await run.channel.ask(request("draft-2"))
    assert [call.model for call in calls(run.said)] == ["gpt-test"] * 2 + ["spare"] * 3 + ["gpt-test"]
    told = [(type(message), message.model) for message in run.said if isinstance(message, ModelDown | ModelBack)]
    assert told == [(ModelDown, "gpt-test"), (ModelBack, "gpt-test"), (ModelDown, "spare")]


@pytest.mark.parametrize("anyio_backend", [("trio", {"clock": MockClock(autojump_threshold=0)})], ids=["virtual time"])
async def test_rests_grow_and_one_question_looks(anyio_backend):
    """1, 2, 4 minutes, or as long as the endpoint asks; whoever comes first afterwards looks, with one attempt."""
    said = []
    resting = Resting("host", said.append)
    assert resting.order(MODELS, 5) == [("gpt-test", 5), ("spare", 5)]
    resting.answered("spare", {"gpt-test": BUSY})
    for minutes in (1, 2, 4):
        await anyio.sleep(minutes * FIRST_S - 1.0)
        assert resting.order(MODELS, 5) == [("spare", 5), ("gpt-test", 1)]
        await anyio.sleep(1.0)
        assert resting.order(MODELS, 5) == [("gpt-test", 1), ("spare", 5)]
        assert resting.order(MODELS, 5) == [("spare", 5), ("gpt-test", 1)]
        resting.answered("spare", {"gpt-test": BUSY})
        resting.answered("spare", {"gpt-test": BUSY})  # of a question that was asked before
    await anyio.sleep(8 * FIRST_S)
    assert resting.order(MODELS, 5)[0] == ("gpt-test", 1)
    after = AttemptFailed("rate_limited", "429", again=True, dead=True, after_s=2400.0)
    resting.answered("spare", {"gpt-test": after})
    await anyio.sleep(2399.0)
    assert resting.order(MODELS, 5)[0] == ("spare", 5)
    await anyio.sleep(1.0)
    assert resting.order(MODELS, 5)[0] == ("gpt-test", 1)
    resting.answered("gpt-test", {})
    assert [type(message) for message in said] == [ModelDown, ModelBack]


async def test_a_question_of_its_own_kind_is_no_reason_to_rest():
    """A refusal says nothing of the next question."""
    said = []
    resting = Resting("host", said.append)
    resting.answered("spare", {"gpt-test": AttemptFailed("refused", "no")})
    assert (said, resting.order(MODELS, 5)[0]) == ([], ("gpt-test", 5))


@pytest.mark.usefixtures("served")
async def test_a_rate_that_no_question_fits():
    """It is named before the run, with the least that will do; that value passes."""
    with serve(lambda _: OK) as server:
        async with asking(server.base_url, tokens_per_minute=1000, output_tokens=4000) as run:
            with pytest.raises(SettingInvalid, match=r"tokens_per_minute: 1000 .* set it to 16000 or more"):
                await check(run.channel)
        assert server.requests == 0
        async with asking(server.base_url, tokens_per_minute=16000, output_tokens=4000) as run:
            await check(run.channel)
            assert (run.channel.window.tokens, run.channel.window.output) == (16000, 4000)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("refused", [False, True])
async def test_the_check_asks_with_each_roles_effort(refused):
    """What the run will ask for is asked for; an effort that is refused is dropped, and not sent again."""

    def script(asked):
        return Scripted(fault="no_effort") if refused and "reasoning_effort" in asked.body else OK

    roles = {"draft": RoleSettings(effort="high"), "implement": RoleSettings(effort="low")}
    with serve(script) as server:
        async with asking(server.base_url, roles=roles) as run:
            await check(run.channel)
            efforts = [asked.body.get("reasoning_effort") for asked in server.asked]
            assert efforts == (["high", None, None, None] if refused else ["high", None, "low"])
            await run.channel.ask(request())
    assert server.asked[-1].body.get("reasoning_effort") == (None if refused else "high")


@pytest.mark.usefixtures("served")
async def test_an_api_version_that_azure_does_not_have():
    """The advice is about the version, not about the model."""
    with serve(lambda _: OK, api_version="2024-10-21") as server:
        async with asking(server.base_url.replace("2024-10-21", "1999-01-01")) as run:
            with pytest.raises(SettingInvalid, match=r"knows no such API: set \?api-version=") as told:
                await check(run.channel)
    assert "gpt-test" not in str(told.value)


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("fallbacks", [("spare",), ("builtin",)])
async def test_who_is_silent_before_the_run_rests_from_its_beginning(fallbacks):
    """Where a fallback of the endpoint's answers, it is asked at once; the expert is no reason to leave one alone."""
    script = lambda asked: Scripted(fault="429") if asked.body["model"] == "gpt-test" else OK  # noqa: E731
    spare = "builtin" if "builtin" in fallbacks else ""
    with serve(script, models=MODELS) as server:
        async with asking(server.base_url, **(TWO | {"fallbacks": fallbacks}), spare=spare, attempts=2) as run:
            await check(run.channel)
            before = server.requests
            with suppress(ModelUnavailable):
                await run.channel.ask(request())
            downs = [(message.model, message.spare) for message in run.said if isinstance(message, ModelDown)]
    asked = {call.body["model"] for call in server.asked[before:]}
    assert (asked, downs) == (({"spare"}, [("gpt-test", "spare")]) if fallbacks == ("spare",) else ({"gpt-test"}, DOWN))


@pytest.mark.usefixtures("served")
async def test_an_endpoint_that_takes_all_of_the_runs_time():
    """It is the endpoint that has to be looked after, not the budget."""
    until = anyio.current_time() + 0.5
    with serve(lambda _: Scripted(content={"ready": True}, latency_s=5.0)) as server:
        async with asking(server.base_url, left_s=lambda: until - anyio.current_time()) as run:
            with pytest.raises(SettingInvalid, match="gave 'gpt-test' no answer in all of the run's time"):
                await check(run.channel)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"fallbacks": ("openai:mini",)}, "llm.fallbacks: 'openai:mini' is no model of the endpoint's: write mini"),
        ({"fallbacks": ("manual",)}, "llm.fallbacks: 'manual' is no model of the endpoint's: write the name of one"),
        ({"roles": {"draft": RoleSettings(model="command:x")}}, "llm.roles.draft.model: 'command:x' is no model"),
    ],
)
def test_what_is_no_model_of_an_endpoint(told, says):
    """Other kinds of answerers are named as such; nothing is asked."""
    settings = ModelSettings(base_url="http://localhost:9/v1", **told)
    site = Site(folder=Path("unused"), ledger=Ledger(Limits()), left_s=lambda: 60.0, report=print, settings=settings)
    with pytest.raises(SettingInvalid) as raised:
        channel("gpt-test", site, {})
    assert says in str(raised.value)
