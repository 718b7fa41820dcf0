"""The model port: four typed questions. The built-in expert answers them too, without being imported here."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from gome.budget import Ledger
from gome.messages import (
    DiagnoseQuestion,
    Diagnosis,
    DraftQuestion,
    Implementation,
    ImplementQuestion,
    Limits,
    Message,
    Proposal,
    ProposeQuestion,
    Starts,
)
from gome.settings import ModelSettings


class Model(Protocol):
    """Whatever answers: an LLM behind an endpoint, a person with a chat window, or the built-in expert.

    Every method raises ModelUnavailable when no usable answer came, and BudgetExceeded when the run can pay for none.
    A model may also have `check()`, called before a run begins, which raises BadInput when it cannot be used, and
    `close()`, called when the run has ended; and `keeps`, see below.
    """

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """K beginnings, as unlike as possible, most promising first."""
        ...

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """Why the score is what it is, most rewarding problem first."""
        ...

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """Steps that answer the diagnosis, rated; none that was tried already."""
        ...

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """The whole program."""
        ...


def keeps(model: Model) -> bool:
    """Whether a model's calls cost nothing, or are put on record by itself, one by one, in its site's archive.

    It says so by an attribute `keeps` that is True. Of any other, each answer is on disk before it is used.
    """
    return getattr(model, "keeps", False)


class Archive(Protocol):
    """Where calls are on record, each under a key of its own: announced before, answered as soon as they are."""

    async def begin(self, key: str, lost: Message, /) -> None:
        """Put on record that a call is about to be made; `lost` is said of it should its end never be on record."""
        ...

    def end(self, key: str, outcome: msgspec.Struct, /) -> object:
        """Put its outcome on record, together with what is reported in the same breath."""
        ...

    async def recall(self, key: str, /) -> str | None:
        """Return the outcome, as JSON, that an earlier sitting has on record."""
        ...


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model works: what a run lends to it."""

    folder: Path  # the run's; a model may keep files of its own in a folder below
    ledger: Ledger  # tokens and cost_usd are reserved here before a call, and settled after
    each: Limits = Limits()  # of each trace, inside what the run may
    scope: Callable[[str], Ledger] | None = None  # by a question's key, its trace's; None: `ledger` for all
    left_s: Callable[[], float]  # wall time that steps may still use; the end of the run has its own
    report: Callable[[Message], object]  # puts a message on record: what a call cost, that an endpoint is down
    settings: ModelSettings = ModelSettings()  # of models behind an endpoint
    archive: Archive | None = None  # None: calls are not kept, and made again after a crash


__all__ = ["Archive", "Model", "Site", "keeps"]
