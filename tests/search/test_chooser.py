"""Choosing: steps within what the run may still use, new traces named, nothing left hanging."""

import pytest

from gome.chooser import Chooser
from gome.memory import History
from gome.messages import (
    Diagnosed,
    Envelope,
    Hypothesis,
    LeaseLost,
    Limits,
    MomentumReady,
    SolutionProposed,
    StepChosen,
    StepDropped,
    StepFailed,
    TraceClosed,
    TraceOpened,
    TrialFinished,
    WidthChanged,
)
from gome.search import Step

IDEA = Hypothesis(caption="c", statement="s", component="model")


class Script:
    """A strategy that plays what it is given."""

    diagnoses = False

    def __init__(self, *answers):
        self.answers = list(answers)
        self.standings = []

    def steps(self, standing, /):
        self.standings.append(standing)
        return self.answers.pop(0) if self.answers else []

    def choose(self, proposal, momentum, tried, parent, /):
        return None


def told(history, *messages):
    for message in messages:
        history.fold(Envelope(history.turns + 1, 0.0, None, "r", message))


def opened(history, *traces):
    for trace in traces:
        told(history, TraceOpened(trace=trace, start=IDEA, reason=""))


def tries(history, trial, *, parent=None, score=0.5):
    """One whole step of a trace, from its choice to its rest."""
    trace = trial.partition("-")[0]
    operator = "improve" if parent else "draft"
    told(history, StepChosen(trace=trace, operator=operator, parent=parent, reason="r"))
    written = {"trace": trace, "trial": trial, "step": 1, "operator": operator, "parent": parent, "hypothesis": IDEA}
    told(history, SolutionProposed(**written, code="c", sha256="s", reason="r"))
    status = "ok" if score is not None else "failed"
    told(history, TrialFinished(trace=trace, trial=trial, stage="full", status=status, score=score))
    best = trial if score is not None else None
    judged = {"verdict": "accepted", "improved": True, "score": score, "noise": 0.1, "gain": None, "gain_noise": None}
    told(history, Diagnosed(trace=trace, trial=trial, best=best, hypothesis=IDEA, **judged))
    told(history, MomentumReady(trace=trace, trial=trial))


def chooser(history, strategy, *, trials=None, traces=2, **more):
    limits = Limits(trials=trials)
    return Chooser(strategy, history, limits, traces=traces, higher_is_better=True, seed=0, **more)


def draft(trace=None):
    return Step(trace=trace, operator="draft", reason="r")


def test_new_traces_are_named_in_turn():
    """After all that there have been, closed ones included."""
    history = History()
    opened(history, "t1", "t2")
    said = chooser(history, Script([draft(), draft("t1")]), traces=3).decide(1.0)
    assert [(message.trace, message.operator) for message in said] == [("t3", "draft"), ("t1", "draft")]


def test_no_more_steps_begin_than_trials_are_left_and_the_rest_close_at_the_end():
    """One of two trials is left; then, with nothing under way, every trace is called in."""
    history = History()
    opened(history, "t1", "t2")
    tries(history, "t1-001")
    one = chooser(history, Script([draft("t2"), draft("t1")], []), trials=2)
    [first] = one.decide(1.0)
    assert first.trace == "t2"
    tries(history, "t2-001")
    assert [type(message) for message in one.decide(1.0)] == [TraceClosed, TraceClosed]


def test_a_step_for_a_busy_trace_is_a_bug():
    """Of the strategy, said at once."""
    history = History()
    opened(history, "t1", "t2")
    told(history, StepChosen(trace="t1", operator="draft", reason="r"))
    with pytest.raises(ValueError, match="t1"):
        chooser(history, Script([draft("t1")])).decide(1.0)


def test_a_lower_width_lets_traces_rest_and_a_higher_one_calls_them_or_opens_another():
    """Nobody is closed for it."""
    history = History()
    opened(history, "t1", "t2", "t3")
    told(history, StepChosen(trace="t1", operator="draft", reason="r"))
    told(history, WidthChanged(raised=False, reason="full", traces=1))
    strategy = Script([draft("t2")], [draft("t3")], [draft("t4")])
    choose = chooser(history, strategy, traces=3)
    assert choose.decide(1.0) == []
    told(history, WidthChanged(raised=True, reason="idle", traces=4))
    for trace in ("t2", "t3", "t4"):
        [step] = choose.widen(1.0)
        assert step.trace == trace
        told(history, step)
    assert choose.widen(1.0) == []


def test_a_trace_that_fails_or_is_refused_is_given_up():
    """Three failed steps in a row, or a limit that its step would pass; a plugin's failure costs it nothing."""
    history = History()
    opened(history, "t1", "t2", "t3")
    for _ in range(3):
        told(history, StepFailed(trace="t1", actor="updater", error="down"))
        told(history, StepFailed(trace="t3", actor="notifier", error="down"))
    told(history, StepDropped(trace="t2", why="budget", reason="no token is left"))
    said = chooser(history, Script([draft("t3")])).decide(1.0)
    assert [(message.trace, getattr(message, "reason", "")) for message in said] == [
        ("t1", "3 steps in a row failed; down"),
        ("t2", "no token is left"),
        ("t3", "r"),
    ]


def test_the_strategy_sees_what_is_under_way_and_what_is_left():
    """Steps without a trial, shares of every limit, exhausted solutions."""
    history = History()
    opened(history, "t1", "t2", "t3")
    tries(history, "t1-001")
    told(history, StepChosen(trace="t2", operator="improve", parent="t1-001", reason="r"))
    told(history, StepDropped(trace="t1", why="tried", parent="t1-001", reason="r"))
    strategy = Script([])
    chooser(history, strategy, trials=4, traces=3).decide(0.9)
    [standing] = strategy.standings
    assert standing.left == 0.75
    assert [(step.trace, step.parent) for step in standing.unwritten] == [("t2", "t1-001")]
    assert standing.exhausted == {"t1-001"}
    assert [chain.trace for chain in standing.idle] == ["t1", "t3"]


def test_a_converged_run_closes_where_that_was_asked_for():
    """Not otherwise."""
    history = History()
    opened(history, "t1")
    tries(history, "t1-001", score=0.9)
    for number in range(2, 32):
        tries(history, f"t1-{number:03d}", parent="t1-001", score=None)
    [closed] = chooser(history, Script([]), until_converged=True).decide(1.0)
    assert closed.reason.startswith("converged")
    [step] = chooser(history, Script([draft("t1")])).decide(1.0)
    assert isinstance(step, StepChosen)


def test_a_step_elsewhere_moves_its_trace_there():
    """What it is compared with from now on is what it starts from; a repair keeps to what its parent was held to."""
    history = History()
    opened(history, "t1", "t2")
    tries(history, "t1-001", score=0.9)
    told(history, StepChosen(trace="t2", operator="improve", parent="t1-001", reason="r"))
    written = {"trace": "t2", "trial": "t2-001", "step": 1, "hypothesis": IDEA, "code": "c", "sha256": "s"}
    told(history, SolutionProposed(**written, operator="improve", parent="t1-001", reason="r"))
    assert history.traces["t2"].best == "t1-001"
    told(history, TrialFinished(trace="t2", trial="t2-001", stage="full", status="failed", error="x"))
    again = written | {"trial": "t2-002", "operator": "repair", "parent": "t2-001"}
    told(history, SolutionProposed(**again, reason="r"))
    assert history.attempts["t2-002"].against == "t1-001"
    fresh = written | {"trial": "t2-003", "operator": "draft", "parent": None}
    told(history, SolutionProposed(**fresh, reason="r"))
    assert history.traces["t2"].best is None


@pytest.mark.parametrize(
    ("each", "reason"),
    [
        (Limits(trials=2), "all 2 trials of the trace are used"),
        (Limits(device_s=33.0), "the trace's device time is used: 30.0 s of 33 s"),
    ],
    ids=["trials", "device time"],
)
def test_a_trace_at_its_own_limit_ends(each, reason):
    """The other goes on with what the strategy gives it; what was lost of a lease counts, that of a refit does not."""
    history = History()
    opened(history, "t1", "t2")
    for trial in ("t1-001", "t1-002", "t2-001"):
        tries(history, trial)
    told(history, LeaseLost(holder="t1-002 full", device="cpu:0", device_s=30.0))
    told(history, LeaseLost(holder="t2-001 refit", device="cpu:0", device_s=30.0))
    strategy = Script([draft("t2")])

    closed, chosen = chooser(history, strategy, each=each).decide(1.0)

    assert (closed.trace, closed.reason) == ("t1", reason)
    assert (chosen.trace, chosen.operator) == ("t2", "draft")
