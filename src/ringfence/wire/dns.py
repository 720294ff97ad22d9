"""DNS as a phone needs it (RFC 1035 section 4): a question for the addresses of a name, and its answer."""

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address

from ringfence.model.errors import DecodeError
from ringfence.wire.cursor import OctetReader

ADDRESS = 1  # TYPE A, section 3.2.2
_INTERNET = 1  # CLASS IN, section 3.2.4
_RESPONSE, _TRUNCATED, _WANTED, _AVAILABLE = 0x8000, 0x0200, 0x0100, 0x0080
_POINTER = 0xC0  # section 4.1.4: the two top bits of a length
_LONGEST_LABEL, _LONGEST_NAME = 63, 255  # section 2.3.4
_TTL = 300  # seconds, of what is answered here
_MOST_RECORDS = 64  # more fit in no datagram of 512 octets


class Rcode(IntEnum):
    """Section 4.1.1, as far as servers for phones say it."""

    NO_ERROR = 0
    FORMAT_ERROR = 1
    SERVER_FAILURE = 2
    NAME_ERROR = 3
    NOT_IMPLEMENTED = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class DnsMessage:
    """One question, and its answer; `rcode` may be any of 0-15.

    `addresses` are those of the answer section, whatever name they belong to: a server puts the addresses of
    an alias there too (RFC 1034 section 3.6.2).
    """

    id: int
    name: str
    response: bool = False
    kind: int = ADDRESS
    rcode: int = Rcode.NO_ERROR
    addresses: tuple[IPv4Address, ...] = ()
    truncated: bool = False


def encode_dns(message: DnsMessage) -> bytes:
    """The octets. ValueError for what is no name: an empty label, or one over 63 octets, 255 in all."""
    flags = _WANTED | message.rcode
    flags |= (_RESPONSE | _AVAILABLE) if message.response else 0
    flags |= _TRUNCATED if message.truncated else 0
    counts = (1, len(message.addresses), 0, 0)
    head = b"".join(number.to_bytes(2, "big") for number in (message.id, flags, *counts))
    question = _name(message.name) + message.kind.to_bytes(2, "big") + _INTERNET.to_bytes(2, "big")
    # The owner of each record is the name of the question, 12 octets in.
    record = b"\xc0\x0c\x00\x01\x00\x01" + _TTL.to_bytes(4, "big") + b"\x00\x04"
    return head + question + b"".join(record + address.packed for address in message.addresses)


def _name(text: str) -> bytes:
    found = b""
    for label in text.removesuffix(".").split("."):
        octets = label.encode("ascii")
        if not 0 < len(octets) <= _LONGEST_LABEL:
            raise ValueError(f"{text!r} is no name")
        found += bytes((len(octets),)) + octets
    if len(found) >= _LONGEST_NAME:
        raise ValueError(f"a name of {len(found)} octets")
    return found + b"\0"


def decode_dns(octets: bytes) -> DnsMessage:
    """The message. DecodeError for what is none, and for one with another number of questions than one."""
    reader = OctetReader(octets)
    id_, flags, questions, answers = (reader.number(2) for _ in range(4))
    reader.octets(4)
    if questions != 1:
        raise DecodeError(f"{questions} questions", 4)
    if answers > _MOST_RECORDS:
        raise DecodeError(f"{answers} answers", 6)
    name = _read_name(reader)
    kind = reader.number(2)
    reader.octets(2)
    addresses: list[IPv4Address] = []
    for _ in range(answers):
        _read_name(reader)
        type_, class_ = reader.number(2), reader.number(2)
        reader.octets(4)
        data = reader.octets(reader.number(2))
        if (type_, class_, len(data)) == (ADDRESS, _INTERNET, 4):
            addresses.append(IPv4Address(data))
    return DnsMessage(
        id_, name, bool(flags & _RESPONSE), kind, flags & 0xF, tuple(addresses), bool(flags & _TRUNCATED)
    )


def _read_name(reader: OctetReader) -> str:
    """A name in lower case, as names compare (section 2.3.3); a pointer may only lead back."""
    labels: list[str] = []
    resume: int | None = None
    lowest, size = reader.position, 0
    while length := reader.number(1):
        if length >= _POINTER:
            to = ((length & 0x3F) << 8 | reader.number(1)) * 8
            resume = reader.position if resume is None else resume
            if to >= lowest:
                raise reader.error("a pointer that leads nowhere")
            reader.position = lowest = to
            continue
        size += length + 1
        if length > _LONGEST_LABEL or size >= _LONGEST_NAME:
            raise reader.error("a name that is too long")
        labels.append(reader.octets(length).decode("latin-1"))
    if resume is not None:
        reader.position = resume
    return ".".join(labels).lower()
