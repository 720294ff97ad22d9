"""Everything that passes between a machine and the world: events in, commands out.

The laws:

1. Only `handle` changes a machine. It never blocks, logs, reads a clock or draws unseeded randomness.
2. `now` (seconds, any epoch) never goes back. A `TimeUp` before the deadline changes nothing.
3. After a `TimeUp` at the deadline the new deadline is later, or None.
4. Commands are performed in order, all of them, before the next event reaches that machine; what is behind
   a `Keep` may be performed a little later, still in order.
5. Nothing a peer sends can raise: ignore it, note it, or fail the stage. An exception is our defect.
6. A machine may own machines; none knows its parent. The owner routes by local address or stream.
7. Same journal in, same commands out.

A machine runs on one host. What the host answers by itself (ARP, echo requests, TCP acknowledgements) is
the network's business; a machine sees datagrams, streams and time.
"""

from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from ringfence.model.address import Address, Network, TransportAddress
from ringfence.model.findings import Finding
from ringfence.model.stage import Stage

# A stream that a machine opens bears the positive number it chose; one it accepts bears a negative
# number chosen by the driver. Numbers are not used twice on one host.
StreamId: TypeAlias = int


class _Event(msgspec.Struct, frozen=True, tag=True):
    pass


class _Command(msgspec.Struct, frozen=True, tag=True):
    pass


class Started(_Event, frozen=True):
    """The host has power; the first event, once."""


class TimeUp(_Event, frozen=True):
    """The deadline has (perhaps) come."""


class DatagramReceived(_Event, frozen=True):
    """A UDP datagram. `destination` is the address it was sent to: unicast, broadcast or group."""

    source: TransportAddress
    destination: TransportAddress
    data: bytes
    interface: str = ""


class BindFailed(_Event, frozen=True):
    """A `Bind` or `Listen` could not be performed: the port is taken."""

    local: TransportAddress


class StreamOpened(_Event, frozen=True):
    """`OpenStream` succeeded, TLS included."""

    stream: StreamId
    local: TransportAddress
    remote: TransportAddress


class StreamAccepted(_Event, frozen=True):
    """A peer opened a stream to a port that we listen on (`stream` is negative)."""

    stream: StreamId
    local: TransportAddress
    remote: TransportAddress


class StreamReceived(_Event, frozen=True):
    """Octets in order; how they are cut means nothing."""

    stream: StreamId
    data: bytes


class StreamClosed(_Event, frozen=True):
    """The peer closed, or the connection was lost after it was open (`reason` non-empty)."""

    stream: StreamId
    reason: str = ""


class StreamFault(StrEnum):
    """Why `OpenStream` did not succeed, as far as a machine may act on it."""

    REFUSED = "refused"  # RST to the SYN: the host is there, the service is not
    TLS = "tls"  # TCP is open, but TLS is not
    UNREACHABLE = "unreachable"  # no answer, no route, no free port


class StreamFailed(_Event, frozen=True):
    """`OpenStream` did not succeed. `reason` is for people."""

    stream: StreamId
    reason: str
    fault: StreamFault = StreamFault.UNREACHABLE


class EchoReplied(_Event, frozen=True):
    """An ICMP echo reply (RFC 792)."""

    source: Address
    identifier: int
    sequence: int


class AddressConfigured(_Event, frozen=True):
    """`ConfigureAddress` has been performed: sockets may be bound to it now."""

    address: Address


class LinkChanged(_Event, frozen=True):
    """The host's link came up or went down."""

    up: bool


class LogOff(_Event, frozen=True):
    """Whoever runs an endpoint ends its work: it unregisters, gives its lease back, and is silent then."""


class VlanAssigned(_Event, frozen=True):
    """The switch says by LLDP-MED which VLAN is for voice; 0: untagged."""

    vlan: int


Event: TypeAlias = (
    Started
    | TimeUp
    | DatagramReceived
    | BindFailed
    | StreamOpened
    | StreamAccepted
    | StreamReceived
    | StreamClosed
    | StreamFailed
    | EchoReplied
    | AddressConfigured
    | LinkChanged
    | LogOff
    | VlanAssigned
)


class Bind(_Command, frozen=True):
    """Receive datagrams sent to `local`. With ip 0.0.0.0: to any address of the host, broadcast included;
    with 255.255.255.255: to that address alone.

    `interface` restricts it to one interface. A bind stays until `Unbind` or until its address goes.
    """

    local: TransportAddress
    interface: str = ""


class Unbind(_Command, frozen=True):
    local: TransportAddress
    interface: str = ""


class SendDatagram(_Command, frozen=True):
    """Send from `source`, which is a bound address or has the port of a 0.0.0.0 bind.

    To 255.255.255.255 `interface` must be named unless the host has one only. `link_destination` (six
    octets) bypasses ARP: a DHCP relay or server answers a client that cannot answer ARP yet
    (RFC 2131 section 4.1). `ttl` matters for groups.
    """

    source: TransportAddress
    destination: TransportAddress
    data: bytes
    interface: str = ""
    link_destination: bytes = b""
    ttl: int = 64


class Listen(_Command, frozen=True):
    """Accept streams on `local`.

    `only_from`: when not empty, a SYN from any other address is dropped in silence, no RST: handsets do
    so on 1720 for addresses outside their gatekeeper list (96x1 H.323 administrator guide, 2018, p. 33).
    `keepalive`: TCP's, on every stream that is accepted.
    """

    local: TransportAddress
    tls: bool = False
    only_from: tuple[Address, ...] = ()
    keepalive: tuple[int, int, int] | None = None  # idle s, interval s, count


class StopListening(_Command, frozen=True):
    local: TransportAddress


class OpenStream(_Command, frozen=True):
    """Connect from `source_ip` and the first free port of `source_ports` (0-0: any) to `destination`.

    `StreamFailed` follows when it is refused, or has not succeeded after `timeout` seconds.
    """

    stream: StreamId
    source_ip: Address
    destination: TransportAddress
    source_ports: tuple[int, int] = (0, 0)
    tls: bool = False
    timeout: float = 10.0
    keepalive: tuple[int, int, int] | None = None  # idle s, interval s, count


class SendStream(_Command, frozen=True):
    stream: StreamId
    data: bytes


class SendFile(_Command, frozen=True):
    """Send `length` octets from `offset` of a file below the host's directory, behind what was sent before.

    The stream is reset when the file has not that `size` and time of change (`modified`, ns since 1970) any
    more: half of one and half of another is neither.
    """

    stream: StreamId
    name: str
    offset: int
    length: int
    size: int
    modified: int


class CloseStream(_Command, frozen=True):
    """Close after what was sent has gone; `abort` resets instead."""

    stream: StreamId
    abort: bool = False


class SendEcho(_Command, frozen=True):
    """An ICMP echo request from `source` to `destination`."""

    source: Address
    destination: Address
    identifier: int
    sequence: int


class JoinGroup(_Command, frozen=True):
    """Receive datagrams to a multicast group on a bound port (IGMP is the network's business)."""

    group: Address
    interface: str = ""


class SetVlan(_Command, frozen=True):
    """Leave the current VLAN and use this one: 0 is untagged (the switch port's own VLAN)."""

    vlan: int


class ConfigureAddress(_Command, frozen=True):
    """Give the host's interface this address, and this default router when there is one."""

    address: Address
    network: Network
    router: Address | None = None
    interface: str = ""


class RemoveAddress(_Command, frozen=True):
    address: Address
    interface: str = ""


class Kept(StrEnum):
    """What a machine may ask to have kept, each kind with keys of its own."""

    LEASE = "lease"
    REGISTRATION = "registration"
    H235_PEER = "h235-peer"
    H235_STAMP = "h235-stamp"
    HASH_PROOF = "hash-proof"


class Keep(_Command, frozen=True):
    """This must outlive the process before the commands behind it are performed.

    The last `body` of a key counts; None: the record is forgotten. `until` is an instant of the machine's
    clock that the record holds (None: it holds none); it comes back in the clock of the machine's successor.
    """

    kind: Kept
    key: str
    body: bytes | None = None
    until: float | None = None


class StageReached(_Command, frozen=True):
    """This machine's own opinion that a stage is complete. Proofs judge by packets, not by this."""

    stage: Stage
    detail: str = ""


class StageFailed(_Command, frozen=True):
    stage: Stage
    detail: str


class MediaTold(_Command, frozen=True):
    """Call signalling told this end to exchange audio: RTP between `local` and `remote`, whose RTCP is at
    `control`. `opens`: this end speaks first. It changes nothing; proofs know by it what was to be heard.
    """

    local: TransportAddress
    remote: TransportAddress
    control: TransportAddress
    opens: bool


class Noted(_Command, frozen=True):
    finding: Finding


Command: TypeAlias = (
    Bind
    | Unbind
    | SendDatagram
    | Listen
    | StopListening
    | OpenStream
    | SendStream
    | SendFile
    | CloseStream
    | SendEcho
    | JoinGroup
    | SetVlan
    | ConfigureAddress
    | RemoveAddress
    | Keep
    | StageReached
    | StageFailed
    | MediaTold
    | Noted
)

Commands: TypeAlias = tuple[Command, ...]
NOTHING: Commands = ()


class Machine(Protocol):
    """What a driver runs."""

    @property
    def deadline(self) -> float | None:
        """When the machine wants `TimeUp`; None: never."""

    def handle(self, event: Event, now: float) -> Commands:
        """Take one event; say what to do about it."""
