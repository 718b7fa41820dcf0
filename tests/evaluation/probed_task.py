"""The task that probes are tried on."""

from gome.messages import TaskBrief

ROWS = 200
TASK = TaskBrief(
    name="t", description="", kind="binary", metric="auc", higher_is_better=True, wanted="probability", id_column="id",
    targets=("y",), submission_columns=("id", "y"), classes=("0", "1"),
)  # fmt: skip
