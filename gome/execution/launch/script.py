"""solution.py in this very process, a fork of a worker's: what `python solution.py` would do, its imports done."""

import atexit
import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import types
from importlib.machinery import SourceFileLoader
from typing import NoReturn

from .fork import Fork
from .order import Order


def run(order: Order, fork: Fork) -> NoReturn:
    """Run the program and end as it does, by whatever way.

    Args:
        order: of which it needs to know its environment; the rest is no secret.
        fork: this process.
    """
    folder, variables = order.folder, order.variables
    fork.close_others()
    os.environ.update(variables)  # what libraries have added stays, as they would add it again
    sys.argv[:] = ["solution.py"]
    sys.orig_argv[:] = [sys.executable, "solution.py"]
    sys.path.insert(0, folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == __package__]:
        del sys.modules[name]
    _as_after_an_exec()
    _reseed()
    os._exit(_finished(_ended(f"{folder}/solution.py")))


def _as_after_an_exec() -> None:
    """Handle signals as a new interpreter does, and forget what was looked up in another environment."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    if tempfile := sys.modules.get("tempfile"):
        vars(tempfile)["tempdir"] = None


def _reseed() -> None:
    """Give each fork random numbers of its own; `random` does so by itself."""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if torch := sys.modules.get("torch"):
        torch.default_generator.seed()


def _ended(path: str) -> int:
    """Run the file as the main module and return its exit code, after saying why where it failed."""
    main = types.ModuleType("__main__")
    main.__dict__.update(
        __builtins__=sys.modules["builtins"],
        __file__=path,
        __cached__=None,
        __annotations__={},
        __loader__=SourceFileLoader("__main__", path),
    )
    sys.modules["__main__"] = main
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, main.__dict__)  # noqa: S102 - that is what a worker is for
    except SystemExit as exit_:
        return _code_of(exit_.code)
    except FileNotFoundError as error:
        if error.filename != path or (error.__traceback__ and error.__traceback__.tb_next):
            return _failed(error)
        sys.stderr.write(f"{sys.executable}: can't open file {path!r}: [Errno 2] No such file or directory\n")
        return 2
    except KeyboardInterrupt as error:
        _failed(error)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return 1
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
        return _failed(error)
    return 0


def _finished(code: int) -> int:
    """Do what an interpreter does at its end, short of taking apart what was imported; return the exit code."""
    threading._shutdown()  # type: ignore[attr-defined]
    with contextlib.suppress(BaseException):  # it has said what was wrong
        atexit._run_exitfuncs()
    variables = vars(sys.modules["__main__"])
    for name in [name for name in variables if name != "__builtins__"]:
        variables[name] = None  # files that the program left open are written to their ends
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            code = code or 120
    ctypes.CDLL(None).fflush(None)  # what libraries in C have printed
    return code


def _failed(error: BaseException) -> int:
    """Say what the program did not handle, without the frame that is ours."""
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
    sys.excepthook(type(error), error, error.__traceback__)
    return 1


def _code_of(said: object) -> int:
    """The exit code that an argument of sys.exit means."""
    if said is None:
        return 0
    if isinstance(said, int):
        return said & 0xFF
    sys.stderr.write(f"{said}\n")
    return 1
