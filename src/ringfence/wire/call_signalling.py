"""Call signalling of H.225.0: a Q.931 message and the H323-UserInformation in it, as one."""

from __future__ import annotations

from typing import NamedTuple

from ringfence.model.errors import DecodeError
from ringfence.wire import per, q931
from ringfence.wire.h225 import NonStandardParameter
from ringfence.wire.h225.call_signalling import H323UUPDU, H323messagebody, H323UserInformation
from ringfence.wire.per import EncodeError
from ringfence.wire.per.notation import UnknownAlternative
from ringfence.wire.q931 import ElementId, InformationElement, MessageType

# Q.931 clause 4.5.30: user information coded in ASN.1. H.225.0 clause 7.2.2 puts it in front of the octets.
ASN1_USER_INFORMATION = 5

# The message that carries each body (H.225.0 clause 7.3); `empty` goes with any.
MESSAGE_TYPES = {
    "setup": MessageType.SETUP,
    "callProceeding": MessageType.CALL_PROCEEDING,
    "connect": MessageType.CONNECT,
    "alerting": MessageType.ALERTING,
    "information": MessageType.INFORMATION,
    "releaseComplete": MessageType.RELEASE_COMPLETE,
    "facility": MessageType.FACILITY,
    "progress": MessageType.PROGRESS,
    "status": MessageType.STATUS,
    "statusInquiry": MessageType.STATUS_INQUIRY,
    "setupAcknowledge": MessageType.SETUP_ACKNOWLEDGE,
    "notify": MessageType.NOTIFY,
    "empty": MessageType.FACILITY,
}


class CallSignal(NamedTuple):
    """One call signalling message.

    `elements` are the information elements around the User-user element, which is `user_information`; None
    when the peer sent no such element. `from_destination` is the call reference flag: set by the side that
    did not open the call.
    """

    call_reference: int
    from_destination: bool
    message_type: int
    user_information: H323UserInformation | None
    elements: tuple[InformationElement, ...] = ()

    @property
    def body(self) -> H323messagebody | None:
        """The h323-message-body, as a pair of its name and its value."""
        return None if self.user_information is None else self.user_information.h323_uu_pdu.h323_message_body

    @property
    def name(self) -> str:
        """`Setup`, `ReleaseComplete`."""
        return q931.name(self.message_type)


def signal(
    call_reference: int,
    body: H323messagebody,
    *,
    from_destination: bool = False,
    elements: tuple[InformationElement, ...] = (),
    h245Tunneling: bool | None = None,  # noqa: N803
    h245Control: list[bytes] | None = None,  # noqa: N803
    nonStandardControl: list[NonStandardParameter] | None = None,  # noqa: N803
) -> CallSignal:
    """The message for a body: `signal(1, ("setup", SetupUUIE(...)))`."""
    if isinstance(body, UnknownAlternative):
        raise ValueError("a body of a later revision has no message type here")
    pdu = H323UUPDU(
        h323_message_body=body,
        h245Tunneling=h245Tunneling,
        h245Control=h245Control,
        nonStandardControl=nonStandardControl,
    )
    information = H323UserInformation(h323_uu_pdu=pdu)
    return CallSignal(call_reference, from_destination, MESSAGE_TYPES[body[0]], information, elements)


def decode(data: bytes) -> CallSignal:
    """The content of a TPKT; raises DecodeError, and nothing else, for whatever a peer sent.

    Its `read` is a q931.Message, or that and what per.decode says of the User-user element in it.
    """
    try:
        message = q931.decode(data)
    except DecodeError as error:
        error.read = _begun(error.read)
        raise
    elements = message.elements
    content = message.find(ElementId.USER_USER)
    information = None
    if content is not None:
        if content[:1] != bytes((ASN1_USER_INFORMATION,)):
            raise DecodeError("User-user: not H323-UserInformation", data.find(content))
        try:
            information = per.decode(H323UserInformation, content[1:])
        except DecodeError as error:
            offset = None if error.offset is None else data.find(content) + 1 + error.offset
            raise DecodeError(f"User-user: {error.what}", offset, (message, error.read)) from None
        elements = tuple(each for each in elements if each.content is not content)
    return CallSignal(
        message.call_reference, message.from_destination, message.message_type, information, elements
    )


def _begun(read: object) -> object:
    """What of a message that breaks off was read, with what is there of its User-user element."""
    content = read.find(ElementId.USER_USER) if isinstance(read, q931.Message) else None
    if content is None or content[:1] != bytes((ASN1_USER_INFORMATION,)):
        return read
    try:
        return read, per.decode(H323UserInformation, content[1:])
    except DecodeError as error:
        return read, error.read


def encode(message: CallSignal) -> bytes:
    """The content of a TPKT; raises EncodeError, the User-user element last as Q.931 orders them."""
    elements = message.elements
    if message.user_information is not None:
        octets = per.encode(H323UserInformation, message.user_information)
        elements = (
            *elements,
            InformationElement(ElementId.USER_USER, bytes((ASN1_USER_INFORMATION,)) + octets),
        )
    try:
        return q931.encode(
            q931.Message(message.call_reference, message.from_destination, message.message_type, elements)
        )
    except ValueError as error:
        raise EncodeError(str(error)) from None
