"""A command's time by the wall."""

import subprocess
import sys
import time

from gome.cli.age import Age

ASKED = """
import time
time.sleep(0.3)  # what a command loads before it begins
from gome.cli.age import EXIT_S, SLOWEST, Age
own, called = Age(own_process=True)(), Age(own_process=False)()
print(own - EXIT_S, own - EXIT_S * SLOWEST, called)
"""


def test_a_process_of_its_own():
    """A command that is its process's own began when that was started; one that is called begins now."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    took_s = time.monotonic() - began

    most, least, called = map(float, done.stdout.split())
    assert most >= 0.28  # the system counts in hundredths
    assert least <= took_s + 0.02
    assert called < most


def test_it_goes_on():
    """It grows."""
    age = Age(own_process=False)
    assert 0 <= age() <= age()
