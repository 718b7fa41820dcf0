"""What a run may be told, as one frozen value; where each part of it came from is the CLI's to know."""

from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta

Role = Literal["draft", "diagnose", "propose", "implement"]
_Share = Annotated[float, Meta(ge=0)]
_Dollars = Annotated[float, Meta(ge=0, le=1e9)]  # a finite amount
_Count = Annotated[int, Meta(ge=1)]
_Seconds = Annotated[float, Meta(gt=0)]


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a model costs: dollars per million tokens."""

    input: _Dollars
    output: _Dollars
    cached: _Dollars | None = None  # input that the provider had cached; None: as input

    def of(self, *, input_tokens: int, cached_tokens: int, output_tokens: int) -> float:
        """Return dollars."""
        cached = self.input if self.cached is None else self.cached
        fresh_tokens = max(input_tokens - cached_tokens, 0)
        return (fresh_tokens * self.input + cached_tokens * cached + output_tokens * self.output) / 1e6


class RoleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one kind of question is asked; None leaves it to the model, or to what the run says."""

    model: str | None = None
    effort: str | None = None  # of reasoning: "minimal", "low", "medium", "high", as the model knows them
    temperature: _Share | None = None


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a model behind an endpoint is asked. The key is not here: only the environment holds it."""

    base_url: str | None = None  # None: OPENAI_BASE_URL, or OpenAI's own
    api_key_env: str = "OPENAI_API_KEY"  # the variable that holds the key
    api: Literal["chat", "responses"] = "chat"
    roles: dict[Role, RoleSettings] = {}
    fallbacks: tuple[str, ...] = ()  # models asked in order when one fails; "builtin", at the end, allows the expert
    concurrency: _Count = 16  # calls at once, all traces together
    tokens_per_minute: _Count | None = None
    attempts: _Count = 5  # at one question, before the next fallback
    call_s: _Seconds = 600.0  # deadline of one call
    question_s: _Seconds = 1800.0  # deadline of one question, all attempts; time in an outage does not count
    stall_s: _Seconds = 120.0  # that a stream which has begun to answer may stand still
    window_tokens: _Count = 128_000  # question and reply together
    output_tokens: _Count = 16_000  # of these, what a reply may take, its reasoning included
    max_output_tokens: _Count = 64_000  # to which a reply that was cut may be lengthened
    prices: dict[str, Price] = {}  # by model; these come before the built-in table

    def role(self, role: Role) -> RoleSettings:
        """Return how questions of a kind are asked."""
        return self.roles.get(role, RoleSettings())


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
    max_device_s: float | None = None  # under lease, all devices together
    max_energy_j: float | None = None  # drawn by leased GPUs
    max_trial_s: float | None = None  # wall clock of one trial's programs on the full data, all its turns together
    max_trace_trials: int | None = None
    max_trace_tokens: int | None = None  # of the questions that one trace asks
    max_trace_cost_usd: float | None = None
    max_trace_device_s: float | None = None  # under lease, of the trials of one trace
    max_trace_energy_j: float | None = None  # drawn by the GPUs that they lease
    reserve_s: float | None = None  # of the budget that is kept for the end; None: estimated as trials are seen
    max_traces: int | None = None  # to which idle devices may raise `traces`; None: twice as many, and one stays one
    devices: str = "auto"  # "auto", "cpu:N", or GPU numbers
    llm: ModelSettings = ModelSettings()
    executor: str = "local"
    trial_memory_mib: int | None = None
    trial_disk_mib: int = 16 << 10  # that a trial may keep in its folder
    allow_unsandboxed: bool = False
    warm_workers: bool = True  # fork trials on CPU slots from a process that has their imports done
    record: str | None = None  # file to which every answer of the model is written
    replay: str | None = None  # file from which the answers come; no model is asked
    diagnosis: bool = True  # whether the model is asked why a score is what it is; without: an ablation
    momentum: bool = True  # whether successes weigh on the next steps; without: an ablation
    memory: str | None = None  # file that keeps successes across runs; None: what earlier runs knew stays closed
    stop_when_converged: bool = False
    confirm_seeds: Annotated[int, Meta(ge=0)] = 2  # with which the winner is run again, where there is time

    def json(self) -> str:
        """Return the settings as JSON: what a run keeps of them."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the settings that `json` gave; what another version knew and this one does not is left out.

        Raises:
            msgspec.ValidationError: a value that this version cannot have.
        """
        return msgspec.convert(_known(msgspec.json.decode(text), cls), cls)


def _known(plain: Any, kind: Any) -> Any:
    """Return a struct's plain values without those that it has no field for, at every depth that is a struct."""
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return {
        name: _known(value, fields[name]) if _is_struct(fields[name]) and isinstance(value, dict) else value
        for name, value in plain.items()
        if name in fields
    }


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
