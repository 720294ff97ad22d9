"""How many handsets there are so far, for a person who waits: before anything is judged, and as cheaply."""

import msgspec

from ringfence.capture.dissect import Datagram
from ringfence.capture.selection import has_identifier
from ringfence.diagnosis.dialogue import dhcp_message
from ringfence.diagnosis.ras_view import GRQ, RRQ
from ringfence.model.address import Address
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.packet import Protocol
from ringfence.wire.dhcp_options import PARAMETER_LIST, SITE_46XX, SITE_242

_DHCP = frozenset({DHCP_CLIENT_PORT, DHCP_SERVER_PORT})


class Census(msgspec.Struct):
    """`asked`: hardware addresses of DHCP clients that want a handset's options. `leases`: who got an
    address. `callers`: where GRQ and RRQ came from.
    """

    asked: set[bytes] = set()
    leases: dict[Address, bytes] = {}
    callers: set[Address] = set()

    def take(self, packet: Datagram) -> None:
        if packet.protocol != Protocol.UDP:
            return
        payload = packet.payload
        if packet.destination_port in _DHCP:
            message = dhcp_message(payload)
            if message is None:
                return
            if message.op == 1:
                wanted = message.raw(PARAMETER_LIST.code) or b""
                if SITE_242.code in wanted or SITE_46XX.code in wanted:
                    self.asked.add(message.chaddr)
            elif int(message.yiaddr):
                self.leases[message.yiaddr] = message.chaddr
        elif has_identifier(payload, 0, len(payload)) and payload[0] >> 2 in {GRQ, RRQ}:
            self.callers.add(packet.source)

    def add(self, other: "Census") -> None:
        self.asked |= other.asked
        self.leases |= other.leases
        self.callers |= other.callers

    @property
    def handsets(self) -> int:
        """One that leased the address it calls from counts once."""
        return len(self.asked | {self.leases.get(each, each.packed) for each in self.callers})
