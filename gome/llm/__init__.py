"""The model port: four typed questions. The built-in expert answers them too, without being imported here."""

from typing import Protocol

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


class Model(Protocol):
    """Whatever answers: an LLM behind an endpoint, a person with a chat window, or the built-in expert.

    Every method raises ModelUnavailable when no usable answer came in time.
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


__all__ = ["Model"]
