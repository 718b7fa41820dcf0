"""What a solution printed about itself: claims, to be held against what the harness measures."""

import math
import re

from gome.messages import Fold

MOST_NOTES = 20
NOTE_LENGTH = 200  # characters
LINE_LENGTH = 500  # longer lines are cut: nobody prints a score at their end

NUMBER = r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<percent>\s?%)?(?![\w.])"
GAP = r"[\s:=~|,]+(?:is\s+|of\s+)?"  # between a name and its number
METRIC = (
    r"(?:score|metric|roc[ _-]auc|auc|log[ _-]?loss|loss|balanced[ _-]accuracy|accuracy|acc|f1|rmsle|rmse|mcrmse|mse|"
    r"mae|smape|mape|r2|mcc|qwk|kappa|spearman|pearson|map@?\d*|ndcg@?\d*|gini|brier|precision|recall)"
)
QUALIFIED = rf"(?:[ _-]*(?:{METRIC}|mean|average|avg|macro|micro|weighted|\([^()]{{1,40}}\)))"
VALID = r"(?:cv|oof|out[ -]of[ -]fold|valid(?:ation)?|val|hold[ -]?out|overall|final|best)"
ALONE = "(?<![a-z])"  # a word of its own, or one joined to others by underscores

AGREED = re.compile(rf"^\W*score{GAP}{NUMBER}", re.IGNORECASE)
VALIDATED = re.compile(rf"{ALONE}{VALID}{QUALIFIED}{{0,5}}{GAP}{NUMBER}", re.IGNORECASE)
NAMED = re.compile(rf"{ALONE}{METRIC}{QUALIFIED}{{0,5}}{GAP}{NUMBER}", re.IGNORECASE)
SPELT_OUT = (
    r"(?:area under the (?:roc[ -]|precision[ -]recall[ -])?curve|cross[ -]entropy|"
    r"(?:absolute|squared|percentage|log(?:arithmic)?) error)"
)
POINT = r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"
DECIMAL = rf"(?<![\w.])(?P<number>{POINT})(?P<percent>\s?%)?(?!\w|\.\d|\s+\d*\.\d)"
SPREAD = r"(?:\+/?-|±|\bs\.?d\.?|\bstd|\bse)\s*=?\s*"  # before a number that tells how sure another is
TOLD = re.compile(  # with other words between a metric and its number, the first that has a decimal point
    rf"{ALONE}(?:{METRIC}|{SPELT_OUT})\b(?:(?!{SPREAD}{POINT}|(?<![\w.]){POINT})[^\[])*{DECIMAL}", re.IGNORECASE
)
PARTIAL = r"^\W*(?:\[\d+\]|fold|epoch|iter|step|round"  # lines that speak of a part of the validation
NOT_OVERALL = re.compile(rf"{PARTIAL})", re.IGNORECASE)
NOT_VALIDATED = re.compile(rf"{PARTIAL}|.*train)", re.IGNORECASE)
NOT_TOLD = re.compile(
    rf"{PARTIAL}|block|seed|.*(?:train|fitted|baseline|median|constant|guess|(?:per|each|by) fold\b))", re.IGNORECASE
)
FOLD = re.compile(r"^\W*fold\s*#?(?P<fold>\d+)(?:\s*(?:/|of)\s*\d+)?\b(?P<rest>.*)", re.IGNORECASE)
FOLD_TRAIN = re.compile(rf"{ALONE}train(?:ing)?{QUALIFIED}{{0,3}}{GAP}{NUMBER}", re.IGNORECASE)
FOLD_VALID = re.compile(rf"{ALONE}(?:valid(?:ation)?|val|oof|test){QUALIFIED}{{0,3}}{GAP}{NUMBER}", re.IGNORECASE)
FOLD_ONLY = re.compile(rf"^\W*(?:{METRIC}\W+)?{NUMBER}", re.IGNORECASE)
NOTE = re.compile(r"^\s*note:\s*(\S.*)", re.IGNORECASE)


def claimed_score(stdout: str) -> float | None:
    """The score that the solution claims; None where it claims nothing.

    It stands in the last line `score: X`, else in the last that names a validation or a metric, such as
    "CV rmse = 0.12" or "Validation AUC: 0.913 +- 0.01", or tells one in other words, such as "MAE of the last fifth:
    4.21"; lines about one fold, epoch or step do not count.
    """
    lines = _lines(stdout)
    for pattern, never in ((AGREED, NOT_OVERALL), (VALIDATED, NOT_OVERALL), (NAMED, NOT_VALIDATED), (TOLD, NOT_TOLD)):
        for line in reversed(lines):
            found = None if never.match(line) else pattern.search(line)
            if found:
                return number(found)
    return None


def folds(stdout: str) -> tuple[Fold, ...]:
    """The lines `fold 3: train 0.99120 valid 0.95213`; where several models were validated, those of the last."""
    found: list[Fold] = []
    last = math.inf
    for line in _lines(stdout):
        fold = FOLD.match(line)
        if fold is None:
            continue
        valid = FOLD_VALID.search(fold["rest"]) or FOLD_ONLY.match(fold["rest"])
        score = number(valid)
        if score is None:
            continue
        if int(fold["fold"]) <= last:
            found = []
        last = int(fold["fold"])
        found.append(Fold(train=number(FOLD_TRAIN.search(fold["rest"])), valid=score))
    return tuple(found)


def notes(stdout: str) -> tuple[str, ...]:
    """What follows `note: ` on lines of their own: the last twenty, each once."""
    found = [note[1].strip()[:NOTE_LENGTH] for note in map(NOTE.match, _lines(stdout)) if note]
    return tuple(dict.fromkeys(found))[-MOST_NOTES:]


def _lines(stdout: str) -> list[str]:
    return [line[:LINE_LENGTH] for line in stdout.splitlines()]


def number(found: re.Match[str] | None) -> float | None:
    """Return what a match of `NUMBER` says, per cent as a share; None: there is none, or it is not finite."""
    if found is None:
        return None
    value = float(found["number"]) / (100 if found["percent"] else 1)
    return value if math.isfinite(value) else None
