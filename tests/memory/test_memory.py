"""What a run remembers: the history is a fold, and successes weigh by likeness, gain, age and reuse."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.memory import History, Successes
from gome.messages import (
    BudgetExhausted,
    Diagnosed,
    Envelope,
    Hypothesis,
    Problem,
    SolutionProposed,
    StepFailed,
    Success,
    TraceClosed,
    TraceOpened,
    TrialFinished,
)

IDEA = Hypothesis(caption="encode", statement="encode the city by target mean", component="features", move="encode")
PROBLEM = Problem(
    caption="many categories",
    evidence="500 cities",
    cause="one-hot is sparse",
    component="features",
    direction="encode",
)


def success(trial="t1-002", trace="t1", gain=2.0, step=3, hypothesis=IDEA):
    return Success(
        trial=trial, trace=trace, problem="many categories: 500 cities", hypothesis=hypothesis, gain=gain, step=step
    )


def weigh(*rows, held=(), step=3, problems=(PROBLEM,)):
    memory = Successes()
    for row in rows:
        memory.add(row)
    return memory.weigh(problems, held=held, step=step)


def test_a_success_of_another_trace_weighs_and_says_why():
    """The weight is the product of four factors, and they are told."""
    [item] = weigh(success())
    assert 0 < item.weight <= 1
    assert item.weight == pytest.approx(item.similarity * 2 / 3)
    for factor in ("similarity", "gain 0.67", "age 1.00", "reuse 1.00"):
        assert factor in item.why


def test_a_traces_own_successes_do_not_weigh():
    """They are in its code already."""
    assert weigh(success("t2-004"), held={"t2-001", "t2-004"}) == ()
    assert weigh(success(), problems=()) == ()
    assert weigh() == ()


@given(gain=st.floats(0.1, 50), more=st.floats(0.1, 50), age=st.integers(0, 200), older=st.integers(1, 200))
def test_more_gain_weighs_more_and_age_weighs_less(gain, more, age, older):
    """Monotone in each factor, whatever the scale of the metric."""
    [base] = weigh(success(gain=gain, step=0), step=age)
    assert weigh(success(gain=gain + more, step=0), step=age)[0].weight > base.weight
    assert weigh(success(gain=gain, step=0), step=age + older)[0].weight < base.weight


def test_half_the_weight_after_thirty_trials():
    """The age decay of the released code, by trials."""
    [young], [old] = weigh(success(step=0), step=0), weigh(success(step=0), step=30)
    assert old.weight == pytest.approx(young.weight / 2)


def test_what_failed_when_reused_weighs_less_and_what_held_keeps_its_weight():
    """The reuse record counts."""
    memory = Successes()
    memory.add(success())
    [fresh] = memory.weigh([PROBLEM], held=(), step=3)
    memory.reused(["t1-002", "unknown"], improved=True)
    [held] = memory.weigh([PROBLEM], held=(), step=3)
    memory.reused(["t1-002"], improved=False)
    [failed] = memory.weigh([PROBLEM], held=(), step=3)
    assert held.weight == pytest.approx(fresh.weight)
    assert failed.weight < held.weight
    assert (failed.success.reused, failed.success.confirmed) == (2, 1)


def test_the_more_alike_comes_first():
    """Text decides between equal gains."""
    other = Hypothesis(caption="deeper", statement="grow deeper trees", component="model", move="deeper")
    unlike = msgspec.structs.replace(success("t1-009", hypothesis=other), problem="underfit: low scores")
    assert weigh(unlike, success())[0].success.trial == "t1-002"


def story():
    """A small run: two traces, a failure, an improvement, the end."""

    def proposed(trace, n, **more):
        return SolutionProposed(
            trace=trace, trial=f"{trace}-{n:03d}", step=n, hypothesis=IDEA, code="c", sha256="s", reason="r", **more
        )

    def diagnosed(trace, n, *, improved, score, gain=None, best=None, verdict="accepted"):
        return Diagnosed(
            trace=trace,
            trial=f"{trace}-{n:03d}",
            verdict=verdict,
            improved=improved,
            score=score,
            noise=0.01,
            gain=gain,
            gain_noise=0.01,
            best=best,
            hypothesis=IDEA,
        )

    def finished(trace, n, **more):
        return TrialFinished(trace=trace, trial=f"{trace}-{n:03d}", stage="full", **more)

    return [
        TraceOpened(trace="t1", start=IDEA, reason=""),
        TraceOpened(trace="t2", start=IDEA, reason=""),
        proposed("t1", 1, operator="draft", parent=None),
        finished("t1", 1, status="ok", score=0.8),
        diagnosed("t1", 1, improved=True, score=0.8, best="t1-001"),
        proposed("t1", 2, operator="improve", parent="t1-001"),
        proposed("t2", 1, operator="draft", parent=None),
        finished("t2", 1, status="failed", error="KeyError: 'x'"),
        diagnosed("t2", 1, improved=False, score=None, verdict="rejected"),
        StepFailed(trace="t2", actor="updater", error="e"),
        finished("t1", 2, status="ok", score=0.83),
        diagnosed("t1", 2, improved=True, score=0.83, gain=0.03, best="t1-002"),
        BudgetExhausted(resource="wall_s", spent=1, limit=1, reason="the time is used"),
        TraceClosed(trace="t1", reason="over"),
        TraceClosed(trace="t2", reason="over"),
    ]


def test_the_history_is_a_fold_of_the_journal():
    """Feeding it the messages again gives the same history."""
    histories = []
    for _ in range(2):
        history = History()
        for seq, message in enumerate(story(), start=1):
            history.fold(Envelope(seq, 0.0, None, "r", message))
        histories.append(history)
    history = histories[0]
    assert history.tried() == histories[1].tried()
    assert history.traces["t1"].best == "t1-002"
    assert history.traces["t2"].failed_steps == 1
    assert [attempt.proposed.trial for attempt in history.valid()] == ["t1-001", "t1-002"]
    assert history.end == "the time is used"
    assert history.all_closed()
    assert history.last_closed == len(story())
    first, second, third = history.tried()
    assert (second.accepted, second.parent) == (True, "t1-001")
    assert second.gain == pytest.approx(3.0)
    assert third.error == "KeyError: 'x'"
    assert first.gain is None
