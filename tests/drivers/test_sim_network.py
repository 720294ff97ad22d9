"""Filters, taps, faults in the description, and the promise that the same seed is the same run."""

import io
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

import pytest

from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    Bind,
    Command,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    EchoReplied,
    Event,
    JoinGroup,
    Listen,
    OpenStream,
    SendDatagram,
    SendEcho,
    SetVlan,
    Started,
    StreamOpened,
    TimeUp,
)
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.links import cable, lossy
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import UNSPECIFIED, port
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy
from ringfence.policy.filter import StatefulFilter
from support.networks import Puppet
from support.sim_branch import (
    BRANCH,
    DHCP,
    EVERYTHING,
    GATEKEEPER,
    GIADDR,
    GROUP,
    HANDSET,
    NEIGHBOUR,
    UPLINK,
    VOICE,
    at,
    network,
    rule,
)


def on(kind: type[Event], *then: Command) -> Callable[[Event], Commands]:
    return lambda event: then if isinstance(event, kind) else NOTHING


def answering(local: tuple[IPv4Address, int]) -> Puppet:
    """Answers every datagram to whoever sent it."""
    here = at(*local)

    def on(event: Event) -> Commands:
        return (
            (SendDatagram(here, event.source, event.data),)
            if isinstance(event, DatagramReceived)
            else NOTHING
        )

    return Puppet((Bind(here),), on)


def test_a_relay_that_asks_from_its_uplink_needs_a_rule_for_the_answer() -> None:
    """Measured with a real relay, server and kernel: request rule and established, 0 leases."""
    request = rule("request", f"{UPLINK}/32", f"{DHCP}/32", Protocol.UDP, port(67))
    answer = rule("answer", f"{DHCP}/32", f"{GIADDR}/32", Protocol.UDP, port(67))

    def leases(policy: Policy, source: IPv4Address) -> int:
        site = network(policy)
        relay = Puppet(
            (Bind(at(source, 67)), Bind(at(UNSPECIFIED, 67)), SendDatagram(at(source, 67), at(DHCP, 67), b""))
        )

        def to_giaddr(event: Event) -> Commands:
            if isinstance(event, DatagramReceived):
                return (SendDatagram(at(DHCP, 67), at(GIADDR, 67), b"OFFER"),)
            return NOTHING

        site.attach("dhcp", Puppet((Bind(at(DHCP, 67)),), to_giaddr))
        site.attach("router", relay)
        site.run(until=1.0)
        return len(relay.got(DatagramReceived))

    assert leases(Policy("request only", (request,)), UPLINK) == 0
    assert leases(Policy("both", (request, answer)), UPLINK) == 1
    from_giaddr = rule("request", f"{GIADDR}/32", f"{DHCP}/32", Protocol.UDP, port(67))
    assert leases(Policy("giaddr asks", (from_giaddr,)), GIADDR) == 1


def test_the_gatekeeper_may_speak_first_only_while_the_state_lives() -> None:
    ras = rule("ras", str(VOICE), f"{GATEKEEPER}/32", Protocol.UDP, port(1719))
    handset_ras, gatekeeper_ras = at(NEIGHBOUR, 49300), at(GATEKEEPER, 1719)
    speak = SendDatagram(gatekeeper_ras, handset_ras, b"URQ")
    gatekeeper = Puppet(
        (Bind(gatekeeper_ras),),
        lambda event: (speak,) if isinstance(event, TimeUp) else NOTHING,
        wake=[29.0, 60.0],
    )
    handset = Puppet((Bind(handset_ras), SendDatagram(handset_ras, gatekeeper_ras, b"RRQ")))
    site = network(Policy("ras", (ras,)))
    site.attach("gatekeeper", gatekeeper)
    site.attach("neighbour", handset)
    site.run(until=100.0)
    assert [time for time, event in handset.seen if isinstance(event, DatagramReceived)] == [
        pytest.approx(29.0, abs=0.01)
    ]
    [drop] = site.drops
    assert (drop.node, drop.by, drop.packet.payload) == ("firewall", "default", b"URQ")
    assert drop.time == pytest.approx(60.0, abs=0.01)


def test_a_multicast_answer_is_not_the_reverse_of_its_request() -> None:
    discovery = rule("discovery", str(VOICE), f"{GROUP}/32", Protocol.UDP, port(1718))
    source = at(NEIGHBOUR, 49300)
    handset = Puppet((Bind(source), SendDatagram(source, at(GROUP, 1718), b"GRQ", ttl=4)))
    gatekeeper = Puppet(
        (Bind(at(UNSPECIFIED, 1718)), Bind(at(GATEKEEPER, 1719)), JoinGroup(GROUP)),
        lambda event: (
            (SendDatagram(at(GATEKEEPER, 1719), event.source, b"GCF"),)
            if isinstance(event, DatagramReceived)
            else NOTHING
        ),
    )
    site = network(Policy("discovery", (discovery,)))
    site.attach("gatekeeper", gatekeeper)
    site.attach("neighbour", handset)
    site.run(until=1.0)
    assert len(gatekeeper.got(DatagramReceived)) == 1
    assert [drop.packet.payload for drop in site.drops] == [b"GCF"]


def test_a_dropped_packet_is_seen_before_the_firewall_and_not_behind() -> None:
    site = network(Policy("icmp only", (EVERYTHING.rule("all-icmp"),)))
    source = at(NEIGHBOUR, 49300)
    site.attach("neighbour", Puppet((Bind(source), SendDatagram(source, at(GATEKEEPER, 1719), b"GRQ"))))
    site.run(until=1.0)
    assert len(site.frames("inside")) == 3  # two ARP, one GRQ
    assert site.frames("outside") == []


def test_a_filtering_node_needs_a_filter_and_no_other_gets_one() -> None:
    with pytest.raises(ValueError, match="firewall"):
        SimulatedNetwork(BRANCH)
    filters = {name: StatefulFilter(EVERYTHING) for name in ("firewall", "router")}
    with pytest.raises(ValueError, match="router"):
        SimulatedNetwork(BRANCH, filters=filters)
    with pytest.raises(ValueError, match="does not forward"):
        network().enforce("handset", StatefulFilter(EVERYTHING))


def test_two_machines_share_a_host() -> None:
    """A gatekeeper that also serves files, or a probe beside it."""
    site = network()
    first, second = answering((GATEKEEPER, 1719)), Puppet((SendEcho(GATEKEEPER, NEIGHBOUR, 9, 1),))
    site.attach("gatekeeper", first)
    site.attach("gatekeeper", second)
    source = at(NEIGHBOUR, 49300)
    asker = Puppet((Bind(source), SendDatagram(source, at(GATEKEEPER, 1719), b"?")))
    site.attach("neighbour", asker)
    site.run(until=1.0)
    assert len(asker.got(DatagramReceived)) == 1
    assert len(second.got(EchoReplied)) == 1
    assert first.got(EchoReplied) == []


def test_power_off_forgets_what_the_machine_set_up_and_keeps_the_description() -> None:
    site = network()
    boot = (SetVlan(20), ConfigureAddress(HANDSET, VOICE, GIADDR))
    listen = Listen(at(HANDSET, 1720))
    handset = Puppet(
        boot, lambda event: (listen,) if isinstance(event, AddressConfigured) else NOTHING, wake=[50.0]
    )
    site.attach("handset", handset)
    site.run(until=1.0)
    site.power_off("handset")
    site.power_off("gatekeeper")
    caller = Puppet(
        (OpenStream(1, GATEKEEPER, at(HANDSET, 1720), timeout=20.0), SendEcho(GATEKEEPER, DHCP, 1, 1))
    )
    site.attach("gatekeeper", caller)
    site.run(until=60.0)
    assert handset.got(TimeUp) == []
    assert caller.got(StreamOpened) == []
    assert len(caller.got(EchoReplied)) == 1
    site.attach(
        "handset", Puppet(boot, lambda event: (listen,) if isinstance(event, AddressConfigured) else NOTHING)
    )
    site.attach("gatekeeper", again := Puppet((OpenStream(2, GATEKEEPER, at(HANDSET, 1720)),)))
    site.run(until=70.0)
    assert len(again.got(StreamOpened)) == 1


def test_the_observer_sees_every_entry_before_its_commands_act() -> None:
    seen: list[JournalEntry] = []
    site = network(observer=seen.append)
    site.attach("handset", Puppet((SetVlan(20), ConfigureAddress(HANDSET, VOICE))))
    assert [(entry.host, type(entry.event)) for entry in seen] == [
        ("handset", Started),
        ("handset", AddressConfigured),
    ]
    assert seen[0].commands == (SetVlan(20), ConfigureAddress(HANDSET, VOICE))


class Spinner:
    """Breaks law 3."""

    deadline: float | None = 1.0

    def handle(self, event: Event, now: float) -> Commands:
        return NOTHING


def test_a_machine_that_spins_is_a_defect() -> None:
    site = network()
    site.attach("handset", Spinner())
    with pytest.raises(RuntimeError, match=r"handset: the deadline 1\.0 did not move"):
        site.run(until=2.0)


def test_same_seed_same_frames() -> None:
    def run(seed: int) -> bytes:
        site = network(seed=seed)
        site.set_link("gatekeeper", "eth0", lossy(cable, 0.2, Random(seed)))
        site.attach("neighbour", Puppet((Listen(at(NEIGHBOUR, 1720)),)))
        site.attach(
            "gatekeeper", Puppet((OpenStream(1, GATEKEEPER, at(NEIGHBOUR, 1720), keepalive=(20, 5, 5)),))
        )
        site.run(until=200.0)
        file = io.BytesIO()
        site.write_pcap(file)
        return file.getvalue()

    assert run(1) == run(1) != run(2)


def test_frames_are_numbered_at_their_tap() -> None:
    site = network()
    site.attach("neighbour", Puppet((SendEcho(NEIGHBOUR, GATEKEEPER, 1, 1),)))
    site.run(until=1.0)
    everything, inside = site.frames(), site.frames("inside")
    assert [frame.number for frame in inside] == list(range(1, len(inside) + 1))
    assert [frame for frame in everything if frame.tap == "inside"] == inside
    assert [frame.time for frame in everything] == sorted(frame.time for frame in everything)


def test_an_unknown_node_is_named() -> None:
    with pytest.raises(KeyError, match="nobody"):
        network().attach("nobody", Puppet())


def test_virtual_time_can_begin_anywhere() -> None:
    handset = Puppet(wake=[5.0])
    site = SimulatedNetwork(
        replace(BRANCH, nodes=tuple(replace(node, filters=False) for node in BRANCH.nodes)),
        start=1_700_000_000.0,
    )
    site.attach("handset", handset)
    site.run(until=1_700_000_010.0)
    assert handset.times(TimeUp) == [1_700_000_005.0]
