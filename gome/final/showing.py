"""Showing: who watches is told of each stage that begins."""

from gome.actor import Context
from gome.execution import Device
from gome.execution.rig import Started
from gome.messages import Stage, TraceId, TrialId, TrialStarted


def shower(context: Context, trace: TraceId, trial: TrialId) -> Started:
    """Return what tells those who watch of each stage that begins."""

    def started(stage: Stage, device: Device, limit_s: float) -> None:
        context.show(TrialStarted(trace=trace, trial=trial, stage=stage, device=device.name, limit_s=limit_s))

    return started
