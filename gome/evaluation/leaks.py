"""Columns that tell the target too well to be true, and are not alike in the test table."""

from gome.messages import Column, Profile

TELLS = 0.9  # association with the target, 0 to 1, from which a column's likeness in test matters
UNLIKE = 0.5  # distance of its distributions in train and test


def unlike(profile: Profile) -> tuple[str, ...]:
    """In words, each column that explains the target well in training and is otherwise distributed in test.

    Held-out rows come from the training table: there such a column still has its true values, so that a score on
    them would be the leak's. A column that the test table lacks is no danger to scores: programs are not shown it
    for held-out rows either.
    """
    return tuple(
        f"{column.name} alone explains the target ({column.association:.2f} of 1) and is not alike in the test table "
        f"(distance {column.shift:.2f} of 1)"
        for column in profile.columns
        if _leaks(column)
    )


def _leaks(column: Column) -> bool:
    return column.in_test and (column.association or 0.0) >= TELLS and (column.shift or 0.0) >= UNLIKE
