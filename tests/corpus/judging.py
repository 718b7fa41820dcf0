"""Programs of the corpus run as trials, with every check there is."""

import time
from pathlib import Path

from gome import builtin
from gome.cli.commands.exec import judged
from gome.execution.devices import parse_devices
from gome.execution.pool import DevicePool
from gome.execution.rig import Rig
from gome.folder import RunFolder
from gome.messages import TraceId, TrialId
from gome.plugin import Registry
from gome.prepare import Prepared, prepare, read_task, review
from gome.settings import Settings

from .programs import Program
from .tasks import TASKS, write_task

LIMIT_S = 300.0


class Place:
    """The tasks, prepared, and what runs programs on them."""

    def __init__(self, root: Path, tasks: tuple[str, ...] = TASKS) -> None:
        self.registry, self.settings = Registry(), Settings(devices="cpu:1")
        builtin.register(self.registry)
        self.prepared: dict[str, Prepared] = {}
        self.folders: dict[str, RunFolder] = {}
        for name in tasks:
            write_task(name, root / "tasks" / name)
            self.folders[name] = RunFolder(root / "runs" / name)
            self.folders[name].create()
            task = read_task(root / "tasks" / name, self.registry.metrics)
            self.prepared[name] = prepare(task, self.folders[name], self.settings, self.registry)
        self.runner = self.registry.executor(self.settings)
        self.devices = DevicePool(parse_devices(self.settings.devices))

    async def judge(self, program: Program) -> dict[str, object]:
        """Run a program as a trial, all checks on, and return what is said of it."""
        prepared, folder = self.prepared[program.task], self.folders[program.task]
        place = folder.trial(TrialId(program.name))
        rig = Rig(
            self.runner,
            self.devices,
            prepared.inputs,
            prepared.harness,
            review=review(prepared, folder, seed=0, always=True),
        )
        began = time.monotonic()
        try:
            finished = await rig.try_out(
                place,
                TraceId("t1"),
                TrialId(program.name),
                code=program.code.encode(),
                kept=folder.submission(TrialId(program.name)),
                limit_s=lambda: LIMIT_S,
                seed=0,
                started=lambda *_: None,
            )
        finally:
            rig.close()
        ruling = judged(finished, prepared.brief)
        return {
            "name": program.name, "part": program.part, "task": program.task, "fault": program.fault,
            "status": finished.status, "error": finished.error, "verdict": ruling["verdict"],
            "score": finished.score, "claimed": finished.claimed,
            "found": {check.name: check.evidence for check in ruling["checks"] if check.status != "passed"},
            "wall_s": round(time.monotonic() - began, 2),
        }  # fmt: skip
