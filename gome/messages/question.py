"""The four questions put to a model, and the shape of their answers."""

import msgspec

from gome.messages.diagnosis import Check
from gome.messages.hypothesis import Hypothesis, Operator, Problem, Tried
from gome.messages.memory import Weighted
from gome.messages.task import Profile, TaskBrief
from gome.messages.trial import TrialFinished


class DraftQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """How might K solutions begin, as unlike as possible?"""

    task: TaskBrief
    profile: Profile
    starts: int  # K
    limit_s: float  # what one trial may take
    seed: int
    key: str = ""  # names the question within its run: "propose/t1-004"; the same when it is asked again
    avoid: tuple[str, ...] = ()  # captions of starts that exist already


class Starts(msgspec.Struct, frozen=True, kw_only=True):
    """K different beginnings, most promising first."""

    starts: tuple[Hypothesis, ...]


class DiagnoseQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Why is the score what it is?"""

    task: TaskBrief
    profile: Profile
    code: str
    trial: TrialFinished
    hypothesis: Hypothesis
    checks: tuple[Check, ...]
    best_score: float | None  # of the trace, before this trial
    best_code: str | None  # None when this trial is the best, or nothing is
    gain: float | None  # in units of its noise
    limit_s: float
    seed: int
    key: str = ""  # names the question within its run: "propose/t1-004"; the same when it is asked again


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The gradient: most rewarding problem first. About the trace's best code, or this one where there is none."""

    problems: tuple[Problem, ...]
    summary: str


class ProposeQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Which steps answer the diagnosis?"""

    task: TaskBrief
    profile: Profile
    code: str  # what would be changed
    score: float | None
    problems: tuple[Problem, ...]
    momentum: tuple[Weighted, ...]
    tried: tuple[Tried, ...]  # on this program, and on what it comes from; oldest first
    left: float  # share of the budget, 1 to 0
    limit_s: float
    seed: int
    key: str = ""  # names the question within its run: "propose/t1-004"; the same when it is asked again
    elsewhere: tuple[Tried, ...] = ()  # on other programs of the run, and what gained beside this one


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Steps worth taking, rated; none that was tried already. Empty: the model sees nothing more to do."""

    hypotheses: tuple[Hypothesis, ...]


class ImplementQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Write the program: a first one, a changed one, or a repaired one."""

    task: TaskBrief
    profile: Profile
    operator: Operator
    hypothesis: Hypothesis
    code: str | None  # what to start from; None for a draft
    error: str = ""  # for a repair: what went wrong, with the tail of its output
    other_code: str | None = None  # for a merge: the second parent
    common_code: str | None = None  # for a merge: what both parents come from, if there is such a program
    limit_s: float
    seed: int
    key: str = ""  # names the question within its run: "propose/t1-004"; the same when it is asked again


class Implementation(msgspec.Struct, frozen=True, kw_only=True):
    """A whole program, one file."""

    code: str
    note: str = ""  # one sentence on what was changed
