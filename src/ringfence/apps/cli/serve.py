"""`ringfence serve SITE`: play the site's servers on this machine's own interfaces, for real equipment."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

import click

from ringfence.actors import journal
from ringfence.actors.io import Machine
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.dialect import AVAYA, DIALECTS, PLAIN
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.live import MULTICAST_DISCOVERY, LiveHosts, dialect_named
from ringfence.apps.cli.serving.lines import EventFormatter
from ringfence.apps.cli.serving.log_writer import LogWriter
from ringfence.apps.cli.serving.roles import ServedRole, hears_group, machines, role_address
from ringfence.apps.cli.serving.state import ServeState, kept_state, state_directory
from ringfence.apps.cli.serving.users import few_keys, users_of
from ringfence.drivers.store.group import GroupCommit
from ringfence.model.defaults import DISCOVERY_GROUP, DISCOVERY_PORT
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.printable import printable
from ringfence.model.site import CallControl, Scheme, Site

_ROLES = [role.value for role in ServedRole]
_MOST_LINES = 500  # of the log in a second; the rest is counted


@click.command()
@click.argument(
    "site", required=False, help="Site file; - for standard input; default: the built-in branch office."
)
@click.option(
    "--role",
    multiple=True,
    type=click.Choice(_ROLES),
    help="Role to run (repeatable); default: the gatekeeper.",
)
@click.option(
    "--address", default="", help="This machine's address for every role; default: the site's addresses."
)
@click.option(
    "--user",
    multiple=True,
    envvar="RINGFENCE_USERS",
    help=(
        "EXTENSION[:PASSWORD] that may register, or @FILE of such lines (repeatable); default: the site's "
        "user."
    ),
)
@click.option("--anybody", is_flag=True, help="Register every extension without a password (for labs only).")
@click.option("--dialect", default="avaya", show_default=True, help=f"One of: {', '.join(DIALECTS)}.")
@click.option("--h235", is_flag=True, help="Put H.235.1 hashes into every RAS message (dialect h323 only).")
@click.option(
    "--neighbour",
    multiple=True,
    help="Neighbour gatekeeper (repeatable): asked by LRQ for numbers not registered here, and may call.",
)
@click.option(
    "--interface",
    multiple=True,
    help="Interface for DHCP and relay: VLAN=NAME (data=eth1), or NAME for the VLANs that are left.",
)
@click.option("--for", "seconds", type=float, help="Stop after this many seconds; default: at Ctrl-C.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Directory for the stored registrations and leases; default: a state directory per address.",
)
@click.option(
    "--no-state", "forgets", is_flag=True, help="Store nothing: a restart loses registrations and leases."
)
@click.option(
    "--sync", is_flag=True, help="Flush the state to the disk itself, against loss of power; slower."
)
@click.option("--json", is_flag=True, help="Every event and its commands as JSON, one per line.")
def command(
    site: str | None,
    role: tuple[str, ...],
    address: str,
    user: tuple[str, ...],
    anybody: bool,
    dialect: str,
    h235: bool,
    neighbour: tuple[str, ...],
    interface: tuple[str, ...],
    seconds: float | None,
    state: Path | None,
    forgets: bool,
    sync: bool,
    json: bool,
) -> None:
    """Run the gatekeeper, file server, DHCP server or relay of a site for real, on this machine."""
    described = read_site(site)
    _check(dialect := dialect_named(dialect), seconds, anybody=anybody, users=bool(user), h235=h235)
    roles = [ServedRole(each) for each in role] or [ServedRole.GATEKEEPER]
    names = _interfaces(interface, described)
    at, users = _address(address), None if anybody else users_of(user, described)
    directory = _directory(state, forgets, at or role_address(described, roles[0]))
    build = partial(
        machines,
        described,
        roles,
        at,
        users=users,
        dialect=dialect,
        interfaces=names,
        h235=h235,
        neighbours=frozenset(_ipv4(each, "--neighbour") for each in neighbour),
    )
    hears = ServedRole.GATEKEEPER in roles and hears_group(described, dialect)
    facts = few_keys(users) if ServedRole.GATEKEEPER in roles and DIALECTS[dialect] is AVAYA else ()
    serving = _Serving(roles, names.get("", ""), _secure(described), hears, facts, seconds, json)
    with kept_state(directory, power_safe=sync) as before:
        asyncio.run(_serve(build(kept=before.kept), before, serving))


def _directory(given: Path | None, forgets: bool, address: IPv4Address) -> Path | None:
    if forgets and given is not None:
        raise InputError("--state and --no-state exclude each other", where="serve")
    return None if forgets else given or state_directory(str(address))


def _check(dialect: str, seconds: float | None, *, anybody: bool, users: bool, h235: bool) -> None:
    if seconds is not None and seconds <= 0:
        raise InputError("it runs for longer than 0 s", where="--for")
    if anybody and users:
        raise InputError("--anybody and --user exclude each other", where="serve")
    if h235 and (anybody or DIALECTS[dialect] is not PLAIN):
        raise InputError("--h235 needs --dialect h323 and users with passwords", where="--h235")


@dataclass(frozen=True, slots=True)
class _Serving:
    """`secure`: some server speaks TLS; `multicast`: the discovery group is heard; `facts` are told once."""

    roles: list[ServedRole]
    interface: str
    secure: bool
    multicast: bool
    facts: tuple[Finding, ...]
    seconds: float | None
    json: bool


async def _serve(found: dict[str, Machine], state: ServeState, serving: _Serving) -> None:
    json = serving.json
    formatter = EventFormatter()
    log = LogWriter(sys.stdout.fileno(), most_a_second=None if json else _MOST_LINES)
    show_date = not sys.stdout.isatty()

    def say(line: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S" if show_date else "%H:%M:%S")
        log.say(f"{stamp} {printable(line)}\n".encode(errors="replace"))

    def observe(entry: JournalEntry) -> None:
        if json:
            log.say(journal.encode_entry(entry))
            return
        for line in formatter.lines(entry):
            say(line)

    def report(finding: Finding) -> None:
        if not json:
            say(f"{finding.code}: {finding.sentence}")

    def ready() -> None:
        if not json:
            group = f", discovery on {DISCOVERY_GROUP}:{DISCOVERY_PORT} too" if serving.multicast else ""
            heard = "" if any(doubt.local == MULTICAST_DISCOVERY for doubt in live.doubts) else group
            say(f"serving {', '.join(serving.roles)} at {', '.join(found)}{heard}; Ctrl-C stops")
            for finding in serving.facts:
                report(finding)

    for finding in state.findings:
        report(finding)
    database = state.database
    keeper = None if database is None else GroupCommit(database, state.epoch, report)
    live = LiveHosts(
        found,
        observer=observe,
        report=report,
        interface=serving.interface,
        secure=serving.secure,
        keeper=keeper,
    )
    try:
        await live.run(serving.seconds, ready=ready)
    finally:
        if keeper is not None:
            keeper.close()
    if not json:
        say("stopped")
    log.close()


def _secure(site: Site) -> bool:
    """Whether some server speaks TLS."""
    return any(
        group.calls.call_control is CallControl.HANDSET_TLS
        or any(server.scheme is Scheme.HTTPS for server in group.files)
        for group in site.groups
    )


def _interfaces(given: Sequence[str], site: Site) -> dict[str, str]:
    """VLAN name -> interface; "" is the interface of everything else."""
    names: dict[str, str] = {}
    for each in given:
        vlan, equals, name = each.rpartition("=")
        if equals and vlan not in {"data", "voice"}:
            raise InputError(f"{vlan!r} is not a VLAN of a site", where="--interface", remedy="data or voice")
        names[vlan] = name
    return names


def _address(text: str) -> IPv4Address | None:
    return _ipv4(text, "--address") if text else None


def _ipv4(text: str, where: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise InputError(f"{text!r} is not an IPv4 address", where=where) from None
