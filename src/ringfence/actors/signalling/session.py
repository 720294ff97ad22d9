"""What is said on one call-signalling connection: the permanent call with call reference 1.

Ladder: Setup, CallProceeding, Connect, then Information both ways (traces of 1608 sets). There is no call
in the telephone's sense: the connection carries key presses and lamps until it is lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ringfence.actors.ras.dialect import H225_V2, STIMULUS_OBJECT
from ringfence.actors.ras.fields import GATEKEEPER_TYPE, TERMINAL_TYPE
from ringfence.actors.signalling import fast_start
from ringfence.actors.signalling.messages import RESPONSE_TO_STATUS_ENQUIRY
from ringfence.model.errors import DecodeError
from ringfence.model.flow import Role
from ringfence.wire import call_signalling, ccms, h225, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.per import EncodeError
from ringfence.wire.q931 import ElementId, InformationElement, MessageType
from ringfence.wire.q931_elements import cause_element

CALL_REFERENCE = 1  # the only one on the connection (traces of 1608 sets)

# Stimulus frames: length, address (to the handset 38 11 20, to the gatekeeper 38 00), one element.
_TERMINAL_ID_REQUEST = bytes.fromhex("07381120a2a00b")
_TERMINAL_ID = bytes.fromhex("0a384700c00b36600840")  # a whole frame as captured
_ON_HOOK = bytes.fromhex("0538008001")
# Both questions come alone or with others in a frame; an open-source gatekeeper sends one after the other.
_ANSWERS = {
    ccms.CcmsElement(0xA2, bytes.fromhex("a00b")): _TERMINAL_ID,
    ccms.CcmsElement(0x88): _ON_HOOK,  # switch-hook inquiry
}

_ACTIVE = InformationElement(ElementId.CALL_STATE, b"\x0a")
# More octets than any Setup has; a peer may not make us collect more than this.
_LONGEST = 16_384


class _State(Enum):
    AWAITS_SETUP = auto()
    AWAITS_CONNECT = auto()
    ESTABLISHED = auto()
    RELEASED = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """Octets to send; `established`: by this message; `over`: why the connection is of no use any more.

    `signal`: a message about calls and their media, for who uses the connection.
    """

    octets: bytes = b""
    established: bool = False
    over: str = ""
    signal: CallSignal | None = None


class Session:
    """One end of a connection, which is open. Whoever `sends_setup` begins with `open`.

    `offer`: fastStart of a handset, which says where it receives audio; empty: it has none.
    """

    def __init__(
        self, role: Role, *, sends_setup: bool, call_identifier: bytes, offer: Sequence[bytes] = ()
    ) -> None:
        self._role = role
        self._offer = list(offer) or None
        self._mine = sends_setup
        self._guid = call_identifier
        self._state = _State.AWAITS_CONNECT if sends_setup else _State.AWAITS_SETUP
        self._rest = b""

    @property
    def established(self) -> bool:
        return self._state is _State.ESTABLISHED

    def open(self) -> bytes:
        """Setup. It names no destination: the call is to the gatekeeper itself."""
        setup = h225.SetupUUIE(
            protocolIdentifier=H225_V2,
            sourceInfo=self._type,
            activeMC=False,
            conferenceID=self._guid,
            conferenceGoal=("create", True),
            callType=("pointToPoint", True),
            callIdentifier=h225.CallIdentifier(guid=self._guid),
            fastStart=self._offer,
            mediaWaitForConnect=False,
            canOverlapSend=False,
            multipleCalls=True,
            maintainConnection=True,
        )
        bearer = InformationElement(
            ElementId.BEARER_CAPABILITY, bytes.fromhex("8893a5")
        )  # H.225.0 clause 7.2.2.1
        return self._frame(("setup", setup), bearer)

    def receive(self, octets: bytes) -> Iterator[Said]:
        """What to do about octets of the stream; after a `Said` that is `over` nothing follows."""
        try:
            messages, self._rest = tpkt.split(self._rest + octets, _LONGEST)
        except DecodeError as error:
            yield self._release(f"the peer does not speak TPKT: {error}")
            return
        for message in messages:
            if not message:
                continue  # an empty TPKT keeps the connection alive, some peers think
            try:
                said = self._answer(call_signalling.decode(message))
            except DecodeError as error:
                said = self._release(f"a call-signalling message is not understood: {error}")
            except EncodeError:  # what a peer sent, read leniently, cannot always be written back
                said = Said()
            yield said
            if said.over:
                return

    def _answer(self, signal: CallSignal) -> Said:
        match signal.message_type, self._state:
            case _, _State.RELEASED:
                return Said()
            case MessageType.RELEASE_COMPLETE, _:
                return self._release("the peer sent ReleaseComplete")
            case MessageType.SETUP, _State.AWAITS_SETUP:
                return self._accept(signal)
            case MessageType.CONNECT, _State.AWAITS_CONNECT:
                self._state = _State.ESTABLISHED
                return Said(self._ask_terminal(), established=True, signal=signal)
            case MessageType.STATUS_INQUIRY, _:
                return Said(self._status(signal))
            case MessageType.INFORMATION, _State.ESTABLISHED:
                return Said(self._stimulus(signal), signal=signal)
            case MessageType.FACILITY, _State.ESTABLISHED:
                return Said(signal=signal)
            case _:
                return Said()

    def _accept(self, signal: CallSignal) -> Said:
        match signal.body:
            case ("setup", h225.SetupUUIE() as setup):
                self._guid = setup.conferenceID
            case _:
                return self._release("a Setup without H.323 content")
        self._state = _State.ESTABLISHED
        proceeding = h225.CallProceedingUUIE(
            protocolIdentifier=H225_V2,
            destinationInfo=self._type,
            callIdentifier=h225.CallIdentifier(guid=self._guid),
            multipleCalls=True,
            maintainConnection=True,
        )
        connect = h225.ConnectUUIE(
            protocolIdentifier=H225_V2,
            destinationInfo=self._type,
            conferenceID=self._guid,
            callIdentifier=h225.CallIdentifier(guid=self._guid),
            fastStart=self._answer_to(setup),
            multipleCalls=True,
            maintainConnection=True,
        )
        octets = self._frame(("callProceeding", proceeding)) + self._frame(("connect", connect))
        return Said(octets + self._ask_terminal(), established=True, signal=signal)

    def _answer_to(self, setup: h225.SetupUUIE) -> list[bytes] | None:
        """A handset says where it receives; a gatekeeper opens no media yet (traces of 1608 sets)."""
        if self._role is Role.HANDSET:
            return self._offer
        return fast_start.closed() if setup.fastStart else None

    def facility(self, elements: Sequence[bytes]) -> bytes:
        """Facility with fastStart: where the other side is to send audio, or that it is to send none.

        Media moves so long after Setup on a permanent call (GnuGk's Avaya mode, from traces).
        """
        body = h225.FacilityUUIE(
            protocolIdentifier=H225_V2,
            reason=("undefinedReason", True),
            callIdentifier=h225.CallIdentifier(guid=self._guid),
            fastStart=list(elements),
            multipleCalls=False,
            maintainConnection=False,
        )
        return self._sent(("facility", body))

    def _ask_terminal(self) -> bytes:
        """The first question of a gatekeeper: who are you? The answer proves the way back."""
        return self.information(_TERMINAL_ID_REQUEST) if self._role is Role.GATEKEEPER else b""

    def _stimulus(self, signal: CallSignal) -> bytes:
        if self._role is not Role.HANDSET or signal.user_information is None:
            return b""
        try:
            frames = ccms.find(signal.user_information.h323_uu_pdu.nonStandardControl)
        except DecodeError:
            return b""
        elements = [element for frame in frames if frame.to_phone for element in frame.elements]
        return b"".join(self.information(_ANSWERS[each]) for each in elements if each in _ANSWERS)

    def information(self, stimulus: bytes) -> bytes:
        """Information with CCMS frames."""
        body = h225.InformationUUIE(
            protocolIdentifier=H225_V2, callIdentifier=h225.CallIdentifier(guid=self._guid)
        )
        parameter = h225.NonStandardParameter(
            nonStandardIdentifier=("object", STIMULUS_OBJECT), data=stimulus
        )
        return self._sent(("information", body), parameter)

    def _sent(self, body: h225.H323messagebody, *control: h225.NonStandardParameter) -> bytes:
        signal = call_signalling.signal(
            CALL_REFERENCE,
            body,
            from_destination=not self._mine,
            h245Tunneling=False,
            nonStandardControl=list(control) or None,
        )
        return tpkt.frame(call_signalling.encode(signal))

    def _status(self, signal: CallSignal) -> bytes:
        guid = self._guid
        match signal.body:
            case ("statusInquiry", h225.StatusInquiryUUIE(callIdentifier=identifier)):
                guid = identifier.guid
            case _:
                pass
        status = h225.StatusUUIE(protocolIdentifier=H225_V2, callIdentifier=h225.CallIdentifier(guid=guid))
        return self._frame(("status", status), cause_element(RESPONSE_TO_STATUS_ENQUIRY), _ACTIVE)

    def _release(self, why: str) -> Said:
        self._state = _State.RELEASED
        return Said(over=why)

    @property
    def _type(self) -> h225.EndpointType:
        return GATEKEEPER_TYPE if self._role is Role.GATEKEEPER else TERMINAL_TYPE

    def _frame(self, body: h225.H323messagebody, *elements: InformationElement) -> bytes:
        signal = call_signalling.signal(
            CALL_REFERENCE, body, from_destination=not self._mine, elements=elements
        )
        return tpkt.frame(call_signalling.encode(signal))
