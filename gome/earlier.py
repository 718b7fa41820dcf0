"""What a run was told in its earlier sittings, and what it is told now instead."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from gome.bus import Bus
from gome.errors import RunFolderInvalid, SettingInvalid
from gome.folder import RunFolder
from gome.hold import Holder
from gome.messages import MESSAGES, RunFinished, RunResumed, RunStarted
from gome.restore import HEARS, RUNTIME
from gome.settings import Settings
from gome.store import SqliteJournal
from gome.summary import Summary
from gome.task.task import Task

LAST_WORDS = 200  # messages at the end of a journal, among which a run's end is looked for
FIXED = ("seed",)  # settings that no later sitting may have otherwise: the data would be split anew


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a later sitting."""

    changes: Mapping[str, object]  # fields of Settings, from now on
    task: Path | None = None  # where the task's folder is now; None: where it was
    again: bool = False  # try once more what was given up since the run was killed at it


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands; by default, at its beginning."""

    settings: Settings  # of the sitting before
    task: Task
    last: int = 0  # seq of the newest message
    fingerprint: str = ""  # of the data and its split; empty where the run has not come so far
    noted_s: float = 0.0  # of the run's time, as the journal tells it: no more than a guess
    over: bool = False  # it came to its end, and nobody stopped it

    def but(self, changes: Mapping[str, object]) -> Settings:
        """Return the settings of the next sitting.

        Raises:
            SettingInvalid: one of them cannot be changed, or not so.
        """
        values = {name: getattr(self.settings, name) for name in Settings.__struct_fields__}
        changes = dict(changes)
        if (base_url := changes.pop("llm.base_url", None)) is not None:
            changes["llm"] = msgspec.structs.replace(self.settings.llm, base_url=base_url)
        for name, value in changes.items():
            if name not in values:
                raise SettingInvalid(f"there is no setting {name!r}")
            if name in FIXED and value != values[name]:
                raise SettingInvalid(f"{name} was {values[name]} when the run began, and stays so: begin another run")
        try:
            told = msgspec.convert(values | changes, Settings)
        except msgspec.ValidationError as error:
            raise SettingInvalid(str(error)) from error
        if self.last and told.traces < self.settings.traces:
            raise SettingInvalid(f"the run has {self.settings.traces} traces already: --traces can only be more")
        return told

    def changed(self, settings: Settings) -> tuple[str, ...]:
        """Return the names of the settings that are others than before."""
        names = Settings.__struct_fields__
        return tuple(name for name in names if getattr(settings, name) != getattr(self.settings, name))

    def compare(self, fingerprint: str) -> None:
        """Hold the data against that of the first sitting.

        Raises:
            RunFolderInvalid: scores on it could not be compared.
        """
        if not self.fingerprint or self.fingerprint == fingerprint:
            return
        if self.fingerprint.partition("-")[0] != fingerprint.partition("-")[0]:
            raise RunFolderInvalid(
                f"the data in {self.task.path} is not what this run began with, so that scores could not be compared: "
                "put the old files back, or begin another run"
            )
        raise RunFolderInvalid(
            "this gome splits the data otherwise than the one that began the run, so that scores could not be "
            "compared: go on with that one, or begin another run"
        )

    def used_s(self, before: Holder | None, settings: Settings) -> float:
        """Return what earlier sittings have used of the run's time; the time between them does not count.

        Raises:
            SettingInvalid: that is all that the run is given now.
        """
        used_s = before.elapsed_s if before is not None else self.noted_s
        if "budget_s" in self.changed(settings) and settings.budget_s is not None and settings.budget_s <= used_s:
            raise SettingInvalid(f"the run has used {used_s:.0f} s already: --budget is for all of it, give it more")
        return used_s

    def at(self, folder: Path | None) -> Self:
        """Return the same with the task's folder where it is now; None: where it was.

        Raises:
            RunFolderInvalid: it is not there.
        """
        task = self.task if folder is None else msgspec.structs.replace(self.task, path=folder)
        if not task.path.is_dir():
            raise RunFolderInvalid(f"the task's folder {task.path} is gone: put it back, or name it with --task DIR")
        return msgspec.structs.replace(self, task=task)


async def read_earlier(journal: SqliteJournal, folder: RunFolder) -> Earlier:
    """Return where the run of a journal stands.

    Raises:
        RunFolderInvalid: it was made by a gome that kept too little.
    """
    told = (await journal.about("settings"), await journal.about("source"))
    last, fingerprint, noted_s = await journal.last(), "", 0.0
    newest = (await journal.cursors()).get((RUNTIME, HEARS), 0)
    if newest:
        [first] = await journal.read(0, 1)
        started = msgspec.json.decode(first.body, type=RunStarted)
        told, fingerprint = (started.settings, started.source), started.fingerprint
        [sitting] = await journal.read(newest - 1, 1)
        [end] = await journal.read(last - 1, 1)
        noted_s = max(end.at - sitting.at, 0.0)
        if newest > 1:
            resumed = msgspec.json.decode(sitting.body, type=RunResumed)
            told, noted_s = (resumed.settings, started.source), noted_s + resumed.elapsed_s
    if not told[0] or not told[1] or (last and not newest):
        raise RunFolderInvalid(
            f"{folder.path} was made by a gome that kept too little to go on with it; `gome log` and `gome export` "
            "read it"
        )
    try:
        settings, task = Settings.of(told[0]), Task.of(told[1])
    except msgspec.ValidationError as error:
        raise RunFolderInvalid(f"{folder.path} was made by another gome: this one cannot go on: {error}") from error
    over = await _over(journal, newest, last)
    return Earlier(settings=settings, task=task, last=last, fingerprint=fingerprint, noted_s=noted_s, over=over)


async def _over(journal: SqliteJournal, newest: int, last: int) -> bool:
    """Whether the run ended in its last sitting, by itself; its end is among the last messages, if there is one."""
    ends = [
        msgspec.json.decode(record.body, type=RunFinished)
        for record in await journal.read(max(last - LAST_WORDS, newest), LAST_WORDS)
        if record.tag == RunFinished.__struct_config__.tag
    ]
    return bool(ends) and ends[-1].status != "stopped"


async def read_over(journal: SqliteJournal, folder: RunFolder) -> tuple[Bus, Summary]:
    """Return what has come of a run that is over: its messages, and its summary."""
    bus, summary = Bus(journal.run, journal, MESSAGES), Summary(journal.run)
    bus.closed = True  # nothing more is said
    async for envelope in bus.follow():
        summary.fold(envelope)
    for field, path in (("submission", folder.best / "submission.csv"), ("solution", folder.best / "solution.py")):
        setattr(summary.result, field, str(path) if path.is_file() else None)
    return bus, summary
