"""What each family of phones puts into its DHCP messages, option by option.

Sources: the Satori DHCP fingerprint collection (option lists and orders seen on the wire), a DHCP server
log of 2016 (vendor class), 96x1 SIP administrator guide 2020 p. 26 (host name). No order has option 61.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.address import UNSPECIFIED
from ringfence.model.defaults import SITE_OPTION, SITE_OPTION_46XX
from ringfence.wire.dhcp import BROADCAST_FLAG, DhcpMessage, Op
from ringfence.wire.dhcp_options import (
    HOST_NAME,
    MAXIMUM_SIZE,
    MESSAGE_TYPE,
    OVERLOAD,
    PARAMETER_LIST,
    REQUESTED_ADDRESS,
    SERVER_ID,
    VENDOR_CLASS,
    DhcpMessageType,
    Overload,
    RawOption,
)

AVAYA_VENDOR_CLASS = "ccp.avaya.com"
ASSUMED_MAXIMUM_SIZE = 1500  # option 57 is sent, its value is not on record

_HOST_NAME_LETTERS = {
    bytes.fromhex("00040d"): "A",
    bytes.fromhex("001b4f"): "B",
    bytes.fromhex("00096e"): "E",
    bytes.fromhex("00601d"): "L",
    bytes.fromhex("00073b"): "T",
}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`discover` and `request` are option codes in the order sent; `site_options` in the order preferred.

    Options 50 and 54 of `request` are left out where RFC 2131 table 4 forbids them (renewing).
    """

    family: str
    parameter_list: tuple[int, ...]
    discover: tuple[int, ...]
    request: tuple[int, ...]
    site_options: tuple[int, ...]


PHONE_96X1 = Fingerprint(
    "96xx and 16xx",
    parameter_list=(1, 28, 3, 6, 15, 42, SITE_OPTION),
    discover=(53, 57, 55, 12, 60),
    request=(53, 50, 54, 57, 55, 12, 60),
    site_options=(SITE_OPTION,),
)
# The REQUEST order of the 46xx is assumed: the collection leaves out 50 and 54.
PHONE_46XX = Fingerprint(
    "46xx",
    parameter_list=(1, 28, 3, 6, 15, 42, 43, SITE_OPTION_46XX, 66),
    discover=(53, 57, 55, 52, 12, 60),
    request=(53, 50, 54, 57, 55, 52, 12, 60),
    site_options=(SITE_OPTION_46XX,),
)


def host_name(chaddr: bytes) -> str:
    """AV, a letter for the OUI, and the last three octets in hexadecimal: `AVXB27312`."""
    return f"AV{_HOST_NAME_LETTERS.get(chaddr[:3], 'X')}{chaddr[3:6].hex().upper()}"


@dataclass(frozen=True, slots=True)
class ClientMessages:
    """Writes one phone's messages. `broadcast`: it asks for broadcast answers."""

    chaddr: bytes
    fingerprint: Fingerprint
    broadcast: bool = True

    def discover(self, xid: int, secs: int) -> DhcpMessage:
        return self._message(
            xid,
            secs,
            self._options(DhcpMessageType.DISCOVER, self.fingerprint.discover),
            broadcast=self.broadcast,
        )

    def request(self, xid: int, secs: int, address: IPv4Address, server_id: IPv4Address) -> DhcpMessage:
        """The REQUEST that takes an OFFER."""
        extra = dict((REQUESTED_ADDRESS(address), SERVER_ID(server_id)))
        options = self._options(DhcpMessageType.REQUEST, self.fingerprint.request, extra)
        return self._message(xid, secs, options, broadcast=self.broadcast)

    def reboot(self, xid: int, secs: int, address: IPv4Address) -> DhcpMessage:
        """The REQUEST for an address held before: no server, no ciaddr (RFC 2131 section 4.3.2)."""
        extra = dict((REQUESTED_ADDRESS(address),))
        options = self._options(DhcpMessageType.REQUEST, self.fingerprint.request, extra)
        return self._message(xid, secs, options, broadcast=self.broadcast)

    def extend(self, xid: int, secs: int, address: IPv4Address) -> DhcpMessage:
        """The REQUEST of renewing and rebinding; the address is in ciaddr and answers may be unicast."""
        options = self._options(DhcpMessageType.REQUEST, self.fingerprint.request)
        return self._message(xid, secs, options, ciaddr=address)

    def release(self, xid: int, address: IPv4Address, server_id: IPv4Address) -> DhcpMessage:
        options = (MESSAGE_TYPE(DhcpMessageType.RELEASE), SERVER_ID(server_id))  # RFC 2131 table 5: no more
        return self._message(xid, 0, options, ciaddr=address)

    def _message(
        self,
        xid: int,
        secs: int,
        options: tuple[RawOption, ...],
        *,
        ciaddr: IPv4Address = UNSPECIFIED,
        broadcast: bool = False,
    ) -> DhcpMessage:
        return DhcpMessage(
            op=Op.BOOTREQUEST,
            xid=xid,
            secs=min(secs, 0xFFFF),
            chaddr=self.chaddr,
            ciaddr=ciaddr,
            flags=BROADCAST_FLAG if broadcast else 0,
            options=options,
        )

    def _options(
        self, kind: DhcpMessageType, order: tuple[int, ...], extra: dict[int, bytes] | None = None
    ) -> tuple[RawOption, ...]:
        values = dict(
            (
                MESSAGE_TYPE(kind),
                MAXIMUM_SIZE(ASSUMED_MAXIMUM_SIZE),
                PARAMETER_LIST(self.fingerprint.parameter_list),
                OVERLOAD(Overload.BOTH),  # a request's value is not on record; both fields are empty
                HOST_NAME(host_name(self.chaddr)),
                VENDOR_CLASS(AVAYA_VENDOR_CLASS),
            )
        )
        values.update(extra or {})
        return tuple((code, values[code]) for code in order if code in values)
