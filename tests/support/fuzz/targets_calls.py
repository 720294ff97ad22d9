"""A gatekeeper with calls in it: endpoints come, call, go and are forgotten, on both channels at once."""

from __future__ import annotations

from collections import deque
from itertools import product
from random import Random

from msgspec import structs

from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig, Notification, NotificationKind
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import Command, DatagramReceived, SendDatagram
from ringfence.actors.ras.dialect import PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from support.fuzz.subject import Target
from support.fuzz.targets_streams import GATEKEEPER, HANDSET, TPKT_TOKENS, Streamed, calls

_RAS = TransportAddress(GATEKEEPER.ip, 1719)
_SOURCES = (TransportAddress(HANDSET.ip, 1719), transport("10.2.0.22", 1719))
_VENDOR = h225.VendorIdentifier(
    vendor=h225.H221NonStandard(t35CountryCode=9, t35Extension=0, manufacturerCode=61)
)


def _ras() -> tuple[bytes, ...]:
    """What two endpoints say that calls depend on, under several numbers."""
    found: list[ras.RasMessage] = []
    for (source, alias), number in product(zip(_SOURCES, ("4711", "4712"), strict=True), (1, 2, 3)):
        signalling = [address_field(TransportAddress(source.ip, 1720))]
        full = h225.RegistrationRequest(
            requestSeqNum=number,
            protocolIdentifier=PLAIN.protocolIdentifier,
            discoveryComplete=True,
            callSignalAddress=signalling,
            rasAddress=[address_field(source)],
            terminalType=TERMINAL_TYPE,
            terminalAlias=[("dialedDigits", alias)],
            endpointVendor=_VENDOR,
            timeToLive=20,
        )
        caps = h225.VoiceCaps(supportedPrefixes=[h225.SupportedPrefix(prefix=("dialedDigits", "9"))])
        kind = h225.EndpointType(
            gateway=h225.GatewayInfo(protocol=[("voice", caps)]), mc=False, undefinedNode=False
        )
        gateway = structs.replace(full, terminalType=kind)
        urq = h225.UnregistrationRequest(requestSeqNum=number, callSignalAddress=signalling)
        lrq = h225.LocationRequest(
            requestSeqNum=number,
            destinationInfo=[("dialedDigits", alias)],
            replyAddress=address_field(source),
        )
        found += [full, full, gateway, lrq, _irr(number, source, 1), urq]
    return tuple(map(ras.encode, found))


def _irr(number: int, source: TransportAddress, calls: int) -> h225.InfoRequestResponse:
    """The identifier is that of every call of `calls()`."""
    item = h225.PerCallInfoItem(
        callReferenceValue=1,
        conferenceID=bytes(16),
        h245=h225.TransportChannelInfo(),
        callSignalling=h225.TransportChannelInfo(),
        callType=("pointToPoint", True),
        bandWidth=1280,
        callModel=("gatekeeperRouted", True),
        callIdentifier=h225.CallIdentifier(guid=bytes(range(16))),
    )
    return h225.InfoRequestResponse(
        requestSeqNum=number,
        endpointType=TERMINAL_TYPE,
        endpointIdentifier="x",
        rasAddress=address_field(source),
        callSignalAddress=[address_field(source)],
        perCallInfo=[item] * calls or None,
    )


class CallsSubject(Streamed):
    """Every third input is a datagram, damaged like the rest; IRQs are answered, with the call or without."""

    def __init__(self, random: Random) -> None:
        config = GatekeeperConfig(
            GATEKEEPER.ip,
            dialect=PLAIN,
            calls=RouterConfig(),
            time_to_live=20,
            notification=Notification(2.0, NotificationKind.IRQ),
        )
        machine = Gatekeeper(config, random)
        self._datagrams = _ras()
        self._is_datagram = False
        self._answers: deque[tuple[TransportAddress, bytes]] = deque(maxlen=8)
        self._source: TransportAddress | None = None
        said = calls()
        super().__init__(machine, random, said, (*TPKT_TOKENS, *said), (GATEKEEPER, HANDSET))

    def next(self) -> bytes:
        self._source = None
        if self._answers and self.random.getrandbits(1):
            self._is_datagram = True
            self._source, data = self._answers.popleft()
            return data if self.random.getrandbits(1) else self.mutator.damage(data, 1)
        self._is_datagram = not self.random.randrange(3)
        if not self._is_datagram:
            return super().next()
        return self.mutator.damage(self.random.choice(self._datagrams), 1)

    def feed(self, data: bytes) -> None:
        if self._is_datagram:
            self.handle(DatagramReceived(self._source or self.random.choice(_SOURCES), _RAS, data))
        else:
            super().feed(data)

    def performed(self, command: Command) -> None:
        super().performed(command)
        if isinstance(command, SendDatagram):
            asked = ras.decode(command.data)
            if isinstance(asked, h225.InfoRequest):
                irr = _irr(asked.requestSeqNum, command.destination, self.random.getrandbits(1))
                self._answers.append((command.destination, ras.encode(irr)))


TARGETS: tuple[Target, ...] = (Target("gatekeeper-calls", CallsSubject),)
