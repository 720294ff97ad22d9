"""One captured frame, wherever it comes from: a file, the laboratory's memory, a live interface."""

from enum import IntEnum, StrEnum

import msgspec


class LinkType(IntEnum):
    """The link types that we read (numbers of the tcpdump project's LINKTYPE registry)."""

    NULL = 0
    ETHERNET = 1
    RAW_BSD = 12  # DLT_RAW as some systems write it into files
    RAW_OPENBSD = 14
    RAW = 101
    LOOP = 108
    SLL = 113
    IPV4 = 228
    IPV6 = 229
    SLL2 = 276


class Tap(StrEnum):
    """Where a frame was recorded. HANDSETS and SERVERS are the two sides of the firewall."""

    HANDSETS = "handsets"
    SERVERS = "servers"
    TRUNK = "trunk"  # between handset and switch: shows VLAN tags and broadcasts
    ONLY = "capture"  # the one capture that there is; on which side nobody said


class TappedFrame(msgspec.Struct, frozen=True, gc=False):
    """`time` in seconds, any epoch, the same clock for all taps.

    `number` is the frame's 1-based number at its tap; 0 lets the judge count. `original_length` is the
    length on the wire where the capture cut the frame; 0 means uncut.
    """

    time: float
    tap: str
    data: bytes
    number: int = 0
    link_type: int = LinkType.ETHERNET
    original_length: int = 0
