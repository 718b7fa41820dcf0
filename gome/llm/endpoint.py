"""An OpenAI-compatible endpoint: one call, over chat completions or the responses API."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit

import anyio
import msgspec
from msgspec.structs import replace

from gome.errors import AttemptFailed
from gome.llm import chat, responses
from gome.llm.call import Answer, Call, Capabilities
from gome.llm.failure import Classifier

if TYPE_CHECKING:
    from openai import AsyncStream

OPENAI = "https://api.openai.com/v1"
AZURE, VERSION = ".azure.com", "api-version"  # whose keys go in a header of their own
CONNECT_S = 15.0
END_S = 3.0  # that a stream may take to end, once it has brought all
LOOK_S = 20.0  # deadline of a look at the list of models
MAX_BYTES_PER_TOKEN = 32  # what a reply may be longer than asked for, before it is cut off
SLACK_BYTES = 1 << 16
LEAST_KEY = 8  # characters; what is shorter is no secret, and would be found everywhere


class Endpoint:
    """Where models are asked. Holds connections: close it."""

    def __init__(
        self,
        base_url: str,
        key: str | None,
        *,
        api: Literal["chat", "responses"] = "chat",
        stall_s: float = 120.0,
        http_client: Any = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            base_url: with its /v1; for Azure of the older kind with ?api-version=..., with or without its deployment.
            key: None where the endpoint wants none.
            api: which of the two protocols it is spoken to in.
            stall_s: seconds that a stream which has begun to answer may stand still.
            http_client: of httpx; for tests without sockets.
        """
        import openai  # 0.4 s: paid only by runs that ask an endpoint

        self.has_key = bool(key)
        self.base_url, _, query = base_url.partition("?")
        self.host, asked = host_of(base_url), dict(parse_qsl(query))
        self.azure = VERSION in asked or (urlsplit(base_url).hostname or "").endswith(AZURE)
        self._deployments = VERSION in asked and self.base_url.rstrip("/").endswith("/openai")
        headers: Any = {"api-key": key or "", "Authorization": openai.Omit()} if self.azure else {}
        self._options: Any = {"headers": headers}
        self.official = self.host == host_of(OPENAI)
        self._protocol = responses if api == "responses" else chat
        self._stall_s = stall_s
        self._failed, self._key = Classifier(key), key or ""
        self._client = openai.AsyncOpenAI(
            base_url=self.base_url,
            default_query=asked,
            api_key=key or "none",
            max_retries=0,  # the one retry layer is ours
            timeout=openai.Timeout(None, connect=CONNECT_S),  # so are the deadlines
            http_client=http_client,
        )

    def capabilities(self) -> Capabilities:
        """Return what the endpoint is taken to be able to do before it was asked."""
        return Capabilities(limit="max_completion_tokens" if self.official else "max_tokens")

    async def call(self, call: Call, can: Capabilities) -> Answer:
        """Return the answer to one call, without our key and fit for any file. Has no deadline of its own.

        Raises:
            AttemptFailed: it says what may be done about it.
        """
        body, path = self._protocol.body(call, can), self._protocol.PATH
        if self._deployments:
            path = f"/deployments/{quote(call.model, safe='')}{path}"
        most = call.max_output_tokens * MAX_BYTES_PER_TOKEN + SLACK_BYTES
        try:
            answer = await (self._stream if can.stream else self._plain)(path, body, most)
        except RecursionError as error:
            raise AttemptFailed("malformed", "JSON that is nested too deeply", again=True, billed=True) from error
        except msgspec.ValidationError as error:
            raise AttemptFailed("malformed", self._failed.line(error), again=True, billed=True) from error
        except Exception as error:
            failure = self._failed.failure(error)
            if failure is None:
                raise
            raise failure from error
        return replace(answer, text=self._fit(answer.text))

    def _fit(self, text: str) -> str:
        """Return what goes on record: without the key, should the model say it, and without half characters."""
        text = text.encode("utf-8", "replace").decode()
        return text.replace(self._key, "[key]") if len(self._key) >= LEAST_KEY else text

    async def models(self) -> dict[str, int | None]:
        """Return the models that the endpoint lists, each with its window in tokens where that is told.

        Raises:
            AttemptFailed: it lists none, or does not answer.
        """
        try:
            with anyio.fail_after(LOOK_S):
                listed = await self._client.get("/models", cast_to=object, options=self._options)
        except TimeoutError as error:
            raise AttemptFailed("unreachable", f"no answer in {LOOK_S:.0f} s", again=True, dead=True) from error
        except RecursionError as error:
            raise self._failed.page("JSON that is nested too deeply") from error
        except Exception as error:
            failure = self._failed.failure(error)
            if failure is None:
                raise
            raise failure from error
        try:
            return {model.id: model.window for model in msgspec.convert(listed, _Models).data}
        except msgspec.ValidationError as error:
            raise self._failed.page(listed) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _plain(self, path: str, body: dict[str, Any], most: int) -> Answer:
        reply = await self._client.post(path, cast_to=object, body=body, options=self._options)
        if isinstance(reply, str):
            raise self._failed.page(reply)
        return self._whole(reply, most)

    def _whole(self, reply: object, most: int) -> Answer:
        if isinstance(reply, dict) and reply.get("error"):  # proxies say so with a status of 200
            raise self._failed.said(reply["error"])
        answer: Answer = self._protocol.whole(reply)
        _check_length(len(answer.text), most)
        return answer

    async def _stream(self, path: str, body: dict[str, Any], most: int) -> Answer:
        from openai import AsyncStream

        stream = await self._client.post(
            path,
            cast_to=object,
            body=body | {"stream": True},
            options=self._options,
            stream=True,
            stream_cls=AsyncStream[object],
        )
        async with stream:
            kind = stream.response.headers.get("content-type", "")
            if "html" in kind:
                raise self._failed.page((await stream.response.aread())[:4096].decode(errors="replace"))
            if "json" in kind:  # it does not stream, and says so by answering whole
                return self._whole(json.loads(await stream.response.aread()), most)
            gathered: chat.Gathered | responses.Gathered = self._protocol.Gathered()
            began = False
            async for event in self._events(stream, gathered):
                began = True
                gathered.take(event)
                _check_length(gathered.length, most)
            if not began:
                raise self._failed.page(f"no event ({kind or 'untyped'})")
            return gathered.answer()

    async def _events(
        self, stream: "AsyncStream[object]", gathered: chat.Gathered | responses.Gathered
    ) -> AsyncIterator[object]:
        """Yield what the stream brings. Once the answer has begun, it may not stand still."""
        events = stream.__aiter__()
        while True:
            try:
                with anyio.fail_after(END_S if gathered.is_whole else self._stall_s if gathered.length else None):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if gathered.is_whole:
                    return
                problem = f"the stream stood still for {self._stall_s:g} s"
                raise AttemptFailed("stalled", problem, again=True, billed=True) from error
            yield event


class _Model(msgspec.Struct):
    id: str
    max_model_len: Any = None  # vLLM, SGLang
    max_context_length: Any = None  # Mistral, LM Studio
    context_length: Any = None  # OpenRouter, Together
    context_window: Any = None  # Groq

    @property
    def window(self) -> int | None:
        """Tokens of question and reply together."""
        told = (self.max_model_len, self.max_context_length, self.context_length, self.context_window)
        return next((number for number in told if isinstance(number, int) and number > 1), None)


class _Models(msgspec.Struct):
    data: list[_Model]


def host_of(url: str) -> str:
    """Return host and port of a URL, without credentials."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{name}:{parts.port}" if parts.port else name


def proxies_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that name a proxy."""
    names = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
    return tuple(name for plain in names for name in (plain, plain.lower()) if environment.get(name))


def _check_length(length: int, most: int) -> None:
    if length > most:
        problem = f"the reply has more than {most:,} characters, far more than was asked for"
        raise AttemptFailed("oversized", problem, again=True, billed=True)
