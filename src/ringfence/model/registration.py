"""THE TABLE: every flow from power-up to registered and kept alive, computed from a site, cited.

A flow names who sends the first packet. Replies to it are the stateful firewall's business; where the
answer is not the mirror of the question (relayed DHCP, multicast discovery) it is a flow of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from ringfence.model import citations
from ringfence.model.address import ANY_PORT, EPHEMERAL, Network, PortRange, port
from ringfence.model.defaults import (
    DHCP_CLIENT_PORT,
    DHCP_SERVER_PORT,
    DISCOVERY_GROUP,
    DISCOVERY_PORT,
    DNS_PORT,
)
from ringfence.model.flow import Basis, Flow, Party, Role
from ringfence.model.flow_table import merged
from ringfence.model.kinds import Kind, kinds
from ringfence.model.media import media_flows
from ringfence.model.monitoring import service_flows
from ringfence.model.packet import ECHO_REQUEST, Protocol
from ringfence.model.parties import Way, alike, handsets, hosts_as, vlan_networks
from ringfence.model.site import (
    Addressing,
    CallControl,
    DhcpServer,
    Discovery,
    Gatekeeper,
    Group,
    RelaySource,
    Scheme,
    Site,
    Vlan,
    hosts,
)
from ringfence.model.stage import Stage


def flows(site: Site) -> tuple[Flow, ...]:
    """Every flow of the procedure that crosses a firewall of the site, in the procedure's order.

    What groups of phones have in common is one flow; time grows with their number, not with its square.
    """
    return merged(
        replace(flow, groups=kind.names)
        for kind in kinds(site)
        for flow in procedure(site, kind)
        if flow.crosses
    )


def flows_through(site: Site, firewall: str) -> tuple[Flow, ...]:
    """Those that this firewall sees."""
    return tuple(flow for flow in flows(site) if firewall in flow.crosses)


def procedure(site: Site, kind: Kind) -> tuple[Flow, ...]:
    """Every flow of these phones in the procedure's order, those too that meet no firewall."""
    every = (
        *_relayed_dhcp(site, kind),
        *_unicast_dhcp(site, kind),
        *_lookups(site, kind),
        *_files(site, kind),
        *_discovery(site, kind),
        *_ras(site, kind),
        *_call_control(site, kind),
        *_echo(site, kind),
        *media_flows(site, kind),
        *service_flows(site, kind),
    )
    return tuple(sorted(every, key=lambda flow: flow.stage.order))


def _gatekeepers(site: Site, kind: Kind) -> Iterator[tuple[Way, Party, Gatekeeper]]:
    """The gatekeepers that are reached alike, and the first of them, whose ports all of them have."""
    group = kind.first
    for path, same in alike(
        site,
        group.voice,
        group.gatekeepers,
        lambda each: (each.ras_port, each.signalling_port, each.tls_port),
    ):
        yield path, hosts_as(Role.GATEKEEPER, same), same[0]


def _vlan_of(name: str) -> Callable[[Group], Vlan]:
    return lambda group: dict(group.vlans)[name]


def _dhcp(
    id_: str,
    stage: Stage,
    ends: tuple[Party, Party],
    dialogue: str,
    path: Way,
    *basis: Basis,
) -> Flow:
    def side(party: Party) -> PortRange:
        return port(DHCP_CLIENT_PORT if party.role is Role.HANDSET else DHCP_SERVER_PORT)

    initiator, responder = ends
    return Flow(
        id_,
        stage,
        initiator,
        responder,
        Protocol.UDP,
        side(initiator),
        side(responder),
        dialogue,
        basis,
        crosses=path,
    )


def _relayed_dhcp(site: Site, kind: Kind) -> Iterator[Flow]:
    group = kind.first
    if group.addressing is Addressing.STATIC:
        return
    asked: set[tuple[Way, tuple[Network, ...], tuple[DhcpServer, ...]]] = set()
    for (name, vlan), stage in zip(group.vlans, (Stage.ADDRESS, Stage.VLAN_MOVE), strict=False):
        relay = vlan.relay
        far = [server for server in group.dhcp if server.address not in vlan.network]
        if relay is None:
            continue
        relays = [own for each in kind.groups if (own := _vlan_of(name)(each).relay) is not None]
        giaddr = Party(
            Role.RELAY_GIADDR,
            hosts(dict.fromkeys(giaddr for each in relays for giaddr in each.giaddrs)),
            name,
        )
        router = site.own_addresses.get(vlan.router)
        for path, same in alike(site, vlan, far):
            server = hosts_as(Role.DHCP_SERVER, same)
            # What a firewall's own agent sends and receives is not forwarded there.
            onward = tuple(each for each in path if each != router)
            if relay.source is RelaySource.GIADDR:
                yield _dhcp(
                    f"dhcp-relay-{name}",
                    stage,
                    (giaddr, server),
                    _ASKED,
                    onward,
                    citations.RELAY_PORTS,
                    citations.RELAY_AT_GIADDR,
                )
                continue
            sources = hosts(dict.fromkeys(source for each in relays for source in each.addresses))
            if (onward, sources, tuple(same)) not in asked:
                asked.add((onward, sources, tuple(same)))
                uplink = Party(Role.RELAY_UPLINK, sources)
                yield _dhcp(
                    "dhcp-relay",
                    stage,
                    (uplink, server),
                    _ASKED,
                    onward,
                    citations.RELAY_PORTS,
                    citations.RELAY_UPLINK,
                )
            yield _dhcp(
                f"dhcp-answer-{name}",
                stage,
                (server, giaddr),
                "OFFER and ACK to giaddr, not to the source of the request",
                onward[::-1],
                citations.RELAY_PORTS,
                citations.RELAY_MEASURED,
            )


_ASKED = "DISCOVER and REQUEST, relayed"


def _unicast_dhcp(site: Site, kind: Kind) -> Iterator[Flow]:
    group = kind.first
    if group.addressing is Addressing.STATIC:
        return
    if group.moves:
        booting = Party(Role.HANDSET, vlan_networks(kind, lambda each: each.boot_vlan), "data")
        for path, same in alike(site, group.boot_vlan, group.dhcp):
            yield _dhcp(
                "dhcp-release",
                Stage.RELEASE,
                (booting, hosts_as(Role.DHCP_SERVER, same)),
                "RELEASE before the VLAN move",
                path,
                citations.UNICAST_RELEASE,
                citations.VLAN_RELEASE,
            )
    for path, same in alike(site, group.voice, group.dhcp):
        server = hosts_as(Role.DHCP_SERVER, same)
        yield _dhcp(
            "dhcp-renew",
            Stage.RENEW,
            (handsets(kind), server),
            "REQUEST at T1, never relayed",
            path,
            citations.UNICAST_RENEWAL,
        )


def _lookups(site: Site, kind: Kind) -> Iterator[Flow]:
    """Names are asked for beyond a firewall or nowhere that matters here."""
    group = kind.first
    for path, same in alike(site, group.voice, group.dns if group.hosts else ()):
        if not path:
            continue
        yield Flow(
            "dns-lookup",
            Stage.RESOLVE,
            handsets(kind),
            hosts_as(Role.DNS_SERVER, same),
            Protocol.UDP,
            EPHEMERAL,
            port(DNS_PORT),
            "addresses of the servers that phones are told by name",
            (citations.NAMES, citations.NAMES_TOLD),
            crosses=path,
        )


def _files(site: Site, kind: Kind) -> Iterator[Flow]:
    group = kind.first
    for path, same in alike(site, group.voice, group.files, lambda each: (each.scheme, each.port)):
        if same[0].scheme is Scheme.TFTP:
            yield from _tftp(kind, hosts_as(Role.FILE_SERVER, same), same[0].port, path)
            continue
        secure = same[0].scheme is Scheme.HTTPS
        yield Flow(
            "files-https" if secure else "files-http",
            Stage.PROVISION,
            handsets(kind),
            hosts_as(Role.FILE_SERVER, same),
            Protocol.TCP,
            EPHEMERAL,
            port(same[0].port),
            f"upgrade and settings files over {'HTTPS' if secure else 'HTTP'}",
            (citations.FILES, citations.POST),
            crosses=path,
        )


def _tftp(kind: Kind, server: Party, listens: int, path: Way) -> Iterator[Flow]:
    """A request, and the transfer that the server opens from a port of its own to the port that asked."""
    asked, sent = "TFTP read request", "TFTP blocks, from a port that the server chooses"
    out, back = (handsets(kind), server), (server, handsets(kind))
    known, told = (citations.TFTP_REQUEST,), (citations.TFTP_ANSWER,)
    udp, stage = Protocol.UDP, Stage.PROVISION
    yield Flow("files-tftp", stage, *out, udp, EPHEMERAL, port(listens), asked, known, crosses=path)
    yield Flow("files-tftp-data", stage, *back, udp, EPHEMERAL, EPHEMERAL, sent, told, crosses=path[::-1])


def _ras_basis(kind: Kind) -> Basis:
    return citations.RAS_FIXED if len(kind.first.calls.ras_ports) == 1 else citations.RAS_RANGE


def _ras_out(site: Site, kind: Kind, id_: str, stage: Stage, dialogue: str, *basis: Basis) -> Iterator[Flow]:
    for path, gatekeeper, first in _gatekeepers(site, kind):
        yield Flow(
            id_,
            stage,
            handsets(kind),
            gatekeeper,
            Protocol.UDP,
            kind.first.calls.ras_ports,
            port(first.ras_port),
            dialogue,
            (*basis, _ras_basis(kind)),
            crosses=path,
        )


def _ras_back(site: Site, kind: Kind, id_: str, stage: Stage, dialogue: str, *basis: Basis) -> Iterator[Flow]:
    for path, gatekeeper, first in _gatekeepers(site, kind):
        yield Flow(
            id_,
            stage,
            gatekeeper,
            handsets(kind),
            Protocol.UDP,
            port(first.ras_port),
            kind.first.calls.ras_ports,
            dialogue,
            (*basis, _ras_basis(kind)),
            crosses=path[::-1],
        )


def _discovery(site: Site, kind: Kind) -> Iterator[Flow]:
    if kind.first.calls.discovery is Discovery.UNICAST:
        yield from _ras_out(
            site, kind, "discover", Stage.DISCOVER, "GRQ / GCF, unicast", citations.UNICAST_GRQ, citations.RAS
        )
        return
    for path in dict.fromkeys(path for path, _, _ in _gatekeepers(site, kind)):
        yield Flow(
            "discover-multicast",
            Stage.DISCOVER,
            handsets(kind),
            Party(Role.DISCOVERY_GROUP, (IPv4Network(DISCOVERY_GROUP),)),
            Protocol.UDP,
            kind.first.calls.ras_ports,
            port(DISCOVERY_PORT),
            "GRQ to the discovery group",
            (citations.MULTICAST, _ras_basis(kind)),
            crosses=path,
        )
    yield from _ras_back(
        site,
        kind,
        "discover-answer",
        Stage.DISCOVER,
        "GCF, unicast, to a GRQ that was multicast",
        citations.MULTICAST_ANSWER,
    )


def _ras(site: Site, kind: Kind) -> Iterator[Flow]:
    # A multicast question is answered from gatekeeper:1719, and that answer's state lets the RRQ through:
    # there the handset opens RAS only later, when it registers anew (measured on Linux conntrack).
    if kind.first.calls.discovery is Discovery.UNICAST:
        yield from _ras_out(site, kind, "ras", Stage.REGISTER, "RRQ / RCF", citations.RAS)
    yield from _ras_out(
        site,
        kind,
        "ras-refresh",
        Stage.KEEP_ALIVE,
        "GRQ or RRQ again, after the firewall's state has expired",
        citations.REFRESH,
        citations.RAS,
        citations.STATE_AGES,
    )
    yield from _ras_back(
        site,
        kind,
        "ras-notify",
        Stage.NOTIFY,
        "URQ, IRQ or NSM after the firewall's state has expired",
        citations.GATEKEEPER_RAS,
        citations.STATE_AGES,
    )


def _call_control(site: Site, kind: Kind) -> Iterator[Flow]:
    choice = kind.first.calls
    dialogue = "H.225.0 call signalling, one persistent connection"
    secure = choice.call_control is CallControl.HANDSET_TLS
    for path, gatekeeper, first in _gatekeepers(site, kind):
        if choice.call_control is CallControl.GATEKEEPER:
            yield Flow(
                "signal-gatekeeper",
                Stage.SIGNAL,
                gatekeeper,
                handsets(kind),
                Protocol.TCP,
                choice.gatekeeper_ports,
                port(choice.signalling_port),
                dialogue,
                (citations.TIME_TO_SERVICE, citations.GATEKEEPER_PORTS),
                crosses=path[::-1],
            )
            continue
        yield Flow(
            "signal-handset-tls" if secure else "signal-handset",
            Stage.SIGNAL,
            handsets(kind),
            gatekeeper,
            Protocol.TCP,
            EPHEMERAL,
            port(first.tls_port if secure else first.signalling_port),
            dialogue,
            (citations.HANDSET_OPENS_TLS if secure else citations.HANDSET_OPENS,),
            crosses=path,
        )


def _echo(site: Site, kind: Kind) -> Iterator[Flow]:
    for path, gatekeeper, _ in _gatekeepers(site, kind):
        yield Flow(
            "echo",
            Stage.ECHO,
            handsets(kind),
            gatekeeper,
            Protocol.ICMP,
            ANY_PORT,
            ANY_PORT,
            f"echo request, every {kind.first.calls.echo_interval} s",
            (citations.ECHO,),
            icmp_type=ECHO_REQUEST,
            crosses=path,
        )
