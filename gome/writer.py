"""The programs that steps ask for, as the model writes them: merged, changed, repaired, begun."""

from functools import partial

from gome.actor import Context
from gome.folder import RunFolder
from gome.llm import Model, keeps
from gome.memory import History
from gome.messages import Hypothesis, Implementation, ImplementQuestion, Profile, StepChosen, TaskBrief, TrialId
from gome.pace import Pace
from gome.search.merging import merging
from gome.seeds import seed_for

OUTPUT_TAIL = 4000  # characters of a failed program's output that its repair is shown


class Writer:
    """Asks the model for code."""

    def __init__(
        self,
        task: TaskBrief,
        profile: Profile,
        *,
        model: Model,
        history: History,
        folder: RunFolder,
        pace: Pace,
        seed: int,
    ) -> None:
        self._task, self._profile, self._model, self._history = task, profile, model, history
        self._folder, self._pace, self._seed = folder, pace, seed
        self._awaited = not keeps(model)

    async def base(self, chosen: StepChosen, trial: TrialId, context: Context) -> str | None:
        """Return the code that a step starts from: its parent's, with what the others changed merged into it."""
        if chosen.parent is None:
            return None
        code = self._folder.code(chosen.parent)
        others = [other for other in (chosen.other, *chosen.others) if other is not None]
        last = chosen.operator == "merge"  # whose program this is: the last of its questions has the trial's key
        for left, other in zip(range(len(others) - last, -last, -1), others, strict=True):  # one after the other
            common = self._history.lineage.common(chosen.parent, other)
            more = f"/{left}" if left else ""
            question = ImplementQuestion(
                task=self._task,
                profile=self._profile,
                operator="merge",
                hypothesis=chosen.hypothesis or merging(chosen.parent, others),
                code=code,
                error="",
                other_code=self._folder.code(other),
                common_code=self._folder.code(TrialId(common)) if common else None,
                limit_s=max(self._pace.trial_limit_s(), 0.0),
                seed=seed_for(self._seed, trial, f"implement{more}"),
                key=f"implement/{trial}{more}",
            )
            ask = partial(self._model.implement, question)
            code = (await context.once(question.key, ask, Implementation, awaited=self._awaited)).code
        return code

    async def written(
        self, chosen: StepChosen, base: str | None, hypothesis: Hypothesis, trial: TrialId, context: Context
    ) -> str:
        """Return the program that a hypothesis makes of what it starts from, which a repair is shown the error of."""
        error = ""
        if chosen.operator == "repair" and chosen.parent is not None:
            finished = self._history.attempts[chosen.parent].finished
            if finished is not None:
                tail = (finished.stderr_tail or finished.stdout_tail)[-OUTPUT_TAIL:]
                error = f"{finished.error} (in the {finished.stage} stage)\n{tail}"
        question = ImplementQuestion(
            task=self._task,
            profile=self._profile,
            operator=chosen.operator,
            hypothesis=hypothesis,
            code=base,
            error=error,
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(self._seed, trial, "implement"),
            key=f"implement/{trial}",
        )
        ask = partial(self._model.implement, question)
        return (await context.once(question.key, ask, Implementation, awaited=self._awaited)).code

    async def again(self, start: Hypothesis, trial: TrialId, context: Context) -> str:
        """Return a first solution in place of one that was like another trace's."""
        question = ImplementQuestion(
            task=self._task,
            profile=self._profile,
            operator="draft",
            hypothesis=start,
            code=None,
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(self._seed, trial, "implement", "again"),
            key=f"implement/{trial}/again",
        )
        ask = partial(self._model.implement, question)
        return (await context.once(question.key, ask, Implementation, awaited=self._awaited)).code
