"""Python source as a person with a formatter would lay it out: calls, literals and imports that fit their lines."""

from collections.abc import Mapping, Sequence

import msgspec

WIDTH = 100  # characters; longer lines are split
INDENT = "    "


class Call(msgspec.Struct, frozen=True):
    """A call, list or tuple: what stands before its arguments, and those."""

    head: str  # "SVC(", "[", "("
    items: "tuple[tuple[str, str | Call], ...]"  # (prefix such as "C=", value)
    tail: str = ")"

    def flat(self) -> str:
        """The whole on one line."""
        return self.head + ", ".join(f"{key}{_flat(value)}" for key, value in self.items) + self.tail


def call(name: str, /, *positional: "str | Call", **named: object) -> Call:
    """A call of `name`; named values that are no source yet become literals."""
    items = [("", value) for value in positional]
    items += [(f"{key}=", value if isinstance(value, Call | Name) else literal(value)) for key, value in named.items()]
    return Call(f"{name}(", tuple(items))


def listed(values: Sequence["str | Call"]) -> Call:
    """A list display."""
    return Call("[", tuple(("", value) for value in values), "]")


def tupled(*values: "str | Call") -> Call:
    """A tuple display of two or more values."""
    return Call("(", tuple(("", value) for value in values))


class Name(str):
    """Source that is an expression already, where a plain string would be quoted."""

    __slots__ = ()


def literal(value: object) -> "str | Call":
    """Source that evaluates to `value`: strings in double quotes, sequences as lists."""
    if isinstance(value, Name):
        return value
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return listed([literal(item) for item in value])
    return repr(value)


def quoted(text: str) -> str:
    """A string literal in double quotes, unless that would need more escapes."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in plain:
        return f'"{plain[1:-1]}"'
    return plain


def _flat(value: "str | Call") -> str:
    return value.flat() if isinstance(value, Call) else value


def rendered(value: "str | Call", prefix: str = "", depth: int = 0, suffix: str = "") -> str:
    """`prefix` and `value` laid out at an indent of `depth`; `suffix` closes its last line."""
    pad = INDENT * depth
    one_line = f"{pad}{prefix}{_flat(value)}{suffix}"
    if not isinstance(value, Call) or not value.items or len(one_line) <= WIDTH:
        return one_line
    lines = [f"{pad}{prefix}{value.head}"]
    inner = INDENT * (depth + 1) + ", ".join(f"{key}{_flat(item)}" for key, item in value.items)
    if len(inner) <= WIDTH and (len(value.items) > 1 or not isinstance(value.items[0][1], Call)):
        lines.append(inner)
    else:
        comma = "," if len(value.items) > 1 or value.tail == "]" else ""
        lines += [rendered(item, key, depth + 1, comma) for key, item in value.items]
    lines.append(f"{pad}{value.tail}{suffix}")
    return "\n".join(lines)


STANDARD = frozenset({"itertools", "os", "time"})


class Imports:
    """What a script needs to import; collected while it is composed, printed sorted."""

    def __init__(self) -> None:
        self._modules: set[str] = set()
        self._names: dict[str, set[str]] = {}

    def module(self, statement: str) -> None:
        """Note a plain import, such as `numpy as np`."""
        self._modules.add(statement)

    def name(self, module: str, *names: str) -> None:
        """Note names to be imported from `module`."""
        self._names.setdefault(module, set()).update(names)

    def source(self) -> str:
        """The block of imports: the standard library first, then the others, each sorted."""
        sections = []
        for standard in (True, False):
            plain = sorted(m for m in self._modules if (m.split()[0].split(".")[0] in STANDARD) is standard)
            named = {m: n for m, n in self._names.items() if (m.split(".")[0] in STANDARD) is standard}
            lines = [f"import {statement}" for statement in plain] + _from_lines(named)
            if lines:
                sections.append("\n".join(lines))
        return "\n\n".join(sections)


def _from_lines(named: Mapping[str, set[str]]) -> list[str]:
    lines = []
    for module in sorted(named):
        names = sorted(named[module], key=lambda name: (not name.isupper(), name[0].islower(), name))
        line = f"from {module} import {', '.join(names)}"
        if len(line) > WIDTH:
            line = f"from {module} import (\n" + "".join(f"{INDENT}{name},\n" for name in names) + ")"
        lines.append(line)
    return lines
