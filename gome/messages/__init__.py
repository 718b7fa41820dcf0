"""The vocabulary: every message of the ring, and the values inside them.

run         a run begins and ends          solution   traces open, propose, close
trial       a program was executed         diagnosis  it was judged and explained
memory      what worked is remembered      budget     what is left, what is busy
task        what a model knows of a task   question   what a model is asked
hypothesis  problems and steps             model      what asking one cost, outages
message     Message, Envelope, ids
"""

from gome.messages.budget import BudgetExhausted, BudgetLow, ClockTicked, DeviceSampled, Limits, Resource
from gome.messages.diagnosis import Check, Diagnosed, Verdict
from gome.messages.hypothesis import Component, Hypothesis, Operator, Problem, Tried
from gome.messages.memory import MomentumReady, Success, SuccessRecorded, Weighted
from gome.messages.message import NO_TRACE, Envelope, Message, RunId, TraceId, TrialId
from gome.messages.model import CallOutcome, ModelBack, ModelCalled, ModelDown
from gome.messages.question import (
    DiagnoseQuestion,
    Diagnosis,
    DraftQuestion,
    Implementation,
    ImplementQuestion,
    Proposal,
    ProposeQuestion,
    Starts,
)
from gome.messages.run import (
    FinalistsChosen,
    FinalistsScored,
    FinalScore,
    RunFinished,
    RunResumed,
    RunStarted,
    RunStatus,
    Silenced,
    StopRequested,
)
from gome.messages.solution import SolutionProposed, StepChosen, StepDropped, StepFailed, TraceClosed, TraceOpened
from gome.messages.task import Column, ColumnKind, Profile, Suspect, Target, TaskBrief, TaskKind, Wanted
from gome.messages.trial import (
    ClassScore,
    Evidence,
    Fold,
    Layer,
    Residuals,
    Stage,
    TrialFinished,
    TrialStarted,
    TrialStatus,
)

MESSAGES: tuple[type[Message], ...] = (
    RunStarted,
    RunResumed,
    StopRequested,
    FinalistsChosen,
    FinalistsScored,
    RunFinished,
    Silenced,
    TraceOpened,
    TraceClosed,
    StepChosen,
    SolutionProposed,
    StepFailed,
    StepDropped,
    TrialStarted,
    TrialFinished,
    Diagnosed,
    SuccessRecorded,
    MomentumReady,
    BudgetLow,
    BudgetExhausted,
    ClockTicked,
    DeviceSampled,
    ModelCalled,
    ModelDown,
    ModelBack,
)

__all__ = [
    "MESSAGES",
    "NO_TRACE",
    "BudgetExhausted",
    "BudgetLow",
    "CallOutcome",
    "Check",
    "ClassScore",
    "ClockTicked",
    "Column",
    "ColumnKind",
    "Component",
    "DeviceSampled",
    "DiagnoseQuestion",
    "Diagnosed",
    "Diagnosis",
    "DraftQuestion",
    "Envelope",
    "Evidence",
    "FinalScore",
    "FinalistsChosen",
    "FinalistsScored",
    "Fold",
    "Hypothesis",
    "ImplementQuestion",
    "Implementation",
    "Layer",
    "Limits",
    "Message",
    "ModelBack",
    "ModelCalled",
    "ModelDown",
    "MomentumReady",
    "Operator",
    "Problem",
    "Profile",
    "Proposal",
    "ProposeQuestion",
    "Residuals",
    "Resource",
    "RunFinished",
    "RunId",
    "RunResumed",
    "RunStarted",
    "RunStatus",
    "Silenced",
    "SolutionProposed",
    "Stage",
    "Starts",
    "StepChosen",
    "StepDropped",
    "StepFailed",
    "StopRequested",
    "Success",
    "SuccessRecorded",
    "Suspect",
    "Target",
    "TaskBrief",
    "TaskKind",
    "TraceClosed",
    "TraceId",
    "TraceOpened",
    "TrialFinished",
    "TrialId",
    "TrialStarted",
    "TrialStatus",
    "Tried",
    "Verdict",
    "Wanted",
    "Weighted",
]
