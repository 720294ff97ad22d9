"""THE TABLE: every flow from power-up to registered and kept alive, computed from a site, cited.

A flow names who sends the first packet. Replies to it are the stateful firewall's business; where the
answer is not the mirror of the question (relayed DHCP, multicast discovery) it is a flow of its own.
"""

from ipaddress import IPv4Address, IPv4Network

from ringfence.model.address import ANY_PORT, EPHEMERAL, PortRange, port
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DISCOVERY_GROUP, DISCOVERY_PORT
from ringfence.model.flow import Basis, Evidence, Flow, Party, Role
from ringfence.model.packet import ECHO_REQUEST, Protocol
from ringfence.model.site import (
    CallControl,
    Discovery,
    RelaySource,
    Scheme,
    Site,
    Vlan,
)
from ringfence.model.stage import Stage

RELAY_PORTS = Basis(
    Evidence.STANDARD,
    "RFC 2131 section 4.1 and RFC 1542 section 4: a relay agent sends to port 67 and is answered on port 67",
)
RELAY_MEASURED = Basis(
    Evidence.MEASURED, "ISC dhcrelay, dnsmasq, Kea, ISC dhcpd: 67 -> 67 both ways, port 68 never on this leg"
)
RELAY_UPLINK = Basis(
    Evidence.MEASURED,
    "ISC dhcrelay asks from the address of its uplink; AlaxalA AX3660S guide section 5.1.3 too",
)
RELAY_AT_GIADDR = Basis(Evidence.MEASURED, "dnsmasq asks from giaddr, so the answer mirrors the question")
UNICAST_RENEWAL = Basis(
    Evidence.STANDARD, "RFC 2131 sections 4.3.2 and 4.4.5: at T1 the client asks its server by unicast"
)
UNICAST_RELEASE = Basis(Evidence.STANDARD, "RFC 2131 section 4.4.4: DHCPRELEASE is unicast to the server")
VLAN_RELEASE = Basis(
    Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 104: the address is released before re-tagging"
)
FILES = Basis(
    Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 33: HTTPPORT 80, TLSPORT configurable"
)
POST = Basis(Evidence.FIELD_REPORT, "Painter, Avaya H.323 handset registration through a firewall")
MULTICAST = Basis(Evidence.STANDARD, "H.225.0 section 7.2 and Appendix IV: discovery group 224.0.1.41:1718")
MULTICAST_ANSWER = Basis(
    Evidence.MEASURED, "Linux conntrack: the unicast GCF does not match the state of the multicast GRQ"
)
RAS = Basis(Evidence.STANDARD, "H.225.0 Appendix IV: RAS on udp 1719")
RAS_FIXED = Basis(Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: source port 49300, fixed")
RAS_RANGE = Basis(Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 34: any unused port 49300-49309")
UNICAST_GRQ = Basis(
    Evidence.CAPTURE, "traces of 1608 and 9608 sets: a unicast GRQ comes first, the GCF carries the challenge"
)
REFRESH = Basis(
    Evidence.CAPTURE, "a login reply of Communication Manager 18: primary registration timer 1200 s"
)
GATEKEEPER_RAS = Basis(
    Evidence.STANDARD, "H.225.0 sections 7.10 and 7.14: the gatekeeper may send URQ, IRQ or NSM at any time"
)
STATE_AGES = Basis(Evidence.MEASURED, "Linux conntrack forgets UDP after 30 s, or 120 s once answered twice")
TIME_TO_SERVICE = Basis(
    Evidence.VENDOR, "Avaya time-to-service: the near end establishes the TCP signalling socket"
)
GATEKEEPER_PORTS = Basis(
    Evidence.FIELD_REPORT, "source ports 61440-61444: the post only; administered per network region"
)
HANDSET_OPENS = Basis(
    Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: the set connects to tcp 1720 after RCF"
)
HANDSET_OPENS_TLS = Basis(
    Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 34: H.323 over TLS to tcp 1300"
)
ECHO = Basis(
    Evidence.FIELD_REPORT,
    "the post: every 15 minutes; the manuals only say that the call server may ask for pings",
)


def flows(site: Site) -> tuple[Flow, ...]:
    """Every flow of the procedure that crosses the site's firewall, in the procedure's order."""
    every = (
        *_relayed_dhcp(site),
        *_unicast_dhcp(site),
        _files(site),
        *_discovery(site),
        *_ras(site),
        _call_control(site),
        _echo(site),
    )
    return tuple(sorted(every, key=lambda flow: flow.stage.order))


def _host(address: IPv4Address) -> tuple[IPv4Network]:
    return (IPv4Network(address),)


def _hosts(addresses: tuple[IPv4Address, ...]) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(address) for address in addresses)


def _handsets(site: Site) -> Party:
    return Party(Role.HANDSET, (site.vlans.voice.network,), "voice" if site.moves else "")


def _gatekeeper(site: Site) -> Party:
    return Party(Role.GATEKEEPER, _hosts(site.gatekeeper.addresses))


def _dhcp_server(site: Site) -> Party:
    return Party(Role.DHCP_SERVER, _host(site.dhcp_server.address))


def _vlan_stages(site: Site) -> tuple[tuple[str, Vlan, Stage], ...]:
    if site.moves and site.vlans.data is not None:
        return (("data", site.vlans.data, Stage.ADDRESS), ("voice", site.vlans.voice, Stage.VLAN_MOVE))
    return (("voice", site.vlans.voice, Stage.ADDRESS),)


def _dhcp(id_: str, stage: Stage, initiator: Party, responder: Party, dialogue: str, *basis: Basis) -> Flow:
    def side(party: Party) -> PortRange:
        return port(DHCP_CLIENT_PORT if party.role is Role.HANDSET else DHCP_SERVER_PORT)

    return Flow(
        id_, stage, initiator, responder, Protocol.UDP, side(initiator), side(responder), dialogue, basis
    )


def _relayed_dhcp(site: Site) -> tuple[Flow, ...]:
    server = _dhcp_server(site)
    giaddrs = [
        (name, stage, Party(Role.RELAY_GIADDR, _host(vlan.router), name))
        for name, vlan, stage in _vlan_stages(site)
    ]
    asked = "DISCOVER and REQUEST, relayed"
    if site.relay.source is RelaySource.GIADDR:
        return tuple(
            _dhcp(f"dhcp-relay-{name}", stage, giaddr, server, asked, RELAY_PORTS, RELAY_AT_GIADDR)
            for name, stage, giaddr in giaddrs
        )
    uplink = Party(Role.RELAY_UPLINK, _host(site.relay.uplink))
    answered = "OFFER and ACK to giaddr, not to who asked"
    return (
        _dhcp("dhcp-relay", Stage.ADDRESS, uplink, server, asked, RELAY_PORTS, RELAY_UPLINK),
        *(
            _dhcp(f"dhcp-answer-{name}", stage, server, giaddr, answered, RELAY_PORTS, RELAY_MEASURED)
            for name, stage, giaddr in giaddrs
        ),
    )


def _unicast_dhcp(site: Site) -> tuple[Flow, ...]:
    server = _dhcp_server(site)
    renew = _dhcp(
        "dhcp-renew", Stage.RENEW, _handsets(site), server, "REQUEST at T1, never relayed", UNICAST_RENEWAL
    )
    if not site.moves:
        return (renew,)
    booting = Party(Role.HANDSET, (site.boot_vlan.network,), "data")
    return (
        _dhcp(
            "dhcp-release",
            Stage.RELEASE,
            booting,
            server,
            "RELEASE before the VLAN move",
            UNICAST_RELEASE,
            VLAN_RELEASE,
        ),
        renew,
    )


def _files(site: Site) -> Flow:
    secure = site.file_server.scheme is Scheme.HTTPS
    return Flow(
        "files-https" if secure else "files-http",
        Stage.PROVISION,
        _handsets(site),
        Party(Role.FILE_SERVER, _host(site.file_server.address)),
        Protocol.TCP,
        EPHEMERAL,
        port(site.file_server.tcp_port),
        f"upgrade and settings files over {'HTTPS' if secure else 'HTTP'}",
        (FILES, POST),
    )


def _ras_basis(site: Site) -> Basis:
    return RAS_FIXED if len(site.handsets.ras_ports) == 1 else RAS_RANGE


def _ras_flow(site: Site, id_: str, stage: Stage, dialogue: str, *basis: Basis) -> Flow:
    return Flow(
        id_,
        stage,
        _handsets(site),
        _gatekeeper(site),
        Protocol.UDP,
        site.handsets.ras_ports,
        port(site.gatekeeper.ras_port),
        dialogue,
        (*basis, _ras_basis(site)),
    )


def _ras_back(site: Site, id_: str, stage: Stage, dialogue: str, *basis: Basis) -> Flow:
    return Flow(
        id_,
        stage,
        _gatekeeper(site),
        _handsets(site),
        Protocol.UDP,
        port(site.gatekeeper.ras_port),
        site.handsets.ras_ports,
        dialogue,
        (*basis, _ras_basis(site)),
    )


def _discovery(site: Site) -> tuple[Flow, ...]:
    if site.registration.discovery is Discovery.UNICAST:
        return (_ras_flow(site, "discover", Stage.DISCOVER, "GRQ / GCF, unicast", UNICAST_GRQ, RAS),)
    group = Party(Role.DISCOVERY_GROUP, _host(DISCOVERY_GROUP))
    question = Flow(
        "discover-multicast",
        Stage.DISCOVER,
        _handsets(site),
        group,
        Protocol.UDP,
        site.handsets.ras_ports,
        port(DISCOVERY_PORT),
        "GRQ to the discovery group",
        (MULTICAST, _ras_basis(site)),
    )
    answer = _ras_back(
        site, "discover-answer", Stage.DISCOVER, "GCF, unicast, to a GRQ that was multicast", MULTICAST_ANSWER
    )
    return (question, answer)


def _ras(site: Site) -> tuple[Flow, ...]:
    # A multicast question is answered from gatekeeper:1719, and that answer's state lets the RRQ through:
    # there the handset opens RAS only later, when it registers anew (measured on Linux conntrack).
    unicast = site.registration.discovery is Discovery.UNICAST
    return (
        *((_ras_flow(site, "ras", Stage.REGISTER, "RRQ / RCF", RAS),) if unicast else ()),
        _ras_flow(
            site,
            "ras-refresh",
            Stage.KEEP_ALIVE,
            "GRQ or RRQ again, after state has aged",
            REFRESH,
            RAS,
            STATE_AGES,
        ),
        _ras_back(
            site,
            "ras-notify",
            Stage.NOTIFY,
            "URQ, IRQ or NSM after state has aged",
            GATEKEEPER_RAS,
            STATE_AGES,
        ),
    )


def _call_control(site: Site) -> Flow:
    handsets, gatekeeper, choice = _handsets(site), _gatekeeper(site), site.registration
    dialogue = "H.225.0 call signalling, one persistent connection"
    if choice.call_control is CallControl.GATEKEEPER:
        return Flow(
            "signal-gatekeeper",
            Stage.SIGNAL,
            gatekeeper,
            handsets,
            Protocol.TCP,
            choice.gatekeeper_ports,
            port(site.handsets.signalling_port),
            dialogue,
            (TIME_TO_SERVICE, GATEKEEPER_PORTS),
        )
    secure = choice.call_control is CallControl.HANDSET_TLS
    return Flow(
        "signal-handset-tls" if secure else "signal-handset",
        Stage.SIGNAL,
        handsets,
        gatekeeper,
        Protocol.TCP,
        EPHEMERAL,
        port(site.gatekeeper.tls_port if secure else site.gatekeeper.signalling_port),
        dialogue,
        (HANDSET_OPENS_TLS if secure else HANDSET_OPENS,),
    )


def _echo(site: Site) -> Flow:
    return Flow(
        "echo",
        Stage.ECHO,
        _handsets(site),
        _gatekeeper(site),
        Protocol.ICMP,
        ANY_PORT,
        ANY_PORT,
        f"echo request, every {site.registration.echo_interval} s",
        (ECHO,),
        icmp_type=ECHO_REQUEST,
    )
