"""The endpoint that ships, as its protocol's own client sees it."""

import anyio
import openai
import pytest

from gome.testing.scripted import Scripted
from gome.testing.server import serve

TURN = [{"role": "user", "content": "What now?"}]


@pytest.fixture
def anyio_backend():
    """What the client is used on here."""
    return "asyncio"


def client(server):
    return openai.AsyncOpenAI(base_url=server.base_url, api_key="any", max_retries=0)


async def test_the_protocols():
    """Chat, whole and streamed with usage; the responses API; the list of models."""
    with serve(lambda _: Scripted(content="Go on.", input_tokens=7, output_tokens=3)) as server:
        async with client(server) as asking:
            whole = await asking.chat.completions.create(model="gpt-test", messages=TURN)
            stream = await asking.chat.completions.create(
                model="gpt-test", messages=TURN, stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in stream]
            response = await asking.responses.create(model="gpt-test", input="What now?")
            models = [model.id async for model in asking.models.list()]
    assert whole.choices[0].message.content == "Go on."
    assert whole.usage.total_tokens == 10
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Go on."
    assert chunks[-1].usage.completion_tokens == 3
    assert response.output_text == "Go on."
    assert models == ["gpt-test"]
    assert (server.requests, server.input_tokens, server.output_tokens) == (3, 21, 9)


async def test_latency_and_what_is_in_flight():
    """Calls overlap, and the most at once is counted."""
    with serve(lambda _: Scripted(content="Go on.", latency_s=0.2)) as server:
        async with client(server) as asking, anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(lambda: asking.chat.completions.create(model="gpt-test", messages=TURN))
    assert server.most_in_flight == 4


async def test_a_list_that_is_used_up():
    """It answers 500: the test that asks too much fails."""
    with serve([]) as server:
        async with client(server) as asking:
            with pytest.raises(openai.InternalServerError):
                await asking.chat.completions.create(model="gpt-test", messages=TURN)
