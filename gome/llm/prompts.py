"""Prompts: Markdown files with named fields, and the four questions as requests.

What stays the same comes first (rules, then task and data, then the question), so that providers' caches hit.
"""

import re
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from gome.llm import exhibits
from gome.llm.context import Forms, Window, fit
from gome.llm.exchange import Reply, Request, Role
from gome.llm.fence import fenced
from gome.llm.replies import DiagnosisReply, ImplementationReply, ProposalReply, StartsReply, schema_of
from gome.messages import DiagnoseQuestion, DraftQuestion, ImplementQuestion, Profile, ProposeQuestion, TaskBrief

FIELD = re.compile(r"\{\{([a-z_]+)\}\}")
PARAGRAPH = re.compile(rf"^{FIELD.pattern}\n{{0,2}}", re.MULTILINE)  # a field that is a paragraph of its own
LONG = 9000  # characters; above, a program is changed by edits: writing it again costs more than it is safe

Question = DraftQuestion | DiagnoseQuestion | ProposeQuestion | ImplementQuestion


class Prompt:
    """One Markdown file with fields such as {{code}}."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text.strip()
        self.fields = frozenset(FIELD.findall(self.text))

    @classmethod
    def load(cls, name: str) -> "Prompt":
        """Return `gome/prompts/NAME.md`."""
        return cls(name, files("gome").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8"))

    def render(self, fields: Mapping[str, str]) -> str:
        """Return the text with its fields filled in; what they hold is not looked at again.

        Where a paragraph's field is empty, there is no paragraph.

        Raises:
            ValueError: a field is missing, or one too many was given.
        """
        missing, unused = self.fields - set(fields), set(fields) - self.fields
        if missing or unused:
            raise ValueError(f"{self.name}.md: missing fields {sorted(missing)}, unused fields {sorted(unused)}")
        text = PARAGRAPH.sub(lambda match: match[0] if fields[match[1]] else "", self.text)
        return FIELD.sub(lambda match: fields[match[1]], text)


def request(question: Question, window: Window) -> Request:
    """Return a question as text that fits into the window.

    Raises:
        ModelUnavailable: it does not, whatever is left out.
    """
    match question:
        case DraftQuestion():
            return _request("draft", question, StartsReply, "starts", _draft(question), window)
        case DiagnoseQuestion():
            return _request("diagnose", question, DiagnosisReply, "diagnosis", _diagnose(question), window)
        case ProposeQuestion():
            return _request("propose", question, ProposalReply, "proposal", _propose(question), window)
        case ImplementQuestion():
            return _request("implement", question, ImplementationReply, "implementation", _implement(question), window)


def as_text(request: Request) -> str:
    """Return all of a request as one text, its schema included, for those who get nothing else."""
    schema = msgspec.json.format(msgspec.json.encode(request.schema), indent=2).decode()
    form = Prompt.load("reply").render({"schema": schema})
    if request.role == "implement":
        form += f"\n\n{Prompt.load('reply-code').text}"
    return f"{request.system}\n\n{request.user}\n\n{form}\n"


def repair_text(reply: Reply, error: str) -> str:
    """Return what is added to a request whose reply could not be used."""
    return Prompt.load("repair").render({"reply": fenced("reply", reply.text), "error": error})


def _request(
    role: Role,
    question: Question,
    reply: type[msgspec.Struct],
    name: str,
    fields: dict[str, Forms],
    window: Window,
) -> Request:
    system = Prompt.load("system").text
    prompt = Prompt(role, f"{Prompt.load('task').text}\n\n{Prompt.load(role).text}")
    schema = schema_of(reply)
    fields |= _task(question.task, question.profile)
    around = len(FIELD.sub("", prompt.text).encode())
    chosen = fit(fields, window.room(system, msgspec.json.encode(schema).decode()), around=around)
    return Request(
        role=role,
        key=question.key,
        system=system,
        user=prompt.render(chosen),
        schema=schema,
        name=name,
        max_output_tokens=window.output,
    )


def _task(task: TaskBrief, profile: Profile) -> dict[str, Forms]:
    return {
        "facts": (exhibits.facts(task),),
        "description": (exhibits.description(task),),
        "profile": exhibits.profile_forms(profile),
    }


def _draft(question: DraftQuestion) -> dict[str, Forms]:
    there = fenced("starts", "\n".join(f"- {caption}" for caption in question.avoid))
    avoid = f"These starts exist already; yours must differ from them as well:\n\n{there}" if question.avoid else ""
    return {
        "starts": (str(question.starts),),
        "avoid": (avoid,),
        "limit": (exhibits.duration(question.limit_s),),
        "hardware": (question.task.hardware or "unknown hardware",),
    }


def _diagnose(question: DiagnoseQuestion) -> dict[str, Forms]:
    trial = question.trial
    if question.best_code is None:
        subject, title, code = "the program of this trial", "The program of this trial:", question.code
        other: Forms = ("",)
    else:
        subject = "the best program of its chain (not this trial's, which did not replace it)"
        title, code = "The best program of its chain:", question.best_code
        other = exhibits.other_forms("The program of this trial", question.code, question.best_code)
    checks = [(check.name, check.status, check.evidence) for check in question.checks]
    return {
        "subject": (subject,),
        "setting": (_setting(question.limit_s),),
        "hypothesis": (exhibits.hypothesis(question.hypothesis),),
        "outcome": (exhibits.outcome(trial, checks, best=question.best_score, gain=question.gain),),
        "output": exhibits.output_forms(trial.stdout_tail, trial.stderr_tail),
        "code_title": (title,),
        "code": (exhibits.code(code),),
        "other": other,
    }


def _propose(question: ProposeQuestion) -> dict[str, Forms]:
    return {
        "left": (f"{question.left:.0%}",),
        "limit": (exhibits.duration(question.limit_s),),
        "problems": (exhibits.problems(question.problems),),
        "momentum": exhibits.momentum_forms(question.momentum),
        "tried": exhibits.tried_forms(question.tried),
        "score": (f" (it scores {exhibits.score(question.score)})" if question.score is not None else "",),
        "code": (exhibits.code(question.code),),
    }


def _implement(question: ImplementQuestion) -> dict[str, Forms]:
    base = question.code
    by_edits = base is not None and len(base) > LONG
    other: Forms = ("",)
    if question.other_code is not None:
        other = (f"The second program:\n\n{exhibits.code(question.other_code)}",)
    return {
        "order": (Prompt.load(f"order-{question.operator}").text,),
        "hypothesis": (exhibits.hypothesis(question.hypothesis),),
        "setting": (_setting(question.limit_s),),
        "error": exhibits.error_forms(question.error) if question.error else ("",),
        "code_title": ("The program:" if base is not None else "",),
        "code": (exhibits.code(base) if base is not None else "",),
        "other": other,
        "form": (Prompt.load("form-edits" if by_edits else "form-whole").text,),
    }


def _setting(limit_s: float) -> str:
    return f"A trial may take {exhibits.duration(limit_s)} by the wall clock."
