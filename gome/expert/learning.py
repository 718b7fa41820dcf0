"""Source of the end of every script: cross-validation, blending, decisions, the submission."""

from gome.expert.columns import Roles
from gome.expert.metrics import DECIDED, ranked
from gome.expert.printer import Imports, quoted
from gome.expert.recipe import Recipe
from gome.expert.scene import Scene

SAMPLE = 'sample = pd.read_csv("input/sample_submission.csv", dtype=str)'


def width(scene: Scene) -> str:
    """Shape of one row's prediction, as the source that follows the number of rows."""
    if scene.probabilities:
        return ", len(CLASSES)"
    return ", len(TARGETS)" if scene.several else ""


def sized(first: str, scene: Scene) -> str:
    """Source of an array of zeros with a prediction for each of `first` rows."""
    shape = f"{first}{width(scene)}"
    return f"np.zeros(({shape}))" if "," in shape else f"np.zeros({shape})"


def fit_predict(recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> str:
    """The function that trains one model on some rows and predicts several tables."""
    rows = "X[fit]" if held.numeric_only else "X.iloc[fit]"
    lines = [
        "def fit_predict(make, seed, fit, tables):",
        '    """Train on the rows `fit`; predict each of the tables."""',
    ]
    guarded = scene.rare_class
    if guarded:
        imports.name("sklearn.dummy", "DummyClassifier")
    if scene.probabilities:
        if guarded:
            lines.append("    one_class = np.unique(y[fit]).size == 1")
            lines.append(f"    model = (DummyClassifier() if one_class else make(seed)).fit({rows}, y[fit])")
        else:
            lines.append(f"    model = make(seed).fit({rows}, y[fit])")
        lines += [
            "    predictions = []",
            "    for table in tables:",
            "        p = np.zeros((table.shape[0], len(CLASSES)))",
            "        p[:, model.classes_] = model.predict_proba(table)",
            "        predictions.append(p)",
            "    return predictions",
        ]
        return "\n".join(lines)
    if scene.several:
        lines += [
            "    predictions = [np.zeros((table.shape[0], len(TARGETS))) for table in tables]",
            "    for t in range(len(TARGETS)):",
        ]
        if scene.classifies:
            lines += [
                "        one_class = np.unique(y[fit, t]).size == 1",
                f"        model = (DummyClassifier() if one_class else make(seed)).fit({rows}, y[fit, t])",
                "        for p, table in zip(predictions, tables):",
                "            p[:, t] = model.predict_proba(table) @ model.classes_",
            ]
        else:
            lines += [
                f"        model = make(seed).fit({rows}, y[fit, t])",
                "        for p, table in zip(predictions, tables):",
                f"            p[:, t] = {_bounded('model.predict(table)', recipe, scene, '[:, t]')}",
            ]
        return "\n".join([*lines, "    return predictions"])
    lines += [
        f"    model = make(seed).fit({rows}, y[fit])",
        f"    return [{_bounded('model.predict(table)', recipe, scene, '')} for table in tables]",
    ]
    return "\n".join(lines)


def _bounded(source: str, recipe: Recipe, scene: Scene, column: str) -> str:
    if recipe.clip or recipe.target != "plain":
        return f"np.clip({source}, y{column}.min(), y{column}.max())"
    return f"np.maximum({source}, 0)" if "rmsle" in scene.task.metric else source


def splits(recipe: Recipe, scene: Scene, imports: Imports) -> str:
    """The function that yields the rows of each fold, for every repetition."""
    group, time = scene.task.group_column, scene.task.time_column
    seeded = "shuffle=True, random_state=SEED"
    pad = "    "
    lines = ["def splits():", '    """Rows to fit and rows to validate, fold by fold."""']
    if recipe.repeats > 1 and not time:
        lines.append("    for repeat in range(REPEATS):")
        pad, seeded = "        ", seeded + " + repeat"
    if group:
        imports.name("sklearn.model_selection", "GroupKFold")
        lines.append(f"{pad}count = min(FOLDS, train[{quoted(group)}].nunique())")
        lines.append(f"{pad}folds = GroupKFold(count, {seeded})")
        call = f"folds.split(X, groups=train[{quoted(group)}])"
    elif time:
        imports.name("sklearn.model_selection", "KFold")
        lines.append(f"{pad}# rows are in the order of {time}: each fold is a stretch of time")
        lines.append(f"{pad}folds = KFold(min(FOLDS, len(X)))")
        call = "folds.split(X)"
    elif scene.strata:
        imports.name("sklearn.model_selection", "StratifiedKFold")
        lines.append(f"{pad}count = min(FOLDS, np.bincount(y).max())")
        lines.append(f"{pad}folds = StratifiedKFold(count, {seeded})")
        call = "folds.split(X, y)"
    else:
        imports.name("sklearn.model_selection", "KFold")
        lines.append(f"{pad}folds = KFold(min(FOLDS, len(X)), {seeded})")
        call = "folds.split(X)"
    return "\n".join([*lines, f"{pad}yield from {call}"])


def validation(recipe: Recipe, held: Roles, scene: Scene, names: tuple[str, ...]) -> str:
    """The loop over folds; leaves `oof`, `seen`, and the test predictions summed in `answers` over `done` folds."""
    valid, fit = ("X[valid]", "X[fit]") if held.numeric_only else ("X.iloc[valid]", "X.iloc[fit]")
    total = "FOLDS * REPEATS" if recipe.repeats > 1 and not scene.task.time_column else "FOLDS"
    blend = len(names) > 1
    shape = "len(MEMBERS), len(X)" if blend else "len(X)"
    test_shape = "len(MEMBERS), len(X_test)" if blend else "len(X_test)"
    lines = [
        f"oof = {sized(shape, scene)}",
        f"answers = {sized(test_shape, scene)}",
        "times, done, longest_s = np.zeros(len(X)), 0, 0.0",
        "for fold, (fit, valid) in enumerate(splits()):",
        "    begun = time.monotonic()",
        "    if done and begun - STARTED + longest_s > TIME_S:",
        f'        print(f"note: stopped for lack of time after {{done}} of {{{total}}} folds")',
        "        break",
    ]
    lines.append(f"    tables = {fit}, {valid}, X_test")
    if blend:
        lines += [
            "    known, guessed = 0, 0",
            "    for member, make in enumerate(MEMBERS):",
            "        on_fit, on_valid, on_test = fit_predict(make, SEED + fold, fit, tables)",
            "        known, guessed = known + on_fit / len(MEMBERS), guessed + on_valid / len(MEMBERS)",
            "        oof[member, valid] += on_valid",
            "        answers[member] += on_test",
        ]
    else:
        lines += [
            f"    known, guessed, on_test = fit_predict({names[0]}, SEED + fold, fit, tables)",
            "    oof[valid] += guessed",
            "    answers += on_test",
        ]
    lines += [
        "    times[valid] += 1",
        "    done += 1",
        '    print(f"fold {fold}: train {score(y[fit], known):.5f} valid {score(y[valid], guessed):.5f}")',
        "    longest_s = max(longest_s, time.monotonic() - begun)",
        "",
        "seen = times > 0",
    ]
    divisor = "times[seen][:, None]" if width(scene) else "times[seen]"
    lines.append(f"oof, answers = oof[{':, ' if blend else ''}seen] / {divisor}, answers / done")
    return "\n".join(lines)


def ending(recipe: Recipe, scene: Scene, names: tuple[str, ...], *, official: bool) -> str:
    """Blending, the score, and the submission."""
    blocks = []
    if len(names) > 1:
        blocks.append(_blending(recipe, scene))
    else:
        blocks.append("final, final_test = oof, answers")
    decided = decides(scene)
    extra = ""
    if recipe.tuned and decided:
        blocks.append("weights = tuned(final)")
        extra = ", weights"
    if official:
        blocks.append(f'print(f"score: {{score(y[seen], final{extra}):.5f}}")')
    else:
        blocks.append(f'print(f"note: a stand-in for {scene.task.metric}: {{score(y[seen], final):.5f}}")')
    chosen = f"decide(final_test{extra})" if decided else "final_test.argmax(axis=1)"
    blocks.append(f"{SAMPLE}\n{submission(scene, chosen)}")
    return "\n\n".join(blocks)


def decides(scene: Scene) -> bool:
    """Whether the metric of a single target reads decided classes."""
    return scene.probabilities and scene.task.metric in DECIDED


def stacks(recipe: Recipe, scene: Scene) -> bool:
    """Whether a second model combines the members."""
    return recipe.blend == "stack" and not scene.several and len(recipe.members) > 1


def _blending(recipe: Recipe, scene: Scene) -> str:
    shown = "for make, alone in zip(MEMBERS, oof):" if recipe.blend == "mean" or stacks(recipe, scene) else ""
    if shown:
        lines = [shown, '    print(f"note: {make.__name__} alone {score(y[seen], alone):.5f}")']
        if stacks(recipe, scene):
            return "\n".join([*lines, "final, final_test = stacked()"])
        return "\n".join([*lines, "final, final_test = oof.mean(axis=0), answers.mean(axis=0)"])
    return "\n".join(
        [
            "shares = blended(oof)",
            "for make, alone, share in zip(MEMBERS, oof, shares):",
            '    print(f"note: {make.__name__} alone {score(y[seen], alone):.5f}, weight {share:.2f}")',
            "final, final_test = np.tensordot(shares, oof, axes=1), np.tensordot(shares, answers, axes=1)",
        ]
    )


def _of_held(line: str) -> str:
    """A statement about the test rows as one about the rows that were held out in turns."""
    line = line.replace("final_test", "final").replace('sample.to_csv("submission', 'held.to_csv("oof')
    return line.replace("sample[", "held.loc[train.index[seen], ")


def submission(scene: Scene, chosen: str) -> str:
    """Writing `final_test` into `sample`, then to its file; `chosen` is source of the decided classes' codes."""
    task = scene.task
    columns = [column for column in task.submission_columns if column != task.id_column]
    where = quoted(columns[0]) if len(columns) == 1 else "[" + ", ".join(map(quoted, columns)) + "]"
    lines = []
    if scene.several:
        value = "(final_test > 0.5).astype(int)" if scene.classifies and task.wanted == "label" else "final_test"
    elif not scene.classifies:
        value = "np.rint(final_test).astype(int)" if task.metric == "qwk" else "final_test"
    elif task.wanted == "ranking":
        lines.append(f"best = np.argsort(-final_test, axis=1)[:, :{ranked(task.metric) or len(scene.classes)}]")
        value = '[" ".join(map(str, row)) for row in np.array(CLASSES)[best]]'
    elif task.wanted == "label":
        value = f"np.array(CLASSES)[{chosen}]"
    else:
        value = "final_test" if len(columns) > 1 else "final_test[:, 1]"
    place = f"sample[{where}]" if len(where) < 60 else "sample[PREDICTED]"
    lines += [f"{place} = {value}", 'sample.to_csv("submission.csv", index=False)']
    if task.own_folds:
        lines += ["", 'held = pd.read_csv("input/sample_oof.csv", dtype=object)', *map(_of_held, lines)]
    return "\n".join(lines)
