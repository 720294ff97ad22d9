"""`ringfence explain CAP [CAP]`: where registration stops, and why."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.explain_screen import print_explanation, print_handset, print_legs, print_rules
from ringfence.apps.cli.screen import console, print_json, progress_console
from ringfence.apps.report.explained import document
from ringfence.apps.report.explanation import Explanation, certain, explanation, printable, worst_first
from ringfence.apps.report.page import write_page
from ringfence.apps.report.tables import write_csv, write_parquet
from ringfence.capture.explain import Explained, explain
from ringfence.capture.judge import STATE_TIMEOUT
from ringfence.capture.legs import Leg, legs, missing_rules
from ringfence.capture.timeline import HandsetTimeline
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy
from ringfence.policy.dialects import WRITERS
from ringfence.policy.dialects.document import Device, Rendered, Zone


def command(
    captures: Annotated[
        list[Path],
        typer.Argument(help="One capture, or one from each side of the firewall.", metavar="CAP [CAP]"),
    ],
    handset: Annotated[
        str, typer.Option(help="Only this one, with its ladder: MAC, address or extension, or its beginning.")
    ] = "",
    target: Annotated[
        str, typer.Option("--for", help=f"Write missing rules for one of: {', '.join(sorted(WRITERS))}.")
    ] = "",
    state_timeout: Annotated[
        float, typer.Option(help="Seconds after which the firewall forgets UDP.", min=1.0)
    ] = STATE_TIMEOUT,
    clock_offset: Annotated[
        float | None, typer.Option(help="Seconds by which the second clock is ahead; default: measured.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    csv: Annotated[Path | None, typer.Option(help="A row per handset into this file.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="A report for a change ticket, one self-contained file.")
    ] = None,
    parquet: Annotated[Path | None, typer.Option(help="The same as Parquet (needs pyarrow).")] = None,
) -> None:
    """Judge captures: a line per handset, worst first, where it stops, why, and what to check first."""
    if target and target not in WRITERS:
        raise InputError(
            f"there is no writer for {target!r}",
            where="--for",
            remedy=f"one of: {', '.join(sorted(WRITERS))}",
        )
    answer = _answer(captures, state_timeout, clock_offset)
    if handset:
        answer = answer.only(handset)
    rendered = _rendered(answer.legs, target) if target and missing_rules(answer.legs) else None
    if csv is not None:
        write_csv(csv, answer.shown)
    if parquet is not None:
        write_parquet(parquet, answer.shown)
    if html is not None:
        write_page(html, document(answer.shown, answer.timelines, rendered))
    if json:
        print_json({"explanation": answer.shown, "rules": rendered})
    else:
        _print(answer, rendered, in_full=bool(handset))
    raise typer.Exit(OK if answer.shown.healthy else NOT_PROVED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the captures say, as the judge has it and as it is shown."""

    explained: Explained
    timelines: tuple[HandsetTimeline, ...]
    legs: tuple[Leg, ...]
    shown: Explanation

    def only(self, wanted: str) -> "Answer":
        """The handsets whose MAC, address or alias is `wanted` or begins so; InputError: there is none."""
        chosen = matching(self.timelines, wanted)
        if not chosen:
            known = ", ".join(printable(each.name) for each in self.timelines[:5])
            more = f" and {len(self.timelines) - 5} more" if len(self.timelines) > 5 else ""
            raise InputError(
                f"no handset begins with {wanted!r}",
                where="--handset",
                remedy=f"there are: {known}{more}" if known else "there is no handset in the capture",
            )
        names = {each.name for each in chosen}
        legs_of = tuple(leg for leg in self.legs if names & set(leg.handsets))
        explained = self.explained
        kept = type(explained.judgement)(tuple(chosen), explained.judgement.findings)
        narrowed = Explained(kept, explained.summaries, explained.ports, explained.together)
        return Answer(narrowed, tuple(chosen), legs_of, explanation(narrowed, legs_of))


def matching(timelines: Sequence[HandsetTimeline], wanted: str) -> list[HandsetTimeline]:
    """Exact matches where there are any, else those that begin so."""
    word = wanted.strip().lower()
    digits = word.replace("-", "").replace(":", "").replace(".", "")

    def names(each: HandsetTimeline) -> set[str]:
        return {each.alias.lower(), each.mac, each.mac.replace(":", ""), *map(str, each.addresses)} - {""}

    forms = {word} if _is_address(word) else {word, digits}
    exact = [each for each in timelines if names(each) & forms]
    return exact or [
        each
        for each in timelines
        if any(name.startswith(form) for name in names(each) for form in forms if form)
    ]


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def _answer(captures: Sequence[Path], state_timeout: float, clock_offset: float | None) -> Answer:
    if len(captures) > 2:
        raise InputError(
            f"{len(captures)} captures given", where="explain", remedy="give one, or one from each side"
        )
    explained = _explained(captures, state_timeout, clock_offset)
    timelines = tuple(worst_first(explained.judgement.handsets))
    lost = legs(timelines, both_sides=explained.together is not None, state_timeout=state_timeout)
    return Answer(explained, timelines, lost, explanation(explained, lost))


def _explained(captures: Sequence[Path], state_timeout: float, clock_offset: float | None) -> Explained:
    """Read and judge; on a terminal with a bar of octets, and of handsets at its end."""
    if not sys.stderr.isatty():
        return explain(captures, state_timeout=state_timeout, clock_offset=clock_offset)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=progress_console(), transient=True) as bar:
        tasks = [bar.add_task(path.name, total=_size(path)) for path in captures]

        def progress(number: int, octets: int) -> None:
            bar.update(tasks[number], completed=octets)

        found = explain(captures, state_timeout=state_timeout, clock_offset=clock_offset, progress=progress)
        bar.update(tasks[-1], description=f"{len(found.judgement.handsets)} handsets")
        return found


def _size(path: Path) -> int | None:
    """None where it has no size, as a pipe has not, or cannot be known."""
    try:
        return path.stat().st_size or None
    except OSError:
        return None


def _rendered(legs: Sequence[Leg], target: str) -> Rendered:
    """Only what is missing, in the target's syntax; the zones are those of the hosts in the rules."""
    return WRITERS[target](Policy("missing", missing_rules(legs)), Device(zones=_zones(legs)))


def _zones(legs: Sequence[Leg]) -> tuple[Zone, ...]:
    """The two sides as far as the missing rules name them."""
    near: dict[Network, None] = {}
    far: dict[Network, None] = {}
    for leg in legs:
        if leg.rule is not None:
            ends = (leg.rule.source, leg.rule.destination)
            near |= dict.fromkeys(ends[0] if leg.outward else ends[1])
            far |= dict.fromkeys(ends[1] if leg.outward else ends[0])
    return (Zone("handsets", tuple(near)), Zone("servers", tuple(far)))


def _print(answer: Answer, rendered: Rendered | None, *, in_full: bool) -> None:
    out = console()
    if in_full:
        for shown, timeline in zip(answer.shown.handsets, answer.timelines, strict=True):
            print_handset(out, shown, timeline)
        print_legs(out, answer.shown.legs)
    else:
        print_explanation(out, answer.shown)
    if rendered is not None:
        print_rules(out, progress_console(), rendered, certain=bool(certain(answer.legs)))
