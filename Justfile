# gome's tasks; `python3 bootstrap.py NAME` runs one on a machine that has nothing yet.

bin := justfile_directory() / ".venv/bin"
stamp := justfile_directory() / ".venv/installed"
code := "gome plugins tests bench bootstrap.py"

# List the recipes
default:
    @{{bin}}/just --list

# Install gome and all it needs into .venv, when pyproject.toml is newer than the last time
setup:
    @[ {{stamp}} -nt pyproject.toml ] && [ {{stamp}} -nt constraints/ml.txt ] \
        || { echo 'gome: installing into .venv; the first time this takes a minute or two' >&2; {{bin}}/python -m pip install -qq --disable-pip-version-check -e '.[ml,daemon,notebook,dev]' -e plugins/gome-treesearch -c constraints/ml.txt && touch {{stamp}}; }

# Solve a small task, offline
demo *ARGS: setup
    @{{bin}}/gome demo {{ARGS}}

# Run the tests
test *ARGS: setup
    {{bin}}/pytest -n auto {{ARGS}}

# Format and mend what mends itself
fix: setup
    {{bin}}/ruff check --fix-only {{code}}
    {{bin}}/ruff format {{code}}

# Format, lint, layers and types; changes nothing
lint: setup
    {{bin}}/ruff format --check {{code}}
    {{bin}}/ruff check {{code}}
    {{bin}}/lint-imports
    {{bin}}/mypy

# Everything CI runs, cheapest first; changes nothing
check: lint test

# Run the tests with branch coverage
test-all: setup
    {{bin}}/pytest -n auto --cov --cov-report=term-missing:skip-covered

# Run one benchmark with its peers: `just bench bus`
bench NAME *ARGS: setup
    {{bin}}/python -m pip install -qq --disable-pip-version-check -e '.[bench]' -c constraints/ml.txt
    {{bin}}/python -m bench.{{NAME}} {{ARGS}}
