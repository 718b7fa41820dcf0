"""Turns: a trial whose program runs once for each part of the rows that is hidden."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from gome.evaluation.claims import claimed_score, folds, notes
from gome.evaluation.harness import Harness, Scored
from gome.execution import Outcome
from gome.folder import settle
from gome.messages import Evidence, Stage, TraceId, TrialFinished, TrialId
from gome.task.folders import clear, room


def places(folder: Path, turns: int, code: bytes) -> list[Path]:
    """Return a folder for each turn of the trial in `folder`, the program in it.

    What one turn hides, the others learn from: the program of one must never see the folder of another.
    """
    others = [folder.parents[1] / "folds" / folder.name / str(turn) for turn in range(2, turns + 1)]
    for other in others:
        furnish(other, code)
    furnish(folder, code)
    return [folder, *others]


def furnish(folder: Path, code: bytes) -> None:
    """Put a program into a folder, whatever one that ran there before has laid in the way: no link is followed."""
    room(folder)
    place = folder / "solution.py"
    clear(place)
    with place.open("xb") as file:
        file.write(code)


def together(outcomes: Sequence[Outcome], turns: int) -> Outcome:
    """Return the turns of one trial as one outcome: it ended as the last did, and said what the first said.

    Args:
        outcomes: of the turns that were taken, at least one.
        turns: that were to be taken.
    """
    first, last = outcomes[0], outcomes[-1]
    where = f"in turn {len(outcomes)} of {turns}: " if len(outcomes) > 1 and last.error else ""
    told = first if last.status == "ok" else last
    return msgspec.structs.replace(
        last,
        wall_s=sum(outcome.wall_s for outcome in outcomes),
        cpu_s=sum(outcome.cpu_s for outcome in outcomes),
        device_s=sum(outcome.device_s for outcome in outcomes),
        energy_j=sum(outcome.energy_j for outcome in outcomes),
        peak_mib=max(outcome.peak_mib for outcome in outcomes),
        peak_gpu_mib=max(outcome.peak_gpu_mib for outcome in outcomes),
        error=where + last.error,
        stdout_tail=told.stdout_tail,
        stderr_tail=told.stderr_tail,
    )


def finished_so(
    trace: TraceId, trial: TrialId, stage: Stage, outcome: Outcome, before: Outcome | None = None, *, turns: int = 1
) -> TrialFinished:
    """Return what came of a trial whose last stage, in so many turns, ended so, and the one before it so; no score."""
    said = outcome.stdout_tail
    took = [before, outcome] if before else [outcome]
    return TrialFinished(
        trace=trace,
        trial=trial,
        stage=stage,
        status=outcome.status,
        claimed=claimed_score(said) if stage == "full" else None,
        error=outcome.error,
        exit_code=outcome.exit_code,
        wall_s=sum(one.wall_s for one in took),
        stage_s=outcome.wall_s / turns,
        device_s=sum(one.device_s for one in took),
        energy_j=sum(one.energy_j for one in took),
        peak_mib=outcome.peak_mib,
        peak_gpu_mib=outcome.peak_gpu_mib,
        stdout_tail=said,
        stderr_tail=outcome.stderr_tail,
        evidence=Evidence(folds=folds(said), notes=notes(said)) if stage == "full" else Evidence(),
        device=outcome.device,
        sandbox=outcome.sandbox,
        warm=outcome.warm,
    )


def submission(folder: Path) -> Path | None:
    """Return the submission."""
    return written(folder, "submission.csv")


def written(folder: Path, name: str) -> Path | None:
    """Return a file where the solution left it, moved to its one place."""
    place, elsewhere = folder / name, folder / "working" / name
    with contextlib.suppress(OSError):  # it has closed its folders, or put one in the place of the file
        if not place.is_file() and elsewhere.is_file():
            elsewhere.replace(place)
        if place.is_file():
            return place
    return None


def scored_and_settled(harness: Harness, kept: Path, code: bytes, claimed: float | None) -> Scored:
    """Score predictions, while the disk sees to it that they outlive a loss of power; both are done on return.

    Raises:
        SubmissionInvalid, MetricHangs: see Harness.score.
    """
    with ThreadPoolExecutor(1) as beside:
        settling = beside.submit(settle, kept)
        scored = harness.score(kept, claimed, code.decode("utf-8", errors="replace"))
        settling.result()
    return scored


def said(turns: Sequence[Outcome], reader: Callable[[str], float | None]) -> float | None:
    """Return what a program claims on average over its turns; None where it claims nothing."""
    claims = [claim for turn in turns if (claim := reader(turn.stdout_tail)) is not None]
    return sum(claims) / len(claims) if claims else None
