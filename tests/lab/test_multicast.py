"""Gatekeeper discovery by multicast crosses router and firewall, and the firewall judges it."""

import select
import socket
from ipaddress import IPv4Address

import pytest

from ringfence.lab.multicast import MulticastRoutes
from ringfence.lab.nft import Nft
from ringfence.lab.topology import Lab
from support.lab.firewalls import ruleset, udp
from support.lab.sites import GATEKEEPER, PHONE, branch_office

DISCOVERY = IPv4Address("224.0.1.41")
GRQ_RULE = f'ip daddr {DISCOVERY} udp dport 1718 accept comment "discovery"'


@pytest.mark.kernel
@pytest.mark.parametrize("rules", [(), (GRQ_RULE,)])
def test_discovery_crosses_when_the_rule_is_there(rules: tuple[str, ...]) -> None:
    with Lab(branch_office()) as lab:
        nft = Nft(lab["firewall"])
        lab.on_close(nft.close)
        nft.apply(ruleset(*rules))
        for node, incoming, outgoing in (
            ("router", ("data", "voice"), "uplink"),
            ("firewall", ("inside",), "servers"),
        ):
            indexes = [lab.index(node, name) for name in incoming]
            routes = MulticastRoutes(lab[node], indexes, [lab.index(node, outgoing)], [DISCOVERY])
            lab.on_close(routes.close)
        gatekeeper = udp(lab, "gatekeeper", IPv4Address("0.0.0.0"), 1718)
        member = DISCOVERY.packed + GATEKEEPER.ip.packed
        gatekeeper.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        phone = udp(lab, "phone", PHONE.ip, 49300)
        phone.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
        phone.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, PHONE.ip.packed)
        phone.sendto(b"GRQ", (str(DISCOVERY), 1718))
        crossed = bool(select.select([gatekeeper], [], [], 0.1)[0])
        assert crossed == bool(rules)
        if crossed:
            assert gatekeeper.recvfrom(100) == (b"GRQ", (str(PHONE.ip), 49300))


@pytest.mark.kernel
def test_an_interface_on_both_sides_is_refused() -> None:
    with Lab(branch_office()) as lab:
        index = lab.index("router", "voice")
        with pytest.raises(ValueError, match="both incoming and outgoing"):
            MulticastRoutes(lab["router"], [index], [index], [DISCOVERY])
