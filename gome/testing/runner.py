"""A Runner that plays a script."""

from collections import deque
from collections.abc import Callable, Iterable

import anyio
import anyio.lowlevel
import msgspec

from gome.errors import ExecutionError
from gome.execution import Outcome, Program

Scripted = Outcome | ExecutionError | Callable[[Program], Outcome]


class FakeRunner:
    """Ends each program as the next line of its script says, after the seconds that this outcome took.

    A line is an outcome, an error to raise, or a function of the program, which may write into its folder
    what the program would have written. An outcome that takes longer than the program may becomes a timeout.
    """

    def __init__(self, script: Iterable[Scripted] = ()) -> None:
        self.script = deque(script)
        self.programs: list[Program] = []  # all that were run, in order

    async def run(self, program: Program, /) -> Outcome:
        """Return the next outcome of the script.

        Raises:
            ExecutionError: the script says so.
            AssertionError: the script has run out.
        """
        self.programs.append(program)
        if not self.script:
            raise AssertionError(f"the script has no outcome for {program.folder}, run number {len(self.programs)}")
        line = self.script.popleft()
        await anyio.lowlevel.checkpoint()
        if isinstance(line, ExecutionError):
            raise line
        outcome = line if isinstance(line, Outcome) else line(program)
        await anyio.sleep(min(outcome.wall_s, program.limit_s))
        if outcome.wall_s > program.limit_s:
            outcome = msgspec.structs.replace(
                outcome,
                status="timeout",
                exit_code=None,
                wall_s=program.limit_s,
                error=f"ran past its {program.limit_s:g} s",
            )
        (program.folder / "stdout.log").write_text(outcome.stdout_tail, encoding="utf-8")
        (program.folder / "stderr.log").write_text(outcome.stderr_tail, encoding="utf-8")
        return outcome
