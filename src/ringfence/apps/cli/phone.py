"""`ringfence phone`: emulated handsets register with a gatekeeper, or boot on an interface, and call."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import NoReturn

import click

from ringfence.actors.ras.dialect import DIALECTS, PHONE_FAMILIES
from ringfence.apps.cli.exits import INTERRUPTED, NOT_PROVED, OK
from ringfence.apps.cli.files.recording_file import recording_to
from ringfence.apps.cli.phoning.emulated import booting_handsets, endpoints
from ringfence.apps.cli.phoning.line import Phone, PhoneNews
from ringfence.apps.cli.phoning.monitoring import CheckStatus, check_line, check_result
from ringfence.apps.cli.phoning.networks import EntryObserver, PhoneNetwork, SocketNetwork, SocketReport
from ringfence.apps.cli.phoning.options import (
    CONTROLS,
    MOST_ON_SOCKETS,
    MOST_ON_WIRE,
    PhoneOptions,
    checked,
    dialect_family_control,
    first_phone_address,
    mac_named,
    ports_named,
    transport_named,
)
from ringfence.apps.cli.phoning.ramp import starts
from ringfence.apps.cli.phoning.results import (
    MOST_TOLD,
    print_phones_json,
    print_summary,
    report_of,
    write_phones_page,
)
from ringfence.apps.cli.phoning.run import PhoneRun, RunPlan
from ringfence.apps.cli.phoning.wire import first_mac_on, wire_network
from ringfence.apps.cli.screen import console
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.address import TransportAddress
from ringfence.model.errors import InputError
from ringfence.model.printable import printable

_STAY = 10.0  # seconds, at a gatekeeper that is named
_BOOT = 200.0  # seconds for a boot: five DISCOVERs, a VLANTEST, three requests to a gatekeeper


@click.command()
@click.argument(
    "gatekeeper",
    default="",
    help="The gatekeeper's address; add :PORT unless RAS uses 1719. With -i none: DHCP and files name it.",
)
@click.option(
    "--interface",
    "-i",
    default="",
    help="Boot whole handsets on this interface: DHCP, VLAN, files, registration. Needs root or CAP_NET_RAW.",
)
@click.option(
    "--extension",
    default="2001",
    show_default=True,
    help="Extension of the first handset; the others count up from it.",
)
@click.option(
    "--password",
    default="",
    envvar="RINGFENCE_PASSWORD",
    help="Password of every handset, better in the environment; default: no authentication.",
)
@click.option("--dialect", default="avaya", show_default=True, help=f"One of: {', '.join(DIALECTS)}.")
@click.option("--family", default="", help=f"One of: {', '.join(PHONE_FAMILIES)}.")
@click.option("--count", default=1, show_default=True, help="How many handsets.")
@click.option("--rate", type=float, help="Handsets switched on in a second; default: all at once.")
@click.option(
    "--ramp", default=0.0, show_default=True, help="Seconds in which the rate grows evenly from nothing."
)
@click.option(
    "--address",
    default="",
    help="Address of the first handset, on this machine; the others use the addresses after it.",
)
@click.option("--mac", default="", help="With -i: MAC address of the first handset; the others count up.")
@click.option("--vlan", default=0, help="With -i: the VLAN to boot on, tagged; default: untagged.")
@click.option("--ras-port", default="", help="Source port of RAS, or a range.")
@click.option("--h235", is_flag=True, help="Put H.235.1 hashes into every RAS message (dialect h323 only).")
@click.option("--call-control", default="", help=f"Who opens call signalling: {', '.join(CONTROLS)}.")
@click.option("--call", default="", help="Number that the first handset calls.")
@click.option(
    "--fast-start/--no-fast-start",
    default=True,
    show_default=True,
    help="Propose media in Setup (fast connect).",
)
@click.option(
    "--tunnelling/--no-tunnelling", default=True, show_default=True, help="Tunnel H.245 in call signalling."
)
@click.option(
    "--for",
    "seconds",
    type=float,
    help="Seconds to stay registered before unregistering; default: 10, with -i until Ctrl-C.",
)
@click.option(
    "--once",
    is_flag=True,
    help="Register, unregister, and print one line for a monitoring system; exit 0 OK, 1 WARNING, "
    "2 CRITICAL, 3 UNKNOWN.",
)
@click.option("--timeout", default=60.0, show_default=True, help="With --once: seconds to reach everything.")
@click.option("--warning", type=float, help="With --once: seconds that are too many for OK.")
@click.option("--critical", type=float, help="With --once: seconds that are too many altogether.")
@click.option(
    "--record", type=click.Path(path_type=Path), help="With -i: write every frame to this pcapng file."
)
@click.option("--html", type=click.Path(path_type=Path), help="Write the times of all stages as a page.")
@click.option("--json", is_flag=True, help="The result of each handset, and the times, as JSON.")
def command(
    gatekeeper: str,
    interface: str,
    extension: str,
    password: str,
    dialect: str,
    family: str,
    count: int,
    rate: float | None,
    ramp: float,
    address: str,
    mac: str,
    vlan: int,
    ras_port: str,
    h235: bool,
    call_control: str,
    call: str,
    fast_start: bool,
    tunnelling: bool,
    seconds: float | None,
    once: bool,
    timeout: float,
    warning: float | None,
    critical: float | None,
    record: Path | None,
    html: Path | None,
    json: bool,
) -> None:
    """Register emulated handsets with a gatekeeper that is there, or boot them whole with -i, and leave.

    Exit 0 when all were let in, had call signalling where they are to have it, and stayed so until they left.
    A handset checks no certificate.
    """
    with _unknown_to_monitoring(once):
        where = _where(gatekeeper, interface, address, record=record, mac=mac, vlan=vlan, h235=h235)
        stay = seconds if seconds is not None or interface else _STAY
        named, kind, control = dialect_family_control(dialect, family, call_control)
        options = checked(
            PhoneOptions(
                extension,
                password,
                named,
                kind,
                count,
                ports_named(ras_port),
                control,
                call,
                stay,
                fast_start,
                tunnelling,
                h235,
                mac_named(mac),
                vlan,
            ),
            MOST_ON_WIRE if interface else MOST_ON_SOCKETS,
        )
        plan = _plan(options, rate, ramp, once=once, timeout=timeout, booting=bool(interface))
        limits = _Limits(warning, critical)
        _finish(_run(options, where, plan, quiet=json or once), options, limits, html, json=json)


@contextmanager
def _unknown_to_monitoring(once: bool) -> Iterator[None]:
    """To a monitoring system a mistake, or a machine that lacks something, says nothing of the service."""
    try:
        yield
    except (InputError, LabUnavailable) as error:
        if not once:
            raise
        print(check_line(CheckStatus.UNKNOWN, str(error)))
        sys.exit(CheckStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Where:
    """A gatekeeper that is named and the address to begin with, or an interface to boot on."""

    gatekeeper: TransportAddress | None
    address: str
    interface: str
    record: Path | None

    @property
    def named(self) -> str:
        return f"on {self.interface}" if self.gatekeeper is None else f"at {self.gatekeeper}"


@dataclass(frozen=True, slots=True)
class _Limits:
    warning: float | None
    critical: float | None


@dataclass(frozen=True, slots=True)
class _Ended:
    line: list[Phone]
    where: _Where
    plan: RunPlan
    seconds: float
    interrupted: bool


def _where(
    gatekeeper: str, interface: str, address: str, *, record: Path | None, mac: str, vlan: int, h235: bool
) -> _Where:
    if not interface:
        for flag, given in (("--record", record is not None), ("--mac", bool(mac)), ("--vlan", bool(vlan))):
            if given:
                raise InputError("is for handsets that boot", where=flag, remedy="add -i INTERFACE")
        if not gatekeeper:
            raise InputError(
                "no gatekeeper is named", where="phone", remedy="name its address, or boot with -i INTERFACE"
            )
        return _Where(transport_named(gatekeeper), address, "", None)
    for flag, given in (("GATEKEEPER", bool(gatekeeper)), ("--address", bool(address)), ("--h235", h235)):
        if given:
            raise InputError(
                "a handset that boots learns its address and its gatekeeper, and signs nothing",
                where=flag,
                remedy="leave it out, or leave out -i",
            )
    return _Where(None, "", interface, record)


def _plan(
    options: PhoneOptions, rate: float | None, ramp: float, *, once: bool, timeout: float, booting: bool
) -> RunPlan:
    if (rate is not None and rate <= 0) or ramp < 0 or timeout <= 0:
        raise InputError("must be more than 0", where="--rate, --ramp, --timeout")
    if ramp and rate is None:
        raise InputError("has nothing to grow to", where="--ramp", remedy="add --rate")
    patience = timeout if once else _BOOT if booting and options.stay is not None else None
    return RunPlan(starts(options.count, rate, ramp), options.stay, once, patience)


def _run(options: PhoneOptions, where: _Where, plan: RunPlan, *, quiet: bool) -> _Ended:
    with ExitStack() as stack:
        open_network: Callable[[EntryObserver, SocketReport], PhoneNetwork]
        if where.gatekeeper is not None:
            first: IPv4Address = first_phone_address(where.address, where.gatekeeper, options.count)
            line, open_network = endpoints(options, where.gatekeeper, first), SocketNetwork
        else:
            begin = options.mac or first_mac_on(where.interface)
            line = booting_handsets(options, begin)
            record = stack.enter_context(
                recording_to(where.record, where.interface, "emulated handsets, by ringfence phone")
            )
            open_network = wire_network(where.interface, begin, len(line), record)
        run = PhoneRun(line, plan, open_network, _no_word if quiet else _speaker(len(line)))
        began = time.monotonic()
        asyncio.run(run.run())
        return _Ended(line, where, plan, time.monotonic() - began, run.interrupted)


def _speaker(count: int) -> Callable[[Phone | None, PhoneNews], None]:
    out = console()

    def say(phone: Phone | None, news: PhoneNews) -> None:
        if count <= MOST_TOLD or not news.expected:
            out.print(printable(f"{phone.name}: {news.line}" if phone else news.line), soft_wrap=True)
            sys.stdout.flush()

    return say


def _no_word(_phone: Phone | None, _news: PhoneNews) -> None:
    pass


def _finish(
    ended: _Ended, options: PhoneOptions, limits: _Limits, html: Path | None, *, json: bool
) -> NoReturn:
    line = ended.line
    report = report_of(line, ended.seconds)
    if html is not None:
        write_phones_page(html, report, ended.where.named)
    if json:
        print_phones_json(line, report)
    elif ended.plan.once:
        _print_check(ended, limits)
    else:
        print_summary(line, report, options.call)
    if ended.interrupted and options.stay is not None:
        sys.exit(INTERRUPTED)
    sys.exit(OK if _good(line, options.call) else NOT_PROVED)


def _print_check(ended: _Ended, limits: _Limits) -> NoReturn:
    if ended.interrupted:
        print(check_line(CheckStatus.UNKNOWN, "interrupted"))
        sys.exit(CheckStatus.UNKNOWN)
    status, words = check_result(ended.line, warning=limits.warning, critical=limits.critical)
    print(words)
    sys.exit(status)


def _good(line: Sequence[Phone], call: str) -> bool:
    placed = line[0].call
    return all(phone.good for phone in line) and (not call or (placed is not None and placed.connected))
