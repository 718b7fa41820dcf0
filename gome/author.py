"""One step of a trace, written: the model says what to change and writes it, the folder keeps it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress

import anyio
import msgspec
import structlog

from gome.actor import Context
from gome.budget import Ledger
from gome.errors import ModelUnavailable
from gome.folder import RunFolder
from gome.llm import Model, keeps
from gome.memory import History
from gome.messages import (
    DraftQuestion,
    Hypothesis,
    Implementation,
    Message,
    Problem,
    Profile,
    Proposal,
    ProposeQuestion,
    SolutionProposed,
    Starts,
    StepChosen,
    StepDropped,
    TaskBrief,
    TraceId,
    TraceOpened,
    TrialId,
)
from gome.pace import Pace
from gome.search import Choice, Strategy
from gome.search.kinship import SAME, kinship
from gome.seeds import seed_for
from gome.writer import Writer

DRAFT_RETRIES_S = (1.0, 4.0)  # waits before the second and the third attempt at the starts of a run


class Author:
    """Writes the solution that a step asks for."""

    def __init__(
        self,
        task: TaskBrief,
        profile: Profile,
        *,
        model: Model,
        strategy: Strategy,
        history: History,
        folder: RunFolder,
        scope: Callable[[TraceId], Ledger],
        pace: Pace,
        seed: int,
    ) -> None:
        self.task = task
        self._model, self._profile, self._strategy, self._history = model, profile, strategy, history
        self._folder, self._scope, self._pace, self._seed = folder, scope, pace, seed
        self._awaited = not keeps(model)
        self._writer = Writer(task, profile, model=model, history=history, folder=folder, pace=pace, seed=seed)

    async def starts(
        self, count: int, key: str, context: Context, *, patient: bool = False, needed: bool = True
    ) -> Sequence[Hypothesis]:
        """Return so many beginnings, as unlike as possible to each other and to all that there were.

        Args:
            count: how many, at most.
            key: of the question.
            context: of the message that it answers.
            patient: whether a model that fails is asked again: a run without a start is none.
            needed: whether there must be one; else there may be none.

        Raises:
            ModelUnavailable: the model named none, and one is needed.
            BudgetExceeded: asking would pass a limit.
        """
        known = [trace.start.caption for trace in self._history.traces.values() if trace.start is not None]
        known += [item.hypothesis.caption for item in self._history.tried() if item.operator == "draft"]
        question = DraftQuestion(
            task=self.task,
            profile=self._profile,
            starts=count,
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(self._seed, key),
            key=key,
            avoid=tuple(dict.fromkeys(known)),
        )

        async def ask() -> Starts:
            try:
                return await self._begin(question, DRAFT_RETRIES_S if patient else ())
            except ModelUnavailable:
                if needed:
                    raise
                return Starts(starts=())

        return (await context.once(key, ask, Starts, awaited=self._awaited)).starts[:count]

    async def _begin(self, question: DraftQuestion, waits_s: Sequence[float]) -> Starts:
        for wait_s in waits_s:
            try:
                return await self._starts(question)
            except ModelUnavailable as error:
                if error.retried:
                    raise
                structlog.get_logger().warning("draft.again", error=str(error), again_in_s=wait_s)
            await anyio.sleep(wait_s)
        return await self._starts(question)

    async def _starts(self, question: DraftQuestion) -> Starts:
        answer = await self._model.draft(question)
        if not answer.starts:
            raise ModelUnavailable("the model named no way to begin")
        return answer

    async def write(self, chosen: StepChosen, context: Context) -> Sequence[Message]:
        """Return the solution that a step asks for, after its trace's opening where that is new; or why there is none.

        Raises:
            ModelUnavailable: the model gave no usable answer.
            BudgetExceeded: asking it would pass a limit.
        """
        trace = self._history.traces[chosen.trace]
        trial = TrialId(f"{chosen.trace}-{len(trace.attempts) + 1:03d}")
        with self._scope(chosen.trace).reserve("trials", 1) as admitted:
            base = await self._writer.base(chosen, trial, context)
            choice = await self._choose(chosen, base, trial, context)
            if choice is None:
                reason = f"nothing is left to try on {chosen.parent}"
                return [StepDropped(trace=chosen.trace, why="tried", parent=chosen.parent, reason=reason)]
            code = base
            if chosen.operator != "merge":
                code = await self._writer.written(chosen, base, choice.hypothesis, trial, context)
            assert code is not None, "at least one question was asked"
            if chosen.operator == "merge" and (twin := self._twin(code)) is not None:
                reason = f"{chosen.parent} merged with {chosen.other} is {twin} again"
                parent, other = chosen.parent, chosen.other
                return [StepDropped(trace=chosen.trace, why="tried", parent=parent, other=other, reason=reason)]
            choice, code = await self._unlike(chosen, choice, code, trial, context)
            path, sha256 = self._folder.write_code(trial, code)
            admitted.settle(1)
        proposed = SolutionProposed(
            trace=chosen.trace,
            trial=trial,
            step=len(trace.attempts) + 1,
            operator=chosen.operator,
            parent=chosen.parent,
            other=chosen.other,
            others=chosen.others,
            arm=chosen.arm,
            hypothesis=choice.hypothesis,
            code=path,
            sha256=sha256,
            reason=choice.reason,
            borrowed=tuple(TrialId(item) for item in choice.borrowed),
            rest=choice.rest,
            limit_s=self._pace.trial_limit_s(),
        )
        if trace.start is not None:
            return [proposed]
        return [TraceOpened(trace=chosen.trace, start=choice.hypothesis, reason=chosen.reason), proposed]

    async def _choose(self, chosen: StepChosen, base: str | None, trial: TrialId, context: Context) -> Choice | None:
        if chosen.hypothesis is not None:
            return Choice(hypothesis=chosen.hypothesis, reason=chosen.reason, borrowed=chosen.borrowed)
        if chosen.operator == "draft" or chosen.parent is None:
            [start] = await self.starts(1, f"draft/{trial}", context)
            return Choice(hypothesis=start, reason=chosen.reason)
        parent = self._history.attempts[chosen.parent]
        if chosen.operator == "repair":
            return Choice(hypothesis=parent.proposed.hypothesis, reason=chosen.reason)
        momentum = self._history.traces[chosen.trace].momentum if chosen.guided else ()
        tried = self._history.tried()
        line = self._history.lineage.line(chosen.parent)
        line = line.union(*(self._history.lineage.line(other) for other in (chosen.other, *chosen.others) if other))
        here = [item.trial in line or (item.parent in line and not item.accepted) for item in tried]
        question = ProposeQuestion(
            task=self.task,
            profile=self._profile,
            code=base or self._folder.code(chosen.parent),
            score=parent.score,
            problems=self._problems(chosen) if chosen.guided else (),
            momentum=momentum,
            tried=tuple(compress(tried, here)),
            elsewhere=tuple(item for item, told in zip(tried, here, strict=True) if not told),
            left=self._pace.left_share(),
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(self._seed, trial, "propose"),
            key=f"propose/{trial}",
        )
        proposal = await context.once(
            question.key, lambda: self._model.propose(question), Proposal, awaited=self._awaited
        )
        return self._strategy.choose(proposal, momentum, self._history.tried(), chosen.parent)

    def _problems(self, chosen: StepChosen) -> tuple[Problem, ...]:
        """Return the newest diagnosis about the parent's code that found anything; else the trace's newest."""
        attempts = self._history.attempts.values()
        about = [a for a in attempts if a.diagnosed is not None and a.diagnosed.problems]
        mine = [a for a in about if a.diagnosed is not None and a.diagnosed.best == chosen.parent]
        ours = [a for a in about if a.proposed.trace == chosen.trace]
        newest = (mine or ours)[-1:]
        return newest[0].diagnosed.problems if newest and newest[0].diagnosed is not None else ()

    async def _unlike(
        self, chosen: StepChosen, choice: Choice, code: str, trial: TrialId, context: Context
    ) -> tuple[Choice, str]:
        """Return a first solution that is not kin to another trace's: that one, or another start's where it was."""
        if chosen.operator != "draft" or not self._strategy.diagnoses or (twin := self._kin(chosen, code)) is None:
            return choice, code
        others = await self.starts(1, f"draft/{trial}/again", context, needed=False)
        if not others or others[0].caption == choice.hypothesis.caption:
            return choice, code  # the model knows no other: better kin than none
        start = others[0]
        code = await self._writer.again(start, trial, context)
        reason = f"{choice.hypothesis.caption!r} came out as {twin} did; instead: {start.caption}"
        return Choice(hypothesis=start, reason=reason), code

    def _kin(self, chosen: StepChosen, code: str) -> TrialId | None:
        """Return the first solution of another trace that this one is kin to."""
        for name, trace in self._history.traces.items():
            if name != chosen.trace and trace.attempts:
                first = trace.attempts[0].proposed.trial
                if kinship(code, self._folder.code(first)) >= SAME:
                    return first
        return None

    def _twin(self, code: str) -> TrialId | None:
        """Return the trial that had this very code."""
        return next((trial for trial in self._history.attempts if self._folder.code(trial) == code), None)


def written(outcomes: Mapping[str, str | None], trial: TrialId) -> str | None:
    """Return a trial's program from the outcomes of a run's effects; None where they do not hold it."""
    for key in written_under(trial):
        if (outcome := outcomes.get(key)) is not None:
            return msgspec.json.decode(outcome, type=Implementation).code
    return None


def written_under(trial: TrialId) -> tuple[str, ...]:
    """Return the keys of the effects that may hold a trial's program; the first that does has it."""
    return f"implement/{trial}/again", f"implement/{trial}"  # a start that was written anew replaces the first
