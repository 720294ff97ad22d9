"""Capture files written every way a reader may meet them."""

import struct
from collections.abc import Sequence

from ringfence.capture.frame import LinkType

IPV4 = 0x0800


def pcap(
    frames: Sequence[tuple[float, bytes]],
    *,
    order: str = "<",
    nano: bool = False,
    link: int = LinkType.ETHERNET,
    snap: int = 262144,
) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link)]
    unit = 1_000_000_000 if nano else 1_000_000
    for time, frame in frames:
        seconds, part = divmod(round(time * unit), unit)
        kept = frame[:snap]
        parts.append(struct.pack(f"{order}IIII", seconds, part, len(kept), len(frame)) + kept)
    return b"".join(parts)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\0" * (-len(body) % 4)
    length = len(body) + 12
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def section(order: str = "<") -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str = "<", link: int = LinkType.ETHERNET, resolution: int | None = None) -> bytes:
    options = b""
    if resolution is not None:
        options = struct.pack(f"{order}HHB3xHH", 9, 1, resolution, 0, 0)
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, 0) + options)


def packet(
    time: float, frame: bytes, *, order: str = "<", which: int = 0, unit: float = 1e-6, snap: int = 1 << 18
) -> bytes:
    ticks = round(time / unit)
    kept = frame[:snap]
    head = struct.pack(f"{order}IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(kept), len(frame))
    return block(order, 6, head + kept)


def pcapng(frames: Sequence[tuple[float, bytes]], *, order: str = "<", nano: bool = False) -> bytes:
    resolution, unit = (9, 1e-9) if nano else (None, 1e-6)
    head = section(order) + interface(order, resolution=resolution)
    return head + b"".join(packet(time, frame, order=order, unit=unit) for time, frame in frames)


def as_link(frame: bytes, link: int) -> bytes:
    """An untagged Ethernet frame that carries IPv4, under another link type."""
    body = frame[14:]
    match link:
        case LinkType.SLL:
            return struct.pack("!HHH8sH", 0, 1, 6, frame[6:12], IPV4) + body
        case LinkType.SLL2:
            return struct.pack("!HHIHBB8s", IPV4, 0, 1, 1, 0, 6, frame[6:12]) + body
        case LinkType.NULL:
            return struct.pack("<I", 2) + body
        case LinkType.LOOP:
            return struct.pack("!I", 2) + body
        case LinkType.RAW | LinkType.IPV4:
            return body
    return frame


def tagged(frame: bytes, *tags: tuple[int, int]) -> bytes:
    """With 802.1Q tags (type, tag control information), outermost first."""
    return frame[:12] + b"".join(struct.pack("!HH", *tag) for tag in tags) + frame[12:]
