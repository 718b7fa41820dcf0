"""What the strategies know of a trace at a glance: its record and its promise."""

from collections.abc import Sequence
from typing import NamedTuple

from gome.messages import Tried
from gome.search import Chain, Standing

FADE = 0.8  # weight of a step against the one after it: what a trace did lately counts
HOPE = 1.0  # noise units that a step of a trace without a record is taken to gain when it is accepted


class Record(NamedTuple):
    """One trace as far as it has come."""

    chain: Chain
    own: Sequence[Tried]  # its trials, oldest first
    best: Tried | None  # what it builds on
    rate: float  # expected gain of its next step per device-second, in noise units

    @property
    def repairs(self) -> int:
        """How many trials have failed in a row, up to now."""
        count = 0
        for item in reversed(self.own):
            if item.score is not None or not item.error:
                break
            count += 1
        return count


def records(standing: Standing) -> dict[str, Record]:
    """Return the record of every open trace, by name."""
    own: dict[str, list[Tried]] = {chain.trace: [] for chain in standing.chains}
    by_trial = {}
    for item in standing.tried:
        by_trial[item.trial] = item
        if item.trace in own:
            own[item.trace].append(item)
    return {
        chain.trace: Record(
            chain=chain,
            own=own[chain.trace],
            best=by_trial.get(chain.best or ""),
            rate=_rate(own[chain.trace]),
        )
        for chain in standing.chains
    }


def _rate(own: Sequence[Tried]) -> float:
    """Expected gain of the next step per second: share of steps accepted x what these gained / what a trial takes."""
    weight, judged, accepted, gained, seconds, trials = 1.0, 0.0, 0.0, 0.0, 0.0, 0
    for item in reversed(own):
        if item.pending:
            continue
        seconds, trials = seconds + item.device_s, trials + 1
        if item.against is None:
            continue
        judged += weight
        if item.accepted:
            accepted += weight
            gained += weight * min(item.gain or 0.0, 5.0)
        weight *= FADE
    chance = (1.0 + accepted) / (2.0 + judged)
    size = (HOPE + gained) / (1.0 + accepted)
    return chance * size / max(seconds / trials if trials else 1.0, 1e-3)
