"""What reaches a terminal."""

import pytest

from gome.cli.figures import clock, figure, gained
from gome.cli.output import one_line, printable


def test_escape_sequences_do_not_reach_a_terminal():
    """Programs' errors and models' captions may hold anything; a terminal gets signs only."""
    assert printable("a\x1b[2Jb\rc\x07\td\n", "utf-8") == "a?[2Jb?c?\td\n"


def test_signs_that_an_encoding_lacks():
    """Without Unicode, arrows and dashes are spelled."""
    assert printable("a → b — ±1 · …", "ascii") == "a -> b - +/-1 | ..."
    assert printable("a → b", "UTF-8") == "a → b"
    assert printable("a → b", None) == "a -> b"


def test_one_line():
    """Line breaks become spaces."""
    assert one_line(" a\n\n b\tc ") == "a b c"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03"), (-1, "0:00"), (90000, "25:00:00")],
)
def test_clock(seconds, text):
    """Times read as on a clock."""
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("score", "text"),
    [(None, "-"), (0.5, "0.50000"), (123456.0, "1.2346e+05"), (12345.0, "12345"), (float("nan"), "nan"), (0, "0.0000")],
)
def test_figure(score, text):
    """Scores have five significant digits and line up."""
    assert figure(score) == text


def test_gained():
    """A gain is shown with how it compares to its noise, where that is known."""
    assert gained(None, None) == ""
    assert gained(0.012, 0.006) == "+0.012, 2.0 x its noise"
    assert gained(-0.012, 0.0) == "-0.012"
