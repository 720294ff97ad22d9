"""DHCP messages (RFC 2131 section 2), octets to value and back; nothing a peer wrote is lost or reordered.

Not kept: pad octets, and whatever follows the end option.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from ipaddress import IPv4Address
from typing import TypeVar

from ringfence.model.address import UNSPECIFIED
from ringfence.model.errors import DecodeError
from ringfence.wire.dhcp_options import (
    END,
    MESSAGE_TYPE,
    OVERLOAD,
    PAD,
    DhcpMessageType,
    Option,
    Overload,
    RawOption,
)

MAGIC_COOKIE = bytes((99, 130, 83, 99))  # RFC 2131 section 3
BROADCAST_FLAG = 0x8000  # RFC 2131 figure 2
ETHERNET = 1  # htype
MINIMUM_LENGTH = 300  # the BOOTP message, which some servers and relays insist on (RFC 951 section 3)

_HEADER = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")
_CHADDR_END = 44
_SNAME_LENGTH = 64
_FILE_LENGTH = 128

_T = TypeVar("_T")


class Op(IntEnum):
    BOOTREQUEST = 1
    BOOTREPLY = 2


@dataclass(frozen=True, slots=True)
class DhcpMessage:
    """One message, field by field as RFC 2131 table 1 names them.

    `chaddr` is as long as hlen says (0-16). `sname` and `file` are without trailing zero octets; when
    option 52 says so they hold options, which `all_options` and `get` see. `options` are the instances
    of the options field in order: a value above 255 octets is split on encoding and comes back as
    several instances, which `get` joins (RFC 3396).
    """

    op: int
    xid: int
    chaddr: bytes
    options: tuple[RawOption, ...] = ()
    ciaddr: IPv4Address = UNSPECIFIED
    yiaddr: IPv4Address = UNSPECIFIED
    siaddr: IPv4Address = UNSPECIFIED
    giaddr: IPv4Address = UNSPECIFIED
    flags: int = 0
    secs: int = 0
    hops: int = 0
    htype: int = ETHERNET
    sname: bytes = b""
    file: bytes = b""

    @property
    def broadcast(self) -> bool:
        """The client cannot receive unicast before it has an address (RFC 2131 section 4.1)."""
        return bool(self.flags & BROADCAST_FLAG)

    @property
    def all_options(self) -> tuple[RawOption, ...]:
        """Options field, then `file`, then `sname` (RFC 2131 section 4.1); DecodeError as `decode`."""
        return tuple(self._all_options())

    def raw(self, code: int) -> bytes | None:
        """The value of an option, instances joined in order (RFC 3396); None when it is absent."""
        found: bytes | None = None
        overload = OVERLOAD.code
        for each, value in self.options:
            if each == overload:
                return self._overloaded(code)
            if each == code:
                found = value if found is None else found + value
        return found

    def _overloaded(self, code: int) -> bytes | None:
        values = [value for each, value in self._all_options() if each == code]
        return b"".join(values) if values else None

    def get(self, option: Option[_T]) -> _T | None:
        """The option's value; None when it is absent, DecodeError when its octets are no such option."""
        value = self.raw(option.code)
        return None if value is None else option.read(value)

    @property
    def message_type(self) -> DhcpMessageType | None:
        """None: a BOOTP message, or a type this package does not know."""
        try:
            return self.get(MESSAGE_TYPE)
        except DecodeError:
            return None

    def _all_options(self) -> Iterator[RawOption]:
        yield from self.options
        overload = b"".join(value for code, value in self.options if code == OVERLOAD.code)
        where = OVERLOAD.read(overload) if overload else None
        if where in {Overload.FILE, Overload.BOTH}:
            yield from _read_options(self.file.ljust(_FILE_LENGTH, b"\0"), "file")
        if where in {Overload.SNAME, Overload.BOTH}:
            yield from _read_options(self.sname.ljust(_SNAME_LENGTH, b"\0"), "sname")


def decode(data: bytes) -> DhcpMessage:
    """DecodeError when the header, the magic cookie or an option's length is wrong. BOOTP has no options.

    Where it is cut short, the error's `read` is the message with what stands before: of a header that ends
    behind chaddr its fields, then the options that are whole.
    """
    if len(data) < _HEADER.size:
        start = _header(data.ljust(_HEADER.size, b"\0")) if len(data) >= _CHADDR_END else None
        raise DecodeError(f"a DHCP message of {len(data)} octets", len(data), start)
    message = _header(data)
    rest = data[_HEADER.size :]
    options: list[RawOption] = []
    if rest.strip(b"\0") and not rest.startswith(MAGIC_COOKIE):
        raise DecodeError("the magic cookie is missing", _HEADER.size)
    try:
        options.extend(_read_options(rest, "options", len(MAGIC_COOKIE), _HEADER.size))
        message = replace(message, options=tuple(options))
        for _ in message._all_options():  # what decodes must also read: overloaded fields are checked now
            pass
    except DecodeError as error:
        error.read = replace(message, options=tuple(options))
        raise
    return message


def _header(data: bytes) -> DhcpMessage:
    """The message less its options."""
    (op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file) = (
        _HEADER.unpack_from(data)
    )
    if op not in {Op.BOOTREQUEST, Op.BOOTREPLY}:
        raise DecodeError(f"op {op} is neither request nor reply", 0)
    if hlen > 16:
        raise DecodeError(f"hlen {hlen} is longer than chaddr", 2)
    return DhcpMessage(
        op=op,
        htype=htype,
        hops=hops,
        xid=xid,
        secs=secs,
        flags=flags,
        ciaddr=IPv4Address(ciaddr),
        yiaddr=IPv4Address(yiaddr),
        siaddr=IPv4Address(siaddr),
        giaddr=IPv4Address(giaddr),
        chaddr=chaddr[:hlen],
        sname=sname.rstrip(b"\0"),
        file=file.rstrip(b"\0"),
    )


def encode(message: DhcpMessage) -> bytes:
    """At least 300 octets. ValueError when a field is out of range."""
    if len(message.chaddr) > 16 or len(message.sname) > _SNAME_LENGTH or len(message.file) > _FILE_LENGTH:
        raise ValueError("chaddr, sname or file is too long")
    try:
        header = _HEADER.pack(
            *(message.op, message.htype, len(message.chaddr), message.hops),
            *(message.xid, message.secs, message.flags),
            *(each.packed for each in (message.ciaddr, message.yiaddr, message.siaddr, message.giaddr)),
            *(message.chaddr, message.sname, message.file),
        )
    except struct.error as error:
        raise ValueError(f"a header field does not fit: {error}") from None
    options = b"".join(_write_option(code, value) for code, value in message.options)
    return (header + MAGIC_COOKIE + options + bytes((END,))).ljust(MINIMUM_LENGTH, b"\0")


def _read_options(field: bytes, name: str, start: int = 0, base: int = 0) -> Iterator[RawOption]:
    """Code-length-value until the end option or the end of the field."""
    offset = start
    while offset < len(field) and field[offset] != END:
        code = field[offset]
        if code == PAD:
            offset += 1
            continue
        end = offset + 2 + (field[offset + 1] if offset + 1 < len(field) else len(field))
        if end > len(field):
            raise DecodeError(f"option {code} in {name} is cut short", base + offset)
        yield code, field[offset + 2 : end]
        offset = end


def _write_option(code: int, value: bytes) -> bytes:
    if not PAD < code < END:
        raise ValueError(f"option code {code} is not in 1-254")
    parts = [value[at : at + 255] for at in range(0, len(value), 255)] or [b""]  # RFC 3396 section 5
    return b"".join(bytes((code, len(part))) + part for part in parts)
