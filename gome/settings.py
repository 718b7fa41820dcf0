"""What a run may be told, as one frozen value; where each part of it came from is the CLI's to know."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to run. The values are checked where they are used; None means no limit."""

    model: str = "builtin"  # "builtin", "builtin@0.3", or a model's name
    strategy: str = "gradient"
    traces: int = 4
    seed: int = 0
    budget_s: float | None = 600.0  # wall clock, export included
    max_trials: int | None = None
    max_tokens: int | None = None
    max_cost_usd: float | None = None
    devices: str = "auto"  # "auto", "cpu:N", or GPU numbers
    executor: str = "local"
    trial_memory_mib: int | None = None
    allow_unsandboxed: bool = False
