"""`auto`: measure the reasoner while it works, and move the steps between the gradient and a tree search.

Two arms share one pool of solutions. For each step the arm is drawn by Thompson sampling: of each arm one keeps how
often its steps set a new best of the run (a gain of a noise unit and more counts whole, less in proportion), fading
by 0.97 a step, as a Beta distribution from (1, 1); one number is drawn of each, and the greater one takes the step.
So an arm is taken as often as it is likely to be the better one. Both arms are held to the same event: a step that
mends a poor trace counts for nothing, in either.

The same record says how reliable the reasoner is: the share of the gains that it expected and that came.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from gome.messages import Proposal, Tried, Weighted
from gome.search import Chain, Choice, Standing, Step, Strategy
from gome.seeds import seed_for

FADE = 0.97  # weight of a step against the one after it
WHOLE = 1.0  # noise units above the best so far that count as a whole success
GRADIENT, TREE = "gradient", "tree"


class Arm(msgspec.Struct):
    """What is known of one arm: a Beta distribution of setting a new best."""

    won: float = 1.0
    lost: float = 1.0

    @property
    def mean(self) -> float:
        """How often a step of it is expected to set a new best."""
        return self.won / (self.won + self.lost)


class Auto:
    """A bandit over two strategies."""

    diagnoses = True

    def __init__(self, gradient: Strategy, tree: Strategy) -> None:
        self._arms: dict[str, Strategy] = {GRADIENT: gradient, TREE: tree}

    def steps(self, standing: Standing, /) -> Sequence[Step]:
        """See Strategy.steps: each idle trace gets the step of the arm that is drawn for it."""
        arms = records(standing)
        last = {item.trace: item for item in standing.tried}
        taken: list[Step] = []
        for chain in standing.idle:
            name, why = self._drawn(standing, arms, last.get(chain.trace), len(taken))
            alone = msgspec.structs.replace(
                standing,
                chains=tuple(_only(chain, other) for other in standing.chains),
                unwritten=(*standing.unwritten, *taken),
                turn=standing.turn + len(taken),
            )
            for step in self._arms[name].steps(alone):
                reason = f"{step.reason} [{why}]" if step.operator not in ("close", "repair") else step.reason
                taken.append(msgspec.structs.replace(step, arm=name, reason=reason))
        return taken

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """See Strategy.choose. Ideas without a problem answer a question that named none: the tree's."""
        guided = any(hypothesis.problem for hypothesis in proposal.hypotheses) or bool(momentum)
        return self._arms[GRADIENT if guided else TREE].choose(proposal, momentum, tried, parent)

    def _drawn(self, standing: Standing, arms: dict[str, Arm], last: Tried | None, taken: int) -> tuple[str, str]:
        if last is not None and last.score is None and last.arm in self._arms:
            return last.arm, "it mends what it made"
        rng = np.random.default_rng(seed_for(standing.seed, "auto", str(standing.turn + taken)))
        drawn = {name: float(rng.beta(arm.won, arm.lost)) for name, arm in sorted(arms.items())}
        name = max(drawn, key=lambda name: drawn[name])
        means = ", ".join(f"{other} {arm.mean:.2f}" for other, arm in sorted(arms.items()))
        kept = reliability(standing.tried)
        return (
            name,
            f"{name} was drawn; chance of a new best: {means}; promises kept: {kept:.2f}",
        )


def records(standing: Standing) -> dict[str, Arm]:
    """Return what each arm's steps have come to, oldest fading."""
    arms = {GRADIENT: Arm(), TREE: Arm()}
    best: float | None = None
    for item in standing.tried:
        if item.pending:
            continue
        gain = 0.0
        if item.score is not None:
            worth = standing.worth(item.score)
            if best is not None and worth > best:
                gain = min((worth - best) / max(WHOLE * (item.noise or 0.0), 1e-12), 1.0)
            best = worth if best is None else max(best, worth)
        if item.arm not in arms or item.operator == "draft":
            continue
        for arm in arms.values():
            arm.won, arm.lost = 1.0 + FADE * (arm.won - 1.0), 1.0 + FADE * (arm.lost - 1.0)
        arms[item.arm].won += gain
        arms[item.arm].lost += 1.0 - gain
    return arms


def reliability(tried: Sequence[Tried]) -> float:
    """Return the share of the steps expected to gain that were accepted, as if one more of two had been before any."""
    promised = [item for item in tried if not item.pending and item.hypothesis.problem and item.operator == "improve"]
    return (1.0 + sum(item.accepted for item in promised)) / (2.0 + len(promised))


def _only(chain: Chain, other: Chain) -> Chain:
    """The other trace as one arm sees it that is to give `chain` a step: busy, unless it is that one."""
    return other if other.trace == chain.trace else msgspec.structs.replace(other, idle=False)
