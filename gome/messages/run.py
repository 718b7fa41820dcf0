"""The beginning and the end of a run."""

from typing import Literal

import msgspec

from gome.messages.budget import Limits
from gome.messages.message import Message, TraceId, TrialId
from gome.messages.task import Profile, TaskBrief

RunStatus = Literal["queued", "running", "paused", "finished", "stopped", "failed"]


class RunStarted(Message, frozen=True, kw_only=True, tag="run.started"):
    """A run has a task, a budget and a folder. Sent by the runtime, once."""

    task: TaskBrief
    profile: Profile
    limits: Limits
    traces: int
    strategy: str
    model: str
    seed: int
    search_rows: int  # rows of the search holdout
    final_rows: int  # rows of the final holdout
    turns: int = 1  # how often a trial runs its program, each time with other search rows hidden
    slots: int = 1  # devices: so many programs run at once
    inferred: tuple[str, ...] = ()  # what the task did not say, and was taken to mean
    warnings: tuple[str, ...] = ()  # what makes the run's scores worth less
    version: str = ""  # of gome
    settings: str = ""  # all of them, as JSON
    source: str = ""  # the task as it was read and where its folder is, as JSON
    fingerprint: str = ""  # of the data and of how it was split


class RunResumed(Message, frozen=True, kw_only=True, tag="run.resumed"):
    """A run goes on in a later sitting, perhaps with more to spend. Sent by the runtime, at each resume.

    Where it reopens a run that had come to its end, every trace is open again.
    """

    limits: Limits
    traces: int
    strategy: str
    model: str
    settings: str  # all of them, as JSON
    elapsed_s: float  # of the run's time, by earlier sittings and by preparing this one
    changed: tuple[str, ...] = ()  # settings that differ from those before
    reopens: bool = False  # the end that had been reached, or was being reached, is void
    version: str = ""  # of gome
    slots: int = 0  # devices of this sitting, which may be on another machine: so many programs run at once
    hardware: str = ""  # of that machine, in words


class StopRequested(Message, frozen=True, kw_only=True, tag="run.stop_requested"):
    """Somebody outside wants the run to end: finish what is in flight, then export. Sent by the runtime."""

    reason: str


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A trial whose predictions may become part of an ensemble."""

    trial: TrialId
    stage_s: float  # what its program took to run once


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A member of an ensemble."""

    trial: TrialId
    weight: float  # all of an ensemble's sum to 1


class FinalistsChosen(Message, frozen=True, kw_only=True, tag="run.finalists_chosen"):
    """All traces are closed; these are to be compared on rows that no trial was scored on. Sent by Updater."""

    trials: tuple[TrialId, ...]  # best search score first; empty when no trial was accepted
    reason: str
    library: tuple[Saved, ...] = ()  # every trial that may be trusted, best search score first
    hurried: bool = False  # somebody wants the run to end: nothing is confirmed that need not be


class FinalScore(msgspec.Struct, frozen=True, kw_only=True):
    """A finalist, or the ensemble, on both holdouts."""

    trial: TrialId
    search: float
    final: float
    noise: float


class Seeded(msgspec.Struct, frozen=True, kw_only=True):
    """A finalist run again with other seeds: what each of them gave on both holdouts."""

    trial: TrialId
    search: tuple[float, ...] = ()  # one a seed; empty where there was no time, or where one failed
    final: tuple[float, ...] = ()
    problem: str = ""  # why there are none
    device_s: float = 0.0
    energy_j: float = 0.0


class FinalistsScored(Message, frozen=True, kw_only=True, tag="run.finalists_scored"):
    """The final holdout has been used, once, and the winner refitted where time allowed. Sent by Executor."""

    scores: tuple[FinalScore, ...]  # winner first
    winner: TrialId | None  # "ensemble" where one was better on both holdouts
    members: tuple[Share, ...] = ()  # of the ensemble, where it won; heaviest first
    refit: TrialId | None = None  # trial that saw all labelled rows; None: not done, or it failed
    refit_s: float = 0.0  # under lease, runs with other seeds included
    refit_energy_j: float = 0.0
    reason: str = ""
    seeds: tuple[Seeded, ...] = ()  # of the winner and of those that might have taken its place


class RunFinished(Message, frozen=True, kw_only=True, tag="run.finished"):
    """The run is over. Sent by Updater."""

    status: RunStatus
    stop_reason: str
    best: TrialId | None
    score: float | None
    final_score: float | None


class Silenced(Message, frozen=True, kw_only=True, tag="actor.silenced"):
    """A plugin's actor had a bug and hears nothing more in this run. Sent for it by the runtime."""

    actor: str
    error: str  # one line
    trace: TraceId = TraceId("")
