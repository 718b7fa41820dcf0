"""Every deliberate exception, drawn as a tree.

GomeError
├── BadInput               the user can mend it: one line, exit code 2
│   ├── TaskInvalid        the task folder, its tables or its settings
│   │   └── MetricHangs    the user's own metric gives no answer
│   ├── MetricUnknown      no metric of that name
│   ├── StudyInvalid       a study's spec, or its folder
│   ├── SettingInvalid     an option or a configuration value
│   ├── RunFolderInvalid   --out, or a run folder that cannot be used
│   │   └── JournalDamaged the journal can be read only in part
│   └── PluginInvalid      a plugin that cannot be registered
├── WorldError             planned for: retried, then a failed step of one trace
│   ├── ModelUnavailable   the model gave no usable answer
│   │   └── AttemptFailed  one attempt at a call failed; says whether another may help
│   └── ExecutionError     a trial could not be started; says nothing about its code
│       └── WorkerLost     a warm worker is of no use: trials are started without
├── SubmissionInvalid      the candidate's submission does not fit: data, not an accident
├── EditInvalid            code that a model sent cannot be used: it is told, and asked again
├── BudgetExceeded         a limit was reached: the run ends cleanly
│   └── RunStopped         the run is asked to stop: nobody waits for an answer any more
├── DriverUnavailable      no GPU can be asked: there is no driver here, or it does not answer
├── RoutingInvalid         the ring has a gap: found before anything starts
├── RingStalled            a trace's message was answered by nobody
└── StoreError             what cannot be recorded must not happen: the run ends at once
"""

from collections.abc import Iterable
from difflib import get_close_matches


class GomeError(Exception):
    """Root of all that gome raises on purpose."""


class BadInput(GomeError):
    """Raised when the user can mend it. Its text is one line that says what to do."""


class TaskInvalid(BadInput):
    """Raised when a task folder, a table in it, or its `task.toml` cannot be used."""


class MetricHangs(TaskInvalid):
    """Raised when a metric from a file of the task's gives no answer in time. In a trial: the trial has failed."""

    def __init__(self, path: str, limit_s: float) -> None:
        self.path, self.limit_s = path, limit_s
        super().__init__(f"{path}: gave no answer within {limit_s:g} s and was ended; let every score come to its end")


class StudyInvalid(BadInput):
    """Raised when what a study is to compare cannot be read, lacks something, or names what there is not."""


class MetricUnknown(BadInput):
    """Raised when no metric goes by a name. Carries the nearest names."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.nearest = tuple(get_close_matches(name.lower(), sorted(known), n=3, cutoff=0.4))
        hint = f"nearest: {', '.join(self.nearest)}" if self.nearest else "see `gome plugins` for the names"
        super().__init__(f"unknown metric {name!r}; {hint}")


class SettingInvalid(BadInput):
    """Raised when an option or a configuration value makes no sense."""


class RunFolderInvalid(BadInput):
    """Raised when a folder cannot hold a new run, or does not hold a run."""


class JournalDamaged(RunFolderInvalid):
    """Raised when a journal can be read only in part. Carries the seq up to which it is good; None: not looked for."""

    def __init__(self, path: object, good: int | None, problem: str = "") -> None:
        self.good = good
        where = "from its first message on" if good == 0 else f"after message {good}" if good else "somewhere"
        hint = f"; `gome replay RUN --branch NEW --from {good}` goes on from there in a new folder" if good else ""
        super().__init__(
            f"{path} is damaged {where}" + f" ({problem})" * bool(problem) + f": it was left as it is{hint}"
        )


class PluginInvalid(BadInput):
    """Raised when a plugin cannot be loaded or registers something twice."""


class WorldError(GomeError):
    """Raised for failures that are planned for. Retried; then the trace's step fails, not the run."""


class ModelUnavailable(WorldError):
    """Raised when the model gave no usable answer within its deadline."""

    def __init__(self, problem: str, *, retried: bool = False) -> None:
        self.retried = retried  # whoever raises it has tried again already: another try belongs to another question
        super().__init__(problem)


class AttemptFailed(ModelUnavailable):
    """Raised when one attempt at calling an endpoint failed. Carries what may be done about it."""

    def __init__(
        self,
        outcome: str,
        problem: str,
        *,
        again: bool = False,
        dead: bool = False,
        billed: bool = False,
        after_s: float | None = None,
    ) -> None:
        self.outcome, self.problem = outcome, problem
        self.again = again  # the same call may succeed later
        self.dead = dead  # it says something about the endpoint, not about the question
        self.billed = billed  # the provider may charge for it
        self.after_s = after_s  # what the endpoint asked to wait
        super().__init__(f"{outcome.replace('_', ' ')}: {problem}" if problem else outcome.replace("_", " "))


class ExecutionError(WorldError):
    """Raised when a trial could not be started. Not raised when its code fails: that is data."""


class WorkerLost(ExecutionError):
    """Raised when a warm worker has ended, does not fork, or must not be used."""


class SubmissionInvalid(GomeError):
    """Raised when a submission does not fit its sample. Names row and column where there is one."""

    def __init__(self, problem: str, *, row: int | None = None, column: str | None = None) -> None:
        self.problem, self.row, self.column = problem, row, column
        super().__init__(problem)


class EditInvalid(GomeError):
    """Raised when the code that a model sent cannot be used. Its text tells the model what to put right."""


class BudgetExceeded(GomeError):
    """Raised when a limit would be passed. Carries which, of which scope, how much, and of how much."""

    def __init__(self, resource: str, *, scope: str = "run", spent: float, limit: float) -> None:
        self.resource, self.scope, self.spent, self.limit = resource, scope, spent, limit
        super().__init__(f"{scope} {resource}: {spent:g} would pass the limit of {limit:g}")


class RunStopped(BudgetExceeded):
    """Raised for a question that is open when the run is asked to stop: no step is left to spend anything on."""

    def __init__(self) -> None:
        super().__init__("steps", spent=1, limit=0)
        self.args = ("the run is asked to stop",)


class DriverUnavailable(GomeError):
    """Raised when NVIDIA's driver cannot be asked for GPUs. Says why; a machine without GPUs raises it too."""


class RoutingInvalid(GomeError):
    """Raised at start-up when a message has no hearer, or an actor waits for what nobody says."""


class RingStalled(GomeError):
    """Raised when nothing moves and the run has not finished. Names the last word of each trace."""


class StoreError(GomeError):
    """Raised when the journal cannot be written or read. Ends the run at once."""


def only(error: BaseException) -> BaseException:
    """Return the one error in nested groups; of several a store's, which the others follow from; else the group."""
    while isinstance(error, BaseExceptionGroup):
        lost, _ = error.split(StoreError)
        found = lost or error
        if lost is None and len(error.exceptions) > 1:
            break
        error = found.exceptions[0]
    return error
