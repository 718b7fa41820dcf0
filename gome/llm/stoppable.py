"""A model whose open questions end when the run is asked to stop: no step is left that would use an answer."""

from collections.abc import Awaitable
from typing import TypeVar

import anyio

from gome.errors import RunStopped
from gome.llm import Model, keeps
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

Answer = TypeVar("Answer")


class Stop:
    """Pulled once, it ends every question that is open and refuses those that come."""

    def __init__(self) -> None:
        self.pulled = False
        self._open: set[anyio.CancelScope] = set()

    def pull(self) -> None:
        """Cancel what is open: a wait for a person or an endpoint, a program, a call that is being answered."""
        self.pulled = True
        for scope in self._open:
            scope.cancel()

    async def unless(self, asking: Awaitable[Answer]) -> Answer:
        """Return the answer. Raises RunStopped when it is pulled before there is one."""
        with anyio.CancelScope() as scope:
            self._open.add(scope)
            if self.pulled:
                scope.cancel()
            try:
                return await asking
            finally:
                self._open.discard(scope)
        raise RunStopped


class Stoppable:
    """Asks a model, unless the run is asked to stop."""

    def __init__(self, model: Model, stop: Stop) -> None:
        self._model, self._stop, self.keeps = model, stop, keeps(model)

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """See Model.draft."""
        return await self._stop.unless(self._model.draft(question))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """See Model.diagnose."""
        return await self._stop.unless(self._model.diagnose(question))

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """See Model.propose."""
        return await self._stop.unless(self._model.propose(question))

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """See Model.implement."""
        return await self._stop.unless(self._model.implement(question))

    async def check(self) -> None:
        """Raise BadInput when the model cannot be asked."""
        if (check := getattr(self._model, "check", None)) is not None:
            await check()

    async def close(self) -> None:
        """Let go of what the model holds."""
        if (close := getattr(self._model, "close", None)) is not None:
            await close()
