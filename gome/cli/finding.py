"""What a check of `gome doctor` has found."""

from typing import Literal

import msgspec

Status = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check's outcome."""

    name: str
    status: Status
    what: str
    mend: str = ""
