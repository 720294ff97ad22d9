"""Packets that no flow needs, next to those that one does: each must be dropped.

They are neighbours of the permitted ones on purpose. A rule that is one port or one host too wide shows here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from ringfence.model.address import EPHEMERAL, Address, Network, PortRange
from ringfence.model.flow import Flow, Party, Role
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Packet, Protocol, TcpFlags
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.roles.addresses import home
from ringfence.roles.site_network import SiteNetwork

# What the consultant's "open everything both ways" would also let in (RFC 6335 assignments).
_ADMINISTRATION = (22, 23, 161, 443, 3389)
_TIMESTAMP, _REDIRECT = 13, 5  # RFC 792
_ICMP_REST = b"\x52\x46\x00\x01ringfence"  # identifier, sequence, data


@dataclass(frozen=True, slots=True)
class Probe:
    """`kind` is what makes the packet a stranger, in words."""

    kind: str
    packet: Packet


def probes(site: Site, network: SiteNetwork) -> tuple[Probe, ...]:
    """Every neighbour of every flow that no flow covers, each packet once."""
    needed = flows(site)
    found: dict[Packet, Probe] = {}
    for flow in needed:
        for probe in _neighbours(site, network, flow):
            stranger = probe.kind == _MID_STREAM or not any(covers(other, probe.packet) for other in needed)
            if stranger and _crosses(site, probe.packet):
                found.setdefault(probe.packet, probe)
    return tuple(found.values())


def covers(flow: Flow, packet: Packet) -> bool:
    """Whether this flow may begin with this packet."""
    if packet.protocol is not flow.protocol:
        return False
    if not (_within(packet.source, flow.initiator) and _within(packet.destination, flow.responder)):
        return False
    if flow.icmp_type is not None:
        return packet.source_port == flow.icmp_type
    return packet.source_port in flow.initiator_ports and packet.destination_port in flow.responder_ports


def _within(address: Address, party: Party) -> bool:
    return any(address in network for network in party.networks)


def sample(flow: Flow) -> Packet:
    """A packet that opens the flow."""
    source, destination = _host(flow.initiator.networks), _host(flow.responder.networks)
    if flow.icmp_type is not None:
        return Packet(flow.protocol, source, flow.icmp_type, destination, 0, payload=_ICMP_REST)
    flags = TcpFlags.SYN if flow.protocol is Protocol.TCP else TcpFlags(0)
    return Packet(
        flow.protocol,
        source,
        _typical(flow.initiator_ports),
        destination,
        _typical(flow.responder_ports),
        flags,
    )


def _typical(ports: PortRange) -> int:
    return 40_000 if ports == EPHEMERAL else ports.first


def _host(networks: tuple[Network, ...]) -> Address:
    """An ordinary host of the first network: not the router at its bottom."""
    network = networks[0]
    return network[0] if network.num_addresses == 1 else network[network.num_addresses // 2 + 1]


_MID_STREAM = "no handshake came before"


def _neighbours(site: Site, network: SiteNetwork, flow: Flow) -> Iterator[Probe]:
    packet = sample(flow)
    yield from _other_hosts(site, network, flow, packet)
    if flow.icmp_type is not None:
        for kind, icmp_type in (("reply", ECHO_REPLY), ("redirect", _REDIRECT), ("timestamp", _TIMESTAMP)):
            yield Probe(f"other ICMP type ({kind})", replace(packet, source_port=icmp_type))
        yield Probe("other direction", _turned(packet, ECHO_REQUEST))
        return
    for port in (flow.responder_ports.first - 1, flow.responder_ports.last + 1, *_ADMINISTRATION):
        yield Probe("other port", replace(packet, destination_port=port))
    for port in (flow.initiator_ports.first - 1, flow.initiator_ports.last + 1):
        if 0 < port < 65536:
            yield Probe("neighbour source port", replace(packet, source_port=port))
    yield Probe("other direction", _turned(packet, packet.destination_port))
    other = Protocol.UDP if flow.protocol is Protocol.TCP else Protocol.TCP
    flags = TcpFlags.SYN if other is Protocol.TCP else TcpFlags(0)
    yield Probe("other protocol", replace(packet, protocol=other, flags=flags))
    if flow.protocol is Protocol.TCP:
        yield Probe(_MID_STREAM, replace(packet, flags=TcpFlags.ACK))


def _turned(packet: Packet, source_port: int) -> Packet:
    """The packet as if the other side had spoken first; meaningless for a group, which never speaks."""
    if packet.protocol is Protocol.ICMP:
        return replace(packet, source=packet.destination, destination=packet.source, source_port=source_port)
    return replace(
        packet,
        source=packet.destination,
        source_port=packet.destination_port,
        destination=packet.source,
        destination_port=packet.source_port,
    )


def _other_hosts(site: Site, network: SiteNetwork, flow: Flow, packet: Packet) -> Iterator[Probe]:
    outward = _serves(flow.responder)
    end = flow.responder if outward else flow.initiator
    zone = site.zone_of(_first(end)) if end.role is not Role.DISCOVERY_GROUP else None
    # The discovery group lives nowhere: any stranger beyond the firewall will do.
    server = network.strangers.get(zone or "") or next(iter(network.strangers.values()), None)
    handset_zone = _elsewhere_in_handset_zone(site, network)
    if server is not None:
        yield Probe("other host", _with_end(packet, server, source=not outward))
    if handset_zone is not None:
        yield Probe("other host", _with_end(packet, handset_zone, source=outward))


def _with_end(packet: Packet, address: IPv4Address, *, source: bool) -> Packet:
    return replace(packet, source=address) if source else replace(packet, destination=address)


def _first(party: Party) -> IPv4Address:
    address = party.networks[0].network_address
    assert isinstance(address, IPv4Address)
    return address


def _serves(party: Party) -> bool:
    return party.role not in {Role.HANDSET, Role.RELAY_GIADDR, Role.RELAY_UPLINK}


def _elsewhere_in_handset_zone(site: Site, network: SiteNetwork) -> IPv4Address | None:
    """A host of the handset zone that is no handset: on the data VLAN, or on the link; None: no room."""
    group = site.groups[0]
    if group.moves:
        booting = group.boot_vlan.network
        return booting[booting.num_addresses // 2 + 2]
    if not network.uplinks or site.zone_of(network.uplinks[0]) is None:
        return None
    taken = {*network.uplinks, *network.near}
    return next((host for host in home(site, network.uplinks[0]).hosts() if host not in taken), None)


def _crosses(site: Site, packet: Packet) -> bool:
    """Whether a firewall would see it: it goes from one zone to another, and is no group's own packet."""
    assert isinstance(packet.source, IPv4Address)
    assert isinstance(packet.destination, IPv4Address)
    if packet.source.is_multicast or not 0 <= packet.destination_port < 65536:
        return False
    if packet.source in site.own_addresses or packet.destination in site.own_addresses:
        return False
    source, destination = site.zone_of(packet.source), site.zone_of(packet.destination)
    return bool(source) and source != destination and (bool(destination) or packet.destination.is_multicast)
