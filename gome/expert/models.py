"""The model of each family, as source: how the knobs of a member turn into its settings."""

from collections.abc import Callable

from gome.expert.columns import SEED, Roles
from gome.expert.printer import Call, Imports, Name, call
from gome.expert.recipe import Family, Member, Recipe
from gome.expert.scene import Scene

CORES = Name("CORES")
SMALL = 2_000  # rows; below, boosting starts with small trees and strong regularisation
SCALED_TARGET: frozenset[Family] = frozenset({"svm", "process"})  # their settings assume a target of unit scale


def model(member: Member, recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> str | Call:
    """Source of the member's untrained model, its target transformed as the recipe asks."""
    inner = _MODELS[member.family](member, recipe, held, scene, imports)
    if scene.classifies:
        return inner
    return _on_target(inner, recipe, scene, imports, scaled=member.family in SCALED_TARGET)


def _on_target(inner: str | Call, recipe: Recipe, scene: Scene, imports: Imports, *, scaled: bool) -> str | Call:
    if recipe.target == "plain" and not scaled:
        return inner
    imports.name("sklearn.compose", "TransformedTargetRegressor")
    pairs = {"log1p": ("np.log1p", "np.expm1"), "sqrt": ("np.sqrt", "np.square")}
    if recipe.target in pairs and not scaled:
        there, back = pairs[recipe.target]
        return call("TransformedTargetRegressor", inner, func=Name(there), inverse_func=Name(back))
    chain: list[str | Call] = []
    if recipe.target in pairs:
        imports.name("sklearn.preprocessing", "FunctionTransformer")
        chain.append(call("FunctionTransformer", *pairs[recipe.target]))
    elif recipe.target == "quantile":
        imports.name("sklearn.preprocessing", "QuantileTransformer")
        quantiles = max(10, min(1000, scene.rows // 4))
        chain.append(call("QuantileTransformer", n_quantiles=quantiles, output_distribution="normal"))
    if scaled and recipe.target != "quantile":
        imports.name("sklearn.preprocessing", "StandardScaler")
        chain.append(call("StandardScaler"))
    if len(chain) > 1:
        imports.name("sklearn.pipeline", "make_pipeline")
    transformer = chain[0] if len(chain) == 1 else call("make_pipeline", *chain)
    items = (("", inner), ("transformer=", transformer))
    return Call("TransformedTargetRegressor(", items + ((("check_inverse=", "False"),) if chain else ()))


def _balance(recipe: Recipe, scene: Scene) -> dict[str, object]:
    return {"class_weight": "balanced"} if recipe.balanced and scene.classifies else {}


def _boosting(member: Member, scene: Scene) -> tuple[int, float, int]:
    """Rounds, learning rate and leaves."""
    start = 1 if scene.rows < SMALL else 2 if scene.rows < 20_000 else 3
    leaves = 2 ** max(2, min(9, start + 2 + member.size)) - 1
    rate = 0.05 * 2.5 ** (-member.pace)
    rounds = round(250 * 2.2**member.pace * (1.6 if scene.rows >= SMALL else 1.0))
    if member.early:
        rounds *= 4
    return max(20, rounds), round(rate, 4), leaves


def own_name(kind: str, *, early: bool, native: bool) -> str:
    """Name of the LightGBM class that a script uses; its own where LightGBM's does not suffice."""
    return f"{'Stopped' if early else ''}{'Native' if native else ''}LGBM{kind}"


def _lightgbm(member: Member, recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> Call:
    rounds, rate, leaves = _boosting(member, scene)
    kind = "Classifier" if scene.classifies else "Regressor"
    name = own_name(kind, early=member.early, native=member.category == "native" and bool(held.category))
    imports.name("lightgbm", f"LGBM{kind}")
    objective = {"objective": "mae"} if recipe.loss == "absolute" and not scene.classifies else {}
    brake = member.brake + (1 if scene.rows < SMALL else 0)
    return call(
        name,
        **objective,
        n_estimators=rounds,
        learning_rate=rate,
        num_leaves=leaves,
        min_child_samples=max(2, round(10 * 1.8**brake)),
        subsample=0.8,
        subsample_freq=1,
        colsample_bytree=max(0.2, min(1.0, round(0.7 - 0.15 * brake, 2))),
        reg_lambda=round(1.0 * 3.0**brake, 2),
        **_balance(recipe, scene),
        n_jobs=CORES,
        random_state=SEED,
        verbose=-1,
    )


def _histgb(member: Member, recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> Call:
    rounds, rate, leaves = _boosting(member, scene)
    name = "HistGradientBoostingClassifier" if scene.classifies else "HistGradientBoostingRegressor"
    imports.name("sklearn.ensemble", name)
    options: dict[str, object] = (
        {"loss": "absolute_error"} if recipe.loss == "absolute" and not scene.classifies else {}
    )
    if member.category == "native" and held.category:
        first = "len(NUMBER)" if held.number else "0"
        end = "len(NUMBER) + len(CATEGORY)" if held.number else "len(CATEGORY)"
        options["categorical_features"] = Name(f"list(range({first}, {end}))")
    if member.early and not scene.rare_class:  # it holds out rows of every class
        options |= {"early_stopping": True, "n_iter_no_change": 20}
    else:
        options["early_stopping"] = False
    return call(
        name,
        max_iter=rounds,
        learning_rate=rate,
        max_leaf_nodes=leaves,
        min_samples_leaf=max(2, round(15 * 1.8**member.brake)),
        l2_regularization=round(1.0 * 3.0**member.brake, 2),
        max_features=max(0.2, min(1.0, round(0.7 - 0.15 * member.brake, 2))),
        **options,
        **_balance(recipe, scene),
        random_state=SEED,
    )


def _forest(member: Member, recipe: Recipe, _held: Roles, scene: Scene, imports: Imports) -> Call:
    kind = "RandomForest" if member.family == "forest" else "ExtraTrees"
    name = kind + ("Classifier" if scene.classifies else "Regressor")
    imports.name("sklearn.ensemble", name)
    least = 1 if scene.classifies else 2
    if scene.rows > 20_000:
        least = 5
    share: object = "sqrt" if scene.classifies else 0.4
    if member.size:
        share = max(0.1, min(1.0, round(0.4 + 0.2 * member.size, 2)))
    trees = 300 if scene.rows <= 20_000 else 150
    return call(
        name,
        n_estimators=round(trees * 1.6**member.pace) // 10 * 10,
        max_features=share,
        min_samples_leaf=max(1, round(least * 2.0**member.brake)),
        **_balance(recipe, scene),
        n_jobs=CORES,
        random_state=SEED,
    )


def _linear(member: Member, recipe: Recipe, _held: Roles, scene: Scene, imports: Imports) -> Call:
    reads_text = member.text not in ("none", "svd")
    if scene.classifies:
        imports.name("sklearn.linear_model", "LogisticRegression")
        strength = (4.0 if reads_text else 0.5) * 4.0 ** (member.size - member.brake)
        options = _balance(recipe, scene)
        return call("LogisticRegression", C=float(f"{strength:.3g}"), max_iter=2000, **options, random_state=SEED)
    if reads_text or scene.rows > 50_000:
        imports.name("sklearn.linear_model", "Ridge")
        alpha = (1.0 if reads_text else 10.0) * 4.0 ** (member.brake - member.size)
        return call("Ridge", alpha=float(f"{alpha:.3g}"))
    imports.name("sklearn.linear_model", "RidgeCV")
    low = -2 + member.brake - member.size
    return call("RidgeCV", alphas=Name(f"np.logspace({low}, {low + 6}, 25)"))


def _elastic(member: Member, recipe: Recipe, _held: Roles, scene: Scene, imports: Imports) -> Call:
    if scene.classifies:
        imports.name("sklearn.linear_model", "SGDClassifier")
        alpha = (1e-5 if member.text not in ("none", "svd") else 1e-3) * 3.0 ** (member.brake - member.size)
        return call(
            "SGDClassifier",
            loss="log_loss",
            penalty="elasticnet",
            alpha=float(f"{alpha:.2g}"),
            l1_ratio=0.3,
            max_iter=200,
            average=True,
            **_balance(recipe, scene),
            random_state=SEED,
        )
    if member.text not in ("none", "svd"):
        imports.name("sklearn.linear_model", "SGDRegressor")
        alpha = 1e-5 * 3.0 ** (member.brake - member.size)
        options = {"penalty": "elasticnet", "alpha": float(f"{alpha:.2g}"), "max_iter": 200, "average": True}
        return call("SGDRegressor", **options, random_state=SEED)
    imports.name("sklearn.linear_model", "ElasticNetCV")
    return call("ElasticNetCV", l1_ratio=[0.2, 0.5, 0.9, 1.0], cv=5, max_iter=5000, n_jobs=CORES, random_state=SEED)


def _discriminant(member: Member, _recipe: Recipe, _held: Roles, _scene: Scene, imports: Imports) -> Call:
    imports.name("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis")
    shrinkage: object = "auto" if not member.brake else max(0.01, min(0.9, round(0.1 * 2.5**member.brake, 3)))
    return call("LinearDiscriminantAnalysis", solver="lsqr", shrinkage=shrinkage)


def _svm(member: Member, recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> Call:
    penalty = float(f"{(4.0 if scene.classifies else 1.0) * 3.0 ** (member.size - member.brake):.3g}")
    kernel = {"kernel": "linear"} if member.text not in ("none", "svd") and not held.number else {}
    if not scene.classifies:
        imports.name("sklearn.svm", "SVR")
        return call("SVR", C=penalty, epsilon=0.1, **kernel)
    if scene.rare_class:  # calibration needs rows of every class in every part
        imports.name("sklearn.kernel_approximation", "Nystroem")
        imports.name("sklearn.linear_model", "LogisticRegression")
        imports.name("sklearn.pipeline", "make_pipeline")
        options = _balance(recipe, scene)
        return call(
            "make_pipeline",
            call("Nystroem", n_components=100, random_state=SEED),
            call("LogisticRegression", C=penalty, max_iter=2000, **options),
        )
    imports.name("sklearn.svm", "SVC")
    imports.name("sklearn.calibration", "CalibratedClassifierCV")
    inner = call("SVC", C=penalty, **kernel, **_balance(recipe, scene))
    softmax = scene.version("scikit-learn") >= (1, 8) and len(scene.classes) > 2 and scene.rows >= 1_000
    method = {"method": "temperature"} if softmax else {}  # one scale for all classes, where it is known
    return call("CalibratedClassifierCV", inner, **method, ensemble=False)


def _knn(member: Member, _recipe: Recipe, _held: Roles, scene: Scene, imports: Imports) -> Call:
    name = "KNeighborsClassifier" if scene.classifies else "KNeighborsRegressor"
    imports.name("sklearn.neighbors", name)
    neighbours = max(1, min(scene.rows // 4, round(8 * 1.7 ** (member.brake - member.size))))
    return call(name, n_neighbors=neighbours, weights="distance", n_jobs=CORES)


def _mlp(member: Member, _recipe: Recipe, _held: Roles, scene: Scene, imports: Imports) -> Call:
    imports.module("torch")
    imports.name("sklearn.base", "BaseEstimator", "ClassifierMixin" if scene.classifies else "RegressorMixin")
    epochs = 40 if scene.rows < SMALL else 25 if scene.rows < 20_000 else 12
    return call(
        "Network",
        width=max(16, min(1024, round(128 * 2.0**member.size))),
        dropout=max(0.0, min(0.7, round(0.2 + 0.15 * member.brake, 2))),
        decay=float(f"{0.01 * 3.0**member.brake:.2g}"),
        epochs=max(5, round(epochs * 1.6**member.pace)),
        seed=SEED,
    )


def _bayes(member: Member, _recipe: Recipe, _held: Roles, _scene: Scene, imports: Imports) -> Call:
    imports.name("sklearn.naive_bayes", "MultinomialNB")
    return call("MultinomialNB", alpha=float(f"{0.5 * 2.5 ** (member.brake - member.size):.2g}"))


def _process(member: Member, _recipe: Recipe, _held: Roles, _scene: Scene, imports: Imports) -> Call:
    imports.name("sklearn.gaussian_process", "GaussianProcessRegressor")
    imports.name("sklearn.gaussian_process.kernels", "DotProduct", "RBF", "WhiteKernel")
    noise = f"WhiteKernel({float(f'{0.5 * 2.0**member.brake:.2g}')})"
    kernel = Name(f"DotProduct() + RBF({float(f'{4.0 * 1.5 ** (-member.size):.2g}')}) + {noise}")
    return call("GaussianProcessRegressor", kernel, random_state=SEED)


_MODELS: dict[Family, Callable[[Member, Recipe, Roles, Scene, Imports], Call]] = {
    "lightgbm": _lightgbm,
    "histgb": _histgb,
    "forest": _forest,
    "extra": _forest,
    "linear": _linear,
    "elastic": _elastic,
    "discriminant": _discriminant,
    "svm": _svm,
    "knn": _knn,
    "mlp": _mlp,
    "bayes": _bayes,
    "process": _process,
}
