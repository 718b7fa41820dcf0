"""A model that follows a script: the same port as the built-in expert, without any thought."""

from collections.abc import Iterable
from typing import ClassVar

from gome.messages import (
    DiagnoseQuestion,
    Diagnosis,
    DraftQuestion,
    Hypothesis,
    Implementation,
    ImplementQuestion,
    Problem,
    Proposal,
    ProposeQuestion,
    Starts,
)


class FakeModel:
    """Writes the given programs, one after the other; proposes nothing more when they are used up."""

    keeps: ClassVar[bool] = True

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = list(codes)
        self.asked: list[object] = []

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """As many beginnings as asked for."""
        self.asked.append(question)
        return Starts(starts=tuple(_hypothesis(f"start {n}") for n in range(question.starts)))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """One problem, always the same."""
        self.asked.append(question)
        problem = Problem(caption="scripted", evidence="", cause="", component="model", direction="go on", effect=1.0)
        return Diagnosis(problems=(problem,), summary="scripted")

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """One new hypothesis while there are programs left."""
        self.asked.append(question)
        number = len(question.tried)
        return Proposal(hypotheses=(_hypothesis(f"step {number}"),) if self.codes else ())

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """The next program of the script.

        Raises:
            IndexError: the script has run out.
        """
        self.asked.append(question)
        return Implementation(code=self.codes.pop(0))


def _hypothesis(caption: str) -> Hypothesis:
    return Hypothesis(caption=caption, statement=f"{caption}, as scripted", component="model", problem="scripted")
