"""Recipes travel in the scripts that they describe."""

from typing import get_args

import pytest
from expert_tables import KINDS, small
from hypothesis import given
from hypothesis import strategies as st

from gome.expert.implementing import merged
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


def test_what_two_changed_since_they_were_one_is_brought_together():
    """What only one has changed is as that one has it; what both have, as the first has it; models of both stay."""
    trees, line, forest = Member(family="lightgbm"), Member(family="linear"), Member(family="forest")
    common = Recipe(members=(trees, line))
    braked = Member(family="linear", brake=1)
    one = common.but(members=(trees, braked), folds=7)
    other = common.but(members=(trees, line, forest), blend="stack", folds=3)
    both = merged(one, other, common)
    assert both.folds == 7
    assert both.blend == "stack"
    assert both.members == (trees, braked, forest)
    assert merged(one, common, common) == one
    assert merged(common, other, common).members == other.members


def test_without_a_common_ancestor_all_members_come_together():
    """Two that began apart share nothing to hold them against."""
    one, other = Recipe(members=(Member(family="linear"),)), Recipe(members=(Member(family="forest"),))
    assert merged(one, other).members == (*one.members, *other.members)
