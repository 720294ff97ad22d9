"""`ringfence walk SITE`: the cut-over test through the production firewall, from both of its sides."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import click

from ringfence.apps.cli.exits import INTERRUPTED, NOT_PROVED, OK
from ringfence.apps.cli.files.recording_file import recording_to
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.screen import console, print_json, progress_console
from ringfence.apps.cli.walking.handset import boot_handset
from ringfence.apps.cli.walking.result import both_ends, captured, missing_text, print_walk, write_walk
from ringfence.apps.cli.walking.servers import play_servers
from ringfence.apps.provenance import provenance_of
from ringfence.capture.frame import Tap
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.firewalls.choose import target_named, writable
from ringfence.firewalls.common.document import Rendered
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.roles.turns import Turn
from ringfence.roles.walking import walked_site, walked_turn
from ringfence.verify.walked import WalkReport, walked, walked_stages
from ringfence.verify.watch import PATIENCE


class WalkDocument(TypedDict):
    """`missing`: the rules that let nothing through, with --for alone."""

    walk: WalkReport
    passed: bool
    missing: Rendered | None


_ENDS = {"handsets": Tap.HANDSETS, "servers": Tap.SERVERS}


@click.command()
@click.argument("site", help="Site file, the same at both ends; - for standard input; or an example's name.")
@click.argument(
    "recordings",
    nargs=-1,
    type=click.Path(path_type=Path),
    help="To judge both ends together: the recording of the handsets' end, then that of the servers'.",
    metavar="[HANDSETS.pcapng SERVERS.pcapng]",
)
@click.option("--at", "end", type=click.Choice(list(_ENDS)), help="The end of the firewall that this is.")
@click.option("--interface", "-i", default="", help="The interface there; needs root or CAP_NET_RAW.")
@click.option("--vlan", default=0, help="With --at servers: the servers' VLAN, tagged; default: untagged.")
@click.option("--group", default="", help="The group of phones, if the site has several.")
@click.option(
    "--turn",
    default=1,
    show_default=True,
    help="Of each list of servers the one of this number is played, at both ends alike.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Where to record this end; default: SITE-handsets.pcapng or SITE-servers.pcapng.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Do not wait until the firewall has forgotten: what the gatekeeper opens then is not tried.",
)
@click.option(
    "--timeout",
    default=PATIENCE,
    show_default=True,
    help="With --at handsets: seconds without a new stage after which it ends.",
)
@click.option("--seconds", type=float, help="With --at servers: end after this many; default: at Ctrl-C.")
@click.option("--once", is_flag=True, help="With --at servers: end when a handset has registered and left.")
@click.option(
    "--for", "target", default="", help=f"Write the missing rules for one of: {', '.join(writable())}."
)
@click.option(
    "--html", type=click.Path(path_type=Path), help="Write a page for the change ticket to this file."
)
@click.option("--json", is_flag=True, help="The whole report as JSON.")
def command(
    site: str,
    recordings: tuple[Path, ...],
    end: str | None,
    interface: str,
    vlan: int,
    group: str,
    turn: int,
    record: Path | None,
    quick: bool,
    timeout: float,
    seconds: float | None,
    once: bool,
    target: str,
    html: Path | None,
    json: bool,
) -> None:
    """Play the servers at one end of a production firewall and a handset at the other, and judge its rules.

    Both ends read the same site file and need no other link. Each judges what it saw; both recordings
    together show where a packet was lost. Exit 0 when every stage was reached and every rule let its flows
    through.
    """
    if target:
        target_named(target)
    _check(recordings, end, interface, timeout)
    described = walked_site(read_site(site), group)
    played = walked_turn(described, turn)
    finished = True
    if end is None:
        found: Mapping[Tap, CapturedPackets] = both_ends(*recordings)
    else:
        path = record or Path(f"{Path(described.site).name}-{end}.pcapng")
        with recording_to(path, interface, f"{described.site}, {end}, by ringfence walk") as take:
            if end == "handsets":
                expected = walked_stages(described, quick=quick)
                finished = boot_handset(described, interface, take, expected, patience=timeout)
            else:
                play_servers(described, played, interface, vlan, take, seconds=seconds, once=once)
        progress_console().print(f"recorded in {path}", soft_wrap=True)
        found = {_ENDS[end]: captured(path)}
    passed = _judge(described, found, played, target, html, quick=quick, json=json)
    if not finished:
        sys.exit(INTERRUPTED)
    sys.exit(OK if passed else NOT_PROVED)


def _judge(
    site: Site,
    found: Mapping[Tap, CapturedPackets],
    turn: Turn,
    target: str,
    html: Path | None,
    *,
    quick: bool,
    json: bool,
) -> bool:
    report, line = walked(site, found, turn, quick=quick)
    rules = missing_text(site, report, target) if target else None
    if html is not None:
        write_walk(html, site, report, line, rules)
    if json:
        document: WalkDocument = {"walk": report, "passed": report.passed, "missing": rules}
        print_json(document, provenance_of(site))
    else:
        print_walk(console(), report, rules)
    return report.passed


def _check(recordings: tuple[Path, ...], end: str | None, interface: str, timeout: float) -> None:
    if end is None:
        if len(recordings) != 2:
            raise InputError(
                f"{len(recordings)} recordings are given",
                where="walk",
                remedy="--at handsets or --at servers, or afterwards the recordings of both ends",
            )
        if interface:
            raise InputError("is for an end", where="--interface", remedy="add --at handsets or --at servers")
        return
    if recordings:
        raise InputError("an end takes no recordings", where="--at", remedy="leave one of them out")
    if not interface:
        raise InputError("no interface is named", where="walk", remedy="-i INTERFACE")
    if timeout <= 0:
        raise InputError("must be more than 0", where="--timeout")
