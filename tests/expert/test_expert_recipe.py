"""Recipes travel in the scripts that they describe."""

from typing import get_args

import pytest
from expert_tables import KINDS, small
from hypothesis import given
from hypothesis import strategies as st

from gome.expert.recipe import FAMILIES, KNOB_RANGE, Category, Member, Numeric, Recipe, Text, turned
from gome.expert.script import write

knob = st.integers(-KNOB_RANGE, KNOB_RANGE)
members = st.builds(
    Member,
    family=st.sampled_from(FAMILIES),
    category=st.sampled_from(get_args(Category)),
    numeric=st.sampled_from(get_args(Numeric)),
    text=st.sampled_from(get_args(Text)),
    size=knob,
    brake=knob,
    pace=knob,
    early=st.booleans(),
)
recipes = st.builds(
    Recipe,
    members=st.lists(members, min_size=1, max_size=4, unique=True).map(tuple),
    blend=st.sampled_from(["mean", "greedy", "stack"]),
    folds=st.integers(2, 10),
    repeats=st.integers(1, 3),
    target=st.sampled_from(["plain", "log1p", "sqrt", "quantile"]),
    loss=st.sampled_from(["squared", "absolute"]),
    balanced=st.booleans(),
    tuned=st.booleans(),
    clip=st.booleans(),
    dates=st.sampled_from(["drop", "parts", "cyclic"]),
    rare=st.integers(1, 20),
    counts=st.booleans(),
    aggregates=st.booleans(),
    crosses=st.booleans(),
    gaps=st.booleans(),
    text_sizes=st.booleans(),
    drop=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    rows=st.sampled_from([0, 5000]),
)
scenes = {kind: small(kind)[0] for kind in KINDS}


@given(recipe=recipes, kind=st.sampled_from(list(KINDS)))
def test_round_trip(recipe: Recipe, kind: str):
    """Any recipe makes a script that compiles and gives the recipe back."""
    code = write(recipe, scenes[kind], 1)
    compile(code, "solution.py", "exec")
    assert Recipe.of(code) == recipe


@pytest.mark.parametrize("code", ["", "print(1)", "# recipe: {}", "# recipe: {not json}", '# recipe: {"members":[]}'])
def test_code_of_other_origin_has_no_recipe(code: str):
    """Only a whole recipe with members counts."""
    assert Recipe.of(code) is None


def test_fingerprints_tell_recipes_apart():
    """Equal recipes share a fingerprint, others do not."""
    one = Recipe(members=(Member(family="linear"),))
    assert one.fingerprint == Recipe(members=(Member(family="linear"),)).fingerprint
    assert one.fingerprint != one.but(folds=6).fingerprint


def test_knobs_stop_at_their_ends():
    """A knob turned beyond its range stays at the end."""
    assert turned(Member(family="linear", brake=KNOB_RANGE), "brake", 5).brake == KNOB_RANGE


def test_members_that_become_equal_are_merged():
    """A change that makes twins leaves one of them."""
    pair = Recipe(members=(Member(family="linear", brake=1), Member(family="linear")))
    assert len(pair.each(lambda _: Member(family="linear")).members) == 1
