"""What a model is shown of a task, its data, a trial and programs: each exhibit as fenced text."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff

from gome.llm.context import Forms, middle
from gome.llm.fence import fenced
from gome.messages import Column, Evidence, Profile, Target, TaskBrief, TrialFinished

OUTPUT = (8192, 3000, 900)  # characters of a program's output, by form
OTHER = (120_000, 6000)  # characters of a program beside the one that is changed, by form
CLASSES = 20  # labels named
SAMPLE = 300  # rows of train that the first stage of a trial runs on, at most
FOLD = re.compile(r"\s*fold\s*#?\d+:?\s+(?:train\s+\S+\s+)?valid\s+\S+\s*", re.IGNORECASE)
WARNING = re.compile(r"^[^\n]+:\d+: \w*Warning:[^\n]*\n(?:[ \t]+[^\n]*\n)*", re.MULTILINE)
TRACEBACK = "Traceback (most recent call last):"
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


def unparsed(stdout: str, evidence: Evidence) -> str:
    """Return what a program printed without the lines that its outcome shows already."""
    notes = {f"note: {note}" for note in evidence.notes}
    kept = (line for line in stdout.splitlines() if line.strip() not in notes)
    return "\n".join(line for line in kept if not (evidence.folds and FOLD.fullmatch(line)))


def error_forms(error: str) -> Forms:
    """Why a program failed, whole, then its beginning and end. Warnings that came before a traceback are left out."""
    before, traceback, after = error.partition(TRACEBACK)
    if traceback:
        error = WARNING.sub("", before) + traceback + after
    return tuple(f"How it failed:\n\n{fenced('error', middle(error, most))}" for most in OUTPUT)


def code(program: str) -> str:
    """A program, whole."""
    return fenced("code", program)


def other_forms(title: str, program: str, base: str) -> Forms:
    """A program beside another: their differences where these are shorter; then its beginning and end; then nothing."""
    diff = "\n".join(unified_diff(base.splitlines(), program.splitlines(), "BEST", "TRIED", lineterm=""))
    kind, text = ("diff", diff) if diff and 2 * len(diff) < len(program) else ("code", program)
    if program == base:
        return (f"{title}: the same as above.",)
    forms = [
        f"{title}{', as differences' if kind == 'diff' else ''}:\n\n{fenced(kind, middle(text, n))}" for n in OTHER
    ]
    return (*forms, "")


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
    if (files := task.row_files) is not None:
        kind = "a file" if files.kind == "other" else f"{'an' if files.kind[0] in 'ia' else 'a'} {files.kind} file"
        yield (
            f"each row has {kind}, named by its column {files.column}: "
            f"./input/{files.pattern(files.train)} for a row of {task.train_file}, "
            f"./input/{files.pattern(files.test)} for one of {task.test_file}"
        )
    if task.train_rows or task.view_rows:
        yield f"rows that a program sees: {task.train_rows} labelled, {task.view_rows} to predict"
    if task.turns > 1:
        yield (
            f"a trial runs the program {task.turns} times, each time with other labelled rows hidden: the measured "
            "score is over all of them, the claim is the mean of what was printed, the time limit is that of one run, "
            "and what it prints is shown of one run"
        )
    if task.own_folds:
        yield (
            "no rows are held out for the score: beside submission.csv the program writes ./oof.csv, in the form of "
            "./input/sample_oof.csv, with a prediction for each labelled row by a model that has not seen its label; "
            "the score is measured on these"
        )
    yield f"first stage: the same program on at most {SAMPLE} of the labelled rows"
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
    yield (
        f"{len(profile.columns) + profile.omitted_columns} columns, most associated with the target first "
        "(association: of the column alone; 0 does not mean useless):"
    )
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
    turn = f" ({duration(trial.stage_s)} a run)" if 0 < trial.stage_s < 0.7 * trial.wall_s else ""
    yield f"ended in the {trial.stage} stage after {duration(trial.wall_s)}{turn}, peak memory {trial.peak_mib:.0f} MiB"
    noise = f" (its standard error: {score(trial.noise)})" if trial.noise is not None else ""
    yield f"measured score: {score(trial.score)}{noise}; claimed by the program: {score(trial.claimed)}"
    if trial.evidence.constant is not None:
        yield f"best constant prediction: {score(trial.evidence.constant)}"
    if best is not None:
        yield f"best of its chain before: {score(best)}" + (
            f"; {_gain(trial.score, best, gain)}" if gain is not None else ""
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


def _gain(measured: float | None, best: float, gain: float) -> str:
    size = f" = {score(abs((measured - best) / gain))}" if gain and measured is not None else ""
    return f"gain {gain:+.1f} noise units (1 unit{size}, the standard error of the difference of the two)"


def _names(names: Sequence[str]) -> str:
    """Return names in quotes, so that one sees where each ends."""
    return ", ".join(json.dumps(name, ensure_ascii=False) for name in names)


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""
