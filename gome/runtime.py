"""The runtime: runs inside your own event loop. No globals, no signal handlers, nothing left behind."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread
import msgspec
from anyio.abc import TaskGroup, TaskStatus

from gome import __version__, builtin
from gome.actor import Actor, one_line
from gome.budget import check, parse_duration
from gome.bus import Bus
from gome.errors import SettingInvalid, StoreError, only
from gome.folder import RunFolder, write_whole
from gome.messages import Envelope, Message, RunId, StopRequested
from gome.parts import Plan
from gome.plugin import Register, Registry, register_all
from gome.prepare import prepare, read_task
from gome.ring import Ring
from gome.settings import Settings
from gome.store import open_journal, read_journal
from gome.summary import RunResult
from gome.task.folders import discard
from gome.task.task import Task

DRAIN_S = 60.0  # that runs still going get to finish what is in flight when their runtime is left


class Run:
    """One task being worked on."""

    def __init__(self, folder: RunFolder) -> None:
        self.id = RunId(folder.path.resolve().name)
        self.folder = folder
        self._ring: Ring | None = None
        self._ended = anyio.Event()
        self._error: BaseException | None = None

    @property
    def bus(self) -> Bus:
        """The bus of the run; there is one as soon as `Runtime.start` has returned."""
        assert self._ring is not None, "the run has started"
        return self._ring.bus

    @property
    def summary(self) -> RunResult:
        """What has come of the run so far."""
        assert self._ring is not None, "the run has started"
        return self._ring.summary.result

    def latest(self, kind: type[Message]) -> list[Envelope]:
        """Return the newest message of a type that is not recorded (TrialStarted, DeviceSampled), one a lane."""
        return self.bus.latest(kind)

    async def events(self, after: int = 0) -> AsyncGenerator[Envelope, None]:
        """Yield every recorded message with seq > after, then live, until the run ends."""
        async with read_journal(self.folder.journal) as journal:
            async for envelope in self.bus.follow(after, journal=journal):
                yield envelope

    async def stop(self, reason: str = "stopped from outside") -> None:
        """Ask the run to finish what is in flight, choose its best and end."""
        if not self.bus.closed:
            with suppress(StoreError):  # it ended in this very moment
                await self.bus.publish(StopRequested(reason=reason))

    async def result(self) -> RunResult:
        """Wait for the end of the run.

        Raises:
            GomeError: the run could not go on; its journal is intact.
            Exception: a bug ended it.
        """
        await self._ended.wait()
        if self._error is not None:
            raise self._error
        return self.summary


class Runtime:
    """Works on tasks. Use it as an async context manager."""

    def __init__(self, settings: Settings | None = None, *, plugins: Iterable[Register] = ()) -> None:
        self.settings = settings or Settings()
        check(self.settings)
        self.registry = Registry()
        register_all(self.registry, (builtin.register, *plugins))
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup | None = None
        self._runs: set[Run] = set()  # that have started and not ended

    async def __aenter__(self) -> Self:
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._tasks is not None, "entered"
        if error is None:
            with anyio.move_on_after(DRAIN_S):
                runs = list(self._runs)
                for run in runs:
                    await run.stop("the runtime is being left")
                for run in runs:
                    await run._ended.wait()
        self._tasks.cancel_scope.cancel()
        try:
            return await self._stack.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if only(group) is error:  # what left the block comes out as it was, not in the task group's wrapping
                return False
            raise

    def add_actor(self, actor: Actor) -> None:
        """Put an actor into the ring of every run that starts from now on."""
        self.registry.add_actor(actor)

    async def start(self, task: Task | str | Path, *, out: str | Path | None = None) -> Run:
        """Start a run and return once it is on record.

        Args:
            task: a task, or a folder that holds one.
            out: the run's folder; by default a new one below ./runs.

        Raises:
            BadInput: the task, a setting or the folder cannot be used; nothing has been run.
        """
        if self._tasks is None:
            raise RuntimeError("use the runtime as `async with gome.Runtime() as runtime`")
        if not isinstance(task, Task):
            task = await anyio.to_thread.run_sync(read_task, Path(task), self.registry.metrics)
        run = Run(RunFolder(Path(out) if out is not None else _new_folder(task)))
        await self._tasks.start(self._work, run, task, name=f"run {run.id}")
        return run

    async def _work(self, run: Run, task: Task, *, task_status: TaskStatus[None]) -> None:
        settings, began = self.settings, anyio.current_time()
        started, existed = False, run.folder.path.is_dir()
        run.folder.create()
        try:
            prepared = await anyio.to_thread.run_sync(prepare, task, run.folder, settings, self.registry)
            async with open_journal(run.folder.journal, run.id, __version__) as journal:
                used_s = anyio.current_time() - began  # reading and splitting the data is part of the run's time
                plan = Plan(run=run.id, folder=run.folder, prepared=prepared, settings=settings, used_s=used_s)
                run._ring = Ring(plan, self.registry, journal)
                async with anyio.create_task_group() as tasks:
                    await tasks.start(run._ring.run)
                    started = True
                    self._runs.add(run)
                    task_status.started()
        except BaseException as error:  # noqa: BLE001 - kept for whoever waits for the result, or raised again
            cause = only(error)
            run._error = cause
            if started:
                _write_failure(run, cause)
            else:
                _clear(run.folder.path, keep=existed)  # nothing has been run: a corrected command finds it free
            if not started or not isinstance(error, Exception):
                raise cause from None
        finally:
            run._ended.set()
            self._runs.discard(run)


async def solve(
    task: Task | str | Path,
    *,
    budget: str | float | None = None,
    out: str | Path | None = None,
    plugins: Iterable[Register] = (),
    **settings: object,
) -> RunResult:
    """Work on one task to the end: `await gome.solve("tasks/churn", budget="30m", model="builtin")`.

    Args:
        task: a task, or a folder that holds one.
        budget: wall clock, "30m" or seconds.
        out: the run's folder.
        plugins: `register` functions.
        settings: fields of Settings.

    Raises:
        BadInput: the task, a setting or the folder cannot be used.
    """
    if budget is not None:
        settings["budget_s"] = parse_duration(str(budget))
    try:
        told = msgspec.convert(settings, Settings)
    except msgspec.ValidationError as error:
        raise SettingInvalid(str(error)) from error
    async with Runtime(told, plugins=plugins) as runtime:
        run = await runtime.start(task, out=out)
        return await run.result()


def _new_folder(task: Task) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")  # noqa: TID251 - the name of a folder, not a decision
    names = (f"{task.name}-{stamp}{f'-{number}' if number else ''}" for number in count())
    return next(folder for name in names if not (folder := Path("runs") / name).exists())


def _clear(folder: Path, *, keep: bool) -> None:
    for item in folder.iterdir():
        discard(item) if item.is_dir() else item.unlink()
    if not keep:
        folder.rmdir()


def _write_failure(run: Run, error: BaseException) -> None:
    result = run.summary
    result.status = "failed" if isinstance(error, Exception) else "stopped"
    result.stop_reason = one_line(error) if isinstance(error, Exception) else "interrupted"
    document = msgspec.json.format(msgspec.json.encode(result.json()), indent=2)
    with suppress(OSError):  # the disk may be what failed; the error itself is on its way to whoever waits
        write_whole(run.folder.summary, document + b"\n")
