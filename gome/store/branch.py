"""A journal's beginning, copied into one of its own: from there another run can go on."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from gome.journal import Answer, Batch, Effect
from gome.messages import RunId
from gome.store.sqlite import SqliteJournal, open_journal, read_journal

PAGE = 1000  # rows at once
TOLD = ("settings", "source")  # what a new journal is told of its run


class Cut(NamedTuple):
    """What of a journal comes along."""

    seq: int  # the last message
    cursors: Mapping[tuple[str, str], int]
    answers: int  # number of the last one that may
    keys: Collection[str]  # of effects


async def copy(source: Path, target: Path, run: RunId, version: str, cut: Cut) -> None:
    """Write a new journal that holds the beginning of another one.

    Raises:
        RunFolderInvalid: the source cannot be read so far.
        StoreError: the target cannot be written.
    """
    async with read_journal(source) as old:
        about = {name: told for name in TOLD if (told := await old.about(name)) is not None}
        note = {"branched_from": f"{old.run} {cut.seq}"}
        async with open_journal(target, run, version, about | note) as new:
            await _messages(old, new, cut.seq)
            rest = Batch()
            rest.cursors = dict(cut.cursors)
            rest.answers = [answer for answer in await _answers(old, cut.answers) if _is_within(answer, cut.seq)]
            for course in await old.courses():
                if course.key in cut.keys:
                    rest.effects.append(Effect(course.key, course.begun, None, course.intent))
                    if course.outcome is not None:
                        rest.effects.append(Effect(course.key, course.ended or course.begun, course.outcome))
            await new.commit(rest)


def _is_within(answer: Answer, seq: int) -> bool:
    """Whether an answer had been given when a message was the newest."""
    return answer.after + answer.replies <= seq


async def _messages(old: SqliteJournal, new: SqliteJournal, until: int) -> None:
    copied = 0
    while copied < until:
        batch = Batch()
        batch.records = list(await old.read(copied, min(PAGE, until - copied)))
        await new.commit(batch)
        copied += len(batch.records)


async def _answers(old: SqliteJournal, until: int) -> list[Answer]:
    found: list[Answer] = []
    after = 0
    while after < until and (page := await old.answers(after, min(PAGE, until - after))):
        found += [answer for _, answer in page]
        after = page[-1][0]
    return found
