"""Relations: what a column says of the target, foretold from the other columns, in training and in test."""

import numpy as np
import pandas as pd
import pytest

from gome.task.relation import FEW, LEAST, relation

KNOWN, REST = 1200, 600
CODES = 8


class World:
    """Three numbers, and a column of codes that goes with them by some strength, from weak to full."""

    def __init__(self, strength: float, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        rows = KNOWN + REST
        self.numbers = pd.DataFrame(random.normal(size=(rows, 3)), columns=list("abc"))
        level = strength * self.numbers.sum(axis=1) / 3**0.5 + (1 - strength**2) ** 0.5 * random.normal(size=rows)
        self.codes = pd.qcut(level, CODES, labels=False).to_numpy()
        self.goal = (level + random.normal(0, 0.2, rows)).to_numpy()[:, None]
        self.random = random

    def asked(self, codes=None, numbers=None, rest=REST):
        """The answer, with other codes or other columns where they are given."""
        codes = self.codes if codes is None else codes
        numbers = self.numbers if numbers is None else numbers
        return relation(
            numbers[:KNOWN],
            numbers[KNOWN : KNOWN + rest],
            codes[:KNOWN],
            codes[KNOWN : KNOWN + rest],
            self.goal[:KNOWN],
        )

    def dealt_anew(self, share=1.0):
        """The codes with this share of the test rows' dealt among themselves."""
        codes = self.codes.copy()
        chosen = KNOWN + self.random.permutation(REST)[: round(share * REST)]
        codes[chosen] = codes[self.random.permutation(chosen)]
        return codes


@pytest.mark.parametrize("strength", [0.4, 0.6, 0.9])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_relation_that_goes_on_is_kept(strength, seed):
    """However weak it is, as long as it is seen at all."""
    state, before, after = World(strength, seed).asked()
    assert state == "kept"
    assert before == pytest.approx(after, abs=0.15)


@pytest.mark.parametrize("strength", [0.4, 0.6, 0.9])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_relation_that_is_gone_is_broken(strength, seed):
    """A weak relation that is wiped out is seen, like a strong one."""
    world = World(strength, seed)
    state, before, after = world.asked(world.dealt_anew())
    assert state == "broken"
    assert abs(after) < 0.13 < before


def test_a_relation_of_which_a_part_is_left_is_weaker():
    """Times change relations; that is not the same as nothing left."""
    world = World(0.9)
    assert world.asked(world.dealt_anew(0.65))[0] == "weaker"


def test_no_relation_in_training_says_nothing_of_test():
    """What the others do not foretell in training cannot be looked up in test."""
    world = World(0.0)
    assert world.asked()[0] == "unknown"
    assert world.asked(world.dealt_anew())[0] == "unknown"


def test_a_relation_too_weak_for_its_rows_is_unknown():
    """On few test rows the difference of two weak correlations may be luck: nobody is accused of it."""
    world = World(0.3)
    assert world.asked(world.dealt_anew(), rest=40)[0] == "unknown"


def test_too_few_rows_say_nothing():
    """Below thirty test rows, nothing is fitted."""
    assert World(0.9).asked(rest=LEAST - 1) == ("unknown", 0.0, 0.0)


def test_columns_that_say_nothing_are_not_asked():
    """Texts, constants and names without order foretell nothing; with no others there is no answer."""
    world = World(0.9)
    blank = pd.DataFrame({"same": 1.0, "name": [f"row {row} of all" for row in range(KNOWN + REST)]})
    assert world.asked(numbers=blank) == ("unknown", 0.0, 0.0)


def test_codes_that_training_does_not_know_are_left_out():
    """Of other codes it is not known what they say; where none is known, nothing is."""
    world = World(0.9)
    codes = world.codes.copy()
    codes[KNOWN:] += CODES
    assert world.asked(codes)[0] == "unknown"


def test_many_categories_foretell_like_numbers():
    """A column of more categories than are looked at one by one counts by its means, out of each row's own fold."""
    world = World(0.9)
    towns = world.numbers.sum(axis=1).rank(pct=True).mul(2 * FEW).astype(int).map("town {}".format)
    only = pd.DataFrame({"town": towns})
    assert world.asked(numbers=only)[0] == "kept"
    assert world.asked(world.dealt_anew(), numbers=only)[0] == "broken"


def test_gaps_foretell_too():
    """Where a value is missing may be all that goes with the codes."""
    world = World(0.9)
    holes = pd.DataFrame(
        {"a": np.where(world.codes < CODES // 2, np.nan, 1.0) + world.random.normal(size=KNOWN + REST)}
    )
    assert world.asked(numbers=holes)[0] == "kept"
