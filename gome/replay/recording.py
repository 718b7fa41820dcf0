"""What a journal holds of a run, in memory."""

from pathlib import Path

import msgspec

from gome.errors import JournalDamaged, RunFolderInvalid
from gome.journal import Answer, Moment, Record
from gome.messages import Envelope, RunId, RunStarted
from gome.store import SqliteJournal, read_journal, reading

PAGE = 2000  # rows at once


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """How an actor came to an answer."""

    number: int  # in the journal
    actor: str
    heard: Envelope
    trace: str  # the lane it was heard in
    after: int  # its replies have the seqs after + 1 to after + replies
    replies: int
    moments: tuple[Moment, ...]

    @property
    def said(self) -> range:
        """The seqs of its replies."""
        return range(self.after + 1, self.after + self.replies + 1)


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A run, as its journal has it. Messages of plugins that only those can read are not in it."""

    run: RunId
    records: dict[int, Record]  # by seq, all
    envelopes: dict[int, Envelope]  # by seq, those of gome's own types
    answers: tuple[Worked, ...]  # in the order they were given
    outcomes: dict[str, str]  # of effects, as JSON, by key
    until: float | None  # when the first message came that is left out; None: it is whole
    begun: dict[str, float]  # when effects began, by key: seconds since the epoch
    cursors: dict[tuple[str, str], int]  # (actor, lane) -> seq of the last message that it answered

    @property
    def last(self) -> int:
        """Seq of its newest message; 0 when there is none."""
        return max(self.records, default=0)

    @property
    def started(self) -> RunStarted:
        """Its first message.

        Raises:
            RunFolderInvalid: the run never began.
        """
        first = self.envelopes.get(1)
        if first is None or not isinstance(first.message, RunStarted):
            raise RunFolderInvalid(f"the run {self.run} never began: its journal holds no run.started")
        return first.message


async def load(path: Path, *, until: int | None = None) -> Recording:
    """Return what a journal holds, up to a message.

    Raises:
        RunFolderInvalid: there is no journal, it cannot be read, or it says too little to be replayed.
    """
    decoder = reading.Decoder()
    async with read_journal(path) as journal:
        if not journal.has_answers:
            raise RunFolderInvalid(
                f"{path} was written before gome recorded how decisions came about (schema {journal.schema}): "
                "it can be read with `gome log` and `gome export`, and not be replayed"
            )
        records = {record.seq: record for record in await reading.records(journal, until=until)}
        envelopes = {
            seq: found
            for seq, record in records.items()
            if (found := decoder.envelope(record, journal.run)) is not None
        }
        answers = await _answers(journal, envelopes, decoder)
        courses = await journal.courses()
        return Recording(
            run=journal.run,
            records=records,
            envelopes=envelopes,
            answers=answers,
            until=None if until is None else await _at(journal, records, until),
            outcomes={course.key: course.outcome for course in courses if course.outcome is not None},
            begun={course.key: course.begun for course in courses},
            cursors=await journal.cursors(),
        )


async def _at(journal: SqliteJournal, records: dict[int, Record], after: int) -> float | None:
    """Return when the message after one came, or that one itself where the next is damaged; None: there is none."""
    try:
        page = await journal.read(after, 1)
    except JournalDamaged:
        return records[after].at if after in records else None
    return page[0].at if page else None


async def _answers(
    journal: SqliteJournal, envelopes: dict[int, Envelope], decoder: reading.Decoder
) -> tuple[Worked, ...]:
    moments = msgspec.json.Decoder(tuple[Moment, ...])
    worked: list[Worked] = []
    after = 0
    while page := await journal.answers(after, PAGE):
        after = page[-1][0]
        for number, answer in page:
            heard = _heard(answer, journal.run, envelopes, decoder)
            if heard is not None:
                worked.append(
                    Worked(
                        number=number,
                        actor=answer.actor,
                        heard=heard,
                        trace=answer.trace,
                        after=answer.after,
                        replies=answer.replies,
                        moments=moments.decode(answer.moments),
                    )
                )
    return tuple(worked)


def _heard(answer: Answer, run: RunId, envelopes: dict[int, Envelope], decoder: reading.Decoder) -> Envelope | None:
    """Return what was answered; None when only a plugin can read it."""
    if answer.heard is not None:
        return envelopes.get(answer.heard)
    assert answer.body is not None, "what is not on record elsewhere is in the answer"
    try:
        return Envelope(0, 0.0, None, run, decoder.message(answer.body))
    except msgspec.ValidationError:
        return None
