"""What asking a model cost, and whether it can be reached."""

from typing import Literal

from gome.messages.message import Message

CallOutcome = Literal[
    "ok",
    "cut",  # the output limit was reached before the answer was whole
    "refused",  # the model will not answer this
    "empty",  # a reply without an answer in it
    "oversized",  # more text than was asked for
    "malformed",  # not the protocol: half a reply, wrong types
    "not_json",  # a page for people, as a proxy's login shows it
    "unsupported",  # the endpoint does not know a parameter; it is asked without it
    "bad_request",
    "unauthorized",
    "no_credit",
    "unknown_model",
    "rate_limited",
    "server_error",
    "unreachable",
    "timeout",
    "stalled",  # a stream that stood still
    "cancelled",
    "lost",  # gome was killed before its end was on record: what it can have cost at most counts as spent
]


class ModelCalled(Message, frozen=True, kw_only=True, tag="model.called"):
    """A model has been asked once, well or badly; a question may take several attempts. Sent by the model's adapter."""

    key: str  # of the question
    role: str  # draft, diagnose, propose, implement; check for the call before the run
    model: str
    endpoint: str  # host, without credentials
    outcome: CallOutcome
    attempt: int = 1  # at this question
    input_tokens: int = 0  # cached ones included
    cached_tokens: int = 0
    output_tokens: int = 0  # reasoning included
    reasoning_tokens: int = 0
    estimated: bool = False  # the endpoint did not say; these are the most it can have been
    latency_s: float = 0.0
    cost_usd: float | None = None  # None: no price is known for this model
    error: str = ""  # one line


class ModelDown(Message, frozen=True, kw_only=True, tag="model.down"):
    """An endpoint, or one model of it, does not answer. Sent by the model's adapter, once an outage."""

    endpoint: str
    model: str = ""  # that is left alone for a while; empty: the whole endpoint
    reason: str  # one line
    spare: str = ""  # who answers meanwhile; empty: nobody, the questions wait
    rest_s: float = 0.0  # after which the model is tried again, the first time; 0: not on record


class ModelBack(Message, frozen=True, kw_only=True, tag="model.back"):
    """The endpoint, or the model that was left alone, answers again. Sent by the model's adapter."""

    endpoint: str
    model: str = ""
    down_s: float
