"""A gatekeeper with calls in it: endpoints come, call, go and are forgotten, on both channels at once."""

from __future__ import annotations

from itertools import product
from random import Random

from fuzz.subject import Target
from fuzz.targets_streams import GATEKEEPER, HANDSET, TPKT_TOKENS, Streamed, calls
from ringfence.actors.call_legs import RouterConfig
from ringfence.actors.dialect import PLAIN
from ringfence.actors.gatekeeper import Gatekeeper
from ringfence.actors.gatekeeper_config import GatekeeperConfig
from ringfence.actors.io import DatagramReceived
from ringfence.actors.ras_fields import TERMINAL, address_field
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras

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
            terminalType=TERMINAL,
            terminalAlias=[("dialedDigits", alias)],
            endpointVendor=_VENDOR,
            timeToLive=20,
        )
        urq = h225.UnregistrationRequest(requestSeqNum=number, callSignalAddress=signalling)
        lrq = h225.LocationRequest(
            requestSeqNum=number,
            destinationInfo=[("dialedDigits", alias)],
            replyAddress=address_field(source),
        )
        found += [full, full, full, lrq, urq]
    return tuple(map(ras.encode, found))


class CallsSubject(Streamed):
    """Every third input is a datagram, damaged like the rest."""

    def __init__(self, random: Random) -> None:
        config = GatekeeperConfig(GATEKEEPER.ip, dialect=PLAIN, calls=RouterConfig(), time_to_live=20)
        machine = Gatekeeper(config, random)
        self._datagrams = _ras()
        self._is_datagram = False
        said = calls()
        super().__init__(machine, random, said, (*TPKT_TOKENS, *said), (GATEKEEPER, HANDSET))

    def next(self) -> bytes:
        self._is_datagram = not self.random.randrange(3)
        if not self._is_datagram:
            return super().next()
        return self.mutator.damage(self.random.choice(self._datagrams), 1)

    def feed(self, data: bytes) -> None:
        if self._is_datagram:
            self.handle(DatagramReceived(self.random.choice(_SOURCES), _RAS, data))
        else:
            super().feed(data)


TARGETS: tuple[Target, ...] = (Target("gatekeeper-calls", CallsSubject),)
