"""The success memory: what has worked, weighed for the step at hand. This is the momentum.

weight = similarity x gain x age x reuse, each between 0 and 1:
similarity of the problem and its answer to the diagnosis at hand; gain g in units of its noise, as
g / (1 + g); age halved every 30 diagnosed trials; reuse (1 + confirmed) / (1 + reused).
"""

from collections.abc import Sequence

from msgspec.structs import replace
from scipy.sparse import csr_matrix

from gome.messages import Hypothesis, Problem, Success, TraceId, TrialId, Weighted
from gome.similarity import Similarity

HALF_LIFE = 30.0  # diagnosed trials after which a success weighs half; the released code's constant
MOST = 5  # successes that weigh on one step


class Successes:
    """All validated improvements of a run, shared by its traces."""

    def __init__(self) -> None:
        self._similarity = Similarity()
        self._rows: dict[TrialId, Success] = {}
        self._vectors: list[csr_matrix] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, success: Success) -> None:
        """Remember an improvement."""
        self._rows[success.trial] = success
        self._vectors.append(self._similarity.vector(f"{success.problem} {describe(success.hypothesis)}"))

    def reused(self, trials: Sequence[TrialId], *, improved: bool) -> None:
        """Note how a step that borrowed these successes fared."""
        for trial in trials:
            if trial in self._rows:
                row = self._rows[trial]
                self._rows[trial] = replace(row, reused=row.reused + 1, confirmed=row.confirmed + improved)

    def weigh(self, problems: Sequence[Problem], *, trace: TraceId, step: int) -> tuple[Weighted, ...]:
        """Return the successes that weigh most on the answer to these problems, heaviest first.

        Successes of the trace itself are part of its code already and do not count.
        """
        if not problems or not self._rows:
            return ()
        texts = (f"{p.caption} {p.cause} {p.direction} {p.component}" for p in problems)
        asked = self._similarity.vector(" ".join(texts))
        alike = self._similarity.between(asked, self._vectors)
        weighed = []
        for success, similarity in zip(self._rows.values(), alike, strict=True):
            if success.trace == trace:
                continue
            gain = max(success.gain, 0.0) / (1.0 + max(success.gain, 0.0))
            age = 0.5 ** (max(step - success.step, 0) / HALF_LIFE)
            reuse = (1 + success.confirmed) / (1 + success.reused)
            weight = float(similarity) * gain * age * reuse
            if weight > 0:
                why = f"similarity {similarity:.2f} x gain {gain:.2f} x age {age:.2f} x reuse {reuse:.2f}"
                weighed.append(Weighted(success=success, weight=weight, similarity=float(similarity), why=why))
        return tuple(sorted(weighed, key=lambda item: (-item.weight, item.success.trial))[:MOST])


def describe(hypothesis: Hypothesis) -> str:
    """Return a hypothesis as the text by which it is compared."""
    return f"{hypothesis.caption} {hypothesis.statement} {hypothesis.component} {hypothesis.move}"
