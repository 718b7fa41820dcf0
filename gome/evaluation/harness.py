"""The harness: the official metric, computed from the submission file on rows whose labels no solution has seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gome.errors import SubmissionInvalid, TaskInvalid
from gome.evaluation.answers import Answers, check_ids
from gome.evaluation.custom import audit
from gome.evaluation.ensemble import Blend, select
from gome.evaluation.evidence import best_constant, evidence
from gome.evaluation.leaks import leaking
from gome.evaluation.metrics import Metric
from gome.evaluation.noise import DRAWS, noise, paired
from gome.evaluation.noticed import Measured, noticed
from gome.evaluation.submission import check_submission, read_submission
from gome.messages import Check, Evidence, Wanted
from gome.task.giveaways import Giveaway

OWN_FOLDS = Check(name="own-folds", status="warned", evidence="scored on its own out-of-fold predictions")
LEAST_ROWS = 2  # of a holdout: below, its noise is unknown


class Holdout(msgspec.Struct, frozen=True, eq=False):
    """Labelled rows hidden in the test file that solutions see."""

    labels: pd.DataFrame  # the target columns, as in the training table; row i belongs to positions[i]
    positions: NDArray[np.intp]  # row numbers in the view's test file (and its sample), from 0


class Part(msgspec.Struct, frozen=True, eq=False):
    """One of several views that a solution answers in turn."""

    sample: pd.DataFrame  # its own sample submission: the same columns, its own rows
    rows: NDArray[np.intp]  # rows of the whole view's sample that it is about, in its order


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What a submission is worth on the search holdout."""

    score: float
    noise: float  # standard error of the score over rows
    evidence: Evidence
    checks: tuple[Check, ...]


class Harness:
    """Scores submission files for one run. Keeps nothing between calls: safe to use from several threads.

    The *view* is the test file that solutions see: real test rows and both holdouts, unlabelled, shuffled.
    Where rows are hidden in turns, no solution ever sees it whole: it is put together from its parts.
    """

    def __init__(
        self,
        metric: Metric,
        *,
        view_sample: pd.DataFrame,
        search: Holdout,
        final: Holdout,
        target_columns: Sequence[str],
        id_column: str | None = None,
        classes: Sequence[str] = (),
        test_positions: Sequence[int] | NDArray[np.intp] = (),
        official_sample: pd.DataFrame | None = None,
        wanted: Wanted | None = None,
        parts: Sequence[Part] = (),
        leaks: Sequence[Giveaway] = (),
        own_folds: bool = False,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> None:
        """Take the task apart as `gome.task` split it.

        Args:
            metric: as `Metrics.named` returned it.
            view_sample: sample submission with one row for each row of the view, in its order. With an id
                column the ids are distinct; without one, row i of a submission answers row i of the view.
            search: rows that trials are scored on.
            final: rows that only finalists meet; no row in both.
            target_columns: the columns of both holdouts' labels that the metric reads.
            id_column: the column of `view_sample` that is no prediction; None: rows are matched by order.
            classes: labels as text. With one target: all of them, the positive one last, and in the order of
                the probability columns where the sample has several. With several label targets: every label
                that occurs in any. Empty for numbers, and for labels that need not be known beforehand.
            test_positions: rows of the view that are real test rows, in the official order.
            official_sample: the task's own sample submission, row i answered by row `test_positions[i]` of the
                view; None: there is no real test file, and both holdouts stand for it, in the view's order.
            wanted: None: what the metric wants.
            parts: where a solution runs on several views, each of them; together they cover the view.
            leaks: what in the data gives the target away; their codes in the order of the official sample.
            own_folds: the last part is a file that each program writes beside its submission.
            draws: bootstrap draws for metrics whose noise needs them.
            seed: of those draws.

        Raises:
            TaskInvalid: the parts do not fit each other, or the metric is undefined on a holdout.
        """
        self.metric = metric
        classes = tuple(dict.fromkeys(classes))
        self._sample, self._id_column, self._classes = view_sample, id_column, classes
        self._wanted: Wanted = wanted or metric.wanted
        self._draws, self._seed, self._leaks, self.own_folds = draws, seed, tuple(leaks), own_folds
        check_ids(view_sample, id_column)
        self._answers = Answers(
            view_sample, targets=target_columns, id_column=id_column, wanted=self._wanted, classes=classes
        )
        self._text = self._written()
        self._search = self._positions(search.positions)
        self._final = self._positions(final.positions)
        if len(np.intersect1d(self._search, self._final)):
            raise TaskInvalid("the search and the final holdout share rows")
        self.has_test = official_sample is not None  # whether there are real test rows to predict
        if official_sample is None:
            test_positions = np.sort(np.concatenate([self._search, self._final]))
            official_sample = view_sample.iloc[test_positions].reset_index(drop=True)
        self._official, self._test = official_sample, self._positions(test_positions)
        if len(self._official) != len(self._test):
            raise TaskInvalid(f"the sample submission has {len(official_sample)} rows, the test file {len(self._test)}")
        self._parts = tuple(parts) or (Part(view_sample, np.arange(len(view_sample))),)
        for part in self._parts:
            self._positions(part.rows)
        if len(np.unique(np.concatenate([part.rows for part in self._parts]))) != len(view_sample):
            raise TaskInvalid("the parts of the view leave rows out")
        self._search_truth = self._truth("search", search)
        self._final_truth = self._truth("final", final)
        audit(metric, self._search_truth, self._answers.perfect(self._search_truth), seed=seed)
        self._constant = best_constant(metric, self._answers, self._search_truth)
        self._perfect = metric(self._search_truth, self._answers.perfect(self._search_truth))

    def _written(self) -> list[str]:
        """Columns matched by what is written in them: labels, and ids that are no numbers."""
        by_name = [] if self._wanted in {"value", "probability"} else [str(name) for name in self._answers.columns]
        if self._id_column is None or pd.api.types.is_numeric_dtype(self._sample[self._id_column]):
            return by_name
        return [*by_name, self._id_column]

    def _positions(self, positions: Sequence[int] | NDArray[np.intp]) -> NDArray[np.intp]:
        rows = np.asarray(positions, dtype=np.intp)
        if len(rows) and (rows.min() < 0 or rows.max() >= len(self._sample)):
            raise TaskInvalid(f"rows beyond the {len(self._sample)} of the view's sample submission")
        if len(np.unique(rows)) != len(rows):
            raise TaskInvalid("a row of the view is used twice")
        return rows

    def _truth(self, name: str, holdout: Holdout) -> NDArray[Any]:
        rows = len(holdout.labels)
        if rows != len(holdout.positions):
            raise TaskInvalid(f"the {name} holdout has {rows} labels for {len(holdout.positions)} rows")
        if rows < LEAST_ROWS:
            raise TaskInvalid(f"the {name} holdout has {rows} rows, it needs {LEAST_ROWS}")
        truth = self._answers.truth(holdout.labels)
        try:
            self.metric(truth, self._answers.perfect(truth))
        except SubmissionInvalid as problem:
            raise TaskInvalid(f"the {name} holdout cannot be scored: {problem}") from problem
        return truth

    def gather(self, paths: Sequence[Path], kept: Path) -> None:
        """Check a solution's predictions, one file a part, and keep them as one file that answers the whole view.

        A row that several parts hold is answered by the first of them.

        Raises:
            SubmissionInvalid: one does not fit its sample; says which, where there are several.
        """
        merged = self._sample.copy()
        answers = {name: np.empty(len(merged), dtype=object) for name in merged if name != self._id_column}
        turns = list(zip(self._parts, paths, strict=True))
        for turn, (part, path) in reversed(list(enumerate(turns, start=1))):
            try:
                checked = self._checked(path, part.sample)
            except SubmissionInvalid as problem:
                if len(turns) == 1:
                    raise
                raise SubmissionInvalid(
                    f"in turn {turn} of {len(turns)}: {problem}", row=problem.row, column=problem.column
                ) from problem
            for name, column in answers.items():
                column[part.rows] = checked[name].to_numpy()
        kept.parent.mkdir(parents=True, exist_ok=True)
        merged.assign(**{str(name): column for name, column in answers.items()}).to_csv(kept, index=False)

    @property
    def turns(self) -> int:
        """On how many views a solution runs."""
        return len(self._parts)

    @property
    def constant(self) -> float | None:
        """Score of the best constant prediction on the search holdout; None where the metric has none."""
        return self._constant

    def score(self, path: Path, claimed: float | None = None, code: str = "") -> Scored:
        """The submission's worth on the search holdout, and what its predictions show.

        Args:
            path: of the submission.
            claimed: what the program printed, to see whether that is another metric; None: nothing.
            code: of the program.

        Raises:
            SubmissionInvalid: it does not fit the sample, or the metric is undefined for it.
        """
        checked = self.checked(path)
        predicted = self._answers.predicted(checked)
        here = predicted[self._search]
        score = self.metric(self._search_truth, here)
        error = noise(self.metric, self._search_truth, here, draws=self._draws, seed=self._seed)
        found = evidence(self.metric, self._answers, self._search_truth, here, self._constant)
        measured = Measured(score, error, self._constant, self._perfect, claimed, code)
        held, test = predicted[np.concatenate([self._search, self._final])], predicted[self._test]
        checks = (
            Check(name="format", status="passed", evidence=f"{len(checked)} rows, {len(checked.columns)} columns"),
            *noticed(self.metric, self._wanted, self._search_truth, here, predicted, measured),
            *leaking(held, test, self._leaks if self.has_test else ()),
            *([OWN_FOLDS] if self.own_folds else ()),
        )
        return Scored(score=score, noise=error, evidence=found, checks=checks)

    def final(self, path: Path) -> tuple[float, float]:
        """Score and noise on the final holdout.

        Raises:
            SubmissionInvalid: as for `score`.
        """
        predicted = self._answers.predicted(self.checked(path))[self._final]
        score = self.metric(self._final_truth, predicted)
        return score, noise(self.metric, self._final_truth, predicted, draws=self._draws, seed=self._seed)

    def compare(self, path_a: Path, path_b: Path) -> tuple[float, float]:
        """How much better B is than A on the search holdout, and the standard error of that, paired over rows.

        Raises:
            SubmissionInvalid: as for `score`, for either.
        """
        a, b = (self._answers.predicted(self.checked(path))[self._search] for path in (path_a, path_b))
        return paired(self.metric, self._search_truth, a, b, draws=self._draws, seed=self._seed)

    @property
    def blend(self) -> Blend | None:
        """How predictions are averaged; None where they cannot be."""
        return Blend.of(self.metric, self._wanted, self._classes)

    def shares(self, paths: Sequence[Path], *, seed: int) -> tuple[float, ...]:
        """Weights of an ensemble of these predictions, best first, chosen on the search holdout; see `ensemble`."""
        assert self.blend is not None, "asked for first"
        predictions = [self._answers.predicted(self.checked(path))[self._search] for path in paths]
        return select(self.blend, self.metric, self._search_truth, predictions, seed=seed)

    def mix(self, tables: Sequence[pd.DataFrame], weights: Sequence[float], kept: Path) -> None:
        """Write the weighted mean of checked submissions of the same rows."""
        assert self.blend is not None, "asked for first"
        spread = np.stack([self.blend.spread(self._answers.predicted(table)) for table in tables])
        mixed = self.blend.settle(np.tensordot(np.asarray(weights), spread, axes=1))
        answers = zip(self._answers.columns, mixed.reshape(len(mixed), -1).T, strict=True)
        tables[0].assign(**dict(answers)).to_csv(kept, index=False)

    def official(self, path: Path) -> pd.DataFrame:
        """The submission to hand in: the real test rows, in the official sample's order, ids and columns.

        Raises:
            SubmissionInvalid: it does not fit the sample.
        """
        checked = self.checked(path)
        rows = checked.iloc[self._test].set_axis(self._official.index, axis=0)
        if self._id_column is not None:
            rows = rows.assign(**{str(self._id_column): self._official[self._id_column]})
        return rows[list(self._official.columns)]

    def official_refit(self, path: Path) -> pd.DataFrame:
        """The same of a solution that saw every labelled row, and the real test file alone.

        Raises:
            SubmissionInvalid: it does not fit the official sample.
        """
        return self._checked(path, self._official)

    def checked(self, path: Path) -> pd.DataFrame:
        """The whole submission in the view's order.

        Raises:
            SubmissionInvalid: it does not fit the sample.
        """
        return self._checked(path, self._sample)

    def _checked(self, path: Path, sample: pd.DataFrame) -> pd.DataFrame:
        return check_submission(
            read_submission(path, text=self._text, like=sample),
            sample,
            id_column=self._id_column,
            wanted=self._wanted,
            classes=self._classes if self._wanted == "label" else (),
            limits=self.metric.limits,
        )
