"""Another seed for a program: the same code, with the numbers changed that its chance begins with."""

import ast
import re
from collections.abc import Iterator, Sequence

from gome.messages import TrialId

STEP = 7919  # between the seeds of two runs: programs add small numbers, such as folds, to theirs
MOST = 2**31
_NAME = re.compile(r"(^|_)(seeds?|random_state)$", re.IGNORECASE)
_CALLS = {"seed", "manual_seed", "manual_seed_all", "default_rng", "RandomState", "Random", "SeedSequence", "PRNGKey"}
_CALLS |= {"seed_everything", "seed_all", "set_seed", "set_random_seed", "fix_seed"}


def variant(trial: TrialId, number: int) -> TrialId:
    """Return the name under which a trial's program runs with its seeds of that number."""
    return TrialId(f"{trial}-seed{number}")


def reseeded(code: str, number: int) -> str:
    """The program with other seeds; the same where none is written in it, or where it is no Python.

    Seeds are whole numbers given to a name or an argument such as `SEED`, `random_state` or `bagging_seed`, or to a
    function such as `default_rng` or `manual_seed`.

    Args:
        code: of the program.
        number: of the run, from 1; 0 changes nothing.
    """
    try:
        found = {(one.lineno, one.col_offset): one for one in _seeds(ast.parse(code))}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    lines = [line.encode() for line in code.splitlines(keepends=True)]  # offsets count bytes
    for (row, column), one in sorted(found.items(), reverse=True):
        assert one.end_col_offset is not None, "parsed from text"
        other = str((int(str(one.value)) + number * STEP) % MOST)
        line = lines[row - 1]
        lines[row - 1] = line[:column] + other.encode() + line[one.end_col_offset :]
    return b"".join(lines).decode()


def _seeds(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                if any(_named(target) for target in targets):
                    yield from _numbers(value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _named(target):
                yield from _numbers(value)
            case ast.keyword(arg=str(name), value=value) if _NAME.search(name):
                yield from _numbers(value)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[value, *_]) if name in _CALLS:
                yield from _numbers(value)
            case ast.Dict(keys=keys, values=values):
                names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
                yield from _paired(names, values)
            case ast.arguments(args=arguments, defaults=defaults):
                yield from _paired([one.arg for one in reversed(arguments)], defaults[::-1])
            case _:
                pass


def _paired(names: Sequence[object], values: Sequence[ast.expr]) -> Iterator[ast.Constant]:
    """The numbers of what is called a seed; names beyond the values have none."""
    for name, value in zip(names, values, strict=False):
        if isinstance(name, str) and _NAME.search(name):
            yield from _numbers(value)


def _named(target: ast.expr) -> bool:
    name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
    return bool(_NAME.search(name))


def _numbers(value: ast.expr) -> Iterator[ast.Constant]:
    """The whole numbers of a literal: one, or those of a list."""
    if isinstance(value, ast.List | ast.Tuple):
        for item in value.elts:
            yield from _numbers(item)
    elif isinstance(value, ast.BinOp):  # 42 + fold
        yield from _numbers(value.left)
    elif isinstance(value, ast.Constant) and type(value.value) is int:
        yield value
