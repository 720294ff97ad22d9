"""A proof's recording as the phones' side has it: what the site's firewalls translate is undone."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import Tap
from ringfence.diagnosis.pairs.pairing import content_key, ras_key, transport_ends
from ringfence.diagnosis.pairs.translation import untranslated
from ringfence.model.address import TransportAddress
from ringfence.model.nat import InspectionKind, NatKind, NatRule
from ringfence.model.site import Site
from ringfence.roles.roles import phone_address
from ringfence.roles.translations import nat_rules


def outside_addresses(site: Site) -> frozenset[IPv4Address]:
    """Addresses that stand for many phones, firewalls' own among them."""
    return frozenset(rule.nat.outside[0][0] for rule in _rules(site) if rule.nat.kind is NatKind.MANY_TO_ONE)


def inside_view(site: Site, packets: Sequence[Datagram]) -> list[Datagram]:
    """The packets with the addresses and messages that the phones' side has."""
    rules = _rules(site)
    looked_into = any(each.inspection is not InspectionKind.OFF for each in site.firewalls)
    if not rules and not looked_into:
        return list(packets)
    shared = outside_addresses(site)
    seen = _seen(packets, shared) if shared else {}
    # What a shared address says that no phone said are the firewall's own words: refusals.
    spoken = [
        packet
        for packet in packets
        if packet.tap != Tap.SERVERS or packet.source not in shared or transport_ends(packet)[0] in seen
    ]
    return untranslated(spoken, _names(site, rules, seen))


def _rules(site: Site) -> list[NatRule]:
    return [rule for firewall in site.firewalls for rule in nat_rules(site, firewall)]


def _names(
    site: Site, rules: Sequence[NatRule], seen: Mapping[TransportAddress, TransportAddress]
) -> Callable[[Datagram, TransportAddress], TransportAddress]:
    """The inside name of an end: by arithmetic one-to-one, else by packets that are on both sides; an end
    behind many-to-one that nobody there has used stands for the phone.
    """
    shared = outside_addresses(site)
    phone = phone_address(site)

    def inside(packet: Datagram, end: TransportAddress) -> TransportAddress:
        if end.ip in shared:
            return seen.get(end) or TransportAddress(phone, end.port)
        peer = packet.destination if end.ip == packet.source else packet.source
        for rule in rules:
            if rule.concerns(peer):
                return TransportAddress(rule.nat.inward(end.ip), end.port)
        return end

    return inside


def _seen(
    packets: Sequence[Datagram], shared: frozenset[IPv4Address]
) -> dict[TransportAddress, TransportAddress]:
    near: dict[object, Datagram] = {}
    for packet in packets:
        if packet.tap == Tap.HANDSETS and (key := content_key(packet)) is not None:
            near.setdefault(key, packet)
            near.setdefault(ras_key(packet), packet)
    found: dict[TransportAddress, TransportAddress] = {}
    for packet in packets:
        source = transport_ends(packet)[0]
        if packet.tap != Tap.SERVERS or source.ip not in shared:
            continue
        other = near.get(content_key(packet)) or near.get(ras_key(packet))
        if other is not None and (packet.protocol, other.destination) == (other.protocol, packet.destination):
            found.setdefault(source, transport_ends(other)[0])
    return found
