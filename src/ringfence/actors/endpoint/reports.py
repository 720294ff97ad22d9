"""What an endpoint tells its gatekeeper of a call that is under way: perCallInfo in IRRs, asked for or not.

H.225.0 clause 7.15: an ACF, or a pre-grant, may ask for an IRR every so many seconds of a call. Gatekeepers
that check (GnuGk, RasTbl.cxx, IRRCheck) clear the call of an endpoint that says nothing.
"""

from random import Random

from msgspec import structs

from ringfence.actors.endpoint.call_states import GrantedRegistration
from ringfence.actors.endpoint.requests import BANDWIDTH, EndpointCall
from ringfence.actors.io import NOTHING, Commands, SendDatagram
from ringfence.actors.ras.fields import address_field
from ringfence.actors.ras.requests import RasClientConfig, info_request_response
from ringfence.wire import h225, ras

_UNSOLICITED_SINCE = 4  # the version of H.225.0 that has the field


class CallReports:
    """Sends an IRR every `interval` seconds of a call; the owner shows it the call after each event."""

    def __init__(self, config: RasClientConfig, random: Random) -> None:
        self._config = config
        self._sequence = random.randrange(1, 65536)
        self.interval: int | None = None
        self.deadline: float | None = None

    def follow(self, call: EndpointCall | None, known: GrantedRegistration | None, now: float) -> Commands:
        """Start, report or stop."""
        if call is None or known is None:
            self.interval = self.deadline = None
            return NOTHING
        pre = known.pre_granted
        interval = self.interval or (None if pre is None or call.admitted else pre.irrFrequencyInCall)
        if interval is None or not call.reference:
            return NOTHING
        if self.deadline is None or now < self.deadline:
            self.deadline = self.deadline or now + interval
            return NOTHING
        self.deadline = now + interval
        self._sequence = self._sequence % 65535 + 1
        config, granted = self._config, known.granted
        response = info_request_response(
            config, known.ras, self._sequence, endpoint_identifier=granted.endpointIdentifier
        )
        version = config.dialect.protocolIdentifier[-1]
        response = structs.replace(
            response,
            perCallInfo=[_described(config, call)],
            unsolicited=True if version >= _UNSOLICITED_SINCE else None,
        )
        return (SendDatagram(known.ras, granted.gatekeeper, ras.encode(response), config.interface),)

    def complete(self, commands: Commands, irq: h225.InfoRequest, call: EndpointCall | None) -> Commands:
        """The answer to an IRQ, with the call that it asks about; reference 0 asks for every call."""
        if call is None or irq.callReferenceValue not in {0, call.reference} or not call.reference:
            return commands
        return tuple(
            structs.replace(command, data=self._completed(command.data, call))
            if isinstance(command, SendDatagram)
            else command
            for command in commands
        )

    def _completed(self, octets: bytes, call: EndpointCall) -> bytes:
        message = ras.decode(octets)
        if not isinstance(message, h225.InfoRequestResponse):
            return octets
        return ras.encode(structs.replace(message, perCallInfo=[_described(self._config, call)]))


def _described(config: RasClientConfig, call: EndpointCall) -> h225.PerCallInfoItem:
    here = address_field(config.call_signalling)
    there = address_field(call.destination) if call.destination else None
    h245 = address_field(call.h245_here) if call.h245_here else None
    return h225.PerCallInfoItem(
        callReferenceValue=call.reference,
        conferenceID=call.conference,
        originator=call.outgoing,
        h245=h225.TransportChannelInfo(recvAddress=h245),
        callSignalling=h225.TransportChannelInfo(sendAddress=there, recvAddress=here),
        callType=("pointToPoint", True),
        bandWidth=BANDWIDTH,
        callModel=("gatekeeperRouted", True),
        callIdentifier=call.identifier,
    )
