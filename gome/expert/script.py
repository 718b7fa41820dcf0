"""A recipe turned into a script that a person would keep: only the code that this recipe needs."""

import re

from gome.expert.columns import Roles, fitting, roles, steps
from gome.expert.constant import PLAIN, answers_alike, constant_script
from gome.expert.features import crossed, feature_code
from gome.expert.learning import decides, ending, fit_predict, splits, stacks, validation
from gome.expert.metrics import LOGLOSS, hits, note, ranked, scored
from gome.expert.models import model
from gome.expert.own import own_models, template
from gome.expert.printer import Imports, Name, call, literal, quoted, rendered
from gome.expert.reading import reading_code, reading_lines
from gome.expert.recipe import Member, Recipe
from gome.expert.scene import Scene

SHARE_OF_LIMIT = 0.6  # of a trial's time: no fold begins that might end later; the rest is for slower machines
TITLES = {
    "lightgbm": "LightGBM",
    "histgb": "histogram gradient boosting",
    "forest": "random forest",
    "extra": "extra trees",
    "linear": "linear model",
    "elastic": "elastic net",
    "discriminant": "discriminant analysis",
    "svm": "support vectors",
    "knn": "nearest neighbours",
    "mlp": "small neural network",
    "bayes": "naive Bayes",
    "process": "Gaussian process",
    "constant": "one answer for every row",
}


def write(recipe: Recipe, scene: Scene, seed: int) -> str:
    """The script of `recipe`: reads ./input, cross-validates, writes ./submission.csv."""
    if answers_alike(recipe, scene):
        return constant_script(recipe, scene, title(PLAIN, scene))
    imports = Imports()
    for module in ("time", "numpy as np", "pandas as pd"):
        imports.module(module)
    held = roles(recipe, scene)
    names = member_names(recipe.members)
    members = [fitting(member, held) for member in recipe.members]
    metric, official = scored(scene, imports)
    functions = [feature_code(recipe, held, scene)]
    if scene.task.row_files is not None:
        functions.append(reading_code(scene.task.row_files, imports, pictures=scene.has("pillow")))
    functions += own_models(members, recipe, held, scene, imports)
    functions += [_make(*pair, recipe, held, scene, imports) for pair in zip(names, members, strict=True)]
    functions += _judging(metric, recipe, scene, imports)
    functions += [splits(recipe, scene, imports), fit_predict(recipe, held, scene, imports)]
    functions += _combining(recipe, scene, imports)
    if recipe.tuned and decides(scene):
        functions.append(template("cuts" if scene.task.metric == "qwk" else "tune", classes=_tuned_classes(scene)))
    flow = [_loading(recipe, held, scene)]
    if len(names) > 1:
        flow.append(rendered(literal([Name(name) for name in names]), "MEMBERS = "))
    flow += [validation(recipe, held, scene, names), ending(recipe, scene, names, official=official)]
    code = "\n\n\n".join([*functions, "\n\n".join(flow)])
    if "combinations(" in code:
        imports.name("itertools", "combinations")
    if "CORES" in code:
        imports.module("os")
    constants = _constants(recipe, held, scene, seed, code)
    head = f'"""{title(recipe, scene)}."""\n{recipe.line}\n\n{imports.source()}\n\n{constants}'
    return f"{head}\n\n\n{code}\n"


def title(recipe: Recipe, scene: Scene) -> str:
    """What the script does, in a line that is safe in a docstring."""
    kinds = list(dict.fromkeys(TITLES[family] for family in recipe.families))
    what = kinds[0] if len(recipe.members) == 1 else "blend of " + ", ".join(kinds)
    name = "".join(c for c in " ".join(scene.task.name.split()) if c not in '"\\')[:60]
    times = f", {recipe.repeats} times over" if recipe.repeats > 1 else ""
    how = "" if recipe == PLAIN else f"{recipe.folds}-fold cross-validation{times}, "
    text = f"{name}: {what}; {how}{scene.task.metric}"
    return text if len(text) < 95 else f"{name}: {len(recipe.members)} models; {scene.task.metric}"


def member_names(members: tuple[Member, ...]) -> tuple[str, ...]:
    """A function name for each member; numbered where a family occurs twice."""
    names: list[str] = []
    for member in members:
        times = sum(name.split("_")[0] == member.family for name in names)
        names.append(f"{member.family}_{times + 1}" if times else member.family)
    return tuple(names)


def _constants(recipe: Recipe, held: Roles, scene: Scene, seed: int, code: str) -> str:
    """Assignments that begin the script; only names that `code` uses."""
    task, used = scene.task, set(re.findall(r"\b[A-Z_]{4,}\b", code))
    classes = [Name(label) if scene.numbered else label for label in scene.classes]
    values: list[tuple[str, object]] = [
        ("SEED", seed % 2**31),
        ("FOLDS", recipe.folds),
        ("REPEATS", recipe.repeats),
        ("LARGEST", Name("1e30")),
        ("TRAIN_ROWS", recipe.rows),
        ("TIME_S", float(f"{scene.limit_s * SHARE_OF_LIMIT:.4g}")),
        ("TARGET", task.targets[0]),
        ("TARGETS", task.targets),
        ("POSITIVE", [scene.positive(name) for name in task.targets]),
        ("CLASSES", classes),
        ("CATEGORY", held.category),
        ("TEXT", held.text),
        ("DATE", held.date),
        ("CROSSED", crossed(recipe, held)),
        ("PAIRS", recipe.pairs),
        ("UNREAD", _unread(recipe, held, scene)),
        ("PREDICTED", [column for column in task.submission_columns if column != task.id_column]),
        ("HALVES", Name("np.arange(len(CLASSES) - 1) + 0.5")),
        ("STEPS", Name("np.geomspace(0.1, 10, 41)")),
        ("CORES", Name('int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)')),
    ]
    lines = [rendered(literal(value), f"{name} = ") for name, value in values if name in used]
    return "\n".join([*lines, "STARTED = time.monotonic()"])


def _unread(recipe: Recipe, held: Roles, scene: Scene) -> list[str]:
    """Columns of the test table that are no features."""
    read = {*held.category, *held.text, *held.date}
    left = [c.name for c in scene.columns if c.kind in ("text", "date") and c.name not in read]
    files = [scene.task.row_files.column] if scene.task.row_files else []
    names = [*([scene.task.id_column] if scene.task.id_column else []), *files, *scene.useless, *recipe.drop, *left]
    return [name for name in dict.fromkeys(names) if name not in scene.task.targets]


def _make(name: str, member: Member, recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> str:
    """The function that makes a member's untrained model."""
    chain = steps(member, recipe, held, scene, imports)
    made = model(member, recipe, held, scene, imports)
    if chain:
        imports.name("sklearn.pipeline", "make_pipeline")
        lines = [rendered(call("make_pipeline", *chain, made), "return ", 1)]
        if not held.numeric_only:
            lines = [
                rendered(chain[0], "columns = ", 1),
                rendered(made, "model = ", 1),
                "    return make_pipeline(columns, model)",
            ]
    else:
        lines = [rendered(made, "return ", 1)]
    return "\n".join([f"def {name}(seed):", *lines])


def _judging(metric: str, recipe: Recipe, scene: Scene, imports: Imports) -> list[str]:
    """The metric, and what it needs: decisions, and the worth that a blend is chosen by."""
    functions, extra, passed = [], "", ""
    tunes = recipe.tuned and decides(scene)
    if decides(scene):
        qwk = scene.task.metric == "qwk"
        if tunes and qwk:
            body = "return np.searchsorted(weights, p @ np.arange(len(CLASSES)))"
            extra, passed = ", weights=HALVES", ", weights"
        elif tunes:
            body, extra, passed = "return (p * weights).argmax(axis=1)", ", weights=1.0", ", weights"
        else:
            body = "return np.rint(p @ np.arange(len(CLASSES))).astype(int)" if qwk else "return p.argmax(axis=1)"
        functions.append(f"def decide(p{extra}):\n    {body}")
        metric = metric.replace("decide(p)", f"decide(p{passed})")
    head = f'def score(y, p{extra}):\n    """{scene.task.metric}."""\n'
    if ranked(scene.task.metric) and scene.probabilities:
        head += f"    hits = {hits(scene.task.metric)}\n"
    functions.append(f"{head}    return {metric}")
    if len(recipe.members) > 1 and recipe.blend == "greedy":
        if decides(scene):
            note(LOGLOSS[0], imports)
            body, why = f"score(y, p) - 0.1 * {LOGLOSS[1]}", "The score; likelihood decides between near equals"
        else:
            body, why = ("" if scene.task.higher_is_better else "-") + "score(y, p)", "Higher is better"
        functions.append(f'def worth(y, p):\n    """{why}."""\n    return {body}')
    return functions


def _combining(recipe: Recipe, scene: Scene, imports: Imports) -> list[str]:
    if len(recipe.members) < 2 or recipe.blend == "mean":
        return []
    if not stacks(recipe, scene):
        return [template("greedy")]
    imports.name("sklearn.model_selection", "cross_val_predict")
    if scene.classifies:
        imports.name("sklearn.linear_model", "LogisticRegression")
        fields = {"made": "LogisticRegression(C=0.3, max_iter=2000)", "told": ', method="predict_proba"'}
        fields |= {"rows": "np.log(np.clip(np.hstack(members), 1e-6, 1))", "predict": "predict_proba"}
    else:
        imports.name("sklearn.linear_model", "LinearRegression")
        fields = {
            "made": "LinearRegression(positive=True)",
            "told": "",
            "rows": "np.column_stack(members)",
            "predict": "predict",
        }
    return [template("stack", **fields)]


def _named_as_text(lines: list[str], column: str, kinds: list[str]) -> list[str]:
    """The lines that read the tables, with names of files kept as they are spelled: 007 is no 7."""
    if kinds:
        return [f"as_text = dict.fromkeys({' + '.join([*kinds, f'[{column}]'])}, str)", *lines[1:]]
    return [line.replace('.csv"', f'.csv", dtype={{{column}: str}}', 1) for line in lines]


def _tuned_classes(scene: Scene) -> str:
    return "1, len(CLASSES)" if len(scene.classes) == 2 else "len(CLASSES)"  # of two, one multiplier says it all


def _loading(recipe: Recipe, held: Roles, scene: Scene) -> str:
    """Reading the tables; leaves `train`, `y`, `X` and `X_test`."""
    task = scene.task
    kinds = [name for name, there in (("CATEGORY", held.category), ("TEXT", held.text), ("DATE", held.date)) if there]
    as_text = (scene.probabilities and not scene.numbered) or scene.worded_targets
    if as_text:
        kinds.append("TARGETS" if scene.several else "[TARGET]")
    dtype = ", dtype=as_text" if kinds else ""
    subset = "TARGETS" if scene.several else "[TARGET]"
    lines = [f"as_text = dict.fromkeys({' + '.join(kinds)}, str)"] if kinds else []
    lines += [
        f'train = pd.read_csv("input/train.csv"{dtype}).dropna(subset={subset})',
        f'test = pd.read_csv("input/test.csv"{dtype})',
    ]
    if task.row_files is not None:
        lines = _named_as_text(lines, quoted(task.row_files.column), kinds)
    if recipe.rows:
        lines.append("train = train.sample(min(TRAIN_ROWS, len(train)), random_state=SEED)")
    if task.row_files is not None:
        lines += reading_lines(task.row_files)
    if task.time_column:
        lines.append(
            f'order = pd.to_datetime(train[{quoted(task.time_column)}], errors="coerce").argsort(kind="stable")'
        )
        lines.append("train = train.iloc[order]")
    if scene.probabilities:
        lines.append("y = train[TARGET].map({label: code for code, label in enumerate(CLASSES)}).to_numpy(int)")
    elif scene.worded_targets:
        lines.append("y = (train[TARGETS] == POSITIVE).to_numpy(int)")
    else:
        kind = "int" if scene.classifies else "float"
        lines.append(f"y = train[{'TARGETS' if scene.several else 'TARGET'}].to_numpy({kind})")
    skipped = ["*TARGETS" if scene.several else "TARGET", *(["*UNREAD"] if _unread(recipe, held, scene) else [])]
    lines += [
        f"skipped = {{{', '.join(skipped)}}}",
        "shared = [column for column in test if column in train and column not in skipped]",
        "both = features(pd.concat([train[shared], test[shared]], ignore_index=True))",
    ]
    if held.numeric_only:
        lines.append("X, X_test = np.split(both.to_numpy(), [len(train)])")
        return "\n".join(lines)
    if crossed(recipe, held):
        lines.append('CATEGORY += [f"{one}+{other}" for one, other in combinations(CROSSED, 2)]')
    if held.number:
        rest = " + ".join(name for name, there in (("CATEGORY", held.category), ("TEXT", held.text)) if there)
        lines.append(f"NUMBER = list(both.columns.difference({rest}, sort=False))")
    lines.append("X, X_test = both.iloc[: len(train)], both.iloc[len(train) :]")
    return "\n".join(lines)
