"""A model from a channel: asks each typed question as text, and decodes and checks what comes back."""

from collections.abc import Callable
from typing import TypeVar

from gome.errors import BudgetExceeded, ModelUnavailable
from gome.llm.context import Window
from gome.llm.exchange import Channel, Reply, Request
from gome.llm.prompts import Question, request
from gome.llm.replies import Judged, judge_diagnosis, judge_implementation, judge_proposal, judge_starts
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


class Answering:
    """Implements the model port over whatever answers in text. Also raises what its channel raises."""

    def __init__(
        self,
        channel: Channel,
        window: Callable[[], Window] = Window,
        *,
        repairs: int | None = 1,
        judged: Callable[[Request, str], None] = lambda _, __: None,
    ) -> None:
        """Answer through a channel.

        Args:
            channel: carries requests.
            window: returns how much the answerer reads and writes at once, as far as that is known by now.
            repairs: times that it is shown its error and asked again; None: until the answer is right.
            judged: told of each answer what is wrong with it; empty where nothing is.
        """
        self._channel, self._window, self._repairs, self._judged = channel, window, repairs, judged

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """See Model.draft."""
        return await self._answer(question, lambda text: judge_starts(text, question.starts, question.avoid))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """See Model.diagnose."""
        return await self._answer(question, judge_diagnosis)

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """See Model.propose."""
        return await self._answer(question, lambda text: judge_proposal(text, question))

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """See Model.implement."""
        return await self._answer(question, lambda text: judge_implementation(text, question))

    async def _answer(self, question: Question, judge: Callable[[str], Judged[Answer]]) -> Answer:
        """Return the answer. One that can be used but is not all that was asked for is the last resort."""
        asked, reply = await self._ask(question)
        judged = judge(reply.text)
        self._judged(asked, judged.complaint or "")
        usable, repairs = judged.answer, 0
        while judged.complaint and (self._repairs is None or repairs < self._repairs):
            repairs += 1
            try:
                reply = await self._channel.repair(asked, reply, judged.complaint)
            except (ModelUnavailable, BudgetExceeded):
                if usable is None:
                    raise
                return usable
            judged = judge(reply.text)
            self._judged(asked, judged.complaint or "")
            usable = usable if judged.answer is None else judged.answer
        if usable is None:
            raise ModelUnavailable(f"no usable answer to {question.key} in {repairs + 1} tries: {judged.complaint}")
        return usable

    async def _ask(self, question: Question) -> tuple[Request, Reply]:
        """Return what was asked and what came back. A question that the window proves too small for is made anew."""
        window = self._window()
        asked = request(question, window)
        try:
            return asked, await self._channel.ask(asked)
        except ModelUnavailable:
            narrower = self._window()
            if narrower == window:
                raise
        asked = request(question, narrower)
        return asked, await self._channel.ask(asked)
