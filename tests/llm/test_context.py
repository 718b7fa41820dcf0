"""What is dropped where a window is too small."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.errors import ModelUnavailable
from gome.llm.context import LADDER, Window, fit, middle, tokens

NAMES = sorted({name for name, _ in LADDER})
FORMS = st.lists(st.text(max_size=60), min_size=1, max_size=5).map(tuple)


@given(
    st.dictionaries(st.sampled_from(NAMES), FORMS),
    st.dictionaries(st.sampled_from(["code", "facts", "problems"]), st.text(max_size=60).map(lambda text: (text,))),
    st.integers(0, 150),
    st.integers(0, 60),
)
def test_never_above_the_room_and_never_without_what_is_protected(shrinkable, protected, room, around):
    """Whatever comes back fits, and what has one form is whole; else it is an error."""
    with suppress(ModelUnavailable):
        chosen = fit(shrinkable | protected, room, around=around)
        assert tokens("x" * around + "".join(chosen.values())) <= room
        assert {name: chosen[name] for name in protected} == {name: forms[0] for name, forms in protected.items()}
        assert all(chosen[name] in forms for name, forms in shrinkable.items())


def test_nothing_is_dropped_without_need():
    """What fits is whole."""
    assert fit({"tried": ("long" * 10, ""), "code": ("x",)}, 100) == {"tried": "long" * 10, "code": "x"}


def test_the_order_of_the_rule():
    """Details of old trials go before examples of columns, these before columns, these before outputs."""
    fields = {
        "tried": ("T" * 700, "T" * 350, "T" * 7),
        "profile": ("P" * 700, "P" * 350, "P" * 7),
        "output": ("O" * 700, "O" * 350),
    }
    sizes = []
    for room in range(600, 90, -1):
        with suppress(ModelUnavailable):
            chosen = fit(fields, room)
            size = tuple(len(chosen[name]) for name in ("tried", "profile", "output"))
            if size not in sizes:
                sizes.append(size)
    assert sizes == [(700, 700, 700), (350, 700, 700), (350, 350, 700), (7, 350, 700), (7, 7, 700), (7, 7, 350)]


def test_every_field_has_each_form_once_and_in_order():
    """No step of the ladder goes back."""
    for name in NAMES:
        forms = [form for field, form in LADDER if field == name]
        assert forms == list(range(1, len(forms) + 1))


def test_what_cannot_fit_says_how_much_it_takes():
    """A user reads which number to change."""
    with pytest.raises(ModelUnavailable, match=r"takes about 1000 tokens .* has room for 10"):
        fit({"code": ("x" * 3500,)}, 10)


def test_other_scripts_count_by_their_bytes():
    """Three bytes of Chinese are nearly a token; three letters are not."""
    assert tokens("x" * 35) == 10
    assert tokens("数" * 35) == 30
    assert tokens("") == 0
    assert Window(tokens=100, output=40).room("x" * 35) == 50


@given(st.text(), st.integers(0, 200))
def test_the_middle_goes_first(text, most):
    """Never longer than asked for; the beginning and the end are the text's."""
    cut = middle(text, most)
    assert len(cut) <= max(most, 0)
    if len(text) <= most:
        assert cut == text


def test_the_end_weighs_more_than_the_beginning():
    """An error stands at the end."""
    cut = middle("a" * 1000 + "z" * 1000, 300)
    assert cut.startswith("aaa")
    assert cut.count("z") > cut.count("a") > 50
    assert "left out" in cut
