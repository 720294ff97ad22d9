"""DHCP options (RFC 2132) as typed readers and writers; an option without an entry here stays raw octets.

A reader raises `DecodeError` naming the option: a peer wrote it. A writer raises `ValueError`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Generic, TypeAlias, TypeVar

from ringfence.model.defaults import SITE_OPTION, SITE_OPTION_46XX
from ringfence.model.errors import DecodeError

PAD = 0
END = 255
INFINITE = 0xFFFFFFFF  # option 51: the lease never ends (RFC 2131 section 3.3)

RawOption: TypeAlias = tuple[int, bytes]
"""Code 1-254 and value; one instance of up to 255 octets, or a longer value still to be split (RFC 3396)."""

_T = TypeVar("_T")


class DhcpMessageType(IntEnum):
    """Option 53; RFC 2132 section 9.6, and the later ones a capture may hold (RFC 3203, 4388, 6926, 7724)."""

    DISCOVER = 1
    OFFER = 2
    REQUEST = 3
    DECLINE = 4
    ACK = 5
    NAK = 6
    RELEASE = 7
    INFORM = 8
    FORCERENEW = 9
    LEASEQUERY = 10
    LEASEUNASSIGNED = 11
    LEASEUNKNOWN = 12
    LEASEACTIVE = 13
    BULKLEASEQUERY = 14
    LEASEQUERYDONE = 15
    ACTIVELEASEQUERY = 16
    LEASEQUERYSTATUS = 17
    TLS = 18


class Overload(IntEnum):
    """Option 52: which header fields hold options; RFC 2132 section 9.3."""

    FILE = 1
    SNAME = 2
    BOTH = 3


class RelaySubOption(IntEnum):
    """Sub-options of option 82 that this package acts on."""

    CIRCUIT_ID = 1  # RFC 3046 section 3.1
    REMOTE_ID = 2  # RFC 3046 section 3.2
    LINK_SELECTION = 5  # RFC 3527
    SERVER_ID_OVERRIDE = 11  # RFC 5107
    RELAY_SOURCE_PORT = 19  # RFC 8357


@dataclass(frozen=True, slots=True)
class RelayAgentInformation:
    """Option 82: sub-options in order; those without a name here are kept as they came."""

    suboptions: tuple[RawOption, ...] = ()

    def suboption(self, code: int) -> bytes | None:
        """The first sub-option of this code."""
        return next((value for each, value in self.suboptions if each == code), None)

    @property
    def circuit_id(self) -> bytes | None:
        return self.suboption(RelaySubOption.CIRCUIT_ID)

    @property
    def remote_id(self) -> bytes | None:
        return self.suboption(RelaySubOption.REMOTE_ID)

    @property
    def link_selection(self) -> IPv4Address | None:
        """The subnet to choose from, when it is not giaddr's (RFC 3527); DecodeError unless four octets."""
        return self._address(RelaySubOption.LINK_SELECTION)

    @property
    def server_id_override(self) -> IPv4Address | None:
        """What the server must give as its identifier (RFC 5107); DecodeError unless four octets."""
        return self._address(RelaySubOption.SERVER_ID_OVERRIDE)

    def _address(self, code: RelaySubOption) -> IPv4Address | None:
        value = self.suboption(code)
        return None if value is None else _read_address(value)


@dataclass(frozen=True, slots=True)
class Option(Generic[_T]):
    """How one option is read and written. Calling it writes: `LEASE_TIME(3600)` is `(51, octets)`."""

    code: int
    name: str
    _read: Callable[[bytes], _T]
    _write: Callable[[_T], bytes]

    def read(self, value: bytes) -> _T:
        """DecodeError when the octets are no such option."""
        try:
            return self._read(value)
        except DecodeError as error:
            raise DecodeError(f"option {self.code} ({self.name}): {error.what}") from None

    def __call__(self, value: _T) -> RawOption:
        return self.code, self._write(value)


def read_suboptions(value: bytes) -> tuple[RawOption, ...]:
    """Code-length-value triples as options 43 and 82 hold them; DecodeError when one is cut short."""
    found: list[RawOption] = []
    offset = 0
    while offset < len(value):
        if offset + 2 > len(value) or offset + 2 + value[offset + 1] > len(value):
            raise DecodeError(f"sub-option {value[offset]} is cut short", offset)
        end = offset + 2 + value[offset + 1]
        found.append((value[offset], value[offset + 2 : end]))
        offset = end
    return tuple(found)


def write_suboptions(suboptions: Iterable[RawOption]) -> bytes:
    """Inverse of `read_suboptions`; ValueError for a value over 255 octets."""
    return b"".join(bytes((code, len(value))) + value for code, value in suboptions)


def _read_address(value: bytes) -> IPv4Address:
    try:
        return IPv4Address(value)
    except AddressValueError:
        raise DecodeError(f"an address of {len(value)} octets") from None


def _read_addresses(value: bytes) -> tuple[IPv4Address, ...]:
    if not value or len(value) % 4:
        raise DecodeError(f"an address list of {len(value)} octets")
    return tuple(IPv4Address(value[at : at + 4]) for at in range(0, len(value), 4))


def _write_addresses(addresses: tuple[IPv4Address, ...]) -> bytes:
    if not addresses:
        raise ValueError("an address list must not be empty")
    return b"".join(address.packed for address in addresses)


def _read_text(value: bytes) -> str:
    # Trailing NULs are no part of the text (RFC 2132 section 2); Latin-1 loses no octet.
    return value.rstrip(b"\0").decode("latin-1")


def _unsigned(octets: int) -> tuple[Callable[[bytes], int], Callable[[int], bytes]]:
    def read(value: bytes) -> int:
        if len(value) != octets:
            raise DecodeError(f"{len(value)} octets instead of {octets}")
        return int.from_bytes(value, "big")

    def write(number: int) -> bytes:
        if not 0 <= number < 1 << 8 * octets:
            raise ValueError(f"{number} does not fit {octets} octets")
        return number.to_bytes(octets, "big")

    return read, write


def _read_message_type(value: bytes) -> DhcpMessageType:
    try:
        (number,) = value
        return DhcpMessageType(number)
    except ValueError:
        raise DecodeError(f"no message type: {value.hex() or 'empty'}") from None


def _read_overload(value: bytes) -> Overload:
    try:
        (number,) = value
        return Overload(number)
    except ValueError:
        raise DecodeError(f"no overload value: {value.hex() or 'empty'}") from None


def _address_option(code: int, name: str) -> Option[IPv4Address]:
    return Option(code, name, _read_address, lambda address: address.packed)


def _addresses_option(code: int, name: str) -> Option[tuple[IPv4Address, ...]]:
    return Option(code, name, _read_addresses, _write_addresses)


def _text_option(code: int, name: str) -> Option[str]:
    return Option(code, name, _read_text, lambda text: text.encode("latin-1"))


def _raw_option(code: int, name: str) -> Option[bytes]:
    return Option(code, name, bytes, bytes)


def _number_option(code: int, name: str, octets: int) -> Option[int]:
    return Option(code, name, *_unsigned(octets))


SUBNET_MASK = _address_option(1, "subnet mask")
ROUTERS = _addresses_option(3, "routers")
DNS_SERVERS = _addresses_option(6, "domain name servers")
HOST_NAME = _text_option(12, "host name")
DOMAIN_NAME = _text_option(15, "domain name")
BROADCAST_ADDRESS = _address_option(28, "broadcast address")
NTP_SERVERS = _addresses_option(42, "NTP servers")
VENDOR_SPECIFIC = _raw_option(43, "vendor-specific information")
REQUESTED_ADDRESS = _address_option(50, "requested address")
LEASE_TIME = _number_option(51, "lease time", 4)
OVERLOAD: Option[Overload] = Option(52, "overload", _read_overload, lambda value: bytes((value,)))
MESSAGE_TYPE: Option[DhcpMessageType] = Option(
    53, "message type", _read_message_type, lambda value: bytes((value,))
)
SERVER_ID = _address_option(54, "server identifier")
PARAMETER_LIST: Option[tuple[int, ...]] = Option(55, "parameter request list", tuple, bytes)
MESSAGE = _text_option(56, "message")
MAXIMUM_SIZE = _number_option(57, "maximum message size", 2)
RENEWAL_TIME = _number_option(58, "renewal time (T1)", 4)
REBINDING_TIME = _number_option(59, "rebinding time (T2)", 4)
VENDOR_CLASS = _text_option(60, "vendor class")
CLIENT_ID = _raw_option(61, "client identifier")
TFTP_SERVER = _text_option(66, "TFTP server name")
RELAY_AGENT: Option[RelayAgentInformation] = Option(
    82,
    "relay agent information",
    lambda value: RelayAgentInformation(read_suboptions(value)),
    lambda information: write_suboptions(information.suboptions),
)
SITE_46XX = _text_option(SITE_OPTION_46XX, "46xx phone parameters")
SITE_242 = _text_option(SITE_OPTION, "phone parameters")

OPTIONS: dict[int, Option[Any]] = {
    each.code: each for each in tuple(globals().values()) if isinstance(each, Option)
}
"""Every option above by code."""
