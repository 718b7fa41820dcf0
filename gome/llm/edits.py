"""Code as a model sends it: whole, or as edits of a program; checked before a trial is paid for."""

import ast
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from gome.errors import EditInvalid

MOST_CODE = 300_000  # characters; no sane solution is longer
SHOWN = 160  # characters of a passage that an error quotes

MODULES = {  # import names where they are not the distribution's, and what it brings along
    "scikit-learn": ("sklearn", "joblib", "threadpoolctl", "scipy", "numpy"),
    "scipy": ("scipy", "numpy"),
    "pandas": ("pandas", "numpy", "dateutil"),
    "lightgbm": ("lightgbm", "numpy", "scipy"),
    "xgboost-cpu": ("xgboost",),
    "catboost": ("catboost", "matplotlib"),
    "category-encoders": ("category_encoders", "patsy", "statsmodels"),
    "imbalanced-learn": ("imblearn", "joblib"),
    "statsmodels": ("statsmodels", "patsy"),
    "optuna": ("optuna", "tqdm"),
    "torch": ("torch", "sympy", "networkx"),
    "transformers": ("transformers", "tokenizers", "safetensors", "huggingface_hub", "tqdm"),
    "sentence-transformers": ("sentence_transformers",),
    "tensorflow": ("tensorflow", "keras", "h5py"),
    "jax": ("jax", "jaxlib"),
    "nltk": ("nltk", "tqdm"),
    "pillow": ("PIL",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "librosa": ("librosa", "soundfile"),
}
MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class Replacement(NamedTuple):
    """What stands in a program, once, and what is to stand there instead."""

    search: str
    replace: str


def applied(code: str, edits: Sequence[Replacement]) -> str:
    """Return the program with all edits made. Each passage is looked for in the program as it was.

    Raises:
        EditInvalid: a passage is empty, not there, there more than once, or touched by two edits.
    """
    spans = []
    for number, edit in enumerate(edits, start=1):
        start = _place(code, edit.search, f"edit {number}")
        spans.append((start, start + len(edit.search), number, edit.replace))
    spans.sort()
    for (_, end, first, _), (start, _, second, _) in pairwise(spans):
        if start < end:
            raise EditInvalid(f"edits {first} and {second} overlap: make one edit of them")
    for start, end, _, text in reversed(spans):
        code = code[:start] + text + code[end:]
    return code


def checked(code: str, packages: Iterable[str]) -> str:
    """Return the program, its line ends made plain.

    Args:
        code: one Python file.
        packages: "lightgbm 4.7.0", ...: what may be imported beside the standard library; empty is unknown.

    Raises:
        EditInvalid: it is empty, too long, not Python, or imports what is not installed.
    """
    code = lines(code).strip("\n") + "\n"
    if not code.strip():
        raise EditInvalid("the program is empty")
    if len(code) > MOST_CODE:
        raise EditInvalid(f"the program has {len(code)} characters; the limit is {MOST_CODE}")
    tree = _parsed(code)
    known = importable(packages)
    if known:
        unknown = sorted({name for name in _imported(tree) if name not in known | sys.stdlib_module_names})
        if unknown:
            there = ", ".join(sorted(known))
            raise EditInvalid(f"it imports {', '.join(unknown)}, not installed here; there are: {there}")
    return code


def importable(packages: Iterable[str]) -> frozenset[str]:
    """Return the top-level modules of these distributions ("scikit-learn 1.9.0": sklearn, joblib, ...)."""
    names = (package.split()[0].lower() for package in packages if package.strip())
    return frozenset(module for name in names for module in MODULES.get(name, (name.replace("-", "_"),)))


def lines(text: str) -> str:
    """Return the text with plain line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(code: str, search: str, who: str) -> int:
    if not search.strip():
        raise EditInvalid(f"{who}: `search` is empty; copy the lines that stand at that place")
    found = code.count(search)
    start = code.find(search)
    if found > 1 or (found == 1 and code.find(search, start + 1) >= 0):
        raise EditInvalid(f"{who}: this passage occurs more than once, add lines around it: {_quoted(search)}")
    if not found:
        raise EditInvalid(f"{who}: this passage is not in the program: {_quoted(search)}{_near(code, search)}")
    return start


def _near(code: str, search: str) -> str:
    """Return a hint at the line that the passage was most likely meant to begin with."""
    first = next(line for line in search.splitlines() if line.strip())
    matcher = SequenceMatcher(b=first.strip(), autojunk=False)
    best, at = 0.6, 0
    for number, line in enumerate(code.splitlines(), start=1):
        matcher.set_seq1(line.strip())
        if matcher.quick_ratio() > best and matcher.ratio() > best:
            best, at = matcher.ratio(), number
    return f"; line {at} is nearest: {_quoted(code.splitlines()[at - 1])}" if at else ""


def _quoted(text: str) -> str:
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 3] + "...")


def _parsed(code: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a plain string is no reason to ask again
            tree = ast.parse(code)
            compile(code, "solution.py", "exec", dont_inherit=True)  # finds a `return` outside of a function too
    except SyntaxError as error:
        line = (error.text or "").strip()
        shown = f": {_quoted(line)}" if line else ""
        raise EditInvalid(f"the program is not valid Python: {error.msg} in line {error.lineno}{shown}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise EditInvalid(f"the program cannot be parsed: {error or type(error).__name__}") from error
    return tree


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield top-level names of all imports that must succeed.

    Raises:
        EditInvalid: a relative import; there is one file.
    """
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or not node.module:
                raise EditInvalid(f"line {node.lineno}: a relative import, but the program is one file")
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Try) and any(_catches(handler) for handler in node.handlers):
            queue += [*node.handlers, *node.orelse, *node.finalbody]  # what is tried may be absent
            continue
        queue += ast.iter_child_nodes(node)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether an import that fails is caught here."""
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & MISSING)
