"""The fence around what others wrote."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gome.llm.fence import MARK, UNSEEN, fenced, plain

OPEN = re.compile(rf'<data kind="output" mark="([0-9a-f]{{{MARK}}})">')
TEXTS = st.text() | st.text(alphabet='<>/data mark="0123456789abcdef\n\r\x1b[m', max_size=400)


@given(TEXTS)
def test_no_text_closes_its_fence(text):
    """The mark stands in the first and the last line and nowhere between."""
    first, *body, last = fenced("output", text).split("\n")
    mark = OPEN.fullmatch(first)[1]
    assert last == f'</data mark="{mark}">'
    assert mark not in "\n".join(body)


@given(TEXTS)
def test_a_text_that_quotes_a_fence_gets_another_mark(text):
    """Also one that was made after seeing how it was fenced before."""
    inner = fenced("output", text)
    outer = fenced("output", inner)
    assert outer.split("\n")[1:-1] == inner.split("\n")


@given(TEXTS)
def test_the_same_text_gets_the_same_fence(text):
    """So that prompts can be cached and replayed."""
    assert fenced("output", text) == fenced("output", text)


@given(st.text())
def test_nothing_unseen_is_left(text):
    """No colours, no control or direction characters; it can always be encoded."""
    shown = plain(text)
    assert UNSEEN.search(shown) is None
    shown.encode()


def test_progress_bars_are_one_line():
    """Of a line that was written over and over, what stood there last."""
    assert plain("start\r\n10%\r50%\r100%\nend\r\n") == "start\n100%\nend\n"
    assert plain("\x1b[1;31mred\x1b[0m \u202eback\u200b") == "red back"
    assert plain("a\udc80b") == "a?b"
