"""An ensemble as one program: it runs its members and averages what they predict."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template

from gome.evaluation.ensemble import Blend, How
from gome.messages import Share, TaskBrief, TrialId

_NUMBERS = '''def spread(column):
    """Numbers whose weighted mean makes sense."""
    return {source}


def settle(mixed):
    """What is handed in."""
    return mixed'''
_LABELS = '''def spread(column):
    """A column for each label: 1 where it was predicted."""
    return np.array([[label == text(value) for label in CLASSES] for value in column], dtype=float)


def settle(mixed):
    """{what}"""
    return np.array(CLASSES, dtype=object)[{source}]


def text(value):
    """A label as it stands in CLASSES, however pandas has read it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()'''
_BLENDING: dict[How, str] = {
    "mean": _NUMBERS.format(source="column.to_numpy(float)"),
    "rank": _NUMBERS.format(source="column.rank(pct=True).to_numpy()"),
    "vote": _LABELS.format(what="The label with the most weight.", source="mixed.argmax(axis=1)"),
    "median": _LABELS.format(
        what="The label in the middle of the weights.",
        source="(mixed.cumsum(axis=1) >= 0.5 - 1e-9).argmax(axis=1)",
    ),
}


def program(task: TaskBrief, blend: Blend, members: Sequence[Share], codes: Mapping[TrialId, str]) -> str:
    """Return the program of an ensemble.

    Args:
        task: for the names of columns.
        blend: how predictions are averaged.
        members: with their weights.
        codes: of each member, by its trial.
    """
    names = ", ".join(f"{member.trial} ({member.weight:.2f})" for member in members)
    title = f"An ensemble of {len(members)} programs: {names}; {task.metric}."
    template = files("gome.final").joinpath("ensemble.py.txt").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=title,
        id_column=repr(task.id_column),
        predicted=[column for column in task.submission_columns if column != task.id_column],
        classes=list(blend.classes),
        weights={str(member.trial): member.weight for member in members},
        blending=_BLENDING[blend.how],
        members="\n".join(f"    {str(member.trial)!r}: {_quoted(codes[member.trial])}," for member in members),
    )


def _quoted(code: str) -> str:
    """The program as a string that can be read: raw, over several lines, where that says the same."""
    if "'''" in code or code.endswith("'") or "\r" in code or "\\" in code[-1:]:
        return repr(code)
    return f"r'''{code}'''"
