"""Columns: what a column of a table is, judged from its values."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from gome.messages import ColumnKind

_LOOK = 1000  # values that are looked at; kinds do not depend on more
_DATE = re.compile(
    r"^\s*(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2} [A-Za-z]{3,9}\.? \d{4})"
)
_ID_NAME = re.compile(r"^(id|key|uuid|guid|index|row)$|[_\- .](id|key|uuid|guid)$", re.IGNORECASE)
_ID_CAMEL = re.compile(r"[a-z](Id|ID)$")


def column_kind(column: pd.Series) -> ColumnKind:
    """The kind of a column. Missing values are left out of the judgement."""
    present = column.dropna()
    distinct = present.nunique()
    if distinct <= 1:
        return "constant"
    if pd.api.types.is_bool_dtype(column):
        return "category"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    unique = distinct == len(present)
    if pd.api.types.is_numeric_dtype(column):
        return "id" if unique and named_like_id(str(column.name)) else "numeric"
    texts = present.iloc[:: max(1, len(present) // _LOOK)].head(_LOOK).map(str)
    if texts.str.match(_DATE).mean() > 0.95 and as_time(texts).notna().mean() > 0.95:
        return "date"
    words = texts.str.count(r"\s+").mean() + 1
    if words >= 4 and (texts.nunique() > 0.5 * len(texts) or distinct > _LOOK):
        return "text"
    if unique and words < 1.5 and len(present) >= 20:
        return "id"
    return "category"


def named_like_id(name: str) -> bool:
    """Whether a column name announces ids: id, PassengerId, row_id, uuid, ..."""
    return bool(_ID_NAME.search(name.strip()) or _ID_CAMEL.search(name.strip()))


def as_time(column: pd.Series) -> pd.Series:
    """Moments as floats (seconds, or the column's own unit where it is numeric); NaN where there is none."""
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    texts = column if pd.api.types.is_datetime64_any_dtype(column) else column.astype("object")
    moments = pd.to_datetime(texts, errors="coerce", utc=True, format="mixed")
    seconds = (moments - pd.Timestamp(0, tz="UTC").as_unit("s")).dt.total_seconds()  # nanoseconds end in 2262
    return pd.Series(np.asarray(seconds, dtype="float64"), index=column.index, name=column.name)


def bins(column: pd.Series, kind: ColumnKind, limit: int = 20) -> npt.NDArray[np.intp]:
    """A small code for each value: quantiles of numbers and dates, else the most frequent values; missing is a code."""
    if kind in {"numeric", "date"} or (kind == "id" and pd.api.types.is_numeric_dtype(column)):
        values = as_time(column).to_numpy(dtype="float64", na_value=np.nan)
        present = values[np.isfinite(values)]
        if not len(present):
            return np.zeros(len(values), dtype=np.intp)
        distinct = np.unique(present)
        edges = (
            distinct if len(distinct) <= limit else np.unique(np.quantile(present, np.linspace(0, 1, limit + 1)[1:-1]))
        )
        codes = np.searchsorted(edges, values, side="right")
        return np.where(np.isfinite(values), codes, len(edges) + 1).astype(np.intp)
    codes, levels = pd.factorize(column.map(str, na_action="ignore"), use_na_sentinel=True)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    rank = np.empty(len(levels), dtype=np.intp)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(levels))
    keep = np.minimum(rank, 2 * limit)  # the rest shares one code
    return np.append(keep, 2 * limit + 1)[codes].astype(np.intp)
