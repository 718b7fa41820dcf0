"""What a merge is to do, as a hypothesis."""

from collections.abc import Sequence

from gome.messages import Hypothesis


def merging(parent: str, others: Sequence[str]) -> Hypothesis:
    """Return the hypothesis that a solution gains from what the others do differently."""
    other = " and ".join(others)
    return Hypothesis(
        caption=f"Merge {parent} with {other}",
        statement=f"Keep {parent} as it is and bring in what {other} does differently; blend what both predict.",
        component="ensemble",
        move=f"merge:{'+'.join(others)}",
        effect=0.5,
    )
