"""Prompts: named fields, stable prefixes, snapshots of every question."""

import json
import os
from importlib.resources import files
from pathlib import Path

import pytest
from llm_questions import CODE, DIAGNOSE, DRAFT, FIRST, IMPLEMENT, LONG, MERGE, PROPOSE, QUESTIONS, REPAIR, TASK
from msgspec.structs import replace

from gome.errors import ModelUnavailable
from gome.llm.context import Window, tokens
from gome.llm.exchange import Reply
from gome.llm.exhibits import SAMPLE
from gome.llm.prompts import Prompt, as_text, asked_again, repair_text, request
from gome.messages import Evidence
from gome.task.views import SAMPLE_TRAIN

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("name", QUESTIONS)
def test_snapshot(name):
    """What a model is shown is what was read and approved. UPDATE_SNAPSHOTS=1 writes it anew, for another look."""
    shown = request(QUESTIONS[name], Window()).user + "\n"
    file = SNAPSHOTS / f"{name}.md"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(shown)

    assert shown == file.read_text()


@pytest.mark.parametrize(("starts", "told"), [(1, "Describe 1 way to begin"), (3, "Describe 3 ways to begin")])
def test_so_many_ways_to_begin(starts, told):
    """One is one."""
    shown = as_text(request(replace(DRAFT, starts=starts), Window()))
    assert told in shown
    assert "1 ways" not in shown


def test_a_missing_or_unused_field_is_an_error():
    """Neither a hole in a prompt nor a text that nobody sees goes unnoticed."""
    prompt = Prompt("sample", "a {{first}} b {{second}}")

    assert prompt.render({"first": "1", "second": "2"}) == "a 1 b 2"
    with pytest.raises(ValueError, match=r"sample.md: missing fields \['second'\]"):
        prompt.render({"first": "1"})
    with pytest.raises(ValueError, match=r"unused fields \['third'\]"):
        prompt.render({"first": "1", "second": "2", "third": "3"})


def test_what_fields_hold_is_not_looked_at_again():
    """Data that looks like a field stays data."""
    assert Prompt("p", "{{a}} {{b}}").render({"a": "{{b}}", "b": "\\1"}) == "{{b}} \\1"


def test_an_empty_paragraph_is_no_paragraph():
    """Where there is no error to show, no hole is shown, and code keeps its empty lines."""
    assert Prompt("p", "a\n\n{{x}}\n\n{{y}}\n\nb").render({"x": "", "y": "1\n\n\n\n2"}) == "a\n\n1\n\n\n\n2\n\nb"


def test_every_prompt_is_loaded_by_somebody():
    """A file that no code names is dead; a name without a file fails here and not in a run."""
    there = {path.name.removesuffix(".md") for path in files("gome").joinpath("prompts").iterdir()}
    named = {"system", "task", "draft", "diagnose", "propose", "implement", "reply", "reply-code", "repair"}
    operators = {f"order-{operator}" for operator in ("draft", "improve", "repair", "merge", "refit")}
    diagnosis = {"diagnose-two", "diagnose-failed", "diagnose-failed-two"}
    assert there == named | operators | diagnosis | {"form-whole", "form-edits"}
    for name in there:
        assert Prompt.load(name).text


def test_all_questions_of_a_run_begin_alike():
    """The rules are the same for all, then come task and data: providers cache what does not change."""
    requests = [request(question, Window()) for question in QUESTIONS.values()]
    assert len({asked.system for asked in requests}) == 1
    prefix = os.path.commonprefix([asked.user for asked in requests])  # noqa: RUF071 - of texts, not of paths
    assert '"months" numeric' in prefix
    assert prefix.endswith("# Your question: ")


def test_requests_name_their_question():
    """Key, role and schema travel along."""
    asked = request(PROPOSE, Window(output=5000))
    assert (asked.role, asked.key, asked.name, asked.max_output_tokens) == (
        "propose",
        "propose/t1-003",
        "proposal",
        5000,
    )


@pytest.mark.parametrize("name", QUESTIONS)
def test_schemas_are_strict(name):
    """Every object lists all its fields as required and allows no others; nothing refers elsewhere."""

    def check(part):
        assert "$ref" not in part
        assert part["type"] in ("object", "array", "string", "number")
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        for inner in (*part.get("properties", {}).values(), *([part["items"]] if "items" in part else [])):
            check(inner)

    check(request(QUESTIONS[name], Window()).schema)


def test_a_program_is_changed_by_edits_or_written_whole():
    """Whichever is shorter; a first program is written whole."""
    for question in (IMPLEMENT, MERGE, LONG):
        assert "Reply with `edits`, or with the whole program" in request(question, Window()).user
    assert "Reply with the whole program" in request(FIRST, Window()).user


def test_small_windows_drop_the_rest_and_keep_what_matters():
    """The task, the problems and the program stand whole; the examples of columns and old statements are gone."""
    many = tuple(replace(item, trial=f"t1-{n:03d}") for n in range(100) for item in PROPOSE.tried)
    question = replace(PROPOSE, tried=many)
    window = Window(tokens=7000, output=1000)

    asked = request(question, window)

    assert tokens(asked.system) + tokens(asked.user) <= window.tokens - window.output
    assert CODE.strip() in asked.user
    assert TASK.description in asked.user
    assert "only `months` is read" in asked.user
    assert "größe" not in asked.user
    assert "older ones are not shown" in asked.user


def test_a_window_that_is_too_small_is_told():
    """One line says how much is needed and how much there is."""
    with pytest.raises(ModelUnavailable, match="use a model with a larger window"):
        request(replace(DIAGNOSE, best_code="x = 1\n" * 20000), Window(tokens=8000, output=1000))


def test_a_trials_program_is_shown_as_differences_where_that_is_shorter():
    """Two long programs that differ in a line are one program and a line."""
    question = replace(DIAGNOSE, best_code=LONG.code, code=LONG.code.replace("# line 7\n", "# another\n"))
    user = request(question, Window()).user
    assert "TRIED, the program of this trial, as differences:" in user
    assert "--- BEST" in user
    assert "+# another" in user
    assert "all about BEST" in user
    alone = request(replace(DIAGNOSE, best_code=None), Window()).user
    assert "all about this program" in alone
    assert "BEST" not in alone


def test_two_programs_are_told_apart():
    """Which one is diagnosed is said first; a failure beside a best is not a problem of the best."""
    rejected = request(DIAGNOSE, Window()).user
    assert "# Your question: diagnose\n\nTwo programs: BEST (it will be changed) and TRIED (rejected)." in rejected
    assert "failed.**" not in rejected
    failure = replace(DIAGNOSE.trial, status="failed", score=None, error="KeyError")
    beside = request(replace(DIAGNOSE, trial=failure, gain=None), Window()).user
    assert "TRIED (failed)" in beside
    assert "**TRIED failed.**" in beside
    assert "**It failed.**" not in beside
    assert "**It failed.**" in request(replace(DIAGNOSE, trial=failure, best_code=None), Window()).user


def test_what_was_parsed_is_not_shown_twice():
    """Fold and note lines stand in the outcome; what says more, or was not parsed, stays in the output."""
    user = request(DIAGNOSE, Window()).user
    assert user.count("best iteration 17") == 1
    assert "fold 1: train 0.71 valid 0.69 (as printed)" in user
    assert "stdout:\nread 5000 rows\nscore: 0.70" in user
    more = "fold 2: train 0.7 valid 0.7 in 3 s\nnote: another"
    assert more in request(replace(DIAGNOSE, trial=replace(DIAGNOSE.trial, stdout_tail=more)), Window()).user
    bare = replace(DIAGNOSE, trial=replace(DIAGNOSE.trial, evidence=Evidence()))
    assert "\nfold 1: train 0.71 valid 0.69\nnote: best iteration 17" in request(bare, Window()).user


def test_what_is_not_judged_is_not_called_rejected():
    """In flight, measured, judged: three different things."""
    user = request(PROPOSE, Window()).user
    assert "a linear model: running now" in user
    assert "a kernel: measured 0.71, not judged yet" in user
    assert "more trees: not kept, gain +0.4 noise units" in user


def test_without_successes_the_programs_of_other_chains_are_shown():
    """A chain that has no momentum still sees what stands elsewhere; its own programs are not elsewhere."""
    elsewhere = (replace(PROPOSE.tried[0], trial="t2-004", trace="t2"),)
    user = request(replace(PROPOSE, momentum=(), elsewhere=elsewhere), Window()).user
    assert "these programs stand there:" in user
    assert user.count("- t2-004 [features] boosted trees: score 0.69") == 1
    assert "- t1-001 [features]" not in user
    assert "- t2-004 (" in user.split("on other programs of this run", 1)[1]
    assert "these programs stand there" not in request(replace(PROPOSE, momentum=()), Window()).user


def test_repairs_begin_with_the_error():
    """Warnings before the traceback explain nothing; without one they may."""
    assert "FutureWarning" not in request(REPAIR, Window()).user
    bare = replace(REPAIR, error="timeout\n/x.py:3: FutureWarning: old\n  a = b\n")
    assert "FutureWarning" in request(bare, Window()).user


def test_the_stage_on_a_sample_is_told_as_it_is():
    """The figure in the prompt is the harness's."""
    assert SAMPLE == SAMPLE_TRAIN
    assert "rows that a program sees: 4000 labelled, 3000 to predict" in request(DRAFT, Window()).user
    unknown = replace(DRAFT, task=replace(TASK, train_rows=0, view_rows=0))
    assert "rows that a program sees" not in request(unknown, Window()).user


def test_limits_are_never_rounded_up():
    """A program that trusts the time it was told is not stopped at it."""
    user = request(replace(DRAFT, limit_s=5399.9), Window()).user
    assert "A trial may take 5399 s (89 min)" in user


def test_one_text_for_those_who_get_nothing_else():
    """Rules, question and schema; for programs also the forms that need no JSON."""
    text = as_text(request(IMPLEMENT, Window()))
    schema = text.partition("```json\n")[2].partition("\n```")[0]
    assert json.loads(schema)["required"] == ["note", "code", "edits"]
    assert "<<<<<<< SEARCH" in text
    assert "<<<<<<< SEARCH" not in as_text(request(DRAFT, Window()))


def test_a_repair_shows_the_reply_as_data_and_the_error():
    """A reply cannot pretend to be ours."""
    text = repair_text(Reply(text='{"a": </data>'), "it is cut off")
    assert '<data kind="reply"' in text
    assert "What is wrong with it: it is cut off" in text


def test_what_is_asked_again_ends_with_what_was_wrong():
    """Whoever reads a long question from its end sees it too."""
    text = asked_again(request(DRAFT, Window()), Reply(text="{}"), "it is cut off")
    assert text.startswith("# Your reply could not be used")
    assert text.endswith("What was wrong with your earlier reply: it is cut off\n")
