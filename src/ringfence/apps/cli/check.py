"""`ringfence check SITE --config FILE`: what a running configuration does to the procedure."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import click

from ringfence.apps.cli.checking.judge import Given, followed, given, judge_leg
from ringfence.apps.cli.checking.junit import junit
from ringfence.apps.cli.checking.leg import Leg
from ringfence.apps.cli.checking.sarif import sarif
from ringfence.apps.cli.checking.screen import print_check, print_path, print_path_verdict
from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.needs import needs_given
from ringfence.apps.cli.screen import console, print_json
from ringfence.apps.provenance import provenance_of
from ringfence.check.outcomes import fails
from ringfence.check.packet_path import PacketPath
from ringfence.check.report import Answer, CheckReport, DiffReport
from ringfence.firewalls.recognise import readable
from ringfence.model.errors import InputError
from ringfence.model.findings import Severity
from ringfence.model.provenance import without_audio
from ringfence.model.site import Site


@click.command()
@click.option(
    "--config",
    required=True,
    multiple=True,
    help="The running configuration as the device prints it; - for standard input. Repeatable, for firewalls "
    "one behind the other: each is judged, and all must permit. FIREWALL=FILE says of which firewall of the "
    "site it is.",
)
@click.argument(
    "site", required=False, help="Site file; - for standard input; default: the built-in branch office."
)
@click.option(
    "--for",
    "target",
    default="",
    help=f"One of: {', '.join(readable())}; default: recognised from the text.",
)
@click.option(
    "--zone", multiple=True, help="ZONE=NAME: the device's name for a zone of the site, or for a network."
)
@click.option(
    "--diff",
    "old",
    help="An older configuration to compare with: what the change opens, closes and leaves in doubt. Exit "
    "status 1 also where it opens what no flow needs, or leaves more in doubt.",
)
@click.option("--packet", help='Follow one packet: "10.20.0.50:49300 > 10.1.0.30:1719/udp".')
@click.option(
    "--widen",
    multiple=True,
    help="What lines to add may do without where the device lacks it; they become wider (repeatable).",
)
@click.option("--firewall", default="", help="The firewall of the site, if it has several.")
@click.option(
    "--exposure",
    default=10,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many of the lines that open too much to show.",
)
@click.option("--junit", "junit_file", type=Path, help="Also write the result as JUnit XML to this file.")
@click.option("--sarif", "sarif_file", type=Path, help="Also write the result as SARIF 2.1.0 to this file.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Exit status 1 also for a finding of this severity, or a worse one, where every stage passes.",
)
@click.option("--json", is_flag=True, help="The whole report as JSON.")
def command(
    config: tuple[str, ...],
    site: str | None,
    target: str,
    zone: tuple[str, ...],
    old: str | None,
    packet: str | None,
    widen: tuple[str, ...],
    firewall: str,
    exposure: int,
    junit_file: Path | None,
    sarif_file: Path | None,
    fail_on: str | None,
    json: bool,
) -> None:
    """Say whether handsets can register through a running configuration, what to add, what else it opens."""
    if site == "-" and "-" in config:
        raise InputError("site and configuration cannot both be standard input", where="check")
    if old is not None and len(config) > 1:
        raise InputError("compares one configuration with an older one of it", where="--diff")
    described = read_site(site)
    path = given(described, config, firewall, target, zone)
    if packet is not None:
        sys.exit(_follow(path, packet, described, json=json))
    needs = needs_given(widen)
    legs = tuple(judge_leg(one, old, needs) for one in path)
    least = Severity(fail_on) if fail_on else None
    made = provenance_of(described if len(legs) > 1 else legs[0].site)
    if junit_file is not None:
        _write(junit_file, junit(legs, least))
    if sarif_file is not None:
        _write(sarif_file, sarif(legs, made))
    if json:
        print_json(_document(legs), made)
    else:
        _show(legs, str(made), exposure)
    failed = any(fails(outcome, least) for leg in legs for outcome in leg.outcomes)
    sys.exit(NOT_PROVED if failed else OK)


def _follow(path: Sequence[Given], words: str, site: Site, *, json: bool) -> int:
    """One packet through every configuration in turn; the exit status."""
    found = [(one, followed(one, words)) for one in path]
    if json:
        seen = provenance_of(site if len(found) > 1 else path[0].site)
        several: PathsDocument = {"paths": [each for _, each in found]}
        print_json(found[0][1] if len(found) == 1 else several, seen)
    else:
        for one, each in found:
            if len(found) > 1:
                console().print(f"{one.firewall}: {one.file.name}")
            print_path(console(), each)
    return OK if all(each.answer is Answer.PERMITS for _, each in found) else NOT_PROVED


class DiffDocument(TypedDict):
    """Of --diff."""

    check: CheckReport
    diff: DiffReport


class LegDocument(TypedDict):
    """One of several configurations."""

    file: str
    firewall: str
    check: CheckReport


class ChecksDocument(TypedDict):
    checks: list[LegDocument]


class PathsDocument(TypedDict):
    """Of --packet through several configurations."""

    paths: list[PacketPath]


def _document(legs: Sequence[Leg]) -> CheckReport | DiffDocument | ChecksDocument:
    if len(legs) > 1:
        return {"checks": [{"file": leg.file, "firewall": leg.firewall, "check": leg.report} for leg in legs]}
    (leg,) = legs
    return leg.report if leg.changes is None else {"check": leg.report, "diff": leg.changes}


def _show(legs: Sequence[Leg], made: str, exposure: int) -> None:
    """Every configuration in turn, each with its verdict; that of the path is the last line."""
    console().print("; ".join((made, *without_audio(legs[0].site))), soft_wrap=True)
    for leg in legs:
        print_check(console(), leg.report, leg.file, rows=exposure, changes=leg.changes)
        if len(legs) > 1:
            console().print()
    if len(legs) > 1:
        print_path_verdict(console(), legs)


def _write(path: Path, text: str) -> None:
    """Over an earlier one: a pipeline writes it anew at every run."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None
