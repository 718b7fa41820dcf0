"""A model behind an endpoint as a run has it: checked before, closed after, with the spare that the user allows."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

from gome.errors import ModelUnavailable, SettingInvalid
from gome.llm import Model, Site
from gome.llm.answering import Answering
from gome.llm.check import check
from gome.llm.endpoint import OPENAI, Endpoint, host_of, proxies_of
from gome.llm.openai import OpenAIChannel
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
SECRET = re.compile(r"key|token|secret|passw|sig|code|credential", re.IGNORECASE)  # in the name of a query's part


class Chain:
    """Asks the endpoint; asks the spare, if there is one, where the endpoint gives no answer."""

    keeps: ClassVar[bool] = True

    def __init__(self, channel: OpenAIChannel, spare: Model | None = None) -> None:
        self.channel = channel
        self._first, self._spare = Answering(channel, lambda: channel.window), spare

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """See Model.draft."""
        return await self._either(lambda model: model.draft(question))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """See Model.diagnose."""
        return await self._either(lambda model: model.diagnose(question))

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """See Model.propose."""
        return await self._either(lambda model: model.propose(question))

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """See Model.implement."""
        return await self._either(lambda model: model.implement(question))

    async def check(self) -> None:
        """Raise SettingInvalid, with one line that says what to set, when the endpoint cannot be asked."""
        await check(self.channel)

    async def close(self) -> None:
        """Close the connections."""
        await self.channel.close()

    async def _either(self, ask: Callable[[Model], Awaitable[Answer]]) -> Answer:
        try:
            return await ask(self._first)
        except ModelUnavailable:
            if self._spare is None:
                raise
            return await ask(self._spare)


def channel(model: str, site: Site, environment: Mapping[str, str]) -> OpenAIChannel:
    """Return a channel to the endpoint that the settings name, with the key that the environment holds.

    Raises:
        SettingInvalid: no model, no key where one is needed, or an address that is none; it says what to set.
    """
    told = site.settings
    if not model:
        raise SettingInvalid("name the endpoint's model: --model NAME, or --model openai:NAME")
    if "builtin" in told.fallbacks[:-1]:
        raise SettingInvalid('llm.fallbacks: "builtin" always answers: nothing can follow it')
    named = [(f"llm.roles.{role}.model", of.model) for role, of in told.roles.items() if of.model]
    for setting, name in [*named, *(("llm.fallbacks", name) for name in told.fallbacks)]:
        if name == "manual" or name.startswith(("openai:", "command:")):
            plain = name.partition(":")[2] if name.startswith("openai:") else "the name of one of the endpoint's models"
            raise SettingInvalid(f"{setting}: {name!r} is no model of the endpoint's: write {plain}")
    url = checked(told.base_url or environment.get("OPENAI_BASE_URL") or OPENAI)
    key = environment.get(told.api_key_env, "").strip() or None
    if key is None and host_of(url) == host_of(OPENAI):
        raise SettingInvalid(
            f"--model {model} needs a key: set {told.api_key_env}, or --base-url to a server of your own, "
            "or use --model builtin, which needs none"
        )
    if key is not None and not (key.isascii() and key.isprintable()):
        raise SettingInvalid(f"{told.api_key_env} holds characters that no key has: set it anew")
    try:
        endpoint = Endpoint(url, key, api=told.api, stall_s=told.stall_s)
    except (ImportError, ValueError) as error:
        if not (proxies := proxies_of(environment)):
            raise
        raise SettingInvalid(
            f"the proxy in {' and '.join(proxies)} cannot be used ({error}): unset it, or name an HTTP proxy"
        ) from error
    return OpenAIChannel(model, endpoint, site, spare="builtin" if "builtin" in told.fallbacks else "")


def checked(url: str) -> str:
    """Return a base URL that can be used. Raises SettingInvalid."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingInvalid("--base-url is not an address: write it as https://HOST/v1 or http://localhost:8000/v1")
    told = any(SECRET.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    if parts.username or parts.password or told or parts.fragment:
        raise SettingInvalid("--base-url holds credentials: write the plain address, the key goes in a variable")
    if parts.path.rstrip("/").endswith(("/chat/completions", "/responses", "/models")):
        raise SettingInvalid("--base-url ends too late: leave out what follows /v1, or the deployment")
    return url.rstrip("/")
