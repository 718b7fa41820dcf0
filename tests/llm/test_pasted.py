"""The answer inside what was pasted."""

import json
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.llm.pasted import answer_in

OBJECT = '{"a": {"b": "}"}, "c": [1]}'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OBJECT, id="alone"),
        pytest.param(f"\ufeff\r\n {OBJECT} \r\n", id="BOM and space"),
        pytest.param(f"Here it is:\n```json\n{OBJECT}\n```\nHope that helps {{really}}.", id="fenced"),
        pytest.param(f"```\n{{not json}}\n```\n~~~json\n{OBJECT}\n~~~", id="the fence that holds JSON"),
        pytest.param(f"````json\n{OBJECT}\n````", id="longer fence"),
        pytest.param(f"Sure! {OBJECT} That was it.", id="prose around it"),
        pytest.param(f"{OBJECT}\nAnything else?", id="prose after it"),
        pytest.param(
            f'<think>{{"a": 1}} or so, with much {{"more": "of it than of the answer itself"}}</think>{OBJECT}',
            id="thoughts",
        ),
    ],
)
def test_the_object_is_found(text):
    """Whatever stands around it."""
    assert json.loads(answer_in(text)) == json.loads(OBJECT)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("I cannot do that.", id="prose"),
        pytest.param('{"starts": [{"caption": "x"}, {"capt', id="cut off"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param("```python\nx = {}\n", id="open fence"),
    ],
)
def test_what_holds_no_object(text):
    """Also a reply that was cut: its inner objects are no answer."""
    assert answer_in(text) in (None, "{}")


def test_a_program_is_an_answer_where_one_is_asked_for():
    """The longest fenced Python block; JSON comes first, and edits before programs."""
    program = "import os\nprint({'a': 1})\n"
    fenced = f"Shorter:\n```python\nx = 1\n```\nBetter:\n```python\n{program}```\n"
    assert json.loads(answer_in(fenced, code=True)) == {"note": "", "code": program, "edits": []}
    edits = "<<<<<<< SEARCH\nx = 1\n=======\nx = 2\ny = 3\n>>>>>>> REPLACE\n"
    assert json.loads(answer_in(f"```\n{edits}{edits}```", code=True)) == {
        "note": "",
        "code": "",
        "edits": [{"search": "x = 1", "replace": "x = 2\ny = 3"}] * 2,
    }
    assert answer_in("```python\nx = 1\n```") is None


@given(st.text(alphabet='{}[]":,a1`\n \\') | st.text())
def test_any_text_is_answered(text):
    """None, or a JSON object."""
    found = answer_in(text, code=True)
    assert found is None or isinstance(json.loads(found), dict)


@pytest.mark.parametrize("text", ["{" * 500_000, '{"a":' * 200_000, "x {" * 300_000], ids=["braces", "deep", "many"])
def test_no_text_takes_long(text):
    """A hostile or broken reply costs a moment."""
    began = perf_counter()
    assert answer_in(text) is None
    assert perf_counter() - began < 5
