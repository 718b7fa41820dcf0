"""A small run, message by message, as the views hear it."""

from gome.messages import (
    Diagnosed,
    Envelope,
    FinalistsChosen,
    FinalistsScored,
    FinalScore,
    Hypothesis,
    Limits,
    MomentumReady,
    Problem,
    Profile,
    RunFinished,
    RunStarted,
    SolutionProposed,
    TaskBrief,
    TraceClosed,
    TraceOpened,
    TrialFinished,
)

BEGAN = 1_000_000.0
GAP = Problem(
    caption="overfit",
    evidence="train 0.99, valid 0.91",
    cause="the trees are deep",
    component="model",
    direction="regularise",
)


def started(**changed):
    task = TaskBrief(
        name="churn",
        description="",
        kind="binary",
        metric="auc",
        higher_is_better=True,
        wanted="probability",
        id_column="id",
        targets=("y",),
        submission_columns=("id", "y"),
    )
    values = {
        "task": task,
        "profile": Profile(rows=400, test_rows=100, columns=(), targets=()),
        "limits": Limits(wall_s=100.0, trials=20),
        "traces": 2,
        "strategy": "gradient",
        "model": "builtin",
        "seed": 0,
        "search_rows": 80,
        "final_rows": 60,
        "inferred": ("The target is y.",),
    }
    return RunStarted(**(values | changed))


def step(caption, problem=""):
    return Hypothesis(caption=caption, statement=f"{caption}, since it should help", component="model", problem=problem)


def opened(trace, caption):
    return TraceOpened(trace=trace, start=step(caption), reason="unlike the others")


def proposed(trial, caption, *, operator="improve", parent=None, problem=""):
    trace, _, number = trial.partition("-")
    return SolutionProposed(
        trace=trace,
        trial=trial,
        step=int(number),
        operator=operator,
        parent=parent,
        hypothesis=step(caption, problem),
        code=f"trials/{trial}/solution.py",
        sha256="",
        reason=f"rated 0.7 for {problem}" if problem else "the first solution",
    )


def finished(trial, score, **changed):
    trace = trial.partition("-")[0]
    values = {"stage": "full", "status": "ok", "score": score, "noise": 0.01, "wall_s": 5.0, "device_s": 4.0}
    return TrialFinished(trace=trace, trial=trial, **(values | changed))


def diagnosed(trial, score, caption, *, improved=True, gain=None, best=None, problems=(), **changed):
    trace = trial.partition("-")[0]
    return Diagnosed(
        trace=trace,
        trial=trial,
        verdict=changed.pop("verdict", "accepted"),
        improved=improved,
        score=score,
        noise=0.01,
        gain=gain,
        gain_noise=0.004 if gain is not None else None,
        best=best or trial,
        hypothesis=step(caption),
        problems=problems,
        **changed,
    )


def story_of_a_run():
    """Return envelopes: two traces, one improvement, one failure, the end."""
    messages = [
        (0, started()),
        (0, opened("t1", "Start with trees")),
        (0, opened("t2", "Start with lines")),
        (1, proposed("t1-001", "Start with trees", operator="draft")),
        (1, proposed("t2-001", "Start with lines", operator="draft")),
        (10, finished("t1-001", 0.80)),
        (10, diagnosed("t1-001", 0.80, "Start with trees", problems=(GAP,))),
        (10, MomentumReady(trace="t1", trial="t1-001")),
        (11, proposed("t1-002", "Regularise the trees", parent="t1-001", problem="overfit")),
        (12, finished("t2-001", None, stage="sample", status="failed", error="ValueError: no column 'x'")),
        (12, diagnosed("t2-001", None, "Start with lines", improved=False, verdict="rejected", best=None)),
        (30, finished("t1-002", 0.86)),
        (30, diagnosed("t1-002", 0.86, "Regularise the trees", gain=0.06)),
        (40, TraceClosed(trace="t1", reason="the time is used")),
        (40, TraceClosed(trace="t2", reason="the time is used")),
        (40, FinalistsChosen(trials=("t1-002", "t1-001"), reason="the time is used")),
        (
            44,
            FinalistsScored(
                scores=(FinalScore(trial="t1-002", search=0.86, final=0.85, noise=0.02),),
                winner="t1-002",
                refit="refit",
                reason="t1-002 was refitted on all labelled rows",
            ),
        ),
        (
            45,
            RunFinished(status="finished", stop_reason="the time is used", best="t1-002", score=0.86, final_score=0.85),
        ),
    ]
    return [
        Envelope(seq, BEGAN + at_s, seq - 1 or None, "r", message) for seq, (at_s, message) in enumerate(messages, 1)
    ]
