"""An OpenAI-compatible endpoint that follows a script: real HTTP on this machine, with delays and faults.

    with serve([Scripted(content={"ready": True})]) as server:
        client = openai.AsyncOpenAI(base_url=server.base_url, api_key="any")

It runs in a thread of its own, so that tests of whole commands can use it, and any event loop.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from gome.testing import protocol
from gome.testing.scripted import PAGE, STATUS, Asked, Scripted

Script = Callable[[Asked], Scripted] | Iterable[Scripted]
BELOW = ("/v1", "/openai/v1")  # the second as Azure has it, where the key may come in either header
LINGER = struct.pack("ii", 1, 0)  # close without a farewell: the other side sees a reset


class Server:
    """The endpoint. Counts what it is asked."""

    def __init__(
        self,
        script: Script,
        *,
        models: Iterable[str] = ("gpt-test",),
        key: str | None = None,
        forms: Iterable[str] = ("schema", "tools", "text"),
        streams: bool = True,
        lists_models: bool = True,
        window: int | None = None,
        longest: int | None = None,
        api_version: str | None = None,
        port: int = 0,
    ) -> None:
        """Listen to nobody yet.

        Args:
            script: answers, in order, or a function of what was asked. A list that is used up answers 500.
            models: that exist; an empty one stands for any.
            key: that opens the endpoint; None: any does.
            forms: in which structured replies can be asked for; others are refused.
            streams: whether it streams; one that does not answers whole.
            lists_models: whether it has a list of models.
            window: tokens of question and reply together, four bytes each; what asks for more is refused.
            longest: tokens of a reply; what asks for more is refused.
            api_version: that has to be asked for, as Azure's older endpoints want; each model is a deployment then.
            port: 0 for any that is free.
        """
        self._script = script if callable(script) else _in_order(script)
        self._models, self._key, self._forms = tuple(models), key, frozenset(forms)
        self._streams, self._lists = streams, lists_models
        self._window, self._longest, self._version = window, longest, api_version
        self.asked: list[Asked] = []
        self.input_tokens = self.output_tokens = 0  # that were told in usage
        self.in_flight = self.most_in_flight = 0
        self._wires: dict[tuple[str, int], Any] = {}
        self._thread: threading.Thread | None = None
        self._port = port
        # Named as TCP, so that asyncio turns Nagle's algorithm off: it would add 40 ms to every stream.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._uvicorn: uvicorn.Server | None = None

    @property
    def base_url(self) -> str:
        """What clients are given."""
        below = "v1" if self._version is None else f"openai?api-version={self._version}"
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/{below}"

    @property
    def requests(self) -> int:
        """How many answers were asked for."""
        return len(self.asked)

    def __enter__(self) -> Self:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self._port))
        self._socket.listen(128)  # from here on clients can connect; they are served as soon as the loop runs
        routes = [
            route
            for below in BELOW
            for route in (
                Route(f"{below}/models", self._list),
                Route(f"{below}/chat/completions", self._answer, methods=["POST"]),
                Route(f"{below}/responses", self._answer, methods=["POST"]),
            )
        ]
        if self._version is not None:
            routes = [Route("/openai/deployments/{model}/{path:path}", self._answer, methods=["POST"])]
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=routes),
                http=_wire(self._wires),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
            )
        )
        serving = self._uvicorn
        self._thread = threading.Thread(
            target=lambda: serving.run([self._socket]), name="scripted endpoint", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._uvicorn is not None, "entered"
        assert self._thread is not None, "entered"
        self._uvicorn.should_exit = self._uvicorn.force_exit = True
        self._thread.join()
        self._socket.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await anyio.to_thread.run_sync(self.__exit__, kind, error, trace)

    def _refusal(self, request: Request) -> Response | None:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._version is not None:
            if request.query_params.get("api-version") != self._version or sent:
                return _failure("404_version")
            sent = request.headers.get("api-key", "")
        elif request.url.path.startswith(BELOW[1]):
            sent = sent or request.headers.get("api-key", "")
        return _failure("401", key=sent) if self._key is not None and sent != self._key else None

    async def _list(self, request: Request) -> Response:
        if not self._lists:
            return JSONResponse({"error": {"message": "no such page"}}, status_code=404)
        window = {} if self._window is None else {"max_model_len": self._window}
        listed = [{"id": name, "object": "model"} | window for name in self._models]
        return self._refusal(request) or JSONResponse({"object": "list", "data": listed})

    async def _answer(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        path = "/" + request.path_params.get("path", request.url.path.rpartition("/v1/")[2])
        named = {"model": request.path_params["model"]} if self._version is not None else {}
        try:
            body = await request.json()
        except ClientDisconnect:  # it was killed before it had asked
            return Response()
        asked = Asked(number=len(self.asked) + 1, path=path, body=body | named)
        self.asked.append(asked)
        if self._models and asked.body.get("model") not in self._models:
            return _failure("404", model=str(asked.body.get("model")))
        if asked.form not in self._forms:
            return _failure({"schema": "no_schema", "tools": "no_tools"}[asked.form])
        if (told := self._too_long(asked)) is not None:
            return _failure("too_long", told=told)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            scripted = self._script(asked)
            await anyio.sleep(scripted.latency_s)
        finally:
            self.in_flight -= 1
        return await self._respond(request, asked, scripted)

    def _too_long(self, asked: Asked) -> str | None:
        """Return why a request is too long, in the words of servers; None where it is not."""
        came, wanted = len(asked.text) // 4, asked.most_tokens
        if self._longest is not None and wanted > self._longest:
            return f"max_tokens is too large: {wanted}. This model supports at most {self._longest} completion tokens"
        if self._window is not None and came + wanted > self._window:
            requested = f"you requested {came + wanted} tokens ({came} in the messages, {wanted} in the completion)"
            return f"This model's maximum context length is {self._window} tokens. However, {requested}."
        return None

    async def _respond(self, request: Request, asked: Asked, scripted: Scripted) -> Response:
        fault = scripted.fault
        if fault == "no_schema" and asked.form != "schema":
            fault = None
        if fault == "no_tools" and asked.form != "tools":
            fault = None
        if fault in STATUS:
            after = {"retry-after": scripted.retry_after} if fault == "429_retry_after" else {}
            return _failure(fault, after, model=str(asked.body.get("model")))
        if fault == "html":
            return HTMLResponse(PAGE)
        if fault == "reset":
            self._wires[tuple(request.scope["client"])].abort()
            await anyio.sleep(0.01)  # the connection is gone before anything is written to it
            return Response()
        came, made = scripted.usage(asked)
        self.input_tokens, self.output_tokens = self.input_tokens + came, self.output_tokens + made
        speak = protocol.Responses if asked.path == "/responses" else protocol.Chat
        said = speak(asked, scripted, came, made)
        if asked.body.get("stream") and self._streams:
            return StreamingResponse(said.events(), media_type="text/event-stream")
        if fault == "stall":
            return StreamingResponse(protocol.stalled(), media_type="application/json")
        return JSONResponse(said.whole())


def serve(script: Script, **options: Any) -> Server:
    """Return an endpoint that follows a script; use it with `with` or `async with`. Options as of `Server`."""
    return Server(script, **options)


def _in_order(script: Iterable[Scripted]) -> Callable[[Asked], Scripted]:
    left = iter(script)
    return lambda _: next(left, Scripted(fault="500"))


def _failure(fault: str, headers: dict[str, str] | None = None, **named: str) -> Response:
    status, code, text = STATUS[fault]
    error = {"message": text.format(**({"key": "", "model": ""} | named)), "type": code, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


def _wire(wires: dict[tuple[str, int], Any]) -> type[H11Protocol]:
    """Return a protocol that notes the connections, so that they can be reset."""

    class Wire(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            """Note it."""
            super().connection_made(transport)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            wires[tuple(transport.get_extra_info("peername"))] = transport

    return Wire
