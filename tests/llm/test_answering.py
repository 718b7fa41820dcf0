"""Typed questions over a channel of text."""

import json

import pytest
from llm_questions import CODE, DIAGNOSE, DRAFT, IMPLEMENT, PROPOSE

from gome.errors import BudgetExceeded, ModelUnavailable
from gome.llm.answering import Answering
from gome.llm.context import Window
from gome.llm.exchange import Reply

START = {"caption": "trees", "statement": "LightGBM.", "component": "model"}
CAUSE = {"caption": "c", "evidence": "e", "cause": "why", "component": "data", "direction": "d"}


class Script:
    """A channel that says what it was told to, and remembers what it was asked."""

    def __init__(self, *replies):
        self.replies, self.asked, self.errors = list(replies), [], []

    async def ask(self, request, /):
        self.asked.append(request)
        return self._next()

    async def repair(self, request, reply, error, /):
        self.asked.append(request)
        self.errors.append((reply.text, error))
        return self._next()

    def _next(self):
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return Reply(text=reply if isinstance(reply, str) else json.dumps(reply))


def starts(number):
    return {"starts": [START | {"caption": f"trees {n}"} for n in range(number)]}


async def test_the_four_questions():
    """Each is asked once, in its role, and answered in its type."""
    channel = Script(starts(3), {"problems": [CAUSE]}, {"hypotheses": [START]}, {"code": CODE + "x = 1\n"})
    model = Answering(channel)

    assert len((await model.draft(DRAFT)).starts) == 3
    assert (await model.diagnose(DIAGNOSE)).problems[0].cause == "why"
    assert (await model.propose(PROPOSE)).hypotheses[0].caption == "trees"
    assert (await model.implement(IMPLEMENT)).code == CODE + "x = 1\n"
    assert [asked.role for asked in channel.asked] == ["draft", "diagnose", "propose", "implement"]
    assert channel.errors == []


async def test_one_repair_shows_the_model_its_error():
    """The reply and what is wrong with it go back; the second reply counts."""
    channel = Script("no JSON", starts(3))
    assert len((await Answering(channel).draft(DRAFT)).starts) == 3
    assert channel.errors == [("no JSON", "it holds no complete JSON object")]


async def test_an_unusable_repair_is_the_end():
    """The reason names the question and the last error."""
    with pytest.raises(ModelUnavailable, match=r"no usable answer to implement/t1-003 in 2 tries: .*not valid Python"):
        await Answering(Script("{}", {"code": "("})).implement(IMPLEMENT)


@pytest.mark.parametrize(
    "second",
    ["nonsense", {"starts": []}, ModelUnavailable("gone"), BudgetExceeded("tokens", spent=2, limit=1)],
    ids=["no JSON", "no starts", "no reply", "no budget"],
)
async def test_a_usable_first_answer_is_the_last_resort(second):
    """Two starts instead of three are better than none."""
    assert len((await Answering(Script(starts(2), second)).draft(DRAFT)).starts) == 2


async def test_without_a_usable_answer_the_channels_error_comes_out():
    """Nothing is made up."""
    with pytest.raises(ModelUnavailable, match="gone"):
        await Answering(Script("nonsense", ModelUnavailable("gone"))).draft(DRAFT)
    with pytest.raises(BudgetExceeded):
        await Answering(Script(BudgetExceeded("tokens", spent=2, limit=1))).draft(DRAFT)


async def test_repairs_may_go_on_until_the_answer_is_right():
    """As for a person, who cannot be replaced."""
    channel = Script("a", "b", "{}", starts(1), starts(3))
    assert len((await Answering(channel, repairs=None).draft(DRAFT)).starts) == 3
    assert len(channel.errors) == 4


async def test_what_does_not_fit_is_not_asked():
    """A window that is too small costs no call."""
    channel = Script()
    with pytest.raises(ModelUnavailable, match="larger window"):
        await Answering(channel, lambda: Window(tokens=2000, output=1000)).draft(DRAFT)
    assert channel.asked == []
