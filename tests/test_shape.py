"""The shape of the tree: small modules, telling names, nothing imported that need not be."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gome

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "gome").rglob("*.py"))
VAGUE = {"utils", "util", "common", "core", "helpers", "misc", "manager", "base"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_small_and_say_what_they_are(path):
    """At most 300 lines, an actor at most 150; the first line is a docstring; the name is a noun of the field."""
    text = path.read_text()
    assert text.count("\n") <= (150 if path.parent.name == "actors" else 300)
    assert ast.get_docstring(ast.parse(text)), "a stranger reads the first line"
    assert path.stem not in VAGUE
    assert not path.stem.startswith("base_")


def test_the_actors_are_five_files_that_open_with_their_arrows():
    """One actor, one file, same name; role first, then what it hears and says."""
    actors = {path.stem: path.read_text() for path in (ROOT / "gome" / "actors").glob("[!_]*.py")}
    assert set(actors) == {"reasoner", "updater", "executor", "memory_keeper", "budget_guard"}
    for name, text in actors.items():
        title = "".join(part.capitalize() for part in name.split("_"))
        docstring = ast.get_docstring(ast.parse(text)) or ""
        assert docstring.startswith(f"{title}: ")
        assert "->" in docstring


def test_every_public_name_can_be_had():
    """What `gome` lists, it has; what is not there is an AttributeError."""
    for name in gome.__all__:
        assert getattr(gome, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = gome.nothing_of_this_name


def test_the_vocabulary_is_imported_without_pandas():
    """`import gome` is cheap: what needs pandas is loaded when it is first used."""
    code = "import sys, gome; print([m for m in ('pandas', 'sklearn', 'torch', 'openai') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.strip() == "[]"


def test_the_readme_begins_with_its_two_commands():
    """The first code block is what a newcomer types: the main job, the tests; CI calls the second."""
    readme = (ROOT / "README.md").read_text()
    first = re.search(r"```\w*\n(.*?)```", readme, re.DOTALL)
    assert first is not None
    commands = first[1].splitlines()
    assert commands == ["python3 bootstrap.py demo", "python3 bootstrap.py test"]
    assert commands[1] in (ROOT / ".ci" / "run").read_text()


def test_the_readmes_python_is_python():
    """Every Python block compiles, and what it takes from gome is there."""
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL):
        compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        for name in re.findall(r"\bgome\.([A-Za-z]\w*)", block):
            assert hasattr(gome, name), name
