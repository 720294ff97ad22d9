"""What the options of a lease tell a handset: its VLAN, its gatekeepers, its file servers."""

from functools import lru_cache
from ipaddress import IPv4Address
from typing import NamedTuple

from ringfence.diagnosis.observation import DhcpSeen
from ringfence.model.address import Address
from ringfence.wire import phone_options
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import SITE_46XX, SITE_242, TFTP_SERVER, VENDOR_SPECIFIC
from ringfence.wire.phone_options import PhoneParameters

_TFTP_ADDRESSES = 150  # RFC 5859


def told_by(message: DhcpMessage) -> PhoneParameters | None:
    """What option 242, else 176, of a message tells the handset; None when it has neither."""
    text = message.raw(SITE_242.code) or message.raw(SITE_46XX.code)
    return None if text is None else _parsed(text)


class PortsTold(NamedTuple):
    """Ports that a lease names, or that a handset uses where it names none."""

    gatekeeper: int
    http: int
    tls: int


def ports_told(message: DhcpMessage) -> PortsTold | None:
    """As `told_by`."""
    text = message.raw(SITE_242.code) or message.raw(SITE_46XX.code)
    return None if text is None else _ports(text)


@lru_cache(maxsize=256)
def _ports(text: bytes) -> PortsTold:
    told = _parsed(text)
    return PortsTold(told.gatekeeper_port, told.http.port, told.tls.port)


def option_code(message: DhcpMessage) -> int:
    """Which option `told_by` reads."""
    return SITE_242.code if message.raw(SITE_242.code) else SITE_46XX.code


@lru_cache(maxsize=256)
def _parsed(text: bytes) -> PhoneParameters:
    """A whole site is told the same: hence the cache."""
    return phone_options.parse_option_string(text.decode("latin-1"))


def named_file_servers(message: DhcpMessage) -> frozenset[IPv4Address]:
    """The file servers that a lease names by address, in whatever form and place: option 242 or 176, 43, 66,
    150, siaddr (96x1 H.323 guide p. 55)."""
    return _file_servers(
        message.raw(SITE_242.code) or message.raw(SITE_46XX.code),
        message.raw(VENDOR_SPECIFIC.code) or b"",
        message.raw(TFTP_SERVER.code) or b"",
        message.raw(_TFTP_ADDRESSES) or b"",
        message.siaddr,
    )


@lru_cache(maxsize=256)
def _file_servers(
    text: bytes | None, vendor_specific: bytes, name: bytes, addresses: bytes, siaddr: IPv4Address
) -> frozenset[IPv4Address]:
    """Of options 242 or 176, 43, 66, 150 and of siaddr. Cached as `_parsed`."""
    told = None if text is None else _parsed(text)
    vendor = phone_options.read_vendor_or_nothing(vendor_specific)
    names = [name for each in (told, vendor) if each for name in (*each.http.servers, *each.tls.servers)]
    names += told.items("TFTPSRVR") if told is not None else ()
    names.append(name.decode("latin-1").rstrip("\0"))
    listed = [IPv4Address(addresses[at : at + 4]) for at in range(0, len(addresses) - 3, 4)]
    found = {each for each in map(phone_options.address_in, names) if each is not None}
    return frozenset(each for each in {*found, *listed, siaddr} if int(each))


def voice_vlan(ack: DhcpSeen | None) -> int | None:
    """The VLAN that the options of an ACK send the handset to; None when they name none."""
    told = told_by(ack.message) if ack is not None else None
    if told is None or told.l2q is phone_options.L2Q.OFF:
        return None
    return told.l2qvlan or None


def named_gatekeepers(message: DhcpMessage) -> frozenset[Address]:
    """Those that MCIPADD gives by address."""
    told = told_by(message)
    return frozenset() if told is None else _addresses(told.gatekeepers)


@lru_cache(maxsize=256)
def _addresses(names: tuple[str, ...]) -> frozenset[Address]:
    return frozenset(each for each in map(phone_options.address_in, names) if each is not None and int(each))
