"""What Avaya sets add to the copies of their RTCP for a monitor: an APP packet named -AV-, subtype 4.

Layout from public decoders of such packets, checked on their samples: after the SSRC of the stream that is
reported on a mask of 32 bits says which fields follow, in the order of its bits. Fields whose size no sample
settles are not read.
"""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError

_HEAD = struct.Struct("!BBHI4sII")
_APP, _NAME, _SUBTYPE = 204, b"-AV-", 4
# Bit, name and octets, from the first field on; bit 18 is an IPv4 address and a port.
_FIELDS = (
    (31, "packets", 4),
    (30, "octets", 4),
    (29, "round_trip", 2),
    (28, "buffer", 2),
    (18, "remote", 6),
    (17, "payload_type", 1),
    (16, "frames", 1),
    (15, "ttl", 1),
    (14, "dscp", 1),
    (12, "encryption", 1),
    (11, "suppression", 1),
    (9, "source_port", 2),
    (8, "destination_port", 2),
)
_KNOWN = sum(1 << bit for bit, _, _ in _FIELDS)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What `ssrc` says of the stream `about` that it receives; None: a field that is not sent.

    `round_trip` and `buffer` in ms; `remote`: where the other end takes RTCP; `frames` of 10 ms in a packet.
    """

    ssrc: int
    about: int
    packets: int | None = None
    octets: int | None = None
    round_trip: int | None = None
    buffer: int | None = None
    remote: TransportAddress | None = None
    payload_type: int | None = None
    frames: int | None = None
    ttl: int | None = None
    dscp: int | None = None
    encryption: int | None = None
    suppression: int | None = None
    source_port: int | None = None
    destination_port: int | None = None


def encode_quality(report: QualityReport) -> bytes:
    """The APP packet, to stand behind the reports of a compound; `remote` is IPv4, and numbers fit."""
    mask, body = 0, b""
    for bit, name, size in _FIELDS:
        value = getattr(report, name)
        if value is None:
            continue
        mask |= 1 << bit
        body += value.ip.packed + value.port.to_bytes(2) if name == "remote" else value.to_bytes(size)
    body += bytes(-len(body) % 4)
    words = (_HEAD.size + len(body)) // 4 - 1
    return _HEAD.pack(0x80 | _SUBTYPE, _APP, words, report.ssrc, _NAME, report.about, mask) + body


def decode_quality(data: bytes) -> QualityReport:
    """The first such packet of a compound; DecodeError: there is none, or it has fields of unknown size."""
    at = 0
    while len(data) >= at + 4:
        size = 4 * (int.from_bytes(data[at + 2 : at + 4], "big") + 1)
        part = data[at : at + size]
        if len(part) >= _HEAD.size and part[:2] == bytes((0x80 | _SUBTYPE, _APP)) and part[8:12] == _NAME:
            return _decoded(part)
        at += size
    raise DecodeError(f"no quality report in {len(data)} octets of RTCP")


def _decoded(part: bytes) -> QualityReport:
    _, _, _, ssrc, _, about, mask = _HEAD.unpack_from(part)
    if mask & ~_KNOWN:
        raise DecodeError(f"a quality report with fields of unknown size: mask {mask:#010x}")
    at, found = _HEAD.size, dict[str, int | TransportAddress]()
    for bit, name, size in _FIELDS:
        if not mask >> bit & 1:
            continue
        octets = part[at : at + size]
        if len(octets) < size:
            raise DecodeError(f"a quality report of {len(part)} octets ends within {name}")
        at += size
        found[name] = (
            TransportAddress(IPv4Address(octets[:4]), int.from_bytes(octets[4:], "big"))
            if name == "remote"
            else int.from_bytes(octets, "big")
        )
    return QualityReport(ssrc, about, **found)  # type: ignore[arg-type]
