"""The harness scores what is in the file, on rows that it alone knows the labels of."""

import numpy as np
import pandas as pd
import pytest

from gome.errors import SubmissionInvalid, TaskInvalid
from gome.evaluation.harness import Harness, Holdout, Part
from gome.evaluation.metrics import Metrics

METRICS = Metrics.builtin()
SEARCH, FINAL, TEST = 60, 40, 50
ROWS = SEARCH + FINAL + TEST


class World:
    """A task whose truth is known: `table` holds it for each row of the view."""

    def __init__(self, folder, metric, truth, *, columns=None, classes=(), ids=True, real_test=True, seed=0):
        generator = np.random.default_rng(seed)
        order = generator.permutation(ROWS)
        self.folder, self.truth, self.ids = folder, truth, ids
        self.search, self.final, self.test = order[:SEARCH], order[SEARCH:-TEST], order[-TEST:]
        self.columns = list(columns or truth.columns)
        self.names = [f"row-{at}" for at in generator.permutation(ROWS)]
        sample = pd.DataFrame(0.5, index=range(ROWS), columns=self.columns)
        official = pd.DataFrame(0.5, index=range(TEST), columns=self.columns)
        if ids:
            sample.insert(0, "id", self.names)
            official.insert(0, "id", [self.names[at] for at in self.test])
        self.harness = Harness(
            METRICS.named(metric),
            view_sample=sample,
            search=Holdout(truth.iloc[self.search], self.search),
            final=Holdout(truth.iloc[self.final], self.final),
            target_columns=list(truth.columns),
            id_column="id" if ids else None,
            classes=classes,
            test_positions=self.test if real_test else (),
            official_sample=official if real_test else None,
        )

    def write(self, predictions, name="submission.csv"):
        table = pd.DataFrame(np.asarray(predictions).reshape(ROWS, -1), columns=self.columns)
        if self.ids:
            table.insert(0, "id", self.names)
            table = table.sample(frac=1, random_state=1)
        path = self.folder / name
        table.to_csv(path, index=False)
        return path


def binary(seed=0):
    return pd.DataFrame({"y": np.random.default_rng(seed).integers(0, 2, ROWS)})


def test_each_holdout_is_scored_on_its_own_rows(tmp_path):
    """Right on the search rows and wrong on the final ones: each score sees its own."""
    truth = pd.DataFrame({"y": np.arange(ROWS, dtype=float)})
    for ids in (True, False):
        world = World(tmp_path, "mae", truth, ids=ids)
        wrong = truth["y"].to_numpy().copy()
        wrong[world.search] += np.resize([1, 3], SEARCH)
        wrong[world.final] += 20
        wrong[world.test] += 300
        path = world.write(wrong)
        scored = world.harness.score(path)
        assert scored.score == 2.0
        assert scored.noise == pytest.approx(1 / np.sqrt(SEARCH - 1))
        assert world.harness.final(path) == (20.0, 0.0)
        assert world.harness.official(path)["y"].tolist() == [at + 300.0 for at in world.test]


def test_a_single_number_for_a_binary_target(tmp_path):
    """Probability of the second class, with evidence per class and the harness's checks."""
    truth = binary().replace({0: "no", 1: "yes"})
    world = World(tmp_path, "auc", truth, columns=["p"], classes=("no", "yes"))
    odds = (truth["y"] == "yes") * 0.5 + np.random.default_rng(1).random(ROWS)
    scored = world.harness.score(world.write(odds))
    assert 0.7 < scored.score < 1
    assert scored.evidence.constant == world.harness.constant == 0.5
    assert world.harness.has_test
    assert {each.label for each in scored.evidence.classes} == {"no", "yes"}
    assert [(check.name, check.status) for check in scored.checks] == [
        ("format", "passed"), ("constant", "passed"), ("level", "passed"), ("perfect", "passed"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [int, float, bool, str])
def test_labels_of_any_type(tmp_path, kind):
    """Labels 0 and 1 may be integers, floats, booleans or text, in the truth and in the file."""
    truth = binary().astype(kind)
    names = ("False", "True") if kind is bool else ("0", "1")
    world = World(tmp_path, "f1", truth, classes=names)
    assert world.harness.score(world.write(binary()["y"])).score == 1.0
    assert world.harness.official(world.write(binary()["y"]))["y"].isin(names).all()


def test_one_column_per_class(tmp_path):
    """Columns named like the classes are matched by name, whatever their order; others by position."""
    labels = np.array(["cat", "dog", "fox"])[np.random.default_rng(0).integers(0, 3, ROWS)]
    truth = pd.DataFrame({"animal": labels})
    for columns in (["fox", "cat", "dog"], ["p_cat", "p_dog", "p_fox"]):
        world = World(tmp_path, "logloss", truth, columns=columns, classes=("cat", "dog", "fox"))
        odds = np.column_stack([labels == name.removeprefix("p_") for name in columns]) * 0.7 + 0.1
        assert world.harness.score(world.write(odds)).score == pytest.approx(-np.log(0.8))
        assert list(world.harness.official(world.write(odds)).columns) == ["id", *columns]


def test_several_targets(tmp_path):
    """Several numbers, and several yes-or-no labels, one column each."""
    generator = np.random.default_rng(0)
    numbers = pd.DataFrame(generator.random((ROWS, 2)), columns=["a", "b"])
    world = World(tmp_path, "mcrmse", numbers, columns=["b", "a"])
    assert world.harness.score(world.write(numbers[["b", "a"]] + [0.0, 0.5])).score == pytest.approx(0.25)
    flags = pd.DataFrame(generator.integers(0, 2, (ROWS, 3)).astype(bool), columns=list("abc"))
    world = World(tmp_path, "mean_columnwise_auc", flags)
    assert world.harness.score(world.write(flags.astype(float))).score == 1.0
    labels = pd.DataFrame({"a": flags["a"].map({True: "x", False: "y"}), "b": flags["b"].map({True: "u", False: "v"})})
    world = World(tmp_path, "accuracy", labels, classes=("x", "y", "u", "v"))
    scored = world.harness.score(world.write(labels))
    assert scored.score == 1.0
    assert scored.evidence.classes == ()


def test_ids_that_numbers_would_confuse(tmp_path):
    """Text ids are matched as written: 01 is not 1."""
    sample = pd.DataFrame({"id": ["01", "1", "02", "2"], "y": 0.0})
    labels = pd.DataFrame({"y": [1.0, 2.0]})
    harness = Harness(
        METRICS.named("mae"), view_sample=sample, search=Holdout(labels, np.array([0, 1])),
        final=Holdout(labels, np.array([2, 3])), target_columns=["y"], id_column="id",
    )  # fmt: skip
    path = tmp_path / "submission.csv"
    path.write_text("id,y\n2,2\n1,2\n02,1\n01,1\n")
    assert harness.score(path).score == harness.final(path)[0] == 0.0


def test_rankings(tmp_path):
    """Cells of labels, best first."""
    truth = pd.DataFrame({"place": np.resize(["a", "b"], ROWS)})
    world = World(tmp_path, "map@3", truth, classes=("a", "b"))
    assert world.harness.score(world.write(["a b"] * ROWS)).score == pytest.approx(
        np.where(truth["place"].iloc[world.search] == "a", 1, 0.5).mean()
    )


def test_a_metric_of_a_plugin(tmp_path):
    """A plugin's function sees labels as they are; what it raises fails the trial, not the run."""
    metrics = Metrics.builtin()

    def hits(truth, predicted):
        if (predicted == "no").all():
            raise KeyError("no")
        return float(np.mean(truth == predicted))

    metrics.add("hits", hits, higher_is_better=True, wanted="label")
    truth = binary()["y"].map({0: "no", 1: "yes"}).to_frame()
    sample = pd.DataFrame({"y": ["no"] * ROWS})
    first, rest = np.arange(80), np.arange(80, ROWS)
    harness = Harness(
        metrics.named("hits"), view_sample=sample, search=Holdout(truth.iloc[first], first),
        final=Holdout(truth.iloc[rest], rest), target_columns=["y"], classes=("no", "yes"),
    )  # fmt: skip
    path = tmp_path / "submission.csv"
    truth.to_csv(path, index=False)
    assert harness.score(path).score == 1.0
    sample.to_csv(path, index=False)
    with pytest.raises(SubmissionInvalid, match="hits: KeyError"):
        harness.score(path)


def test_comparing_is_paired_and_points_towards_better(tmp_path):
    """The gain of B over A is positive where B is better, whichever way the metric runs."""
    truth = pd.DataFrame({"y": np.random.default_rng(0).random(ROWS)})
    world = World(tmp_path, "rmse", truth)
    noise = np.random.default_rng(1).normal(size=ROWS)
    a, b = world.write(truth["y"] + noise, "a.csv"), world.write(truth["y"] + 0.9 * noise, "b.csv")
    gain, error = world.harness.compare(a, b)
    assert gain == pytest.approx(world.harness.score(a).score - world.harness.score(b).score)
    assert 0 < error < world.harness.score(a).noise
    assert world.harness.compare(b, a) == (-gain, error)


def test_what_is_handed_in_is_the_official_sample_filled(tmp_path):
    """Only real test rows, in the official order, with the official ids and columns."""
    truth = binary()
    world = World(tmp_path, "logloss", truth)
    odds = np.linspace(0, 1, ROWS)
    handed = world.harness.official(world.write(odds))
    assert handed["id"].tolist() == [world.names[at] for at in world.test]
    assert handed["y"].tolist() == pytest.approx(odds[world.test].tolist())
    path = tmp_path / "refit.csv"
    handed.sample(frac=1, random_state=3).to_csv(path, index=False)
    assert world.harness.official_refit(path).equals(handed)
    with pytest.raises(SubmissionInvalid, match="not in the sample"):
        world.harness.official_refit(world.write(odds))


def test_without_a_test_file_the_holdouts_are_handed_in(tmp_path):
    """A task without test rows gets the predictions of all held-out rows."""
    world = World(tmp_path, "logloss", binary(), real_test=False)
    assert not world.harness.has_test
    handed = world.harness.official(world.write(np.linspace(0, 1, ROWS)))
    held = sorted([*world.search, *world.final])
    assert handed["id"].tolist() == [world.names[at] for at in held]
    path = tmp_path / "refit.csv"
    handed.to_csv(path, index=False)
    assert len(world.harness.official_refit(path)) == SEARCH + FINAL


def test_constant_and_reversed_predictions_are_noticed(tmp_path):
    """A constant file, and one worse than that, are warned of."""
    truth = binary()
    world = World(tmp_path, "auc", truth)
    constant = world.harness.score(world.write(np.full(ROWS, 0.25)))
    assert {check.name: check.status for check in constant.checks}["constant"] == "warned"
    reversed_ = world.harness.score(world.write(1.0 - truth["y"]))
    assert reversed_.score == 0.0
    assert {check.name: check.status for check in reversed_.checks}["level"] == "warned"


def test_probabilities_beyond_one_are_refused_only_where_it_matters(tmp_path):
    """A metric of order takes any score; a metric of probabilities takes probabilities."""
    truth = binary()
    margins = truth["y"] * 4.0 - 2
    assert World(tmp_path, "auc", truth).harness.score(World(tmp_path, "auc", truth).write(margins)).score == 1.0
    world = World(tmp_path, "logloss", truth)
    with pytest.raises(SubmissionInvalid, match="not between 0 and 1"):
        world.harness.score(world.write(margins))


def test_an_undefined_score_is_an_invalid_submission(tmp_path):
    """Constant predictions have no rank correlation: no score, rather than a NaN."""
    world = World(tmp_path, "spearman", pd.DataFrame({"y": np.arange(ROWS)}))
    with pytest.raises(SubmissionInvalid, match="undefined"):
        world.harness.score(world.write(np.ones(ROWS)))


LABELS = pd.DataFrame({"y": [0, 1, 0, 1]})
SAMPLE = pd.DataFrame({"id": range(8), "y": 0.5})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"search": Holdout(LABELS, np.arange(3))}, "search holdout has 4 labels for 3 rows"),
        ({"search": Holdout(LABELS[:1], np.arange(1))}, "search holdout has 1 rows, it needs 2"),
        ({"final": Holdout(LABELS, np.arange(3, 7))}, "share rows"),
        ({"final": Holdout(LABELS, np.arange(5, 9))}, "rows beyond the 8"),
        ({"final": Holdout(LABELS, np.array([4, 5, 6, 6]))}, "used twice"),
        ({"final": Holdout(LABELS * 0, np.arange(4, 8))}, "final holdout cannot be scored: auc is undefined"),
        ({"id_column": "key"}, "no id column 'key'"),
        ({"view_sample": SAMPLE.assign(id=[0, 1, 2, 3, 4, 5, 6, 6])}, "id column 'id': '6' occurs more than once"),
        ({"target_columns": ["z"]}, "'z' is not among"),
        ({"official_sample": SAMPLE, "test_positions": [1]}, "8 rows, the test file 1"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, words):
    """A harness that could only fail later is not built."""
    parts = {
        "view_sample": SAMPLE, "search": Holdout(LABELS, np.arange(4)), "final": Holdout(LABELS, np.arange(4, 8)),
        "target_columns": ["y"], "id_column": "id",
    }  # fmt: skip
    Harness(METRICS.named("auc"), **parts)
    with pytest.raises(TaskInvalid, match=words):
        Harness(METRICS.named("auc"), **(parts | changes))


def in_turns(world, turns):
    """The world's harness, its search rows hidden in so many turns; and the rows of each."""
    folds = np.array_split(world.search, turns)
    always = np.setdiff1d(np.arange(ROWS), world.search)
    rows = [np.sort(np.concatenate([always, fold])) for fold in folds]
    sample = pd.DataFrame({"id": world.names, "y": 0.5})
    harness = Harness(
        METRICS.named("rmse"),
        view_sample=sample,
        search=Holdout(world.truth.iloc[world.search], world.search),
        final=Holdout(world.truth.iloc[world.final], world.final),
        target_columns=["y"],
        id_column="id",
        test_positions=world.test,
        official_sample=sample.iloc[world.test],
        parts=[Part(sample.iloc[part].reset_index(drop=True), part) for part in rows],
    )
    return harness, rows


def test_turns_are_put_together_row_by_row(tmp_path):
    """Each search row counts as it was predicted where it was hidden; the others as the first turn predicted them."""
    world = World(tmp_path, "rmse", pd.DataFrame({"y": np.arange(ROWS, dtype=float)}))
    harness, rows = in_turns(world, 3)
    paths = []
    for turn, part in enumerate(rows):
        table = pd.DataFrame({"id": np.array(world.names)[part], "y": world.truth["y"].to_numpy()[part] + turn})
        paths.append(tmp_path / f"{turn}.csv")
        table.sample(frac=1, random_state=turn).to_csv(paths[-1], index=False)
    harness.gather(paths, tmp_path / "kept" / "all.csv")
    assert harness.turns == 3
    assert harness.score(tmp_path / "kept" / "all.csv").score == pytest.approx(np.sqrt(5 / 3))  # errors 0, 1 and 2
    assert harness.final(tmp_path / "kept" / "all.csv")[0] == 0
    assert harness.official(tmp_path / "kept" / "all.csv")["y"].tolist() == world.truth["y"].iloc[world.test].tolist()
    with pytest.raises(SubmissionInvalid, match=r"in turn 2 of 3: .*is (missing|not in the sample)"):
        harness.gather([paths[0], paths[0], paths[2]], tmp_path / "kept" / "all.csv")


def test_parts_that_leave_rows_out_are_refused(tmp_path):
    """Every row of the view is in a part."""
    world = World(tmp_path, "rmse", pd.DataFrame({"y": np.arange(ROWS, dtype=float)}))
    sample = pd.DataFrame({"id": world.names, "y": 0.5})
    with pytest.raises(TaskInvalid, match="leave rows out"):
        Harness(
            METRICS.named("rmse"),
            view_sample=sample,
            search=Holdout(world.truth.iloc[world.search], world.search),
            final=Holdout(world.truth.iloc[world.final], world.final),
            target_columns=["y"],
            id_column="id",
            parts=[Part(sample[:10], np.arange(10))],
        )
