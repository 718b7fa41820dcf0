"""`--record FILE` and `--replay FILE`: every answer of a model as a line of JSON, and a run from these lines.

Around any model, the built-in one too. A line holds the question's key and role, a digest of what was asked, and
the answer, or why there was none.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Set
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import anyio
import msgspec
import structlog
from msgspec.structs import replace

from gome.errors import BudgetExceeded, ModelUnavailable, SettingInvalid
from gome.llm import Model, keeps
from gome.llm.digest import digest, digest_of_task, lane
from gome.llm.exchange import Role
from gome.llm.prompts import Question
from gome.llm.stoppable import Stop, Stoppable
from gome.messages import (
    DiagnoseQuestion,
    Diagnosis,
    DraftQuestion,
    Implementation,
    ImplementQuestion,
    Proposal,
    ProposeQuestion,
    Starts,
)

PATIENCE_S = 60.0  # beyond two trials, after which what was recorded earlier and is not asked for is passed over
Answer = TypeVar("Answer", bound=msgspec.Struct)


class Exchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the file."""

    key: str
    role: Role
    request: str  # digest of what was asked
    task: str = ""  # of a draft: digest of its task, whatever the machine
    reply: dict[str, Any] | None = None  # None: there was none ...
    error: str = ""  # ... for this reason
    refused: tuple[str, float, float] | None = None  # ... or this budget: resource, spent, limit


def taped(
    make: Callable[[], Model], *, stop: Stop | None = None, record: str | None = None, replay: str | None = None
) -> Model:
    """Return the model that `make` makes, recorded where asked for; or one that replays, without making any.

    Args:
        make: makes it.
        stop: ends its open questions when it is pulled.
        record: file to write.
        replay: file to read.

    Raises:
        SettingInvalid: both are asked for, the file to record exists, or the file to replay cannot be read.
    """
    if record and replay:
        raise SettingInvalid("--record and --replay exclude each other: what is replayed is on record already")
    stop = stop or Stop()
    if replay:
        return Stoppable(Replaying(Path(replay)), stop)
    model = Stoppable(make(), stop)
    return Recording(model, Path(record)) if record else model


class Recording:
    """A model whose answers are written down as they come."""

    def __init__(self, model: Model, path: Path) -> None:
        self._model, self._path, self._full, self.keeps = model, path, False, keeps(model)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            size = path.stat().st_size
        except OSError as error:
            raise SettingInvalid(f"--record {path} cannot be written: {error.strerror}") from error
        if size:
            raise SettingInvalid(f"--record {path} holds something already: name a new file")

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """See Model.draft."""
        return await self._noted("draft", question, self._model.draft(question))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """See Model.diagnose."""
        return await self._noted("diagnose", question, self._model.diagnose(question))

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """See Model.propose."""
        return await self._noted("propose", question, self._model.propose(question))

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """See Model.implement."""
        return await self._noted("implement", question, self._model.implement(question))

    async def check(self) -> None:
        """Raise BadInput when the model cannot be asked."""
        if (check := getattr(self._model, "check", None)) is not None:
            await check()

    async def close(self) -> None:
        """Let go of what the model holds."""
        if (close := getattr(self._model, "close", None)) is not None:
            await close()

    async def _noted(self, role: Role, question: Question, asking: Awaitable[Answer]) -> Answer:
        line = Exchange(key=question.key, role=role, request=digest(question))
        if isinstance(question, DraftQuestion):
            line = replace(line, task=digest_of_task(question))
        try:
            answer = await asking
        except ModelUnavailable as error:
            self._write(replace(line, error=str(error)))
            raise
        except BudgetExceeded as error:
            self._write(replace(line, refused=(error.resource, error.spent, error.limit)))
            raise
        self._write(replace(line, reply=msgspec.to_builtins(answer)))
        return answer

    def _write(self, line: Exchange) -> None:
        """Append a line. Once that fails, the run goes on unrecorded: a gap would make another run of it."""
        if self._full:
            return
        try:
            with self._path.open("ab") as file:  # opened anew: a line is either there or not
                file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            self._full = True
            log = structlog.get_logger()
            log.warning("record.stopped", file=str(self._path), problem=error.strerror or str(error))


class Replaying:
    """A model that gives the answers of a recording, by key, in the recorded order.

    An answer waits for all that were recorded before it, so that no trace overtakes another. It does not wait for
    what can no longer be asked: earlier exchanges of its own trace, as after a resume; anything, once a question
    came that is not on record; and what nobody has asked for in the time of two trials.

    Programs that take other times may lead several traces to a question that was not asked then: that ends the run.
    """

    keeps: ClassVar[bool] = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._exchanges = list(_read(path))
        self._left: dict[str, list[int]] = defaultdict(list)  # places in the recording, by key
        for place, exchange in enumerate(self._exchanges):
            self._left[exchange.key].append(place)
        self._due = set(range(len(self._exchanges)))  # neither given nor passed over
        self._asked: set[int] = set()  # of these, asked for and waiting
        self._moved = anyio.Event()  # set, and replaced, when something leaves `_due`

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """See Model.draft."""
        return await self._answer(question, Starts)

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """See Model.diagnose."""
        return await self._answer(question, Diagnosis)

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """See Model.propose."""
        return await self._answer(question, Proposal)

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """See Model.implement."""
        return await self._answer(question, Implementation)

    async def _answer(self, question: Question, kind: type[Answer]) -> Answer:
        """Return the recorded answer when its turn has come.

        Raises:
            SettingInvalid: there is none, it answers another kind of question, or the recording is of another task.
            ModelUnavailable: that is what was recorded ...
            BudgetExceeded: ... or that.
        """
        left = self._left.get(question.key)
        if not left:
            self._pass(self._due)  # the run differs from the recorded one: nobody waits for it
            raise SettingInvalid(
                f"--replay {self._path} holds no answer to {question.key!r}: replay with the task, settings and seed "
                f"of the recording{self._other_order(question.key)}"
            )
        place = left.pop(0) if len(left) > 1 else left[0]
        exchange = self._exchanges[place]
        await self._turn(place, question)
        if exchange.request != digest(question):
            if exchange.task and isinstance(question, DraftQuestion) and exchange.task != digest_of_task(question):
                raise SettingInvalid(
                    f"--replay {self._path} is a recording of another task: replay with the task of the recording"
                )
            structlog.get_logger().warning("replay.question_differs", key=question.key, file=str(self._path))
        if exchange.refused is not None:
            resource, spent, limit = exchange.refused
            raise BudgetExceeded(resource, spent=spent, limit=limit)
        if exchange.reply is None:
            raise ModelUnavailable(exchange.error)
        try:
            return msgspec.convert(exchange.reply, kind)
        except msgspec.ValidationError as error:
            raise SettingInvalid(
                f"--replay {self._path}: the answer to {question.key!r} is damaged: {error}"
            ) from error

    def _other_order(self, key: str) -> str:
        """Say why a trace of the recording may be asked what it was not then: trials took other times."""
        traces = {lane(exchange.key) for exchange in self._exchanges} - {""}
        told = "; with several traces, which of them takes the next trial depends on how long programs take: "
        told += "a recording with --traces 1 has one order, and `gome replay RUN` takes a run's own"
        return told if len(traces) > 1 and lane(key) in traces else ""

    async def _turn(self, place: int, question: Question) -> None:
        """Wait until no earlier exchange is due."""
        lanes = {"", lane(question.key)}  # a trace asks one thing after another, and the draft comes before all
        earlier = {due for due in self._due - self._asked if due < place}
        self._pass({due for due in earlier if lane(self._exchanges[due].key) in lanes})
        self._asked.add(place)
        try:
            while place in self._due and min(self._due) < place:
                moved = self._moved
                with anyio.move_on_after(2 * question.limit_s + PATIENCE_S):
                    await moved.wait()
                if moved is self._moved:
                    missing = {due for due in self._due - self._asked if due < place}
                    keys = sorted({self._exchanges[due].key for due in missing})
                    structlog.get_logger().warning("replay.never_asked", keys=keys, file=str(self._path))
                    self._pass(missing)
        finally:
            self._asked.discard(place)
            self._pass({place})

    def _pass(self, places: Set[int]) -> None:
        """Wait for these no longer."""
        self._due = self._due - places
        self._moved.set()
        self._moved = anyio.Event()


def _read(path: Path) -> Iterator[Exchange]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingInvalid(f"--replay {path} cannot be read: {error.strerror}") from error
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=Exchange)
        except msgspec.DecodeError as error:
            if number == len(lines):
                return  # cut off while it was written: that answer was never given
            raise SettingInvalid(f"--replay {path}: line {number} is no recorded answer: {error}") from error
