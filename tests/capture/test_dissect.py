"""Frames to packets: link types, tags, IPv6, cut and lying headers."""

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.capture.dissect import ArpClaim, Datagram, OpaqueFrame, dissect_frame
from ringfence.capture.frame import LinkType, Tap, TappedFrame
from ringfence.model.packet import Protocol
from ringfence.wire.ethernet import (
    ARP_REQUEST,
    ETHERTYPE_ARP,
    Arp,
    EthernetFrame,
    encode_arp,
    encode_ethernet,
)
from ringfence.wire.frame import frame_of
from support.captures.capture_files import tagged
from support.captures.recorded_site import GATEKEEPER, HANDSET, MAC, grq, to_gatekeeper

FRAME = frame_of(to_gatekeeper(grq(7)), source_mac=MAC, destination_mac=bytes(6), ttl=63)


def seen(
    data: bytes, link: int = LinkType.ETHERNET, original: int = 0
) -> Datagram | ArpClaim | OpaqueFrame | None:
    return dissect_frame(TappedFrame(1.0, Tap.ONLY, data, 3, link, original))


def packet(data: bytes, link: int = LinkType.ETHERNET, original: int = 0) -> Datagram:
    found = seen(data, link, original)
    assert isinstance(found, Datagram)
    return found


def test_a_frame_gives_what_the_judge_needs() -> None:
    found = packet(FRAME)
    assert (found.protocol, found.source, found.source_port) == (Protocol.UDP, HANDSET, 49300)
    assert (found.destination, found.destination_port) == (GATEKEEPER, 1719)
    assert (found.payload, found.ttl, found.number) == (grq(7), 63, 3)
    assert (found.vlan, found.missing) == (None, 0)
    assert found.ends() == "10.20.0.50:49300 > 10.1.0.30:1719"


@pytest.mark.parametrize(
    ("tags", "vlan"),
    [([(0x8100, 0xC000)], 0), ([(0x8100, 20)], 20), ([(0x88A8, 5), (0x8100, 20)], 20)],
)
def test_the_innermost_tag_is_the_handsets(tags: list[tuple[int, int]], vlan: int) -> None:
    found = packet(tagged(FRAME, *tags))
    assert (found.vlan, found.payload) == (vlan, grq(7))


def test_endless_tags_end() -> None:
    assert seen(FRAME[:12] + b"\x81\x00\x00\x01" * 400) is None


@given(st.integers(0, len(FRAME) - 1))
def test_a_cut_frame_gives_a_shorter_payload_or_nothing(length: int) -> None:
    found = seen(FRAME[:length], original=len(FRAME))
    if found is not None:
        assert isinstance(found, Datagram)
        assert grq(7).startswith(found.payload)
        assert len(found.payload) + found.missing == len(grq(7))


def test_padding_is_not_payload() -> None:
    assert packet(FRAME + bytes(20)).payload == grq(7)


def test_a_lying_udp_length_is_bounded_by_the_packet() -> None:
    data = bytearray(FRAME)
    data[38:40] = b"\xff\xff"
    assert packet(bytes(data)).payload == grq(7)
    data[38:40] = b"\x00\x03"
    assert packet(bytes(data)).payload == grq(7)


def test_a_total_length_of_zero_means_segmentation_offload() -> None:
    data = bytearray(FRAME)
    data[16:18] = b"\0\0"
    assert packet(bytes(data)).payload == grq(7)


SIX = IPv6Address("2001:db8::50"), IPv6Address("2001:db8:1::30")


def ipv6(next_header: int, body: bytes) -> bytes:
    head = struct.pack("!IHBB", 6 << 28, len(body), next_header, 62) + SIX[0].packed + SIX[1].packed
    return b"\0" * 12 + b"\x86\xdd" + head + body


UDP = struct.pack("!HHHH", 49300, 1719, 8 + len(grq(7)), 0) + grq(7)


def test_ipv6() -> None:
    found = packet(ipv6(17, UDP))
    assert (found.source, found.destination, found.payload) == (*SIX, grq(7))
    assert packet(ipv6(17, UDP)[14:], LinkType.RAW).payload == grq(7)


@pytest.mark.parametrize("kind", [0, 43, 60])
def test_ipv6_extension_headers_are_stepped_over(kind: int) -> None:
    options = bytes((60, 1)) + bytes(14) + bytes((17, 0)) + bytes(6)
    assert packet(ipv6(kind, options + UDP)).payload == grq(7)
    cut = ipv6(kind, options + UDP)[:-3]
    assert (packet(cut).payload, packet(cut).missing) == (grq(7)[:-3], 3)


def test_ipv6_fragments_say_where_they_belong() -> None:
    found = packet(ipv6(44, struct.pack("!BBHI", 17, 0, 16 << 3 | 1, 99) + UDP[:24]))
    assert found.fragment is not None
    assert (found.fragment.offset, found.fragment.more, found.identification) == (128, True, 99)
    whole = packet(ipv6(44, struct.pack("!BBHI", 17, 0, 0, 99) + UDP))
    assert whole.payload == grq(7)


def test_arp_claims_an_address() -> None:
    claim = encode_arp(Arp(ARP_REQUEST, MAC, HANDSET, bytes(6), IPv4Address("10.20.0.1")))
    found = seen(encode_ethernet(EthernetFrame(b"\xff" * 6, MAC, ETHERTYPE_ARP, claim)))
    assert isinstance(found, ArpClaim)
    assert (found.hardware, found.address) == (MAC, HANDSET)


@given(st.binary(max_size=120), st.sampled_from(list(LinkType)))
def test_any_octets_are_something_or_nothing(data: bytes, link: LinkType) -> None:
    seen(data, link)
