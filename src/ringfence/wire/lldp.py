"""LLDP (IEEE 802.1AB) as far as telephones use it: the voice VLAN of LLDP-MED (ANSI/TIA-1057).

A switch sends the MED parts to who sends them first (TIA-1057 section 11.2.1), so a phone speaks too.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.model.errors import DecodeError
from ringfence.wire.ethernet import EthernetFrame, encode_ethernet

ETHERTYPE_LLDP = 0x88CC
NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
LLDP_GROUPS = frozenset({NEAREST_BRIDGE, bytes.fromhex("0180c2000003"), bytes.fromhex("0180c2000000")})

_END, _CHASSIS, _PORT, _TTL, _SYSTEM_NAME, _CAPABILITIES, _ORGANISATION = 0, 1, 2, 3, 5, 7, 127
_MAC_OF_CHASSIS, _MAC_OF_PORT = 4, 3
_MED = bytes.fromhex("0012bb")
_MED_CAPABILITIES, _NETWORK_POLICY = 1, 2
_VOICE = 1  # application type
_BRIDGE_AND_TELEPHONE = 0x0004 | 0x0020
_KNOWS = 0x0003  # MED capabilities and network policy
_CLASS_III = 3  # a communication device
ADVERTISED = 30  # seconds between two frames, msgTxInterval (IEEE 802.1AB table 9-1)
_UNKNOWN, _TAGGED = 1 << 23, 1 << 22
_SECONDS = 4 * ADVERTISED  # msgTxHold times msgTxInterval (IEEE 802.1AB section 9.2.5)


@dataclass(frozen=True, slots=True)
class LldpMessage:
    """`ttl` in seconds, 0: the sender goes. `voice_vlan` 1-4094, 0: untagged; None: it says nothing of it."""

    ttl: int
    voice_vlan: int | None = None


def decode_lldp(data: bytes) -> LldpMessage:
    """The payload of a frame. DecodeError: its TLVs do not fit, or a mandatory one is not in its place."""
    elements = list(_elements(data))
    if [kind for kind, _ in elements[:3]] != [_CHASSIS, _PORT, _TTL] or len(elements[2][1]) < 2:
        raise DecodeError("LLDP without chassis, port and time to live at its beginning", 0)
    policies = (
        value[4:]
        for kind, value in elements
        if kind == _ORGANISATION and value[:3] == _MED and value[3:4] == bytes((_NETWORK_POLICY,))
    )
    found = (_voice_vlan(each) for each in policies)
    voice = next((vlan for vlan in found if vlan is not None), None)
    return LldpMessage(int.from_bytes(elements[2][1][:2], "big"), voice)


def phone_lldp(mac: bytes, name: str) -> bytes:
    """The frame by which a telephone says that it is one, and that it would like to know its VLAN."""
    unknown = bytes((_VOICE,)) + _UNKNOWN.to_bytes(3, "big")
    elements = (
        (_CHASSIS, bytes((_MAC_OF_CHASSIS,)) + mac),
        (_PORT, bytes((_MAC_OF_PORT,)) + mac),
        (_TTL, struct.pack("!H", _SECONDS)),
        (_SYSTEM_NAME, name.encode("ascii", "replace")[:255]),
        (_CAPABILITIES, struct.pack("!HH", _BRIDGE_AND_TELEPHONE, _BRIDGE_AND_TELEPHONE)),
        (_ORGANISATION, _MED + struct.pack("!BHB", _MED_CAPABILITIES, _KNOWS, _CLASS_III)),
        (_ORGANISATION, _MED + bytes((_NETWORK_POLICY,)) + unknown),
        (_END, b""),
    )
    payload = b"".join(struct.pack("!H", kind << 9 | len(value)) + value for kind, value in elements)
    return encode_ethernet(EthernetFrame(NEAREST_BRIDGE, mac, ETHERTYPE_LLDP, payload))


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(data):
        head = int.from_bytes(data[at : at + 2], "big")
        kind, length = head >> 9, head & 0x1FF
        if kind == _END:
            return
        at += 2
        if at + length > len(data):
            raise DecodeError("LLDP element cut short", at)
        yield kind, data[at : at + length]
        at += length


def _voice_vlan(policy: bytes) -> int | None:
    """None: for another application, or not known yet; DecodeError: it is too short."""
    if len(policy) < 4:
        raise DecodeError("LLDP-MED network policy cut short", len(policy))
    bits = int.from_bytes(policy[1:4], "big")
    if policy[0] != _VOICE or bits & _UNKNOWN:
        return None
    vlan = bits >> 9 & 0xFFF
    # 0 with a tag is a priority alone; 4095 is nobody's (IEEE 802.1Q table 9-2).
    return vlan if bits & _TAGGED and vlan < 0xFFF else 0
