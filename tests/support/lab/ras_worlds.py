"""Two phones and a gatekeeper with a translating firewall between: one script, played in either world.

What a firewall chose (ports) differs between worlds and from run to run; what is told of a packet names the
ends instead.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Protocol as Shape

import msgspec

from ringfence.actors.ras.fields import address_field, address_of
from ringfence.actors.ras.requests import (
    RasClientConfig,
    gatekeeper_request,
    info_request_response,
    keep_alive,
    registration_request,
    unregistration_request,
)
from ringfence.model.address import TransportAddress
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire import h225, ras

GATEKEEPER = TransportAddress(IPv4Address("10.30.0.10"), 1719)
PHONES = tuple(TransportAddress(IPv4Address(each), 49300) for each in ("10.20.0.49", "10.20.0.50"))
THIRD = TransportAddress(IPv4Address("10.30.0.9"), 1720)
CALLED, SECOND = 1720, 1722
USUAL = frozenset({CALLED, SECOND, GATEKEEPER.port, PHONES[0].port})
_IDENTIFIER = "x" * 22
_FIELDS = ("rasAddress", "callSignalAddress", "replyAddress", "srcCallSignalAddress", "destCallSignalAddress")


class World(Shape):
    """Kernel or simulation."""

    def forwards(self, packet: Packet) -> Packet | None:
        """What leaves the firewall."""

    def age(self, seconds: float) -> None:
        """Let time pass."""

    def pinholes(self) -> set[tuple[int, IPv4Address, IPv4Address, int]]:
        """Protocol, peer, outside address and port of what is expected."""


@dataclass
class Play:
    """A world, and how each phone looks from outside so far."""

    world: World
    seen: dict[int, TransportAddress] = field(default_factory=dict)
    called: dict[int, TransportAddress] = field(default_factory=dict)

    def asks(self, phone: int, message: ras.RasMessage) -> str:
        """The phone says this to the gatekeeper; how it arrives."""
        mine = PHONES[phone]
        left = self.world.forwards(
            Packet(Protocol.UDP, mine.ip, mine.port, GATEKEEPER.ip, 1719, payload=ras.encode(message))
        )
        if left is None:
            return "nothing"
        self.seen[phone] = TransportAddress(left.source, left.source_port)
        told = ras.decode(left.payload)
        if isinstance(told, h225.RegistrationRequest) and told.callSignalAddress:
            ends = [address_of(each) for each in told.callSignalAddress]
            own = [end for end in ends if end is not None and end != THIRD]
            self.called[phone] = own[0]
        return self._words(left, phone)

    def answers(self, phone: int, make: Callable[["Play", int], ras.RasMessage]) -> str:
        """The gatekeeper says this to where it has seen the phone."""
        to = self.seen.get(phone)
        if to is None:
            return "nobody yet"
        octets = ras.encode(make(self, phone))
        left = self.world.forwards(Packet(Protocol.UDP, GATEKEEPER.ip, 1719, to.ip, to.port, payload=octets))
        return "nothing" if left is None else self._words(left, phone)

    def calls(self, phone: int, port: int) -> str:
        """The gatekeeper opens call signalling to where it was told the phone is."""
        to = self.called.get(phone)
        if to is None:
            return "nobody yet"
        # A port for each address that is called: no two connections are the same one inside.
        port += 10 * (to.ip == PHONES[phone].ip) + phone
        left = self.world.forwards(Packet(Protocol.TCP, GATEKEEPER.ip, port, to.ip, to.port, TcpFlags.SYN))
        if left is None:
            return "nothing"
        from_port = port if left.source_port == port else "another port"
        return f"SYN from {from_port} to {left.destination}:{left.destination_port}"

    def expected(self) -> list[str]:
        """What is expected, ends by name."""
        return sorted(
            f"{protocol} {peer} -> {self._end(TransportAddress(outside, port))}"
            for protocol, peer, outside, port in self.world.pinholes()
        )

    def _words(self, left: Packet, phone: int) -> str:
        message = ras.decode(left.payload)
        said = [
            f"{name} {[self._end(address_of(each), phone) for each in value]}"
            for name in _FIELDS
            if (value := _listed(getattr(message, name, None)))
        ]
        source = TransportAddress(left.source, left.source_port)
        to = TransportAddress(left.destination, left.destination_port)
        ends = f"{self._end(source, phone)} > {self._end(to, phone)}"
        return f"{ends} {type(message).__name__} {'; '.join(said)}"

    def _end(self, end: TransportAddress | None, phone: int = 0) -> str:
        for number in (phone, 1 - phone):
            if end is not None and end == self.seen.get(number):
                return f"phone {number} as seen"
            if end is not None and end == self.called.get(number):
                return f"phone {number} as called"
        return str(end) if end is None or end.port in USUAL else f"{end.ip}:another port"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value is not None else []


def _config(phone: int) -> RasClientConfig:
    return RasClientConfig(PHONES[phone].ip, (GATEKEEPER,), f"200{phone}")


def _own(phone: int) -> TransportAddress:
    return TransportAddress(PHONES[phone].ip, CALLED)


def grq(phone: int) -> ras.RasMessage:
    return gatekeeper_request(_config(phone), PHONES[phone], 1)


def rrq(phone: int, **changes: object) -> ras.RasMessage:
    full = registration_request(
        _config(phone), PHONES[phone], 2, crypto_tokens=None, gatekeeper_identifier=None
    )
    return msgspec.structs.replace(full, **changes)


def light_rrq(phone: int) -> ras.RasMessage:
    return keep_alive(
        _config(phone),
        PHONES[phone],
        3,
        gatekeeper_identifier=None,
        endpoint_identifier=_IDENTIFIER,
        time_to_live=600,
    )


def irr(phone: int) -> ras.RasMessage:
    return info_request_response(_config(phone), PHONES[phone], 4, endpoint_identifier=_IDENTIFIER)


def urq(phone: int) -> ras.RasMessage:
    return unregistration_request(_config(phone), 5, endpoint_identifier=_IDENTIFIER)


def arq(phone: int, *, answering: bool) -> ras.RasMessage:
    own = address_field(_own(phone))
    return h225.AdmissionRequest(
        requestSeqNum=6,
        callType=("pointToPoint", True),
        endpointIdentifier=_IDENTIFIER,
        srcInfo=[("dialedDigits", "2001")],
        srcCallSignalAddress=None if answering else own,
        destCallSignalAddress=own if answering else None,
        bandWidth=1280,
        callReferenceValue=1,
        conferenceID=bytes(16),
        activeMC=False,
        answerCall=answering,
    )


def rcf(time_to_live: int | None) -> Callable[[Play, int], ras.RasMessage]:
    def make(_play: Play, _phone: int) -> ras.RasMessage:
        return h225.RegistrationConfirm(
            requestSeqNum=2,
            protocolIdentifier=(0, 0, 8, 2250, 0, 4),
            callSignalAddress=[address_field(TransportAddress(GATEKEEPER.ip, CALLED))],
            endpointIdentifier=_IDENTIFIER,
            timeToLive=time_to_live,
            willRespondToIRR=False,
            maintainConnection=False,
        )

    return make


def acf(*, called: bool) -> Callable[[Play, int], ras.RasMessage]:
    """The admission of one who is called, or of one who calls a third party."""

    def make(play: Play, phone: int) -> ras.RasMessage:
        to = play.called.get(phone, THIRD) if called else THIRD
        return h225.AdmissionConfirm(
            requestSeqNum=6,
            bandWidth=1280,
            callModel=("direct", True),
            destCallSignalAddress=address_field(to),
        )

    return make


def gatekeepers_urq(play: Play, phone: int) -> ras.RasMessage:
    to = play.called.get(phone) or play.seen[phone]
    return h225.UnregistrationRequest(requestSeqNum=9, callSignalAddress=[address_field(to)])
