"""The runtime: runs inside your own event loop. No globals, no signal handlers, nothing left behind."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
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
from gome.actor import Actor
from gome.budget import Ledger, check, parse_duration
from gome.earlier import Earlier, Wish, read_earlier, read_over
from gome.errors import RunFolderInvalid, SettingInvalid, only
from gome.execution.leftovers import end_leftovers
from gome.folder import RunFolder
from gome.hold import Hold
from gome.parts import Plan
from gome.plugin import Register, Registry, register_all
from gome.prepare import prepare, read_task
from gome.ring import Ring
from gome.run import Run
from gome.settings import Settings
from gome.store import SqliteJournal, open_journal
from gome.summary import RunResult
from gome.task.folders import discard
from gome.task.task import Task

DRAIN_S = 60.0  # that runs still going get to finish what is in flight when their runtime is left


class Runtime:
    """Works on tasks. Use it as an async context manager."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        plugins: Iterable[Register] = (),
        age_s: Callable[[], float] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Work on nothing yet.

        Args:
            settings: of the runs.
            plugins: `register` functions.
            ledger: of all runs together; none of them may spend what it has not got.
            age_s: what of a run's time has gone when it has been prepared; by default what preparing it took.

        Raises:
            SettingInvalid: a setting makes no sense.
            PluginInvalid: a plugin registers something twice.
        """
        self._age_s, self._ledger = age_s, ledger
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
        left = error
        if left is None:
            try:
                await self._drain()
            except BaseException as cut:  # noqa: BLE001 - whoever waits was cancelled: the runs end at once
                kind, left, trace = type(cut), cut, cut.__traceback__
        self._tasks.cancel_scope.cancel()
        try:
            swallowed = await self._stack.__aexit__(kind, left, trace)
        except BaseExceptionGroup as group:
            if error is not None and only(group) is error:  # it comes out as it was, not in the task group's wrapping
                return False
            raise
        if left is not None and left is not error and not swallowed:
            raise left
        return swallowed

    async def _drain(self) -> None:
        """Let runs that are still going finish what is in flight."""
        with anyio.move_on_after(DRAIN_S):
            runs = list(self._runs)
            for run in runs:
                await run.stop("the runtime is being left")
            for run in runs:
                await run.ended.wait()

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
        await self._tasks.start(self._first, run, task, name=f"run {run.id}")
        return run

    async def resume(
        self, folder: str | Path, *, task: str | Path | None = None, again: bool = False, **changes: object
    ) -> Run:
        """Go on with a run that was stopped or killed, or that has ended and is given more. Return once it goes on.

        What it was told when it began still holds; this runtime's own settings do not matter.

        Args:
            folder: the run's.
            task: where the task's folder is now, if it was moved.
            again: try once more what was given up since the run was killed at it again and again.
            changes: fields of Settings that are to be others from now on: `budget_s=7200.0, model="gpt-5"`. Limits
                are those of the whole run, what it has used already included.

        Raises:
            BadInput: it is being worked on, cannot be gone on with, or the data is no longer the same.
        """
        if self._tasks is None:
            raise RuntimeError("use the runtime as `async with gome.Runtime() as runtime`")
        run = Run(RunFolder(Path(folder)))
        wish = Wish(task=Path(task) if task is not None else None, again=again, changes=changes)
        await self._tasks.start(self._again, run, wish, name=f"run {run.id}")
        return run

    async def _first(self, run: Run, task: Task, *, task_status: TaskStatus[None]) -> None:
        """Work on a task in a new folder."""
        existed = run.folder.path.is_dir()
        run.folder.create()
        about = {"settings": self.settings.json(), "source": task.json()}
        async with self._fate(run, lambda: _clear(run.folder.path, keep=existed)):
            with Hold(run.folder.lock) as hold:
                async with open_journal(run.folder.journal, run.id, __version__, about) as journal:
                    earlier = Earlier(settings=self.settings, task=task)
                    plan = await self._plan(run, earlier, self.settings, hold)
                    await self._sit(run, plan, journal, earlier.last, task_status)

    async def _again(self, run: Run, wish: Wish, *, task_status: TaskStatus[None]) -> None:
        """Work on in the folder of a run."""
        async with self._fate(run):
            if not run.folder.journal.is_file():
                raise RunFolderInvalid(f"{run.folder.path} holds no run: there is no {run.folder.journal.name} in it")
            with Hold(run.folder.lock) as hold:
                await anyio.to_thread.run_sync(end_leftovers, run.folder.path)
                async with open_journal(run.folder.journal, run.id, __version__) as journal:
                    earlier = await read_earlier(journal, run.folder)
                    settings = earlier.but(wish.changes)
                    check(settings)
                    if earlier.over and not earlier.changed(settings):
                        run.begin(*await read_over(journal, run.folder), before=earlier.last)
                        task_status.started()
                        return
                    await anyio.to_thread.run_sync(end_leftovers, run.folder.path)
                    plan = await self._plan(run, earlier.at(wish.task), settings, hold)
                    plan = msgspec.structs.replace(plan, again=wish.again)
                    await self._sit(run, plan, journal, earlier.last, task_status)

    async def _plan(self, run: Run, earlier: Earlier, settings: Settings, hold: Hold) -> Plan:
        """Return what the next sitting does. Reading and splitting the data is part of the run's time."""
        began, used_s = anyio.current_time(), earlier.used_s(hold.before, settings)
        prepared = await anyio.to_thread.run_sync(prepare, earlier.task, run.folder, settings, self.registry)
        earlier.compare(prepared.fingerprint)
        return Plan(
            run=run.id,
            folder=run.folder,
            prepared=prepared,
            settings=settings,
            outer=self._ledger,
            used_s=used_s + (anyio.current_time() - began if self._age_s is None else self._age_s()),
            changed=earlier.changed(settings),
            crashed=hold.before is not None and not hold.before.ended,
            beat=hold.beat,
        )

    async def _sit(
        self, run: Run, plan: Plan, journal: SqliteJournal, last: int, task_status: TaskStatus[None]
    ) -> None:
        """Turn the ring of a run, from where it stands."""
        ring = Ring(plan, self.registry, journal, last=last)
        async with anyio.create_task_group() as tasks:
            await tasks.start(ring.run)
            run.begin(ring.bus, ring.summary, before=last)
            self._runs.add(run)
            task_status.started()

    @asynccontextmanager
    async def _fate(self, run: Run, undo: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Keep what ends a run for whoever waits for its result; what keeps it from beginning is raised."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - sorted here
            cause = only(error)
            run.error = cause
            if run.begun:
                run.write_failure(cause)
            else:
                undo()  # nothing has been run: a corrected command finds the folder free
            if not run.begun or not isinstance(error, Exception):
                raise cause from None
        finally:
            run.ended.set()
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
