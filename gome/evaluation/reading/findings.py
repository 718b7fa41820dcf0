"""From a reading to findings: does the printed score measure what it claims to."""

import ast
import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence

from gome.evaluation.reading import saying
from gome.evaluation.reading.known import ALIKE
from gome.evaluation.reading.luck import luck
from gome.evaluation.reading.memory import Memory, TooLong
from gome.evaluation.reading.reader import Reader
from gome.evaluation.reading.values import Fact, How, Told
from gome.messages import Check, TaskBrief

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
    memory = _memory(code, task)
    if memory is None:
        return ()
    found = (*_claim(memory, task), *_opened(memory))
    return tuple({check.name: check for check in reversed(found)}.values()) or (
        Check(name="code", status="passed", evidence="reading the code finds no fault in its validation"),
    )


def claimant(code: str, task: TaskBrief) -> Callable[[str], float | None]:
    """Return what reads the claim in a program's output; where no word tells it, the program is read for that."""

    def printed() -> Sequence[saying.Line]:
        memory = _memory(code, task)
        return memory.printed if memory else ()

    return saying.claimant(printed)


def _memory(code: str, task: TaskBrief) -> Memory | None:
    """Return what is remembered of a program; None: it cannot be read."""
    try:
        with warnings.catch_warnings():  # of escapes that are none, and the like
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    memory = Memory(targets=set(task.targets), classifies=task.kind != "regression", higher=task.higher_is_better)
    with contextlib.suppress(TooLong, RecursionError):  # what has been found so far counts
        Reader(memory).run(tree.body)
    return memory


def _claim(memory: Memory, task: TaskBrief) -> Iterator[Check]:
    claim = saying.claim(memory.printed)
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
