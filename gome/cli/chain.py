"""What a solution came from: the accepted steps from its trace's first one, and why each was taken."""

from collections.abc import Iterator

from gome.cli.figures import figure, gained
from gome.cli.output import one_line
from gome.memory import History
from gome.memory.history import Attempt
from gome.messages import Problem, TrialId


def chain(history: History, trial: TrialId) -> list[Attempt]:
    """Return the steps from the first solution to `trial`, those that improved and `trial` itself."""
    steps: list[Attempt] = []
    at: TrialId | None = trial
    while at is not None and at in history.attempts:
        attempt = history.attempts[at]
        if at == trial or (attempt.diagnosed is not None and attempt.diagnosed.improved):
            steps.append(attempt)
        at = attempt.proposed.parent
    return steps[::-1]


def told(history: History, trial: TrialId) -> Iterator[str]:
    """Yield the chain in words: what each step scored, what it changed, which problem it answered."""
    steps = chain(history, trial)
    for number, step in enumerate(steps, start=1):
        hypothesis, diagnosed = step.proposed.hypothesis, step.diagnosed
        score = figure(diagnosed.score if diagnosed else None)
        gain = gained(diagnosed.gain, diagnosed.gain_noise) if diagnosed and number > 1 else ""
        yield f"  {number}. {score}  {hypothesis.caption}" + (f"  ({gain})" if gain else "")
        if hypothesis.statement:
            yield f"     {one_line(hypothesis.statement)}"
        problem = _answered(history, step) if number > 1 else None
        if problem is not None:
            yield f"     because: {one_line(problem.evidence or problem.cause)}"


def in_vain(history: History, trial: TrialId) -> str:
    """Return, in one line, what else was tried in the trial's trace and not kept; empty where nothing was."""
    kept = {step.proposed.trial for step in chain(history, trial)}
    trace = history.traces[history.attempts[trial].proposed.trace]
    tried = [step.proposed.hypothesis.caption for step in trace.attempts if step.proposed.trial not in kept]
    return f"  not kept, since no gain beyond noise was seen: {'; '.join(dict.fromkeys(tried))}" if tried else ""


def _answered(history: History, step: Attempt) -> Problem | None:
    """Return the problem that a step answered, as the newest diagnosis before it told it."""
    for attempt in reversed(list(history.attempts.values())):
        if attempt.proposed.trace != step.proposed.trace or attempt.diagnosed is None:
            continue
        if attempt.proposed.step >= step.proposed.step:
            continue
        for problem in attempt.diagnosed.problems:
            if problem.caption == step.proposed.hypothesis.problem:
                return problem
    return None
