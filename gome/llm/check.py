"""Whether an endpoint can be asked at all: one small question a model, before any trial is run."""

import os
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches

import anyio
import structlog

from gome.errors import AttemptFailed, BudgetExceeded, SettingInvalid
from gome.llm.attempts import Question
from gome.llm.call import Capabilities
from gome.llm.endpoint import Endpoint, proxies_of
from gome.llm.exchange import ROLES, Role
from gome.llm.greeting import ANSWERED, LIMIT_S, greeting
from gome.llm.openai import OpenAIChannel

LEAST_ROOM = 16  # output tokens: who does not answer yes in that is refusing something else
LEAST_PROMPT = 12_000  # tokens in which a question of a common task fits, with what may be left out left out
FATAL = ("unauthorized", "no_credit", "unknown_model", "bad_request", "not_json", "malformed", "unreachable")


async def check(channel: OpenAIChannel) -> None:
    """Ask every model that the run may ask one small question.

    An endpoint that answers, but is busy or broken just now, passes: the run waits for it.

    Raises:
        SettingInvalid: one line that says what to set.
    """
    unpriced = [name for name in channel.models() if channel.account.price(name) is None]
    if unpriced and channel.account.limits_cost():
        raise SettingInvalid(
            f'--max-cost: no price is known for {unpriced[0]!r}; set [llm.prices."{unpriced[0]}"] in gome.toml '
            "(input and output, dollars per million tokens), or use --max-tokens"
        )
    _check_rate(channel)
    silent: dict[str, AttemptFailed] = {}
    for model, role in _asked(channel):
        if model in silent:
            continue
        try:
            await probe(channel, model, role)
        except BudgetExceeded as error:
            if channel.is_late():
                problem = f"{channel.endpoint.host} gave {model!r} no answer in all of the run's time"
                raise SettingInvalid(f"{problem}: look after it, or give a larger --budget") from error
            raise SettingInvalid(f"the budget is too small to ask {model!r} once: {error}") from error
        except AttemptFailed as failure:
            if failure.outcome in FATAL:
                raise SettingInvalid(await advice(channel, model, failure)) from failure
            silent[model] = failure
    if spare := next((name for name in channel.settings.fallbacks if name not in ("builtin", *silent)), None):
        channel.rest(silent, spare)
    await narrow(channel)
    for model in unpriced:
        log = structlog.get_logger()
        log.warning("model.price_unknown", model=model, counted="tokens only", to_mend=f'[llm.prices."{model}"]')


def _check_rate(channel: OpenAIChannel) -> None:
    """Raise SettingInvalid where a minute's tokens are less than one question takes."""
    rate, reply = channel.settings.tokens_per_minute, channel.settings.output_tokens
    if rate is not None and rate < (least := reply + LEAST_PROMPT):
        raise SettingInvalid(
            f"llm.tokens_per_minute: {rate} is less than one question takes: set it to {least} or more "
            f"({reply} for the reply, llm.output_tokens, and {LEAST_PROMPT} for the question)"
        )


def _asked(channel: OpenAIChannel) -> Iterator[tuple[str, Role]]:
    """Yield each model with the roles that it is asked in differently."""
    seen: set[tuple[str, str | None, float | None]] = set()
    for model in channel.models():
        for role in ROLES:
            told = channel.settings.role(role)
            how = (model, told.effort, told.temperature)
            if channel.asks(model, role) and how not in seen:
                seen.add(how)
                yield model, role


async def narrow(channel: OpenAIChannel) -> None:
    """Take the windows that the endpoint's list of models names, where they are smaller than what is set."""
    with suppress(AttemptFailed):
        windows = await channel.endpoint.models()
        for model in channel.models():
            channel.narrow(windows.get(model))


async def probe(channel: OpenAIChannel, model: str, role: Role = "draft") -> Capabilities:
    """Ask a model one small question and return what its endpoint can do.

    Raises:
        AttemptFailed: it does not answer.
        BudgetExceeded: the question cannot be paid for.
    """
    before = channel.window
    try:
        await _greet(channel, model, before.output, role)  # as much as the run will ask for: is that refused?
    except AttemptFailed as failure:
        if channel.window == before and failure.outcome not in ("malformed", "unreachable"):  # these may be a mishap
            raise
        await _greet(channel, model, channel.window.output, role)
    return channel.capabilities(model)


async def _greet(channel: OpenAIChannel, model: str, room: int, role: Role = "draft") -> None:
    try:
        with anyio.fail_after(LIMIT_S):
            await channel.attempt(Question(greeting(model, room=room, role=role), kind="check"), model)
    except TimeoutError as error:
        raise AttemptFailed("timeout", f"no answer in {LIMIT_S:.0f} s", again=True, billed=True) from error
    except AttemptFailed as failure:
        if failure.outcome not in ANSWERED:
            raise


async def advice(channel: OpenAIChannel, model: str, failure: AttemptFailed) -> str:
    """Return one line that says what to set."""
    endpoint, key = channel.endpoint, channel.settings.api_key_env
    told = f"{endpoint.host} says: {failure.problem}"
    match failure.outcome:
        case "unauthorized" if failure.problem.startswith("407"):
            return f"a proxy before {endpoint.host} wants a login: check HTTPS_PROXY and HTTP_PROXY ({told})"
        case "unauthorized" if not endpoint.has_key:
            return f"{endpoint.host} wants a key: set {key}, which is not set ({told})"
        case "unauthorized":
            return f"the key in {key} does not open {endpoint.host}: set {key} to one that does ({told})"
        case "no_credit":
            return f"the account behind {key} has no credit left: top it up, or use another key ({told})"
        case "timeout" | "stalled" | "rate_limited" | "server_error":
            return f"{endpoint.host} is there and cannot answer just now: try again later ({failure.problem})"
        case "unreachable" if "redirect" in failure.problem.lower():
            return (
                f"{endpoint.host} only redirects: set --base-url to the address that serves the API ({failure.problem})"
            )
        case "unreachable":
            proxies = "".join(f", the proxy in {name}" for name in proxies_of(os.environ))
            return f"{endpoint.host} cannot be reached: check --base-url{proxies} and the network ({failure.problem})"
        case "malformed":
            return (
                f"{endpoint.host} does not answer as an OpenAI-compatible endpoint does: check --base-url, and llm.api "
                f"in gome.toml ({failure.problem})"
            )
        case "not_json":
            return (
                f"{endpoint.host} answers with something else than JSON, {failure.problem}: set --base-url to the API "
                f"itself ({await _with_v1(channel) or 'it mostly ends in /v1'}), and log in to the proxy, if any"
            )
    return await _unknown(channel, model, failure, told)


async def _unknown(channel: OpenAIChannel, model: str, failure: AttemptFailed, told: str) -> str:
    better = await _with_v1(channel)
    if better is not None:
        return f"there is no API at {channel.endpoint.base_url}: set --base-url {better}"
    if failure.outcome == "bad_request" and (most := await _most(channel, model)):
        asked = channel.window.output
        return (
            f"{model!r} does not write {asked} tokens at once: set llm.output_tokens in gome.toml, {most} pass ({told})"
        )
    of_model = any(word in failure.problem.lower() for word in ("model", "deployment"))
    v1 = channel.endpoint.base_url.rstrip("/").endswith("/v1")  # of Azure, which wants no version there
    if failure.outcome == "unknown_model" and channel.endpoint.azure and not of_model and not v1:
        return (
            f"{channel.endpoint.host} knows no such API: set ?api-version=... in --base-url to a version that it has, "
            f"and check what stands before it ({told})"
        )
    known: list[str] = []
    with suppress(AttemptFailed):
        known = list(await channel.endpoint.models())
    if model in known or (failure.outcome == "bad_request" and not known):
        return f"{model!r} cannot be asked: {told}"
    if not known and not of_model:
        return f"there is no API at {channel.endpoint.base_url}: set --base-url to one, it mostly ends in /v1 ({told})"
    near = get_close_matches(model, known, n=3, cutoff=0.4) or known[:5]
    hint = f"; nearest there: {', '.join(near)}" if near else ""
    return (
        f"{channel.endpoint.host} has no model {model!r}{hint}; set --model, or --base-url if it is elsewhere ({told})"
    )


async def _most(channel: OpenAIChannel, model: str) -> int | None:
    """Return how long a reply may be asked for, about; None where none is answered, so that it is not that."""
    room = channel.window.output // 2
    while room >= LEAST_ROOM:
        try:
            await _greet(channel, model, room)
        except (AttemptFailed, BudgetExceeded):
            room //= 2
        else:
            return room
    return None


async def _with_v1(channel: OpenAIChannel) -> str | None:
    """Return the base URL with /v1, where that is what is missing."""
    url = channel.endpoint.base_url.rstrip("/")
    if url.endswith("/v1") or channel.endpoint.azure:
        return None
    better = f"{url}/v1"
    return better if await _lists(better) and not await _lists(url) else None


async def _lists(url: str) -> bool:
    """Whether there is a list of models, or who guards one."""
    endpoint = Endpoint(url, None)
    try:
        await endpoint.models()
    except AttemptFailed as failure:
        return failure.outcome == "unauthorized"
    finally:
        await endpoint.close()
    return True
