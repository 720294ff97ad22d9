"""`ringfence VERB`: the verbs, and what every verb does with a person's mistake.

Exit status: 0 proved or done, 1 not proved, 2 input not understood, 3 the machine lacks something,
130 interrupted.
"""

import sys
from importlib import import_module

import typer

from ringfence.apps.cli.exits import INPUT, INTERRUPTED, LACKING
from ringfence.lab.privilege import LabUnavailable
from ringfence.model.errors import InputError

# Each is a module of this package with a `command`. Only the one asked for is imported: all of them together
# take longer to import than a proof takes.
VERBS = ("prove", "serve", "phone", "check", "explain", "learn", "flows", "rules", "decode", "why", "schema")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line (or `arguments`); a person's mistake ends in a sentence, never a traceback.

    Always ends in SystemExit with one of the statuses above.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        _app(given)(given)
    except InputError as error:
        _complain(str(error), error.remedy)
        sys.exit(INPUT)
    except LabUnavailable as error:
        _complain(str(error), "")
        sys.exit(LACKING)
    except SystemExit as ended:
        # The command line library turns Ctrl-C into this status without a word.
        if ended.code == INTERRUPTED:
            _complain("interrupted; nothing was left behind", "")
        raise
    except BrokenPipeError:
        # The reader of our output went away: `ringfence flows | head`.
        sys.stderr.close()
        sys.exit(0)


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
        app.command(verb)(import_module(f"ringfence.apps.cli.{verb}").command)
    return app


def _complain(what: str, remedy: str) -> None:
    print(f"ringfence: {what}", file=sys.stderr)
    if remedy:
        print(f"  -> {remedy}", file=sys.stderr)
