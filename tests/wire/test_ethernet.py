from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import ethernet
from ringfence.wire.ethernet import (
    Arp,
    EthernetFrame,
    VlanTag,
    decode_arp,
    decode_ethernet,
    encode_arp,
    encode_ethernet,
)

PHONE = bytes.fromhex("001b4f000001")
SWITCH = bytes.fromhex("0200000000fe")


def test_untagged_frame() -> None:
    frame = decode_ethernet(bytes.fromhex("ffffffffffff 001b4f000001 0806") + b"body")
    assert frame == EthernetFrame(ethernet.BROADCAST, PHONE, ethernet.ETHERTYPE_ARP, b"body")


def test_tag_carries_priority_and_vlan() -> None:
    frame = decode_ethernet(bytes.fromhex("0200000000fe 001b4f000001 8100 c014 0800") + b"body")
    assert frame.tags == (VlanTag(20, priority=6),)
    assert frame.ethertype == ethernet.ETHERTYPE_IPV4
    assert frame.payload == b"body"


def test_priority_tag_keeps_its_vid_zero() -> None:
    frame = decode_ethernet(bytes.fromhex("0200000000fe 001b4f000001 8100 a000 0800"))
    assert frame.tags == (VlanTag(0, priority=5),)


def test_stacked_tags_outermost_first() -> None:
    frame = decode_ethernet(bytes.fromhex("0200000000fe 001b4f000001 88a8 0064 8100 1014 0800"))
    assert frame.tags == (VlanTag(100, tpid=ethernet.SERVICE_TAG), VlanTag(20, drop_eligible=True))


def test_arp_request_as_on_the_wire() -> None:
    arp = Arp(ethernet.ARP_REQUEST, PHONE, IPv4Address("10.20.0.50"), bytes(6), IPv4Address("10.20.0.1"))
    octets = bytes.fromhex("0001 0800 06 04 0001 001b4f000001 0a140032 000000000000 0a140001")
    assert encode_arp(arp) == octets
    assert decode_arp(octets + bytes(18)) == arp


def test_arp_of_another_network_is_refused() -> None:
    with pytest.raises(DecodeError, match="other than IPv4"):
        decode_arp(bytes.fromhex("0006 0800 06 04 0001") + bytes(20))


def test_group_address_keeps_23_bits() -> None:
    assert ethernet.multicast_mac(IPv4Address("224.0.1.41")) == bytes.fromhex("01005e000129")
    assert ethernet.multicast_mac(IPv4Address("239.128.1.2")) == bytes.fromhex("01005e000102")


tags = st.builds(
    VlanTag,
    st.integers(0, 4095),
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from([ethernet.CUSTOMER_TAG, ethernet.SERVICE_TAG]),
)
macs = st.binary(min_size=6, max_size=6)


@given(
    st.builds(
        EthernetFrame,
        macs,
        macs,
        st.integers(0, 0xFFFF).filter(lambda kind: kind not in {0x8100, 0x88A8, 0x9100}),
        st.binary(),
        st.lists(tags, max_size=3).map(tuple),
    )
)
def test_what_is_encoded_is_decoded(frame: EthernetFrame) -> None:
    assert decode_ethernet(encode_ethernet(frame)) == frame


@given(st.binary(max_size=80))
def test_any_octets_decode_and_encode_alike_or_are_refused(data: bytes) -> None:
    try:
        frame = decode_ethernet(data)
    except DecodeError:
        return
    assert encode_ethernet(frame) == data
