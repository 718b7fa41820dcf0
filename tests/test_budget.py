"""Laws of budgets: nothing is promised past a limit, nothing spent is forgotten."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from gome.budget import Ledger, parse_duration
from gome.errors import BudgetExceeded, SettingInvalid
from gome.messages import Limits

AMOUNTS = st.integers(0, 40).map(lambda quarters: quarters / 4)  # exact as floats: sums may be compared with ==


class Nested(RuleBasedStateMachine):
    """A run with two traces of two trials each, under any order of reserve, settle, cancel and charge."""

    promises = Bundle("promises")

    def __init__(self):
        super().__init__()
        self.run = Ledger(Limits(tokens=60))
        self.traces = [self.run.inner(f"trace {number}", Limits(tokens=40)) for number in range(2)]
        self.trials = [trace.inner("trial", Limits(tokens=25)) for trace in self.traces for _ in range(2)]
        self.all = [self.run, *self.traces, *self.trials]
        self.overrun = set()  # scopes in which more was spent than promised, or charged unasked
        self.direct = dict.fromkeys(self.all, 0.0)  # spent in this very scope, not inside it

    @rule(target=promises, index=st.integers(0, 6), amount=AMOUNTS)
    def reserve(self, index, amount):
        ledger = self.all[index]
        before = [(scope.spent("tokens"), scope.reserved("tokens")) for scope in self.all]
        left = ledger.left("tokens")
        try:
            promise = ledger.reserve("tokens", amount)
        except BudgetExceeded:
            assert amount > left or left == 0
            assert before == [(scope.spent("tokens"), scope.reserved("tokens")) for scope in self.all]
            return (ledger, None)
        assert amount <= left
        assert ledger.left("tokens") == left - amount
        return (ledger, promise)

    @rule(made=consumes(promises), actual=AMOUNTS)
    def settle(self, made, actual):
        ledger, promise = made
        if promise is not None:
            if actual > promise.amount:
                self._overran(ledger)
            promise.settle(actual)
            self.direct[ledger] += actual

    @rule(made=consumes(promises))
    def cancel(self, made):
        if made[1] is not None:
            made[1].cancel()

    @rule(index=st.integers(0, 6), amount=AMOUNTS)
    def charge(self, index, amount):
        self.all[index].charge("tokens", amount)
        self.direct[self.all[index]] += amount
        self._overran(self.all[index])

    def _overran(self, ledger):
        while ledger is not None:
            self.overrun.add(ledger)
            ledger = ledger.outer

    @invariant()
    def no_limit_is_passed(self):
        for ledger in self.all:
            if ledger not in self.overrun:
                assert ledger.spent("tokens") + ledger.reserved("tokens") <= ledger.limit("tokens")

    @invariant()
    def what_is_inside_adds_up(self):
        for ledger in self.all:
            inside = sum(scope.spent("tokens") for scope in self.all if scope.outer is ledger)
            assert ledger.spent("tokens") == self.direct[ledger] + inside


test_laws = Nested.TestCase
test_laws.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


@pytest.fixture
def trial():
    """A trial in a trace in a run; each has its limits."""
    run = Ledger(Limits(tokens=100, cost_usd=1.0))
    return run.inner("trace", Limits(tokens=50)).inner("trial", Limits(trials=1))


def test_the_narrowest_refusal_is_named(trial):
    """Of several limits that refuse, the innermost is named, with the total it would have come to."""
    trial.reserve("tokens", 40)

    with pytest.raises(BudgetExceeded, match="trace tokens: 110 would pass the limit of 50") as caught:
        trial.reserve("tokens", 70)

    assert (caught.value.spent, caught.value.limit) == (110, 50)
    assert trial.left("tokens") == 10


def test_an_outer_refusal(trial):
    """What an inner scope would allow, an outer one may refuse; then nobody has promised anything."""
    run = trial.outer.outer
    run.charge("tokens", 90)

    with pytest.raises(BudgetExceeded, match="run tokens"):
        trial.reserve("tokens", 11)

    assert [scope.reserved("tokens") for scope in (trial, trial.outer, run)] == [0, 0, 0]
    assert trial.left("tokens") == 10


def test_settling_above_the_promise(trial):
    """More spent than promised is recorded as it was, and nothing more is admitted."""
    with trial.reserve("cost_usd", 0.5) as promise:
        promise.settle(1.5)

    assert trial.spent("cost_usd") == trial.outer.outer.spent("cost_usd") == 1.5
    assert trial.left("cost_usd") == 0
    assert trial.outer.outer.share("cost_usd") == 1.5
    with pytest.raises(BudgetExceeded):
        trial.reserve("cost_usd", 0.01)


def test_a_promise_ends_with_its_block(trial):
    """A promise that was not settled is cancelled, whatever happened."""
    with pytest.raises(KeyError), trial.reserve("trials", 1) as promise:
        raise KeyError

    assert not promise.is_open
    assert trial.left("trials") == 1
    promise.cancel()  # again: does nothing
    with pytest.raises(ValueError, match="already closed"):
        promise.settle(1)


def test_without_limits():
    """What has no limit is counted all the same."""
    ledger = Ledger()
    ledger.reserve("wall_s", 1e9).settle(5)

    assert (ledger.spent("wall_s"), ledger.left("wall_s"), ledger.share("wall_s")) == (5, math.inf, 0)
    assert ledger.limit("wall_s") is None


def test_a_limit_of_nothing():
    """A limit of 0 is used up from the start."""
    ledger = Ledger(Limits(trials=0))

    assert (ledger.left("trials"), ledger.share("trials")) == (0, 1)
    with pytest.raises(BudgetExceeded):
        ledger.reserve("trials", 1)


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf])
def test_amounts_that_mean_nothing(trial, amount):
    """A negative or endless amount is a bug in the caller, and changes nothing."""
    promise = trial.reserve("tokens", 10)
    for act in (
        lambda: trial.reserve("tokens", amount),
        lambda: trial.charge("tokens", amount),
        lambda: promise.settle(amount),
    ):
        with pytest.raises(ValueError, match="an amount is"):
            act()
    assert promise.is_open


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12h", 43200), ("30m", 1800), ("90s", 90), ("1h30m", 5400), ("1h30m15s", 5415), ("45", 45), ("0.5", 0.5),
        ("1.5h", 5400), ("2d", 172800), (" 2M ", 120), ("0h1s", 1),
    ],
)  # fmt: skip
def test_durations(text, seconds):
    """Hours, minutes and seconds, alone or in that order; a bare number is seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "0h", "-5", "-1h", "nan", "inf", "1e3", "12hours", "30m1h", "1h 30m", "h", "500ms", "٣h", "9" * 400],
    ids=lambda text: text[:8] or "empty",
)  # fmt: skip
def test_durations_that_make_no_sense(text):
    """What is no duration above zero is refused with one line."""
    with pytest.raises(SettingInvalid, match="is not a duration") as caught:
        parse_duration(text)

    assert "\n" not in str(caught.value)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 99))
def test_durations_add_up(hours, minutes, seconds):
    """The parts of a duration add up."""
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
