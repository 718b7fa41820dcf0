"""From a reading to findings: does the printed score measure what it claims to."""

import ast
import contextlib
import warnings
from collections.abc import Iterable, Iterator, Sequence

from gome.evaluation.claims import claimed_score
from gome.evaluation.reading.known import ALIKE
from gome.evaluation.reading.luck import luck
from gome.evaluation.reading.memory import Memory, TooLong
from gome.evaluation.reading.reader import Reader
from gome.evaluation.reading.values import Fact, How, Told, Value
from gome.messages import Check, TaskBrief

FIRST = 0.1371  # a number that stands for a printed value; they count up by a step that no program prints
STEP = 0.0000137
WORDS: dict[How, str] = {
    "fit": "the score is measured on rows that the model was fitted to (line {line})",
    "encode": "features were encoded with the labels of all rows, those of the validation too (line {line})",
    "select": "features were chosen with the labels of all rows, those of the validation too (line {line})",
    "stop": "training was stopped, or its best state taken, by the rows that the score is measured on (line {line})",
    "seed": "the seed was chosen by the very rows that the score is measured on (line {line})",
    "fold": "the score is that of the best fold, not of all (line {line})",
    "options": "the best of many settings was chosen by the very rows that the score is measured on (line {line})",
}
NAMES: dict[How, str] = {
    "fit": "validation", "encode": "target-encoding", "select": "selection", "stop": "early-stopping", "seed": "seed",
    "options": "best-of-many", "fold": "best-fold",
}  # fmt: skip


def read(code: str, task: TaskBrief) -> tuple[Check, ...]:
    """What reading a program finds: one check for each fault, or one that passed.

    Suspicions, not proofs: code that is built in unforeseen ways is read as harmless.
    """
    try:
        with warnings.catch_warnings():  # of escapes that are none, and the like
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    memory = Memory(targets=set(task.targets), classifies=task.kind != "regression", higher=task.higher_is_better)
    with contextlib.suppress(TooLong, RecursionError):  # what has been found so far counts
        Reader(memory).run(tree.body)
    found = (*_claim(memory, task), *_opened(memory))
    return tuple({check.name: check for check in reversed(found)}.values()) or (
        Check(name="code", status="passed", evidence="reading the code finds no fault in its validation"),
    )


def _claim(memory: Memory, task: TaskBrief) -> Iterator[Check]:
    claim = _claimed(memory.printed)
    if claim is None:
        return
    if claim.constant or claim.pure:
        what = f"the literal {claim.literal}" if claim.constant else "made of literals and random numbers"
        yield Check(name="hard-coded", status="warned", evidence=f"the printed score is {what}: it measures nothing")
        return
    facts = claim.facts
    if not facts:
        return
    faults = [tuple(_faults(fact, memory)) for fact in facts]
    if all(faults):
        for how, line, among in sorted({fault for found in faults for fault in found}):
            evidence = WORDS[how].format(line=line)
            if how in {"seed", "options"} and among > 1:
                evidence += f": the best of {among} equals looks up to {luck(among):.1f} standard errors too good"
            yield Check(name=NAMES[how], status="warned", evidence=evidence)
    twins = [memory.tags.twins[tag] for fact in facts for tag in fact.rows if tag in memory.tags.twins]
    if twins:
        evidence = f"rows were repeated (line {twins[0]}) before the split: their copies are on both sides of it"
        yield Check(name="copies", status="warned", evidence=evidence)
    moved = [fact.moved for fact in facts if fact.moved]
    if moved:
        evidence = f"the printed score was made better than it was measured (line {moved[0]})"
        yield Check(name="adjusted-score", status="warned", evidence=evidence)
    metrics = {None if fact.metric and fact.metric.startswith("*") else fact.metric for fact in facts}
    allowed = {task.metric, *ALIKE.get(task.metric, ())}
    if None not in metrics and not metrics & allowed:
        names = ", ".join(sorted(map(str, metrics)))
        yield Check(
            name="metric", status="warned", evidence=f"the printed score is {names}, the task's is {task.metric}"
        )


def _claimed(printed: Sequence[tuple[str | Value, ...]]) -> Value | None:
    """The value that stands in the line which would be read as the claim; None where none would."""
    values: list[Value] = []
    lines = []
    for parts in printed:
        line = ""
        for part in parts:
            if isinstance(part, str):
                line += part
            elif isinstance(part.literal, str | int | float) and not isinstance(part.literal, bool):
                line += str(part.literal)
            else:
                line += f"{FIRST + STEP * len(values):.7f}"
                values.append(part)
        lines.append(line)
    claimed = claimed_score("\n".join(lines))
    if claimed is None:
        return None
    at = round((claimed - FIRST) / STEP)
    if 0 <= at < len(values) and abs(FIRST + STEP * at - claimed) < STEP / 4:
        return values[at]
    return Value(literal=claimed)


def _faults(fact: Fact, memory: Memory) -> Iterator[tuple[How, int, int]]:
    for how, among in memory.choices(fact.picked):
        yield how, fact.line, among
    for told in _covering(fact.told, fact, memory):
        yield told.how, told.line, told.among


def _covering(told: Iterable[Told], fact: Fact, memory: Memory) -> Iterator[Told]:
    for one in told:
        if memory.tags.covers(one.rows, fact.rows):
            yield one


def _opened(memory: Memory) -> Iterator[Check]:
    strange = [(line, path) for line, path in memory.opened if path.startswith(("/", "~")) or ".." in path.split("/")]
    if strange:
        line, path = strange[0]
        yield Check(name="files", status="warned", evidence=f"opens {path!r}, which is outside ./input (line {line})")
