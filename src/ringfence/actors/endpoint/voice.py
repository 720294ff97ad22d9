"""What an endpoint says on a call's connection, and the H.245 that goes with it; where the call stands is not
its business.
"""

from collections.abc import Iterator
from random import Random

from ringfence.actors.endpoint import h245 as endpoint_h245
from ringfence.actors.endpoint import media_channels, requests
from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.h245_control import H245Control
from ringfence.actors.endpoint.requests import EndpointCall
from ringfence.actors.io import NOTHING, CloseStream, Commands, OpenStream, SendStream, StreamId
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.signalling.messages import RESPONSE_TO_STATUS_ENQUIRY
from ringfence.model.address import TransportAddress
from ringfence.wire import h225
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import ElementId, InformationElement
from ringfence.wire.q931_elements import cause_element

_INITIATED, _ACTIVE = b"\x01", b"\x0a"  # Q.931 clause 4.5.7


class Voice:
    """Changes what an `EndpointCall` knows of its connection and its media, nothing else."""

    def __init__(self, config: RasClientConfig, plan: CallPlan, streams: Iterator[StreamId]) -> None:
        self._config = config
        self._plan = plan
        self._streams = streams
        self._rtp = TransportAddress(config.address, plan.rtp_port)

    def begin(self, random: Random, *, outgoing: bool) -> EndpointCall:
        """A call of which nothing is known yet."""
        call = EndpointCall(outgoing, self._plan.tunnelling, H245Control(self._rtp, random))
        if self._plan.h245_port and not self._plan.tunnelling:
            call.h245_here = TransportAddress(self._config.address, self._plan.h245_port)
        return call

    def proposals(self) -> list[bytes] | None:
        return media_channels.propose(self._rtp) if self._plan.fast_start else None

    def open(self, call: EndpointCall, destination: TransportAddress) -> Commands:
        call.destination, call.stream = destination, next(self._streams)
        return (OpenStream(call.stream, self._config.address, destination),)

    def setup(self, call: EndpointCall, granted: Granted) -> Commands:
        return self._say(call, requests.setup(self._config, granted, call))

    def proceeding(self, call: EndpointCall, setup: CallSignal) -> Commands:
        """CallProceeding, and answers to the H.245 that a Setup may carry already (H.323 clause 8.2.1)."""
        said = self._say(call, requests.proceeding(call))
        return (*said, *self.take(call, setup)) if call.tunnel else said

    def alerting(self, call: EndpointCall) -> Commands:
        return self._say(call, requests.alerting(call))

    def to_gatekeeper(self, call: EndpointCall, gatekeeper: TransportAddress) -> Commands:
        return self._say(call, requests.to_gatekeeper(call, gatekeeper))

    def status(self, call: EndpointCall) -> Commands:
        state = InformationElement(ElementId.CALL_STATE, _ACTIVE if call.connected else _INITIATED)
        return self._say(call, requests.status(call, (cause_element(RESPONSE_TO_STATUS_ENQUIRY), state)))

    def connect(self, call: EndpointCall) -> Commands:
        """Connect, with the media that was chosen of the caller's proposals, or the first words of H.245."""
        # H.245 in the Setup overrides fast connect (H.323 clause 8.2.1).
        wanted = self._plan.fast_start and not call.control.opened
        chosen = media_channels.accept(call.proposals, self._rtp) if wanted else None
        call.fast, call.connected = chosen is not None, True
        control = call.control.open() if call.tunnel and not call.fast else []
        said = self._say(call, requests.connect(call, chosen, control))
        there = call.h245_there
        if there is None or call.tunnel or call.fast or call.h245_here or call.h245_stream:
            return said
        # The caller awaits H.245 at an address in its Setup, and we have none of our own to give.
        return (*said, *endpoint_h245.dial(call, there, self._config.address, self._streams))

    def connected(self, call: EndpointCall, signal: CallSignal) -> Commands:
        """The caller's side of the same."""
        call.connected = True
        said = self.take(call, signal)
        opening = call.control.open() if call.tunnel and not call.fast else []
        return (*said, *self._say(call, requests.carry(call, opening))) if opening else said

    def take(self, call: EndpointCall, signal: CallSignal) -> Commands:
        """H.245 that a message carries."""
        return endpoint_h245.take_h245(call, signal, self._config.address, self._streams)

    def clear(
        self, call: EndpointCall, reason: h225.ReleaseCompleteReason, value: int | None = None
    ) -> Commands:
        """ReleaseComplete, with the end of H.245 in it, and the end of the connection."""
        stream, call.stream = call.stream, None
        if stream is None:
            return NOTHING
        if not call.reference:
            return (CloseStream(stream, abort=True),)
        return (SendStream(stream, requests.release(call, reason, value)), CloseStream(stream))

    def _say(self, call: EndpointCall, octets: bytes) -> Commands:
        return NOTHING if call.stream is None else (SendStream(call.stream, octets),)
