"""What a model is shown of a task, its data, a trial and the run so far: each exhibit as fenced text."""

import json
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff

from gome.llm.context import Forms, middle
from gome.llm.fence import fenced
from gome.messages import Column, Hypothesis, Problem, Profile, Target, TaskBrief, TrialFinished, Tried, Weighted

OUTPUT = (8192, 3000, 900)  # characters of a program's output, by form
OTHER = (120_000, 6000)  # characters of a program beside the one that is changed, by form
CLASSES = 20  # labels named
WANTED = {
    "label": "a label for each row",
    "probability": "probabilities, 0 to 1",
    "value": "a number for each row",
    "ranking": "labels separated by spaces, best first",
}
NOTHING = "(none)"


def facts(task: TaskBrief) -> str:
    """What the task is, as the run understands it."""
    return fenced("task", "\n".join(_facts(task)))


def description(task: TaskBrief) -> str:
    """What its author wrote, whole."""
    return fenced("description", task.description.strip() or NOTHING)


def profile_forms(profile: Profile) -> Forms:
    """The data: all columns with examples, then fewer and fewer."""
    return tuple(
        fenced("profile", "\n".join(_profile(profile, most, examples=examples, files=files)))
        for most, examples, files in (
            (300, True, True),
            (300, False, True),
            (100, False, True),
            (40, False, True),
            (15, False, False),
        )
    )


def outcome(
    trial: TrialFinished, checks: Iterable[tuple[str, str, str]], *, best: float | None, gain: float | None
) -> str:
    """What the harness measured of a trial.

    Args:
        trial: how it ended.
        checks: name, status, evidence.
        best: score of the trace's best before it.
        gain: against that best, in units of its noise.
    """
    return fenced("outcome", "\n".join(_outcome(trial, list(checks), best, gain)))


def output_forms(stdout: str, stderr: str) -> Forms:
    """What a program printed, whole, then its beginning and end."""
    return tuple(
        fenced(
            "output", f"stdout:\n{middle(stdout, most) or NOTHING}\n\nstderr:\n{middle(stderr, most // 2) or NOTHING}"
        )
        for most in OUTPUT
    )


def error_forms(error: str) -> Forms:
    """Why a program failed, whole, then its beginning and end."""
    return tuple(f"How it failed:\n\n{fenced('error', middle(error, most))}" for most in OUTPUT)


def code(program: str) -> str:
    """A program, whole."""
    return fenced("code", program)


def other_forms(title: str, program: str, base: str) -> Forms:
    """A program beside another: their differences where these are shorter; then its beginning and end; then nothing."""
    diff = "\n".join(unified_diff(base.splitlines(), program.splitlines(), "above", "here", lineterm=""))
    kind, text = ("diff", diff) if diff and 2 * len(diff) < len(program) else ("code", program)
    if program == base:
        return (f"{title}: the same as above.",)
    forms = [
        f"{title}{', as differences' if kind == 'diff' else ''}:\n\n{fenced(kind, middle(text, n))}" for n in OTHER
    ]
    return (*forms, "")


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


def tried_forms(items: Sequence[Tried]) -> Forms:
    """What was tried: statements of the newest 60, of 12, of none; then fewer captions."""
    if not items:
        return (NOTHING,)
    return tuple(
        fenced("tried", "\n".join(_tried(items, most, detailed)))
        for most, detailed in ((len(items), 60), (len(items), 12), (len(items), 0), (60, 0), (20, 0))
    )


def duration(seconds: float) -> str:
    """Return a time that is never longer than it is: "210 s", "3600 s (60 min)"."""
    whole = int(seconds)
    return f"{whole} s ({whole // 60} min)" if whole >= 600 else f"{whole} s" if whole >= 10 else f"{seconds:.1f} s"


def score(value: float | None) -> str:
    """Return a score with five digits."""
    return "none" if value is None else f"{value:.5g}"


def _facts(task: TaskBrief) -> Iterator[str]:
    yield f"name: {task.name}"
    yield f"kind: {task.kind}; metric: {task.metric}, {'higher' if task.higher_is_better else 'lower'} is better"
    yield f"to predict: {_names(task.targets)}; the submission holds {WANTED[task.wanted]}"
    yield f"submission columns: {_names(task.submission_columns)}"
    yield f"id column: {_names((task.id_column,)) if task.id_column else 'none; rows are matched by their order'}"
    if task.classes:
        yield f"labels: {_names(task.classes[:50])}{_more(len(task.classes) - 50)}"
    if task.text_columns:
        yield f"text columns: {_names(task.text_columns)}"
    if task.group_column:
        yield f"rows that share {_names((task.group_column,))} belong together: validate by whole groups"
    if task.time_column:
        yield f"time is {_names((task.time_column,))}: validate on later rows than those trained on"
    yield f"files below ./input/: {_names((task.train_file, task.test_file, task.sample_file))} (train, test, sample)"
    yield f"hardware: {task.hardware or 'unknown'}"
    yield f"installed packages: {', '.join(task.packages) or 'unknown; assume numpy, pandas, scikit-learn'}"


def _profile(profile: Profile, most: int, *, examples: bool, files: bool) -> Iterator[str]:
    yield f"{profile.rows} labelled rows, {profile.test_rows} test rows, before rows are held out"
    yield from (f"target {_target(target)}" for target in profile.targets)
    yield from (
        f"suspect ({suspect.kind}{', ' + _names((suspect.column,)) if suspect.column else ''}): {suspect.evidence}"
        for suspect in profile.suspects
    )
    left_out = profile.omitted_columns + max(len(profile.columns) - most, 0)
    yield f"{len(profile.columns) + profile.omitted_columns} columns, most associated with the target first:"
    yield from (f"- {_column(column, examples=examples)}" for column in profile.columns[:most])
    if left_out:
        yield f"- and {left_out} less associated columns, not shown"
    if profile.other_files:
        yield f"other files below ./input/: {_names(profile.other_files) if files else len(profile.other_files)}"


def _target(target: Target) -> str:
    parts = [_names((target.name,)), f"{target.distinct} distinct"]
    if target.classes:
        total = sum(rows for _, rows in target.classes) or 1
        shown = ", ".join(f"{_names((label,))} {rows} ({rows / total:.1%})" for label, rows in target.classes[:CLASSES])
        parts.append(f"rows by label: {shown}{_more(len(target.classes) - CLASSES)}")
    for name, value in (("min", target.minimum), ("max", target.maximum), ("mean", target.mean), ("skew", target.skew)):
        if value is not None:
            parts.append(f"{name} {value:.4g}")
    return "; ".join(parts)


def _column(column: Column, *, examples: bool) -> str:
    parts = [f"{_names((column.name,))} {column.kind}", f"{column.distinct} distinct"]
    if column.missing:
        parts.append(f"{column.missing:.1%} missing")
    for name, value in (("association", column.association), ("skew", column.skew), ("shift", column.shift)):
        if value is not None:
            parts.append(f"{name} {value:.2f}")
    if not column.in_test:
        parts.append("not in test")
    if examples and column.examples:
        parts.append(f"e.g. {_names(column.examples)}")
    return ", ".join(parts)


def _outcome(
    trial: TrialFinished, checks: list[tuple[str, str, str]], best: float | None, gain: float | None
) -> Iterator[str]:
    yield f"trial {trial.trial}: {trial.status}" + (f", {trial.error}" if trial.error else "")
    yield f"ended in the {trial.stage} stage after {duration(trial.wall_s)}, peak memory {trial.peak_mib:.0f} MiB"
    noise = f" (noise {score(trial.noise)})" if trial.noise is not None else ""
    yield f"measured score: {score(trial.score)}{noise}; claimed by the program: {score(trial.claimed)}"
    if trial.evidence.constant is not None:
        yield f"best constant prediction: {score(trial.evidence.constant)}"
    if best is not None:
        yield f"best of its chain before: {score(best)}" + (
            f"; gain {gain:+.1f} noise units" if gain is not None else ""
        )
    for number, fold in enumerate(trial.evidence.folds, start=1):
        yield f"fold {number}: train {score(fold.train)} valid {score(fold.valid)} (as printed)"
    for one in trial.evidence.classes[:CLASSES]:
        label = _names((one.label,))
        yield f"class {label}: {one.support} rows, recall {one.recall:.2f}, precision {one.precision:.2f}"
    if (missed := trial.evidence.residuals) is not None:
        yield f"residuals: bias {missed.bias:+.2f}, tail {missed.tail:.2f}, growth {missed.growth:+.2f}"
    yield from (f"note: {note}" for note in trial.evidence.notes)
    yield from (f"check {name} {status}: {evidence}" for name, status, evidence in checks)


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
        return f"failed: {item.error}" if item.error else "under way"
    result = f"gain {item.gain:+.1f}" if item.gain is not None else f"score {score(item.score)}"
    return f"{'kept' if item.accepted else 'not kept'}, {result}"


def _names(names: Sequence[str]) -> str:
    """Return names in quotes, so that one sees where each ends."""
    return ", ".join(json.dumps(name, ensure_ascii=False) for name in names)


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""
