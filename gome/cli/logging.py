"""The log for people: warnings and above on stderr, without garbling the live view."""

import sys


class Stderr:
    """Whatever stderr is at the moment of writing: the live view puts its own in place while it is shown."""

    def write(self, text: str) -> int:
        """Write to stderr. Returns the number of characters."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush stderr."""
        sys.stderr.flush()


def configure(verbosity: int) -> None:
    """Show warnings and above; with verbosity 1 what happens, with 2 everything."""
    import logging

    import structlog

    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    stderr = Stderr()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(stderr),  # type: ignore[arg-type]  # it writes and flushes
    )
