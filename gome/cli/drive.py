"""Drives one run from the command line: signals, the view, the end."""

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import anyio
import anyio.to_thread
import click
from anyio import CancelScope
from anyio.abc import TaskStatus

from gome.cli.age import Age
from gome.cli.board import Board
from gome.cli.found import Found
from gome.cli.output import one_line, say
from gome.cli.watch import screen, watch
from gome.errors import BadInput, GomeError, only
from gome.folder import RunFolder
from gome.plugin import Registry
from gome.run import Run
from gome.runtime import Runtime
from gome.settings import Settings
from gome.summary import RunResult
from gome.task.task import Task

INTERRUPTED = "interrupted"


class Driven(NamedTuple):
    """A run that has ended."""

    result: RunResult
    board: Board
    folder: RunFolder
    interrupted: bool


class Brake:
    """The first signal asks the run to end, the second one ends it."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.board: Board | None = None  # there is one as soon as there is a run
        self.pulled = 0

    async def listen(self, scope: CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Wait for signals until cancelled. The second one, or one before the run has begun, cancels `scope`."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for _ in signals:
                self.pulled += 1
                if self.pulled > 1 or self.run is None:
                    scope.cancel()
                    return
                say("finishing what is in flight; press again to stop at once")
                await self.run.stop(INTERRUPTED)


Begin = Callable[[Runtime], Awaitable[Run]]


def starting(read: Callable[[Registry], Task], out: Path | None) -> Begin:
    """Return what starts a run.

    Args:
        read: returns the task, given the registry with all metrics; called in a thread.
        out: the run's folder; None for a new one below ./runs.
    """

    async def begin(runtime: Runtime) -> Run:
        task = await anyio.to_thread.run_sync(read, runtime.registry, abandon_on_cancel=True)
        return await runtime.start(task, out=out)

    return begin


def drive(
    begin: Begin,
    settings: Settings,
    *,
    plugins: bool = True,
    lost: Callable[[RunResult], None] | None = None,
) -> Driven:
    """Work on a task to the end.

    Args:
        begin: starts a run, or resumes one.
        settings: of a new run.
        plugins: whether installed plugins are loaded.
        lost: told what came of a run that an error ends.

    Returns:
        Also a run that the world has ended: it is as far as it came, and why is said in one line.

    Raises:
        BadInput: the task, a setting or the folder cannot be used.
        KeyboardInterrupt: interrupted before the run began.
        Exception: a bug; a note says where the journal is.
    """
    brake = Brake()
    try:
        return anyio.run(_drive, begin, settings, Found(enabled=plugins), brake)
    except BaseExceptionGroup as group:
        error, run, board = only(group), brake.run, brake.board
        planned_for = isinstance(error, GomeError) and not isinstance(error, BadInput)
        if planned_for and run is not None and board is not None:
            say(f"the run could not go on: {one_line(str(error))}; its journal: {run.folder.journal}")
            return Driven(run.summary, board, run.folder, interrupted=brake.pulled > 0)
        if run is not None:
            error.add_note(f"the journal of the run: {run.folder.journal}")
            if lost is not None:
                lost(run.summary)
        raise error from None


async def _drive(begin: Begin, settings: Settings, found: Found, brake: Brake) -> Driven:
    context = click.get_current_context(silent=True)
    age = context.find_object(Age) if context else None
    async with anyio.create_task_group() as tasks:
        await tasks.start(brake.listen, tasks.cancel_scope)
        async with Runtime(settings, plugins=found.registers, age_s=age) as runtime:
            found.warn()
            run = brake.run = await begin(runtime)
            board = brake.board = Board(run.id)
            await _follow(run, board)
        tasks.cancel_scope.cancel()
    if brake.run is None:
        raise KeyboardInterrupt
    result = brake.run.summary
    if brake.pulled:
        result.stop_reason = INTERRUPTED  # also where the second signal left no time to say so
    return Driven(result, board, brake.run.folder, interrupted=brake.pulled > 0)


async def _follow(run: Run, board: Board) -> None:
    on = screen()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch, run, board, on)
            await run.result()
    finally:
        on.close()
