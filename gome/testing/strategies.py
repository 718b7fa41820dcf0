"""The laws of the Strategy port, as checks that a plugin's tests call.

    from gome.testing.strategies import check_strategy

    def test_my_search_keeps_the_laws():
        check_strategy(MySearch)

They are found out by playing: whole runs on small landscapes, one and several traces, both directions of the metric,
with failures, models that run dry, and traces that close. A broken law raises AssertionError and says which one.
"""

from collections.abc import Callable, Sequence

import msgspec

from gome.messages import Hypothesis, Proposal, StepChosen, TraceClosed, Tried, Weighted
from gome.search import Choice, Standing, Step, Strategy
from gome.search.ratings import key
from gome.testing.landscape import Landscape
from gome.testing.rehearsal import Rehearsal

TRIALS = 40  # of one run: long enough for every operator to come up


def check_strategy(factory: Callable[[], Strategy], *, seeds: int = 3) -> None:
    """Play runs under every law of the port.

    Args:
        factory: makes the strategy anew.
        seeds: runs of each kind.

    Raises:
        AssertionError: a law is broken.
    """
    for seed in range(seeds):
        for traces in (1, 3):
            run = _played(factory, seed, traces=traces, higher_is_better=True)
            assert len(run.points) == TRIALS, "while the budget lasts, a run goes on as long as something can be tried"
            assert run.history.all_closed(), "a run that ends has closed its traces"
            mirror = _played(factory, seed, traces=traces, higher_is_better=False)
            same = "a metric that is better when lower is searched as its mirror image"
            assert _told(run) == _told(mirror), same


def _played(factory: Callable[[], Strategy], seed: int, *, traces: int, higher_is_better: bool) -> Rehearsal:
    landscape = Landscape(seed, reliability=0.7, higher_is_better=higher_is_better)
    return Rehearsal(landscape, Judged(factory), traces=traces, trials=TRIALS, seed=seed).run()


def _told(run: Rehearsal) -> list[tuple[str, str, str | None, str | None]]:
    chosen = [envelope.message for envelope in run.messages if isinstance(envelope.message, StepChosen | TraceClosed)]
    return [
        (m.trace, m.operator, m.parent, m.other) if isinstance(m, StepChosen) else (m.trace, "close", None, None)
        for m in chosen
    ]


class Judged:
    """A strategy with a judge beside it: every decision is checked against the laws before it is passed on."""

    def __init__(self, factory: Callable[[], Strategy]) -> None:
        self._factory, self._strategy = factory, factory()
        self.diagnoses = self._strategy.diagnoses

    def steps(self, standing: Standing, /) -> Sequence[Step]:
        """Return the strategy's steps.

        Raises:
            AssertionError: they break a law.
        """
        steps = list(self._strategy.steps(standing))
        assert steps == list(self._factory().steps(standing)), "whoever is built anew decides the same: no hidden state"
        if not self.diagnoses:
            blind = msgspec.structs.replace(standing, tried=tuple(map(_scored, standing.tried)), chains=_bare(standing))
            without = "a search by score alone sees scores and its own history: no gain, no noise, no momentum"
            assert steps == list(self._factory().steps(blind)), without
        _lawful(standing, steps)
        return steps

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """Return the strategy's choice.

        Raises:
            AssertionError: it is none of the proposed, or was tried on this code.
        """
        choice = self._strategy.choose(proposal, momentum, tried, parent)
        done = {key(item.hypothesis) for item in tried if item.parent == parent}
        fresh = [hypothesis for hypothesis in proposal.hypotheses if key(hypothesis) not in done]
        if choice is None:
            assert not fresh, "a hypothesis is taken while one is new"
        else:
            assert choice.hypothesis in fresh, "the hypothesis is one of the proposed that was not tried on this code"
            assert choice.reason, "each choice has its reason"
            heaviest = {item.success.trial for item in momentum}
            assert set(choice.borrowed) <= heaviest, "who is said to be borrowed from has spoken"
        return choice


def _scored(item: Tried) -> Tried:
    return msgspec.structs.replace(item, accepted=False, gain=None, noise=None, device_s=0.0)


def _bare(standing: Standing) -> tuple[object, ...]:
    return tuple(msgspec.structs.replace(chain, momentum=()) for chain in standing.chains)


def _lawful(standing: Standing, steps: Sequence[Step]) -> None:
    tried = {item.trial: item for item in standing.tried}
    idle = {chain.trace for chain in standing.idle}
    named = [step.trace for step in steps if step.trace is not None]
    assert len(named) == len(set(named)), "a trace gets one step at most"
    assert set(named) <= idle, "only an idle trace gets a step"
    for step in steps:
        assert step.reason, "each choice has its reason"
        if step.operator == "close":
            assert step.trace is not None, "a trace that is closed has a name"
            continue
        assert step.operator in ("draft", "improve", "repair", "merge"), f"no step is a {step.operator}"
        parent = tried.get(step.parent or "")
        if step.operator == "draft":
            assert step.parent is None, "a draft begins from nothing"
            continue
        assert parent is not None, "what is no draft starts from a trial of this run"
        assert not parent.pending, "a step starts from a trial that has been judged"
        if step.operator == "repair":
            assert parent.score is None, "what is repaired has failed"
        else:
            assert parent.score is not None, "what is improved or merged has a score"
        if step.operator == "improve" and step.hypothesis is None:
            assert step.parent not in standing.exhausted, "where nothing new is left to try, nothing is asked for"
        for name in (step.other, *step.others) if step.other or step.operator == "merge" else ():
            other = tried.get(name or "")
            assert other is not None, "a merge has a second parent of this run"
            assert other.score is not None, "a second parent has a score"
            assert other.trial != parent.trial, "two parents are two"
        if step.operator == "merge":
            assert isinstance(step.hypothesis, Hypothesis), "a merge says what it is to bring together"
    resting = len(standing.idle) == len(standing.chains) and not standing.unwritten
    if resting:
        assert steps, "where nothing is under way, a step is taken or a trace is closed"
