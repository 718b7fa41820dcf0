"""What is looked at beyond the score: the program's code, and how it behaves on labels that mean nothing."""

import math
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from gome.errors import GomeError
from gome.evaluation.harness import Harness
from gome.evaluation.probing import Twins, rows_check, write_probe
from gome.evaluation.reading import claimant, read
from gome.evaluation.shuffled import Shuffled
from gome.evaluation.validated import validated
from gome.execution import Outcome
from gome.execution.turns import furnish
from gome.messages import Check, TaskBrief, TrialFinished
from gome.task.folders import clear

SHARE = 0.08  # of a trial's time that its sample may have taken, for a probe on half as many rows to be made ...
MOST = 0.09  # ... and at which that is ended: labels that mean nothing may take longer to learn
# folder with solution.py, data, seconds that it may take -> how it ended
RunStage = Callable[[Path, Path, float], Awaitable[Outcome]]


class Review:
    """Reads programs, and probes those for which that is cheap. One for a run; safe for several trials at once."""

    def __init__(
        self,
        task: TaskBrief,
        harness: Harness,
        source: Callable[[], Path],
        folder: Path,
        *,
        seed: int,
        files: bool,
        always: bool = False,
    ) -> None:
        """Take what a probe is made from.

        Args:
            task: the brief.
            harness: of the task.
            source: says which view is probed: the sample, or where there is none the data itself.
            folder: where the probe's views are written, each once, when it is first needed.
            seed: of the shuffling.
            files: whether rows have files of their own, which cannot be doubled.
            always: probe whatever it costs, on the whole sample.
        """
        self._task, self._harness, self._source, self._folder = task, harness, source, folder
        self._seed, self._files, self._always = seed, files, always
        self._twins: dict[int, Twins | None] = {}  # of each shuffle that is written
        self._writing = anyio.Lock()

    def claims(self, code: bytes) -> Callable[[str], float | None]:
        """Return what reads the claim of a program in its output."""
        return claimant(code.decode("utf-8", errors="replace"), self._task)

    async def of(
        self, finished: TrialFinished, code: bytes, folder: Path, first: Outcome, run: RunStage
    ) -> TrialFinished:
        """Return the trial with what reading and probing found among its checks.

        Args:
            finished: a trial with a score.
            code: of the program, as it was before it ran.
            folder: of the trial.
            first: how it ended on the rows that are probed, with their own labels.
            run: runs a program on other data.
        """
        text = code.decode("utf-8", errors="replace")
        checks = (*finished.checks, *await anyio.to_thread.run_sync(read, text, self._task))
        full_s = finished.wall_s - first.wall_s
        if self._always or first.wall_s <= SHARE * full_s:
            most_s = math.inf if self._always else MOST * full_s
            found, took = await self._probe(folder / "probe", code, first, run, most_s)
            checks = (*checks, *found)
            if took is not None:
                finished = msgspec.structs.replace(
                    finished,
                    wall_s=finished.wall_s + took.wall_s,
                    device_s=finished.device_s + took.device_s,
                    energy_j=finished.energy_j + took.energy_j,
                )
        return msgspec.structs.replace(finished, checks=checks)

    async def _probe(
        self, folder: Path, code: bytes, first: Outcome, run: RunStage, most_s: float
    ) -> tuple[tuple[Check, ...], Outcome | None]:
        """Run the program on shuffled labels, anew while luck could explain what it claims of them."""
        claimed = self.claims(code)
        shuffled = Shuffled(
            self._harness.metric,
            self._task,
            before=claimed(first.stdout_tail),
            share=validated(code.decode("utf-8", errors="replace")),
            seed=self._seed,
        )
        found: list[Check] = []
        spent: Outcome | None = None
        look = 0
        try:
            while look == 0 or (shuffled.unsure and spent is not None and 2 * spent.wall_s <= most_s * look):
                source, twins = await self._view(look)
                await anyio.to_thread.run_sync(_prepare, folder, code)
                outcome = await run(folder, source, most_s - (spent.wall_s if spent else 0.0))
                spent = outcome if spent is None else _together(spent, outcome)
                if outcome.status != "ok":
                    if look == 0:
                        why = outcome.error or outcome.status
                        return (Check(name="probe", status="passed", evidence=f"says nothing: {why}"),), spent
                    break
                await anyio.to_thread.run_sync(shuffled.add, source, claimed(outcome.stdout_tail))
                if look == 0 and twins is not None:
                    found += await anyio.to_thread.run_sync(self._rows, folder, source, twins)
                look += 1
            labels = shuffled.check()
        except (GomeError, OSError, ValueError) as error:  # a probe that cannot be made says nothing of the solution
            words = f"says nothing: {error}" if spent else f"not probed: {error}"
            return (Check(name="probe", status="passed", evidence=words),), spent
        return (*([labels] if labels else ()), *found), spent

    def _rows(self, folder: Path, source: Path, twins: Twins) -> list[Check]:
        """Return whether its predictions belong to their rows."""
        for path in (folder / "submission.csv", folder / "working" / "submission.csv"):
            if path.is_file():
                check = rows_check(self._task, source, path, twins)
                return [check] if check else []
        return []

    async def _view(self, look: int) -> tuple[Path, Twins | None]:
        """Return the view of one shuffle, written when it is first needed."""
        async with self._writing:
            folder = self._folder / str(look)
            if look not in self._twins:
                self._twins[look] = await anyio.to_thread.run_sync(
                    lambda: write_probe(
                        self._task,
                        self._source(),
                        folder,
                        seed=self._seed + look,
                        twins=not self._files,
                        half=not self._always,
                    )
                )
        return folder, self._twins[look]


def _together(one: Outcome, other: Outcome) -> Outcome:
    """Return what two runs took."""
    return msgspec.structs.replace(
        other,
        wall_s=one.wall_s + other.wall_s,
        device_s=one.device_s + other.device_s,
        energy_j=one.energy_j + other.energy_j,
    )


def _prepare(folder: Path, code: bytes) -> None:
    """Make the folder anew: the program has been here, and may have laid something in its place."""
    clear(folder)
    furnish(folder, code)
