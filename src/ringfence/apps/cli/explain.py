"""`ringfence explain CAP [CAP]`, or `--many CAP...`: where registration stops, and why."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from socket import if_nameindex
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

import click

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.explaining.result import ExplainDocument, ExplainRequest, ExplainResult
from ringfence.apps.cli.explaining.screen import print_explanation, print_handset, print_legs, print_rules
from ringfence.apps.cli.screen import console, print_json, progress_bar, progress_console
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.explanation import certain
from ringfence.model.defaults import UDP_STREAM_STATE
from ringfence.model.errors import InputError

if TYPE_CHECKING:
    from ringfence.firewalls.common.document import Rendered


@click.command()
@click.argument(
    "captures",
    nargs=-1,
    type=click.Path(path_type=Path),
    help="One capture, one from each side of the firewall, or with --many any number.",
    metavar="CAP [CAP...]",
)
@click.option(
    "--handset",
    default="",
    help="Only this handset, with its message ladder: MAC, IP address or extension, or its beginning.",
)
@click.option(
    "--for",
    "target",
    default="",
    help="Write the missing rules for this firewall; `ringfence rules --help` lists the names.",
)
@click.option(
    "--state-timeout",
    default=UDP_STREAM_STATE,
    show_default=True,
    type=click.FloatRange(min=1.0),
    help="The firewall's UDP state timeout, in seconds.",
)
@click.option(
    "--clock-offset", type=float, help="Seconds by which the second clock is ahead; default: measured."
)
@click.option("--json", is_flag=True, help="The whole report as JSON.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write a CSV row per handset to this file.")
@click.option(
    "--calls",
    "calls_csv",
    type=click.Path(path_type=Path),
    help="Write a CSV row per call and media direction to this file.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write a self-contained HTML report for a change ticket to this file.",
)
@click.option(
    "--parquet",
    type=click.Path(path_type=Path),
    help="The same as Parquet; with --many a row per event (needs pyarrow).",
)
@click.option(
    "--follow",
    "follow_",
    is_flag=True,
    help="Keep reading while the file grows (tcpdump -U -w FILE); Ctrl-C stops.",
)
@click.option(
    "--interface",
    "-i",
    default="",
    help="Listen on this interface, like --follow; needs root or CAP_NET_RAW.",
)
@click.option("--seconds", type=click.FloatRange(min=0.1), help="With -i: stop after this many seconds.")
@click.option("--promiscuous", is_flag=True, help="With -i: promiscuous mode, for a mirror port.")
@click.option("--many", is_flag=True, help="The captures are parts of one: a ring buffer, or all of a site.")
@click.option(
    "--workers",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Processes for --many; 0: one per processor.",
)
@click.option(
    "--scheduler", default="", help="Dask cluster for --many, tcp://HOST:8786 (needs ringfence[bulk])."
)
def command(
    captures: tuple[Path, ...],
    handset: str,
    target: str,
    state_timeout: float,
    clock_offset: float | None,
    json: bool,
    csv: Path | None,
    calls_csv: Path | None,
    html: Path | None,
    parquet: Path | None,
    follow_: bool,
    interface: str,
    seconds: float | None,
    promiscuous: bool,
    many: bool,
    workers: int,
    scheduler: str,
) -> None:
    """Judge captures: a line per handset, worst first, where it stops, why, and what to check first."""
    _check_writer(target)
    _check_live(captures, interface, seconds, promiscuous, many=many, offset=clock_offset is not None)
    if many:
        _refuse_with_many(handset, target, html or calls_csv, follow_, clock_offset, state_timeout)
        part = _part("many")
        sys.exit(
            part.explain_many(part.Many(captures, workers, scheduler), json=json, csv=csv, parquet=parquet)
        )
    if workers or scheduler:
        raise InputError("are for --many", where="--workers, --scheduler", remedy="add --many")
    # What changes meanwhile goes where nothing else is read by a program.
    changes = progress_console() if json else console()
    shown = None if (json or html) and not handset else handset
    request = ExplainRequest(captures, state_timeout, clock_offset, shown)
    if interface:
        part = _part("live")
        live = part.LiveCapture(interface, state_timeout, seconds, promiscuous)
        result = part.listen(live, changes, progress_console())
    else:
        result = _part("follow").follow(request, changes) if follow_ else _answer(request)
    files = {"csv": csv, "parquet": parquet, "html": html, "calls": calls_csv}
    _output(result, target, files, json=json, handset=handset)


def _part(name: str) -> ModuleType:
    """Who only reads captures does not wait for what listens, reads many, or writes files and rules: that is
    half of the start-up."""
    return import_module(f"ringfence.apps.cli.explaining.{name}")


def _output(
    answer: ExplainResult, target: str, files: dict[str, Path | None], *, json: bool, handset: str
) -> NoReturn:
    if handset:
        answer = answer.only(handset)
    elif json or files["html"] is not None:
        answer = answer.in_full()
    rules, refusal = _rules(answer, target)
    if any(files.values()):
        _part("written").write_files(answer, rules, **files)
    if json:
        document: ExplainDocument = {"explanation": answer.shown, "rules": rules}
        print_json(document, provenance_of())
    else:
        console().print(str(provenance_of()), soft_wrap=True)
        _print(answer, rules, in_full=bool(handset))
    if refusal is not None:
        raise refusal
    sys.exit(OK if answer.shown.healthy else NOT_PROVED)


def _rules(answer: ExplainResult, target: str) -> "tuple[Rendered | None, InputError | None]":
    """What the target cannot say is no reason to keep the explanation back."""
    if not target:
        return None, None
    try:
        return _part("rules").rendered(answer.legs, target), None
    except InputError as error:
        remedy = f"ringfence rules --for {target} --widen writes wider rules, and says how much wider"
        return None, InputError(error.what, where=error.where, remedy=remedy)


def _check_live(
    captures: Sequence[Path],
    interface: str,
    seconds: float | None,
    promiscuous: bool,
    *,
    many: bool,
    offset: bool,
) -> None:
    if not interface:
        if seconds is not None or promiscuous:
            raise InputError(
                "are for an interface", where="--seconds, --promiscuous", remedy="name one with -i"
            )
        if not captures:
            raise InputError("no capture is given", where="explain", remedy="name a file, or -i INTERFACE")
        interfaces = {name for _, name in if_nameindex()}
        for path in captures:
            if str(path) in interfaces and not path.exists():
                raise InputError("is an interface, not a file", where=str(path), remedy=f"explain -i {path}")
    elif captures or many or offset:
        raise InputError(
            "cannot go with capture files, --many or --clock-offset",
            where="--interface",
            remedy="listen first, then explain files",
        )


def _check_writer(target: str) -> None:
    if target:
        _part("rules").target_named(target)


def _refuse_with_many(
    handset: str,
    target: str,
    file: Path | None,
    following: bool,
    clock_offset: float | None,
    state_timeout: float,
) -> None:
    """What takes one capture, or one from each side, has no meaning for a heap of them."""
    given = {
        "--handset": bool(handset),
        "--for": bool(target),
        "--html, --calls": file is not None,
        "--follow": following,
        "--clock-offset": clock_offset is not None,
        "--state-timeout": state_timeout != UDP_STREAM_STATE,
    }
    for option, is_there in given.items():
        if is_there:
            raise InputError("cannot go with --many", where=option, remedy="explain one of the files with it")


def _answer(question: ExplainRequest) -> ExplainResult:
    """Read and judge; on a terminal with a bar of octets.

    How many handsets there are is known when all is judged, for which a usual capture takes longer than to be
    read.
    """
    if not sys.stderr.isatty():
        return question.answer()
    with progress_bar() as bar:
        sizes = [_size(path) for path in question.captures]
        names = [path.name for path in question.captures]
        tasks = [bar.add_task(name, total=size) for name, size in zip(names, sizes, strict=True)]

        def progress(number: int, octets: int) -> None:
            whole = octets == sizes[number]
            words = f"{names[number]}, judging" if whole else names[number]
            bar.update(tasks[number], completed=octets, description=words)

        return question.answer(progress)


def _size(path: Path) -> int | None:
    """None where it has no size, as a pipe has not, or cannot be known."""
    try:
        return path.stat().st_size or None
    except OSError:
        return None


def _print(answer: ExplainResult, rules: "Rendered | None", *, in_full: bool) -> None:
    out = console()
    if in_full:
        for shown, timeline in zip(answer.shown.handsets, answer.timelines, strict=True):
            print_handset(out, shown, timeline)
        print_legs(out, answer.shown.legs)
    else:
        print_explanation(out, answer.shown)
    if rules is not None:
        print_rules(out, progress_console(), rules, certain=bool(certain(answer.legs)))
