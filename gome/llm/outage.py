"""A dead endpoint: whoever asks it waits, one looks whether it is back, and it is said once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from gome.errors import AttemptFailed, BudgetExceeded, ModelUnavailable
from gome.llm import Site
from gome.llm.retry import LONGEST_AFTER_S, SLOW
from gome.messages import ModelBack, ModelDown, StopRequested

FIRST_LOOK_S = 5.0  # after it was found dead
LONGEST_LOOK_S = 60.0
REFUSED_S = 1800.0  # after which a key that opens nothing, or an account without credit, is not waited for any longer
DOUBTFUL = ("server_error", "unreachable", "not_json", *SLOW)  # may also be about one question alone
SHUT = ("unauthorized", "no_credit")  # somebody has to mend it
Outcome = TypeVar("Outcome")


class Outage:
    """Whether an endpoint is down. While it is, questions wait here, never longer than the run has time for steps."""

    def __init__(self, endpoint: str, site: Site, *, spare: str = "") -> None:
        """Begin with an endpoint that is thought to be alive.

        Args:
            endpoint: host.
            site: of the run.
            spare: who answers meanwhile; empty where nobody does.
        """
        self._endpoint, self._site, self._spare = endpoint, site, spare
        self._turn = anyio.Lock()
        self._since: float | None = None
        self._cause = ""  # outcome of what began it
        self._given_up = False
        self._look_at, self._look_s = 0.0, FIRST_LOOK_S

    @property
    def doubtful(self) -> bool:
        """Whether it is down for a reason that could be a question's own."""
        return self._since is not None and self._cause in DOUBTFUL

    async def through(self, perform: Callable[[bool], Awaitable[Outcome]]) -> Outcome:
        """Return what `perform` returns; it is told whether it may be patient.

        Raises:
            ModelUnavailable: not for lack of an endpoint; or it is down and there is somebody else to ask.
            BudgetExceeded: the time for steps is over.
        """
        while True:
            if self._since is None:
                try:
                    return await perform(True)  # noqa: FBT003 - the one argument of a callback
                except AttemptFailed as failure:
                    if not failure.dead:
                        raise
                    self._begin(failure)
            if self._spare and (anyio.current_time() < self._look_at or self._turn.locked()):
                raise ModelUnavailable(f"{self._endpoint} is down")
            async with self._turn:
                if self._since is not None:
                    await self._until_look()
                    found, outcome = await self._look(perform)
                    if found:
                        assert outcome is not None, "an answer was found"
                        return outcome

    async def _look(self, perform: Callable[[bool], Awaitable[Outcome]]) -> tuple[bool, Outcome | None]:
        try:
            outcome = await perform(False)  # noqa: FBT003 - the one argument of a callback
        except AttemptFailed as failure:
            if failure.dead:
                self._postpone(failure)
                return False, None
            self._end()
            raise
        self._end()
        return True, outcome

    async def _until_look(self) -> None:
        """Wait until it is time to look. Raises BudgetExceeded when the run has no time left for steps."""
        while (wait_s := self._look_at - anyio.current_time()) > 0:
            check_time(self._site)
            await anyio.sleep(min(wait_s, max(self._site.left_s(), 0.0), LONGEST_LOOK_S))
        check_time(self._site)

    def _begin(self, failure: AttemptFailed) -> None:
        if self._since is None:
            self._since, self._look_s, self._cause = anyio.current_time(), FIRST_LOOK_S, failure.outcome
            self._look_at = self._since + max(FIRST_LOOK_S, _after_s(failure))
            self._site.report(ModelDown(endpoint=self._endpoint, reason=str(failure), spare=self._spare))

    def _postpone(self, failure: AttemptFailed) -> None:
        now = anyio.current_time()
        self._look_s = min(2.0 * self._look_s, LONGEST_LOOK_S)
        self._look_at = now + max(self._look_s, _after_s(failure))
        assert self._since is not None, "down"
        if failure.outcome in SHUT and now - self._since >= REFUSED_S and not self._given_up:
            self._given_up = True
            told = f"{self._endpoint} has let nobody in for {(now - self._since) / 60:.0f} min: {failure}"
            self._site.report(StopRequested(reason=told))

    def _end(self) -> None:
        assert self._since is not None, "down"
        down_s = anyio.current_time() - self._since
        self._since = None
        self._site.report(ModelBack(endpoint=self._endpoint, down_s=round(down_s, 3)))


def _after_s(failure: AttemptFailed) -> float:
    return min(failure.after_s or 0.0, LONGEST_AFTER_S)


def check_time(site: Site) -> None:
    """Raise BudgetExceeded when the run has no time left for steps: the rest is kept for its end."""
    if site.left_s() <= 0:
        raise out_of_time(site)


def out_of_time(site: Site) -> BudgetExceeded:
    """Return the error of a run that has no time left for steps."""
    limit = site.ledger.limit("wall_s") or 0.0
    return BudgetExceeded("wall_s", spent=limit - min(site.left_s(), 0.0), limit=limit)
