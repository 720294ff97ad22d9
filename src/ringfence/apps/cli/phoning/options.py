"""What the command line says about emulated handsets, checked."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.actors.ras.dialect import AVAYA, DIALECTS, PHONE_FAMILIES
from ringfence.apps.cli.live import dialect_named, unavailable
from ringfence.model.address import PortRange, TransportAddress
from ringfence.model.defaults import RAS_PORT
from ringfence.model.errors import InputError
from ringfence.model.site import CallControl

MOST_ON_SOCKETS = 2000  # two descriptors each
MOST_ON_WIRE = 20_000
CONTROLS = {control.value: control for control in CallControl} | {"none": None}
_LAST_VLAN = 4094
_FIRST_LOOPBACK = IPv4Address("127.1.0.1")


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """`call_control` None: no permanent connection; `call` "": no call. `stay` in seconds of registration;
    None: until somebody ends it. `mac`: of the first handset; empty: chosen by the interface."""

    extension: str
    password: str
    dialect: str
    family: str
    count: int
    ras_ports: PortRange | None
    call_control: CallControl | None
    call: str
    stay: float | None
    fast_start: bool
    tunnelling: bool
    h235: bool = False
    mac: bytes = b""
    vlan: int = 0


def checked(options: PhoneOptions, most: int) -> PhoneOptions:
    """The same; InputError names the flag that does not go with the others."""
    if options.call and options.call_control is CallControl.GATEKEEPER:
        raise InputError(
            "calls and the gatekeeper's own connection would need the same port",
            where="--call",
            remedy="--call-control handset or none",
        )
    if not 1 <= options.count <= most:
        raise InputError(f"1 to {most} handsets", where="--count")
    if options.stay is not None and not 0 < options.stay <= 31_622_400:
        raise InputError("it stays for more than 0 s and at most a year", where="--for")
    for name, text in (("--extension", options.extension), ("--password", options.password)):
        if len(text) > 100 or (name == "--extension" and not text):
            raise InputError("1 to 100 characters", where=name)
    if options.h235 and (options.dialect == AVAYA.name or not options.password):
        raise InputError("--h235 needs --dialect h323 and a password", where="--h235")
    if not 0 <= options.vlan <= _LAST_VLAN:
        raise InputError(f"0 (untagged) to {_LAST_VLAN}", where="--vlan")
    return options


def dialect_family_control(dialect: str, family: str, control: str) -> tuple[str, str, CallControl | None]:
    """The three with their defaults, which depend on one another; InputError for a name that is none."""
    dialect = dialect_named(dialect)
    avaya = DIALECTS[dialect] is AVAYA
    family = family or ("96x1" if avaya else "h323")
    one_of(family, PHONE_FAMILIES, "--family")
    control = control or ("handset" if avaya else "none")
    one_of(control, CONTROLS, "--call-control")
    return dialect, family, CONTROLS[control]


def one_of(given: str, known: Iterable[str], where: str) -> None:
    names = list(known)
    if given not in names:
        raise InputError(f"{given!r} is not known", where=where, remedy=", ".join(names))


def transport_named(text: str) -> TransportAddress:
    """ADDRESS[:PORT] of a gatekeeper."""
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


def first_phone_address(text: str, gatekeeper: TransportAddress, count: int) -> IPv4Address:
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


def ports_named(text: str) -> PortRange | None:
    if not text:
        return None
    first, _, last = text.partition("-")
    try:
        return PortRange(int(first), int(last or first))
    except ValueError:
        raise InputError(f"{text!r} is neither a port nor a range", where="--ras-port") from None


def mac_named(text: str) -> bytes:
    """Six octets in hexadecimal, of one host; empty where nothing is said."""
    if not text:
        return b""
    try:
        mac = bytes.fromhex(text.replace(":", "").replace("-", ""))
    except ValueError:
        mac = b""
    if len(mac) != 6 or mac[0] & 1:
        raise InputError(f"{text!r} is not the MAC address of one host", where="--mac")
    return mac
