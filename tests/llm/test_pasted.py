"""The answer inside what was pasted."""

import json
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.llm.pasted import answer_in, is_object

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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{" * 500_000, id="braces"),
        pytest.param('{"a":' * 200_000, id="deep"),
        pytest.param("x {" * 300_000, id="many"),
        pytest.param("```python\n" * 100_000, id="fences"),
        pytest.param("~~~\n```python\n" * 50_000, id="two kinds of fences"),
        pytest.param("<think>" * 100_000, id="thoughts"),
        pytest.param("<<<<<<< SEARCH\n" * 100_000, id="edits"),
        pytest.param("<<<<<<< SEARCH\n=======\n" * 50_000, id="halves of edits"),
        pytest.param("```" + " " * 500_000 + "x\n", id="spaces"),
        pytest.param("x " + '{"a":' * 900 + "[" + "1," * 500_000, id="long list"),
        pytest.param("x " + '{"a":' * 900 + '"' + "y" * 1_000_000, id="long string"),
    ],
)
def test_no_text_takes_long(text):
    """A hostile or broken reply costs a moment."""
    began = perf_counter()
    assert answer_in(text, code=True) is None
    assert perf_counter() - began < 5


def test_half_a_character_does_no_harm():
    """A lone surrogate, which no file takes, is replaced."""
    assert answer_in('{"a": "\ud800"}') == '{"a": "?"}'


@pytest.mark.parametrize(("text", "is_one"), [(f"\ufeff{OBJECT}\r\n", True), (f"So: {OBJECT}", False), ("[]", False)])
def test_one_object_and_nothing_else(text, is_one):
    """Remarks beside it, and other JSON, are told apart."""
    assert is_object(text) is is_one
