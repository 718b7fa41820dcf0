"""A channel to a scripted endpoint, as a run would have it."""

import random
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

from gome.budget import Ledger
from gome.llm import Site
from gome.llm.endpoint import Endpoint
from gome.llm.exchange import Request
from gome.llm.openai import OpenAIChannel
from gome.messages import Limits, ModelCalled
from gome.settings import ModelSettings, Price

SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
PRICE = Price(input=1.0, cached=0.5, output=2.0)


class Hurried(random.Random):
    """Draws the least: retries follow at once."""

    def uniform(self, a, b):
        return 0.0


def request(key="draft", *, user="What now?", tokens=1000):
    return Request(
        role="draft", key=key, system="Rules.", user=user, schema=SCHEMA, name="starts", max_output_tokens=tokens
    )


@asynccontextmanager
async def asking(base_url, *, key=None, limits=None, left_s=lambda: 600.0, spare="", http_client=None, **settings):
    """A channel, what it reported, its ledger."""
    told = ModelSettings(**({"base_url": base_url, "prices": {"gpt-test": PRICE}} | settings))
    said, ledger = [], Ledger(limits or Limits())
    site = Site(folder=Path("unused"), ledger=ledger, left_s=left_s, report=said.append, settings=told)
    endpoint = Endpoint(base_url, key, api=told.api, stall_s=told.stall_s, http_client=http_client)
    channel = OpenAIChannel("gpt-test", endpoint, site, spare=spare, draw=Hurried())
    try:
        yield SimpleNamespace(channel=channel, said=said, ledger=ledger, site=site)
    finally:
        await channel.close()


def calls(said):
    return [message for message in said if isinstance(message, ModelCalled)]
