"""One step of a trace: the strategy says what to change, the model writes it, the folder keeps it."""

from collections.abc import Sequence

import anyio
import structlog

from gome.actor import Context
from gome.budget import Ledger
from gome.errors import ModelUnavailable
from gome.folder import RunFolder
from gome.llm import Model
from gome.memory import History
from gome.messages import (
    DraftQuestion,
    Hypothesis,
    Implementation,
    ImplementQuestion,
    Message,
    Operator,
    Problem,
    Profile,
    Proposal,
    ProposeQuestion,
    SolutionProposed,
    Starts,
    TaskBrief,
    TraceClosed,
    TraceId,
    TrialId,
    Weighted,
)
from gome.pace import Pace
from gome.search import Choice, Step, Strategy
from gome.seeds import seed_for

DRAFT_RETRIES_S = (1.0, 4.0)  # waits before the second and the third attempt at the starts
OUTPUT_TAIL = 4000  # characters of a failed program's output that its repair is shown


class Author:
    """Writes the next solution of a trace."""

    def __init__(
        self,
        task: TaskBrief,
        profile: Profile,
        *,
        model: Model,
        strategy: Strategy,
        history: History,
        folder: RunFolder,
        ledger: Ledger,
        pace: Pace,
        seed: int,
    ) -> None:
        self.task, self.model = task, model
        self._profile, self._strategy, self._history = profile, strategy, history
        self._folder, self._ledger, self._pace, self._seed = folder, ledger, pace, seed

    async def begin(self, question: DraftQuestion) -> Starts:
        """Return the starts of a run. Without them there is none, so a model that fails is asked again.

        Raises:
            ModelUnavailable: the last of several tries gave no usable answer.
            BudgetExceeded: it cannot be paid for.
        """
        for wait_s in DRAFT_RETRIES_S:
            try:
                return await self._starts(question)
            except ModelUnavailable as error:
                if error.retried:
                    raise
                structlog.get_logger().warning("draft.again", error=str(error), again_in_s=wait_s)
            await anyio.sleep(wait_s)
        return await self._starts(question)

    async def _starts(self, question: DraftQuestion) -> Starts:
        answer = await self.model.draft(question)
        if not answer.starts:
            raise ModelUnavailable("the model named no way to begin")
        return answer

    async def next(self, trace: TraceId, momentum: Sequence[Weighted], context: Context) -> Message:
        """Return the trace's next solution, or its end where nothing is left to try.

        Raises:
            ModelUnavailable: the model gave no usable answer.
            BudgetExceeded: no further trial is admitted.
        """
        trial = TrialId(f"{trace}-{len(self._history.traces[trace].attempts) + 1:03d}")
        with self._ledger.reserve("trials", 1) as admitted:
            tried, best = self._history.tried(), self._history.traces[trace].best
            step = self._strategy.step(trace, tried, best)
            if step.operator == "close":
                return TraceClosed(trace=trace, reason=step.reason)
            choice = await self._choose(step, trace, trial, momentum, context)
            if choice is None:
                return TraceClosed(trace=trace, reason=f"nothing is left to try on {step.parent}")
            code = await self._write(step.operator, step.parent, choice.hypothesis, trial, context)
            path, sha256 = self._folder.write_code(trial, code)
            admitted.settle(1)
        return SolutionProposed(
            trace=trace,
            trial=trial,
            step=int(trial.rpartition("-")[2]),
            operator=step.operator,
            parent=TrialId(step.parent) if step.parent else None,
            hypothesis=choice.hypothesis,
            code=path,
            sha256=sha256,
            reason=choice.reason,
            borrowed=tuple(TrialId(item) for item in choice.borrowed),
            limit_s=self._pace.trial_limit_s(),
        )

    async def _choose(
        self, step: Step, trace: TraceId, trial: TrialId, momentum: Sequence[Weighted], context: Context
    ) -> Choice | None:
        history = self._history.traces[trace]
        if step.operator == "draft":
            return Choice(hypothesis=history.start, reason=step.reason)
        assert step.parent is not None, "only a draft has no parent"
        parent = self._history.attempts[TrialId(step.parent)]
        if step.operator == "repair":
            return Choice(hypothesis=parent.proposed.hypothesis, reason=step.reason)
        question = ProposeQuestion(
            task=self.task,
            profile=self._profile,
            code=self._folder.code(TrialId(step.parent)),
            score=parent.finished.score if parent.finished else None,
            problems=self._problems(trace),
            momentum=tuple(momentum),
            tried=self._history.tried(),
            left=self._pace.left_share(),
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(self._seed, trial, "propose"),
            key=f"propose/{trial}",
        )
        proposal = await context.once(question.key, lambda: self.model.propose(question), Proposal)
        return self._strategy.choose(proposal, momentum, self._history.tried(), step.parent)

    def _problems(self, trace: TraceId) -> tuple[Problem, ...]:
        """Return the newest diagnosis of the trace that found anything."""
        for attempt in reversed(self._history.traces[trace].attempts):
            if attempt.diagnosed is not None and attempt.diagnosed.problems:
                return attempt.diagnosed.problems
        return ()

    async def _write(
        self, operator: Operator, parent_id: str | None, hypothesis: Hypothesis, trial: TrialId, context: Context
    ) -> str:
        parent = self._history.attempts[TrialId(parent_id)] if parent_id else None
        error = ""
        if operator == "repair" and parent is not None and parent.finished is not None:
            finished = parent.finished
            tail = (finished.stderr_tail or finished.stdout_tail)[-OUTPUT_TAIL:]
            error = f"{finished.error} (in the {finished.stage} stage)\n{tail}"
        question = ImplementQuestion(
            task=self.task,
            profile=self._profile,
            operator=operator,
            hypothesis=hypothesis,
            code=self._folder.code(parent.proposed.trial) if parent else None,
            error=error,
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(self._seed, trial, "implement"),
            key=f"implement/{trial}",
        )
        answer = await context.once(question.key, lambda: self.model.implement(question), Implementation)
        return answer.code
