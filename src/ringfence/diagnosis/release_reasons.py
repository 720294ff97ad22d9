"""Why a ReleaseComplete ends a call: H.225.0's reason where it has one, else Q.931's cause, in words."""

from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, q931

_CAUSE_VALUE = 0x7F

# Q.850 table 1, those that gatekeepers and terminals send.
_CAUSES = {
    1: "unallocated number",
    3: "no route to destination",
    16: "normal call clearing",
    17: "user busy",
    18: "no user responding",
    19: "no answer from user",
    20: "subscriber absent",
    21: "call rejected",
    27: "destination out of order",
    28: "invalid number format",
    31: "normal, unspecified",
    34: "no circuit available",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    47: "resource unavailable",
    57: "bearer capability not authorised",
    58: "bearer capability not available",
    63: "service not available",
    65: "bearer capability not implemented",
    88: "incompatible destination",
    95: "invalid message",
    96: "mandatory element missing",
    97: "message type not known",
    100: "invalid element contents",
    102: "recovery on timer expiry",
    111: "protocol error",
    127: "interworking",
}
# What a person does, or the number that was dialled: such an end says nothing against the connection.
ORDINARY = frozenset(
    {
        *(_CAUSES[number] for number in (1, 16, 17, 18, 19, 20, 21, 28, 31)),
        "destinationRejection",
        "inConf",
        "adaptiveBusy",
        "facilityCallDeflection",
        "calledPartyNotRegistered",
        "unreachableDestination",
        "badFormatAddress",
    }
)


def q850_words(value: int) -> str:
    """A cause value of Q.850 in words; its number where it is a rare one."""
    return _CAUSES.get(value, f"cause {value}")


def release_reason(message: bytes) -> str:
    """H.225.0's name, or the cause's; empty where it has neither, or does not decode."""
    reason = _of_h225(message)
    if reason and reason != "undefinedReason":
        return reason
    return _of_q931(message) or reason


def _of_h225(message: bytes) -> str:
    try:
        information = call_signalling.decode(message).user_information
    except DecodeError:
        return ""
    body = information.h323_uu_pdu.h323_message_body if information is not None else None
    reason = getattr(body[1], "reason", None) if isinstance(body, tuple) else None
    return reason[0] if isinstance(reason, tuple) else ""


def _of_q931(message: bytes) -> str:
    """Q.931 clause 4.5.12: coding and location, perhaps a recommendation, then the value."""
    try:
        content = q931.decode(message).find(q931.ElementId.CAUSE)
    except DecodeError:
        return ""
    if not content:
        return ""
    at = 1 if content[0] & 0x80 else 2
    if at >= len(content):
        return ""
    return q850_words(content[at] & _CAUSE_VALUE)
