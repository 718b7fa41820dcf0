"""How alike two solutions are, by what they build rather than by how they are worded.

A program is taken for the set of classes and functions that it takes from libraries and calls: two programs
around the same models are kin however their variables are named, two descriptions in other words are not.
"""

import ast
import sys

SAME = 0.8  # kinship from which on two first solutions count as one start twice
PLAIN = sys.stdlib_module_names | {"numpy", "pandas"}  # what programs of every kind use


def kinship(code: str, other: str) -> float:
    """Return how alike two programs are, 0 to 1: what both use over what either uses; 0 where one does not parse."""
    one, two = parts(code), parts(other)
    return len(one & two) / len(one | two) if one and two else 0.0


def parts(code: str) -> frozenset[str]:
    """Return the names that a program takes from libraries and calls; what every program needs is left out."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    origin: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] not in PLAIN:
            origin |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            origin |= {
                (alias.asname or alias.name).partition(".")[0]: ""
                for alias in node.names
                if alias.name.partition(".")[0] not in PLAIN
            }
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return frozenset(name for func in called if (name := _named(func, origin)))


def _named(func: ast.expr, origin: dict[str, str]) -> str:
    """The library's name of what is called; empty where it is the program's own."""
    if isinstance(func, ast.Name):
        return origin.get(func.id, "")
    chain = []
    while isinstance(func, ast.Attribute):
        chain.append(func.attr)
        func = func.value
    return chain[0] if chain and isinstance(func, ast.Name) and func.id in origin else ""
