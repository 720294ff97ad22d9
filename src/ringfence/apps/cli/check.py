"""`ringfence check SITE --config FILE`: what a running configuration does to the procedure."""

import sys
from hashlib import sha256

import click
from msgspec.structs import replace

from ringfence.apps.cli.checking.screen import print_check, print_path
from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.files.config_input import (
    named_device,
    read_configuration,
    read_listing,
    sides_of,
    zones_given,
)
from ringfence.apps.cli.files.site_input import read_seen
from ringfence.apps.cli.screen import console, print_json
from ringfence.apps.provenance import provenance_of
from ringfence.check.check import check
from ringfence.check.diff import diff
from ringfence.check.packet_path import packet_path, parse_packet
from ringfence.check.report import Answer
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.firewalls.common.profile import untracked
from ringfence.firewalls.recognise import readable
from ringfence.model.errors import InputError
from ringfence.model.provenance import without_audio


@click.command()
@click.option(
    "--config", required=True, help="The running configuration as the device prints it; - for standard input."
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
@click.option("--firewall", default="", help="The firewall of the site, if it has several.")
@click.option(
    "--exposure",
    default=10,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many of the lines that open too much to show.",
)
@click.option("--json", is_flag=True, help="The whole report as JSON.")
def command(
    config: str,
    site: str | None,
    target: str,
    zone: tuple[str, ...],
    old: str | None,
    packet: str | None,
    firewall: str,
    exposure: int,
    json: bool,
) -> None:
    """Say whether handsets can register through a running configuration, what to add, what else it opens."""
    if site == config == "-":
        raise InputError("site and configuration cannot both be standard input", where="check")
    described = read_seen(site, firewall)
    named = zones_given(described, zone)
    running = read_configuration(config)
    with gc_paused():
        device_type, listing = read_listing(running, target, named, sides_of(described))
    if packet is not None:
        wanted = parse_packet(packet)
        followed = wanted.protocol not in untracked(device_type.profile, listing.settings.inspections)
        path = packet_path(listing, wanted, tracked=followed)
        if json:
            print_json(path, provenance_of(described))
        else:
            print_path(console(), path)
        sys.exit(OK if path.answer is Answer.PERMITS else NOT_PROVED)
    device = named_device(described, named) if named else None
    with gc_paused():
        report = check(described, listing, device_type, device=device, text=running.text.splitlines())
    report = replace(report, sha256=sha256(running.octets).hexdigest())
    changes = None
    if old is not None:
        _, before = read_listing(read_configuration(old), device_type.name, named, sides_of(described))
        changes = diff(described, before, listing, device_type.profile)
    if json:
        document: object = {"check": report, "diff": changes} if changes is not None else report
        print_json(document, provenance_of(described))
    else:
        # The verdict stays the last line.
        made = "; ".join((str(provenance_of(described)), *without_audio(described)))
        console().print(made, soft_wrap=True)
        print_check(console(), report, running.name, rows=exposure, changes=changes)
    harmless = changes is None or changes.harmless
    sys.exit(OK if report.answer is Answer.PERMITS and harmless else NOT_PROVED)
