"""What a phone makes of an ACK."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from ringfence.actors.dhcp.lease import Lease, read_lease
from ringfence.model.errors import DecodeError
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    REBINDING_TIME,
    RENEWAL_TIME,
    ROUTERS,
    SERVER_ID,
    SITE_46XX,
    SITE_242,
    SUBNET_MASK,
    TFTP_SERVER,
    RawOption,
)
from ringfence.wire.phone_options import write_vendor

ACK = DhcpMessage(
    op=2,
    xid=1,
    chaddr=bytes(6),
    yiaddr=IPv4Address("10.20.0.50"),
    options=(SERVER_ID(IPv4Address("10.1.0.10")), LEASE_TIME(1000)),
)


def lease(*options: RawOption, site_options: tuple[int, ...] = (242,), siaddr: str = "0.0.0.0") -> Lease:
    ack = replace(ACK, options=(*ACK.options, *options), siaddr=IPv4Address(siaddr))
    return read_lease(ack, 100.0, 0, site_options)


@pytest.mark.parametrize(
    ("t1", "t2", "renew_at", "rebind_at"),
    [
        (None, None, 600, 975),
        (200, 300, 300, 400),
        (200, None, 300, 975),
        # Out of order: the fractions of RFC 2131 section 4.4.5.
        (0, 0, 600, 975),
        (300, 200, 300, 300),
        (2000, 3000, 600, 975),
        (None, 400, 500, 500),
    ],
)
def test_times(t1: int | None, t2: int | None, renew_at: float, rebind_at: float) -> None:
    options = [RENEWAL_TIME(t1)] if t1 is not None else []
    options += [REBINDING_TIME(t2)] if t2 is not None else []
    read = lease(*options)
    assert (read.renew_at, read.rebind_at, read.expires_at) == (renew_at, rebind_at, 1100)


@pytest.mark.parametrize(
    ("mask", "network"), [("255.255.255.0", "10.20.0.0/24"), ("255.255.255.255", "10.20.0.50/32")]
)
def test_the_network(mask: str, network: str) -> None:
    assert lease(SUBNET_MASK(IPv4Address(mask))).network == IPv4Network(network)


def test_without_a_mask_the_class_counts() -> None:
    assert lease().network == IPv4Network("10.0.0.0/8")
    for address, network in (("172.16.3.4", "172.16.0.0/16"), ("192.0.2.7", "192.0.2.0/24")):
        read = read_lease(replace(ACK, yiaddr=IPv4Address(address)), 0, 0, ())
        assert read.network == IPv4Network(network)


def test_the_first_router_counts() -> None:
    routers = (IPv4Address("10.20.0.1"), IPv4Address("10.20.0.2"))
    assert lease(ROUTERS(routers)).router == routers[0]
    assert lease().router is None


@pytest.mark.parametrize(
    ("ack", "complaint"),
    [
        (replace(ACK, options=ACK.options[:1]), "no lease time"),
        (replace(ACK, options=ACK.options[1:]), "no server identifier|server identifier"),
        (replace(ACK, yiaddr=IPv4Address(0)), "no address"),
        (replace(ACK, options=(*ACK.options, (1, bytes((255, 0, 255, 0))))), "255.0.255.0 is no subnet mask"),
        (replace(ACK, options=(*ACK.options, (3, b"\1"))), "option 3"),
    ],
)
def test_an_ack_that_is_none(ack: DhcpMessage, complaint: str) -> None:
    with pytest.raises(DecodeError, match=complaint):
        read_lease(ack, 0, 0, (242,))


def test_sources_of_phone_parameters_in_their_order() -> None:
    """96x1 H.323 administrator guide 2018 p. 55: the header first, option 242 last."""
    header = lease(siaddr="10.1.0.20").phone
    assert (header.http.servers, header.tls.servers) == (("10.1.0.20",), ("10.1.0.20",))
    vendor = (43, write_vendor([("HTTPSRVR", "10.1.0.21")]))
    both = lease(vendor, siaddr="10.1.0.20").phone
    assert (both.http.servers, both.tls.servers) == (("10.1.0.21",), ("10.1.0.20",))
    full = lease(SITE_242("HTTPSRVR=10.1.0.22"), vendor, siaddr="10.1.0.20").phone
    assert full.http.servers == ("10.1.0.22",)


def test_46xx_takes_option_66_and_176() -> None:
    options = (TFTP_SERVER("tftp.example"), SITE_46XX("MCIPADD=10.1.0.30"), SITE_242("MCIPADD=10.1.0.31"))
    phone = lease(*options, site_options=(176,)).phone
    assert phone.value("TFTPSRVR") == "tftp.example"
    assert phone.gatekeepers == ("10.1.0.30",)
    assert lease(*options, site_options=(242, 176)).phone.gatekeepers == ("10.1.0.31",)


def test_a_malformed_option_43_is_a_problem_of_the_string_not_of_the_lease() -> None:
    assert "option 43" in str(lease((43, b"\1\x09x")).phone.problems[0])
