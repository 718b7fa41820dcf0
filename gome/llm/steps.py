"""What a model is shown of steps: the one at hand, the problems it answers, and those of the run so far."""

from collections.abc import Iterator, Sequence

from gome.llm.context import Forms
from gome.llm.exhibits import NOTHING, score
from gome.llm.fence import fenced
from gome.messages import Hypothesis, Problem, Tried, Weighted


def hypothesis(step: Hypothesis) -> str:
    """One step, as it is to be carried out or was."""
    answers = f"answers: {step.problem}\n" if step.problem else ""
    return fenced("hypothesis", f"{step.caption} [{step.component}]\n{answers}{step.statement}")


def problems(found: Sequence[Problem]) -> str:
    """The diagnosis."""
    texts = [
        f"{number}. {problem.caption} [{problem.component}, effect {problem.effect:.1f}, cost x{problem.cost:.2g}]\n"
        f"   evidence: {problem.evidence}\n   cause: {problem.cause}\n   direction: {problem.direction}"
        for number, problem in enumerate(found, start=1)
    ]
    return fenced("diagnosis", "\n".join(texts) or "(no problem was named: look for one yourself)")


def momentum_forms(items: Sequence[Weighted]) -> Forms:
    """What worked elsewhere: with diffs, without, the heaviest alone."""
    if not items:
        return (NOTHING,)
    return tuple(
        fenced("successes", "\n".join(_success(item, diff=diff) for item in items[:most]))
        for most, diff in ((len(items), True), (len(items), False), (1, False))
    )


def standing_forms(items: Sequence[Tried]) -> Forms:
    """The best program of each other chain, where no step has worked there yet.

    Args:
        items: what was kept there, oldest first.
    """
    if not items:
        return (NOTHING,)
    newest = {item.trace: item for item in items}.values()
    text = "\n".join(
        f"- {item.trial} [{item.hypothesis.component}] {item.hypothesis.caption}: score {score(item.score)}"
        for item in newest
    )
    return (f"No step yet; these programs stand there:\n\n{fenced('standing', text)}",)


def tried_forms(items: Sequence[Tried]) -> Forms:
    """What was tried: statements of the newest 60, of 12, of none; then fewer captions."""
    if not items:
        return (NOTHING,)
    return tuple(
        fenced("tried", "\n".join(_tried(items, most, detailed)))
        for most, detailed in ((len(items), 60), (len(items), 12), (len(items), 0), (60, 0), (20, 0))
    )


def _success(item: Weighted, *, diff: bool) -> str:
    success = item.success
    reuse = f", borrowed {success.reused} times, gained {success.confirmed} times" if success.reused else ""
    text = (
        f"- {success.hypothesis.caption} [{success.hypothesis.component}]: gained {success.gain:.1f} noise units in "
        f"{success.trial} (weight {item.weight:.2f}{reuse})\n"
        f"  answered: {success.problem}\n  {success.hypothesis.statement}"
    )
    return f"{text}\n{success.diff}" if diff and success.diff else text


def _tried(items: Sequence[Tried], most: int, detailed: int) -> Iterator[str]:
    if len(items) > most:
        yield f"({len(items) - most} older ones are not shown)"
    for left, item in zip(range(min(most, len(items)), 0, -1), items[-most:], strict=True):
        origin = f"{item.operator} of {item.parent}" if item.parent else item.operator
        yield f"- {item.trial} ({origin}) [{item.hypothesis.component}] {item.hypothesis.caption}: {_result(item)}"
        if left <= detailed:
            yield f"  {item.hypothesis.statement}"


def _result(item: Tried) -> str:
    if item.score is None:
        return f"failed: {item.error}" if item.error else "running now" if item.pending else "no valid score"
    if item.pending:
        return f"measured {score(item.score)}, not judged yet"
    result = f"gain {item.gain:+.1f} noise units" if item.gain is not None else f"score {score(item.score)}"
    return f"{'kept' if item.accepted else 'not kept'}, {result}"
