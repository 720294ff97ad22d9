"""The connection table of one namespace: list it, empty it, make it older.

A rule set is judged by what the table remembers, and the table forgets by the clock: 30 s for a UDP request,
120 s for a UDP stream, 5 days for an established TCP connection (nf_conntrack sysctls). `age` lets a proof
cross such a limit in no time.
"""

import errno
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from ringfence.lab.netlink import (
    NLA_F_NESTED,
    NLM_F_ACK,
    Netlink,
    NetlinkError,
    NetlinkRequest,
    attribute,
    attributes,
    messages,
)
from ringfence.lab.netns import Namespace
from ringfence.model.defaults import UDP_STATE, UDP_STREAM_STATE

_NETLINK_NETFILTER = 12
_CT_NEW, _CT_GET, _CT_DELETE = 1 << 8 | 0, 1 << 8 | 1, 1 << 8 | 2
_CTA_TUPLE_ORIG, _CTA_TUPLE_REPLY, _CTA_STATUS, _CTA_TIMEOUT, _CTA_ID = 1, 2, 3, 7, 12
_CTA_TUPLE_IP, _CTA_TUPLE_PROTO = 1, 2
_CTA_IP_V4_SRC, _CTA_IP_V4_DST = 1, 2
_CTA_PROTO_NUM, _CTA_PROTO_SRC_PORT, _CTA_PROTO_DST_PORT = 1, 2, 3
_CTA_PROTO_ICMP_TYPE, _CTA_PROTO_ICMP_CODE = 5, 6
_NFNLGRP_CONNTRACK_NEW = 1
_UDP = 17
_IPS_SEEN_REPLY = 2
# nf_conntrack_proto_udp.c: a flow answered for longer than this is a stream and lives longer.
_STREAM_AFTER = 2.0
_JIFFIES_SLACK = 0.1


@dataclass(frozen=True, slots=True)
class Tuple:
    """One direction of a connection. For ICMP the ports are the type and the code, as in `model.packet`."""

    source: IPv4Address
    source_port: int
    destination: IPv4Address
    destination_port: int


@dataclass(frozen=True, slots=True)
class ConntrackEntry:
    """A connection: IANA protocol number, both directions, whole seconds it has left without traffic."""

    protocol: int
    original: Tuple
    reply: Tuple
    remaining: int
    answered: bool
    id: int
    key: bytes  # CTA_TUPLE_ORIG as the kernel gave it: what names the entry in a request


@dataclass(slots=True)
class _Ageing:
    """What the kernel's whole seconds do not tell about one entry."""

    born: float  # in the aged clock
    answered: bool
    remaining: float  # exact, when written
    written: float  # time.monotonic()
    kernel: int  # what the kernel was told


class Conntrack:
    """The table of the namespace given; the IPv4 part, because the lab switches IPv6 off."""

    def __init__(self, namespace: Namespace) -> None:
        """Raises OSError or LabUnavailable when the kernel has no connection tracking."""
        self._news = namespace.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
        self._news.bind((0, 1 << _NFNLGRP_CONNTRACK_NEW - 1))
        self._netlink = namespace.run(lambda: Netlink(_NETLINK_NETFILTER))
        # The first request makes a modular kernel load what it asks about, and only then are there settings.
        self._keys = {entry.key for entry in self.dump()}
        self._timeouts = namespace.run(_timeouts)
        # A forgotten connection would otherwise be picked up again in mid-stream.
        namespace.sysctl({"net.netfilter.nf_conntrack_tcp_loose": "0"})
        self._ageing: dict[int, _Ageing] = {}
        self._skipped = 0.0

    def close(self) -> None:
        self._netlink.close()
        self._news.close()

    def flush(self) -> None:
        """Forget every connection. Raises NetlinkError."""
        self._netlink.perform([NetlinkRequest("flush conntrack", _CT_DELETE, 0, _header())])
        self._ageing.clear()

    def dump(self) -> list[ConntrackEntry]:
        """All connections. Raises NetlinkError."""
        bodies = self._netlink.dump(NetlinkRequest("list conntrack", _CT_GET, 0, _header()))
        return [_entry(body) for body in bodies]

    def age(self, seconds: float) -> None:
        """Make the table as if `seconds` (0 or more) had passed without traffic. Raises NetlinkError.

        Entries whose time runs out are deleted. The kernel counts whole seconds; fractions are kept here, so
        many short steps add up to one long one.
        """
        now = time.monotonic()
        ageing: dict[int, _Ageing] = {}
        changes: list[NetlinkRequest] = []
        for entry in self._living():
            state = self._state(entry, now)
            state.remaining -= seconds
            if state.remaining <= 0:
                changes.append(_delete(entry))
                continue
            state.written, state.kernel = now, -int(-state.remaining // 1)
            ageing[entry.id] = state
            changes.append(_set_timeout(entry, state.kernel))
        self._ageing = ageing
        self._skipped += seconds
        self._change(changes)

    def _living(self) -> list[ConntrackEntry]:
        # A dump walks the hash table of all namespaces (10 ms for its 262144 buckets, measured); asking for
        # the connections we know takes microseconds each.
        try:
            while True:
                for _, _, _, body in messages(self._news.recv(1 << 16)):
                    self._keys.add(_entry(body).key)
        except BlockingIOError:
            bodies = self._netlink.ask([_get(key) for key in self._keys])
            entries = [_entry(body) for body in bodies]
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            entries = self.dump()
        self._keys = {entry.key for entry in entries}
        return entries

    def _state(self, entry: ConntrackEntry, now: float) -> _Ageing:
        known = self._ageing.get(entry.id)
        if known is not None:
            passed = now - known.written
            if abs(known.kernel - passed - entry.remaining - 0.5) <= 0.5 + _JIFFIES_SLACK:
                return _Ageing(known.born, entry.answered, known.remaining - passed, now, known.kernel)
        born = known.born if known else now + self._skipped
        # The kernel shows whole seconds rounded down, and the full time only in the tick of the packet
        # itself.
        full = entry.remaining in self._timeouts.values()
        remaining = float(entry.remaining if full else entry.remaining + 1)
        if known and known.answered and self._became_stream(entry, now + self._skipped - born):
            remaining += self._timeouts["udp_timeout_stream"] - self._timeouts["udp_timeout"]
        return _Ageing(born, entry.answered, remaining, now, entry.remaining)

    def _became_stream(self, entry: ConntrackEntry, lifetime: float) -> bool:
        # The kernel measures the two seconds by its own clock, which did not jump: the refresh that it gave
        # to this packet was that of a request, and must become that of a stream. (The first answer itself
        # still counts as part of the request.)
        return (
            entry.protocol == _UDP
            and lifetime > _STREAM_AFTER
            and entry.remaining <= self._timeouts["udp_timeout"]
        )

    def _change(self, changes: list[NetlinkRequest]) -> None:
        try:
            self._netlink.perform(changes)
        except NetlinkError as error:
            # An entry may run out by itself between listing and changing.
            if error.errno != errno.ENOENT:
                raise


def _timeouts() -> Mapping[str, int]:
    # Of nf_conntrack, per namespace; read once, because nobody but the lab's owner can change them.
    folder = Path("/proc/sys/net/netfilter")
    prefix = "nf_conntrack_"
    values = {
        path.name.removeprefix(prefix): int(path.read_text(encoding="ascii"))
        for path in folder.glob(f"{prefix}*_timeout*")
    }
    return {"udp_timeout": UDP_STATE, "udp_timeout_stream": UDP_STREAM_STATE} | values


def _header() -> bytes:
    return struct.pack("!BBH", socket.AF_INET, 0, 0)


def _get(key: bytes) -> NetlinkRequest:
    return NetlinkRequest(
        "look a connection up", _CT_GET, 0, _header() + attribute(_CTA_TUPLE_ORIG | NLA_F_NESTED, key)
    )


def _delete(entry: ConntrackEntry) -> NetlinkRequest:
    body = _header() + attribute(_CTA_TUPLE_ORIG | NLA_F_NESTED, entry.key)
    return NetlinkRequest(f"delete connection {_words(entry)}", _CT_DELETE, NLM_F_ACK, body)


def _set_timeout(entry: ConntrackEntry, seconds: int) -> NetlinkRequest:
    body = _header() + attribute(_CTA_TUPLE_ORIG | NLA_F_NESTED, entry.key)
    body += attribute(_CTA_TIMEOUT, struct.pack("!I", seconds))
    return NetlinkRequest(f"age connection {_words(entry)}", _CT_NEW, NLM_F_ACK, body)


def _words(entry: ConntrackEntry) -> str:
    one = entry.original
    return f"{one.source}:{one.source_port} -> {one.destination}:{one.destination_port}"


def _entry(body: bytes) -> ConntrackEntry:
    found = attributes(body[4:])
    protocol, original = read_tuple(found[_CTA_TUPLE_ORIG])
    _, reply = read_tuple(found[_CTA_TUPLE_REPLY])
    return ConntrackEntry(
        protocol=protocol,
        original=original,
        reply=reply,
        remaining=int.from_bytes(found.get(_CTA_TIMEOUT, b""), "big"),
        answered=bool(int.from_bytes(found.get(_CTA_STATUS, b""), "big") & _IPS_SEEN_REPLY),
        id=int.from_bytes(found.get(_CTA_ID, b""), "big"),
        key=found[_CTA_TUPLE_ORIG],
    )


def read_tuple(data: bytes) -> tuple[int, Tuple]:
    """One direction of a connection as ctnetlink has it, behind its protocol number."""
    parts = attributes(data)
    addresses, proto = attributes(parts[_CTA_TUPLE_IP]), attributes(parts[_CTA_TUPLE_PROTO])
    ports = [
        int.from_bytes(proto.get(port, proto.get(icmp, b"")), "big")
        for port, icmp in (
            (_CTA_PROTO_SRC_PORT, _CTA_PROTO_ICMP_TYPE),
            (_CTA_PROTO_DST_PORT, _CTA_PROTO_ICMP_CODE),
        )
    ]
    source, destination = IPv4Address(addresses[_CTA_IP_V4_SRC]), IPv4Address(addresses[_CTA_IP_V4_DST])
    return proto[_CTA_PROTO_NUM][0], Tuple(source, ports[0], destination, ports[1])
