"""The shapes in which models answer, their JSON schemas, and the way from there to typed answers.

Schemas ask for every field, as strict modes want; decoding forgives what does no harm: a number in quotes, a
missing rating, a field too many. Texts are cut and ratings clamped here, so that nothing behind need do it.
"""

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, get_args

import msgspec
from msgspec import Meta

from gome.errors import EditInvalid
from gome.llm.edits import Replacement, applied, checked, lines
from gome.llm.fence import plain
from gome.llm.pasted import answer_in
from gome.messages import (
    Component,
    Diagnosis,
    Hypothesis,
    Implementation,
    ImplementQuestion,
    Problem,
    Proposal,
    ProposeQuestion,
    Starts,
)

CAPTION, SENTENCE, PARAGRAPH = 120, 400, 3000  # characters kept
MOST_PROBLEMS, MOST_HYPOTHESES = 8, 12

Rating = Annotated[float, Meta(description="1 (poor) to 10 (good)")]
Effect = Annotated[float, Meta(description="expected gain in units of noise, 0 to 20")]
Analysis = Annotated[str, Meta(description="think here first; nobody else reads it")]


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A hypothesis to begin with: it has nothing to gain against."""

    problem: Annotated[str, Meta(description="caption of the problem that it answers")] = ""
    caption: Annotated[str, Meta(description="a few words; names the change")]
    statement: Annotated[str, Meta(description="what exactly changes, and why that gains")]
    component: Component
    alignment: Rating = 5.0
    impact: Rating = 5.0
    novelty: Rating = 5.0
    feasibility: Rating = 5.0
    risk: Annotated[float, Meta(description="1 (dangerous) to 10 (safe)")] = 5.0


class Step(Start, frozen=True, kw_only=True):
    """A hypothesis that changes a program."""

    effect: Effect = 0.0


class StartsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to draft."""

    analysis: Analysis = ""
    starts: list[Start]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A problem."""

    caption: Annotated[str, Meta(description="a few words; names the problem")]
    evidence: Annotated[str, Meta(description="what was observed, with its figures")] = ""
    cause: Annotated[str, Meta(description="the mechanism in the diagnosed program")]
    component: Component
    direction: Annotated[str, Meta(description="what to change")]
    effect: Effect = 0.0
    cost: Annotated[float, Meta(description="wall time after the change, as a multiple of the trial's")] = 1.0


class DiagnosisReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to diagnose."""

    analysis: Analysis = ""
    problems: list[Cause]
    summary: Annotated[str, Meta(description="one sentence: why the score is what it is")] = ""


class ProposalReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to propose."""

    analysis: Analysis = ""
    hypotheses: list[Step]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One passage of a program and what is to stand there."""

    search: Annotated[str, Meta(description="whole lines of the program, exactly as they are, found there once")]
    replace: Annotated[str, Meta(description="the lines that take their place")]


class ImplementationReply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to implement."""

    note: Annotated[str, Meta(description="one sentence on what was written or changed")] = ""
    code: Annotated[str, Meta(description="the whole program; empty when there are edits")] = ""
    edits: Annotated[list[Edit], Meta(description="empty when code is the whole program")] = []


Answer = TypeVar("Answer")
Wire = TypeVar("Wire", bound=msgspec.Struct)


class Judged(NamedTuple, Generic[Answer]):
    """What came of a reply."""

    answer: Answer | None  # None: nothing of it can be used
    complaint: str  # what the model should put right, in one line; empty when all is well


def schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a JSON schema that strict modes take: no references, every field required, none beside them."""
    whole = msgspec.json.schema(kind)
    strict: dict[str, Any] = _strict(whole, whole.get("$defs", {}))
    return strict


def judge_starts(text: str, wanted: int, avoid: Sequence[str] = ()) -> Judged[Starts]:
    """Return the beginnings, each caption once."""

    def take(reply: StartsReply) -> Judged[Starts]:
        seen = {_same(caption) for caption in avoid}
        starts = []
        for step in reply.starts:
            if (start := _hypothesis(step)) is not None and _same(start.caption) not in seen:
                seen.add(_same(start.caption))
                starts.append(start)
        if not starts:
            return Judged(None, "it names no new start with a caption and a statement")
        short = f"{wanted} different starts are asked for, it names {len(starts)}" if len(starts) < wanted else ""
        return Judged(Starts(starts=tuple(starts[:wanted])), short)

    return _judge(text, StartsReply, take)


def judge_diagnosis(text: str) -> Judged[Diagnosis]:
    """Return the problems, and the sentence that sums them up."""

    def take(reply: DiagnosisReply) -> Judged[Diagnosis]:
        problems = tuple(
            Problem(
                caption=_line(cause.caption, CAPTION),
                evidence=_line(cause.evidence, PARAGRAPH),
                cause=_line(cause.cause, PARAGRAPH),
                component=cause.component,
                direction=_line(cause.direction, PARAGRAPH),
                effect=_clamped(cause.effect, 0.0, 20.0, otherwise=0.0),
                cost=_clamped(cause.cost, 0.05, 50.0, otherwise=1.0),
            )
            for cause in reply.problems[:MOST_PROBLEMS]
            if cause.caption.strip() and (cause.cause.strip() or cause.direction.strip())
        )
        summary = _line(reply.summary, SENTENCE) or (problems[0].caption if problems else "")
        if not problems:
            return Judged(
                Diagnosis(problems=(), summary=summary) if summary else None,
                "it names no problem with a caption, a cause and a direction; name at least one",
            )
        return Judged(Diagnosis(problems=problems, summary=summary), "")

    return _judge(text, DiagnosisReply, take)


def judge_proposal(text: str, question: ProposeQuestion) -> Judged[Proposal]:
    """Return the hypotheses. What was tried and not accepted is left out; an empty list is an answer."""

    def take(reply: ProposalReply) -> Judged[Proposal]:
        failed = {_same(tried.hypothesis.caption) for tried in question.tried if not tried.accepted}
        found = [hypothesis for step in reply.hypotheses if (hypothesis := _hypothesis(step)) is not None]
        fresh = tuple(hypothesis for hypothesis in found if _same(hypothesis.caption) not in failed)
        if reply.hypotheses and not found:
            return Judged(None, "no hypothesis has both a caption and a statement")
        if found and not fresh:
            return Judged(None, "every hypothesis was tried already and not kept, or is on trial now; propose others")
        return Judged(Proposal(hypotheses=fresh[:MOST_HYPOTHESES]), "")

    return _judge(text, ProposalReply, take)


def judge_implementation(text: str, question: ImplementQuestion) -> Judged[Implementation]:
    """Return the program, checked."""

    def take(reply: ImplementationReply) -> Judged[Implementation]:
        try:
            code = checked(_program(reply, question.code), question.task.packages)
        except EditInvalid as error:
            return Judged(None, str(error))
        complaint = ""
        if "submission" not in code:
            complaint = "the program never writes submission.csv; reply with all of it, nothing left out"
        elif question.code is not None and code.strip() == lines(question.code).strip():
            complaint = "the program is the one that was to be changed, nothing is different"
        return Judged(Implementation(code=code, note=_line(reply.note, SENTENCE)), complaint)

    return _judge(text, ImplementationReply, take, code=True)


def _judge(
    text: str, kind: type[Wire], take: Callable[[Wire], Judged[Answer]], *, code: bool = False
) -> Judged[Answer]:
    found = answer_in(text, code=code)
    if found is None:
        return Judged(None, "it holds no complete JSON object" if text.strip() else "it is empty")
    try:
        reply = msgspec.json.decode(found, type=kind, strict=False)
    except (ValueError, RecursionError) as error:  # a msgspec.DecodeError is the former
        allowed = f"; allowed are {', '.join(get_args(Component))}" if "Invalid enum value" in str(error) else ""
        return Judged(None, f"it does not fit the schema: {error}{allowed}")
    return take(reply)


def _program(reply: ImplementationReply, base: str | None) -> str:
    if reply.edits and reply.code.strip():
        raise EditInvalid("it holds both a whole program and edits; send one of them and leave the other empty")
    if not reply.edits:
        return _unfenced(reply.code)
    if base is None:
        raise EditInvalid("there is no program to edit yet; send the whole program in `code`")
    return applied(lines(base), [Replacement(lines(edit.search), lines(edit.replace)) for edit in reply.edits])


def _unfenced(code: str) -> str:
    """Return a program without the Markdown fence that some models put even into JSON."""
    first, _, rest = lines(code).strip().partition("\n")
    return rest.removesuffix("```") if first.startswith("```") and rest.endswith("```") else code


def _hypothesis(step: Start) -> Hypothesis | None:
    caption, statement = _line(step.caption, CAPTION), _line(step.statement, PARAGRAPH)
    if not caption or not statement:
        return None
    return Hypothesis(
        caption=caption,
        statement=statement,
        component=step.component,
        problem=_line(step.problem, CAPTION),
        alignment=_clamped(step.alignment, 1.0, 10.0, otherwise=5.0),
        impact=_clamped(step.impact, 1.0, 10.0, otherwise=5.0),
        novelty=_clamped(step.novelty, 1.0, 10.0, otherwise=5.0),
        feasibility=_clamped(step.feasibility, 1.0, 10.0, otherwise=5.0),
        risk=_clamped(step.risk, 1.0, 10.0, otherwise=5.0),
        effect=_clamped(step.effect, 0.0, 20.0, otherwise=0.0) if isinstance(step, Step) else 0.0,
    )


def _line(text: str, most: int) -> str:
    line = " ".join(plain(text).split())
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def _same(caption: str) -> str:
    return " ".join(caption.casefold().split())


def _clamped(value: float, least: float, most: float, *, otherwise: float) -> float:
    """Return the value within its range; the words "nan" and "inf" are read as numbers, and say nothing."""
    return min(max(value, least), most) if math.isfinite(value) else otherwise


def _strict(part: Any, definitions: dict[str, Any]) -> Any:
    if "$ref" in part:
        return _strict(definitions[part["$ref"].rpartition("/")[2]], definitions)
    kept = {key: value for key, value in part.items() if key in ("type", "description", "enum")}
    if "enum" in kept:
        kept["type"] = "string"
    if "items" in part:
        kept["items"] = _strict(part["items"], definitions)
    if "properties" in part:
        kept["properties"] = {name: _strict(value, definitions) for name, value in part["properties"].items()}
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    return kept
