"""`gome exec`: one program as a trial, checked."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gome.cli import options
from gome.cli.output import Exit, document, say, tell

if TYPE_CHECKING:
    from gome.folder import RunFolder
    from gome.messages import Check, TaskBrief, TrialFinished
    from gome.settings import Settings

TRIAL = "exec"
UNLIMITED_S = 3600.0  # what a trial may take where no budget is told


@click.command("exec", short_help="Run one program as a trial, and check it.")
@click.argument("solution", type=click.Path(path_type=Path))
@click.option("--task", required=True, type=click.Path(path_type=Path), help="The task's folder.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for its files; new or empty.  [none are kept]")
@click.option("--budget", metavar="TIME", help="Wall clock of the trial.  [10m]")
@options.allow_unsandboxed
@options.as_json
@options.no_plugins
@options.verbose
def exec_(
    *,
    solution: Path,
    task: Path,
    out: Path | None,
    budget: str | None,
    allow_unsandboxed: bool | None,
    as_json: bool,
    no_plugins: bool,
    verbose: int,
) -> Exit:
    """Run SOLUTION, one Python file, as a trial of --task, score its predictions and check them."""
    from gome.cli import logging
    from gome.cli.config import load
    from gome.errors import RunFolderInvalid
    from gome.folder import RunFolder

    logging.configure(verbose)
    told = {"budget": budget, "allow_unsandboxed": allow_unsandboxed, "warm_workers": False}  # for one program: none
    settings = load(told, os.environ, Path.cwd()).settings
    if not solution.is_file():
        raise RunFolderInvalid(f"{solution}: no such file; name a Python program")
    with _folder(out) as path:
        brief, finished = _try(solution.read_bytes(), task, RunFolder(path), settings, plugins=not no_plugins)
    ruling = judged(finished, brief)
    if as_json:
        document(ruling)
    else:
        _tell(ruling, out)
    return Exit.OK if finished.score is not None else Exit.NO_SUBMISSION


def judged(finished: "TrialFinished", brief: "TaskBrief") -> dict[str, Any]:
    """Return what was found; the fields are a contract."""
    from gome.evaluation.checks import judge, verdict

    checks = judge(finished, brief)
    return {
        "status": finished.status,
        "score": finished.score,
        "noise": finished.noise,
        "claimed": finished.claimed,
        "checks": checks,
        "verdict": verdict(checks),
        "reasons": _reasons(finished, checks),
        "sandbox": finished.sandbox,
    }


def _reasons(finished: "TrialFinished", checks: "tuple[Check, ...]") -> list[str]:
    """Return why the verdict is not a plain yes."""
    noticed = [check.evidence for check in checks if check.status != "passed"]
    error = finished.error and f"{finished.stage} stage: {finished.error}"
    return [error, *noticed] if error and not any(finished.error in text for text in noticed) else noticed


def _try(
    code: bytes, path: Path, folder: "RunFolder", settings: "Settings", *, plugins: bool
) -> "tuple[TaskBrief, TrialFinished]":
    import anyio
    import msgspec

    from gome import builtin
    from gome.cli.found import Found
    from gome.execution import Device
    from gome.execution.devices import parse_devices
    from gome.execution.pool import DevicePool
    from gome.execution.rig import Rig
    from gome.folder import write_whole
    from gome.messages import Stage, TraceId, TrialId
    from gome.plugin import Registry, register_all
    from gome.prepare import prepare, read_task, review
    from gome.task.folders import clear

    registry, found = Registry(), Found(enabled=plugins)
    register_all(registry, (builtin.register, *found.registers))
    found.warn()
    devices = DevicePool(parse_devices(settings.devices))
    runner = registry.executor(settings)
    task = read_task(path, registry.metrics)
    folder.create()
    prepared = prepare(task, folder, settings, registry)
    for sentence in prepared.inferred:
        say(sentence)
    rig = Rig(
        runner,
        devices,
        prepared.inputs,
        prepared.harness,
        memory_mib=settings.trial_memory_mib,
        review=review(prepared, folder, seed=settings.seed, always=True),
    )
    trial = TrialId(TRIAL)
    place = folder.trial(trial)

    def started(stage: Stage, device: Device, limit_s: float) -> None:
        say(f"{stage} stage on {device.name}, {limit_s:.0f} s at most")

    async def run() -> "TrialFinished":
        ends = anyio.current_time() + (settings.budget_s or UNLIMITED_S)

        def left_s() -> float:
            return ends - anyio.current_time()

        return await rig.try_out(
            place,
            TraceId(TRIAL),
            trial,
            code=code,
            kept=place.with_suffix(".csv"),
            limit_s=left_s,
            seed=settings.seed,
            started=started,
        )

    try:
        finished = anyio.run(run)
    finally:
        rig.close()
    clear(place / "outcome.json")  # the program may have laid something there
    write_whole(place / "outcome.json", msgspec.json.format(msgspec.json.encode(finished)))
    return prepared.brief, finished


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out
        return
    from gome.task.folders import discard

    made = Path(tempfile.mkdtemp(prefix="gome-exec-"))
    try:
        yield made
    finally:
        with suppress(OSError):
            discard(made)


def _tell(ruling: dict[str, Any], out: Path | None) -> None:
    from gome.cli.figures import figure

    tell(f"status:  {ruling['status']}")
    if ruling["score"] is not None:
        claim = f" (it claims {figure(ruling['claimed'])})" if ruling["claimed"] is not None else ""
        tell(f"score:   {figure(ruling['score'])} ± {ruling['noise'] or 0:.2g}{claim}")
    tell(f"verdict: {ruling['verdict']}")
    for check in ruling["checks"]:
        tell(f"  {check.status:<7} {check.name:<10} {check.evidence}")
    for reason in ruling["reasons"]:
        say(f"- {reason}")
    if out is not None:
        tell(f"files:   {out / 'trials' / TRIAL}")
