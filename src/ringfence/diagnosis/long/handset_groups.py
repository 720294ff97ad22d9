"""Which handsets can be judged apart from one another: the packets of a long recording, sorted by who they
concern.

A handset's MAC and the addresses that it leased or asked for belong together, and so do two handsets that
talk to each other. Servers belong to nobody: what a handset says to one concerns the handset alone.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ringfence.capture.dissect import Datagram, ipv4_address, transport_address
from ringfence.capture.selection import has_identifier
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.dialogue import dhcp_message, icmp_seen
from ringfence.diagnosis.exchange import ErrorKey, about
from ringfence.diagnosis.observation import IcmpErrorSeen
from ringfence.diagnosis.options import DAY
from ringfence.diagnosis.ras_view import GRQ, RRQ
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT, SIGNALLING_PORT, SIGNALLING_TLS_PORT
from ringfence.model.packet import Protocol
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import REQUESTED_ADDRESS

_UDP, _ICMP = int(Protocol.UDP), int(Protocol.ICMP)
_DHCP = frozenset({DHCP_SERVER_PORT, DHCP_CLIENT_PORT})
# Peers of an address that is neither a handset's nor a server's; what has more is taken for a server.
_MOST_PEERS = 32
_MOST_PARTNERS = 1024  # of a handset, over all of a recording; assumed
_NOBODY = 0  # who a packet between servers concerns
# Whether a node is a handset: by RAS of any kind or call signalling; by a lease, GRQ or RRQ.
_PERHAPS, _SURELY = 1, 2
_SIGNALLING = frozenset({SIGNALLING_PORT, SIGNALLING_TLS_PORT})


class HandsetGroups:
    """Give it packets, a fragment or a whole one for each frame, in any order; then ask for the groups.

    4 octets of memory for each packet, some hundred for each handset. `gatekeepers`: when each was first
    shown to be one. `days`: those since the epoch on which somebody leased an address or asked a gatekeeper.
    """

    def __init__(self) -> None:
        self.gatekeepers: dict[TransportAddress, float] = {}
        self.days: set[int] = set()
        self._nodes: dict[object, int] = {None: _NOBODY}
        self._above = [_NOBODY]  # by node: another of its group, or itself
        self._is_handset = bytearray(1)
        self._peers = array("I", (0,))
        self._pairs: dict[int, int] = {}  # by two nodes, the lower number in the upper half
        self._asked: dict[ErrorKey, int] = {}  # by DHCP, with which ends: the last client
        self._of = array("I")  # by packet: its pair

    def bring_to_last(self, indexes: Iterable[int]) -> None:
        """Let these packets, by their order from 0, concern whom the last one concerns."""
        for index in indexes:
            self._of[index] = self._of[-1]

    def take(self, packet: Datagram) -> None:
        one, other = self._ends(packet)
        key = one << 32 | other if one <= other else other << 32 | one
        pair = self._pairs.get(key)
        if pair is None:
            pair = self._pairs[key] = len(self._pairs)
            self._peers[one] += 1
            self._peers[other] += 1
        self._of.append(pair)

    def _ends(self, packet: Datagram) -> tuple[int, int]:
        protocol = packet.protocol
        if packet.fragment is None:
            if protocol == _UDP:
                payload = packet.payload
                if packet.source_port in _DHCP or packet.destination_port in _DHCP:
                    message = dhcp_message(payload)
                    if message is not None:
                        self.days.add(int(packet.time // DAY))
                        client = self._client(message)
                        self._asked[
                            _UDP,
                            packet.source,
                            packet.source_port,
                            packet.destination,
                            packet.destination_port,
                        ] = client
                        return client, client
                elif has_identifier(payload, 0, len(payload)):
                    self.days.add(int(packet.time // DAY))
                    self._registration(packet, payload[0] >> 2)
                else:  # other RAS
                    return self._equals(packet)
            elif protocol == _ICMP:
                error = icmp_seen(Crossing(packet))
                if isinstance(error, IcmpErrorSeen):
                    return self._about(error)
            elif packet.source_port in _SIGNALLING or packet.destination_port in _SIGNALLING:
                return self._equals(packet)
        return self._node(packet.source), self._node(packet.destination)

    def _equals(self, packet: Datagram) -> tuple[int, int]:
        """The ends of a packet that does not say which of them is a handset."""
        source, destination = self._node(packet.source), self._node(packet.destination)
        self._mark(source, _PERHAPS)
        self._mark(destination, _PERHAPS)
        return source, destination

    def _about(self, error: IcmpErrorSeen) -> tuple[int, int]:
        """An error about what a relay agent or server sent concerns the client: the one that it quotes, else
        the last in the order of the file."""
        client = self._node(error.about_hardware) if error.about_hardware else self._asked.get(about(error))
        if client is not None:
            return client, client
        return self._node(error.about_source.ip), self._node(error.about_destination.ip)

    def _node(self, what: object) -> int:
        node = self._nodes.get(what)
        if node is None:
            node = self._nodes[what] = len(self._above)
            self._above.append(node)
            self._is_handset.append(0)
            self._peers.append(0)
        return node

    def _mark(self, node: int, how_sure: int) -> None:
        self._is_handset[node] = max(self._is_handset[node], how_sure)

    def _client(self, message: DhcpMessage) -> int:
        """A DHCP client with its addresses."""
        client = self._node(message.chaddr)
        self._mark(client, _SURELY)
        for address in (message.yiaddr, message.ciaddr, _requested(message)):
            if address is not None and int(address):
                node = self._node(address)
                self._mark(node, _SURELY)
                self._join(client, node)
        return client

    def _registration(self, packet: Datagram, kind: int) -> None:
        source, destination = packet.source, packet.destination
        asks = kind in {GRQ, RRQ}
        self._mark(self._node(source if asks else destination), _SURELY)
        port = packet.destination_port if asks else packet.source_port
        gatekeeper = transport_address(destination if asks else source, port)
        if packet.time < self.gatekeepers.get(gatekeeper, float("inf")):
            self.gatekeepers[gatekeeper] = packet.time

    def _top(self, node: int) -> int:
        above = self._above
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    def _join(self, one: int, other: int) -> None:
        self._above[self._top(one)] = self._top(other)

    def parts(self, least: int) -> Iterator[Sequence[int]]:
        """Packets by their order from 0, of as many groups at a time as have `least` of them together."""
        self._servers_are_no_handsets()
        owners = [self._owner(pair >> 32, pair & 0xFFFFFFFF) for pair in self._pairs]
        tops = [self._top(owner) for owner in owners]
        sizes = Counter[int]()
        for pair, count in Counter(self._of).items():
            sizes[tops[pair]] += count
        batch_of: dict[int, int] = {}
        number, filled = 0, 0
        for top in dict.fromkeys(tops):
            batch_of[top] = number
            filled += sizes[top]
            if filled >= least:
                number, filled = number + 1, 0
        batches = [array("I") for _ in range(number + 1)]
        into = [batches[batch_of[top]].append for top in tops]
        for index, pair in enumerate(self._of):
            into[pair](index)
        yield from filter(None, batches)

    def _servers_are_no_handsets(self) -> None:
        """A gatekeeper that registers with another, or a server that leases its address, is judged among
        servers: those who talk to it are not all one."""
        gatekeepers = {self._nodes.get(each.ip, _NOBODY) for each in self.gatekeepers}
        for node, peers in enumerate(self._peers):
            sure = self._is_handset[node] == _SURELY and node not in gatekeepers
            if peers > (_MOST_PARTNERS if sure else _MOST_PEERS):
                self._is_handset[node] = 0

    def _owner(self, one: int, other: int) -> int:
        """Whom packets between the two concern; handsets that talk to each other are joined."""
        ours = [each for each in (one, other) if self._is_handset[each]]
        ours = ours or [each for each in (one, other) if self._peers[each] <= _MOST_PEERS]
        if not ours:
            return _NOBODY
        if len(ours) > 1:
            self._join(*ours)
        return ours[0]


def _requested(message: DhcpMessage) -> Address | None:
    octets = message.raw(REQUESTED_ADDRESS.code)
    return ipv4_address(octets) if octets is not None and len(octets) == 4 else None
