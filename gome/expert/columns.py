"""How a member's columns are prepared, as source: imputation, scaling, encoding, text."""

import msgspec

from gome.expert.printer import Call, Imports, Name, call, listed, quoted, tupled
from gome.expert.recipe import BOOSTED, DENSE, TREES, Member, Recipe
from gome.expert.scene import HIGH_CARDINALITY, Scene

SEED = Name("seed")
TEXT_TERMS = 30_000  # enough for any single column of reviews; keeps a fold within a second or two
CHAR_TERMS = 50_000
SVD_WIDTH = 40
ONEHOT_DENSE = 50  # columns per category where the model needs them dense


class Roles(msgspec.Struct, frozen=True):
    """Which sorts of column the feature matrix of a script holds."""

    number: bool
    category: tuple[str, ...]  # of the tables; CATEGORY in a script may hold crosses too
    text: tuple[str, ...]
    date: tuple[str, ...]

    @property
    def numeric_only(self) -> bool:
        """Whether the matrix can be an array of floats."""
        return self.number and not self.category and not self.text


def readable(recipe: Recipe, scene: Scene) -> bool:
    """Whether the recipe leaves any column to learn from."""
    return scene.profile.omitted_columns > 0 or any(column.name not in recipe.drop for column in scene.columns)


def roles(recipe: Recipe, scene: Scene) -> Roles:
    """What the script of `recipe` deals in."""
    kept = [column for column in scene.columns if column.name not in recipe.drop]
    names = {kind: tuple(c.name for c in kept if c.kind == kind) for kind in ("numeric", "category", "text", "date")}
    only_dates = all(column.kind == "date" for column in kept) and not scene.profile.omitted_columns
    date = names["date"] if recipe.dates != "drop" or only_dates else ()
    read_text = any(member.text != "none" for member in recipe.members)
    made = bool(date) or (recipe.counts and bool(names["category"])) or recipe.gaps
    made |= recipe.text_sizes and bool(names["text"])
    number = bool(names["numeric"]) or made or scene.profile.omitted_columns > 0
    text = names["text"] if read_text or recipe.text_sizes else ()
    if not (number or names["category"] or text):
        text = names["text"]
    return Roles(number or not (names["category"] or text), names["category"], text, date)


def fitting(member: Member, held: Roles) -> Member:
    """The member with the choices that its family or the columns rule out replaced by the nearest that fit."""
    category, numeric, text = member.category, member.numeric, member.text
    if category in ("ordinal", "native") and member.family not in TREES:
        category = "onehot"
    if category == "native" and member.family not in BOOSTED:
        category = "ordinal"
    if category == "onehot" and member.family == "histgb":
        category = "native"
    if member.family == "bayes":
        numeric, category, text = "bins", "onehot", "word" if text == "svd" else text
    if numeric == "bins" and member.family in DENSE:
        numeric = "quantile"
    if member.family == "mlp" and numeric == "plain":
        numeric = "standard"  # it counts in 32 bits: the square of a large number is none
    if not held.text:
        text = "none"
    elif text == "none" and not held.number and not held.category:
        text = "word"
    if text not in ("none", "svd") and member.family in DENSE:
        text = "svd"
    return msgspec.structs.replace(member, category=category, numeric=numeric, text=text)


def steps(member: Member, recipe: Recipe, held: Roles, scene: Scene, imports: Imports) -> list[str | Call]:
    """Pipeline steps that come before the member's model; empty where it reads the columns as they are."""
    number = _numeric(member, scene, imports) if held.number else []
    if held.numeric_only:
        return number
    imports.name("sklearn.compose", "ColumnTransformer")
    parts: list[str | Call] = []
    if held.number:
        parts.append(tupled('"number"', _joined(number, imports), "NUMBER"))
    if held.category:
        parts.append(tupled('"category"', _joined(_category(member, recipe, scene, imports), imports), "CATEGORY"))
    if held.text and member.text != "none":
        parts += _text(member, held.text, imports)
    options = {"sparse_threshold": 0} if member.family in DENSE else {}
    return [call("ColumnTransformer", listed(parts), **options)]


def _joined(chain: list[str | Call], imports: Imports) -> str | Call:
    if not chain:
        return '"passthrough"'
    if len(chain) == 1:
        return chain[0]
    imports.name("sklearn.pipeline", "make_pipeline")
    return call("make_pipeline", *chain)


def _numeric(member: Member, scene: Scene, imports: Imports) -> list[str | Call]:
    if member.family in BOOSTED and member.numeric == "plain":
        return []  # they read missing values as they are
    imports.name("sklearn.impute", "SimpleImputer")
    told = {"add_indicator": True} if scene.missing and member.numeric != "plain" else {}
    chain: list[str | Call] = [call("SimpleImputer", strategy="median", keep_empty_features=True, **told)]

    def scaled(name: str, **options: object) -> None:
        imports.name("sklearn.preprocessing", name)
        chain.append(call(name, **options))

    if member.numeric in ("standard", "spline", "power"):  # the power of a huge number is none
        scaled("StandardScaler")
    if member.numeric == "spline":
        scaled("SplineTransformer", n_knots=5, extrapolation="linear", include_bias=False)
    elif member.numeric == "quantile":
        quantiles = max(10, min(1000, scene.rows // 4))
        scaled("QuantileTransformer", n_quantiles=quantiles, output_distribution="normal", random_state=SEED)
    elif member.numeric == "power":
        scaled("PowerTransformer")
    elif member.numeric == "bins":
        scaled("KBinsDiscretizer", n_bins=8, encode="onehot", subsample=None)
    return chain


def _category(member: Member, recipe: Recipe, scene: Scene, imports: Imports) -> list[str | Call]:
    if member.category == "target":
        imports.name("sklearn.preprocessing", "TargetEncoder")
        told: dict[str, object] = {}  # of several classes a fold may hold two: let it count them
        if len(scene.classes) <= 2:
            told["target_type"] = "binary" if scene.classifies else "continuous"
        if scene.version("scikit-learn") >= (1, 9):
            splitter = "StratifiedKFold" if scene.classifies else "KFold"
            imports.name("sklearn.model_selection", splitter)
            told["cv"] = Name(call(splitter, "5", shuffle=True, random_state=SEED).flat())
        else:
            told["random_state"] = SEED
        chain: list[str | Call] = [call("TargetEncoder", **told)]
        if member.family not in TREES:
            imports.name("sklearn.preprocessing", "StandardScaler")
            chain.append(call("StandardScaler"))
        return chain
    if member.category in ("ordinal", "native"):
        imports.name("sklearn.preprocessing", "OrdinalEncoder")
        bins = {"max_categories": 250} if member.category == "native" and member.family == "histgb" else {}
        rare = {"min_frequency": recipe.rare} if recipe.rare > 1 else {}
        return [call("OrdinalEncoder", handle_unknown="use_encoded_value", unknown_value=-1, **rare, **bins)]
    imports.name("sklearn.preprocessing", "OneHotEncoder")
    options: dict[str, object] = {"min_frequency": recipe.rare} if recipe.rare > 1 else {}
    if member.family in DENSE:
        options["sparse_output"] = False
        if any(column.distinct > HIGH_CARDINALITY for column in scene.columns):
            options["max_categories"] = ONEHOT_DENSE
    return [call("OneHotEncoder", handle_unknown="ignore", **options)]


def _text(member: Member, names: tuple[str, ...], imports: Imports) -> list[str | Call]:
    imports.name("sklearn.feature_extraction.text", "TfidfVectorizer")
    pair = Name("(1, 2)")
    word = call("TfidfVectorizer", sublinear_tf=True, ngram_range=pair, max_features=TEXT_TERMS)
    char = call(
        "TfidfVectorizer", analyzer="char_wb", sublinear_tf=True, ngram_range=Name("(2, 5)"), max_features=CHAR_TERMS
    )
    parts: list[str | Call] = []
    for number, name in enumerate(names):
        suffix = f"_{number}" if len(names) > 1 else ""
        if member.text in ("word", "both"):
            parts.append(tupled(f'"word{suffix}"', word, quoted(name)))
        if member.text in ("char", "both"):
            parts.append(tupled(f'"char{suffix}"', char, quoted(name)))
        if member.text == "svd":
            imports.name("sklearn.pipeline", "make_pipeline")
            topics = call("make_pipeline", word, call("Topics", str(SVD_WIDTH), random_state=SEED))
            parts.append(tupled(f'"topics{suffix}"', topics, quoted(name)))
    return parts
