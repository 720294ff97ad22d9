"""RTP and RTCP of one audio stream (RFC 3550 sections 5.1 and 6.4): what phones send once they talk."""

import struct
from dataclasses import dataclass

from ringfence.model.errors import DecodeError

PCMU = 0  # RFC 3551 table 4
PCMA = 8
_VERSION = 2
_FIXED = struct.Struct("!BBHII")
_RTCP_HEAD = struct.Struct("!BBHI")
_SENDER = struct.Struct("!QIII")
_BLOCK = struct.Struct("!IIIIII")
_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION = 200, 201, 202
_RTCP_TYPES = range(192, 224)  # RFC 5761 section 4: no payload type of RTP with its marker bit
_CNAME = 1


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """`sequence` 0-65535; `timestamp` in samples and `ssrc`, 32 bits each."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """What an end has received from `ssrc` (RFC 3550 section 6.4.1).

    `lost`: packets since it began, negative where some came twice; `highest` sequence number, extended by its
    cycles. `fraction`: of 256, lost since the report before; `jitter` in samples. `last_sr`: the middle 32
    bits of the `ntp` of the last SR from there, 0: none; `delay` since it came, in 1/65536 s.
    """

    ssrc: int
    lost: int
    highest: int
    fraction: int = 0
    jitter: int = 0
    last_sr: int = 0
    delay: int = 0


@dataclass(frozen=True, slots=True)
class RtcpReport:
    """A compound of SR or RR and SDES CNAME, which section 6.1 asks for. `sent` None: it sends no audio."""

    ssrc: int
    cname: str
    sent: tuple[int, int] | None  # packets, octets of payload
    reports: tuple[ReceptionReport, ...] = ()
    ntp: int = 0  # of an SR: when it was sent, in 2**-32 s (section 4)
    timestamp: int = 0  # the same in samples


def encode_rtp(packet: RtpPacket) -> bytes:
    """Without padding, extension or contributing sources."""
    second = packet.marker << 7 | packet.payload_type
    return _FIXED.pack(_VERSION << 6, second, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload


def decode_rtp(data: bytes) -> RtpPacket:
    """DecodeError: it is cut short, of another version, or RTCP."""
    if len(data) < _FIXED.size:
        raise DecodeError(f"RTP of {len(data)} octets: the header has {_FIXED.size}")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != _VERSION or second in _RTCP_TYPES:
        raise DecodeError(f"no RTP: it begins {data[:2].hex()}")
    start = _FIXED.size + 4 * (first & 15)
    if first & 0x10:
        start += 4 + 4 * int.from_bytes(_taken(data, start + 2, 2), "big")
    end = len(data)
    if first & 0x20:
        end -= data[-1]
    if start > end:
        raise DecodeError(f"RTP of {len(data)} octets: header and padding take {start + len(data) - end}")
    return RtpPacket(second & 127, sequence, timestamp, ssrc, data[start:end], bool(second >> 7))


def encode_rtcp(report: RtcpReport) -> bytes:
    """A compound: the report and the description."""
    count = len(report.reports)
    if report.sent is None:
        body, kind = b"", _RECEIVER_REPORT
    else:
        body, kind = _SENDER.pack(report.ntp, report.timestamp, *report.sent), _SENDER_REPORT
    for block in report.reports:
        lost = block.fraction << 24 | block.lost & 0xFFFFFF
        body += _BLOCK.pack(
            block.ssrc, lost, block.highest, block.jitter, block.last_sr, block.delay & 0xFFFFFFFF
        )
    first = _RTCP_HEAD.pack(_VERSION << 6 | count, kind, 1 + len(body) // 4, report.ssrc) + body
    name = report.cname.encode()
    item = bytes([_CNAME, len(name)]) + name
    item += bytes(4 - len(item) % 4)  # one null octet at least ends the list
    return first + _RTCP_HEAD.pack(_VERSION << 6 | 1, _DESCRIPTION, 1 + len(item) // 4, report.ssrc) + item


def decode_rtcp(data: bytes) -> RtcpReport:
    """The first report of a compound and its CNAME; DecodeError: it begins with none, or is cut short."""
    first, kind, words, ssrc = _RTCP_HEAD.unpack(_taken(data, 0, _RTCP_HEAD.size))
    if first >> 6 != _VERSION or kind not in {_SENDER_REPORT, _RECEIVER_REPORT}:
        raise DecodeError(f"no RTCP report: it begins {data[:2].hex()}")
    at, sent, ntp, timestamp = _RTCP_HEAD.size, None, 0, 0
    if kind == _SENDER_REPORT:
        ntp, timestamp, packets, octets = _SENDER.unpack(_taken(data, at, _SENDER.size))
        at, sent = at + _SENDER.size, (packets, octets)
    blocks = []
    for _ in range(first & 31):
        source, lost, highest, jitter, last_sr, delay = _BLOCK.unpack(_taken(data, at, _BLOCK.size))
        at += _BLOCK.size
        missing = lost & 0xFFFFFF
        missing -= missing >> 23 << 24
        blocks.append(ReceptionReport(source, missing, highest, lost >> 24, jitter, last_sr, delay))
    return RtcpReport(ssrc, _cname(data, 4 * (words + 1)), sent, tuple(blocks), ntp, timestamp)


def _cname(data: bytes, at: int) -> str:
    """Of the description behind the report, where it comes first in its chunk; empty: there is none."""
    if len(data) < at + 10 or data[at + 1] != _DESCRIPTION or data[at + 8] != _CNAME:
        return ""
    return _taken(data, at + 10, data[at + 9]).decode(errors="replace")


def _taken(data: bytes, at: int, size: int) -> bytes:
    if len(data) < at + size:
        raise DecodeError(f"{len(data)} octets end within a field at {at}")
    return data[at : at + size]
