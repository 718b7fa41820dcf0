"""How much too good the best of several equally good options looks."""

from statistics import NormalDist

MUCH = 2.0  # standard errors: more than two honest measurements of one thing are likely to differ by
FEW_ROUNDS = 10  # numbers of trees or epochs; fewer are settings like others, more are early stopping by hand


def luck(options: int) -> float:
    """Return by how many standard errors the best of some equal options is expected to be too good (Blom 1958).

    It stays below sqrt(2 ln options). Options that resemble each other inflate less: this is the most to be expected.
    """
    return NormalDist().inv_cdf((options - 0.375) / (options + 0.25)) if options > 1 else 0.0
