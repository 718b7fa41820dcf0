"""What an endpoint says, as it is received."""

import json

import httpx2
import pytest

from gome.errors import AttemptFailed
from gome.llm.call import Call, Capabilities, Turn
from gome.llm.endpoint import Endpoint

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
