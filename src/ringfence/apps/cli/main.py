"""`ringfence VERB`: the verbs, and what every verb does with a person's mistake.

Exit status: 0 proved or done, 1 not proved, 2 input not understood, 3 the machine lacks something,
130 interrupted, 141 nobody read the output to its end.
"""

import errno
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module

import typer

from ringfence.apps.cli.exits import INPUT, INTERRUPTED, LACKING, OUTPUT_UNREAD
from ringfence.lab.privilege import LabUnavailable
from ringfence.model.errors import InputError
from ringfence.model.printable import printable

# Each is a module of this package with a `command`. Only the one asked for is imported: all of them together
# take longer to import than a proof takes.
VERBS = (
    "prove",
    "serve",
    "phone",
    "check",
    "explain",
    "learn",
    "flows",
    "rules",
    "decode",
    "why",
    "schema",
    "site",
)
_MOST_ERRORS = 20  # of one file on one screen
_UNWRITABLE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EFBIG}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line (or `arguments`); a person's mistake ends in a sentence, never a traceback.

    Always ends in SystemExit with one of the statuses above.
    """
    given = sys.argv[1:] if arguments is None else arguments
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - closed by the shell
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    try:
        app = _app(given)
        if signal.getsignal(signal.SIGINT) not in {signal.SIG_IGN, signal.SIG_DFL}:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        app(given)
    except InputError as error:
        for each in (error, *error.others[: _MOST_ERRORS - 1]):
            _complain(str(each), each.remedy)
        if len(error.others) >= _MOST_ERRORS:
            _complain(f"and {len(error.others) - _MOST_ERRORS + 1} more mistakes", "")
        sys.exit(INPUT)
    except LabUnavailable as error:
        _complain(str(error), "")
        sys.exit(LACKING)
    except SystemExit as ended:
        # The command line library turns Ctrl-C into this status without a word.
        if ended.code == INTERRUPTED:
            _complain("interrupted; nothing was left behind", "")
        raise


def _app(given: list[str]) -> typer.Typer:
    app = typer.Typer(
        name="ringfence",
        help="Gets H.323 handsets registered through a firewall with exactly the rules they need.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
    )
    # A callback keeps a lone verb a verb.
    app.callback()(lambda: None)
    asked = given[0] if given else ""
    for verb in (asked,) if asked in VERBS else VERBS:
        app.command(verb)(_heard(import_module(f"ringfence.apps.cli.{verb}").command))
    return app


def _heard(command: Callable[..., None]) -> Callable[..., None]:
    """The command, ended with a status and a sentence where its output cannot be written."""

    @wraps(command)
    def run(*given: object, **named: object) -> None:
        try:
            try:
                command(*given, **named)
            finally:
                sys.stdout.flush()
        except OSError as error:
            # An error of a file bears its name; what has none is about our own output.
            if error.filename is not None or error.errno not in _UNWRITABLE:
                raise
            # What could not be written would be tried again, and fail again, when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            if error.errno == errno.EPIPE:  # the reader went away: ringfence flows | head
                raise SystemExit(OUTPUT_UNREAD) from None
            _complain(f"the output cannot be written: {error.strerror}", "")
            raise SystemExit(LACKING) from None

    return run


def _complain(what: str, remedy: str) -> None:
    """What is quoted from files and packets is shown, not obeyed."""
    for line in f"ringfence: {what}".split("\n"):
        print(printable(line), file=sys.stderr)
    if remedy:
        print(f"  -> {printable(remedy)}", file=sys.stderr)
