"""`ringfence phone GATEKEEPER`: emulated handsets register with a real gatekeeper, and call."""

import asyncio
import socket
import sys
from ipaddress import IPv4Address

import click

from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.dialect import AVAYA, DIALECTS, PHONE_FAMILIES
from ringfence.apps.cli.exits import INTERRUPTED, NOT_PROVED, OK
from ringfence.apps.cli.live import LiveHosts, dialect_named, unavailable
from ringfence.apps.cli.phoning.line import Phone, PhoneOptions, phones
from ringfence.apps.cli.screen import console, print_json
from ringfence.apps.provenance import provenance_of
from ringfence.model.address import PortRange, TransportAddress
from ringfence.model.defaults import RAS_PORT
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.printable import printable
from ringfence.model.site import CallControl

_MOST = 2000  # two descriptors each
_MOST_TOLD = 10  # beyond so many handsets only what goes wrong is told
_LINGER = 20.0  # seconds after the stay: retries of what was not answered
_FIRST_LOOPBACK = IPv4Address("127.1.0.1")
_CONTROLS = {control.value: control for control in CallControl} | {"none": None}


@click.command()
@click.argument("gatekeeper", help="The gatekeeper's address; add :PORT unless RAS uses 1719.")
@click.option(
    "--extension",
    default="2001",
    show_default=True,
    help="Extension of the first handset; the others count up from it.",
)
@click.option("--password", default="", help="Password of every handset; default: no authentication.")
@click.option("--dialect", default="avaya", show_default=True, help=f"One of: {', '.join(DIALECTS)}.")
@click.option("--family", default="", help=f"One of: {', '.join(PHONE_FAMILIES)}.")
@click.option("--count", default=1, show_default=True, help="How many handsets.")
@click.option(
    "--address",
    default="",
    help="Address of the first handset, on this machine; the others use the addresses after it.",
)
@click.option("--ras-port", default="", help="Source port of RAS, or a range.")
@click.option("--h235", is_flag=True, help="Put H.235.1 hashes into every RAS message (dialect h323 only).")
@click.option("--call-control", default="", help=f"Who opens call signalling: {', '.join(_CONTROLS)}.")
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
    default=10.0,
    show_default=True,
    help="Seconds to stay registered before unregistering.",
)
@click.option("--json", is_flag=True, help="The result of each handset as JSON.")
def command(
    gatekeeper: str,
    extension: str,
    password: str,
    dialect: str,
    family: str,
    count: int,
    address: str,
    ras_port: str,
    h235: bool,
    call_control: str,
    call: str,
    fast_start: bool,
    tunnelling: bool,
    seconds: float,
    json: bool,
) -> None:
    """Register emulated handsets with a gatekeeper that is there, and leave.

    Exit 0 when all were let in, had call signalling where they are to have it, and stayed so until they left.
    """
    options = _options(
        gatekeeper,
        extension,
        password,
        dialect,
        family,
        count,
        address,
        ras_port,
        call_control,
        call,
        seconds,
        fast_start,
        tunnelling,
    )
    if h235 and (options.dialect == AVAYA.name or not password):
        raise InputError("--h235 needs --dialect h323 and a password", where="--h235")
    line = phones(options, h235=h235)
    finished = asyncio.run(_run(line, options, json=json))
    if json:
        print_json({"phones": [_as_data(phone) for phone in line]}, provenance_of())
    else:
        _summary(line, options)
    if not finished:
        sys.exit(INTERRUPTED)
    sys.exit(OK if _good(line, options) else NOT_PROVED)


async def _run(line: list[Phone], options: PhoneOptions, *, json: bool) -> bool:
    by_host = {str(phone.address): phone for phone in line}
    out = console()

    def say(phone: Phone, what: str) -> None:
        line = printable(f"{phone.extension} {phone.address}: {what}")
        out.print(line, soft_wrap=True)
        sys.stdout.flush()

    def observe(entry: JournalEntry) -> None:
        phone = by_host[entry.host]
        for news in phone.saw(entry):
            if not json and (len(line) <= _MOST_TOLD or not news.expected):
                say(phone, news.line)
        if phone.done and all(each.done for each in line):
            live.stop()

    def report(finding: Finding) -> None:
        by_host[finding.handset].findings.append(f"{finding.code}: {finding.sentence}")
        if not json:
            say(by_host[finding.handset], f"{finding.code}: {finding.sentence}")

    live = LiveHosts(
        {str(phone.address): phone.outside for phone in line},
        observer=observe,
        report=report,
        secure=options.call_control is CallControl.HANDSET_TLS,
        ports_may_be_taken=True,  # a handset takes the next one
    )
    return await live.run(options.stay + _LINGER)


def _good(line: list[Phone], options: PhoneOptions) -> bool:
    called = line[0].call
    return all(phone.good for phone in line) and (
        not options.call or (called is not None and called.connected)
    )


def _summary(line: list[Phone], options: PhoneOptions) -> None:
    good = sum(phone.good for phone in line)
    out = console()
    for phone in [each for each in line if each.trouble][:_MOST_TOLD]:
        out.print(printable(f"{phone.extension} {phone.address}: {phone.trouble}"), soft_wrap=True)
    words = f"{good} of {len(line)} registered"
    if options.call:
        call = line[0].call
        words += ", the call connected" if call is not None and call.connected else ", no call"
    out.print(words, style="bold")


def _as_data(phone: Phone) -> dict[str, object]:
    return {
        "extension": phone.extension,
        "address": str(phone.address),
        "registered": phone.good,
        "trouble": phone.trouble,
        "reached": phone.reached,
        "failed": phone.failed,
        "findings": phone.findings,
        "call": phone.call,
    }


def _options(
    gatekeeper: str,
    extension: str,
    password: str,
    dialect: str,
    family: str,
    count: int,
    address: str,
    ras_port: str,
    call_control: str,
    call: str,
    seconds: float,
    fast_start: bool,
    tunnelling: bool,
) -> PhoneOptions:
    dialect = dialect_named(dialect)
    family = family or ("96x1" if DIALECTS[dialect] is AVAYA else "h323")
    _one_of(family, PHONE_FAMILIES, "--family")
    call_control = call_control or ("handset" if DIALECTS[dialect] is AVAYA else "none")
    _one_of(call_control, _CONTROLS, "--call-control")
    control = _CONTROLS[call_control]
    if call and control is CallControl.GATEKEEPER:
        raise InputError(
            "calls and the gatekeeper's own connection would need the same port",
            where="--call",
            remedy="--call-control handset or none",
        )
    if not 1 <= count <= _MOST:
        raise InputError(f"1 to {_MOST} handsets", where="--count")
    if not 0 < seconds <= 86400:
        raise InputError("it stays for more than 0 s and at most a day", where="--for")
    for name, text in (("--extension", extension), ("--password", password)):
        if len(text) > 100 or (name == "--extension" and not text):
            raise InputError("1 to 100 characters", where=name)
    to = _transport(gatekeeper)
    return PhoneOptions(
        to,
        extension,
        password,
        dialect,
        family,
        count,
        _first(address, to, count),
        _ports(ras_port),
        control,
        call,
        seconds,
        fast_start,
        tunnelling,
    )


def _one_of(given: str, known: object, where: str) -> None:
    names = list(known)  # type: ignore[call-overload]
    if given not in names:
        raise InputError(f"{given!r} is not known", where=where, remedy=", ".join(names))


def _transport(text: str) -> TransportAddress:
    host, colon, port = text.partition(":")
    try:
        number = int(port) if colon else RAS_PORT
        if not 1 <= number <= 65535:
            raise ValueError
        return TransportAddress(IPv4Address(host), number)
    except ValueError:
        raise InputError(
            f"{text!r} is not an IPv4 address, or has no port after the colon", where="GATEKEEPER"
        ) from None


def _first(text: str, gatekeeper: TransportAddress, count: int) -> IPv4Address:
    """The address given, or the one that this machine would talk to the gatekeeper from."""
    try:
        first = IPv4Address(text) if text else None
        if first is not None:
            first + (count - 1)
    except ValueError:
        raise InputError(f"{text!r} is not the first of {count} IPv4 addresses", where="--address") from None
    if first is not None:
        return first
    if gatekeeper.ip.is_loopback:
        return _FIRST_LOOPBACK
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(gatekeeper.ip), gatekeeper.port))  # sends nothing
        except OSError as error:
            raise unavailable(f"no route to {gatekeeper.ip}: {error.strerror}", error.errno) from None
        return IPv4Address(probe.getsockname()[0])


def _ports(text: str) -> PortRange | None:
    if not text:
        return None
    first, _, last = text.partition("-")
    try:
        return PortRange(int(first), int(last or first))
    except ValueError:
        raise InputError(f"{text!r} is neither a port nor a range", where="--ras-port") from None
