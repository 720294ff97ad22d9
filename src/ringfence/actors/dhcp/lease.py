"""What an ACK gives a phone, as one value."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.address import UNSPECIFIED
from ringfence.model.errors import DecodeError
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import (
    DNS_SERVERS,
    DOMAIN_NAME,
    INFINITE,
    LEASE_TIME,
    REBINDING_TIME,
    RENEWAL_TIME,
    ROUTERS,
    SERVER_ID,
    SUBNET_MASK,
    TFTP_SERVER,
    VENDOR_SPECIFIC,
)
from ringfence.wire.phone_options import (
    Parameter,
    PhoneParameters,
    parse_option_string,
    read_vendor_or_nothing,
)


@dataclass(frozen=True, slots=True)
class Lease:
    """Instants in seconds of the caller's clock; None: never (an infinite lease)."""

    address: IPv4Address
    network: IPv4Network
    routers: tuple[IPv4Address, ...]
    dns_servers: tuple[IPv4Address, ...]
    domain_name: str
    server_id: IPv4Address
    vlan: int
    phone: PhoneParameters
    renew_at: float | None
    rebind_at: float | None
    expires_at: float | None

    @property
    def router(self) -> IPv4Address | None:
        return self.routers[0] if self.routers else None


def read_lease(ack: DhcpMessage, sent_at: float, vlan: int, site_options: tuple[int, ...]) -> Lease:
    """The lease an ACK grants, counted from when its REQUEST was sent (RFC 2131 section 4.4.1).

    DecodeError when the address, options 51 or 54 are missing, or an option cannot be read.
    """
    seconds = ack.get(LEASE_TIME)
    server_id = ack.get(SERVER_ID)
    if ack.yiaddr == UNSPECIFIED or server_id is None:
        raise DecodeError("no address (yiaddr) or no server identifier (option 54)")
    if not seconds:
        # RFC 2131 table 3 demands it of OFFER and ACK; phones insist (Administering 9601/9608 SIP, p. 52).
        raise DecodeError("no lease time (option 51)")
    t1, t2 = _times(seconds, ack.get(RENEWAL_TIME), ack.get(REBINDING_TIME))
    infinite = seconds == INFINITE
    return Lease(
        address=ack.yiaddr,
        network=_network(ack.yiaddr, ack.get(SUBNET_MASK)),
        routers=ack.get(ROUTERS) or (),
        dns_servers=ack.get(DNS_SERVERS) or (),
        domain_name=ack.get(DOMAIN_NAME) or "",
        server_id=server_id,
        vlan=vlan,
        phone=read_phone_parameters(ack, site_options),
        renew_at=None if infinite else sent_at + t1,
        rebind_at=None if infinite else sent_at + t2,
        expires_at=None if infinite else sent_at + seconds,
    )


def read_phone_parameters(message: DhcpMessage, site_options: tuple[int, ...]) -> PhoneParameters:
    """Everything a phone takes from a reply, what is processed last winning.

    Header, standard options, then 242 or 176 (96x1 H.323 administrator guide 2018 p. 55; option 66
    only on 46xx, 4600 LAN administrator guide p. 51). Of `site_options` the first one present counts.
    """
    given: list[Parameter] = []
    if message.siaddr != UNSPECIFIED:
        given += [Parameter("HTTPSRVR", str(message.siaddr)), Parameter("TLSSRVR", str(message.siaddr))]
    tftp_server = message.get(TFTP_SERVER)
    if tftp_server:
        given.append(Parameter("TFTPSRVR", tftp_server))
    told = PhoneParameters(tuple(given))
    vendor = message.raw(VENDOR_SPECIFIC.code)
    if vendor is not None:
        told = read_vendor_or_nothing(vendor).over(told)
    for code in site_options:
        text = message.raw(code)
        if text is not None:
            return parse_option_string(text.decode("latin-1")).over(told)
    return told


def _times(seconds: int, t1: int | None, t2: int | None) -> tuple[float, float]:
    """T1 and T2; the fractions of RFC 2131 section 4.4.5 where they are absent or out of order."""
    rebinding = t2 if t2 is not None and 0 < t2 < seconds else seconds * 0.875
    renewal = t1 if t1 is not None and 0 < t1 < rebinding else min(seconds * 0.5, rebinding)
    return float(renewal), float(rebinding)


def _network(address: IPv4Address, mask: IPv4Address | None) -> IPv4Network:
    if mask is None:
        # The class of the address: what a host assumed before it knew better (RFC 950 section 2.1).
        first = address.packed[0]
        prefix = 8 if first < 128 else 16 if first < 192 else 24
        return IPv4Network((address, prefix), strict=False)
    bits = format(int(mask), "032b")
    if "01" in bits:
        raise DecodeError(f"option 1: {mask} is no subnet mask")
    return IPv4Network((address, bits.count("1")), strict=False)
