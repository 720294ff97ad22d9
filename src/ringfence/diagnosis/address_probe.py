"""A DHCP server that pings an address before it offers it: nobody is to answer that."""

from collections.abc import Iterable

from ringfence.diagnosis.observation import DhcpSeen, EchoSeen
from ringfence.wire.dhcp_options import SERVER_ID, DhcpMessageType

# Seconds that a server waits for an answer. ASSUMED: ISC's ping-timeout is 1, dnsmasq pings for 3.
_PROBED = 6.0


def is_address_probe(echo: EchoSeen, dhcp: Iterable[DhcpSeen]) -> bool:
    """Whether an offer of that address follows: a server should probe an address that it gives away again,
    for example by an ICMP echo request (RFC 2131 section 2.2)."""
    pinged, server = (echo.destination, echo.source) if echo.request else (echo.source, echo.destination)
    return any(
        offer.kind is DhcpMessageType.OFFER
        and offer.message.yiaddr == pinged.ip
        and (offer.source.ip == server.ip or offer.message.raw(SERVER_ID.code) == server.ip.packed)
        and 0 <= offer.time - echo.time <= _PROBED
        for offer in dhcp
    )
