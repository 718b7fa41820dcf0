"""Prompts: Markdown files with named fields, and the four questions as requests.

What stays the same comes first (rules, then task and data, then the question), so that providers' caches hit.
"""

import re
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from gome.llm import exhibits, steps
from gome.llm.context import Forms, Window, fit
from gome.llm.exchange import Reply, Request, Role
from gome.llm.fence import fenced
from gome.llm.replies import DiagnosisReply, ImplementationReply, ProposalReply, StartsReply, schema_of
from gome.messages import (
    DiagnoseQuestion,
    DraftQuestion,
    ImplementQuestion,
    Profile,
    ProposeQuestion,
    TaskBrief,
    TrialId,
    trace_of,
)

FIELD = re.compile(r"\{\{([a-z_]+)\}\}")
PARAGRAPH = re.compile(rf"^{FIELD.pattern}\n{{0,2}}", re.MULTILINE)  # a field that is a paragraph of its own

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
    return f"{request.system}\n\n{request.user}\n\n{_form(request)}\n"


def _form(request: Request) -> str:
    schema = msgspec.json.format(msgspec.json.encode(request.schema), indent=2).decode()
    form = Prompt.load("reply").render({"schema": schema})
    if request.role == "implement":
        form += f"\n\n{Prompt.load('reply-code').text}"
    return form


def for_person(request: Request) -> str:
    """Return all of a request as one text that begins with what is asked and how to answer; context follows."""
    question = request.user[len(request.context) :].strip()
    return f"{question}\n\n{_form(request)}\n\n# What you may need to know\n\n{request.system}\n\n{request.context}\n"


def repair_text(reply: Reply, error: str) -> str:
    """Return what is added to a request whose reply could not be used."""
    return Prompt.load("repair").render({"reply": fenced("reply", reply.text), "error": error})


def asked_again(request: Request, reply: Reply, error: str) -> str:
    """Return all of a request whose reply could not be used as one text; it begins and ends with what is wrong."""
    return f"{repair_text(reply, error)}\n\n{for_person(request)}\nWhat was wrong with your earlier reply: {error}\n"


def _request(
    role: Role,
    question: Question,
    reply: type[msgspec.Struct],
    name: str,
    fields: dict[str, Forms],
    window: Window,
) -> Request:
    system = Prompt.load("system").text
    task = Prompt.load("task")
    prompt = Prompt(role, f"{task.text}\n\n{Prompt.load(role).text}")
    schema = schema_of(reply)
    fields |= _task(question.task, question.profile)
    around = len(FIELD.sub("", prompt.text).encode())
    chosen = fit(fields, window.room(system, msgspec.json.encode(schema).decode()), around=around)
    return Request(
        role=role,
        key=question.key,
        system=system,
        user=prompt.render(chosen),
        context=task.render({name: chosen[name] for name in task.fields}),
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
        "ways": ("1 way" if question.starts == 1 else f"{question.starts} ways",),
        "avoid": (avoid,),
        "limit": (exhibits.duration(question.limit_s),),
        "hardware": (question.task.hardware or "unknown hardware",),
    }


def _diagnose(question: DiagnoseQuestion) -> dict[str, Forms]:
    trial, best = question.trial, question.best_code
    ran = "" if trial.status == "ok" and trial.score is not None else "failed"
    other: Forms = ("",)
    if best is None:
        subject, programs, title, code = "this program", "", "The program of this trial:", question.code
        failed = Prompt.load("diagnose-failed").text if ran else ""
    else:
        subject, title, code = "BEST", "BEST, the program that will be changed:", best
        programs = Prompt.load("diagnose-two").render({"fate": ran or "rejected"})
        failed = Prompt.load("diagnose-failed-two").text if ran else ""
        other = exhibits.other_forms("TRIED, the program of this trial", question.code, best)
    checks = [(check.name, check.status, check.evidence) for check in question.checks]
    return {
        "subject": (subject,),
        "programs": (programs,),
        "failed": (failed,),
        "whose": ("TRIED, the program of this trial," if best is not None else "this trial",),
        "setting": (_setting(question.limit_s),),
        "hypothesis": (steps.hypothesis(question.hypothesis),),
        "outcome": (exhibits.outcome(trial, checks, best=question.best_score, gain=question.gain),),
        "output": exhibits.output_forms(exhibits.unparsed(trial.stdout_tail, trial.evidence), trial.stderr_tail),
        "code_title": (title,),
        "code": (exhibits.code(code),),
        "other": other,
    }


def _propose(question: ProposeQuestion) -> dict[str, Forms]:
    trial = question.key.partition("/")[2]
    elsewhere = [item for item in question.elsewhere if item.accepted and item.trace != trace_of(TrialId(trial))]
    return {
        "left": (f"{question.left:.0%}",),
        "limit": (exhibits.duration(question.limit_s),),
        "problems": (steps.problems(question.problems),),
        "momentum": steps.momentum_forms(question.momentum) if question.momentum else steps.standing_forms(elsewhere),
        "tried": steps.tried_forms(question.tried),
        "elsewhere": steps.tried_forms(question.elsewhere),
        "score": (f" (it scores {exhibits.score(question.score)})" if question.score is not None else "",),
        "code": (exhibits.code(question.code),),
    }


def _implement(question: ImplementQuestion) -> dict[str, Forms]:
    base = question.code
    other: Forms = ("",)
    if question.other_code is not None:
        second = f"The second program:\n\n{exhibits.code(question.other_code)}"
        other = (second,)
        if question.common_code is not None:
            shared = exhibits.code(question.common_code)
            other = (f"{second}\n\nThe program that both come from:\n\n{shared}", second)
    return {
        "order": (Prompt.load(f"order-{question.operator}").text,),
        "hypothesis": (steps.hypothesis(question.hypothesis),),
        "setting": (_setting(question.limit_s),),
        "error": exhibits.error_forms(question.error) if question.error else ("",),
        "code_title": ("The program:" if base is not None else "",),
        "code": (exhibits.code(base) if base is not None else "",),
        "other": other,
        "form": (Prompt.load("form-whole" if base is None else "form-edits").text,),
    }


def _setting(limit_s: float) -> str:
    return f"A trial may take {exhibits.duration(limit_s)} by the wall clock."
