"""`ringfence dhcp SITE --for KIND`: option 242/176, scopes and relay lines for the reader's own devices."""

import sys
from ipaddress import IPv4Address, IPv4Network
from typing import TypedDict

import click

from ringfence.actors.dhcp.leases import Pool
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.screen import print_json, progress_console
from ringfence.apps.provenance import provenance_of
from ringfence.dhcp_servers.document import DeviceNames, Written
from ringfence.dhcp_servers.relays.devices import RELAY_KINDS, write_relay
from ringfence.dhcp_servers.relays.relayed import relayed_vlans
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes, scopes_of
from ringfence.dhcp_servers.table import SERVER_KINDS, write_server
from ringfence.model.errors import InputError
from ringfence.model.printable import printable


class DhcpDocument(TypedDict):
    """`scopes` is empty for a relay agent."""

    scopes: tuple[PhoneScope, ...]
    text: str
    notes: tuple[str, ...]


@click.command()
@click.argument(
    "site",
    required=False,
    help="A site file or the name of an example; - for standard input; default: the built-in branch office.",
    metavar="[SITE]",
)
@click.option("--for", "kind", default="", help=f"The DHCP server, one of: {', '.join(SERVER_KINDS)}.")
@click.option(
    "--relay", default="", help=f"Lines for the relay agents instead, one of: {', '.join(RELAY_KINDS)}."
)
@click.option("--server", default="", help="The DHCP server of the site, by name, if it has several.")
@click.option("--group", "groups", multiple=True, help="Only this group of phones (repeatable).")
@click.option(
    "--pool",
    "pools",
    multiple=True,
    help="FIRST-LAST: what to lease in the network of these addresses; default: its upper half (repeatable).",
)
@click.option(
    "--interface",
    "interfaces",
    multiple=True,
    help="NETWORK=NAME: what the device calls its interface there (repeatable).",
)
@click.option("--json", is_flag=True, help="Scopes, text and notes as JSON.")
def command(
    site: str | None,
    kind: str,
    relay: str,
    server: str,
    groups: tuple[str, ...],
    pools: tuple[str, ...],
    interfaces: tuple[str, ...],
    json: bool,
) -> None:
    """Print what the DHCP servers and relay agents of a site need: scopes, option 242/176, helper lines."""
    if bool(kind) == bool(relay):
        raise InputError(
            "name one kind of device",
            where="--for",
            remedy=f"--for {'|'.join(SERVER_KINDS)}, or --relay {'|'.join(RELAY_KINDS)}",
        )
    described = read_site(site)
    local = DeviceNames(dict(_interface(each) for each in interfaces), provenance_of(described))
    if relay:
        _refuse_with_relay(server, pools)
        written = write_relay(relay, relayed_vlans(described, groups), local)
        scopes = None
    else:
        scopes = scopes_of(described, server, groups, [_pool(each) for each in pools])
        written = write_server(kind, scopes, local)
    if json:
        document: DhcpDocument = {
            "scopes": scopes.scopes if scopes else (),
            "text": written.text,
            "notes": written.notes,
        }
        print_json(document, local.made)
        return
    sys.stdout.write(written.text)
    _print_notes(written, scopes)


def _refuse_with_relay(server: str, pools: tuple[str, ...]) -> None:
    """InputError for a flag that would change nothing."""
    for given, flag in ((server, "--server"), (pools, "--pool")):
        if given:
            raise InputError("a relay agent leases nothing", where=flag, remedy="leave it out")


def _print_notes(written: Written, scopes: Scopes | None) -> None:
    """To standard error, so that the text can be piped into a file."""
    out = progress_console()
    notes = list(written.notes)
    if scopes is not None:
        notes.append("where no --pool says what to lease, the upper half of the network is assumed")
        partners = ", ".join(str(each.address) for each in scopes.partners)
        if partners:
            notes.append(
                f"{partners} leases of the same networks: each server has a part of the addresses, for none "
                "knows the leases of another; give the other one its text too (--server)"
            )
        if any(scope.relays for scope in scopes.scopes):
            notes.append("relay agents must ask it: --relay KIND instead of --for has their lines")
    for note in notes:
        out.print(f"note: {printable(note)}", soft_wrap=True)


def _interface(text: str) -> tuple[IPv4Network, str]:
    network, _, name = text.partition("=")
    try:
        if name:
            return IPv4Network(network), name
    except ValueError:
        pass
    raise InputError(
        f"{text!r} is not NETWORK=NAME", where="--interface", remedy="for instance 10.20.0.0/24=vlan20"
    )


def _pool(text: str) -> Pool:
    first, _, last = text.partition("-")
    try:
        pool = Pool(IPv4Address(first), IPv4Address(last))
    except ValueError:
        pool = None
    if pool is None or pool.last < pool.first:
        raise InputError(
            f"{text!r} is not FIRST-LAST", where="--pool", remedy="for instance 10.20.0.100-10.20.0.199"
        )
    return pool
