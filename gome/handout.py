"""What is handed out of a run: its traces, and its best solution as a script and as a notebook."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gome.author import written
from gome.errors import JournalDamaged, RunFolderInvalid, SettingInvalid
from gome.folder import RunFolder, write_whole
from gome.hold import is_held
from gome.messages import Envelope, RunId
from gome.notebook import notebook
from gome.store import SqliteJournal, read_journal, reading
from gome.summary import RunResult, Summary
from gome.traces import rows


class Handout(msgspec.Struct, kw_only=True):
    """A run, as far as it can be handed out."""

    folder: RunFolder
    run: RunId
    envelopes: list[Envelope]
    outcomes: dict[str, str | None]  # of effects, as JSON
    damage: str = ""  # of the journal, in one line

    def write(self, out: Path, warn: Callable[[str], None]) -> Iterator[Path]:
        """Write the files into a folder. Yields the path of each.

        Args:
            out: the folder; made where it is missing.
            warn: told in one line of what could not be written.

        Raises:
            RunFolderInvalid: the folder cannot be written.
        """
        try:
            out.mkdir(parents=True, exist_ok=True)
            found = rows(self.run, self.envelopes, self.outcomes, held=is_held(self.folder.lock))
            lines = (msgspec.json.encode(row) + b"\n" for row in found)
            yield _written(out / "traces.jsonl", b"".join(lines))
            code = self._code()
            if code is None:
                warn("there is no valid solution yet: only the traces are written")
                return
            yield _written(out / "solution.py", code.encode())
            try:
                yield _written(out / "solution.ipynb", notebook(code, *self._about()).encode())
            except SettingInvalid as error:
                warn(str(error))
            predictions = self.folder.best / "submission.csv"
            if predictions.is_file():
                yield _written(out / "submission.csv", predictions.read_bytes())
        except OSError as error:
            raise RunFolderInvalid(f"--out {out} cannot be written: {error.strerror}") from error

    def _code(self) -> str | None:
        """Return the best program: what stands in best/, or else what its author gave."""
        current = self.folder.best / "solution.py"
        if current.is_file():
            return current.read_text(encoding="utf-8")
        best = self._result().best
        return None if best is None else written(self.outcomes, best.trial)

    def _result(self) -> RunResult:
        summary = Summary(self.run)
        for envelope in self.envelopes:
            summary.fold(envelope)
        return summary.result

    def _about(self) -> tuple[str, list[str]]:
        """Return a title and paragraphs on the best solution."""
        result = self._result()
        better = "higher is better" if result.higher_is_better else "lower is better"
        lines = [f"The best of {result.trials} trials of the run `{self.run}`, in which {result.accepted} improved."]
        if result.best is not None:
            final = "" if result.best.final_score is None else f", {result.best.final_score:.6g} on the final rows"
            score = "none" if result.best.score is None else f"{result.best.score:.6g}"
            lines.append(f"{result.metric} ({better}): {score} on the search rows{final}; trial `{result.best.trial}`.")
        lines.append("It reads `./input/` (the task's tables) and writes `./submission.csv`.")
        return result.task or str(self.run), lines


async def collect(folder: RunFolder) -> Handout:
    """Return what can be handed out of a run; of a damaged journal, what comes before the damage.

    Raises:
        RunFolderInvalid: there is no journal, or nothing of it can be read.
    """
    async with read_journal(folder.journal) as journal:
        records, damage = await _records(journal)
        decoder = reading.Decoder()
        envelopes = [found for record in records if (found := decoder.envelope(record, journal.run)) is not None]
        return Handout(
            folder=folder, run=journal.run, envelopes=envelopes, outcomes=await journal.effects(), damage=damage
        )


async def _records(journal: SqliteJournal) -> tuple[list[Any], str]:
    try:
        return await reading.records(journal), ""
    except JournalDamaged as error:
        if not error.good:
            raise
        return await reading.records(journal, until=error.good), str(error)


def _written(path: Path, content: bytes) -> Path:
    write_whole(path, content)
    return path
