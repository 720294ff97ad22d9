"""`ringfence serve SITE`: play the site's servers on this machine's own interfaces, for real equipment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ringfence.actors.ras.dialect import AVAYA, DIALECTS, PLAIN
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.live import dialect_named
from ringfence.apps.cli.process_list import hide_arguments
from ringfence.apps.cli.serving.log import LogForm, ServeLog
from ringfence.apps.cli.serving.monitor import MONITOR_DEFAULT, monitor_address
from ringfence.apps.cli.serving.privileges import account_named
from ringfence.apps.cli.serving.reservations import reservations_of
from ringfence.apps.cli.serving.roles import RoleOptions, ServedRole, hears_group, role_address
from ringfence.apps.cli.serving.session import ServeOptions, ServeSession
from ringfence.apps.cli.serving.state import kept_state, state_directory
from ringfence.apps.cli.serving.users import few_keys, users_of
from ringfence.drivers.aio.file_root import FileRoot
from ringfence.model.errors import InputError
from ringfence.model.site import CallControl, Scheme, Site

if TYPE_CHECKING:
    from ringfence.apps.cli.serving.identity import Identity

_ROLES = [role.value for role in ServedRole]


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
        "EXTENSION[:PASSWORD] that may register, or @FILE of such lines (repeatable); with --h235 {SHA} and "
        "base64 in place of a password; default: the site's user."
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
@click.option(
    "--reserve",
    multiple=True,
    help="MAC=ADDRESS that this phone gets and nobody else, or @FILE of such lines (repeatable).",
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
@click.option(
    "--directory", type=click.Path(path_type=Path), help="Serve these files instead of the stock ones."
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    help="PEM file for TLS; default: a certificate of a CA made at the first start, in the state directory.",
)
@click.option("--key", type=click.Path(path_type=Path), help="PEM file of the certificate's key.")
@click.option(
    "--run-as",
    default="",
    help="Account that root becomes once sockets are open; default: ringfence, nobody.",
)
@click.option(
    "--monitor",
    is_flag=False,
    flag_value=MONITOR_DEFAULT,
    default="",
    help=f"ADDRESS:PORT of the page, /metrics and /healthz; without a value {MONITOR_DEFAULT}.",
)
@click.option(
    "--log",
    "form",
    type=click.Choice(["human", "json"]),
    default="human",
    show_default=True,
    help="Form of the log.",
)
@click.option(
    "--log-file", type=click.Path(path_type=Path), help="Write the log there; SIGHUP opens it anew."
)
@click.option(
    "--drain",
    type=float,
    default=10.0,
    show_default=True,
    help="Seconds that transfers and calls have after SIGTERM.",
)
@click.option("--json", is_flag=True, help="Every event and its commands as JSON, one per line.")
def command(site: str | None, user: tuple[str, ...], **given: Any) -> None:
    """Run the gatekeeper, file server, DHCP server or relay of a site for real, on this machine.

    SIGHUP reads the site, users, files and certificate again and drops nobody; SIGTERM lets transfers and
    calls end first.
    """
    hide_arguments(each for each in user if ":" in each and not each.startswith("@"))
    _run(site, user, _Given(**given))


@dataclass(frozen=True, slots=True)
class _Given:
    """What was said, by the names of the options."""

    role: tuple[str, ...]
    address: str
    anybody: bool
    dialect: str
    h235: bool
    neighbour: tuple[str, ...]
    interface: tuple[str, ...]
    reserve: tuple[str, ...]
    seconds: float | None
    state: Path | None
    forgets: bool
    sync: bool
    directory: Path | None
    certificate: Path | None
    key: Path | None
    run_as: str
    monitor: str
    form: str
    log_file: Path | None
    drain: float
    json: bool

    @property
    def roles(self) -> tuple[ServedRole, ...]:
        return tuple(ServedRole(each) for each in self.role) or (ServedRole.GATEKEEPER,)


def _run(site: str | None, user: tuple[str, ...], given: _Given) -> None:
    described = read_site(site)
    dialect = dialect_named(given.dialect)
    _check(given, dialect, users=bool(user))
    files = FileRoot(given.directory) if given.directory else None
    read = partial(_read, site, described, user, given, dialect, files)
    at = read().address or role_address(described, given.roles[0])
    directory = _directory(given, at)
    secure = _secure(described, given.roles)
    gatekeeps = ServedRole.GATEKEEPER in given.roles
    options = ServeOptions(
        read=read,
        identity=partial(_identity, given, directory, at) if secure else None,
        interface=_interfaces(given.interface).get("", ""),
        multicast=gatekeeps and hears_group(described, dialect),
        facts=few_keys(read().users) if gatekeeps and DIALECTS[dialect] is AVAYA else (),
        seconds=given.seconds,
        drain=given.drain,
        account=account_named(given.run_as),
        required=bool(given.run_as),
        monitor=monitor_address(given.monitor) if given.monitor else None,
        files=files,
    )
    log = ServeLog(LogForm.JOURNAL if given.json else LogForm(given.form), given.log_file)
    with kept_state(directory, power_safe=given.sync) as before:
        asyncio.run(ServeSession(options, before, log).run())


def _read(
    site: str | None, first: Site, user: Sequence[str], given: _Given, dialect: str, files: FileRoot | None
) -> RoleOptions:
    """What may change while it runs; standard input is read once."""
    described = first if site == "-" else read_site(site)
    return RoleOptions(
        described,
        given.roles,
        _ipv4(given.address, "--address") if given.address else None,
        None if given.anybody else users_of(user, described, hashes=given.h235),
        dialect,
        _interfaces(given.interface),
        given.h235,
        frozenset(_ipv4(each, "--neighbour") for each in given.neighbour),
        files,
        reservations_of(given.reserve),
    )


def _identity(given: _Given, directory: Path | None, at: IPv4Address) -> "Identity":
    identity = import_module("ringfence.apps.cli.serving.identity")  # its library is for TLS alone
    found: Identity
    if given.certificate is not None:
        found = identity.given_identity(given.certificate, given.key)
        return found
    if directory is None:
        raise InputError(
            "TLS needs a certificate that stays", where="serve", remedy="--certificate, or no --no-state"
        )
    found = identity.kept_identity(directory, at)
    return found


def _directory(given: _Given, address: IPv4Address) -> Path | None:
    if given.forgets and given.state is not None:
        raise InputError("--state and --no-state exclude each other", where="serve")
    return None if given.forgets else given.state or state_directory(str(address))


def _check(given: _Given, dialect: str, *, users: bool) -> None:
    if given.seconds is not None and given.seconds <= 0:
        raise InputError("it runs for longer than 0 s", where="--for")
    if given.drain < 0:
        raise InputError("0 s or more", where="--drain")
    if given.anybody and users:
        raise InputError("--anybody and --user exclude each other", where="serve")
    if given.h235 and (given.anybody or DIALECTS[dialect] is not PLAIN):
        raise InputError("--h235 needs --dialect h323 and users with passwords", where="--h235")
    if given.key is not None and given.certificate is None:
        raise InputError("a key needs its certificate", where="--key", remedy="--certificate FILE")
    if given.directory is not None and ServedRole.FILES not in given.roles:
        raise InputError("no file server runs", where="--directory", remedy="--role files")
    if given.reserve and ServedRole.DHCP not in given.roles:
        raise InputError("no DHCP server runs", where="--reserve", remedy="--role dhcp")
    if given.json and given.form == LogForm.JSON:
        raise InputError(
            "--json and --log exclude each other", where="serve", remedy="--json has every event"
        )


def _secure(site: Site, served: Sequence[ServedRole]) -> bool:
    """Whether some server that runs here speaks TLS."""
    return any(
        (ServedRole.GATEKEEPER in served and group.calls.call_control is CallControl.HANDSET_TLS)
        or (ServedRole.FILES in served and group.files and group.files[0].scheme is Scheme.HTTPS)
        for group in site.groups
    )


def _interfaces(given: Sequence[str]) -> dict[str, str]:
    """VLAN name -> interface; "" is the interface of everything else."""
    names: dict[str, str] = {}
    for each in given:
        vlan, equals, name = each.rpartition("=")
        if equals and vlan not in {"data", "voice"}:
            raise InputError(f"{vlan!r} is not a VLAN of a site", where="--interface", remedy="data or voice")
        names[vlan] = name
    return names


def _ipv4(text: str, where: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise InputError(f"{text!r} is not an IPv4 address", where=where) from None
