"""Which solution next. The port is Strategy; `gradient` is built in, others are plugins.

gradient   follow the diagnosis, with momentum     ratings    what a hypothesis is worth before its trial
traces     how far each trace has come             kinship    how alike two solutions are
auto       a bandit over gradient and a search     convergence  when a further step is unlikely to gain
finalists  what to compare at the end              scene     what steps of one decision are chosen from
lines      all solutions of one start              merging   what a merge is to do
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from gome.messages import Hypothesis, Operator, Proposal, Tried, Weighted


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace does next."""

    trace: str | None = None  # an idle one; None opens a new trace
    operator: Operator | Literal["close"]  # "close": the trace proposes no more
    parent: str | None = None  # trial whose code is changed, of any trace; None for a draft
    other: str | None = None  # another solution whose changes are brought in: a merge does that alone
    others: tuple[str, ...] = ()  # and further ones
    hypothesis: Hypothesis | None = None  # what to try, where that is settled; None: the model proposes
    borrowed: tuple[str, ...] = ()  # trials of the successes that settled it
    guided: bool = True  # whether the model is told the diagnosis and the successes when it proposes
    arm: str = ""  # which of its ways a strategy took, where it has several
    reason: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The hypothesis taken, and why."""

    hypothesis: Hypothesis
    reason: str
    borrowed: tuple[str, ...] = ()  # trials of the successes that weighed on it
    rest: int | None = None  # further hypotheses that are new on this code; None: not counted


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """One open trace as a strategy sees it: a chain of improvements, or a worker of a tree search."""

    trace: str
    idle: bool  # no step is under way, so that it may be given one
    best: str | None  # the trial that its next one would be compared with
    failed_steps: int = 0  # in a row, that ended without a trial
    start: Hypothesis | None = None  # how it began
    momentum: tuple[Weighted, ...] = ()  # successes elsewhere that speak to its newest diagnosis, heaviest first


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All that a strategy may know when it decides."""

    chains: Sequence[Chain]  # the open traces, oldest first
    tried: Sequence[Tried]  # every trial of the run, oldest first; those in flight are pending
    unwritten: Sequence[Step] = ()  # steps that are decided and have no trial yet
    exhausted: frozenset[str] = frozenset()  # trials with nothing new to try, and "one+other" merges of no use
    higher_is_better: bool = True
    width: int = 1  # traces that the run was asked for: as many steps may be under way at once
    left: float = 1.0  # share of the budget, 1 to 0
    turn: int = 0  # steps decided so far
    seed: int = 0  # of the run

    @property
    def idle(self) -> tuple[Chain, ...]:
        """The traces that may be given a step."""
        return tuple(chain for chain in self.chains if chain.idle)

    def better(self, one: float, other: float) -> bool:
        """Whether a score is better than another."""
        return one > other if self.higher_is_better else one < other

    def worth(self, score: float) -> float:
        """Return a score such that more is better."""
        return score if self.higher_is_better else -score


class Strategy(Protocol):
    """Decides from values alone: no clock, no files, no waiting, no memory of its own.

    The same standing gives the same steps: chance comes from `seed_for(standing.seed, ...)`. Whoever is built
    anew and sees the same run decides the same; `gome.testing.strategies` checks this and the laws below.
    """

    diagnoses: bool  # whether the model is asked why; a search by score alone does not ask

    def steps(self, standing: Standing, /) -> Sequence[Step]:
        """Return steps for idle traces, at most one each, and for new ones.

        Called whenever a trace has become idle. One that gets no step rests, and may be given one later. Where
        nothing is under way and no step comes, the run ends.
        """
        ...

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """Return the hypothesis to try on the parent's code; None when every one was tried."""
        ...


__all__ = ["Chain", "Choice", "Standing", "Step", "Strategy"]
