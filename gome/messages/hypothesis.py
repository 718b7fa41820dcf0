"""The gradient and the step: problems that a diagnosis found, hypotheses that answer them."""

from typing import Literal

import msgspec

Component = Literal["data", "features", "model", "ensemble", "workflow"]
Operator = Literal["draft", "improve", "repair", "merge", "refit"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why the score is what it is."""

    caption: str  # a few words; names the problem
    evidence: str  # what was observed, with figures
    cause: str
    component: Component
    direction: str  # what to change
    effect: float = 0.0  # expected gain, in units of the score's noise
    cost: float = 1.0  # expected wall time of a trial after the change, as a multiple of this one's


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """One step that may be taken. Ratings run from 1 (poor) to 10 (good); risk 10 is safe."""

    caption: str
    statement: str  # what is changed and why it should help
    component: Component
    problem: str = ""  # caption of the problem that it answers
    move: str = ""  # name of the catalogue move; empty when a model thought of it
    alignment: float = 5.0  # does it answer the problem
    impact: float = 5.0  # how much it should gain
    novelty: float = 5.0
    feasibility: float = 5.0  # will it run within the limits
    risk: float = 5.0
    effect: float = 0.0  # expected gain, in units of the score's noise


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A hypothesis that has had its trial."""

    trial: str
    trace: str
    hypothesis: Hypothesis
    accepted: bool
    score: float | None  # None: no valid score
    pending: bool = False  # in flight, or measured and not yet judged
    parent: str | None = None  # trial whose code it started from
    operator: Operator = "improve"
    gain: float | None = None  # towards better, in units of its noise; None for first solutions and failures
    error: str = ""  # one line, where it failed
    noise: float | None = None  # standard error of its score
    device_s: float = 0.0  # what the trial took
    other: str | None = None  # another solution whose changes were brought in
    others: tuple[str, ...] = ()  # and further ones
    against: str | None = None  # trial that it is compared with; None: it begins anew
    arm: str = ""  # which of its ways the strategy took
    rest: int | None = None  # further hypotheses that were new on the parent's code then; None: not counted
