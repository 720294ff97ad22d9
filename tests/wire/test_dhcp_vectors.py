"""Messages as other programs wrote them, captured in namespaces: read right and written back exactly.

Each is the 44 octets before sname, and what follows the magic cookie; sname and file were empty.
"""

from ipaddress import IPv4Address

import pytest

from ringfence.wire.dhcp import MAGIC_COOKIE, decode, encode
from ringfence.wire.dhcp_options import (
    CLIENT_ID,
    HOST_NAME,
    LEASE_TIME,
    PARAMETER_LIST,
    REBINDING_TIME,
    RENEWAL_TIME,
    ROUTERS,
    SERVER_ID,
    SITE_242,
    VENDOR_CLASS,
    DhcpMessageType,
)

ADDRESS_242 = "MCIPADD=10.1.0.30,L2Q=1,L2QVLAN=30"

KEA_OFFER = (  # Kea 2.2.0 through ISC dhcrelay
    "020106013ceb3ffd00008000000000000a140032000000000a140001001b4f1a2b3c00000000000000000000",
    "3501020104ffffff0003040a1400010c0961766231613262336333040000007836040aff00023a040000003c3b0400000069"
    "f2224d4349504144443d31302e312e302e33302c4c32513d312c4c3251564c414e3d3330ff",
)
DNSMASQ_OFFER = (  # dnsmasq 2.90 through ISC dhcrelay; it names itself in siaddr
    "020106013ceb3ffd00008000000000000a14003c0aff00020a140001001b4f1a2b3c00000000000000000000",
    "35010236040aff00023304000000783a040000003c3b04000000690104ffffff001c040a1400ff"
    "f2224d4349504144443d31302e312e302e33302c4c32513d312c4c3251564c414e3d333003040a140001ff",
)
UDHCPC_DISCOVER = (  # BusyBox 1.35
    "0101060174bde15a000000000000000000000000000000000a140001001b4f1a2b3c00000000000000000000",
    "3501013902024037070103060c0f1c2a3c0c756468637020312e33352e303d0701001b4f1a2b3cff",
)
DHCLIENT_REQUEST = (  # ISC dhclient 4.4.3-P1
    "01010601e3e71b6f000000000000000000000000000000000a140001001b4f1a2b3c00000000000000000000",
    "35010336040aff000232040a1400320c02766d370d011c02030f06770c2c2f1a792aff",
)


def octets(vector: tuple[str, str]) -> bytes:
    head, options = map(bytes.fromhex, vector)
    return (head + bytes(192) + MAGIC_COOKIE + options).ljust(300, b"\0")


@pytest.mark.parametrize("vector", [KEA_OFFER, DNSMASQ_OFFER, UDHCPC_DISCOVER, DHCLIENT_REQUEST])
def test_octet_for_octet(vector: tuple[str, str]) -> None:
    assert encode(decode(octets(vector))) == octets(vector)


@pytest.mark.parametrize(
    ("vector", "address", "siaddr"),
    [(KEA_OFFER, "10.20.0.50", "0.0.0.0"), (DNSMASQ_OFFER, "10.20.0.60", "10.255.0.2")],
)
def test_offers(vector: tuple[str, str], address: str, siaddr: str) -> None:
    offer = decode(octets(vector))
    assert offer.message_type is DhcpMessageType.OFFER
    assert (offer.yiaddr, offer.siaddr) == (IPv4Address(address), IPv4Address(siaddr))
    assert (offer.giaddr, offer.broadcast) == (IPv4Address("10.20.0.1"), True)
    assert (offer.get(LEASE_TIME), offer.get(RENEWAL_TIME), offer.get(REBINDING_TIME)) == (120, 60, 105)
    assert (offer.get(ROUTERS), offer.get(SERVER_ID)) == ((offer.giaddr,), IPv4Address("10.255.0.2"))
    assert offer.get(SITE_242) == ADDRESS_242


def test_requests() -> None:
    discover, request = decode(octets(UDHCPC_DISCOVER)), decode(octets(DHCLIENT_REQUEST))
    assert discover.message_type is DhcpMessageType.DISCOVER
    assert discover.get(VENDOR_CLASS) == "udhcp 1.35.0"
    assert discover.get(CLIENT_ID) == b"\x01" + discover.chaddr
    assert request.message_type is DhcpMessageType.REQUEST
    assert request.get(HOST_NAME) == "vm"
    assert request.get(PARAMETER_LIST) == (1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42)
