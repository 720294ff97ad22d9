"""What an endpoint sends about one call, field by field: ARQ and DRQ on RAS, and its call signalling."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.actors.endpoint.h245_control import H245Control
from ringfence.actors.io import StreamId
from ringfence.actors.ras.dialect import H225_V4
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field, alias_field, choice_name
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.signalling.messages import MessageStream, framed, release_complete
from ringfence.model.address import TransportAddress
from ringfence.wire import call_signalling, h225
from ringfence.wire.q931 import ElementId, InformationElement
from ringfence.wire.q931_elements import SPEECH, Number, number_element

BANDWIDTH = 1280  # units of 100 bit/s: G.711 both ways, without headers (H.225.0, BandWidth)
_POINT_TO_POINT: h225.CallType = ("pointToPoint", True)


@dataclass(slots=True, eq=False)
class EndpointCall:
    """One call as its endpoint sees it. `destination` is whom the connection is opened to."""

    outgoing: bool
    tunnelling: bool  # we tunnel H.245
    control: H245Control
    peer: str = ""
    reference: int = 0  # of an incoming call: until its Setup has come
    conference: bytes = bytes(16)
    identifier: h225.CallIdentifier | None = None
    destination: TransportAddress | None = None
    aliases: list[h225.AliasAddress] | None = None  # as the ACF maps them
    admitted: bool = False  # by an ACF, so that a DRQ is due
    stream: StreamId | None = None
    incoming: MessageStream = field(default_factory=MessageStream)
    proposals: list[bytes] | None = None  # fastStart of the caller's
    fast: bool = False  # fast connect was accepted
    tunnel: bool = False  # both do
    h245_here: TransportAddress | None = None  # where we await H.245, when it has a connection of its own
    h245_there: TransportAddress | None = None  # where the caller does
    h245_stream: StreamId | None = None
    h245_incoming: MessageStream = field(default_factory=MessageStream)
    connected: bool = False
    diverted: bool = False


def admission_request(
    config: RasClientConfig, granted: Granted, call: EndpointCall, sequence: int
) -> h225.AdmissionRequest:
    """ARQ of the caller, or of the called endpoint."""
    me, other = [alias_field(config.extension)], [alias_field(call.peer)] if call.peer else []
    return h225.AdmissionRequest(
        requestSeqNum=sequence,
        callType=_POINT_TO_POINT,
        callModel=("gatekeeperRouted", True),
        endpointIdentifier=granted.endpointIdentifier,
        destinationInfo=other if call.outgoing else me,
        srcInfo=me if call.outgoing else other,
        srcCallSignalAddress=address_field(config.call_signalling) if call.outgoing else None,
        destCallSignalAddress=None if call.outgoing else address_field(config.call_signalling),
        bandWidth=BANDWIDTH,
        callReferenceValue=call.reference,
        conferenceID=call.conference,
        activeMC=False,
        answerCall=not call.outgoing,
        canMapAlias=call.outgoing,
        callIdentifier=call.identifier,
        gatekeeperIdentifier=granted.gatekeeperIdentifier,
        willSupplyUUIEs=False,
    )


def disengage_request(granted: Granted, call: EndpointCall, sequence: int) -> h225.DisengageRequest:
    """DRQ: the call is over."""
    return h225.DisengageRequest(
        requestSeqNum=sequence,
        endpointIdentifier=granted.endpointIdentifier,
        conferenceID=call.conference,
        callReferenceValue=call.reference,
        disengageReason=("normalDrop", True),
        callIdentifier=call.identifier,
        gatekeeperIdentifier=granted.gatekeeperIdentifier,
        answeredCall=not call.outgoing,
    )


def setup(config: RasClientConfig, granted: Granted, call: EndpointCall) -> bytes:
    """Setup, as it goes on the stream."""
    aliases = call.aliases or [alias_field(call.peer)]
    body = h225.SetupUUIE(
        protocolIdentifier=H225_V4,
        h245Address=address_field(call.h245_here) if call.h245_here else None,
        sourceAddress=[alias_field(config.extension)],
        sourceInfo=TERMINAL_TYPE,
        destinationAddress=aliases,
        destCallSignalAddress=address_field(call.destination) if call.destination else None,
        activeMC=False,
        conferenceID=call.conference,
        conferenceGoal=("create", True),
        callType=_POINT_TO_POINT,
        sourceCallSignalAddress=address_field(config.call_signalling),
        callIdentifier=call.identifier,
        fastStart=call.proposals,
        mediaWaitForConnect=False,
        canOverlapSend=False,
        endpointIdentifier=granted.endpointIdentifier,
        multipleCalls=False,
        maintainConnection=False,
    )
    elements = [SPEECH, *_number(ElementId.CALLING_PARTY_NUMBER, config.extension)]
    elements += _number(ElementId.CALLED_PARTY_NUMBER, call.peer)
    return message(call, ("setup", body), elements=tuple(elements))


def _number(identifier: ElementId, alias: str) -> list[InformationElement]:
    return (
        [number_element(identifier, Number(alias))]
        if choice_name(alias_field(alias)) == "dialedDigits"
        else []
    )


def proceeding(call: EndpointCall) -> bytes:
    body = h225.CallProceedingUUIE(
        protocolIdentifier=H225_V4, destinationInfo=TERMINAL_TYPE, callIdentifier=call.identifier
    )
    return message(call, ("callProceeding", body))


def alerting(call: EndpointCall) -> bytes:
    body = h225.AlertingUUIE(
        protocolIdentifier=H225_V4, destinationInfo=TERMINAL_TYPE, callIdentifier=call.identifier
    )
    return message(call, ("alerting", body))


def connect(call: EndpointCall, fast_start: list[bytes] | None, control: Iterable[bytes]) -> bytes:
    body = h225.ConnectUUIE(
        protocolIdentifier=H225_V4,
        h245Address=address_field(call.h245_here) if call.h245_here else None,
        destinationInfo=TERMINAL_TYPE,
        conferenceID=call.conference,
        callIdentifier=call.identifier,
        fastStart=fast_start,
        multipleCalls=False,
        maintainConnection=False,
        fastConnectRefused=True if call.proposals and fast_start is None else None,
    )
    return message(call, ("connect", body), control)


def to_gatekeeper(call: EndpointCall, gatekeeper: TransportAddress) -> bytes:
    """Facility: whoever calls us directly is to call by way of our gatekeeper (H.323 clause 8.1)."""
    body = h225.FacilityUUIE(
        protocolIdentifier=H225_V4,
        alternativeAddress=address_field(gatekeeper),
        reason=("routeCallToGatekeeper", True),
        callIdentifier=call.identifier,
    )
    return message(call, ("facility", body))


def release(call: EndpointCall, reason: h225.ReleaseCompleteReason, value: int | None) -> bytes:
    """ReleaseComplete, with the end of H.245 in it when that is tunnelled."""
    signal = release_complete(
        call.reference,
        reason,
        from_destination=not call.outgoing,
        identifier=call.identifier,
        value=value,
    )
    assert signal.body is not None
    ending = call.control.close() if call.tunnel else []
    return message(call, signal.body, ending, elements=signal.elements)


def carry(call: EndpointCall, control: Iterable[bytes]) -> bytes:
    """A Facility that has nothing to say but the H.245 in it (H.323 clause 8.2.1)."""
    return message(call, ("empty", True), control)


def status(call: EndpointCall, elements: tuple[InformationElement, ...]) -> bytes:
    identifier = call.identifier or h225.CallIdentifier(guid=call.conference)
    body = h225.StatusUUIE(protocolIdentifier=H225_V4, callIdentifier=identifier)
    return message(call, ("status", body), elements=elements)


def message(
    call: EndpointCall,
    body: h225.H323messagebody,
    control: Iterable[bytes] = (),
    *,
    elements: tuple[InformationElement, ...] = (),
) -> bytes:
    """A message of the call with the flags that every message of it has."""
    return framed(
        call_signalling.signal(
            call.reference,
            body,
            from_destination=not call.outgoing,
            elements=elements,
            h245Tunneling=call.tunnelling,
            h245Control=list(control) or None,
        )
    )
