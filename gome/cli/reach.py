"""What `gome doctor --model` finds out: whether a model can be asked, and what its endpoint can do."""

import math
from collections.abc import Iterator
from pathlib import Path

import anyio

from gome.budget import Ledger
from gome.cli.finding import Finding
from gome.errors import AttemptFailed, BadInput
from gome.llm import Site
from gome.llm.call import Capabilities
from gome.llm.chain import Chain
from gome.llm.check import advice, narrow, probe
from gome.plugin import Registry
from gome.settings import Settings

FORMS = {"schema": "strict JSON schemas", "tools": "tools", "text": "JSON in text only"}


def reached(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Yield a finding for each model that a run with these settings may ask. Each is asked one small question."""
    site = Site(folder=Path(), ledger=Ledger(), left_s=lambda: math.inf, report=lambda _: None, settings=settings.llm)
    try:
        model = registry.model(settings.model, site)
    except BadInput as error:
        yield Finding(name="model", status="fail", what=settings.model, mend=str(error))
        return
    if isinstance(model, Chain):
        yield from anyio.run(_ask_all, model)
    else:
        yield Finding(name="model", status="ok", what=f"{settings.model}: no endpoint is asked")


async def _ask_all(chain: Chain) -> list[Finding]:
    try:
        return [await _ask(chain, model) for model in chain.channel.models()]
    finally:
        await chain.close()


async def _ask(chain: Chain, model: str) -> Finding:
    channel, began = chain.channel, anyio.current_time()
    name, where = f"model {model}", channel.endpoint.host
    try:
        can = await probe(channel, model)
        await narrow(channel)
    except AttemptFailed as failure:
        mend = await advice(channel, model, failure)
        return Finding(name=name, status="fail", what=f"{where}: {failure}", mend=mend)
    took_s = anyio.current_time() - began
    price = channel.account.price(model)
    window = channel.window
    room = f"window {window.tokens:,} tokens, replies up to {channel.most(model):,}"
    what = f"{where} answers in {took_s:.1f} s; {told(can)}; {room}"
    if price is None:
        mend = f'for --max-cost, set [llm.prices."{model}"] in gome.toml'
        return Finding(name=name, status="warn", what=f"{what}; its price is not known", mend=mend)
    return Finding(
        name=name, status="ok", what=f"{what}; ${price.input:g} in, ${price.output:g} out per million tokens"
    )


def told(can: Capabilities) -> str:
    """Return capabilities in words."""
    lacks = {
        "streams": can.stream,
        "counts tokens of streams": can.stream_usage,
        "takes a temperature": can.temperature,
        "takes a reasoning effort": can.effort,
    }
    missing = [name for name, there in lacks.items() if not there]
    return f"knows {FORMS[can.form]}" + (f", not: {', '.join(missing)}" if missing else "")
