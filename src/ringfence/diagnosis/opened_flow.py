"""The flow of the procedure that a packet opens, and the narrowest rule that lets it pass."""

from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import NamedTuple

from ringfence.diagnosis.observation import (
    DhcpSeen,
    EchoSeen,
    Observation,
    RasSeen,
    StreamKind,
    StreamSeen,
)
from ringfence.model.address import ANY_PORT, EPHEMERAL, Network, PortRange, port
from ringfence.model.defaults import (
    DHCP_CLIENT_PORT,
    DHCP_SERVER_PORT,
    GATEKEEPER_SOURCE_PORTS,
    RAS_SOURCE_ANY,
    RAS_SOURCE_FIXED,
    SIGNALLING_PORT,
    SIGNALLING_TLS_PORT,
)
from ringfence.model.packet import ECHO_REQUEST, Protocol
from ringfence.model.policy import Rule
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType


class OpenedFlow(NamedTuple):
    """The flow that a packet opens, named as the table of flows names it without its VLAN, and the first
    stage that needs it: discovery, registration and keep-alive go the same way."""

    name: str
    stage: Stage
    source_ports: PortRange
    destination_ports: PortRange
    icmp_type: int | None = None


def rule_for(seen: Observation) -> Rule | None:
    """The narrowest rule that opens this leg for the hosts seen; None for what opens nothing, or goes between
    ports that no rule of the procedure would pass."""
    opened, packet = opened_flow(seen), seen.crossing.packet
    if opened is None:
        return None
    ported = packet.protocol in {Protocol.TCP, Protocol.UDP}
    if ported and (
        packet.source_port not in opened.source_ports
        or packet.destination_port not in opened.destination_ports
    ):
        return None
    return Rule(
        opened.name,
        (_host(seen.source.ip),),
        (_host(seen.destination.ip),),
        Protocol(seen.crossing.packet.protocol),
        opened.source_ports,
        opened.destination_ports,
        opened.icmp_type,
    )


def opened_flow(seen: Observation) -> OpenedFlow | None:
    """The flow that a packet opens; None for what opens nothing.

    Ports are those of the standard or the manual where the packet's own port is one of them, since the next
    boot may use another of the range; else the packet's own.
    """
    source, destination = seen.source, seen.destination
    if isinstance(seen, DhcpSeen):
        return _dhcp_flow(seen)
    if isinstance(seen, RasSeen):
        here, there = _ras_ports(source.port), _ras_ports(destination.port)
        if seen.from_handset:
            name = "discover-multicast" if destination.ip.is_multicast else "ras"
            return OpenedFlow(name, Stage.DISCOVER, here, there)
        if seen.message in {"GCF", "GRJ"}:
            return OpenedFlow("discover-answer", Stage.DISCOVER, here, there)
        return OpenedFlow("ras-notify", Stage.NOTIFY, here, there)
    if isinstance(seen, StreamSeen):
        return _stream_flow(seen) if seen.kind is StreamKind.SYN else None
    if isinstance(seen, EchoSeen) and seen.request:
        return OpenedFlow("echo", Stage.ECHO, ANY_PORT, ANY_PORT, ECHO_REQUEST)
    return None


def _dhcp_flow(seen: DhcpSeen) -> OpenedFlow | None:
    client, server = port(DHCP_CLIENT_PORT), port(DHCP_SERVER_PORT)
    if seen.unicast_by_client:
        if seen.kind is DhcpMessageType.RELEASE:
            return OpenedFlow("dhcp-release", Stage.RELEASE, client, server)
        return OpenedFlow("dhcp-renew", Stage.RENEW, client, server)
    if {seen.source.port, seen.destination.port} != {DHCP_SERVER_PORT}:
        return None
    return OpenedFlow("dhcp-relay" if seen.from_handset else "dhcp-answer", Stage.ADDRESS, server, server)


def _ras_ports(number: int) -> PortRange:
    if number in RAS_SOURCE_FIXED:
        return RAS_SOURCE_FIXED
    return RAS_SOURCE_ANY if number in RAS_SOURCE_ANY else port(number)


def _stream_flow(seen: StreamSeen) -> OpenedFlow:
    to = seen.destination.port
    if to not in {SIGNALLING_PORT, SIGNALLING_TLS_PORT}:
        return OpenedFlow("files", Stage.PROVISION, EPHEMERAL, port(to))
    if seen.source.port in GATEKEEPER_SOURCE_PORTS:
        return OpenedFlow("signal-gatekeeper", Stage.SIGNAL, GATEKEEPER_SOURCE_PORTS, port(to))
    name = "signal-handset" if to == SIGNALLING_PORT else "signal-handset-tls"
    return OpenedFlow(name, Stage.SIGNAL, EPHEMERAL, port(to))


def _host(address: IPv4Address | IPv6Address) -> Network:
    return ip_network(address)
