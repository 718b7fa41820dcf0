"""Shows a run while it goes on: the live view on a terminal, plain lines elsewhere. Holds up nobody."""

from collections.abc import Iterator
from contextlib import aclosing
from functools import partial
from time import time
from typing import Protocol

import anyio
import anyio.to_thread
from rich.console import Console
from rich.live import Live

from gome.cli.board import Board
from gome.cli.figures import clock, figure, gained, low
from gome.cli.output import one_line, say
from gome.cli.story import ended, story
from gome.cli.view import View
from gome.messages import (
    BudgetLow,
    DeviceSampled,
    Diagnosed,
    Envelope,
    FinalistsScored,
    Message,
    ModelBack,
    ModelDown,
    RunFinished,
    RunResumed,
    RunStarted,
    Silenced,
    StepFailed,
    TrialStarted,
)
from gome.run import Run

REFRESH_S = 0.25
LATE = 0.8  # share of a limit from which a plain line warns


class Screen(Protocol):
    """Where a run is shown."""

    async def heard(self, envelope: Envelope, board: Board) -> None:
        """Show a message that the board has just taken in."""
        ...

    async def show(self, run: Run, board: Board) -> None:
        """Keep what is shown current until cancelled."""
        ...

    def close(self) -> None:
        """Leave stderr as it was."""
        ...


class Plain:
    """One line for each event that matters."""

    async def heard(self, envelope: Envelope, board: Board) -> None:
        """Write the message's lines, if it is worth any."""
        at_s = envelope.at - (board.began or envelope.at)
        for line in lines(envelope.message, board):
            text = f"[{clock(at_s):>5}] {one_line(line)}"
            await anyio.to_thread.run_sync(say, text, abandon_on_cancel=True)  # a pipe that is full may block

    async def show(self, run: Run, board: Board) -> None:
        """Lines need no upkeep."""

    def close(self) -> None:
        """Nothing was changed."""


class Terminal:
    """The live view."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    async def heard(self, envelope: Envelope, board: Board) -> None:
        """The next refresh shows it."""

    async def show(self, run: Run, board: Board) -> None:
        """Draw the board four times a second."""
        while True:
            running = [sign.message for sign in run.bus.latest(TrialStarted)]
            samples = [sample.message for sample in run.bus.latest(DeviceSampled)]
            busy = [sample.busy for sample in samples if isinstance(sample, DeviceSampled)]
            shown = board.shown(
                time(),
                [sign for sign in running if isinstance(sign, TrialStarted)],
                sum(busy) / len(busy) if busy else None,
            )
            draw = partial(self._live.update, View(shown), refresh=True)
            await anyio.to_thread.run_sync(draw, abandon_on_cancel=True)  # a paused terminal blocks
            await anyio.sleep(REFRESH_S)

    def close(self) -> None:
        """Remove the view; what is said afterwards stands where it stood."""
        self._live.stop()


def screen(console: Console | None = None) -> Screen:
    """Return the live view where stderr is a terminal that can show it, plain lines elsewhere."""
    console = console or Console(stderr=True)
    return Terminal(console) if console.is_terminal and not console.is_dumb_terminal else Plain()


async def watch(run: Run, board: Board, on: Screen) -> None:
    """Show a run to its end. The board has then heard every message."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(on.show, run, board)
        async with aclosing(run.events()) as events:
            async for envelope in events:
                board.fold(envelope)
                if envelope.seq > run.before:  # what was said in earlier sittings was shown then
                    await on.heard(envelope, board)
        tasks.cancel_scope.cancel()


def lines(message: Message, board: Board) -> Iterator[str]:
    """Yield the plain lines of a message."""
    match message:
        case RunStarted(inferred=inferred):
            yield story(message)
            yield from inferred
        case Diagnosed():
            yield _diagnosed(message, board)
        case BudgetLow(share=share) if share >= LATE and message.spent < message.limit:
            yield low(message)
        case StepFailed() | Silenced() | ModelDown() | ModelBack() | FinalistsScored() | RunFinished() | RunResumed():
            yield story(message)
        case _:
            pass


def _diagnosed(message: Diagnosed, board: Board) -> str:
    caption = message.hypothesis.caption
    attempt = board.history.attempts[message.trial]
    if message.score is None:
        how = ended(attempt.finished) if attempt.finished else "has no score"
        return f"{message.trial} {how}: {caption}"
    gain = gained(message.gain, message.gain_noise)
    if not message.improved:
        what = f"no improvement ({gain})" if gain else message.verdict
    elif board.summary.best_changed:
        what = "the best so far" + (f" ({gain})" if gain else "")
    else:
        what = f"the best of {message.trace} so far" + (f" ({gain})" if gain else "")
    return f"{message.trial} scores {figure(message.score)}, {what}: {caption}"
