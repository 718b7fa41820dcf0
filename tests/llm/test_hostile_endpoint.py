"""Servers that are no endpoint, or a broken one: each is told in one line before a run, and none breaks a run."""

import json
import socket
import threading
from contextlib import contextmanager, suppress

import anyio
import pytest
from endpoint_parts import asking, calls, request

from gome.errors import AttemptFailed, BudgetExceeded, SettingInvalid
from gome.llm.check import check, probe
from gome.messages import Limits


@pytest.fixture
def anyio_backend():
    """The server answers in a thread."""
    return "asyncio"


@contextmanager
def saying(reply):
    """A server that says the same bytes to everybody, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with suppress(OSError):
                while True:
                    caller, _ = listening.accept()
                    with caller, suppress(OSError):
                        caller.recv(1 << 16)
                        caller.sendall(reply(listening.getsockname()[1]) if callable(reply) else reply)
                        caller.shutdown(socket.SHUT_WR)
                        while caller.recv(1 << 16):
                            pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def http(status, body=b"", kind="application/json", more=""):
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode() + body


def error(**told):
    return json.dumps({"error": told}).encode()


SSE = "text/event-stream"
ESCAPES = error(message="\x1b[31mred\x1b[0m\nline two\nTraceback")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        pytest.param(http("200 OK", b"OK", "text/plain"), "not_json", id="plain text"),
        pytest.param(http("204 No Content"), "malformed", id="no content"),
        pytest.param(http("200 OK", b"\xff\xfe{"), "malformed", id="no UTF-8"),
        pytest.param(http("200 OK", b"[1, 2]"), "malformed", id="a list"),
        pytest.param(http("200 OK", b"null"), "malformed", id="null"),
        pytest.param(http("200 OK", b'{"choices": "yes"}'), "malformed", id="other types"),
        pytest.param(http("200 OK", b"zip", more="Content-Encoding: gzip\r\n"), "unreachable", id="not compressed"),
        pytest.param(http("200 OK", error(message="No auth", code=401)), "unauthorized", id="a key refused with 200"),
        pytest.param(
            http("200 OK", error(message="slow down", code=429)), "rate_limited", id="a rate refused with 200"
        ),
        pytest.param(http("200 OK", b'{"error": "not loaded"}'), "server_error", id="an error with 200"),
        pytest.param(http("200 OK", b"", SSE), "not_json", id="an empty stream"),
        pytest.param(http("200 OK", b"data: [DONE]\n\n", SSE), "not_json", id="a stream of nothing"),
        pytest.param(http("200 OK", b"data: <html>\n\n", SSE), "malformed", id="a stream of markup"),
        pytest.param(
            http("200 OK", b"data: " + error(message="insufficient_quota") + b"\n\n", SSE),
            "no_credit",
            id="in a stream",
        ),
        pytest.param(http("400 Bad Request", ESCAPES), "bad_request", id="escape sequences"),
        pytest.param(http("404 Not Found", b"404 page not found", "text/plain"), "unknown_model", id="no such page"),
        pytest.param(http("302 Found", more="Location: http://127.0.0.1:9/\r\n"), "unreachable", id="a redirect"),
        pytest.param(b"SSH-2.0-OpenSSH_9\r\n", "unreachable", id="another protocol"),
        pytest.param(b"", "unreachable", id="silence"),
    ],
)
@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_what_is_no_endpoint(reply, outcome, api):
    """Every failure has its name and one plain line; those that waiting will not mend are bad input."""
    with saying(reply) as url:
        async with asking(url, key="sk-planted-0123456789", api=api) as run:
            with pytest.raises(AttemptFailed) as failed:
                await probe(run.channel, "gpt-test")
            assert failed.value.outcome == outcome
            assert failed.value.problem.isprintable()
            if outcome not in ("server_error", "rate_limited"):
                with pytest.raises(SettingInvalid) as told:
                    await check(run.channel)
                assert str(told.value).isprintable()
                assert "planted" not in str(told.value)
    assert run.ledger.reserved("tokens") == run.ledger.reserved("cost_usd") == 0


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        pytest.param(
            lambda port: http("302 Found", more=f"Location: http://127.0.0.1:{port}/v1/chat/completions\r\n"),
            "only redirects: set --base-url to the address that serves the API",
            id="a loop of redirects",
        ),
        pytest.param(
            lambda _: http("404 Not Found", b"404 page not found", "text/plain"),
            "there is no API at",
            id="no such page",
        ),
        pytest.param(lambda _: http("200 OK"), "(an empty reply)", id="an empty body"),
    ],
)
async def test_what_to_mend(reply, says):
    """One line names what is wrong with the address, and says nothing of models."""
    with saying(reply) as url:
        async with asking(url) as run:
            with pytest.raises(SettingInvalid) as told:
                await check(run.channel)
    assert says in str(told.value)
    assert "has no model" not in str(told.value)


def chat_reply(content, *, output_tokens=9):
    said = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 50, "completion_tokens": output_tokens}
    return http("200 OK", json.dumps({"choices": [said], "usage": usage}).encode())


async def test_content_in_parts():
    """A message whose content is a list of parts is read; parts that are no text count for nothing."""
    parts = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": '{"ok": '},
        {"type": "text", "text": "true}"},
    ]
    with saying(chat_reply(parts)) as url:
        async with asking(url) as run:
            reply = await run.channel.ask(request())
    assert reply.text == '{"ok": true}'


async def test_an_endpoint_that_passes_its_limit():
    """An endpoint that reports more output than was asked for is named, and as much is reserved from then on."""
    with saying(chat_reply('{"ok": true}', output_tokens=3000)) as url:
        async with asking(url, limits=Limits(tokens=6800)) as run:
            for key in ("draft", "draft-2"):
                await run.channel.ask(request(key, tokens=1000))
            with pytest.raises(BudgetExceeded):  # 700 are left: who passes a limit is not trusted with a shorter one
                await run.channel.ask(request("draft-3", tokens=1000))
    said = [call.error for call in calls(run.said)]
    assert said[0] == "the endpoint reports 3000 output tokens, 1000 were asked for"
    assert len(said) == 2
    assert run.ledger.spent("tokens") == 6100


async def test_several_calls_in_flight_pass_their_limit():
    """Those in flight had too little reserved; from then on enough is, and none is begun that passes the cap."""
    limits = Limits(tokens=26_000)
    with saying(chat_reply('{"ok": true}', output_tokens=3000)) as url:
        async with asking(url, limits=limits) as run:
            async with anyio.create_task_group() as tasks:
                for number in range(4):
                    tasks.start_soon(run.channel.ask, request(f"draft-{number}", tokens=1000))
            for number in range(4, 8):
                await run.channel.ask(request(f"draft-{number}", tokens=1000))
            with pytest.raises(BudgetExceeded):
                await run.channel.ask(request("draft-8", tokens=1000))
    assert run.ledger.spent("tokens") <= 26_000
    assert run.ledger.reserved("tokens") == 0
    assert all(call.error.startswith("the endpoint reports 3000") for call in calls(run.said))
