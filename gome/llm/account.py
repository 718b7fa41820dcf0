"""What calls cost: reserved before each attempt, settled after, and put on record."""

import math
from collections import Counter

import anyio
import msgspec
import structlog

from gome.budget import Ledger, Reservation
from gome.errors import BudgetExceeded
from gome.llm import Site
from gome.llm.call import Answer, Usage
from gome.llm.prices import Prices
from gome.messages import BudgetExhausted, Message, ModelCalled, Resource
from gome.settings import Price

LEAST_SHARE = 0.25  # of the output that was asked for: with less, a call is not worth paying for


CALLS = "call/"  # how the keys of calls begin


class Kept(msgspec.Struct, frozen=True):
    """A call that has ended, as it is on record."""

    answer: Answer | None = None  # None: there was none


class Admission:
    """A call that may be made: so much output, and no more, is paid for."""

    def __init__(
        self, account: "Account", price: Price | None, size: int, max_output_tokens: int, *, excess: float = 1.0
    ) -> None:
        self._account, self._price, self._size, self._excess = account, price, size, excess
        self.max_output_tokens = max_output_tokens
        self._open: list[Reservation] = []

    def refused_by(self, ledger: Ledger) -> tuple[Ledger, ...]:
        """Return the scopes whose limit the most that it can cost would pass."""
        return tuple(one for resource, amount in self.amounts() for one in ledger.refusing(resource, amount))

    def reserve(self, ledger: Ledger) -> None:
        """Reserve the most that it can cost. Raises BudgetExceeded: nothing is reserved then."""
        try:
            for resource, amount in self.amounts():
                self._open.append(ledger.reserve(resource, amount))
        except BudgetExceeded:
            for reservation in self._open:
                reservation.cancel()
            raise

    def amounts(self) -> tuple[tuple[Resource, float], ...]:
        """Return the most that it can cost."""
        most = self.most()
        return ("tokens", most.input + most.output), ("cost_usd", self.most_usd() or 0.0)

    def settle(self, usage: Usage) -> float | None:
        """Record what was used. Returns dollars; None where no price is known."""
        cost = self._account.cost(self._price, usage)
        amounts: dict[Resource, float] = {"tokens": usage.input + usage.output, "cost_usd": cost or 0.0}
        for reservation in self._open:
            reservation.settle(amounts[reservation.resource])
        self._account.settled()
        return cost

    def most_usd(self) -> float | None:
        """Return dollars for the most; None where no price is known."""
        return None if self._price is None else self._account.most_usd(self._price, self.most())

    def most(self) -> Usage:
        """Return what it can have used at most: what is charged where the endpoint does not say."""
        return Usage(input=self._size, output=math.ceil(self._excess * self.max_output_tokens), estimated=True)


class Account:
    """The model's view of the run's ledger."""

    def __init__(self, site: Site, prices: Prices) -> None:
        self._site, self._prices = site, prices
        self._news = anyio.Event()
        self._exhausted = False
        self._held: list[Message] | None = []  # until the run is on record
        self._calls: Counter[str] = Counter()  # by question: made, or found on record
        self._excess: dict[str, float] = {}  # by model: output that was reported, of that which was asked for

    async def admit(self, key: str, model: str, size: int, wanted_output_tokens: int) -> Admission:
        """Reserve what a call can cost at most; shorten its output where less is left and nothing in flight.

        Args:
            key: of the question.
            model: name.
            size: input tokens, at most.
            wanted_output_tokens: reserved if they can be paid for, at least LEAST_SHARE of them otherwise.

        Raises:
            BudgetExceeded: it could pass a limit, of the run or of the trace that asks, also once all calls in flight
                that count against it are settled.
        """
        ledger = self._site.ledger if self._site.scope is None else self._site.scope(key)
        while (admission := self._reserve(ledger, model, size, wanted_output_tokens)) is None:
            await self._news.wait()
        return admission

    def price(self, model: str) -> Price | None:
        """Return a model's price; None where none is known."""
        return self._prices.of(model)

    def limits_cost(self) -> bool:
        """Whether the run, or a trace of it, may spend only so much money."""
        return self._site.each.cost_usd is not None or self._site.ledger.left("cost_usd") < math.inf

    def exceeded(self, model: str, asked: int, reported: int) -> str:
        """Reserve more for a model whose endpoint does not keep to its output limit; return what to say of it."""
        told = f"the endpoint reports {reported} output tokens, {asked} were asked for"
        if model not in self._excess:
            log = structlog.get_logger()
            log.warning("model.exceeds_its_limit", model=model, problem=told, then="so much more is reserved for it")
        self._excess[model] = max(self._excess.get(model, 1.0), reported / asked)
        return told

    def settled(self) -> None:
        """Let those who wait for money look again."""
        self._news.set()
        self._news = anyio.Event()

    def report(self, message: Message) -> None:
        """Put a message on record; what is said before the run begins waits for it."""
        if self._held is not None:
            self._held.append(message)
        else:
            self._site.report(message)

    def begin(self) -> None:
        """Say what was held back: the run is on record."""
        held, self._held = self._held or (), None
        for message in held:
            self._site.report(message)

    async def recall(self, question: str) -> Answer | None:
        """Return the answer to the next call of a question, if an earlier sitting has paid for it."""
        while (archive := self._site.archive) is not None and self._held is None:
            told = await archive.recall(self._key(question))
            if told is None:
                break
            self._calls[question] += 1
            if (answer := msgspec.json.decode(told, type=Kept).answer) is not None:
                return answer
        return None

    async def announce(self, question: str, lost: ModelCalled) -> str:
        """Put on record that a question's next call is about to be made. Returns its key."""
        key = self._key(question)
        self._calls[question] += 1
        if self._site.archive is not None and self._held is None:
            await self._site.archive.begin(key, lost)
        return key

    def keep(self, key: str, answer: Answer | None) -> None:
        """Put on record how a call ended, with what it is reported to have cost."""
        if self._site.archive is not None and self._held is None:
            self._site.archive.end(key, Kept(answer))

    def _key(self, question: str) -> str:
        return f"{CALLS}{question}/{self._calls[question] + 1}"

    @staticmethod
    def cost(price: Price | None, usage: Usage) -> float | None:
        """Return dollars; None where no price is known."""
        if price is None:
            return None
        return price.of(input_tokens=usage.input, cached_tokens=usage.cached, output_tokens=usage.output)

    def _reserve(self, ledger: Ledger, model: str, size: int, wanted: int) -> Admission | None:
        """Return what a call may cost; None while what is in flight may settle for less, and leave enough.

        Raises:
            BudgetExceeded: it cannot be paid for.
        """
        price, excess = self._prices.of(model), self._excess.get(model, 1.0)
        admission = Admission(self, price, size, wanted, excess=excess)
        if refusing := admission.refused_by(ledger):
            if self._site.ledger.reserved("tokens") and any(one.reserved("tokens") for one in refusing):
                return None  # what other runs have in flight is not waited for: nobody would hear of its end
            affordable = min(float(wanted), self._payable(ledger, price, size) / excess)
            least = LEAST_SHARE * wanted if model not in self._excess else wanted  # who passes a limit may pass any
            if affordable >= max(least, 1.0):
                admission.max_output_tokens = int(affordable)
        try:
            admission.reserve(ledger)
        except BudgetExceeded:
            self._exhaust(admission)
            raise
        return admission

    def _payable(self, ledger: Ledger, price: Price | None, size: int) -> float:
        """Return the output tokens that are left to pay for, a hair less so that rounding refuses nothing."""
        left, left_usd = ledger.left("tokens") - size, ledger.left("cost_usd")
        if price is None or price.output == 0 or left_usd == math.inf:
            return left
        return min(left, (left_usd * (1 - 1e-9) - self.most_usd(price, Usage(input=size))) * 1e6 / price.output)

    @staticmethod
    def most_usd(price: Price | None, usage: Usage) -> float:
        """Return dollars if the cache works against us."""
        if price is None:
            return 0.0
        dearest = max(price.input, price.cached or 0.0)
        return (usage.input * dearest + usage.output * price.output) / 1e6

    def _exhaust(self, refused: Admission) -> None:
        """Tell the run, once, where it is the run that can pay for no further step; a trace alone ends by its own."""
        for resource, amount in () if self._exhausted else refused.amounts():
            for scope in self._site.ledger.refusing(resource, amount):
                self._exhausted = True
                spent, limit = scope.spent(resource), scope.limit(resource) or 0.0
                reason = WORDS[resource].format(spent=spent, limit=limit)
                self.report(BudgetExhausted(resource=resource, spent=spent, limit=limit, reason=reason))
                return


WORDS: dict[Resource, str] = {
    "tokens": "the tokens are used: {spent:,.0f} of {limit:,.0f}, the next call could pass the limit",
    "cost_usd": "the money is used: ${spent:.4f} of ${limit:.2f}, the next call could pass the limit",
}
