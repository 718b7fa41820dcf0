"""What a trial is worth and why: the three layers' verdict, and the gradient."""

from typing import Literal

import msgspec

from gome.messages.hypothesis import Hypothesis, Problem
from gome.messages.message import Message, TraceId, TrialId

Verdict = Literal["accepted", "suspect", "rejected"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of the validation layers."""

    name: str
    status: Literal["passed", "warned", "failed"]
    evidence: str  # plain words with the figure


class Diagnosed(Message, frozen=True, kw_only=True, tag="trial.diagnosed"):
    """A trial has been judged and explained. Sent by Reasoner."""

    trace: TraceId
    trial: TrialId
    verdict: Verdict
    improved: bool  # accepted, and better than the trace's best by more than noise (or its first valid score)
    score: float | None
    noise: float | None
    gain: float | None  # towards better, against the trace's best; None without a best or a score
    gain_noise: float | None  # standard error of gain, paired over rows
    best: TrialId | None  # the trace's best after this trial
    hypothesis: Hypothesis  # the one that was tried
    checks: tuple[Check, ...] = ()
    problems: tuple[Problem, ...] = ()
    summary: str = ""  # one sentence
    trusted: bool | None = None  # whether its score may be believed, whatever its claim is worth; None: see verdict
    shown: float | None = None  # its score as models and traces are told it (Ladder); None: as it is

    @property
    def believed(self) -> bool:
        """Whether its score may be believed."""
        return self.verdict == "accepted" if self.trusted is None else self.trusted
