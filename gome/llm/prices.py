"""What models cost: the user's own prices, then a table of well-known ones."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from gome.settings import Price

DATE = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


class Prices:
    """Prices by model."""

    def __init__(self, own: Mapping[str, Price]) -> None:
        self._own, self._table = own, _table()

    def of(self, model: str) -> Price | None:
        """Return a model's price; None where none is known.

        The date of a snapshot and the provider before a slash are passed over: `openai/gpt-5-2025-08-07` is `gpt-5`.
        """
        if model in self._own:
            return self._own[model]
        name = model.rpartition("/")[2]
        for known in (self._own, self._table):
            for spelled in (name, DATE.sub("", name)):
                if spelled in known:
                    return known[spelled]
        return None


def _table() -> dict[str, Price]:
    text = (files("gome.llm") / "prices.toml").read_text(encoding="utf-8")
    providers = msgspec.convert(tomllib.loads(text), dict[str, dict[str, Price]])
    return {name: price for models in providers.values() for name, price in models.items()}
