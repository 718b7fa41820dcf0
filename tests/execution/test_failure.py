"""Why a program failed, in one line."""

import pytest

from gome.execution.failure import LONGEST, exit_line, signal_line

TRACEBACK = 'Traceback (most recent call last):\n  File "solution.py", line 1, in <module>\n    f()\n'


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        pytest.param("", "exit code 1", id="nothing"),
        pytest.param(f"{TRACEBACK}ValueError: bad\n", "ValueError: bad", id="exception"),
        pytest.param(f"{TRACEBACK}ValueError: bad\nsee https://x.org\n", "ValueError: bad", id="two lines"),
        pytest.param(f"{TRACEBACK}KeyError: 1\n\nDuring ...\n\n{TRACEBACK}OSError\n", "OSError", id="chained"),
        pytest.param(
            f"{TRACEBACK}RuntimeError: Caught TypeError in worker 0.\nOriginal {TRACEBACK}TypeError: real\n",
            "TypeError: real",
            id="from a worker process",
        ),
        pytest.param(
            f"{TRACEBACK}ValueError: bad\nException ignored in: <f>\n{TRACEBACK}OSError: late\n",
            "ValueError: bad",
            id="ignored exception after it",
        ),
        pytest.param('  File "s.py", line 1\n    f(\n     ^\nSyntaxError: open\n', "SyntaxError: open", id="syntax"),
        pytest.param("x.py:3: UserWarning: old\n  warn()\n", "exit code 1: warn()", id="only a warning"),
        pytest.param("...\n    f()\na.b.OddError: x\n[joblib] bye\n", "a.b.OddError: x", id="header cut off"),
        pytest.param(TRACEBACK, "exit code 1: f()", id="cut off at the end"),
        pytest.param("\r\n\r\nno data\r\n", "exit code 1: no data", id="carriage returns"),
    ],
)
def test_exit_line(stderr, line):
    """The exception that ended the program is named; without one, the exit code and the last words."""
    assert exit_line(1, stderr) == line


def test_a_long_line_is_cut():
    """A message with a table in it stays a line."""
    assert len(exit_line(1, f"{TRACEBACK}ValueError: {'x' * 9000}")) == LONGEST


def test_signal_line():
    """Signals have names; some only have numbers."""
    assert signal_line(11) == "killed by SIGSEGV"
    assert signal_line(40) == "killed by signal 40"
