"""Whole runs against the shipped endpoint, over real HTTP: faults, caps, keys, and what is told before a run begins."""

import json
import math
import random
from collections import Counter

import pandas as pd
import pytest
from endpoint_parts import PRICE, Hurried

import gome
from gome.budget import asked_in
from gome.cli import main
from gome.errors import SettingInvalid
from gome.llm.chain import Chain
from gome.llm.endpoint import Endpoint
from gome.llm.openai import OpenAIChannel
from gome.settings import ModelSettings
from gome.testing.scripted import Answers, Scripted
from gome.testing.server import serve

PROGRAM = """
import csv, os
print("environment:", dict(os.environ))
rows = list(csv.DictReader(open("input/test.csv")))
with open("submission.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "y"])
    for row in rows:
        writer.writerow([row["id"], {weight} * float(row["x"]) + float(row["z"])])
"""
CODES = [PROGRAM.format(weight=weight) for weight in (0.2, 1, 5, 20)]
KEY = "sk-planted-0123456789abcdef0123456789"
FAULTS = (
    "429", "429_retry_after", "500", "503", "reset", "stall", "truncated", "fenced", "wrong_types",
    "prose", "empty", "html", "length", "refusal", "no_schema", "no_tools", "oversized",
)  # fmt: skip


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


@pytest.fixture(scope="module")
def task_folder(tmp_path_factory):
    """A binary task whose label follows one column, with noise."""
    folder = tmp_path_factory.mktemp("task")
    draw = random.Random(0)
    rows = [(n, draw.random(), draw.random()) for n in range(600)]
    train = pd.DataFrame(rows[:450], columns=["id", "x", "z"])
    train["y"] = [int(x + draw.gauss(0, 0.2) > 0.5) for x in train["x"]]
    train.to_csv(folder / "train.csv", index=False)
    test = pd.DataFrame(rows[450:], columns=["id", "x", "z"])
    test.to_csv(folder / "test.csv", index=False)
    test[["id"]].assign(y=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\n')
    return folder


async def work(task, out, server, *, told=None, **settings):
    """A run whose retries follow at once; returns the result and the messages."""

    def model(argument, site):
        endpoint = Endpoint(server.base_url, None, stall_s=0.3)
        return Chain(OpenAIChannel("gpt-test", endpoint, site, draw=Hurried()))

    llm = ModelSettings(**({"base_url": server.base_url, "prices": {"gpt-test": PRICE}} | (told or {})))
    plain = {"traces": 1, "max_trials": 4, "budget_s": 120.0}
    settings = gome.Settings(model="scripted", llm=llm, **(plain | settings))
    plugins = [lambda registry: registry.add_model("scripted", model)]
    async with gome.Runtime(settings, plugins=plugins) as runtime:
        run = await runtime.start(task, out=out)
        messages = [envelope.message async for envelope in run.events()]
        return await run.result(), messages


def calls(messages):
    return [message for message in messages if isinstance(message, gome.ModelCalled)]


@pytest.mark.slow
async def test_a_run_goes_on_after_each_kind_of_fault(task_folder, tmp_path):
    """One fault after the other, each at a question's first attempt: all trials are made, and the journal tells."""
    answers, faults, met = Answers(CODES * 2, starts=1), list(FAULTS), {}

    def script(asked):
        if asked.schema != "check" and faults and asked.text not in met:
            met[asked.text] = faults[0]
            if faults[0] in ("truncated", "fenced", "wrong_types", "prose", "length"):
                return Scripted(content=answers(asked).content, fault=faults.pop(0))
            return Scripted(fault=faults.pop(0), content={}, retry_after="0.05")
        return answers(asked)

    with serve(script) as server:
        result, messages = await work(task_folder, tmp_path / "run", server, max_trials=8, max_cost_usd=1.0)
    assert not faults
    assert result.trials == 8 or "no trace" in result.stop_reason
    assert result.best is not None
    assert 0 < result.cost_usd <= 1.0
    outcomes = [call.outcome for call in calls(messages)]
    for outcome in ("rate_limited", "server_error", "unreachable", "stalled", "empty", "not_json", "cut", "refused",
                    "unsupported", "oversized"):  # fmt: skip
        assert outcome in outcomes, outcome
    assert result.tokens == sum(call.input_tokens + call.output_tokens for call in calls(messages))
    assert calls(messages)[0].role == "check"
    assert isinstance(messages[0], gome.RunStarted)


async def test_a_run_ends_cleanly_when_the_money_is_used(task_folder, tmp_path):
    """The cap holds, the best so far is exported, and the reason is told."""
    with serve(Answers(CODES * 4)) as server:
        result, messages = await work(
            task_folder, tmp_path / "run", server, max_trials=16, max_cost_usd=0.14, told={"output_tokens": 40_000}
        )
    assert result.status == "finished"
    assert "money is used" in result.stop_reason
    assert result.best is not None
    assert 0 < result.cost_usd <= 0.14
    assert len([message for message in messages if isinstance(message, gome.BudgetExhausted)]) == 1


async def test_a_trace_ends_when_its_money_is_used_and_the_others_go_on(task_folder, tmp_path):
    """What its questions cost is told apart from what the run's cost; the journal says why it ended."""
    told = {"output_tokens": 40_000}
    with serve(Answers(CODES * 40, starts=2)) as server:
        result, messages = await work(
            task_folder,
            tmp_path / "run",
            server,
            traces=2,
            max_traces=2,
            max_trials=60,
            max_trace_cost_usd=0.1,
            told=told,
        )
    spent: Counter[str] = Counter()
    for call in calls(messages):
        spent[asked_in(call.key)] += call.cost_usd
    closed = {message.trace: message.reason for message in messages if isinstance(message, gome.TraceClosed)}
    assert (result.status, result.best is not None) == ("finished", True)
    assert not [message for message in messages if isinstance(message, gome.BudgetExhausted)]
    assert {trace: cost for trace, cost in spent.items() if cost > 0.1} == {}
    assert math.isclose(sum(spent.values()), result.cost_usd)
    assert {trace for trace, reason in closed.items() if "cost_usd" in reason or "money" in reason} >= {"t1", "t2"}


@pytest.mark.slow
async def test_a_key_that_is_revoked_pauses_the_run(task_folder, tmp_path):
    """No step is lost by it: the run says so once, and goes on when the key opens the endpoint again."""
    answers, refused = Answers(CODES), []

    def script(asked):
        if len(answers_given) >= 6 and not refused:
            refused.append(asked)
            return Scripted(fault="401")
        answers_given.append(asked)
        return answers(asked)

    answers_given: list[object] = []
    with serve(script) as server:
        result, messages = await work(task_folder, tmp_path / "run", server, traces=1, max_trials=4)
    assert result.status == "finished"
    assert result.best is not None
    kinds = [type(message) for message in messages]
    assert (kinds.count(gome.messages.ModelDown), kinds.count(gome.messages.ModelBack)) == (1, 1)


async def test_a_run_without_money_for_its_first_question(task_folder, tmp_path):
    """It ends with no submission and says why; it does not break."""
    with serve(Answers(CODES)) as server:
        with pytest.raises(SettingInvalid, match="budget is too small"):  # the answer could not be paid for either
            await work(task_folder, tmp_path / "run", server, max_cost_usd=0.004)
        result, _ = await work(task_folder, tmp_path / "run", server, max_cost_usd=0.0105)
    assert (result.status, result.best) == ("failed", None)
    assert "money is used" in result.stop_reason


def test_a_key_is_nowhere(task_folder, tmp_path, monkeypatch, capsys):
    """Not in the journal, the trials, the prompts, the record, what is printed or exported, nor in what programs see.

    Not even where the endpoint repeats it, in an error or in an answer.
    """
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HOME", str(tmp_path))
    out, answers, told = tmp_path / "run", Answers(CODES[:2]), []

    def script(asked):
        answer = answers(asked)
        told.append(asked.schema)
        if asked.schema == "diagnosis" and told.count("diagnosis") == 1:
            return Scripted(content=answer.content | {"summary": f"Your key is {KEY}."})
        return answer

    with serve(script, key=KEY) as server:
        command = ["run", str(task_folder), "--out", str(out), "--model", "gpt-test", "--base-url", server.base_url]
        more = ["--traces", "1", "--max-trials", "2", "--json", "--no-plugins", "-vv"]
        assert main([*command, *more, "--record", str(out.with_name("tape"))]) == 0
    shown = [capsys.readouterr()]
    summary = json.loads(shown[0].out.splitlines()[-1])
    assert summary["tokens"] > 0
    for words in (["log", str(out), "--json"], ["replay", str(out)], ["export", str(out)], ["config", "show"]):
        main(words)
        shown.append(capsys.readouterr())
    files = [path for path in [*out.rglob("*"), out.with_name("tape")] if path.is_file()]
    assert any(b"environment:" in path.read_bytes() for path in files)
    assert any(b"Your key is [key]" in path.read_bytes() for path in files)
    for path in files:
        assert b"planted" not in path.read_bytes(), path
    assert "planted" not in str(shown)
    assert "planted" not in str([asked.body for asked in server.asked])


def bad(name, *, options=(), key=KEY, url=None, says=(), **server):
    return pytest.param(options, key, url, says, server, id=name)


@pytest.mark.parametrize(
    ("options", "key", "url", "says", "server"),
    [
        bad("no key", key=None, url="https://api.openai.com/v1", says=["set OPENAI_API_KEY", "--model builtin"]),
        bad("wrong key", key="sk-wrong-0123456789", says=["the key in OPENAI_API_KEY", "set OPENAI_API_KEY"]),
        bad("no key for a server that wants one", key=None, says=["set OPENAI_API_KEY"]),
        bad("unknown model", options=["--model", "gpt-tset"], says=["no model 'gpt-tset'", "gpt-test", "--model"]),
        bad("without /v1", url="{root}", says=["set --base-url http://127.0.0.1:", "/v1"]),
        bad("unreachable", url="http://127.0.0.1:9/v1", says=["127.0.0.1:9 cannot be reached", "--base-url"]),
        bad("no such host", url="http://model.invalid/v1", says=["model.invalid cannot be reached"]),
        bad("login page", fault="html", says=["'Sign in'", "set --base-url"]),
        bad("no credit", fault="402", says=["no credit", "top it up"]),
        bad("no address", url="localhost:8000/v1", says=["--base-url is not an address", "http://localhost:8000/v1"]),
        bad("credentials", url="https://me:sk-planted@host/v1", says=["credentials"]),
        bad("typo of builtin", options=["--model", "buitlin"], says=["did you mean 'builtin'?"]),
        bad("a cap without a price", options=["--max-cost", "1"], says=["no price is known for 'gpt-test'"]),
        bad("a cap below one call", options=["--max-tokens", "10"], says=["too small"]),
    ],
)
def test_bad_input(options, key, url, says, server, task_folder, tmp_path, monkeypatch, capsys):
    """One line that says what to set, exit 2, and nothing has been run or left behind."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    out = tmp_path / "run"
    script = Answers(CODES) if "fault" not in server else lambda _: Scripted(fault=server["fault"])
    with serve(script, key=KEY) as endpoint:
        told = (url or endpoint.base_url).format(root=endpoint.base_url.removesuffix("/v1"))
        command = ["run", str(task_folder), "--out", str(out), "--model", "gpt-test", "--base-url", told]
        assert main([*command, "--no-plugins", *options]) == 2
    shown = capsys.readouterr().err
    assert len(shown.splitlines()) == 1, shown
    for words in says:
        assert words in shown
    assert "planted" not in shown
    assert not out.exists() or not any(out.iterdir())


def test_a_busy_endpoint_is_no_bad_input(task_folder, tmp_path, monkeypatch):
    """One that answers 503 just now is there: the run begins, and waits for it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    answers, first = Answers(CODES[:1]), [Scripted(fault="503")]
    with serve(lambda asked: first.pop() if first else answers(asked)) as server:
        command = ["run", str(task_folder), "--out", str(tmp_path / "run"), "--model", "gpt-test"]
        assert (
            main([*command, "--base-url", server.base_url, "--traces", "1", "--max-trials", "1", "--no-plugins"]) == 0
        )
