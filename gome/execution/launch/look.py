"""A look that may take long, by a thread: who asks has a deadline to see to, and is held up by nothing that hangs."""

import _thread
import time
from collections.abc import Callable

LONGEST_S = 0.5  # pause: what is looked at may grow meanwhile


class Look:
    """Remembers what the last look that came to its end said."""

    def __init__(self, pause: float) -> None:
        """Take how long to pause after a look, in times that it took."""
        self.pause, self.said, self.goes_on, self.not_before = pause, "", False, 0.0

    def ask(self, look: Callable[[], str], *, is_due: bool = False) -> str:
        """Begin with another where none goes on, and where it is due or not too soon; return what the last one said."""
        if not self.goes_on and (is_due or time.monotonic() >= self.not_before):
            self.goes_on = True
            _thread.start_new_thread(self._take, (look,))
        return self.said

    def _take(self, look: Callable[[], str]) -> None:
        began = time.monotonic()
        try:
            self.said = look()
        finally:
            ended = time.monotonic()
            self.not_before = ended + min(self.pause * (ended - began), LONGEST_S)
            self.goes_on = False
