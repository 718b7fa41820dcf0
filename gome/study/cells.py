"""The runs of a study, each in a folder of its own: what has ended is kept, what was cut off goes on."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from gome.errors import BadInput, GomeError
from gome.folder import RunFolder
from gome.plugin import Register
from gome.run import Run
from gome.runtime import Runtime
from gome.study.spec import EXAMPLE, Cell, Spec
from gome.summary import RunResult
from gome.task.examples import write_example
from gome.task.folders import discard

ENDED = ("finished", "stopped", "failed")


def ended(folder: Path) -> RunResult | None:
    """Return what came of a run that has ended; None where it has not, or there is none."""
    try:
        result = msgspec.json.decode((folder / "run.json").read_bytes(), type=RunResult)
    except (OSError, msgspec.DecodeError):
        return None
    return result if result.status in ENDED else None


async def work(
    spec: Spec, out: Path, *, plugins: Iterable[Register], told: Callable[[Cell, RunResult | None, str], None]
) -> None:
    """Run every cell that has not ended yet.

    Args:
        spec: of the study.
        out: the study's folder.
        plugins: for the runs.
        told: called as each cell ends, with what came of it, or with the error that ended it.
    """
    plugins = tuple(plugins)
    slots = anyio.CapacityLimiter(spec.parallel)
    async with anyio.create_task_group() as tasks:
        async for cell in _fresh(spec, out, told):
            tasks.start_soon(_one, cell, spec, out, plugins, slots, told)


async def _fresh(spec: Spec, out: Path, told: Callable[[Cell, RunResult | None, str], None]) -> AsyncIterator[Cell]:
    for cell in spec.cells():
        result = await anyio.to_thread.run_sync(ended, out / cell.folder)
        if result is None:
            yield cell
        else:
            told(cell, result, "")


async def _one(
    cell: Cell,
    spec: Spec,
    out: Path,
    plugins: tuple[Register, ...],
    slots: anyio.CapacityLimiter,
    told: Callable[[Cell, RunResult | None, str], None],
) -> None:
    async with slots:
        try:
            async with Runtime(spec.settings_of(cell), plugins=plugins) as runtime:
                run = await _begun(runtime, await anyio.to_thread.run_sync(_task, cell, spec, out), out / cell.folder)
                result = await run.result()
        except GomeError as error:  # one run's end is a row of the table, not the end of the study
            told(cell, None, str(error))
        else:
            told(cell, result, "")


async def _begun(runtime: Runtime, task: Path, folder: Path) -> Run:
    """Go on with what an earlier sitting of the study had begun, or begin."""
    if RunFolder(folder).journal.exists():
        try:
            return await runtime.resume(folder, task=task)
        except BadInput:  # it had hardly begun, or cannot be gone on with: anew
            await anyio.to_thread.run_sync(discard, folder)
    elif folder.exists():
        await anyio.to_thread.run_sync(discard, folder)
    return await runtime.start(task, out=folder)


def _task(cell: Cell, spec: Spec, out: Path) -> Path:
    """Return a cell's task folder; an example is written into the study's folder once."""
    if not cell.task.startswith(EXAMPLE):
        return spec.home / cell.task
    name = cell.task.removeprefix(EXAMPLE)
    folder = out / "tasks" / name
    if not (folder / "task.toml").exists():
        if folder.exists():
            discard(folder)
        write_example(name, folder)
    return folder
