"""One question to an endpoint, and the record of each attempt at it."""

import secrets

import anyio

from gome.llm.account import Account, Admission
from gome.llm.call import Answer, Turn, Usage
from gome.llm.exchange import Request
from gome.messages import ModelCalled

LENGTHEN = 2  # a reply that was cut is asked for again with so many times the room


def opening(request: Request) -> tuple[Turn, ...]:
    """Return the turns that ask a question; what is the same for all of them comes first."""
    return (Turn("system", request.system), Turn("user", request.user))


class Question:
    """One question, and what has come of it so far."""

    def __init__(self, request: Request, turns: tuple[Turn, ...] = (), *, kind: str = "") -> None:
        self.request, self.turns, self.kind = request, turns or opening(request), kind or request.role
        self.max_output_tokens = request.max_output_tokens
        self.attempts = 0
        # A greeting is asked to hear whether anybody answers now: no earlier answer will do.
        self.name = f"{request.key}-{secrets.token_hex(4)}" if self.kind == "check" else request.key

    def lengthen(self, most: int) -> bool:
        """Give the next reply more room. Returns whether there is any."""
        before = self.max_output_tokens
        self.max_output_tokens = max(min(LENGTHEN * before, most), before)
        return self.max_output_tokens > before


class Entry:
    """The record of one attempt, from its beginning on."""

    def __init__(self, account: Account, endpoint: str, question: Question, model: str, admission: Admission) -> None:
        self._account, self._endpoint = account, endpoint
        self._question, self._model, self._admission = question, model, admission
        self._attempt, self._began = question.attempts, anyio.current_time()
        self._name, self._key = question.name, ""

    async def announce(self) -> None:
        """Put on record that the call is about to be made, and what it costs at most should nobody hear of its end."""
        lost = self._called("lost", self._admission.most(), self._admission.most_usd(), "gome was killed meanwhile")
        self._key = await self._account.announce(self._name, lost)

    def close(self, outcome: str, usage: Usage, error: str, answer: Answer | None = None) -> None:
        """Settle what was used, and put the attempt on record."""
        asked = self._admission.max_output_tokens
        if usage.output > asked and not usage.estimated:
            error = error or self._account.exceeded(self._model, asked, usage.output)
        self._account.report(self._called(outcome, usage, self._admission.settle(usage), error))
        self._account.keep(self._key, answer)

    def _called(self, outcome: str, usage: Usage, cost_usd: float | None, error: str) -> ModelCalled:
        return ModelCalled(
            key=self._question.request.key,
            role=self._question.kind,
            model=self._model,
            endpoint=self._endpoint,
            outcome=outcome,  # type: ignore[arg-type]  # what AttemptFailed carries is one of them
            attempt=self._attempt,
            input_tokens=usage.input,
            cached_tokens=usage.cached,
            output_tokens=usage.output,
            reasoning_tokens=usage.reasoning,
            estimated=usage.estimated,
            latency_s=round(anyio.current_time() - self._began, 3),
            cost_usd=cost_usd,
            error=error,
        )
