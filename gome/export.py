"""What outsiders read of a run: run.json and best/, kept current by following the journal.

An observer: it holds up nobody, and after a crash it catches up from the first message.
"""

from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import pandas as pd
import structlog

from gome.bus import Bus
from gome.errors import StoreError, SubmissionInvalid
from gome.evaluation.harness import Harness
from gome.folder import RunFolder, write_whole
from gome.messages import RunFinished, TrialId
from gome.summary import Summary

EVERY_S = 1.0  # run.json is rewritten at most this often while nothing important happens


class Exporter:
    """Writes the summary and the best solution whenever they change."""

    def __init__(
        self,
        folder: RunFolder,
        harness: Harness,
        summary: Summary,
        elapsed_s: Callable[[], float],
        *,
        sample: pd.DataFrame | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            folder: of the run.
            harness: knows the predictions.
            summary: of the run, folded here.
            elapsed_s: the run's time.
            sample: the sample submission, where it has columns beside the predicted ones; rows in its order.
        """
        self._sample = sample
        self._folder, self._harness, self._summary, self._elapsed_s = folder, harness, summary, elapsed_s
        self._written_s = float("-inf")
        self._behind = False  # something could not be written

    async def run(self, bus: Bus, *, after: int = 0, over: bool = False) -> None:
        """Follow the run to its end.

        Args:
            bus: of the run.
            after: seq of the last message that the summary knows.
            over: whether that was the end.
        """
        if after:
            await self._catch_up(after)
        if over:
            return
        async for envelope in bus.follow(after):
            self._summary.fold(envelope)
            ended = isinstance(envelope.message, RunFinished)
            changed = self._summary.best_changed or (ended and self._behind)
            if ended or changed or self._elapsed_s() - self._written_s > EVERY_S:
                await self._export(envelope.seq, best=changed)
            if ended and self._behind:
                raise StoreError(f"the end of the run could not be written to {self._folder.path}")
            if ended:
                return

    async def _catch_up(self, seq: int) -> None:
        """Write everything anew: an earlier sitting was perhaps killed before it could, and files get lost."""
        await self._export(seq, best=True)

    async def _export(self, seq: int, *, best: bool) -> None:
        """Write what has changed. What a full disk keeps from being written is written the next time."""
        try:
            if (best or self._behind) and self._summary.result.best is not None:
                await anyio.to_thread.run_sync(self._export_best)
            self._write(seq)
        except OSError as error:
            if not self._behind:
                structlog.get_logger().warning("export.unwritten", error=str(error))
            self._behind = True
        else:
            self._behind = False

    def _write(self, seq: int) -> None:
        self._written_s = self._elapsed_s()
        result = self._summary.result
        result.wall_s = round(self._elapsed_s(), 3)
        document = result.json() | {"seq": seq}
        write_whole(self._folder.summary, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")

    def _export_best(self) -> None:
        """Write best/ from the best trial; predictions of its refit on all rows where that one succeeded."""
        best = self._summary.result.best
        assert best is not None, "the best has just changed"
        self._folder.best.mkdir(exist_ok=True)
        predictions = self._predictions(best.trial)
        if predictions is None:
            return
        write_whole(self._folder.best / "submission.csv", predictions)
        write_whole(self._folder.best / "solution.py", self._folder.code(best.trial).encode())
        self._summary.result.submission = str(self._folder.best / "submission.csv")
        self._summary.result.solution = str(self._folder.best / "solution.py")

    def _predictions(self, trial: TrialId) -> bytes | None:
        try:
            if self._summary.refit is not None:
                table = self._harness.official_refit(self._path(self._summary.refit))
            else:
                table = self._harness.official(self._path(trial))
        except (SubmissionInvalid, FileNotFoundError):
            return None  # its files were removed since; what was exported before stays
        text: str = self._complete(table).to_csv(index=False)
        return text.encode()

    def _complete(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return predictions with the columns that the sample submission repeats of the test table."""
        whole = self._sample
        return table if whole is None else whole.assign(**{str(name): table[name].to_numpy() for name in table})

    def _path(self, trial: TrialId) -> Path:
        return self._folder.submission(trial)
