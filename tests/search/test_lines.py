"""Which solution comes from which, and the lines of a run."""

import pytest

from gome.lineage import Lineage
from gome.messages import Hypothesis, Tried
from gome.search import Standing
from gome.search.lines import PATIENCE, behind, lines


def tried(trial, parent=None, score=0.5, *, accepted=True, others=(), operator="improve"):
    """A trial; `others` are the further parents of a merge."""
    return Tried(
        trial=trial,
        trace=trial.partition("-")[0],
        hypothesis=Hypothesis(caption="c", statement="s", component="model"),
        accepted=accepted,
        score=score,
        parent=parent,
        other=others[0] if others else None,
        others=tuple(others[1:]),
        against=parent,
        operator=operator,
    )


FAMILY = (
    tried("t1-001"),
    tried("t2-001", score=0.4),
    tried("t1-002", "t1-001", 0.6),
    tried("t2-002", "t1-001", 0.7),
    tried("t3-001", "t1-002", 0.65),
    tried("t1-003", "t2-002", 0.8, others=("t1-002", "t3-001"), operator="merge"),
)


@pytest.mark.parametrize(
    ("trial", "line"),
    [
        ("t1-001", {"t1-001"}),
        ("t3-001", {"t3-001", "t1-002", "t1-001"}),
        ("t1-003", {"t1-003", "t2-002", "t1-002", "t3-001", "t1-001"}),
        ("t9-001", {"t9-001"}),
    ],
)
def test_a_line_holds_all_that_a_solution_comes_from(trial, line):
    """Whichever parents of a merge they came by."""
    assert Lineage.of(FAMILY).line(trial) == line


def test_roots_and_common_ancestors():
    """The newest that both come from; none where they began apart."""
    lineage = Lineage.of(FAMILY)
    assert {lineage.root(item.trial) for item in FAMILY} == {"t1-001", "t2-001"}
    assert lineage.common("t2-002", "t3-001") == "t1-001"
    assert lineage.common("t3-001", "t1-002") == "t1-002"
    assert lineage.common("t1-003", "t3-001") == "t3-001"
    assert lineage.common("t2-001", "t1-003") is None


def test_the_heads_of_a_line_are_what_nobody_surpassed():
    """The best first; what was merged is surpassed by the merge."""
    before = lines(Standing(chains=(), tried=FAMILY[:5]), Lineage.of(FAMILY[:5]))
    assert list(before) == ["t1-001", "t2-001"]
    assert [head.trial for head in before["t1-001"].heads] == ["t2-002", "t3-001"]
    after = lines(Standing(chains=(), tried=FAMILY), Lineage.of(FAMILY))
    assert [head.trial for head in after["t1-001"].heads] == ["t1-003"]


def test_a_line_stands_still_when_nobody_got_further():
    """Whichever trace tried; what is in flight is not counted, and one success ends it."""
    missed = [tried(f"t{n}-005", "t1-003", 0.5, accepted=False) for n in range(PATIENCE)]
    for number in range(PATIENCE + 1):
        so_far = (*FAMILY, *missed[:number])
        line = lines(Standing(chains=(), tried=so_far), Lineage.of(so_far))["t1-001"]
        assert (line.still, line.stands_still) == (number, number >= PATIENCE)
    again = (*FAMILY, *missed, tried("t1-006", "t1-003", 0.9))
    assert not lines(Standing(chains=(), tried=again), Lineage.of(again))["t1-001"].stands_still


def test_how_far_behind():
    """In units of the noise of the better one's score, whichever way is better; 0 for what is ahead."""
    best, other = tried("a", score=0.5), tried("b", score=0.3)
    best = Tried(**{name: getattr(best, name) for name in best.__struct_fields__} | {"noise": 0.1})
    up, down = (Standing(chains=(), tried=(), higher_is_better=way) for way in (True, False))
    assert behind(up, best, other) == pytest.approx(2.0)
    assert behind(down, best, other) == 0.0
