"""LLDP-MED: what a switch says of the voice VLAN, octet by octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire.ethernet import decode_ethernet
from ringfence.wire.lldp import ETHERTYPE_LLDP, NEAREST_BRIDGE, LldpMessage, decode_lldp, phone_lldp

HEAD = bytes.fromhex("0207 04 bac51ae65b75 0407 03 bac51ae65b75 0602 0078".replace(" ", ""))
END = bytes(2)


def policy(application: int, *, unknown: bool = False, tagged: bool = True, vlan: int = 0) -> bytes:
    bits = unknown << 23 | tagged << 22 | vlan << 9 | 5 << 6 | 46
    return bytes.fromhex("fe080012bb02") + bytes((application,)) + bits.to_bytes(3, "big")


@pytest.mark.parametrize(
    ("elements", "vlan"),
    [
        (b"", None),
        (policy(1, vlan=20), 20),
        (policy(1, vlan=4094), 4094),
        (policy(1, tagged=False, vlan=20), 0),
        (policy(1, unknown=True), None),
        (policy(2, vlan=30), None),  # voice signalling
        (policy(2, vlan=30) + policy(1, vlan=20), 20),
        (policy(1, vlan=4095), 0),
        (bytes.fromhex("fe060080c2010014"), None),  # the port's own VLAN is not that of voice
    ],
)
def test_the_voice_vlan_is_the_policy_of_the_application_voice(elements: bytes, vlan: int | None) -> None:
    assert decode_lldp(HEAD + elements + END) == LldpMessage(120, vlan)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        END,
        HEAD[9:] + END,
        HEAD[:-2],
        HEAD + b"\xfe\x40\x00",
        HEAD + bytes.fromhex("fe050012bb0201") + END,
    ],
)
def test_what_is_cut_or_lacks_its_beginning_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_lldp(data)


@given(st.binary(max_size=300))
def test_octets_of_a_peer_raise_nothing_else(data: bytes) -> None:
    for each in (data, HEAD + data):
        try:
            decode_lldp(each)
        except DecodeError:
            continue


@given(mac=st.binary(min_size=6, max_size=6), name=st.text(max_size=300))
def test_a_phone_says_that_it_does_not_know_its_vlan(mac: bytes, name: str) -> None:
    frame = decode_ethernet(phone_lldp(mac, name))
    assert (frame.destination, frame.source, frame.ethertype) == (NEAREST_BRIDGE, mac, ETHERTYPE_LLDP)
    assert decode_lldp(frame.payload) == LldpMessage(120, None)
