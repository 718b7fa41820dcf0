"""What a model cannot read or write at once is found out, and kept to."""

import json

import pytest
from endpoint_parts import asking, calls
from llm_questions import IMPLEMENT, LONG, PROPOSE

from gome.errors import ModelUnavailable, SettingInvalid
from gome.llm.answering import Answering
from gome.llm.check import check
from gome.llm.context import Window
from gome.testing.scripted import Scripted
from gome.testing.server import serve

STEP = {"caption": "another loss", "statement": "Use it.", "component": "model", "problem": ""}
CODE = "open('submission.csv', 'w').write('id,y')\n"
ANSWERS = {
    "check": {"ready": True},
    "proposal": {"hypotheses": [STEP]},
    "implementation": {"note": "", "code": CODE, "edits": []},
}


@pytest.fixture
def anyio_backend():
    """The shipped server answers in a thread."""
    return "asyncio"


def answer(asked):
    return Scripted(content=ANSWERS[asked.schema])


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_a_window_that_a_refusal_names_is_kept_to(api):
    """The question is made anew so that it fits; the next one fits at once."""
    with serve(answer, window=7000) as server:
        async with asking(server.base_url, api=api) as run:
            model = Answering(run.channel, lambda: run.channel.window)
            assert (await model.propose(PROPOSE)).hypotheses
            refused = len(server.asked)
            assert (await model.implement(IMPLEMENT)).code == CODE
    assert run.channel.window == Window(tokens=7000, output=1750)
    assert len(server.asked) == refused + 1
    assert server.asked[-1].most_tokens == 1750
    assert {call.outcome for call in calls(run.said)} <= {"unsupported", "bad_request", "ok"}


async def test_a_question_that_no_shortening_makes_fit():
    """The program that is to be changed is never cut: the step fails, in words that say what would help."""
    with serve(answer, window=3000) as server:
        async with asking(server.base_url) as run:
            with pytest.raises(ModelUnavailable, match=r"larger window .llm\.window_tokens"):
                await Answering(run.channel, lambda: run.channel.window).implement(LONG)


async def test_the_check_reads_windows_from_the_list():
    """Servers of one's own tell them there: no question is refused for it."""
    with serve(answer, window=9000) as server:
        async with asking(server.base_url) as run:
            await check(run.channel)
            await Answering(run.channel, lambda: run.channel.window).propose(PROPOSE)
    assert run.channel.window.tokens == 9000
    assert [call.outcome for call in calls(run.said)][-1] == "ok"
    assert json.dumps(server.asked[-1].body).count("max_tokens") == 1


async def test_the_check_finds_out_how_much_a_model_writes():
    """It asks for as much as the run will, so that no draft is refused later."""
    with serve(answer, longest=4096) as server:
        async with asking(server.base_url) as run:
            await check(run.channel)
            checked = len(server.asked)
            await Answering(run.channel, lambda: run.channel.window).propose(PROPOSE)
    assert [asked.most_tokens for asked in server.asked[checked:]] == [4096]


@pytest.mark.parametrize("longest", [100, 300])
async def test_a_model_that_writes_too_little_is_bad_input(longest):
    """One line says so, and what to set, before anything is run."""
    with serve(answer, longest=longest) as server:
        async with asking(server.base_url) as run:
            with pytest.raises(SettingInvalid, match=r"set llm\.output_tokens") as raised:
                await check(run.channel)
    assert str(longest) in str(raised.value)
    assert "\n" not in str(raised.value)
