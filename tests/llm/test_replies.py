"""From what a model wrote to typed answers."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_questions import CODE, FIRST, IMPLEMENT, PROPOSE, STEP

from gome.llm.replies import judge_diagnosis, judge_implementation, judge_proposal, judge_starts

START = {"caption": "boosted trees", "statement": "LightGBM on raw columns.", "component": "model"}
CAUSE = {"caption": "c", "evidence": "e", "cause": "why", "component": "data", "direction": "d"}


def starts(*steps):
    return json.dumps({"analysis": "", "starts": [START | step for step in steps]})


def test_starts():
    """Texts become lines, ratings stay within their range, numbers in quotes are numbers; a start gains nothing."""
    text = starts({"caption": " two\nlines ", "impact": "99", "risk": -3, "effect": 1e9, "unknown": 1}, {})

    answer, complaint = judge_starts(text, 2)

    assert complaint == ""
    first, second = answer.starts
    assert (first.caption, first.impact, first.risk, first.effect, first.alignment) == ("two lines", 10, 1, 0, 5)
    assert second.caption == "boosted trees"


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_as_if_it_were_not_there(number):
    """Such words decode as floats, but no JSON holds them."""
    (start,) = judge_starts(starts({"impact": number, "risk": number}), 1).answer.starts
    assert (start.impact, start.risk) == (5, 5)
    problem = json.dumps({"problems": [CAUSE | {"effect": number, "cost": number}]})
    (problem,) = judge_diagnosis(problem).answer.problems
    assert (problem.effect, problem.cost) == (0, 1)


def test_half_a_character_is_no_end_of_a_run():
    """A lone surrogate is replaced, or complained of where it stands in an escape."""
    assert judge_starts(starts({}).replace("boosted", "b\ud800"), 1).answer.starts[0].caption == "b? trees"
    assert "does not fit" in judge_starts(starts({}).replace("boosted", "b\\ud800"), 1).complaint


def test_fewer_or_equal_starts_are_usable_but_not_what_was_asked_for():
    """The same caption twice is one start; existing ones do not count; too many are cut."""
    answer, complaint = judge_starts(starts({}, {"caption": "Boosted  Trees"}), 2)
    assert (len(answer.starts), complaint) == (1, "2 different starts are asked for, it names 1")
    assert judge_starts(starts({}), 1, avoid=["BOOSTED trees"]).answer is None
    assert len(judge_starts(starts({}, {"caption": "b"}, {"caption": "c"}), 2).answer.starts) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param("Sorry, no.", "no complete JSON object", id="prose"),
        pytest.param('{"starts": [{"caption": "a"', "no complete JSON object", id="cut off"),
        pytest.param('{"starts": 3}', r"does not fit the schema: Expected `array`.*\$.starts", id="wrong type"),
        pytest.param("{}", "does not fit the schema: .*missing required field `starts`", id="missing"),
        pytest.param(
            starts({"component": "magic"}),
            r"Invalid enum value 'magic'.*component.*; allowed are data, features, model, ensemble, workflow",
            id="enum",
        ),
        pytest.param(starts({"caption": " "}), "no new start with a caption", id="blank"),
        pytest.param('{"starts": []}', "no new start", id="none"),
    ],
)
def test_replies_that_cannot_be_used(text, told):
    """The complaint tells the model what to put right, in one line."""
    answer, complaint = judge_starts(text, 1)
    assert answer is None
    assert "\n" not in complaint
    assert re.search(told, complaint)


def test_diagnosis():
    """Problems in their order; a blank summary is filled; no problem at all is asked for again."""
    answer, complaint = judge_diagnosis(json.dumps({"problems": [CAUSE, CAUSE | {"cost": 0, "caption": ""}]}))
    assert complaint == ""
    assert [problem.caption for problem in answer.problems] == ["c"]
    assert answer.summary == "c"
    none = judge_diagnosis(json.dumps({"problems": [], "summary": "all is well"}))
    assert none.answer.summary == "all is well"
    assert "name at least one" in none.complaint


def test_proposals_leave_out_what_failed():
    """A caption that was tried and not kept is not proposed again; an empty list closes the trace."""

    def judged(*captions):
        steps = [START | {"caption": caption} for caption in captions]
        return judge_proposal(json.dumps({"hypotheses": steps}), PROPOSE)

    assert [h.caption for h in judged("More TREES", "new", "boosted trees").answer.hypotheses] == [
        "new",
        "boosted trees",
    ]
    assert judged("more trees").answer is None
    assert "tried already" in judged("more trees").complaint
    assert judged() == (judged().answer, "")
    assert judged().answer.hypotheses == ()
    assert judged(" ").answer is None


def implementation(question=IMPLEMENT, **fields):
    return judge_implementation(json.dumps(fields), question)


def test_implementation():
    """A whole program, or edits of the one that was shown."""
    edit = {"search": "n_estimators=200", "replace": "n_estimators=300"}
    edited = implementation(note="more\ntrees", edits=[edit])
    assert edited.complaint == ""
    assert edited.answer.code == CODE.replace("200", "300")
    assert edited.answer.note == "more trees"
    whole = implementation(code=f"```python\n{CODE}x = 1\n```")
    assert whole.answer.code == f"{CODE}x = 1\n"


@pytest.mark.parametrize(
    ("fields", "told", "usable"),
    [
        pytest.param({"code": "x = ("}, "not valid Python", False, id="syntax"),
        pytest.param({"code": "# submission\nimport torch"}, "imports torch, not installed", False, id="import"),
        pytest.param({"code": ""}, "the program is empty", False, id="empty"),
        pytest.param({"code": "x", "edits": [{"search": "a", "replace": "b"}]}, "both", False, id="both"),
        pytest.param({"edits": [{"search": "nowhere", "replace": "b"}]}, "edit 1: this passage", False, id="edit"),
        pytest.param({"code": CODE}, "nothing is different", True, id="unchanged"),
        pytest.param({"code": "print('... rest as before')"}, "never writes submission.csv", True, id="left out"),
    ],
)
def test_programs_that_are_asked_for_again(fields, told, usable):
    """What runs but is not what was asked for remains as a last resort."""
    answer, complaint = implementation(**fields)
    assert told in complaint
    assert (answer is not None) == usable


def test_a_draft_cannot_be_edited():
    """There is nothing to edit."""
    assert "no program to edit" in implementation(FIRST, edits=[{"search": "a", "replace": "b"}]).complaint


FIELDS = ["starts", "problems", "hypotheses", "caption", "statement", "component", "code", "edits"]
LEAVES = st.none() | st.booleans() | st.floats() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS), inner)))
def test_any_json_is_judged(value):
    """Whatever a model sends is an answer or a complaint, never an exception."""
    text = json.dumps(value)
    for judged in (
        judge_starts(text, 2),
        judge_diagnosis(text),
        judge_proposal(text, PROPOSE),
        judge_implementation(text, IMPLEMENT),
    ):
        assert judged.answer is not None or judged.complaint


def test_long_texts_are_cut():
    """The journal and later prompts stay small."""
    [start] = judge_starts(starts({"caption": "c" * 999, "statement": STEP.statement * 999}), 1).answer.starts
    assert len(start.caption) == 120
    assert len(start.statement) == 3000
