"""No resource is ever spent past its limit, under any order of promises, settlements, cancellations and crashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from gome.budget import Ledger, check, costs
from gome.errors import BudgetExceeded, SettingInvalid
from gome.messages import (
    FinalistsScored,
    Hypothesis,
    Limits,
    ModelCalled,
    SolutionProposed,
    TraceId,
    TrialFinished,
    TrialId,
)
from gome.settings import Settings

DAEMON = Limits(tokens=150, cost_usd=20.0, device_s=90.0, energy_j=300.0)
RUN = Limits(trials=6, tokens=100, cost_usd=10.0, device_s=60.0, energy_j=200.0)
RESOURCES = ("trials", "tokens", "cost_usd", "device_s", "energy_j")
QUARTERS = st.integers(0, 160).map(lambda quarters: quarters / 4)  # exact as floats


def spent(resource, amount):
    """A message that says that so much was spent."""
    match resource:
        case "trials":
            return SolutionProposed(
                trace=TraceId("t1"), trial=TrialId("t1-001"), step=1, operator="draft", parent=None,
                hypothesis=Hypothesis(problem="", caption="", statement="", component="model"),
                code="", sha256="", reason="", limit_s=1.0,
            )  # fmt: skip
        case "tokens" | "cost_usd":
            used = {"input_tokens": int(amount)} if resource == "tokens" else {"cost_usd": amount}
            return ModelCalled(key="k", role="propose", model="m", endpoint="e", outcome="ok", **used)
        case _:
            return TrialFinished(
                trace=TraceId("t1"), trial=TrialId("t1-001"), stage="full", status="ok", **{resource: amount}
            )


def restored(limits, messages, in_doubt, *, outer):
    """A run's ledger as its journal leaves it: what was spent, and what may all have been."""
    ledger = Ledger(limits, outer=outer)
    for amounts in (*map(costs, messages), *in_doubt):
        for resource, amount in amounts.items():
            ledger.charge(resource, amount)
    return ledger


class Life(RuleBasedStateMachine):
    """Two runs of one daemon. What is promised is on record before, what was spent as soon as it is."""

    promises = Bundle("promises")

    def __init__(self):
        super().__init__()
        self.journals = [[], []]  # messages of each run
        self.intents = [{}, {}]  # promised and not known to have ended, by a number
        self.number = 0
        self.begin()

    def begin(self):
        """Every process begins so: from the journals alone."""
        self.daemon = Ledger(DAEMON, scope="daemon")
        self.runs = [
            restored(RUN, journal, [{resource: amount} for resource, amount in intents.values()], outer=self.daemon)
            for journal, intents in zip(self.journals, self.intents, strict=True)
        ]
        self.open = {}

    @rule(target=promises, run=st.integers(0, 1), resource=st.sampled_from(RESOURCES), amount=QUARTERS)
    def reserve(self, run, resource, amount):
        amount = 1.0 if resource == "trials" else float(int(amount)) if resource == "tokens" else amount
        trial = self.runs[run].inner("t1").inner("t1-001", Limits(device_s=30.0))
        try:
            promise = trial.reserve(resource, amount)
        except BudgetExceeded:
            return multiple()
        self.number += 1
        self.open[self.number] = promise
        self.intents[run][self.number] = (resource, amount)
        return (run, self.number)

    @rule(made=consumes(promises), share=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    def settle(self, made, share):
        run, number = made
        if number in self.open:  # its process still lives
            resource, amount = self.intents[run].pop(number)
            actual = amount if resource == "trials" else float(int(amount * share))
            self.open.pop(number).settle(actual)
            self.journals[run].append(spent(resource, actual))

    @rule(made=consumes(promises))
    def cancel(self, made):
        run, number = made
        if number in self.open:
            del self.intents[run][number]
            self.open.pop(number).cancel()

    @rule()
    def crash(self):
        before = [ledger.spent(resource) for ledger in (self.daemon, *self.runs) for resource in RESOURCES]
        self.begin()
        after = [ledger.spent(resource) for ledger in (self.daemon, *self.runs) for resource in RESOURCES]
        assert all(old <= new for old, new in zip(before, after, strict=True))  # nothing spent is forgotten

    @invariant()
    def no_limit_is_passed(self):
        for ledger in (self.daemon, *self.runs):
            for resource in RESOURCES:
                limit = ledger.limit(resource)
                assert limit is None or ledger.spent(resource) + ledger.reserved(resource) <= limit

    @invariant()
    def the_journal_says_the_same(self):
        for run, ledger in enumerate(self.runs):
            told = [costs(message) for message in self.journals[run]]
            for resource in RESOURCES:
                recorded = sum(amounts.get(resource, 0.0) for amounts in told)
                doubt = sum(amount for kind, amount in self.intents[run].values() if kind == resource)
                assert recorded <= ledger.spent(resource) + ledger.reserved(resource) == recorded + doubt


test_laws = Life.TestCase
test_laws.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_what_the_end_costs():
    """The refit is paid for like any trial."""
    scored = FinalistsScored(scores=(), winner=None, refit_s=3.0, refit_energy_j=5.0)
    assert costs(scored) == {"device_s": 3.0, "energy_j": 5.0}


@given(name=st.sampled_from(["budget_s", "max_device_s", "max_energy_j", "max_trials", "traces", "reserve_s"]))
def test_limits_that_make_no_sense(name):
    """A limit of nothing, less than nothing, or no number is refused in one line that names it."""
    for value in (-1, float("nan"), float("-inf")):
        with pytest.raises(SettingInvalid, match=name) as caught:
            check(Settings(**{name: value}))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        pytest.param({"budget_s": 60.0, "reserve_s": 60.0}, "leaves nothing of the budget", id="reserve"),
        pytest.param({"traces": 4, "max_traces": 2}, "less than the 4 traces", id="traces"),
        pytest.param({"max_device_s": 0.5}, "max_device_s is 0.5: give 4.0 or more", id="device time"),
        pytest.param({"budget_s": float("inf")}, "budget_s is inf", id="endless"),
    ],
)
def test_limits_that_contradict_each_other(told, complaint):
    """So are limits that leave nothing."""
    with pytest.raises(SettingInvalid, match=complaint):
        check(Settings(**told))
