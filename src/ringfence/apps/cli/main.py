"""`ringfence VERB`: the verbs, and what every verb does with a person's mistake.

Exit status: 0 proved or done, 1 not proved, 2 input not understood, 3 the machine lacks something,
130 interrupted.
"""

import sys

import typer

from ringfence.apps.cli import decode, flows, prove, rules, schema, why
from ringfence.apps.cli.exits import INPUT, INTERRUPTED, LACKING
from ringfence.lab.privilege import LabUnavailable
from ringfence.model.errors import InputError

app = typer.Typer(
    name="ringfence",
    help="Gets H.323 handsets registered through a firewall with exactly the rules they need.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for verb in (prove, flows, rules, decode, why, schema):
    app.command()(verb.command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line (or `arguments`); a person's mistake ends in a sentence, never a traceback.

    Always ends in SystemExit with one of the statuses above.
    """
    try:
        app(arguments)
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


def _complain(what: str, remedy: str) -> None:
    print(f"ringfence: {what}", file=sys.stderr)
    if remedy:
        print(f"  -> {remedy}", file=sys.stderr)
