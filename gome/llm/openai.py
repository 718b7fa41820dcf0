"""The channel to an OpenAI-compatible endpoint: which model is asked, how often, and what is put on record."""

import random
from collections.abc import Mapping
from functools import partial

import anyio
import msgspec
import structlog

from gome.errors import AttemptFailed, ModelUnavailable
from gome.llm import Site
from gome.llm.account import Account
from gome.llm.attempts import Entry, Question, opening
from gome.llm.call import Answer, Call, Capabilities, Turn, Usage
from gome.llm.context import Window
from gome.llm.endpoint import Endpoint
from gome.llm.exchange import Reply, Request, Role
from gome.llm.greeting import ANSWERED, LIMIT_S, greeting
from gome.llm.limits import Throttle
from gome.llm.outage import DOUBTFUL, Outage, check_time, out_of_time
from gome.llm.pasted import answer_in
from gome.llm.prices import Prices
from gome.llm.resting import Resting
from gome.llm.retry import SLOW, Patience
from gome.llm.structured import instruction, learnt, shares_window, shorter, weaker, window_of
from gome.settings import ModelSettings

FORMS_TRIED = 8  # refusals of a parameter that one attempt works around


class OpenAIChannel:
    """Asks a model for each role, then its fallbacks; retries, waits out an outage, pays no more than the run has."""

    def __init__(
        self,
        model: str,
        endpoint: Endpoint,
        site: Site,
        *,
        spare: str = "",
        draw: random.Random | None = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            model: that is asked where a role names no other.
            endpoint: where.
            site: of the run; its settings say how.
            spare: who answers while the endpoint is down; empty where nobody does.
            draw: spreads retries.
        """
        self.endpoint, self.settings = endpoint, site.settings
        self.account = Account(site, Prices(site.settings.prices))
        rate = self.settings.tokens_per_minute or self.settings.window_tokens  # a question that is longer never fits
        self.window = Window(tokens=min(self.settings.window_tokens, rate), output=self.settings.output_tokens)
        self._model, self._site = model, site
        self._throttle = Throttle(self.settings.concurrency, self.settings.tokens_per_minute)
        self._outage = Outage(endpoint.host, msgspec.structs.replace(site, report=self.account.report), spare=spare)
        self._resting = Resting(endpoint.host, self.account.report)
        self._draw = draw or random.Random()  # noqa: S311 - spreads retries
        self._can: dict[str, Capabilities] = {}  # of the models that have answered
        self._most: dict[str, int] = {}  # output tokens, of the models that refuse more

    async def ask(self, request: Request, /) -> Reply:
        """Return the reply. Raises ModelUnavailable, or BudgetExceeded."""
        return await self._answer(request, ())

    async def repair(self, request: Request, reply: Reply, error: str, /) -> Reply:
        """Return one more try. Raises ModelUnavailable, or BudgetExceeded."""
        problem = f"That answer cannot be used: {error}{instruction(request.name, request.schema)}"
        return await self._answer(request, (*opening(request), Turn("assistant", reply.text), Turn("user", problem)))

    def rest(self, failed: Mapping[str, AttemptFailed], answered: str) -> None:
        """Let models rest from the beginning that did not answer; a fallback did, and is asked instead."""
        self._resting.answered(answered, failed)

    def is_late(self) -> bool:
        """Whether the run's time is over."""
        return self._site.left_s() <= 0.0

    def models(self) -> tuple[str, ...]:
        """Return every model that may be asked."""
        named = (role.model for role in self.settings.roles.values() if role.model)
        return tuple(dict.fromkeys((self._model, *named, *_fallbacks(self.settings))))

    def asks(self, model: str, role: Role) -> bool:
        """Whether a model may be asked in a role."""
        return model == (self.settings.role(role).model or self._model) or model in self.settings.fallbacks

    def capabilities(self, model: str) -> Capabilities:
        """Return what the endpoint is known to do for a model."""
        return self._can.get(model, self.endpoint.capabilities())

    def most(self, model: str) -> int:
        """Return how many tokens of reply a model is asked for at first."""
        return min(self.window.output, self._most.get(model, self.window.output))

    def narrow(self, tokens: int | None) -> bool:
        """Take note of a model's window. Returns whether it is smaller than was known."""
        before, self.window = self.window, self.window.within(tokens or self.window.tokens)
        if self.window == before:
            return False
        structlog.get_logger().warning("model.window_is_smaller", tokens=tokens, set=before.tokens)
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self.endpoint.close()

    async def _answer(self, request: Request, turns: tuple[Turn, ...]) -> Reply:
        self.account.begin()
        check_time(self._site)
        question = Question(request, turns)
        try:
            with anyio.move_on_after(max(self._site.left_s(), 0.0)):  # whatever it waits for
                return await self._outage.through(partial(self._try_models, question))
        except AttemptFailed as failure:
            raise ModelUnavailable(f"{self.endpoint.host}: {failure}", retried=True) from failure
        raise out_of_time(self._site)

    async def _try_models(self, question: Question, patient: bool) -> Reply:  # noqa: FBT001 - a callback's one
        """Return a reply. A failure is the endpoint's, not the question's, where a small question fails as well."""
        role = self.settings.role(question.request.role)
        models = tuple(dict.fromkeys((role.model or self._model, *_fallbacks(self.settings))))
        looking = not patient and self._outage.doubtful
        if looking and not await self._greeted(models):
            raise AttemptFailed("unreachable", "", dead=True)
        try:
            return await self._ask_in_order(question, models, self.settings.attempts if patient or looking else 1)
        except AttemptFailed as failure:
            if failure.outcome not in DOUBTFUL:
                raise
            last = failure
        if not looking and not await self._greeted(models):
            last.dead = True
            raise last
        if not looking and last.outcome not in SLOW:
            try:
                return await self._ask_in_order(question, models, 1)  # it may have come back this very moment
            except AttemptFailed as failure:
                last = failure
        last.dead = last.dead and last.outcome not in DOUBTFUL
        raise last

    async def _ask_in_order(self, question: Question, models: tuple[str, ...], attempts: int) -> Reply:
        """Return the reply of the first model that gives one. Raises AttemptFailed: the last one's."""
        last: AttemptFailed | None = None
        failed: dict[str, AttemptFailed] = {}
        order = self._resting.order(models, attempts)
        for place, (model, times) in enumerate(order, start=1):
            spare = any(not self._resting.rests(name) for name, _ in order[place:])
            if spare and self._resting.rests(model) and not await self._greeted((model,)):
                failed[model] = AttemptFailed("unreachable", "no answer", dead=True)
                continue
            patience = Patience(times, min(self.settings.question_s, self._site.left_s()), self._draw)
            perform, hold = partial(self.attempt, question, model), partial(self._throttle.hold, model=model)
            try:
                reply = await patience.persist(perform, hold=hold, spare=spare)
            except AttemptFailed as failure:
                failed[model] = failure
                if last is None or not self._resting.rests(model):
                    last = failure
            else:
                self._resting.answered(model, failed)
                return reply
        assert last is not None, "there is at least one model"
        raise last

    async def _greeted(self, models: tuple[str, ...]) -> bool:
        """Whether one of the models answers a small question."""
        for model in models:
            with anyio.move_on_after(LIMIT_S):
                try:
                    await self.attempt(Question(greeting(model), kind="check"), model)
                except AttemptFailed as failure:
                    if failure.outcome not in ANSWERED:
                        continue
                return True
        return False

    async def attempt(self, question: Question, model: str) -> Reply:
        """Ask once; forms that the endpoint refuses are replaced by weaker ones, and remembered.

        Raises:
            AttemptFailed: it says what may be done about it.
            BudgetExceeded: it cannot be paid for.
        """
        can = before = self.capabilities(model)
        role = self.settings.role(question.request.role)
        for _ in range(FORMS_TRIED):
            call = Call(
                model=model,
                turns=question.turns,
                name=question.request.name,
                schema=question.request.schema,
                max_output_tokens=min(question.max_output_tokens, self._most.get(model, question.max_output_tokens)),
                effort=role.effort,
                temperature=role.temperature,
            )
            try:
                answer = await self._pay(question, call, can)
            except AttemptFailed as failure:
                if failure.outcome == "bad_request":
                    self.narrow(window_of(failure.problem))  # a question that fails for it is made anew
                if failure.outcome == "bad_request" and (most := shorter(call, failure.problem)) is not None:
                    question.max_output_tokens = most
                    if not shares_window(failure.problem):
                        self._most[model] = most
                    continue
                lesser = weaker(can, call, failure.problem) if failure.outcome == "bad_request" else None
                if lesser is None:
                    if failure.outcome == "cut":
                        longest = self.settings.max_output_tokens
                        most = min(longest, self._most.get(model, longest))
                        failure.again = question.lengthen(most)
                    elif await self._shut(model, failure):
                        raise self._outage_of(failure) from failure
                    raise
                can = lesser
                continue
            if can.form == "schema" and answer_in(answer.text) is None and "{" not in answer.text[:1]:
                can = msgspec.structs.replace(can, form="text")  # it took the schema and did not look at it
            self._can[model] = learnt(self.capabilities(model), before, can)
            return Reply(text=answer.text)
        raise AttemptFailed("bad_request", "the endpoint refuses every form of the question")

    async def _pay(self, question: Question, call: Call, can: Capabilities) -> Answer:
        """Reserve, announce, call, settle, put on record; or take from there what an earlier sitting has paid for."""
        if (known := await self.account.recall(question.name)) is not None:
            return _usable(known)
        size = call.size()
        async with self._throttle.slot(call.expected(), call.model) as slot:
            admission = await self.account.admit(question.name, call.model, size, call.max_output_tokens)
            question.attempts += 1
            entry = Entry(self.account, self.endpoint.host, question, call.model, admission)
            paid = msgspec.structs.replace(call, max_output_tokens=admission.max_output_tokens)
            try:
                await entry.announce()
                with anyio.fail_after(max(min(self.settings.call_s, self._site.left_s()), 0.0)):
                    answer = await self.endpoint.call(paid, can)
            except TimeoutError as error:
                entry.close("timeout", admission.most(), "no answer within the deadline")
                check_time(self._site)
                problem = f"no answer in {self.settings.call_s:g} s"
                raise AttemptFailed("timeout", problem, again=True, billed=True) from error
            except AttemptFailed as failure:
                usage = admission.most() if failure.billed else Usage()
                helped = failure.outcome == "bad_request" and (
                    weaker(can, call, failure.problem) is not None or shorter(call, failure.problem) is not None
                )
                entry.close("unsupported" if helped else failure.outcome, usage, failure.problem)
                slot.tokens = usage.input + usage.output
                raise
            except BaseException:
                entry.close("cancelled", admission.most(), "")
                raise
            usage = answer.usage or admission.most()
            slot.tokens = usage.input + usage.output
            unusable = _unusable(answer)
            entry.close(unusable.outcome if unusable else "ok", usage, unusable.problem if unusable else "", answer)
            return _usable(answer)

    async def _shut(self, model: str, failure: AttemptFailed) -> bool:
        """Whether a model that has answered is refused now whatever it is asked, not for what this question holds."""
        if model not in self._can or failure.outcome not in ("unauthorized", "unknown_model"):
            return False
        try:
            listed = await self.endpoint.models()
        except AttemptFailed:
            return True
        return failure.problem.startswith("401") or (failure.outcome == "unknown_model" and model not in listed)

    def _outage_of(self, failure: AttemptFailed) -> AttemptFailed:
        """Return a refusal as an outage, with what to look at."""
        key = f" (the key is that of {self.settings.api_key_env})" if failure.outcome == "unauthorized" else ""
        return AttemptFailed(failure.outcome, f"{failure.problem}{key}", dead=True)


def _fallbacks(settings: ModelSettings) -> tuple[str, ...]:
    return tuple(name for name in settings.fallbacks if name != "builtin")


def _usable(answer: Answer) -> Answer:
    """Return an answer that may be one. Raises AttemptFailed."""
    if (unusable := _unusable(answer)) is not None:
        raise unusable
    return answer


def _unusable(answer: Answer) -> AttemptFailed | None:
    """Return why an answer is none; None where it may be one."""
    if answer.finish == "refusal":
        return AttemptFailed("refused", answer.text[:200])
    if answer.finish == "length":
        return AttemptFailed("cut", "the output limit was reached before the answer was whole", again=True)
    if not answer.text.strip():
        return AttemptFailed("empty", "a reply without an answer in it", again=True)
    return None
