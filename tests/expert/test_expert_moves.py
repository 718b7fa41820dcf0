"""The catalogue: every move changes something, answers something, and leads to a script."""

import pytest
from expert_tables import KINDS, small

from gome.expert import troubles
from gome.expert.moves import CATALOGUE, Move
from gome.expert.moves.model import neighbours
from gome.expert.recipe import Member, Recipe
from gome.expert.scene import Scene
from gome.expert.script import write
from gome.expert.starts import BLEND, start
from gome.messages import Suspect


def noted(kind: str) -> Scene:
    """A scene with figures that the data moves ask for: shift, association, suspects, a metric of decisions."""
    scene, _, _ = small(kind, **({"metric": "mae"} if kind == "value" else {}))
    columns = []
    for place, column in enumerate(scene.profile.columns):
        fields = {name: getattr(column, name) for name in column.__struct_fields__}
        fields |= {"association": 0.01 if place == 0 else 0.2, "shift": 0.5 if place == 1 else 0.1}
        fields |= {"missing": 0.7 if place == 2 else fields["missing"]}
        columns.append(type(column)(**fields))
    leak = Suspect(kind="leak", column=columns[3].name, evidence="it alone explains all")
    profile = type(scene.profile)(
        rows=30_000, test_rows=40, columns=tuple(columns), targets=scene.profile.targets, suspects=(leak,)
    )
    return Scene(task=scene.task, profile=profile, limit_s=600.0)


SCENES = {kind: noted(kind) for kind in KINDS} | {f"small {kind}": small(kind)[0] for kind in KINDS}
RECIPES = (
    Recipe(members=(Member(family="lightgbm", early=True),), dates="drop", target="log1p", repeats=3),
    Recipe(members=(Member(family="linear", category="target", numeric="quantile"),), blend="stack"),
    Recipe(members=(Member(family="lightgbm"), Member(family="mlp", text="word")), blend="mean"),
)


@pytest.mark.parametrize("move", CATALOGUE, ids=lambda move: move.name)
def test_every_move_leads_somewhere(move: Move):
    """Each move applies in some scene, changes the recipe there, and the new recipe makes a script."""
    used = 0
    for scene in SCENES.values():
        for recipe in (*RECIPES, start(BLEND, scene)):
            changed = move.offered(recipe, scene)
            if changed is None:
                continue
            used += 1
            assert changed != recipe
            code = write(changed, scene, 1)
            compile(code, "solution.py", "exec")
            assert Recipe.of(code) == changed
    assert used


def test_names_are_unique_and_answers_known():
    """A move is remembered by its name; it answers problems that the rules can find."""
    assert len({move.name for move in CATALOGUE}) == len(CATALOGUE) >= 35
    for move in CATALOGUE:
        assert move.answers
        assert set(move.answers) <= set(troubles.TROUBLES)


def test_every_problem_has_an_answer():
    """No rule may name a problem that nothing can be done about."""
    answered = {caption for move in CATALOGUE for caption in move.answers} | {troubles.SETTINGS}
    assert answered == set(troubles.TROUBLES)


def test_moves_need_their_library():
    """Nothing leads to a model whose library is not installed."""
    scene, _, _ = small("binary", packages=("scikit-learn 1.9.1",))
    recipe = start(BLEND, scene)
    for move in CATALOGUE:
        changed = move.offered(recipe, scene)
        if changed is not None:
            assert not {"lightgbm", "mlp"} & set(changed.families)


def test_neighbours_change_one_knob():
    """Small steps differ from where they start, and from each other."""
    scene = SCENES["binary"]
    recipe = start(BLEND, scene)
    reached = [move.change(recipe, scene) for move in neighbours(recipe)]
    assert recipe not in reached
    assert len(set(reached)) == len(reached) > 6
