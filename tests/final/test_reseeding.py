"""Other seeds are written where seeds are written, and nowhere else."""

import pytest

from gome.final.reseeding import MOST, STEP, reseeded

SEEDED = {
    "a constant": ("SEED = 42\n", "SEED = {}\n", 42),
    "a list": ("SEEDS = [7, 7]\n", "SEEDS = [{0}, {0}]\n", 7),
    "an argument": ("m = Forest(100, random_state=0)\n", "m = Forest(100, random_state={})\n", 0),
    "a parameter": ("p = {'bagging_seed': 3, 'depth': 4}\n", "p = {{'bagging_seed': {}, 'depth': 4}}\n", 3),
    "a function": ("np.random.default_rng(1).random(5)\n", "np.random.default_rng({}).random(5)\n", 1),
    "a default": ("def f(a, depth=3, seed=5):\n    pass\n", "def f(a, depth=3, seed={}):\n    pass\n", 5),
    "behind words of two bytes": ("x = 'ü' + f('é', random_state=9)\n", "x = 'ü' + f('é', random_state={})\n", 9),
    "a sum": ("m = Forest(random_state=42 + fold)\n", "m = Forest(random_state={} + fold)\n", 42),
    "a large one": (f"SEED = {MOST - 1}\n", "SEED = {}\n", -1),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_is_another(name):
    code, expected, seed = SEEDED[name]
    assert reseeded(code, 2) == expected.format(seed + 2 * STEP)
    assert reseeded(code, 0) == code


@pytest.mark.parametrize(
    "code", ["depth = 42\nspeed = 3\nf(42)\n", "random_state = None\nseed = True\nmodel.seed(rows)\n", "def broken(:\n"]
)
def test_other_numbers_stay(code):
    assert reseeded(code, 1) == code
