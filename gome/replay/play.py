"""All answers of a run, worked out again in the order in which they came about."""

from collections.abc import Iterator

import msgspec

from gome.messages import RunResumed
from gome.plugin import Registry
from gome.replay.difference import Difference, between, strayed
from gome.replay.handling import Handling, Strayed
from gome.replay.recording import Recording, Worked
from gome.replay.stage import Shelf, Stage


class Replayed(msgspec.Struct, kw_only=True):
    """What came of a replay."""

    identical: bool = True
    first_difference: Difference | None = None
    messages: int = 0  # on record, up to where it was replayed
    answers: int = 0  # of the built-in actors, worked out again
    differences: int = 0
    by_record: dict[str, str] = {}  # whose answers were taken as they are on record, and why


def replay(recording: Recording, registry: Registry, *, until: int | None = None) -> Replayed:
    """Take every decision of a run again and compare it with the one on record.

    Args:
        recording: of the run.
        registry: where its strategy comes from; a strategy that is not there is not asked.
        until: seq of the last message that is looked at; None: all.

    Raises:
        RunFolderInvalid: the run never began.
    """
    return _Play(recording, registry, recording.last if until is None else until).run()


class _Play:
    def __init__(self, recording: Recording, registry: Registry, until: int) -> None:
        self._recording, self._registry, self._until = recording, registry, until
        self._shelf, self._folded = Shelf(recording.outcomes), 0
        started = recording.started
        self._stage = Stage(recording, registry, self._shelf, started.settings, started.limits)
        self._open: dict[int, Handling] = {}  # by the answer's place
        self._done: set[int] = set()  # places of answers that strayed
        self._found = Replayed(messages=sum(seq <= until for seq in recording.records))

    def run(self) -> Replayed:
        """Work through all moments."""
        for place, answer, moment_elapsed_s, seen in self._moments():
            self._fold(seen)
            self._stage.elapsed_s = moment_elapsed_s
            if answer.actor not in self._stage.actors:
                self._found.by_record.setdefault(answer.actor, "it belongs to a plugin")
            elif answer.actor not in self._stage.by_record and place not in self._done:
                self._go_on(place, answer)
        for handling in self._open.values():
            handling.close()
        self._found.by_record |= self._stage.by_record
        self._found.identical = self._found.first_difference is None
        return self._found

    def _moments(self) -> Iterator[tuple[int, Worked, float, int]]:
        """Yield (place of the answer, answer, elapsed_s, seen) for every moment, in the order of the run."""
        moments = [
            (moment.seen, moment.turn, place, answer, moment.elapsed_s)
            for place, answer in enumerate(self._recording.answers)
            if answer.after + answer.replies <= self._until
            for moment in answer.moments
        ]
        for seen, _, place, answer, elapsed_s in sorted(moments, key=lambda moment: moment[:3]):
            yield place, answer, elapsed_s, seen

    def _fold(self, seen: int) -> None:
        """Bring the actors to where the run's had folded the journal."""
        for seq in range(self._folded + 1, seen + 1):
            envelope = self._recording.envelopes.get(seq)
            if envelope is None:
                continue
            if isinstance(envelope.message, RunResumed):
                self._sit(envelope.message, seq)
            self._stage.fold(envelope)
        self._folded = max(self._folded, seen)

    def _sit(self, resumed: RunResumed, seq: int) -> None:
        """Build the actors anew, as the later sitting did."""
        for handling in self._open.values():
            handling.close()
        self._open = {}
        self._stage = Stage(self._recording, self._registry, self._shelf, resumed.settings, resumed.limits)
        self._stage.elapsed_s = resumed.elapsed_s
        for earlier in range(1, seq):
            if (envelope := self._recording.envelopes.get(earlier)) is not None:
                self._stage.fold(envelope)
        self._stage.parts.charge()

    def _go_on(self, place: int, answer: Worked) -> None:
        handling = self._open.get(place)
        if handling is None:
            handling = self._open[place] = Handling(self._stage.actors[answer.actor], answer, self._recording)
        difference = None
        try:
            handling.go_on()
        except Strayed as error:
            handling.close()
            said = None if handling.replies is None else between(self._recording, answer, handling.replies)
            difference = said or strayed(self._recording, answer, str(error))
        else:
            if handling.replies is None:
                return
            difference = between(self._recording, answer, handling.replies)
        del self._open[place]
        self._done.add(place)
        self._found.answers += 1
        if difference is not None:
            self._found.differences += 1
            first = self._found.first_difference
            if first is None or difference.seq < first.seq:
                self._found.first_difference = difference
