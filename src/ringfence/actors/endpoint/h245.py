"""How the H.245 of an endpoint's call travels: tunnelled in its call signalling, or on its own connection."""

from collections.abc import Iterable, Iterator

from ringfence.actors.endpoint import requests
from ringfence.actors.endpoint.requests import EndpointCall
from ringfence.actors.io import (
    NOTHING,
    CloseStream,
    Commands,
    OpenStream,
    SendStream,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
)
from ringfence.actors.ras.fields import usable_address
from ringfence.actors.signalling.messages import content
from ringfence.model.address import Address, TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.q931 import MessageType


def note_tunnelling(call: EndpointCall, signal: CallSignal) -> None:
    """Whether the peer tunnels, and accepts fast connect, as each message says it anew."""
    information = signal.user_information
    if information is None:
        return
    if information.h323_uu_pdu.h245Tunneling is not None:
        call.tunnel = call.tunnelling and information.h323_uu_pdu.h245Tunneling
    if call.outgoing and getattr(content(signal), "fastStart", None):
        call.fast = True


def take_h245(
    call: EndpointCall, signal: CallSignal, source: Address, streams: Iterator[StreamId]
) -> Commands:
    """Answer the H.245 that a message carries, or go where it is to be spoken (H.323 clause 8.2)."""
    information = signal.user_information
    if information is None or call.stream is None:
        return NOTHING
    if call.tunnel:
        answers = call.control.receive(information.h323_uu_pdu.h245Control)
        return (SendStream(call.stream, requests.carry(call, answers)),) if answers else NOTHING
    address = usable_address(getattr(content(signal), "h245Address", None))
    if address is None or call.h245_stream is not None:
        return NOTHING
    # After fast connect H.245 is there for who asks for it: Facility, startH245 (H.323 clause 8.1.7.2).
    if call.fast and signal.message_type != MessageType.FACILITY:
        return NOTHING
    return dial(call, address, source, streams)


def dial(
    call: EndpointCall, address: TransportAddress, source: Address, streams: Iterator[StreamId]
) -> Commands:
    """Open the connection that is H.245's own."""
    call.h245_stream = next(streams)
    return (OpenStream(call.h245_stream, source, address),)


def join(call: EndpointCall | None, stream: StreamId) -> Commands:
    """The peer has connected to our H.245 address: it belongs to the call that is under way."""
    if call is None or call.h245_stream is not None or call.h245_here is None:
        return (CloseStream(stream, abort=True),)
    call.h245_stream = stream
    return tuple(SendStream(stream, tpkt.frame(octets)) for octets in call.control.open())


def separate(
    call: EndpointCall, event: StreamOpened | StreamReceived | StreamFailed | StreamClosed
) -> Commands:
    """What happens on H.245's own connection; its loss does not end the call."""
    if event.stream != call.h245_stream:
        return NOTHING
    said: Iterable[bytes] = ()
    match event:
        case StreamOpened():
            said = call.control.open()
        case StreamReceived(data=data):
            try:
                said = call.control.receive(call.h245_incoming.take(data))
            except DecodeError:
                said = ()
        case _:
            call.h245_stream = None
    return tuple(SendStream(event.stream, tpkt.frame(octets)) for octets in said)
