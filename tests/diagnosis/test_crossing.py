"""What was dropped, what was merely missed, and what had no business with the firewall."""

from ipaddress import IPv4Address

from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.crossing import Crossing, crossings
from ringfence.model.address import UNSPECIFIED
from support.captures.capture_files import tagged
from support.captures.recorded_site import (
    GATEKEEPER,
    HANDSET,
    Run,
    ask,
    gcf,
    grq,
    rcf,
    rrq,
    to_gatekeeper,
    to_handset,
    udp,
)

ROUTER = IPv4Address("10.20.0.1")


def crossed(frames: list[TappedFrame], *, both_sides: bool = True) -> list[Crossing]:
    packets = [dissect_frame(each, number) for number, each in enumerate(frames, 1)]
    return crossings([each for each in packets if isinstance(each, Datagram)], both_sides=both_sides)


def known() -> Run:
    """Both parties have spoken, so it is known on which side they live."""
    run = Run()
    ask(run, grq(1), gcf(1))
    run.wait(1)
    return run


def test_two_sightings_are_one_crossing() -> None:
    run = known()
    found = crossed(run.frames)
    assert [each.frames for each in found] == [
        {Tap.HANDSETS: 1, Tap.SERVERS: 2},
        {Tap.SERVERS: 3, Tap.HANDSETS: 4},
    ]
    assert not any(each.dropped for each in found)


def test_a_packet_that_enters_and_does_not_leave_is_dropped() -> None:
    run = known()
    run.lost = lambda _: True
    run.send(to_gatekeeper(rrq(2)))
    run.send(to_handset(rcf(2)), by=Tap.SERVERS)
    assert [each.dropped for each in crossed(run.frames)[2:]] == [True, True]
    assert not any(each.dropped for each in crossed(run.frames, both_sides=False))


def test_a_packet_seen_only_where_it_leaves_was_missed_not_dropped() -> None:
    run = known()
    run.send(to_gatekeeper(rrq(2)))
    del run.frames[-2]
    (*_, last) = crossed(run.frames)
    assert last.frames == {Tap.SERVERS: 5}
    assert not last.dropped


def test_when_the_repetition_passes_the_first_copy_is_the_dropped_one() -> None:
    run = known()
    run.lost = lambda _: True
    run.send(to_gatekeeper(rrq(2)))
    run.wait(0.15)
    run.lost = lambda _: False
    run.send(to_gatekeeper(rrq(2)))
    first, second = crossed(run.frames)[2:]
    assert (first.dropped, second.dropped) == (True, False)


def test_neighbours_do_not_cross() -> None:
    run = known()
    run.lost = lambda _: True
    run.send(udp(ROUTER, 5000, HANDSET, 49300, b"from the handset's own side"))
    run.send(udp(HANDSET, 5000, ROUTER, 49300, b"to it"))
    assert not any(each.dropped for each in crossed(run.frames)[2:])


def test_broadcast_and_link_local_groups_stay() -> None:
    run = known()
    run.lost = lambda _: True
    for group in ("255.255.255.255", "224.0.0.5"):
        run.send(udp(HANDSET, 68, IPv4Address(group), 67, b"x"))
    run.send(udp(HANDSET, 49300, IPv4Address("224.0.1.41"), 1718, grq(3)))
    assert [each.dropped for each in crossed(run.frames)[2:]] == [False, False, True]


def test_what_only_the_trunk_saw_is_lost_if_it_had_to_cross() -> None:
    run = known()
    other = Run(now=run.now)
    other.send(to_gatekeeper(rrq(5)))
    other.send(udp(HANDSET, 5000, ROUTER, 7, b"y"))
    trunk = [
        TappedFrame(each.time, Tap.TRUNK, each.data) for each in other.frames if each.tap == Tap.HANDSETS
    ]
    assert [each.dropped for each in crossed([*run.frames, *trunk])[2:]] == [True, False]


def test_mirrored_copies_are_counted_once() -> None:
    run = Run()
    run.send(to_gatekeeper(grq(1)))
    (one, *_) = run.frames
    copies = [TappedFrame(one.time + late * 1e-5, Tap.ONLY, one.data) for late in range(3)]
    again = TappedFrame(one.time + 5, Tap.ONLY, one.data)
    found = crossed([*copies, again], both_sides=False)
    assert [each.copies for each in found] == [2, 0]


def test_an_address_that_was_seen_nowhere_is_beyond_the_firewall() -> None:
    run = Run(lambda _: True)
    run.send(udp(HANDSET, 49300, GATEKEEPER, 1719, grq(1)))
    (only,) = crossed(run.frames)
    assert only.dropped


def test_a_trunk_tells_the_vlan_that_an_access_port_does_not() -> None:
    """A DHCPDISCOVER by broadcast is at the phone's tagged port and at the router's untagged one at once."""
    run = Run()
    run.send(udp(UNSPECIFIED, 68, IPv4Address("255.255.255.255"), 67, b"x" * 20))
    (access, *_) = run.frames
    trunk = TappedFrame(access.time + 1e-6, Tap.TRUNK, tagged(access.data, (0x8100, 7)))
    for frames in ([access, trunk], [trunk, TappedFrame(access.time + 2e-6, Tap.HANDSETS, access.data)]):
        (only,) = crossed(frames)
        assert only.packet.vlan == 7
