"""Labels and ids are recognised by what they mean, and never confused."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.evaluation.labels import Labels, alike, natural, texts


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1.0, "1", " 1 ", "1.00"], ["1"] * 5),
        ([True, np.bool_(False)], ["True", "False"]),
        ([None, float("nan"), pd.NA, pd.NaT, ""], [""] * 5),
        ([0.1, 1e300, 2.0**60], ["0.1", "1e+300", "1.152921504606847e+18"]),
        ([-0.0, -3.0], ["0", "-3"]),
        (pd.Series([1, 2], dtype="Int64"), ["1", "2"]),
        (pd.Series(["x", "y"], dtype="category"), ["x", "y"]),
        (pd.Series(pd.to_datetime(["2020-01-31", "2020-02-01"])), ["2020-01-31", "2020-02-01"]),
        ([datetime.date(2020, 1, 31)], ["2020-01-31"]),
        (np.array([2**62]), [str(2**62)]),
        (["naïve", "日本", "a.0", "1.0.0"], ["naïve", "日本", "a.0", "1.0.0"]),
        ([float("inf")], ["inf"]),
    ],
)
def test_values_are_written_as_in_a_csv(values, expected):
    """Whole floats lose their point, missing values are empty, the rest is as to_csv writes it."""
    assert texts(values) == expected


@pytest.mark.parametrize(
    ("known", "written", "expected"),
    [
        (["0", "1"], [True, "false", 1.0, "01", "1e0", "2", ""], [1, 0, 1, 1, 1, -1, -1]),
        (["False", "True"], [0, "1", "TRUE"], [0, 1, 1]),
        (["01", "1"], ["01", 1, 1.0, "001"], [0, 1, 1, -1]),
        (["a", "A"], ["a", "A"], [0, 1]),
        (["Cat", "Dog"], ["cat", "DOG", "dogs"], [0, 1, -1]),
        (["True", "1"], [True, 1, "true"], [0, 1, -1]),
        (["", "x"], [None, "x"], [0, 1]),
        (["1.5"], [1.5, "1.50", "3e0"], [0, 0, -1]),
        ([10**30], [str(10**30), "0" + str(10**30)], [0, 0]),
    ],
)
def test_a_loose_match_must_be_unambiguous(known, written, expected):
    """Exact names first; by value or case only where one known name fits."""
    assert Labels(known).positions(written).tolist() == expected


def test_known_names_are_distinct():
    """The same name twice could mean either."""
    with pytest.raises(ValueError, match="'1' occurs more than once"):
        Labels(["1", "2", 1.0])


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique_by=lambda name: texts([name])[0]))
def test_every_known_name_finds_itself(names):
    """Whatever else is known, an exact name is found at its place."""
    assert Labels(names).positions(names).tolist() == list(range(len(names)))


@pytest.mark.parametrize(
    ("names", "kind"), [(["1", "-2"], "i"), (["1", "x"], "U"), ([], "U"), (["1.5"], "U"), (["9" * 30], "U")]
)
def test_labels_become_integers_only_where_all_are(names, kind):
    """A metric over labels sees integers, or strings, never a mixture."""
    assert natural(names).dtype.kind == kind


def test_alike_keeps_what_is_alike():
    """Arrays of one type are passed on as they are."""
    truth, predicted = np.array([1, 2]), np.array([2, 3])
    assert alike(truth, predicted)[0] is truth
    left, right = alike(np.array(["a", "1"]), np.array([1.0, 7.0]))
    assert left.tolist() == ["a", "1"]
    assert right.tolist() == ["1", "7"]
