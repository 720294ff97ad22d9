"""`ringfence VERB`: the verbs, and what every verb does with a person's mistake.

The exit statuses are in `exits`.
"""

import errno
import gc
import os
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from ringfence import __version__
from ringfence.apps.cli.exits import INPUT, INTERRUPTED, LACKING, OK, OUTPUT_UNREAD
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.errors import InputError
from ringfence.model.printable import printable

# Each is a module of this package with a `command`, and the beginning of what that says of itself. Only the
# one asked for is imported: all of them together take longer to import than a proof takes.
VERBS = {
    "prove": "Boot a handset through the firewall with these rules only",
    "simulate": "Let power return to thousands of phones of a site, in virtual time",
    "serve": "Run the gatekeeper, file server, DHCP server or relay of a site",
    "status": "Say what a running serve holds: registrations, leases",
    "phone": "Register emulated handsets with a gatekeeper that is there",
    "walk": "Play the servers at one end of a production firewall and a handset",
    "check": "Say whether handsets can register through a running configuration",
    "explain": "Judge captures: a line per handset, worst first, where it stops",
    "learn": "Propose a site file: roles, who opens what",
    "flows": "Print every flow from power-up to registered and kept alive",
    "rules": "Print the rules for one kind of firewall",
    "dhcp": "Print what the DHCP servers and relay agents of a site need",
    "option": "Say what a phone does with an option 242/176 string",
    "init": "Write a site file from answers, or from flags",
    "decode": "Print one RAS, call-signalling, H.245 or DHCP message as a tree",
    "why": "Explain a finding: what it means, and what to check first",
    "schema": "Print the JSON Schema of a site file, for editors and checks",
    "site": "Print a site file of the first edition as the second edition",
    "man": "Print the manual page of a verb",
    "completion": "Print what completes verbs and flags in your shell",
}
_INTERRUPTED = "interrupted; everything was cleaned up"
_MOST_ERRORS = 20  # of one file on one screen
_UNWRITABLE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EFBIG}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line (or `arguments`); a person's mistake ends in a sentence, never a traceback.

    Always ends in SystemExit with one of the statuses of `exits`.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - closed by the shell
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    try:
        sys.exit(_COMMAND_LINE.main(arguments, prog_name="ringfence", standalone_mode=False) or OK)
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        sys.exit(asked.exit_code)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "ringfence"
        verb = path.removeprefix("ringfence").lstrip()
        said = f"{verb}: {error.format_message()}" if verb else error.format_message()
        _complain(said, f"`{path} --help` shows what it takes")
        sys.exit(INPUT)
    except InputError as error:
        for each in (error, *error.others[: _MOST_ERRORS - 1]):
            _complain(str(each), each.remedy)
        if len(error.others) >= _MOST_ERRORS:
            _complain(f"and {len(error.others) - _MOST_ERRORS + 1} more mistakes", "")
        sys.exit(INPUT)
    except LabUnavailable as error:
        _complain(str(error), "")
        sys.exit(LACKING)
    except click.Abort:  # Ctrl-C, as the command line library has it
        _complain(_INTERRUPTED, "")
        sys.exit(INTERRUPTED)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _complain(_INTERRUPTED, "")
        raise


class _CommandLine(click.Group):
    """The verbs, each imported when it is wanted.

    Where its output cannot be written, it ends with a status and a sentence.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"ringfence.apps.cli.{cmd_name}").command
        if not gc.isenabled():  # see `entry`
            gc.freeze()
            gc.enable()
        # The end of what `entry` does with Ctrl-C.
        if signal.getsignal(signal.SIGINT) not in {signal.SIG_IGN, signal.SIG_DFL}:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not args[0].startswith("-"):
            close = get_close_matches(args[0], VERBS, n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise click.UsageError(f"there is no verb {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                super().invoke(ctx)
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


def _version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        click.echo(f"ringfence {__version__}")
        context.exit()


_COMMAND_LINE = _CommandLine(
    name="ringfence",
    help="Gets H.323 handsets registered through a firewall with exactly the rules they need.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Print the version and exit.",
        )
    ],
)


def _complain(what: str, remedy: str) -> None:
    """What is quoted from files and packets is shown, not obeyed."""
    for line in f"ringfence: {what}".split("\n"):
        print(printable(line), file=sys.stderr)
    if remedy:
        print(f"  -> {printable(remedy)}", file=sys.stderr)
