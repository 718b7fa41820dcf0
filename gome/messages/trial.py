"""Trials: a solution's execution, and what the harness measured of it."""

from typing import ClassVar, Literal

import msgspec

from gome.messages.diagnosis import Check
from gome.messages.message import Message, TraceId, TrialId

TrialStatus = Literal["ok", "failed", "timeout", "killed"]
Stage = Literal["sample", "full", "probe", "repeat", "refit"]  # repeat: with another seed
OF_A_TRIAL: tuple[Stage, ...] = ("sample", "full", "probe")  # what other stages take is the run's, not its trace's


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """How far one protection held during a trial."""

    name: str  # "network", "filesystem", "memory", ...
    state: Literal["enforced", "soft", "off"]
    reason: str = ""


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the solution's own cross-validation: claims, not measurements."""

    train: float | None
    valid: float


class ClassScore(msgspec.Struct, frozen=True, kw_only=True):
    """How one class fared on the search holdout, rounded to two digits."""

    label: str
    support: int  # rows
    recall: float
    precision: float


class Residuals(msgspec.Struct, frozen=True, kw_only=True):
    """How a regression missed on the search holdout, rounded to two digits."""

    bias: float  # mean error over the target's standard deviation
    tail: float  # share of the squared error made by the worst 5 % of rows
    growth: float  # rank correlation of |error| with the prediction: above 0.3, errors grow with size


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial showed, for whoever diagnoses it."""

    folds: tuple[Fold, ...] = ()
    classes: tuple[ClassScore, ...] = ()
    residuals: Residuals | None = None
    constant: float | None = None  # score of the best constant prediction on the same rows
    notes: tuple[str, ...] = ()  # lines that the solution printed on purpose ("note: ...")


class TrialStarted(Message, frozen=True, kw_only=True, tag="trial.started"):
    """A stage of a trial has a device and runs. Sent by Executor. Only for those who watch."""

    durable: ClassVar[bool] = False

    trace: TraceId
    trial: TrialId
    stage: Stage
    device: str
    limit_s: float


class TrialFinished(Message, frozen=True, kw_only=True, tag="trial.finished"):
    """The solution's process has ended, well or badly, and the harness has looked. Sent by Executor."""

    trace: TraceId
    trial: TrialId
    stage: Stage  # the last stage that ran: a bug ends at "sample"
    status: TrialStatus
    score: float | None = None  # official metric on the search holdout; None unless status is "ok" and it was valid
    noise: float | None = None  # standard error of score, by bootstrap over rows
    claimed: float | None = None  # what the solution printed
    error: str = ""  # one line: the exception, the deadline, the submission's defect
    exit_code: int | None = None  # None: killed
    wall_s: float = 0.0  # all stages
    stage_s: float = 0.0  # the last stage alone
    device_s: float = 0.0  # time under lease, repeats after a lost device included
    energy_j: float = 0.0  # drawn by its GPU meanwhile
    peak_gpu_mib: float = 0.0
    peak_mib: float = 0.0
    device: str = ""
    stdout_tail: str = ""  # last 8 KiB
    stderr_tail: str = ""
    evidence: Evidence = Evidence()
    checks: tuple[Check, ...] = ()  # what the harness noticed in the submission
    sandbox: tuple[Layer, ...] = ()
    warm: bool = False  # forked from a process that had its imports done, not started from nothing
