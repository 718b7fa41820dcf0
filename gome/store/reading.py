"""A journal's records as messages of gome's own; a plugin's are left to those who have the plugin."""

from typing import Any

import msgspec

from gome.journal import Record
from gome.messages import MESSAGES, Envelope, Message, RunId
from gome.store.sqlite import SqliteJournal

PAGE = 1000  # rows at once


class Decoder:
    """Reads bodies of gome's own messages."""

    def __init__(self) -> None:
        union: Any = MESSAGES[0]
        for kind in MESSAGES[1:]:
            union |= kind
        self._decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(union)
        self._own = {str(kind.__struct_config__.tag) for kind in MESSAGES}

    def envelope(self, record: Record, run: RunId) -> Envelope | None:
        """Return a record as it was delivered; None when it is a plugin's.

        Raises:
            msgspec.DecodeError: it is not what gome wrote.
        """
        if record.tag not in self._own:
            return None
        return Envelope(record.seq, record.at, record.cause, run, self.message(record.body), record.actor)

    def message(self, body: str) -> Message:
        """Return a message from its JSON. Raises msgspec.DecodeError."""
        return self._decoder.decode(body)


async def records(journal: SqliteJournal, *, until: int | None = None) -> list[Record]:
    """Return a journal's records, up to and with `until`. Raises JournalDamaged where one of them cannot be read."""
    found: list[Record] = []
    while until is None or len(found) < until:
        page = await journal.read(len(found), PAGE if until is None else min(PAGE, until - len(found)))
        if not page:
            break
        found += page
    return found
