"""What each trace has spent: folded from the journal, held against its own limits and those of the run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.budget import Ledger, asked_in, charged_to, costs
from gome.memory import History
from gome.messages import (
    NO_TRACE,
    Envelope,
    FinalistsScored,
    Hypothesis,
    LeaseLost,
    Limits,
    ModelCalled,
    SolutionProposed,
    TraceOpened,
    TrialFinished,
)
from gome.scopes import Scopes, used_up

IDEA = Hypothesis(caption="c", statement="s", component="model")
TRACES = ("t1", "t2")
RESOURCES = ("trials", "tokens", "cost_usd", "device_s", "energy_j")


def called(key, tokens=0, cost_usd=0.0):
    return ModelCalled(
        key=key,
        role=key.partition("/")[0],
        model="m",
        endpoint="e",
        outcome="ok",
        input_tokens=tokens,
        cost_usd=cost_usd,
    )


def proposed(trial):
    trace = trial.partition("-")[0]
    return SolutionProposed(
        trace=trace, trial=trial, step=1, operator="draft", parent=None, hypothesis=IDEA, code="", sha256="", reason=""
    )


def finished(trial, device_s, energy_j):
    trace = trial.partition("-")[0]
    return TrialFinished(trace=trace, trial=trial, stage="full", status="ok", device_s=device_s, energy_j=energy_j)


def lost(holder, device_s, energy_j):
    return LeaseLost(holder=holder, device="gpu:0", device_s=device_s, energy_j=energy_j)


def folded(*messages):
    history = History()
    for seq, message in enumerate([*(TraceOpened(trace=t, start=IDEA, reason="") for t in TRACES), *messages]):
        history.fold(Envelope(seq, 0.0, None, "r", message))
    return history


@pytest.mark.parametrize(
    ("key", "trace"),
    [("propose/t1-004", "t1"), ("implement/t12-001/again", "t12"), ("draft/t3-001", "t3"), ("diagnose/t2-010", "t2"),
     ("draft", NO_TRACE), ("draft/117", NO_TRACE), ("check/gpt-5-mini", NO_TRACE)],
)  # fmt: skip
def test_who_asks_a_question(key, trace):
    """A trace, or the run: when it begins, opens more traces, or looks whether a model answers."""
    assert asked_in(key) == trace


def test_what_is_the_runs_alone():
    """The end of a run, and programs at its end, are charged to no trace."""
    assert charged_to(lost("refit full", 1.0, 0.0)) == NO_TRACE
    assert charged_to(FinalistsScored(scores=(), winner=None, refit_s=3.0)) == NO_TRACE
    assert charged_to(lost("t1-002 full", 1.0, 0.0)) == "t1"


EVENTS = st.lists(
    st.one_of(
        st.builds(
            called,
            st.sampled_from(["draft", "propose/t1-002", "implement/t2-001", "check/m-1"]),
            st.integers(0, 1000),
            st.integers(0, 8).map(lambda eighths: eighths / 8),
        ),
        st.builds(lost, st.sampled_from(["t1-001 full", "t2-001 sample", "refit full"]), *[st.integers(0, 9)] * 2),
        st.builds(finished, st.sampled_from(["t1-001", "t2-001"]), *[st.integers(0, 9)] * 2),
    )
)


@given(events=EVENTS, cut=st.integers(0, 20))
def test_whatever_is_spent_counts_once_in_its_trace_and_in_the_run(events, cut):
    """A sitting that begins with the past knows of each trace what the one that lived through it knew."""
    events = [proposed("t1-001"), proposed("t2-001"), *events]
    history, run = folded(*events[:cut]), Ledger()
    for message in events[:cut]:
        for resource, amount in costs(message).items():
            run.charge(resource, amount)
    scopes = Scopes(run, Limits(), history)
    for trace in TRACES:
        scopes.of(trace)  # made now: what follows it hears as it happens
    for message in events[cut:]:
        for resource, amount in costs(message).items():
            scopes.charged(message).charge(resource, amount)
    whole = folded(*events)
    total = {resource: sum(costs(message).get(resource, 0.0) for message in events) for resource in RESOURCES}
    for resource in RESOURCES:
        assert run.spent(resource) == total[resource]
        for trace in TRACES:
            assert scopes.of(trace).spent(resource) == whole.traces[trace].spent.get(resource, 0.0)


@pytest.mark.parametrize(
    ("limits", "messages", "words"),
    [
        (Limits(trials=1), [proposed("t1-001")], "all 1 trials of the trace are used"),
        (Limits(tokens=50), [called("propose/t1-001", tokens=50)], "the trace's tokens are used: 50 of 50"),
        (Limits(tokens=51), [called("propose/t1-001", tokens=50)], ""),
        (Limits(cost_usd=0.5), [called("draft/t1-001", cost_usd=0.5)], "the trace's money is used: $0.5000 of $0.50"),
        (Limits(cost_usd=0.5), [called("draft", cost_usd=0.5)], ""),
        (Limits(device_s=10.0), [proposed("t1-001"), finished("t1-001", 7.0, 0.0)], "the trace's device time is used"),
        (Limits(energy_j=100.0), [proposed("t1-001"), finished("t1-001", 7.0, 95.0)], "energy is used: 95 J of 100 J"),
        (Limits(energy_j=100.0), [proposed("t1-001"), finished("t1-001", 7.0, 94.0)], ""),
    ],
)
def test_a_trace_that_has_used_its_own(limits, messages, words):
    """One line says what; another trace has used nothing by that."""
    history = folded(*messages)
    said = used_up(history.traces["t1"], limits)
    assert words in said
    assert bool(words) == bool(said)
    assert used_up(history.traces["t2"], limits) == ""
