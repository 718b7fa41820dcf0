"""A new run that begins where an old one once stood."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from gome import __version__
from gome.errors import RunFolderInvalid, SettingInvalid
from gome.folder import RunFolder
from gome.messages import RunFinished, RunId, RunResumed, RunStarted, SolutionProposed
from gome.replay.recording import Recording
from gome.restore import HEARS, RUNTIME
from gome.store import branch as store

KEPT = ("solution.py", "outcome.json", "stdout.log", "stderr.log", "submission.csv")  # of a trial's folder


async def branch(recording: Recording, source: RunFolder, target: RunFolder, seq: int) -> None:
    """Make a folder for a run that has come just as far as another one had with a message.

    What was answered by then is answered; effects that had begun by then count, also those that ended later:
    they were paid for. Go on there with `Runtime.resume`.

    Args:
        recording: of the old run, up to that message.
        source: the old run's folder.
        target: the new one's; new or empty.
        seq: of the message.

    Raises:
        SettingInvalid: the run has no such message, or one in the middle of an answer.
        RunFolderInvalid: the target cannot be used, or the source cannot be read.
    """
    if not 1 <= seq <= recording.last:
        raise SettingInvalid(f"--from {seq}: the run's messages are numbered from 1 to {recording.last}")
    for answer in recording.answers:
        if answer.after < seq < answer.after + answer.replies:
            first, last = answer.after, answer.after + answer.replies
            raise SettingInvalid(f"--from {seq} lies within one answer: use {first} or {last}")
    target.create()
    cut = store.Cut(
        seq=seq,
        cursors=dict(_cursors(recording, seq)),
        answers=max((answer.number for answer in recording.answers if answer.after <= seq), default=0),
        keys=_keys(recording, seq),
    )
    try:
        await store.copy(source.journal, target.journal, RunId(target.path.resolve().name), __version__, cut)
        _files(recording, source, target, seq)
    except OSError as error:
        raise RunFolderInvalid(f"{target.path} cannot be written: {error.strerror}") from error


def _cursors(recording: Recording, seq: int) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield how far each actor had come in each lane."""
    newest = max(
        number
        for number, envelope in recording.envelopes.items()
        if number <= seq and isinstance(envelope.message, RunStarted | RunResumed)
    )
    for (actor, lane), value in recording.cursors.items():
        if lane == HEARS:  # from where on it hears; the runtime's is the beginning of its sitting
            yield (actor, lane), newest if actor == RUNTIME else min(value, seq)
        elif not any(answer.actor == actor for answer in recording.answers):
            yield (actor, lane), min(value, seq)  # it never says anything, and how it came so far is not on record
    for answer in recording.answers:
        if answer.heard.seq and answer.after + answer.replies <= seq:
            yield (answer.actor, answer.trace), answer.heard.seq


def _keys(recording: Recording, seq: int) -> set[str]:
    """Return the effects that had begun."""
    begun: dict[str, bool] = {}
    for answer in recording.answers:
        for before, moment in zip(answer.moments, answer.moments[1:], strict=False):
            if moment.observed is None:
                begun[moment.key] = answer.heard.seq <= seq and before.seen <= seq
    until = float("inf") if recording.until is None else recording.until
    return {key for key, at in recording.begun.items() if begun.get(key, at < until)}


def _files(recording: Recording, source: RunFolder, target: RunFolder, seq: int) -> None:
    """Copy what trials have left that had been proposed by then."""
    said = [envelope.message for number, envelope in recording.envelopes.items() if number <= seq]
    names = [message.trial for message in said if isinstance(message, SolutionProposed)]
    kept = source.path / "kept"
    for path in sorted(kept.iterdir()) if kept.is_dir() else ():
        if path.name.partition(".")[0] in names or any(isinstance(message, RunFinished) for message in said):
            _copy(path, target.path / "kept" / path.name)
    for name in names:
        for file in KEPT:
            _copy(source.trial(name) / file, target.trial(name) / file)


def _copy(path: Path, to: Path) -> None:
    if path.is_file():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
