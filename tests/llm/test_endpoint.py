"""What an endpoint says, as it is received."""

import json

import anyio
import httpx2
import pytest
from endpoint_parts import asking, request

from gome.errors import AttemptFailed, SettingInvalid
from gome.llm.attempts import Question
from gome.llm.call import Call, Capabilities, Turn
from gome.llm.chain import checked
from gome.llm.check import check
from gome.llm.endpoint import Endpoint, host_of
from gome.settings import RoleSettings
from gome.testing.scripted import Scripted
from gome.testing.server import serve

OK = Scripted(content={"ok": True, "ready": True})
KEY = "planted-key-0123456789"
CALL = Call(model="m", turns=(Turn("user", "What now?"),), name="n", schema={"type": "object"}, max_output_tokens=100)


async def answered(body, *, stream=False):
    """Return the answer that the client makes of a body."""
    kind = {"content-type": "application/json"}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body, headers=kind))
    client = httpx2.AsyncClient(transport=transport)
    endpoint = Endpoint("http://localhost/v1", KEY, http_client=client)
    try:
        return await endpoint.call(CALL, Capabilities(stream=stream))
    finally:
        await endpoint.close()


@pytest.fixture(params=[False, True], ids=["whole", "asked to stream"])
def stream(request):
    return request.param


@pytest.mark.parametrize("part", ["content", "refusal"])
async def test_the_key_is_not_received(stream, part):
    """A server that repeats the headers it got does not bring the key into the run's folder."""
    body = json.dumps({"choices": [{"message": {part: f"Bearer {KEY}!"}, "finish_reason": "stop"}]})
    assert (await answered(body, stream=stream)).text == "Bearer [key]!"


async def test_half_a_character_is_replaced(stream):
    """A lone surrogate fits into no file."""
    body = json.dumps({"choices": [{"message": {"content": "a\ud800b"}, "finish_reason": "stop"}]})
    assert (await answered(body, stream=stream)).text == "a?b"


async def test_a_bottomless_reply_is_an_attempt_that_failed(stream):
    """JSON that no parser follows is told as such, and tried again."""
    with pytest.raises(AttemptFailed, match="nested too deeply") as raised:
        await answered('{"choices":' * 100_000, stream=stream)
    assert (raised.value.outcome, raised.value.again, raised.value.billed) == ("malformed", True, True)


@pytest.mark.parametrize("below", ["", "/deployments/gpt-test"], ids=["the resource", "a deployment"])
@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_azure(below, api, anyio_backend):
    """Its address holds a version, its key goes in a header of its own, and its deployments are models."""
    if anyio_backend[0] != "asyncio":
        pytest.skip("the shipped server answers in a thread, in real time")
    with serve(lambda _: OK, key=KEY, api_version="2024-10-21", models=["gpt-test", "other"]) as server:
        url = server.base_url.replace("/openai?", f"/openai{below}?")
        async with asking(checked(url), key=KEY, api=api, fallbacks=("other",)) as run:
            await run.channel.ask(request())
            await check(run.channel)
            if not below:  # else the address says which
                with pytest.raises(AttemptFailed, match="404"):
                    await run.channel.attempt(Question(request()), "third")
    assert {asked.body["model"] for asked in server.asked} >= {"gpt-test"} | (set() if below else {"other", "third"})
    assert {asked.path for asked in server.asked} == {"/chat/completions" if api == "chat" else "/responses"}


@pytest.mark.parametrize("query", ["", "?api-version=preview"])
@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_azure_of_the_newer_kind(query, api, anyio_backend):
    """As any other endpoint, below /openai/v1: no deployments in the path, and no advice about a version."""
    if anyio_backend[0] != "asyncio":
        pytest.skip("the shipped server answers in a thread, in real time")

    def script(asked):
        return Scripted(fault="404_version") if asked.body["model"] == "third" else OK

    with serve(script, key=KEY, models=["gpt-test", "third"]) as server:
        url = checked(server.base_url.replace("/v1", f"/openai/v1{query}"))
        async with asking(url, key=KEY, api=api) as run:
            await check(run.channel)
            await run.channel.ask(request())
        async with asking(url, key=KEY, api=api, roles={"draft": RoleSettings(model="third")}) as run:
            with pytest.raises(SettingInvalid, match="third") as told:
                await check(run.channel)
        async with asking(url, key="another", api=api) as run:
            with pytest.raises(SettingInvalid, match="the key in OPENAI_API_KEY does not open"):
                await check(run.channel)
    assert "api-version" not in str(told.value)
    assert {asked.path for asked in server.asked} == {"/chat/completions" if api == "chat" else "/responses"}


async def test_what_azure_of_the_newer_kind_is_sent():
    """Its host is known by its name: the key goes in its own header."""
    sent = []

    def answer(request):
        sent.append((str(request.url), request.headers.get("api-key"), request.headers.get("authorization")))
        return httpx2.Response(200, json={"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]})

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    endpoint = Endpoint("https://h.openai.azure.com/openai/v1", KEY, http_client=client)
    await endpoint.call(CALL, Capabilities(stream=False))
    await endpoint.close()
    assert sent == [("https://h.openai.azure.com/openai/v1/chat/completions", KEY, None)]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://host/v1?api-key=sk-planted", "credentials"),
        ("https://host/v1?code=planted", "credentials"),
        ("https://me:planted@host/v1", "credentials"),
        ("https://host/v1#planted", "credentials"),
        ("https://host/v1/chat/completions", "ends too late"),
        ("https://host/openai/deployments/x/chat/completions?api-version=1", "ends too late"),
        ("ftp://host/v1", "not an address"),
        ("http://host:99999/v1", "not an address"),
        ("http://[::1/v1", "not an address"),
        ("", "not an address"),
    ],
)
def test_an_address_that_is_none(url, says):
    """One line says so, and repeats no secret."""
    with pytest.raises(SettingInvalid, match=says) as raised:
        checked(url)
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://[::1]:8000/v1/", "https://h.openai.azure.com/openai/v1?api-version=preview"])
def test_an_address(url):
    """Of whatever kind."""
    assert checked(f" {url}\n") == url.rstrip("/")


def test_the_host_of_an_address_can_be_written_as_an_address():
    """Brackets and port stay; who asks and what for does not."""
    assert host_of("http://[::1]:8000/v1") == "[::1]:8000"
    assert host_of("https://me:secret@host/v1?x=1") == "host"


@pytest.mark.parametrize("usage", [True, False], ids=["all told", "usage to come"])
async def test_a_stream_that_brings_all_and_does_not_end(usage, anyio_backend):
    """Servers that keep a stream open lose nothing: answer, end and usage are there, and nobody waits for more."""
    if anyio_backend[0] != "asyncio":
        pytest.skip("httpx2 over a transport, in real time")
    choice = {"index": 0, "delta": {"content": '{"ok": true}'}, "finish_reason": "stop"}
    event = {"choices": [choice]} | ({"usage": {"prompt_tokens": 7, "completion_tokens": 3}} if usage else {})

    class Open(httpx2.AsyncByteStream):
        async def __aiter__(self):
            yield f"data: {json.dumps(event)}\n\n".encode()
            await anyio.sleep_forever()

    kind = {"content-type": "text/event-stream"}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Open(), headers=kind))
    client = httpx2.AsyncClient(transport=transport)
    endpoint = Endpoint("http://localhost/v1", KEY, http_client=client, stall_s=0.2)
    try:
        if usage:
            answer = await endpoint.call(CALL, Capabilities())
            assert (answer.text, answer.usage.input, answer.usage.output) == ('{"ok": true}', 7, 3)
        else:
            with pytest.raises(AttemptFailed, match="stood still"):
                await endpoint.call(CALL, Capabilities())
    finally:
        await endpoint.close()
