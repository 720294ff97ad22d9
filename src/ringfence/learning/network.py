"""VLANs, relay, firewall and zones, as leases and ARP show them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from itertools import pairwise

from ringfence.diagnosis.explain import Explained
from ringfence.diagnosis.observation import DhcpSeen, RasSeen
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.learning.facts import UNKNOWN, Fact, amount, fact
from ringfence.model.address import Address
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.wire import phone_options
from ringfence.wire.dhcp_options import ROUTERS, SUBNET_MASK, DhcpMessageType
from ringfence.wire.phone_options import PhoneParameters

# Where neither end of the link between relay and firewall was seen: TEST-NET-1 (RFC 5737).
_NOWHERE = IPv4Network("192.0.2.0/29")
_MASK = 24  # of a network whose mask no packet bears: assumed
_LINK = 29  # the smallest that site files take for a link


@dataclass(slots=True)
class LeasedNetwork:
    """A network that leases were given on. `router` is giaddr, or the lease's own router option."""

    network: IPv4Network
    router: IPv4Address | None
    masked: bool
    vlan: int
    addresses: set[Address] = field(default_factory=set)


def leased_networks(dhcp: Iterable[DhcpSeen]) -> list[LeasedNetwork]:
    """The networks of the leases, in order of first sight."""
    found: dict[IPv4Network, LeasedNetwork] = {}
    for seen in dhcp:
        message = seen.message
        if seen.kind is not DhcpMessageType.ACK or not int(message.yiaddr):
            continue
        try:
            mask, routers = message.get(SUBNET_MASK), message.get(ROUTERS)
        except DecodeError:
            continue
        try:
            network = IPv4Network(f"{message.yiaddr}/{mask or _MASK}", strict=False)
        except ValueError:  # no mask has holes
            mask, network = None, IPv4Network(f"{message.yiaddr}/{_MASK}", strict=False)
        router = message.giaddr if int(message.giaddr) else next(iter(routers or ()), None)
        lease = found.setdefault(
            network, LeasedNetwork(network, router, mask is not None, seen.crossing.packet.vlan or 0)
        )
        lease.addresses.add(message.yiaddr)
    return list(found.values())


def voice_and_data(
    leases: Sequence[LeasedNetwork], ras: Sequence[RasSeen], timelines: Sequence[HandsetTimeline]
) -> tuple[LeasedNetwork | None, LeasedNetwork | None]:
    """Voice is where RAS comes from; data is where the same handsets had a lease before."""
    homes = Counter(
        lease.network
        for each in ras
        if each.from_handset
        for lease in leases
        if each.source.ip in lease.network
    )
    if not leases:
        return None, None
    best = homes.most_common(1)[0][0] if homes else leases[-1].network
    voice = next(lease for lease in leases if lease.network == best)
    before = Counter(
        lease.network
        for line in timelines
        for lease in leases
        if lease is not voice
        and any(address in lease.network for address in line.addresses)
        and any(address in voice.network for address in line.addresses)
    )
    data = next((lease for lease in leases if before and lease.network == before.most_common(1)[0][0]), None)
    return voice, data


def vlan_facts(
    voice: LeasedNetwork | None, data: LeasedNetwork | None, told: PhoneParameters
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    sent = told.l2qvlan or 0 if told.l2q is not phone_options.L2Q.OFF else 0
    for name, lease in (("data", data), ("voice", voice)):
        if lease is None:
            continue
        tagged = lease.vlan
        if name == "voice" and data is not None:
            tagged = sent or tagged
        note = "L2QVLAN of the lease" if tagged and tagged == sent else "its tag" if tagged else "untagged"
        facts[f"vlans.{name}.id"] = Fact(str(tagged), note)
        facts[f"vlans.{name}.network"] = Fact(
            str(lease.network),
            f"leases for {amount(len(lease.addresses), 'address')}"
            if lease.masked
            else f"the leases have no subnet mask: /{_MASK} is assumed",
            assumed=not lease.masked,
        )
        facts[f"vlans.{name}.router"] = fact(lease.router, "giaddr, or the lease's router")
    if voice is None:
        where = "no DHCP lease is in the capture"
        facts["vlans.voice.id"] = Fact("0", where, assumed=True)
        facts["vlans.voice.network"] = Fact(UNKNOWN, where)
        facts["vlans.voice.router"] = Fact(UNKNOWN, where)
    return facts


def relay_facts(
    dhcp: Sequence[DhcpSeen],
    captures: Sequence[Explained],
    voice: LeasedNetwork | None,
    data: LeasedNetwork | None,
    servers: set[IPv4Address],
) -> dict[str, Fact]:
    """Which address the relay asks from, and the firewall's own, as ARP shows them."""
    asked = Counter(
        (each.source.ip, each.message.giaddr)
        for each in dhcp
        if each.from_handset and int(each.message.giaddr) and each.source.port == DHCP_SERVER_PORT
    )
    uplinks = {source for source, giaddr in asked if source != giaddr}
    link_hosts = _claimed(captures) - servers - {lease.router for lease in (voice, data) if lease}
    facts: dict[str, Fact] = {}
    if len(uplinks) == 1:
        uplink = next(iter(uplinks))
        note = f"{amount(sum(asked.values()), 'relayed request')} came from here, for another giaddr"
        facts["relay.uplink"] = Fact(str(uplink), note)
        facts["relay.source"] = Fact("uplink", "")
    elif asked and not uplinks:
        uplink = _NOWHERE[1]
        facts["relay.uplink"] = Fact(str(uplink), "never used: the relay asks from giaddr", assumed=True)
        facts["relay.source"] = Fact(
            "giaddr", f"{amount(sum(asked.values()), 'relayed request')} came from giaddr"
        )
    else:
        why = "several relays asked" if uplinks else "no relayed request is in the capture"
        facts["relay.uplink"] = Fact(UNKNOWN, f"{why}: {', '.join(map(str, sorted(uplinks)))}".rstrip(": "))
        facts["relay.source"] = Fact("uplink", why, assumed=True)
        uplink = None
    near = _neighbour(uplink, link_hosts)
    far = _neighbour(next(iter(sorted(servers)), None), link_hosts - {uplink})
    facts["firewall.handset_side"] = _beside(uplink, near)
    facts["firewall.server_side"] = _beside(next(iter(sorted(servers)), None), far, from_top=True)
    return facts


def _claimed(captures: Iterable[Explained]) -> set[Address | None]:
    """Addresses that answer ARP."""
    return {address for capture in captures for address in capture.claims}


def _neighbour(address: Address | None, hosts: Iterable[Address | None]) -> IPv4Address | None:
    """The claimed address nearest to `address`, in the same /24; None when ARP shows none."""
    if not isinstance(address, IPv4Address):
        return None
    around = IPv4Network(f"{address}/{_MASK}", strict=False)
    near = [each for each in hosts if isinstance(each, IPv4Address) and each in around and each != address]
    return min(near, key=lambda each: (abs(int(each) - int(address)), each), default=None)


def _beside(address: Address | None, seen: IPv4Address | None, *, from_top: bool = False) -> Fact:
    if seen is not None:
        return Fact(str(seen), "answers ARP on this side; no rule depends on it")
    if not isinstance(address, IPv4Address):
        return Fact(UNKNOWN, "not seen")
    small = IPv4Network(f"{address}/{_MASK if from_top else 29}", strict=False)
    hosts = reversed(list(small.hosts())) if from_top else small.hosts()
    free = next(each for each in hosts if each != address)
    return Fact(str(free), "not seen (no ARP of it): any free address; no rule depends on it", assumed=True)


def zone_facts(
    facts: dict[str, Fact], voice: LeasedNetwork | None, data: LeasedNetwork | None, servers: set[IPv4Address]
) -> dict[str, Fact]:
    """The two sides: VLANs and the link to the firewall; the servers' networks."""
    near = [lease.network for lease in (data, voice) if lease]
    link = _link(facts["relay.uplink"].value, facts["firewall.handset_side"].value)
    if link is not None and any(link.subnet_of(network) for network in near):
        link = None
    handsets = [*near, *([link] if link else [])]
    return {"zones.handsets": _handset_zone(handsets), "zones.servers": _server_zone(servers, handsets)}


def _handset_zone(networks: Sequence[IPv4Network]) -> Fact:
    if not networks:
        return Fact(UNKNOWN, "no DHCP lease is in the capture")
    clash = overlap(networks)
    if clash is not None:
        return Fact(UNKNOWN, f"{clash[0]} overlaps {clash[1]}: leases and ARP disagree, so a mask is wrong")
    return Fact(_listed(networks), "the leases' networks and the link to the firewall")


def _server_zone(servers: set[IPv4Address], handsets: Sequence[IPv4Network]) -> Fact:
    beside = [str(address) for address in sorted(servers) if any(address in each for each in handsets)]
    if beside:
        why = f"{', '.join(beside)} in the handsets' own network: no firewall stands between them"
        return Fact(UNKNOWN, why)
    if not servers:
        return Fact(UNKNOWN, "no server with an IPv4 address is in the capture")
    networks = sorted(collapse_addresses(_server_network(address, handsets) for address in servers))
    clash = next(((each, near) for each in networks for near in handsets if each.overlaps(near)), None)
    if clash is not None:
        why = f"{clash[0]} overlaps {clash[1]}: one side's network there is smaller than it looks"
        return Fact(UNKNOWN, why)
    cut = "" if all(each.prefixlen <= _MASK for each in networks) else ", less what is the handsets'"
    return Fact(_listed(networks), f"/{_MASK} around each server{cut}: no packet shows their masks", True)


def overlap(networks: Iterable[IPv4Network]) -> tuple[IPv4Network, IPv4Network] | None:
    """The first network that lies in another, and that one."""
    ordered = sorted(networks, key=lambda each: (int(each.network_address), each.prefixlen))
    return next(((inner, outer) for outer, inner in pairwise(ordered) if inner.overlaps(outer)), None)


def _listed(networks: Iterable[IPv4Network]) -> str:
    words = ", ".join(map(str, networks))
    return f"[{words}]" if words else UNKNOWN


def _link(uplink: str, firewall: str) -> IPv4Network | None:
    if UNKNOWN in {uplink, firewall}:
        return None
    link = IPv4Network(f"{uplink}/{_LINK}", strict=False)
    while IPv4Address(firewall) not in link:
        link = link.supernet()
    return link


def _server_network(address: IPv4Address, handsets: Sequence[IPv4Network]) -> IPv4Network:
    """The /24 around a server, or as much of it as is not the handsets'."""
    for prefix in range(_MASK, _LINK + 1):
        network = IPv4Network(f"{address}/{prefix}", strict=False)
        if not any(network.overlaps(each) for each in handsets):
            break
    return network
