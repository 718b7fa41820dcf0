"""A task to rehearse on: components with options, interactions, noise and local optima, and a graded reasoner.

A solution is one option for each component. Its true worth is the sum of its options' worths and of what pairs of
them add or take (an NK landscape with a slope): changing one component at a time gets stuck where two must change
together. What a trial shows is that worth with the noise of a finite holdout, the same for the same solution.

The reasoner sees the landscape. With probability `reliability` its diagnosis names the components in which most is
to be gained; otherwise it names applicable ones by chance, as the built-in expert's `builtin@R` does. What it
proposes for a component is rated by what it truly gains, seen as clearly as it is reliable and with an error of its
own; without a diagnosis, ideas come in the order of chance. It is a Model, and answers at once.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gome.messages import (
    Component,
    DiagnoseQuestion,
    Diagnosis,
    DraftQuestion,
    Hypothesis,
    Implementation,
    ImplementQuestion,
    Problem,
    Proposal,
    ProposeQuestion,
    Starts,
)
from gome.seeds import seed_for

COMPONENTS: tuple[Component, ...] = ("data", "features", "model", "ensemble", "workflow")
PARTS, OPTIONS = 10, 5  # components, two of a kind, and options of each
LINKS = 12  # pairs of components that interact
SLOPE, ROUGHNESS = 1.0, 0.5  # spread of what an option is worth alone, and of what a pair adds
NOISE = 0.35  # standard error of a score, in the same units
PAIRED = 0.25  # standard error of the difference of two scores on the same rows
BUGGY, MENDED = 0.1, 0.7  # chances that a change does not run, and that a repair mends it
ERROR = 0.6  # standard error of the reasoner's guess of a gain
FEW = 4  # hypotheses in an answer


class Outcome(NamedTuple):
    """What a trial shows."""

    score: float | None
    noise: float
    error: str
    wall_s: float


class Landscape:
    """One task and its reasoner, all from a seed."""

    def __init__(self, seed: int, *, reliability: float = 1.0, higher_is_better: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.higher_is_better, self.reliability = higher_is_better, reliability
        self._seed = seed
        self._alone = rng.normal(0.0, SLOPE, (PARTS, OPTIONS))
        pairs = [(a, b) for a in range(PARTS) for b in range(a)]
        self._links = [pairs[place] for place in rng.choice(len(pairs), LINKS, replace=False)]
        self._pairs = rng.normal(0.0, ROUGHNESS, (LINKS, OPTIONS, OPTIONS))
        self._wall_s = rng.uniform(0.7, 1.3, (PARTS, OPTIONS))

    # --- the truth

    def worth(self, code: str) -> float:
        """Return the true score of a program, noise aside."""
        value = self._value(_genes(code))
        return value if self.higher_is_better else -value

    def _value(self, genes: Sequence[int]) -> float:
        alone = sum(self._alone[part][gene] for part, gene in enumerate(genes))
        return float(alone + sum(self._pairs[n][genes[a]][genes[b]] for n, (a, b) in enumerate(self._links)))

    def best(self, tries: int = 200) -> float:
        """Return the best true score that hill climbing from many places finds."""
        rng, found = np.random.default_rng(seed_for(self._seed, "best")), -np.inf
        for _ in range(tries):
            genes = [int(gene) for gene in rng.integers(OPTIONS, size=PARTS)]
            value = self._value(genes)
            while True:
                moves = [(self._value(_with(genes, p, o)), p, o) for p in range(PARTS) for o in range(OPTIONS)]
                top, part, option = max(moves)
                if top <= value + 1e-12:
                    break
                genes, value = _with(genes, part, option), top
            found = max(found, value)
        return found if self.higher_is_better else -found

    # --- what a trial shows

    def run(self, code: str) -> Outcome:
        """Return what a trial of a program shows; the same program shows the same."""
        told = json.loads(code)
        genes = told["genes"]
        wall_s = 10.0 * float(np.mean([self._wall_s[part][gene] for part, gene in enumerate(genes)]))
        if told["bug"]:
            return Outcome(None, 0.0, f"ValueError: bug {told['bug']}", 0.2 * wall_s)
        shift = NOISE * self._shift(genes) * (1.0 if self.higher_is_better else -1.0)
        return Outcome(self.worth(code) + shift, NOISE, "", wall_s)

    def compare(self, before: str, after: str) -> tuple[float, float]:
        """Return how far a program seems ahead of another on the same rows, towards better, and the standard error."""
        sign = 1.0 if self.higher_is_better else -1.0
        drawn = self._rng("compare", *sorted((before, after))).normal()
        drawn = drawn if before < after else -drawn
        return sign * (self.worth(after) - self.worth(before)) + PAIRED * float(drawn), PAIRED

    def _shift(self, genes: Sequence[int]) -> float:
        return float(self._rng("shift", str(genes)).normal())

    def _rng(self, *purpose: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(self._seed, *purpose))

    # --- the reasoner

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """Beginnings at random places, each far from the others; none is named twice."""
        rng = self._rng("draft", question.key, str(question.seed))
        starts = []
        for number in range(question.starts):
            genes = [int(gene) for gene in rng.integers(OPTIONS, size=PARTS)]
            starts.append(_hypothesis(f"start {len(question.avoid) + number} {genes}", "model", f"start:{genes}"))
        return Starts(starts=tuple(starts))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """The components in which most is to be gained, or others by chance."""
        genes = _genes(question.best_code or question.code)
        rng = self._rng("diagnose", question.key, str(question.seed))
        gains = [
            max(self._value(_with(genes, p, o)) for o in range(OPTIONS)) - self._value(genes) for p in range(PARTS)
        ]
        order = list(np.argsort(gains)[::-1])
        if rng.random() >= self.reliability:
            order = list(rng.permutation(PARTS))
        problems = [
            Problem(
                caption=f"part {part} is weak",
                evidence=f"about {gains[part]:.1f} are to be gained",
                cause=f"option {genes[part]} of part {part}",
                component=COMPONENTS[part % len(COMPONENTS)],
                direction="another option",
                effect=max(float(gains[part]) / PAIRED, 0.0),
            )
            for part in order[:3]
        ]
        return Diagnosis(problems=tuple(problems), summary="as the landscape lies")

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """Options for the parts that the problems name, rated; without problems, any change in the order of chance."""
        genes = _genes(question.code)
        rng = self._rng("propose", question.key, str(question.seed))
        done = {item.hypothesis.move for item in question.tried if item.parent and item.score is not None}
        named = [int(problem.caption.split()[1]) for problem in question.problems]
        moves = [(p, o) for p in (named or range(PARTS)) for o in range(OPTIONS) if o != genes[p]]
        fresh = [move for move in moves if f"set:{move[0]}:{move[1]}" not in done] or moves
        if not named:
            drawn = rng.permutation(len(fresh))[:FEW]
            return Proposal(hypotheses=tuple(_change(*fresh[int(n)], effect=0.5, alignment=3.0) for n in drawn))
        rated = []
        for part, option in fresh:
            gain = self.reliability * (self._value(_with(genes, part, option)) - self._value(genes))
            gain += float(rng.normal(0.0, ERROR))
            place = named.index(part)
            rated.append((gain - 0.1 * place, part, option))
        rated.sort(reverse=True)
        return Proposal(
            hypotheses=tuple(
                _change(part, option, effect=max(gain, 0.0) / PAIRED, problem=f"part {part} is weak", alignment=8.0)
                for gain, part, option in rated[: 2 * FEW]
            )
        )

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """The changed program; it may have a bug, and a repair may leave it there."""
        rng = self._rng("implement", question.key, str(question.seed))
        told: dict[str, Any] = json.loads(question.code) if question.code else {"genes": [], "bug": 0}
        move = question.hypothesis.move
        if question.operator == "repair":
            told["bug"] = 0 if rng.random() < MENDED else told["bug"] + 1
            return Implementation(code=json.dumps(told))
        if question.operator == "merge" and question.other_code:
            common = _genes(question.common_code) if question.common_code else None
            genes = self._merged(told["genes"], _genes(question.other_code), common, rng)
        elif move.startswith("start:"):
            genes = json.loads(move.removeprefix("start:"))
        else:
            _, part, option = move.split(":")
            genes = _with(told["genes"], int(part), int(option))
        return Implementation(code=json.dumps({"genes": genes, "bug": max(told["bug"], int(rng.random() < BUGGY))}))

    def _merged(
        self, one: list[int], other: list[int], common: list[int] | None, rng: np.random.Generator
    ) -> list[int]:
        """What either parent changed since the program that both come from; of what both changed, one by chance."""
        genes = list(one)
        for part in range(PARTS):
            drawn = rng.random() < 0.5
            if common is not None and common[part] in (one[part], other[part]):
                drawn = one[part] == common[part]
            if drawn:
                genes[part] = other[part]
        return genes


def _genes(code: str) -> list[int]:
    genes: list[int] = json.loads(code)["genes"]
    return genes


def _with(genes: Sequence[int], part: int, option: int) -> list[int]:
    changed = list(genes)
    changed[part] = option
    return changed


def _change(part: int, option: int, *, effect: float, alignment: float, problem: str = "") -> Hypothesis:
    return Hypothesis(
        caption=f"part {part}: option {option}",
        statement=f"Take option {option} for part {part}.",
        component=COMPONENTS[part % len(COMPONENTS)],
        problem=problem,
        move=f"set:{part}:{option}",
        alignment=alignment,
        impact=min(1.0 + 2.0 * effect, 10.0),
        effect=effect,
    )


def _hypothesis(caption: str, component: Component, move: str) -> Hypothesis:
    return Hypothesis(caption=caption, statement=caption, component=component, move=move)
