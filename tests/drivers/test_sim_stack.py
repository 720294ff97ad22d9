"""ARP, routing, forwarding, VLANs and ICMP in the simulated network."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    BindFailed,
    Command,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    EchoReplied,
    Event,
    JoinGroup,
    LinkChanged,
    RemoveAddress,
    SendDatagram,
    SendEcho,
    SetVlan,
    TimeUp,
)
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED
from ringfence.model.packet import Packet, Protocol
from ringfence.wire.ethernet import ARP_REQUEST, ETHERTYPE_ARP, decode_arp, decode_ethernet
from ringfence.wire.frame import decode_frame
from ringfence.wire.icmp import decode_quoted
from support.networks import Puppet
from support.sim_branch import DHCP, GATEKEEPER, GIADDR, GROUP, HANDSET, NEIGHBOUR, UPLINK, VOICE, at, network


def on_voice(*then: Command) -> Puppet:
    """A handset that moves to the voice VLAN, takes its address, then gives these commands."""
    configure = ConfigureAddress(HANDSET, VOICE, GIADDR)

    def on(event: Event) -> Commands:
        return then if isinstance(event, AddressConfigured) else NOTHING

    return Puppet((SetVlan(20), configure), on)


def packets(site: SimulatedNetwork, tap: str) -> list[Packet]:
    seen = (decode_frame(frame.data) for frame in site.frames(tap))
    return [found.packet for found in seen if found is not None and found.packet is not None]


def whys(site: SimulatedNetwork) -> list[tuple[str, str]]:
    return [(lost.node, lost.why) for lost in site.losses]


def test_a_datagram_crosses_the_router_and_the_firewall() -> None:
    site, gatekeeper = network(), Puppet((Bind(at(GATEKEEPER, 1719)),))
    site.attach("gatekeeper", gatekeeper)
    source, destination = at(HANDSET, 49300), at(GATEKEEPER, 1719)
    site.attach("handset", on_voice(Bind(source), SendDatagram(source, destination, b"GRQ")))
    site.run(until=1.0)
    assert gatekeeper.got(DatagramReceived) == [DatagramReceived(source, destination, b"GRQ", "eth0")]
    first, second = (decode_frame(site.frames(tap)[-1].data) for tap in ("inside", "outside"))
    assert first is not None
    assert second is not None
    assert (first.ip.ttl, second.ip.ttl) == (63, 62)
    assert first.ip.identification == second.ip.identification


def test_the_trunk_shows_the_tag_and_the_link_behind_it_does_not() -> None:
    site = network()
    source = at(HANDSET, 49300)
    site.attach("handset", on_voice(Bind(source), SendDatagram(source, at(GATEKEEPER, 1719), b"GRQ")))
    site.run(until=1.0)
    trunk = [decode_ethernet(frame.data) for frame in site.frames("trunk")]
    assert {tag.vid for frame in trunk for tag in frame.tags} == {20}
    assert all(frame.tags for frame in trunk)
    assert not any(decode_ethernet(frame.data).tags for frame in site.frames("inside"))


def test_a_new_address_is_announced_and_the_first_packet_asks_for_the_router() -> None:
    site = network()
    site.attach("handset", on_voice(SendEcho(HANDSET, GATEKEEPER, 1, 1)))
    site.run(until=1.0)
    arps = [
        decode_arp(frame.payload)
        for frame in map(decode_ethernet, _data(site))
        if frame.ethertype == ETHERTYPE_ARP
    ]
    asked = [(arp.sender_ip, arp.target_ip) for arp in arps if arp.operation == ARP_REQUEST]
    assert asked == [(HANDSET, HANDSET), (HANDSET, GIADDR)]


def _data(site: SimulatedNetwork) -> Iterable[bytes]:
    return (frame.data for frame in site.frames("trunk"))


def test_nobody_answers_for_an_address_that_nobody_has() -> None:
    site = network()
    away = IPv4Address("10.30.0.77")
    pinger = on_voice(SendEcho(HANDSET, away, 1, 1))
    site.attach("handset", pinger)
    site.run(until=10.0)
    assert pinger.got(EchoReplied) == []
    assert whys(site)[0] == ("firewall", "no answer to ARP")
    [unreachable] = [packet for packet in packets(site, "trunk") if packet.source_port == 3]
    assert unreachable.destination_port == 1  # host unreachable
    quoted = decode_quoted(unreachable.payload)
    assert (quoted.source, quoted.destination) == (HANDSET, away)
    assert len(site.frames("outside")) == 3  # ARP requests a second apart, and nothing else


def test_no_route_is_told_by_the_router_that_lacks_it() -> None:
    site = network()
    site.attach("handset", on_voice(SendEcho(HANDSET, IPv4Address("192.0.2.1"), 1, 1)))
    site.run(until=10.0)
    assert whys(site) == [("firewall", "no route")]
    [unreachable] = [packet for packet in packets(site, "trunk") if packet.source_port == 3]
    assert (unreachable.source, unreachable.destination_port) == (IPv4Address("10.255.0.2"), 0)


def test_time_to_live_runs_out_on_the_way() -> None:
    site = network()
    source = at(HANDSET, 49300)
    site.attach("handset", on_voice(Bind(source), SendDatagram(source, at(GATEKEEPER, 1719), b"", ttl=2)))
    site.run(until=1.0)
    assert whys(site) == [("firewall", "time to live exceeded")]
    assert [packet.source_port for packet in packets(site, "trunk") if packet.protocol is Protocol.ICMP] == [
        11
    ]


def test_a_closed_port_is_told() -> None:
    site = network()
    source = at(HANDSET, 49300)
    site.attach("handset", on_voice(Bind(source), SendDatagram(source, at(GATEKEEPER, 9), b"")))
    site.run(until=1.0)
    assert whys(site) == [("gatekeeper", "nobody listens on that port")]
    [unreachable] = [packet for packet in packets(site, "trunk") if packet.protocol is Protocol.ICMP]
    assert (unreachable.source_port, unreachable.destination_port) == (3, 3)


def test_hosts_without_a_machine_answer_echo() -> None:
    site = network()
    pinger = on_voice(*(SendEcho(HANDSET, there, 7, n) for n, there in enumerate((GIADDR, UPLINK, DHCP))))
    site.attach("handset", pinger)
    site.run(until=1.0)
    assert [(event.source, event.sequence) for event in pinger.got(EchoReplied)] == [
        (GIADDR, 0),
        (UPLINK, 1),
        (DHCP, 2),
    ]


def test_a_handset_on_a_vlan_that_its_port_does_not_carry_is_alone() -> None:
    site, router = network(), Puppet((Bind(at(UNSPECIFIED, 67)),))
    site.attach("router", router)
    everybody = at(LIMITED_BROADCAST, 67)

    def on(event: Event) -> Commands:
        if isinstance(event, TimeUp):
            return (SetVlan(0), SendDatagram(at(UNSPECIFIED, 68), everybody, b"untagged"))
        return NOTHING

    lost = SendDatagram(at(UNSPECIFIED, 68), everybody, b"tagged")
    site.attach("handset", Puppet((Bind(at(UNSPECIFIED, 68)), SetVlan(77), lost), on, wake=[60.0]))
    site.run(until=61.0)
    assert [(event.data, event.interface) for event in router.got(DatagramReceived)] == [
        (b"untagged", "data")
    ]
    tags = [decode_ethernet(data).tags for data in _data(site)]
    assert [tag[0].vid if tag else 0 for tag in tags] == [77, 0]


def test_a_handset_that_left_its_vlan_is_not_reached_there() -> None:
    site = network()

    def on(event: Event) -> Commands:
        return (SetVlan(0),) if isinstance(event, TimeUp) else NOTHING

    handset = Puppet((SetVlan(20), ConfigureAddress(HANDSET, VOICE, GIADDR)), on, wake=[5.0])
    pinger = Puppet(
        (SendEcho(GATEKEEPER, HANDSET, 1, 1),),
        lambda event: (SendEcho(GATEKEEPER, HANDSET, 1, 2),) if isinstance(event, TimeUp) else NOTHING,
        wake=[6.0],
    )
    site.attach("handset", handset)
    site.attach("gatekeeper", pinger)
    site.run(until=20.0)
    assert [event.sequence for event in pinger.got(EchoReplied)] == [1]


def test_an_address_less_host_takes_a_frame_to_its_mac() -> None:
    """A server answers a client that cannot answer ARP yet (RFC 2131 section 4.1)."""
    site, client = network(), Puppet((SetVlan(20), Bind(at(UNSPECIFIED, 68))))
    site.attach("handset", client)
    mac = site.topology.macs()["handset", "eth0"]
    server = at(GIADDR, 67)
    offer = SendDatagram(server, at(HANDSET, 68), b"OFFER", "voice", link_destination=mac)
    site.attach("router", Puppet((Bind(server), offer)))
    site.run(until=1.0)
    assert client.got(DatagramReceived) == [DatagramReceived(server, at(HANDSET, 68), b"OFFER", "eth0")]
    assert not [frame for frame in map(decode_ethernet, _data(site)) if frame.ethertype == ETHERTYPE_ARP]


def test_a_host_with_an_address_takes_no_other() -> None:
    site, other = network(), Puppet((Bind(at(UNSPECIFIED, 68)),))
    site.attach("neighbour", other)
    mac = site.topology.macs()["neighbour", "eth0"]
    server = at(GIADDR, 67)
    site.attach("router", Puppet((Bind(server), SendDatagram(server, at(HANDSET, 68), b"", "voice", mac))))
    site.run(until=1.0)
    assert other.got(DatagramReceived) == []
    assert whys(site) == [("neighbour", "this host does not have that address")]


def test_the_router_sends_from_either_address_and_hears_both_on_its_uplink() -> None:
    """Relay agents differ: some ask from their uplink, some from giaddr; answers go to giaddr."""
    site = network()
    server, relay = (
        at(DHCP, 67),
        Puppet(
            (
                Bind(at(GIADDR, 67)),
                Bind(at(UPLINK, 67)),
                SendDatagram(at(UPLINK, 67), at(DHCP, 67), b"from the uplink"),
                SendDatagram(at(GIADDR, 67), at(DHCP, 67), b"from giaddr"),
            )
        ),
    )

    def answer(event: Event) -> Commands:
        if isinstance(event, DatagramReceived):
            return (SendDatagram(server, at(GIADDR, 67), event.data),)
        return NOTHING

    dhcp = Puppet((Bind(server),), answer)
    site.attach("dhcp", dhcp)
    site.attach("router", relay)
    site.run(until=1.0)
    assert [event.source.ip for event in dhcp.got(DatagramReceived)] == [UPLINK, GIADDR]
    assert [(event.destination.ip, event.interface) for event in relay.got(DatagramReceived)] == [
        (GIADDR, "uplink"),
        (GIADDR, "uplink"),
    ]


def test_an_unspecified_source_becomes_the_address_of_the_way_out() -> None:
    site, dhcp = network(), Puppet((Bind(at(DHCP, 67)),))
    site.attach("dhcp", dhcp)
    anywhere = at(UNSPECIFIED, 67)
    site.attach("router", Puppet((Bind(anywhere), SendDatagram(anywhere, at(DHCP, 67), b""))))
    site.run(until=1.0)
    assert [event.source.ip for event in dhcp.got(DatagramReceived)] == [UPLINK]


def test_broadcasts_stay_on_their_segment() -> None:
    site = network()
    hearers = {name: Puppet((Bind(at(UNSPECIFIED, 67)),)) for name in ("neighbour", "router", "dhcp")}
    for name, hearer in hearers.items():
        site.attach(name, hearer)
    client = at(UNSPECIFIED, 68)
    directed = SendDatagram(client, at("10.20.0.255", 67), b"directed")
    site.attach(
        "handset", on_voice(Bind(client), SendDatagram(client, at(LIMITED_BROADCAST, 67), b"all"), directed)
    )
    site.run(until=1.0)
    heard = {name: [event.data for event in hearer.got(DatagramReceived)] for name, hearer in hearers.items()}
    assert heard == {"neighbour": [b"all", b"directed"], "router": [b"all", b"directed"], "dhcp": []}


@pytest.mark.parametrize(("ttl", "heard"), [(2, 0), (3, 1)])
def test_a_group_crosses_by_static_routes_if_it_lives_long_enough(ttl: int, heard: int) -> None:
    site = network()
    gatekeeper = Puppet((Bind(at(UNSPECIFIED, 1718)), JoinGroup(GROUP)))
    site.attach("gatekeeper", gatekeeper)
    source = at(HANDSET, 49300)
    site.attach("handset", on_voice(Bind(source), SendDatagram(source, at(GROUP, 1718), b"GRQ", ttl=ttl)))
    site.run(until=1.0)
    assert len(gatekeeper.got(DatagramReceived)) == heard


def test_a_new_holder_of_an_address_corrects_its_neighbours() -> None:
    site = network()
    moves = ConfigureAddress(NEIGHBOUR, VOICE, GIADDR)
    pinger = Puppet(
        (SendEcho(GATEKEEPER, NEIGHBOUR, 1, 1),),
        lambda event: (SendEcho(GATEKEEPER, NEIGHBOUR, 1, 2),) if isinstance(event, TimeUp) else NOTHING,
        wake=[5.0],
    )
    site.attach("gatekeeper", pinger)
    site.run(until=1.0)
    site.attach("neighbour", Puppet((RemoveAddress(NEIGHBOUR),)))
    site.attach("handset", Puppet((SetVlan(20), moves)))
    site.run(until=10.0)
    assert [event.sequence for event in pinger.got(EchoReplied)] == [1, 2]
    assert any(decode_frame(data) is not None for data in _data(site))


def test_removing_the_address_takes_its_binds_and_its_router_along() -> None:
    site = network()
    source = at(HANDSET, 49300)

    def on(event: Event) -> Commands:
        match event:
            case AddressConfigured():
                return (Bind(source), RemoveAddress(HANDSET))
            case TimeUp():
                return (Bind(source), SendDatagram(source, at(GATEKEEPER, 1719), b""))
            case _:
                return NOTHING

    handset = Puppet((SetVlan(20), ConfigureAddress(HANDSET, VOICE, GIADDR)), on, wake=[1.0])
    site.attach("handset", handset)
    site.run(until=2.0)
    assert handset.got(BindFailed) == [BindFailed(source)]
    assert whys(site) == [("handset", f"{source} is not bound")]


def test_the_longest_prefix_wins() -> None:
    site = network()
    pinger = Puppet((SendEcho(GATEKEEPER, IPv4Address("10.99.0.1"), 1, 1),))
    site.attach("gatekeeper", pinger)
    site.run(until=10.0)
    # 10.99.0.0/24 is routed to a neighbour that does not exist, not along any default route.
    assert whys(site)[0] == ("firewall", "no answer to ARP")


def test_a_pulled_cable_is_told_and_silences_the_host() -> None:
    site = network()
    again = SendEcho(NEIGHBOUR, GATEKEEPER, 1, 2)
    pinger = Puppet(
        (SendEcho(NEIGHBOUR, GATEKEEPER, 1, 1),),
        lambda event: (again,) if isinstance(event, LinkChanged) else NOTHING,
    )
    site.attach("neighbour", pinger)
    site.at(1.0, lambda: site.unplug("neighbour"))
    site.at(2.0, lambda: site.plug("neighbour"))
    site.run(until=3.0)
    assert pinger.got(LinkChanged) == [LinkChanged(False), LinkChanged(True)]
    assert [event.sequence for event in pinger.got(EchoReplied)] == [1, 2]


def test_a_host_talks_to_itself_without_the_wire() -> None:
    site = network()
    source, destination = at(GATEKEEPER, 5000), at(GATEKEEPER, 1719)
    both = Puppet((Bind(source), Bind(destination), SendDatagram(source, destination, b"me")))
    site.attach("gatekeeper", both)
    site.run(until=1.0)
    assert both.got(DatagramReceived) == [DatagramReceived(source, destination, b"me")]
    assert site.frames("outside") == []


def test_ipv6_is_refused_by_name() -> None:
    six = ConfigureAddress(IPv6Address("2001:db8::1"), IPv6Network("2001:db8::/64"))
    with pytest.raises(ValueError, match="IPv4 only"):
        network().attach("dhcp", Puppet((six,)))
