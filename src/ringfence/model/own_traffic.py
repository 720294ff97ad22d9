"""What a firewall sends and receives itself: as relay agent or DHCP server of a VLAN. No rule forwards it.

Each is a flow that ends or begins at the firewall. Whether a rule is needed for it depends on the firewall:
on Linux on the program that relays or serves, which is measured; elsewhere on what the vendor says, which is
in that firewall's row.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from ringfence.model import citations
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Network, port
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.flow import Basis, Flow, Party, Role
from ringfence.model.flow_table import merged
from ringfence.model.kinds import Kind, kinds
from ringfence.model.packet import Protocol
from ringfence.model.site import Addressing, Group, Site, Vlan, hosts
from ringfence.model.site_parts.dhcp_daemon import DhcpDaemon
from ringfence.model.stage import Stage

# Of these the packets are seen in the input and output chains; the others read and write raw frames there.
_ON_SOCKETS = frozenset({DhcpDaemon.DNSMASQ, DhcpDaemon.NETWORKD})


@dataclass(frozen=True, slots=True)
class OwnTraffic:
    """A flow that a firewall opens itself (`outward`), or that is opened to it.

    `needed_by` are the programs that, on Linux, do not work where a chain drops it.
    """

    firewall: str
    outward: bool
    flow: Flow
    needed_by: frozenset[DhcpDaemon]

    @property
    def by_broadcast(self) -> bool:
        """Whether one end is no address of anybody: it lies in no zone."""
        ends = (*self.flow.initiator.networks, *self.flow.responder.networks)
        return any(each in _NOBODYS for each in ends)


_NOBODYS = frozenset(hosts([UNSPECIFIED, LIMITED_BROADCAST]))


def own_traffic(site: Site, firewall: str = "") -> tuple[OwnTraffic, ...]:
    """What the site's firewalls (or the one named) send and receive themselves, each once."""
    alike: dict[tuple[str, bool, frozenset[DhcpDaemon]], list[Flow]] = {}
    for kind in kinds(site):
        for each in _of_kind(site, kind):
            if firewall in {"", each.firewall}:
                flow = replace(each.flow, groups=kind.names)
                alike.setdefault((each.firewall, each.outward, each.needed_by), []).append(flow)
    found = (
        OwnTraffic(name, out, flow, by) for (name, out, by), same in alike.items() for flow in merged(same)
    )
    return tuple(sorted(found, key=lambda each: each.flow.stage.order))


def _of_kind(site: Site, kind: Kind) -> Iterator[OwnTraffic]:
    if kind.first.addressing is Addressing.STATIC:
        return
    servers = [each.address for each in kind.first.dhcp]
    own = [address for address in servers if address in site.own_addresses]
    for key, vlan in kind.first.vlans:
        stage = Stage.ADDRESS if key == kind.first.vlans[0][0] else Stage.VLAN_MOVE
        owner = site.own_addresses.get(vlan.router)
        far = [address for address in servers if address not in vlan.network and address not in own]
        vlans = [_vlan(group, key) for group in kind.groups]
        if owner is not None and far:
            yield from _relayed(site, owner, stage, vlans, far)
        if owner is not None and (far or own):
            yield from _local(owner, stage, vlans, serves=not far)
        for address in own:
            yield from _renewed(site.own_addresses[address], vlans, address)


def _relayed(
    site: Site, owner: str, stage: Stage, vlans: list[Vlan], far: list[IPv4Address]
) -> Iterator[OwnTraffic]:
    """Between the firewall's relay agent and the servers: asked from giaddr, or from where the way begins."""
    daemon = site.firewall(owner).dhcp_daemon
    giaddrs = [giaddr for each in vlans if each.relay is not None for giaddr in each.relay.giaddrs]
    at_giaddr, servers = _party(Role.RELAY_GIADDR, giaddrs), _party(Role.DHCP_SERVER, far)
    if daemon is not DhcpDaemon.DHCRELAY:
        yield _own(
            owner,
            "own-relay-asks",
            stage,
            (at_giaddr, servers),
            citations.RELAY_PORTS,
            citations.RELAY_AT_GIADDR,
            outward=True,
        )
    if daemon in {None, DhcpDaemon.DHCRELAY}:
        for server in far:
            uplinks = _party(Role.RELAY_UPLINK, egress(site, owner, server) or giaddrs)
            yield _own(
                owner,
                "own-relay-asks-from-uplink",
                stage,
                (uplinks, _party(Role.DHCP_SERVER, [server])),
                citations.RELAY_PORTS,
                citations.RELAY_UPLINK,
                needed_by=frozenset({DhcpDaemon.DHCRELAY}),
                outward=True,
            )
    yield _own(
        owner,
        "own-relay-answered",
        stage,
        (servers, at_giaddr),
        citations.RELAY_PORTS,
        citations.RELAY_MEASURED,
        outward=False,
    )


def _local(owner: str, stage: Stage, vlans: list[Vlan], *, serves: bool) -> Iterator[OwnTraffic]:
    """Between phones and the firewall on their own VLAN."""
    anybody = Party(Role.HANDSET, hosts([UNSPECIFIED]), "new")
    everybody = Party(Role.DHCP_SERVER if serves else Role.RELAY_GIADDR, hosts([LIMITED_BROADCAST]))
    phones: dict[Network, None] = dict.fromkeys((*hosts([LIMITED_BROADCAST]), *(v.network for v in vlans)))
    routers = _party(everybody.role, [giaddr for v in vlans for giaddr in (v.router, *_giaddrs(v))])
    yield _own(owner, "own-asked", stage, (anybody, everybody), citations.ASKED_BY_BROADCAST, outward=False)
    answered = (routers, Party(Role.HANDSET, tuple(phones)))
    yield _own(owner, "own-answers", stage, answered, citations.ASKED_BY_BROADCAST, outward=True)


def _renewed(owner: str, vlans: list[Vlan], address: IPv4Address) -> Iterator[OwnTraffic]:
    phones: tuple[Network, ...] = tuple(dict.fromkeys(each.network for each in vlans))
    ends = (Party(Role.HANDSET, phones), _party(Role.DHCP_SERVER, [address]))
    basis = (citations.UNICAST_RENEWAL, citations.UNICAST_RELEASE)
    yield _own(owner, "own-renewed", Stage.RENEW, ends, *basis, outward=False)


def _own(
    owner: str,
    id_: str,
    stage: Stage,
    ends: tuple[Party, Party],
    *basis: Basis,
    needed_by: frozenset[DhcpDaemon] = _ON_SOCKETS,
    outward: bool,
) -> OwnTraffic:
    def ports(party: Party) -> int:
        return DHCP_CLIENT_PORT if party.role is Role.HANDSET else DHCP_SERVER_PORT

    initiator, responder = ends
    flow = Flow(
        id_,
        stage,
        initiator,
        responder,
        Protocol.UDP,
        port(ports(initiator)),
        port(ports(responder)),
        _SAYS[id_],
        (*basis, citations.LOCAL_HOOKS),
    )
    return OwnTraffic(owner, outward, flow, needed_by)


_SAYS = {
    "own-relay-asks": "its relay agent asks from giaddr",
    "own-relay-asks-from-uplink": "its relay agent asks from the address of its uplink",
    "own-relay-answered": "its relay agent is answered at giaddr",
    "own-asked": "phones ask by broadcast",
    "own-answers": "phones are answered, by broadcast or at their new address",
    "own-renewed": "phones renew and release",
}


def egress(site: Site, firewall: str, server: IPv4Address) -> tuple[IPv4Address, ...]:
    """The addresses from which a firewall sends to this one: those of its port on the way there, as far as
    the site tells.
    """
    wall, zone = site.firewall(firewall), site.zone_of(server)
    if zone in wall.zones:
        near = [address for address in wall.addresses if site.zone_of(address) == zone]
        networks = [net for net in site.zone(zone).networks if server in net]
        same = [address for address in near if any(address in net for net in networks)]
        return tuple(same or near)
    onward = {
        shared
        for other in site.firewalls
        if other.name != firewall and zone in other.zones
        for shared in other.zones
        if shared in wall.zones
    }
    return tuple(address for address in wall.addresses if site.zone_of(address) in onward)


def _party(role: Role, addresses: Iterable[IPv4Address]) -> Party:
    return Party(role, hosts(dict.fromkeys(addresses)))


def _giaddrs(vlan: Vlan) -> tuple[IPv4Address, ...]:
    return vlan.relay.giaddrs if vlan.relay else ()


def _vlan(group: Group, key: str) -> Vlan:
    return dict(group.vlans)[key]
