"""What connection-tracking helpers of one namespace expect: list it, make it older.

A helper that has read an address in a message lets one connection to it through, or many, until a time
(nf_conntrack_expect.c). As with connections, `age` crosses that time at once.
"""

import errno
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import NamedTuple

from ringfence.lab.conntrack import read_tuple
from ringfence.lab.netlink import (
    NLA_F_NESTED,
    NLM_F_ACK,
    Netlink,
    NetlinkError,
    NetlinkRequest,
    attribute,
    attributes,
)
from ringfence.lab.netns import Namespace

_NETLINK_NETFILTER = 12
_EXP_NEW, _EXP_GET, _EXP_DELETE = 2 << 8 | 0, 2 << 8 | 1, 2 << 8 | 2
_CTA_MASTER, _CTA_TUPLE, _CTA_MASK, _CTA_TIMEOUT, _CTA_FLAGS = 1, 2, 3, 4, 8
_PERMANENT = 0x1
_SLACK = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class ExpectationEntry:
    """Who may open what: `source` from any port, `protocol` an IANA number. `remaining` whole seconds.

    `permanent`: as often as it likes; otherwise the first connection uses it up.
    """

    protocol: int
    source: IPv4Address
    destination: IPv4Address
    port: int
    remaining: int
    permanent: bool
    parts: tuple[bytes, bytes, bytes]  # tuple, mask and master as the kernel gave them


class _Ending(NamedTuple):
    """What the kernel's whole seconds do not tell: when one ends in the aged clock."""

    end: float
    kernel: int  # what the kernel was told
    written: float  # time.monotonic()


class Expectations:
    """The table of the namespace given."""

    def __init__(self, namespace: Namespace) -> None:
        """Raises OSError or LabUnavailable when the kernel has no connection tracking."""
        self._netlink = namespace.run(lambda: Netlink(_NETLINK_NETFILTER))
        self._ends: dict[bytes, _Ending] = {}
        self._skipped = 0.0

    def close(self) -> None:
        self._netlink.close()

    def dump(self) -> list[ExpectationEntry]:
        """All that is expected. Raises NetlinkError."""
        return [_entry(body) for body in self._netlink.dump(NetlinkRequest("list", _EXP_GET, 0, _header()))]

    def age(self, seconds: float) -> None:
        """Make the table as if `seconds` (0 or more) had passed. Raises NetlinkError."""
        now = time.monotonic()
        ends: dict[bytes, _Ending] = {}
        changes = []
        for entry in self.dump():
            key = entry.parts[0]
            left = self._end(entry, now) - seconds - self._skipped - now
            if left <= 0:
                changes.append(_request("delete", _EXP_DELETE, entry, b""))
                continue
            whole = -int(-left // 1)
            ends[key] = _Ending(now + self._skipped + seconds + left, whole, now)
            changes.append(
                _request("age", _EXP_NEW, entry, attribute(_CTA_TIMEOUT, struct.pack("!I", whole)))
            )
        self._ends = ends
        self._skipped += seconds
        try:
            self._netlink.perform(changes)
        except NetlinkError as error:
            # One may run out by itself between listing and changing, or with its connection.
            if error.errno not in {errno.ENOENT, errno.ETIME}:
                raise

    def _end(self, entry: ExpectationEntry, now: float) -> float:
        """When it ends in the aged clock: as known, unless a message has renewed it since."""
        known = self._ends.get(entry.parts[0])
        if known is not None and entry.remaining <= known.kernel - (now - known.written) + _SLACK:
            return known.end
        return now + self._skipped + entry.remaining + 1  # the kernel rounds down


def _header() -> bytes:
    return struct.pack("!BBH", socket.AF_INET, 0, 0)


def _request(word: str, kind: int, entry: ExpectationEntry, more: bytes) -> NetlinkRequest:
    named = zip((_CTA_TUPLE, _CTA_MASK, _CTA_MASTER), entry.parts, strict=True)
    body = b"".join(attribute(number | NLA_F_NESTED, part) for number, part in named)
    words = f"{word} expectation {entry.source} -> {entry.destination}:{entry.port}"
    return NetlinkRequest(words, kind, NLM_F_ACK, _header() + body + more)


def _entry(body: bytes) -> ExpectationEntry:
    found = attributes(body[4:])
    protocol, ends = read_tuple(found[_CTA_TUPLE])
    flags = int.from_bytes(found.get(_CTA_FLAGS, b""), "big")
    return ExpectationEntry(
        protocol=protocol,
        source=ends.source,
        destination=ends.destination,
        port=ends.destination_port,
        remaining=int.from_bytes(found.get(_CTA_TIMEOUT, b""), "big"),
        permanent=bool(flags & _PERMANENT),
        parts=(found[_CTA_TUPLE], found[_CTA_MASK], found[_CTA_MASTER]),
    )
