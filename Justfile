# gome's tasks; `python3 bootstrap.py NAME` runs one on a machine that has nothing yet.

bin := justfile_directory() / ".venv/bin"
stamp := justfile_directory() / ".venv/installed"

# List the recipes
default:
    @{{bin}}/just --list

# Install gome and all it needs into .venv, when pyproject.toml is newer than the last time
setup:
    @[ {{stamp}} -nt pyproject.toml ] && [ {{stamp}} -nt constraints/ml.txt ] \
        || { {{bin}}/python -m pip install -q --disable-pip-version-check -e '.[ml,daemon,dev]' -c constraints/ml.txt && touch {{stamp}}; }

# Solve a small task, offline
demo *ARGS: setup
    @{{bin}}/gome demo {{ARGS}}

# Run the tests
test *ARGS: setup
    {{bin}}/pytest {{ARGS}}

# Format and mend what can be mended by itself
fix: setup
    {{bin}}/ruff check --fix-only gome tests bench bootstrap.py
    {{bin}}/ruff format gome tests bench bootstrap.py

# Everything CI runs, cheapest first; changes nothing
check: setup
    {{bin}}/ruff format --check gome tests bench bootstrap.py
    {{bin}}/ruff check gome tests bench bootstrap.py
    {{bin}}/lint-imports
    {{bin}}/mypy
    {{bin}}/just test

# Run the tests with branch coverage
test-all: setup
    {{bin}}/pytest --cov --cov-report=term-missing:skip-covered

# Run one benchmark: `just bench bus`
bench NAME *ARGS: setup
    {{bin}}/python -m bench.{{NAME}} {{ARGS}}
