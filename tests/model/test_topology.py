from ipaddress import IPv4Address, IPv4Interface

import pytest

from ringfence.model.topology import (
    Interface,
    MulticastRoute,
    Node,
    Segment,
    TapPoint,
    Topology,
    mac_octets,
)

LAN = Segment("lan")
HOME = (IPv4Interface("10.0.0.1/24"),)


def test_chosen_macs_differ_and_written_ones_are_kept() -> None:
    topology = Topology(
        (LAN,),
        (
            Node("phone", (Interface("eth0", "lan", mac="00:1b:4f:00:00:01"),)),
            Node("server", (Interface("eth0", "lan"), Interface("eth1", "lan"))),
        ),
    )
    macs = topology.macs()
    assert macs["phone", "eth0"] == bytes.fromhex("001b4f000001")
    assert len(set(macs.values())) == 3
    assert all(mac[0] & 3 == 2 for (node, _), mac in macs.items() if node == "server")


@pytest.mark.parametrize("text", ["", "00:1b:4f:00:00", "01:00:5e:00:00:01", "no:t :a :m :a :c"])
def test_what_is_no_individual_mac_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="individual MAC"):
        mac_octets(text)


def test_nodes_and_interfaces_are_found_by_name() -> None:
    topology = Topology((LAN,), (Node("phone", (Interface("eth0", "lan"),)),))
    assert topology.node("phone").interface("eth0").segment == "lan"
    for lookup in (topology.node, topology.node("phone").interface):
        with pytest.raises(KeyError, match="nobody"):
            lookup("nobody")


@pytest.mark.parametrize(
    ("segments", "nodes", "taps", "words"),
    [
        ((LAN, LAN), (), (), "segment lan is there twice"),
        ((LAN,), (Node("a", ()), Node("a", ())), (), "node a is there twice"),
        ((LAN,), (Node("a", (Interface("eth0", "wan"),)),), (), "a.eth0: there is no segment wan"),
        ((LAN,), (Node("a", (Interface("eth0", "lan", trunk=("lan",)),)),), (), "no VLAN"),
        (
            (LAN, Segment("v", 20), Segment("w", 20)),
            (Node("a", (Interface("eth0", "lan", trunk=("v", "w")),)),),
            (),
            "VLAN 20 is there twice",
        ),
        (
            (LAN,),
            (Node("a", (Interface("eth0", "lan", HOME),)), Node("b", (Interface("eth0", "lan", HOME),))),
            (),
            "b.eth0: 10.0.0.1 is already used on lan",
        ),
        (
            (LAN,),
            tuple(Node(name, (Interface("eth0", "lan", mac="02:00:00:00:00:01"),)) for name in "ab"),
            (),
            "a.eth0 and b.eth0 have the same MAC",
        ),
        (
            (LAN,),
            (Node("a", (Interface("eth0", "lan"),)),),
            (TapPoint("t", "a", "eth1"),),
            "no interface a.eth1",
        ),
    ],
)
def test_what_does_not_fit_together_is_named(
    segments: tuple[Segment, ...], nodes: tuple[Node, ...], taps: tuple[TapPoint, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Topology(segments, nodes, taps)


def test_a_node_is_checked_by_itself() -> None:
    port = Interface("eth0", "lan")
    with pytest.raises(ValueError, match="filters but does not forward"):
        Node("a", (port,), filters=True)
    with pytest.raises(ValueError, match="eth9"):
        Node("a", (port,), multicast_routes=(MulticastRoute(IPv4Address("224.0.1.41"), "eth0", ("eth9",)),))
    with pytest.raises(ValueError, match="not a multicast group"):
        Node("a", (port,), multicast_routes=(MulticastRoute(IPv4Address("10.0.0.1"), "eth0", ()),))
    with pytest.raises(ValueError, match="interface eth0 is there twice"):
        Node("a", (port, port))
    with pytest.raises(ValueError, match="outside 0-4094"):
        Segment("v", 4095)
