"""Source of what a script computes from its columns before any model sees them; labels play no part in it."""

from gome.expert.columns import Roles
from gome.expert.printer import quoted
from gome.expert.recipe import Recipe
from gome.expert.scene import Scene

PARTS = ("year", "month", "day", "day_of_week", "hour")
CYCLES = (("month", 12), ("day_of_week", 7), ("hour", 24))
MOST_GROUPS = 3  # categories and numbers whose means by group are added
MOST_CROSSES = 4  # categories that are paired


def feature_code(recipe: Recipe, held: Roles, scene: Scene) -> str:
    """The function `features(both)`; its lines are in the order in which they depend on each other."""
    lines: list[str] = []
    if recipe.gaps:
        lines += ['    both["gaps"] = both.isna().sum(axis=1)']
    if held.date:
        lines += _dates(recipe)
    if recipe.text_sizes and held.text:
        lines += [
            "    for column in TEXT:",
            '        both[f"{column}_characters"] = both[column].str.len()',
            '        both[f"{column}_words"] = both[column].str.count(r"\\S+")',
        ]
    kinds = [name for name, there in (("CATEGORY", held.category), ("TEXT", held.text)) if there]
    if held.category:
        lines.append('    both[CATEGORY] = both[CATEGORY].fillna("missing")')
    if held.text:
        lines += [
            "    for column in TEXT:  # a text without a word would leave nothing to count",
            '        has_words = both[column].str.contains(r"\\w\\w", na=False)',
            '        both[column] = both[column].where(has_words, "missing text")',
        ]
    if held.number:
        rest = "both.columns" if not kinds else f"both.columns.difference({' + '.join(kinds)}, sort=False)"
        lines.append(f"    numbers = {rest}")
        lines.append('    both[numbers] = both[numbers].apply(pd.to_numeric, errors="coerce").astype(float)')
        lines.append("    both[numbers] = both[numbers].replace([np.inf, -np.inf], np.nan).clip(-LARGEST, LARGEST)")
    if recipe.aggregates and held.category:
        lines += _aggregates(recipe, scene)
    if recipe.counts and held.category:
        lines += [
            "    for column in CATEGORY:",
            '        both[f"{column}_count"] = both[column].map(both[column].value_counts()).astype(float)',
        ]
    if recipe.pairs:
        lines += [
            "    for one, other in combinations(PAIRS, 2):",
            "        ratio = both[one] / both[other].replace(0, np.nan)",
            '        both[f"{one}_per_{other}"] = ratio.clip(-LARGEST, LARGEST)',
            '        both[f"{one}_less_{other}"] = both[one] - both[other]',
        ]
    if crossed(recipe, held):
        lines += [
            "    for one, other in combinations(CROSSED, 2):",
            '        both[f"{one}+{other}"] = both[one] + "+" + both[other]',
        ]
    whole = '"""Columns for the models, of train and test rows alike; nothing here looks at the target."""'
    return "\n".join(["def features(both):", f"    {whole}", *lines, "    return both"])


def crossed(recipe: Recipe, held: Roles) -> tuple[str, ...]:
    """Categories that the script pairs."""
    names = held.category[:MOST_CROSSES]
    return names if recipe.crosses and len(names) > 1 else ()


def _dates(recipe: Recipe) -> list[str]:
    lines = [
        "    for column in DATE:",
        '        when = pd.to_datetime(both.pop(column), errors="coerce", format="mixed", utc=True)',
        f"        for part in ({', '.join(quoted(part) for part in PARTS)}):",
        '            both[f"{column}_{part}"] = getattr(when.dt, part)',
        '        both[f"{column}_days"] = (when - when.min()).dt.total_seconds() / 86_400',
    ]
    if recipe.dates == "cyclic":
        cycles = ", ".join(f"({quoted(part)}, {length})" for part, length in CYCLES)
        lines += [
            f"        for part, length in ({cycles}):",
            '            turn = 2 * np.pi * both[f"{column}_{part}"] / length',
            '            both[f"{column}_{part}_sin"] = np.sin(turn)',
            '            both[f"{column}_{part}_cos"] = np.cos(turn)',
        ]
    return lines


def _aggregates(recipe: Recipe, scene: Scene) -> list[str]:
    groups = [c.name for c in scene.columns if c.kind == "category" and c.name not in recipe.drop][:MOST_GROUPS]
    numbers = [name for name in scene.named("numeric") if name not in recipe.drop][:MOST_GROUPS]
    if not groups or not numbers:
        return []
    return [
        f"    for group in [{', '.join(map(quoted, groups))}]:",
        f"        for column in [{', '.join(map(quoted, numbers))}]:",
        '            mean = both.groupby(group)[column].transform("mean")',
        '            both[f"{column}_mean_by_{group}"] = mean',
        '            both[f"{column}_against_{group}"] = both[column] - mean',
    ]
