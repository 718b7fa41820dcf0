"""A message in words: one readable line for each type."""

from functools import singledispatch

import msgspec

from gome.cli.figures import NAMES, clock, count, figure, gained, limits, low, spent
from gome.messages import (
    BudgetExhausted,
    BudgetLow,
    DeviceBack,
    DeviceLost,
    Diagnosed,
    FinalistsChosen,
    FinalistsScored,
    LeaseLost,
    Message,
    ModelBack,
    ModelCalled,
    ModelDown,
    MomentumReady,
    RunFinished,
    RunResumed,
    RunStarted,
    Silenced,
    SolutionProposed,
    StepChosen,
    StepDropped,
    StepFailed,
    StopRequested,
    SuccessRecorded,
    TraceClosed,
    TraceOpened,
    TrialFinished,
    WidthChanged,
)

SHOWN = 3  # problems, successes or finalists that a line names


@singledispatch
def story(message: Message) -> str:
    """Return a message in words; of a plugin's message, its fields."""
    values = msgspec.to_builtins(message)
    values.pop("type", None)
    return ", ".join(f"{name} {value}" for name, value in values.items())


@story.register
def _(message: RunStarted) -> str:
    task, rows = message.task, message.profile
    direction = "higher" if task.higher_is_better else "lower"
    return (
        f"{task.name}: {task.kind}, {task.metric} ({direction} is better); {count(rows.rows, 'row')}, "
        f"{count(len(rows.columns) + rows.omitted_columns, 'column')}; "
        f"{message.search_rows} rows held out to search on, {message.final_rows} for the end; "
        f"{count(message.traces, 'trace')}, strategy {message.strategy}, model {message.model}; "
        f"budget: {limits(message.limits)}"
    )


@story.register
def _(message: RunResumed) -> str:
    changed = f" with another {', '.join(message.changed)}" if message.changed else ""
    what = "goes on after its end" if message.reopens else "goes on"
    return f"the run {what}{changed}, {clock(message.elapsed_s)} of it used; budget: {limits(message.limits)}"


@story.register
def _(message: StopRequested) -> str:
    return f"asked to stop: {message.reason}"


@story.register
def _(message: TraceOpened) -> str:
    reason = f" — {message.reason.rstrip('.')}" if message.reason else ""
    return f"{message.trace} begins: {message.start.caption}{reason}"


@story.register
def _(message: TraceClosed) -> str:
    return f"{message.trace} ends: {message.reason}"


@story.register
def _(message: StepChosen) -> str:
    on = f" {message.parent}" if message.parent else ""
    other = f" with {message.other}" if message.other else ""
    return f"{message.trace} is to {message.operator}{on}{other}{_because(message.reason)}"


@story.register
def _(message: StepDropped) -> str:
    return f"{message.trace} takes no step: {message.reason}"


@story.register
def _(message: SolutionProposed) -> str:
    parent = f" {message.parent}" if message.parent else ""
    borrowed = f", after the success of {', '.join(message.borrowed)}" if message.borrowed else ""
    return (
        f"{message.trace} proposes {message.trial} ({message.operator}{parent}): {message.hypothesis.caption}"
        f"{borrowed}{_because(message.reason)}"
    )


@story.register
def _(message: StepFailed) -> str:
    return f"{message.trace} loses a step in {message.actor}: {message.error}"


@story.register
def _(message: TrialFinished) -> str:
    took = f"{message.wall_s:.1f} s" + (f" on {message.device}" if message.device else "")
    if message.status != "ok" or message.score is None:
        return f"{message.trial} {ended(message)} ({took})"
    claim = f"; it claimed {figure(message.claimed)}" if message.claimed is not None else ""
    return f"{message.trial} scores {figure(message.score)} ± {message.noise or 0:.2g} in {took}{claim}"


def ended(message: TrialFinished) -> str:
    """Return how a trial without a score ended."""
    words = {"ok": "has no score", "failed": "fails", "timeout": "runs out of time", "killed": "is killed"}
    return f"{words[message.status]} at the {message.stage} stage: {message.error or 'no reason known'}"


@story.register
def _(message: Diagnosed) -> str:
    if message.improved:
        gain = gained(message.gain, message.gain_noise)
        now = f"the best of {message.trace} now" + (f" ({gain})" if gain else "")
    elif message.score is None:
        now = "without a score"
    else:
        gain = gained(message.gain, message.gain_noise)
        now = f"no improvement on {message.best}" + (f" ({gain})" if gain else "") if message.best else "no best yet"
    noticed = [
        check.evidence for check in message.checks if check.status != "passed" and check.evidence not in message.summary
    ]
    found = [problem.caption for problem in message.problems[:SHOWN]]
    parts = [f"{message.trial} is {message.verdict}, {now}", *noticed[:SHOWN]]
    if message.gain is not None and message.hypothesis.effect > 0:
        came = message.gain / max(message.gain_noise or 0.0, 1e-12)
        parts.append(f"expected were {message.hypothesis.effect:+.1f} x its noise, {came:+.1f} came")
    if message.summary:
        parts.append(message.summary)
    if found:
        parts.append("to mend: " + ", ".join(found))
    return "; ".join(part.rstrip(".") for part in parts)


@story.register
def _(message: SuccessRecorded) -> str:
    success = message.success
    answered = f" answered {success.problem!r} and" if success.problem else ""
    gain = f"gained {success.gain:.1f} x its noise"
    return f"all traces learn of {success.trial}: {success.hypothesis.caption}{answered} {gain}"


@story.register
def _(message: MomentumReady) -> str:
    if not message.items:
        return f"no success elsewhere speaks to {message.trial}"
    shown = (f"{item.success.hypothesis.caption} ({item.weight:.2f})" for item in message.items[:SHOWN])
    return f"what worked elsewhere, for the step after {message.trial}: {', '.join(shown)}"


@story.register
def _(message: BudgetLow) -> str:
    return low(message)


@story.register
def _(message: BudgetExhausted) -> str:
    used, of = spent(message.resource, message.spent), spent(message.resource, message.limit)
    return f"no further step: {message.reason} ({NAMES[message.resource]}: {used} of {of})"


@story.register
def _(message: FinalistsChosen) -> str:
    if not message.trials:
        return f"no finalist: {message.reason}"
    return f"finalists: {', '.join(message.trials)}" + _because(message.reason)


@story.register
def _(message: FinalistsScored) -> str:
    if message.winner is None:
        return f"no winner: {message.reason}"
    scores = ", ".join(f"{score.trial} {figure(score.final)} ± {score.noise:.2g}" for score in message.scores[:SHOWN])
    return f"{message.winner} wins on the final rows ({scores})" + (f"; {message.reason}" if message.reason else "")


@story.register
def _(message: RunFinished) -> str:
    end = f"the run has {message.status}" if message.status != "stopped" else "the run was stopped"
    if message.best is None:
        return f"{end} without a valid submission: {message.stop_reason}"
    scores = f"search {figure(message.score)}, final {figure(message.final_score)}"
    return f"{end} with {message.best} ({scores}): {message.stop_reason}"


@story.register
def _(message: ModelCalled) -> str:
    cached = f", {message.cached_tokens:,} cached" if message.cached_tokens else ""
    thought = f", {message.reasoning_tokens:,} of reasoning" if message.reasoning_tokens else ""
    tokens = f"{message.input_tokens:,} tokens in{cached}, {message.output_tokens:,} out{thought}"
    cost = f"${message.cost_usd:.4f}" if message.cost_usd is not None else "price unknown"
    most = "at most " if message.estimated else ""
    again = f", attempt {message.attempt}" if message.attempt > 1 else ""
    how = "answers" if message.outcome == "ok" else message.outcome.replace("_", " ")
    error = f": {message.error}" if message.error else ""
    return f"{message.model} {how} {message.key}{again} in {message.latency_s:.1f} s ({most}{tokens}, {cost}){error}"


@story.register
def _(message: ModelDown) -> str:
    until = f"{message.spare} answers meanwhile" if message.spare else "waiting until it answers again"
    if message.model:
        later = "later"
        if rest_s := message.rest_s:
            later = f"in {rest_s:.0f} s" if rest_s < 60 else f"in {round(rest_s / 60, 1):g} min"
        who = f"{message.model} at {message.endpoint}"
        return f"{who} gives no answer ({message.reason}); {until}, it is tried again {later}"
    return f"{message.endpoint} is down ({message.reason}); {until}"


@story.register
def _(message: ModelBack) -> str:
    who = f"{message.model} at {message.endpoint}" if message.model else message.endpoint
    return f"{who} answers again after {message.down_s:.0f} s"


@story.register
def _(message: Silenced) -> str:
    return f"the plugin {message.actor} had a bug and hears nothing more: {message.error}"


def _because(reason: str) -> str:
    return f" — because {reason.rstrip('.')}" if reason else ""


@story.register
def _(message: DeviceLost) -> str:
    again = f"; {' and '.join(message.repeated)} begins again elsewhere" if message.repeated else ""
    return f"{message.device} {'is lost' if message.for_good else 'is taken'}: {message.reason}{again}"


@story.register
def _(message: DeviceBack) -> str:
    return f"{message.device} is free again"


@story.register
def _(message: LeaseLost) -> str:
    return f"the end of {message.holder} on {message.device} is not on record: {message.device_s:.1f} s count as spent"


@story.register
def _(message: WidthChanged) -> str:
    return f"{'more' if message.raised else 'less'} at once: {message.reason}"
