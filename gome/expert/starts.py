"""Where solutions begin: the families that suit the data, each with the preparation that it likes."""

from gome.expert.metrics import ABSOLUTE, DECIDED
from gome.expert.recipe import (
    BOOSTED,
    CONSTANT,
    DENSE,
    FAMILIES,
    TREES,
    Category,
    Family,
    Member,
    Numeric,
    Recipe,
    Text,
)
from gome.expert.scene import Scene

SMALL = 3_000  # rows; below, smooth models tend to beat boosting
FEW = 600  # rows; below, weights of a blend fit noise
START = "start:"
BLEND = "start:blend"


def member_for(family: Family, scene: Scene) -> Member:
    """A member of `family` with the preparation that it likes on these data."""
    many = bool(scene.high_cardinality)
    category: Category = "onehot"
    if many and (family in TREES or family in DENSE or family in ("svm", "knn")):
        category = "target"
    elif family in BOOSTED:
        category = "onehot" if scene.rows < SMALL else "ordinal"
    numeric: Numeric = "plain"
    if family in ("linear", "elastic", "svm", "discriminant", "process"):
        numeric = "standard"
    elif family in ("knn", "mlp"):
        numeric = "quantile"
    elif family == "bayes":
        numeric = "bins"
    text: Text = "none"
    if scene.named("text"):
        text = "svd" if family in TREES | DENSE or family == "knn" else "both" if family == "linear" else "word"
    return Member(family=family, category=category, numeric=numeric, text=text)


def unlike(scene: Scene) -> list[Family]:
    """Families that suit the task, most promising first, neighbours unlike each other."""
    order: list[Family]
    mixed = scene.high_cardinality or scene.named("date")
    if scene.named("text"):
        order = ["linear", "lightgbm", "extra", "bayes", "mlp", "svm", "elastic"]
    elif scene.rows < SMALL and not mixed and scene.classifies:
        order = ["linear", "lightgbm", "svm", "mlp", "extra", "discriminant", "knn"]
    elif scene.rows < SMALL and not mixed:
        order = ["linear", "lightgbm", "extra", "svm", "process", "mlp", "elastic", "knn"]
    else:
        order = ["lightgbm", "linear", "extra", "mlp", "svm", "knn"]
    if "lightgbm" not in scene.families:
        order[order.index("lightgbm")] = "histgb"
    return [family for family in dict.fromkeys((*order, *FAMILIES, CONSTANT)) if family in scene.families]


def recipe_for(members: tuple[Member, ...], scene: Scene) -> Recipe:
    """A first recipe around some members."""
    skewed = scene.skewed_target and scene.task.metric not in ABSOLUTE
    log = "rmsle" in scene.task.metric or (skewed and any((s.skew or 0) > 2 for s in scene.profile.targets))
    return Recipe(
        members=members,
        blend="mean" if scene.rows < FEW else "greedy",
        folds=5 if scene.rows <= 50_000 else 3,
        target="log1p" if log and not scene.classifies else "plain",
        loss="absolute" if scene.task.metric in ABSOLUTE and not scene.classifies else "squared",
        tuned=scene.probabilities and scene.task.metric in DECIDED - {"accuracy", "f1_micro", "f1_weighted"},
        rare=2 if scene.high_cardinality and scene.rows < SMALL else 1,
    )


def start(name: str, scene: Scene) -> Recipe:
    """The recipe that a start's name stands for; the most promising one where it says nothing."""
    wanted = name.removeprefix(START)
    order = unlike(scene)
    if name == BLEND:
        return recipe_for(tuple(member_for(family, scene) for family in order[:3]), scene)
    family = next((family for family in order if family == wanted), order[0])
    return recipe_for((member_for(family, scene),), scene)
