"""What gatekeeper and endpoint both need for a telephone call: reasons, the called party, whole messages."""

from dataclasses import dataclass

from msgspec import structs

from ringfence.actors.ras.dialect import H225_V4
from ringfence.actors.ras.fields import (
    GATEKEEPER_TYPE,
    address_field,
    aliases_of,
    choice_name,
    usable_address,
)
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import T301, T303, T310
from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, h225, q931, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.h235_tokens import without_token
from ringfence.wire.q931 import ElementId, MessageType
from ringfence.wire.q931_elements import cause_element, decode_cause, decode_number

# H.225.0 table 5: a ReleaseCompleteReason and the Q.850 cause that says the same.
CAUSES = {
    "noBandwidth": 34,
    "gatekeeperResources": 47,
    "unreachableDestination": 3,
    "destinationRejection": 16,
    "invalidRevision": 88,
    "noPermission": 111,
    "unreachableGatekeeper": 38,
    "gatewayResources": 42,
    "badFormatAddress": 28,
    "adaptiveBusy": 41,
    "inConf": 17,
    "undefinedReason": 31,
    "facilityCallDeflection": 16,
    "securityDenied": 31,
    "calledPartyNotRegistered": 20,
    "callerNotRegistered": 31,
    "newConnectionNeeded": 47,
    "hopCountExceeded": 31,
}
NO_USER_RESPONDING = 18
NO_ANSWER = 19
MANDATORY_ELEMENT_MISSING = 96
INVALID_CALL_REFERENCE = 81
RECOVERY_ON_TIMER_EXPIRY = 102
TEMPORARY_FAILURE = 41
RESPONSE_TO_STATUS_ENQUIRY = 30

SHORTEST = 5  # octets of a Q.931 message: discriminator, call reference and message type
_LONGEST = 32_768  # a Setup with capability sets and tokens has some 4000 octets


@dataclass(frozen=True, slots=True)
class CallTimers:
    """Seconds. T303 from Setup to any answer, T310 from CallProceeding to Alerting, T301 of ringing.

    From where they come: `model.defaults`.
    """

    t303: float = T303
    t310: float = T310
    t301: float = T301

    def __post_init__(self) -> None:
        if min(self.t303, self.t310, self.t301) <= 0:
            raise ValueError("a call timer must be longer than 0 s")

    def after(self, heard: int, *, ringing: bool = False) -> float | None:
        """How long the called side may take when it has sent this; None: it changes nothing.

        T310 is over with Alerting: when it is `ringing`, a CallProceeding that was overtaken means nothing.
        """
        match heard:
            case MessageType.CALL_PROCEEDING | MessageType.SETUP_ACKNOWLEDGE if ringing:
                return None
            case MessageType.CALL_PROCEEDING | MessageType.SETUP_ACKNOWLEDGE:
                return self.t310
            case MessageType.ALERTING | MessageType.PROGRESS:
                return self.t301
            case _:
                return None


def release_complete(
    reference: int,
    reason: h225.ReleaseCompleteReason,
    *,
    from_destination: bool,
    identifier: h225.CallIdentifier | None,
    value: int | None = None,
) -> CallSignal:
    """ReleaseComplete with reason and cause; `value` is the cause when it is not the reason's own."""
    body = h225.ReleaseCompleteUUIE(protocolIdentifier=H225_V4, reason=reason, callIdentifier=identifier)
    return call_signalling.signal(
        reference,
        ("releaseComplete", body),
        from_destination=from_destination,
        elements=(cause_element(CAUSES.get(choice_name(reason), 31) if value is None else value),),
    )


def call_proceeding(reference: int, identifier: h225.CallIdentifier | None) -> CallSignal:
    """A gatekeeper's own: it has the Setup, and works on it (Q.931 clause 5.1.5)."""
    body = h225.CallProceedingUUIE(
        protocolIdentifier=H225_V4, destinationInfo=GATEKEEPER_TYPE, callIdentifier=identifier
    )
    return call_signalling.signal(reference, ("callProceeding", body), from_destination=True)


def is_empty_proceeding(signal: CallSignal) -> bool:
    """Whether a CallProceeding tells nothing about media, so that nobody misses it."""
    body = content(signal)
    pdu = None if signal.user_information is None else signal.user_information.h323_uu_pdu
    media = getattr(body, "fastStart", None) or getattr(body, "h245Address", None)
    return signal.message_type == MessageType.CALL_PROCEEDING and not (
        media or (pdu is not None and pdu.h245Control)
    )


def why_released(signal: CallSignal) -> str:
    """ "calledPartyNotRegistered, cause 20"; what a ReleaseComplete says of itself."""
    words: list[str] = []
    body = content(signal)
    if isinstance(body, h225.ReleaseCompleteUUIE) and body.reason is not None:
        words.append(choice_name(body.reason))
    for element in signal.elements:
        if element.identifier == ElementId.CAUSE:
            try:
                words.append(f"cause {decode_cause(element.content).value}")
            except DecodeError:
                continue
    return ", ".join(words) or "no reason given"


def called(signal: CallSignal, setup: h225.SetupUUIE) -> tuple[str, ...]:
    """Whom a Setup is for, as aliases: destinationAddress, then the called party number."""
    numbers = []
    for element in signal.elements:
        if element.identifier == ElementId.CALLED_PARTY_NUMBER:
            try:
                numbers.append(decode_number(element.content).digits)
            except DecodeError:
                continue
    return tuple(dict.fromkeys(alias for alias in (*aliases_of(setup.destinationAddress), *numbers) if alias))


def content(signal: CallSignal) -> object:
    """The value of the body, whatever it is."""
    return signal.body[1] if isinstance(signal.body, tuple) else None


def diverted(signal: CallSignal) -> tuple[TransportAddress | None, str] | None:
    """Where a Facility sends the caller: an address (None: its gatekeeper) and an alias ("": as before)."""
    facility = content(signal)
    if not isinstance(facility, h225.FacilityUUIE):
        return None
    name = choice_name(facility.reason)
    if name not in {"routeCallToGatekeeper", "callForwarded"}:
        return None
    aliases = aliases_of(facility.alternativeAliasAddress) if name == "callForwarded" else ()
    return usable_address(facility.alternativeAddress), next(iter(aliases), "")


def onward(setup: h225.SetupUUIE, destination: TransportAddress, source: TransportAddress) -> h225.SetupUUIE:
    """The Setup of the second call, which is the gatekeeper's own.

    A callee that sees another source than the connection's takes the caller for one behind a NAT (H323Plus,
    h323.cxx); one that sees none does not read the rest of the Setup (ooh323c, ooh323.c). What is between the
    caller and its gatekeeper stays there: endpointIdentifier (H.225.0, Setup-UUIE), and a hash by H.235.1,
    since it is of another message.
    """
    return structs.replace(
        without_token(setup),
        destCallSignalAddress=address_field(destination),
        sourceCallSignalAddress=address_field(source),
        endpointIdentifier=None,
        hopCount=None if setup.hopCount is None else setup.hopCount - 1,
    )


def framed(signal: CallSignal) -> bytes:
    """A message as it goes on the stream; raises EncodeError."""
    return tpkt.frame(call_signalling.encode(signal))


def with_body(signal: CallSignal, body: h225.H323messagebody) -> CallSignal:
    """The message with another body; it must have one."""
    information = signal.user_information
    assert information is not None
    pdu = structs.replace(information.h323_uu_pdu, h323_message_body=body)
    return signal._replace(user_information=structs.replace(information, h323_uu_pdu=pdu))


def readdressed(octets: bytes, reference: int, from_destination: bool) -> bytes:
    """A message as it came, framed, with another call reference (Q.931 clause 4.3: octets 3 and 4)."""
    return tpkt.frame(octets[:2] + (reference | from_destination << 15).to_bytes(2) + octets[4:])


def signals(complete: list[bytes]) -> list[bytes]:
    """Those that may be call signalling; H323Plus keeps a connection alive with less (h323pdu.cxx)."""
    return [octets for octets in complete if len(octets) >= SHORTEST]


def q931_header(octets: bytes) -> CallSignal | None:
    """What Q.931 alone says of a message; None when not even that can be read."""
    try:
        found = q931.decode(octets)
    except DecodeError:
        return None
    return CallSignal(found.call_reference, found.from_destination, found.message_type, None, found.elements)


class MessageStream:
    """Octets of one connection in, whole TPKTs out; it keeps what is not complete yet."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, octets: bytes) -> list[bytes]:
        """The messages that are complete now, without header; raises DecodeError: the stream is of no use."""
        messages, self._rest = tpkt.split(self._rest + octets, _LONGEST)
        return [message for message in messages if message]  # an empty TPKT keeps the connection alive
