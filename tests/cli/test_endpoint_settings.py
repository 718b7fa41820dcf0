"""How a model behind an endpoint is told of: gome.toml, variables, options, and what `gome doctor` says of it."""

import json
import re
from pathlib import Path

import pytest

from gome.cli import main
from gome.cli.config import load
from gome.errors import SettingInvalid
from gome.settings import Price
from gome.testing.scripted import Scripted
from gome.testing.server import serve

TOML = """
model = "gpt-5"
[llm]
base_url = "http://file.test/v1"
fallbacks = ["gpt-5-mini", "builtin"]
tokens_per_minute = 30000
[llm.roles.implement]
model = "big"
effort = "high"
[llm.prices."big"]
input = 1
output = 2.5
"""


def test_the_table(tmp_path):
    """Everything about endpoints is one table; its address also has an option and a variable, which are stronger."""
    (tmp_path / "gome.toml").write_text(TOML)
    home = {"HOME": str(tmp_path)}
    llm = load({}, home, tmp_path).settings.llm
    assert llm.base_url == "http://file.test/v1"
    assert llm.fallbacks == ("gpt-5-mini", "builtin")
    assert (llm.role("implement").model, llm.role("draft").model) == ("big", None)
    assert llm.prices == {"big": Price(input=1.0, output=2.5)}
    assert load({}, home | {"GOME_BASE_URL": "http://a/v1"}, tmp_path).settings.llm.base_url == "http://a/v1"
    assert load({"base_url": "http://b/v1"}, home, tmp_path).settings.llm.base_url == "http://b/v1"


def test_the_table_of_the_readme(tmp_path):
    """What it shows can be written as it stands."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    [shown] = re.findall(r"```toml\n(\[llm\].*?)```", readme, re.DOTALL)
    (tmp_path / "gome.toml").write_text(shown)
    llm = load({}, {"HOME": str(tmp_path)}, tmp_path).settings.llm
    assert llm.fallbacks[-1] == "builtin"
    assert llm.role("implement").effort == "high"
    assert llm.prices["my-model"].output == 2.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[llm]\nbase_ulr = 'x'", "unknown field `base_ulr`"),
        ("[llm.roles.drft]\nmodel = 'x'", "[llm"),
        ("[llm.roles.draft]\ntemperature = -1", "[llm.roles"),
        ("[llm]\nconcurrency = 0", "[llm.concurrency]"),
        ("[llm]\napi_key = 'sk-secret'", "unknown field `api_key`"),
        ("llm = 3", "llm"),
    ],
)
def test_senseless_tables(tmp_path, text, says):
    """One line with the place; what stands there is not repeated: it may be a key."""
    (tmp_path / "gome.toml").write_text(text)
    with pytest.raises(SettingInvalid) as caught:
        load({}, {"HOME": str(tmp_path)}, tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "sk-secret" not in str(caught.value)


def test_it_is_shown(tmp_path, monkeypatch, capsys):
    """As JSON, without what is the default anyway."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gome.toml").write_text('[llm]\nfallbacks = ["m"]\n')
    assert main(["config", "show"]) == 0
    assert '{"fallbacks":["m"]}' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("toml", "variables", "says"),
    [
        ("", {"ALL_PROXY": "socks5://127.0.0.1:9"}, "the proxy in ALL_PROXY cannot be used"),
        ("", {"https_proxy": "quux://127.0.0.1:9"}, "the proxy in https_proxy cannot be used"),
        ('[llm.prices."gpt-test"]\ninput = inf\noutput = 1', {}, "llm.prices"),
        ('[llm]\nfallbacks = ["openai:mini"]', {}, "llm.fallbacks: 'openai:mini' is no model"),
        ('[llm]\nfallbacks = ["builtin", "m"]', {}, "nothing can follow it"),
        ("[llm]\ntokens_per_minute = 1000", {}, "llm.tokens_per_minute: 1000 is less than one question takes"),
        ("", {"OPENAI_BASE_URL": "localhost:8000"}, "--base-url is not an address"),
    ],
)
def test_a_run_that_cannot_ask(tmp_path, monkeypatch, capsys, toml, variables, says):
    """One line that says what to mend, exit 2, no trace of a run."""
    for name in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gome.toml").write_text(toml)
    (tmp_path / "task").mkdir()
    rows = "".join(f"{row},{row % 7}\n" for row in range(120))
    (tmp_path / "task" / "train.csv").write_text(f"a,y\n{rows}")
    (tmp_path / "task" / "task.toml").write_text('metric = "rmse"\ntarget = "y"\n')
    options = ["--model", "gpt-test", "--budget", "60s", "--max-cost", "1", "--no-plugins"]
    if not toml.startswith("[llm.prices"):
        options[4:6] = []
    assert main(["run", "task", "--out", "out", *options]) == 2
    printed = capsys.readouterr()
    assert [says in line for line in printed.err.splitlines()].count(True) == 1
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_a_blank_around_an_address(tmp_path, monkeypatch):
    """Copied with its line's end, it is the same address."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with serve(lambda _: Scripted(content={"ready": True})) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", f" {endpoint.base_url} \n")
        assert main(["doctor", "--json", "--no-plugins", "--model", "gpt-test"]) == 0
    assert endpoint.requests


@pytest.mark.parametrize(
    ("server", "model", "status", "what"),
    [
        ({"forms": ("tools", "text")}, "gpt-test", "warn", "knows tools"),
        ({"window": 30_000}, "gpt-test", "warn", "window 30,000 tokens"),
        ({}, "gpt-tset", "fail", "unknown model"),
    ],
)
def test_doctor(tmp_path, monkeypatch, capsys, server, model, status, what):
    """What an endpoint can do is shown; what is wrong comes with what to set."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with serve(lambda _: Scripted(content={"ready": True}), **server) as endpoint:
        code = main(["doctor", "--json", "--no-plugins", "--model", model, "--base-url", endpoint.base_url])
    assert code == (1 if status == "fail" else 0)
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    found = checks[f"model {model}"]
    assert found["status"] == status
    assert what in found["what"]
    assert found["mend"]
