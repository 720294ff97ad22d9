"""Messages of call signalling and H.245 to the list of calls."""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from ringfence.diagnosis.calls import parties
from ringfence.diagnosis.calls.call import Call, Negotiation, Side
from ringfence.diagnosis.calls.channels import (
    answer_fast_start,
    close_channels,
    follow_h245,
    offer_fast_start,
)
from ringfence.diagnosis.calls.streams import CallStreams, Framed
from ringfence.diagnosis.calls.switched import SwitchedCalls
from ringfence.diagnosis.crossing import Crossing
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import GATEKEEPER_SOURCE_PORTS
from ringfence.model.errors import DecodeError
from ringfence.model.ports import Ports
from ringfence.wire import call_signalling, q931
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import MessageType

# Ends of the connection, call reference, and the end that sent the Setup: both may use the same number.
_Key: TypeAlias = tuple[frozenset[TransportAddress], int, TransportAddress]

# Messages that show that there is a call although its Setup was not captured.
_OF_A_CALL = frozenset(
    {
        MessageType.SETUP,
        MessageType.CALL_PROCEEDING,
        MessageType.ALERTING,
        MessageType.CONNECT,
        MessageType.RELEASE_COMPLETE,
    }
)
# Vendors whose sets keep a channel open with call reference 1 (Lucent's and Avaya's T.35 codes, from traces).
_PERMANENT_REFERENCE = 1
_AVAYA = frozenset({(181, 0, 19540), (181, 0, 16726)})
# More is no list that anybody reads, and bounds the memory that a flood of Setups takes.
MOST_CALLS = 100_000


class CallList(NamedTuple):
    """`missed`: calls that are not listed, there being too many."""

    calls: tuple[Call, ...]
    missed: int


def call_list(crossings: Iterable[Crossing], ports: Ports, most: int = MOST_CALLS) -> CallList:
    """In order of their first message; crossings in order of time. Never raises for what they hold."""
    tracker = _Tracker(ports, most)
    for framed in tracker.streams.read(crossings):
        tracker.take(framed)
    return CallList(tuple(each for each in tracker.calls if not _is_permanent(each)), tracker.missed)


class _Tracker:
    def __init__(self, ports: Ports, most: int) -> None:
        self._most = most
        self.streams = CallStreams(ports)
        self.calls: list[Call] = []
        self._current: dict[_Key, Call] = {}
        self._on: dict[
            frozenset[TransportAddress], list[Call]
        ] = {}  # that a connection carries, not released
        self._h245: dict[TransportAddress, tuple[Call, Side]] = {}  # and the side that listens there
        self._switched = SwitchedCalls(self._listed)
        self.missed = 0  # calls beyond the most

    def take(self, framed: Framed) -> None:
        if framed.dropped and framed.message is not None:
            self._undelivered(framed, framed.message)
            return
        listener = framed.receiver if framed.receiver in self._h245 else framed.sender
        separate = self._h245.get(listener)
        if framed.message is None:
            if separate is None:
                self._closed(framed)
        elif framed.message[:2] == bytes((q931.PROTOCOL_DISCRIMINATOR, q931.CALL_REFERENCE_OCTETS)):
            self._signalled(framed, framed.message)
        elif separate is not None and framed.message:
            call, side = separate
            sender = side if listener == framed.sender else side.other
            follow_h245(call, framed.message, sender, Negotiation.SEPARATE, framed.time)

    def _listed(self, call: Call) -> bool:
        if len(self.calls) >= self._most:
            self.missed += 1
            return False
        self.calls.append(call)
        return True

    def _closed(self, framed: Framed) -> None:
        self._switched.closed(framed)
        for call in self._on.pop(frozenset({framed.sender, framed.receiver}), ()):
            if call.ended is None:
                call.closed = framed.time
                close_channels(call, framed.time)

    def _signalled(self, framed: Framed, message: bytes) -> None:
        if len(message) < 5:
            return
        answers = message[2] & 0x80 != 0
        caller, called = (framed.receiver, framed.sender) if answers else (framed.sender, framed.receiver)
        connection = frozenset({caller, called})
        reference = int.from_bytes(message[2:4], "big") & 0x7FFF
        kind = message[4]
        key = connection, reference, caller
        call = self._current.get(key)
        if call is None and kind not in _OF_A_CALL:
            if reference == _PERMANENT_REFERENCE and self._switched.knows(framed, message):
                self._switched.take(framed, message)
            return
        if call is not None and call.is_permanent:
            self._switched.take(framed, message)
            return
        if call is None or (kind == MessageType.SETUP and call.ended is not None):
            call = self._begun(key, called, framed.time)
            if call is None:
                return
        signal, problem = _decoded(message)
        call.undecodable = call.undecodable or problem
        self._advance(call, kind, signal, framed, Side.CALLED if answers else Side.CALLER)

    def _begun(self, key: _Key, called: TransportAddress, time: float) -> Call | None:
        """A call that is new; None where there are too many."""
        connection, reference, caller = key
        call = Call(caller, called, reference, time)
        if not self._listed(call):
            return None
        self._current[key] = call
        self._on.setdefault(connection, []).append(call)
        return call

    def _undelivered(self, framed: Framed, message: bytes) -> None:
        signal, _ = _decoded(message)
        reference = int.from_bytes(message[2:4], "big") & 0x7FFF
        key = frozenset({framed.sender, framed.receiver}), reference, framed.sender
        call = self._current.get(key)
        if call is None or call.ended is not None:
            call = self._begun(key, framed.receiver, framed.time)
        if call is None or call.setup is not None:
            return
        body: Any = signal.body[1] if signal is not None and isinstance(signal.body, tuple) else None
        elements = signal.elements if signal is not None else ()
        call.dropped += 1
        call.frames.append(framed.frame)
        call.calling = parties.calling_name(elements, body) or call.calling
        call.called_party = parties.called_name(elements, body) or call.called_party
        call.is_permanent = call.reference == _PERMANENT_REFERENCE and _vendor(body) in _AVAYA

    def _advance(
        self, call: Call, kind: int, signal: CallSignal | None, framed: Framed, sender: Side
    ) -> None:
        body: Any = signal.body[1] if signal is not None and isinstance(signal.body, tuple) else None
        elements = signal.elements if signal is not None else ()
        identifier = getattr(body, "callIdentifier", None)
        if identifier is not None:
            call.identifier = call.identifier or identifier.guid.hex()
        if kind in _OF_A_CALL:
            call.frames.append(framed.frame)
        if kind == MessageType.SETUP:
            call.setup = framed.time if call.setup is None else call.setup
            call.calling = parties.calling_name(elements, body) or call.calling
            call.called_party = parties.called_name(elements, body) or call.called_party
            call.is_permanent = call.reference == _PERMANENT_REFERENCE and (
                _vendor(body) in _AVAYA or _names_nobody(call, body)
            )
            if call.is_permanent and framed.message is not None:
                self._switched.take(framed, framed.message)
        elif kind == MessageType.ALERTING:
            call.alerting = framed.time if call.alerting is None else call.alerting
        elif kind == MessageType.CONNECT:
            call.connected = framed.time if call.connected is None else call.connected
        if not call.is_permanent:
            self._media(call, signal, body, framed, sender)
        if kind == MessageType.RELEASE_COMPLETE and call.released is None:
            call.released, call.released_by = framed.time, sender
            call.cause, call.reason = parties.cause_value(elements), parties.reason_name(body)
            close_channels(call, framed.time)

    def _media(self, call: Call, signal: CallSignal | None, body: Any, framed: Framed, sender: Side) -> None:
        elements = getattr(body, "fastStart", None)
        if elements and sender is Side.CALLER:
            offer_fast_start(call, elements)
        elif elements:
            answer_fast_start(call, elements, framed.time)
        named = parties.h225_address(getattr(body, "h245Address", None))
        if named is not None:
            self._h245[named] = call, sender
            self.streams.h245.add(named)
        if signal is None or signal.user_information is None:
            return
        pdu = signal.user_information.h323_uu_pdu
        for octets in (*(pdu.h245Control or ()), *(getattr(body, "parallelH245Control", None) or ())):
            follow_h245(call, octets, sender, Negotiation.TUNNELLED, framed.time)


def _is_permanent(call: Call) -> bool:
    """By who makes such sets; or what names nobody, from where a gatekeeper opens to its handsets."""
    if call.is_switched:
        return False
    nameless = not call.called_party and call.caller.port in GATEKEEPER_SOURCE_PORTS
    return call.is_permanent or (nameless and call.reference == _PERMANENT_REFERENCE)


def _names_nobody(call: Call, body: Any) -> bool:
    """A Setup for no number and no address, on a connection that is to stay."""
    addressed = call.called_party or getattr(body, "destCallSignalAddress", None) is not None
    return not addressed and getattr(body, "maintainConnection", None) is True


def _decoded(message: bytes) -> tuple[CallSignal | None, str]:
    """The message; what Q.931 alone says where its User-user element cannot be read, and why not."""
    try:
        return call_signalling.decode(message), ""
    except DecodeError as error:
        problem = str(error)
    try:
        plain = q931.decode(message)
    except DecodeError as error:
        partial = error.read
        plain = partial if isinstance(partial, q931.Message) else q931.Message(0, False, message[4])
    return CallSignal(
        plain.call_reference, plain.from_destination, plain.message_type, None, plain.elements
    ), problem


def _vendor(body: Any) -> tuple[int, int, int] | None:
    named = getattr(getattr(body, "sourceInfo", None), "vendor", None)
    code = named.vendor if named is not None else None
    return (code.t35CountryCode, code.t35Extension, code.manufacturerCode) if code is not None else None
