"""Logical channels: from fastStart (H.323 clause 8.1.7) and from H.245, tunnelled or not."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from ringfence.diagnosis.calls.call import Call, ChannelState, MediaChannel, Negotiation, Side
from ringfence.diagnosis.calls.parties import h245_address
from ringfence.model.errors import DecodeError
from ringfence.wire import per

# H.245's names for audio, as people know them. The others are shown by H.245's own.
_AUDIO = {
    "g711Alaw64k": "G.711 A-law",
    "g711Ulaw64k": "G.711 mu-law",
    "g722-64k": "G.722",
    "g7231": "G.723.1",
    "g728": "G.728",
    "g729": "G.729",
    "g729AnnexA": "G.729A",
    "g729wAnnexB": "G.729B",
    "g729AnnexAwAnnexB": "G.729AB",
    "gsmFullRate": "GSM",
}
_FAX = {"t38fax": "T.38", "t30fax": "T.30"}
_MEDIA = {"audioData": "audio", "videoData": "video", "data": "data"}


def offer_fast_start(call: Call, elements: Iterable[bytes]) -> None:
    """The proposals in a Setup: channels that the caller could send or receive. Others of the same call, from
    a Setup that was sent again, are forgotten."""
    call.channels = [each for each in call.channels if each.negotiation is not Negotiation.FAST_START]
    for element in elements:
        opened = _decoded(call, element)
        if opened is not None:
            call.channels.extend(_fast_channels(opened))


def answer_fast_start(call: Call, elements: Iterable[bytes], time: float) -> None:
    """What the called side accepted; the address of each channel is from whoever receives on it."""
    for element in elements:
        opened = _decoded(call, element)
        for channel in _fast_channels(opened) if opened is not None else ():
            offered = _offered(call, channel)
            if offered is not None:
                if channel.sender is Side.CALLER or offered.media is None:
                    offered.media = channel.media or offered.media
                    offered.control = channel.control or offered.control
                offered.kind, offered.codec = channel.kind, channel.codec
                offered.payload_type = channel.payload_type
            else:
                call.channels.append(channel)
                offered = channel
            offered.state, offered.opened = ChannelState.OPEN, time


def receiving_channels(elements: Iterable[bytes]) -> list[MediaChannel]:
    """Where whoever sent this fastStart receives; nothing where it is of nullData, or cannot be read."""
    found = []
    for element in elements:
        try:
            opened = per.decode(_h245("channel").OpenLogicalChannel, element)
        except DecodeError:
            continue
        received = (each for each in _fast_channels(opened) if each.sender is Side.CALLED)
        found += [each for each in received if each.media is not None]
    return found


def follow_h245(call: Call, octets: bytes, sender: Side, negotiation: Negotiation, time: float) -> None:
    """One H.245 message that `sender` sent about the call."""
    try:
        message: Any = per.decode(_h245("message").MultimediaSystemControlMessage, octets)
    except DecodeError as error:
        call.undecodable = call.undecodable or f"H.245: {error}"
        return
    if not isinstance(message, tuple) or not isinstance(message[1], tuple):
        return
    kind, content = message[1]
    if kind == "openLogicalChannel":
        call.channels.extend(_channels(content, sender, negotiation))
    elif kind == "openLogicalChannelAck":
        _acknowledge(call, content, sender.other, time)
    elif kind in {"openLogicalChannelReject", "closeLogicalChannel"}:
        opener = sender.other if kind == "openLogicalChannelReject" else sender
        for channel in _numbered(call, content.forwardLogicalChannelNumber, opener):
            if kind == "openLogicalChannelReject":
                channel.state = ChannelState.REJECTED
            else:
                channel.state, channel.closed = ChannelState.CLOSED, time


def close_channels(call: Call, time: float) -> None:
    """The call is over; a proposal that nobody took stays one."""
    for channel in call.channels:
        if channel.state is ChannelState.OPEN:
            channel.state, channel.closed = ChannelState.CLOSED, time


def _h245(module: str) -> Any:
    """H.245's types take a tenth of the time until a capture is opened, and few captures hold a call."""
    return import_module(f"ringfence.wire.h245.{module}")


def _decoded(call: Call, element: bytes) -> Any:
    try:
        return per.decode(_h245("channel").OpenLogicalChannel, element)
    except DecodeError as error:
        call.undecodable = call.undecodable or f"fastStart: {error}"
        return None


def _fast_channels(opened: Any) -> list[MediaChannel]:
    """A proposal for what the caller receives has nullData forward and its channel reverse."""
    forward, reverse = opened.forwardLogicalChannelParameters, opened.reverseLogicalChannelParameters
    found = []
    for parameters, sender in ((forward, Side.CALLER), (reverse, Side.CALLED)):
        if parameters is not None and not _is_null(parameters.dataType):
            number = opened.forwardLogicalChannelNumber
            channel = _channel(number, sender, parameters, Negotiation.FAST_START)
            channel.media, channel.control = _addresses(parameters.multiplexParameters)
            found.append(channel)
    return found


def _offered(call: Call, answered: MediaChannel) -> MediaChannel | None:
    """The proposal that an answer takes up: by number and direction, else by direction, session and codec."""
    proposals = [
        each
        for each in call.channels
        if each.negotiation is Negotiation.FAST_START and each.sender is answered.sender
    ]
    return next(
        (each for each in proposals if each.number == answered.number),
        next(
            (
                each
                for each in proposals
                if (each.session, each.codec) == (answered.session, answered.codec)
                and each.state is ChannelState.PROPOSED
            ),
            None,
        ),
    )


def _channels(opened: Any, sender: Side, negotiation: Negotiation) -> list[MediaChannel]:
    """One, or both directions of a bidirectional one, as T.38 opens (H.323 annex D.3)."""
    forward, reverse = opened.forwardLogicalChannelParameters, opened.reverseLogicalChannelParameters
    number = opened.forwardLogicalChannelNumber
    found = []
    if not _is_null(forward.dataType):
        channel = _channel(number, sender, forward, negotiation)
        if _is_multicast(forward.multiplexParameters):
            channel.media, channel.control = _addresses(forward.multiplexParameters)
        found.append(channel)
    if reverse is not None and not _is_null(reverse.dataType):
        channel = _channel(number, sender.other, reverse, negotiation)
        # Where the sender takes what comes back: some say so in the forward parameters only.
        media, control = _addresses(reverse.multiplexParameters)
        if media is None:
            media, control = _addresses(forward.multiplexParameters)
        channel.media, channel.control = media, control
        found.append(channel)
    return found


def _acknowledge(call: Call, content: Any, opener: Side, time: float) -> None:
    media = control = None
    named = content.forwardMultiplexAckParameters
    if isinstance(named, tuple):
        media, control = h245_address(named[1].mediaChannel), h245_address(named[1].mediaControlChannel)
    for channel in _numbered(call, content.forwardLogicalChannelNumber, opener):
        channel.state, channel.opened = ChannelState.OPEN, time
        if channel.sender is opener:
            channel.media, channel.control = media or channel.media, control or channel.control


def _numbered(call: Call, number: int, opener: Side) -> list[MediaChannel]:
    """The latest channel of a number that a side opened, both directions of it: numbers are used again."""
    same = [
        each
        for each in call.channels
        if each.number == number and (each.sender is opener or each.kind in {"fax", "data"})
    ]
    own = [each for each in same if each.sender is opener][-1:]
    returned = [each for each in same if each.sender is not opener][-1:]
    return [*own, *returned] if own else []


def _channel(number: int, sender: Side, parameters: Any, negotiation: Negotiation) -> MediaChannel:
    kind, codec = _medium(parameters.dataType)
    multiplex = _h2250(parameters.multiplexParameters)
    session = multiplex.sessionID if multiplex is not None else 0
    dynamic = multiplex.dynamicRTPPayloadType if multiplex is not None else None
    return MediaChannel(number, sender, kind, codec, session, negotiation, payload_type=dynamic)


def _medium(data: Any) -> tuple[str, str]:
    """Kind and codec of a DataType; through H.235 to what is encrypted."""
    if not isinstance(data, tuple):
        return "unknown", "of a later revision"
    name, value = data
    if name == "h235Media":
        kind, codec = _medium(value.mediaType)
        return kind, f"{codec}, encrypted"
    if name == "data" and isinstance(value.application, tuple):
        application = value.application[0]
        return ("fax", _FAX[application]) if application in _FAX else ("data", application)
    inner = value[0] if isinstance(value, tuple) else ""
    return str(_MEDIA.get(name, name)), str(_AUDIO.get(inner, inner) or name)


def _is_null(data: Any) -> bool:
    return isinstance(data, tuple) and data[0] == "nullData"


def _h2250(choice: Any) -> Any:
    is_h2250 = isinstance(choice, tuple) and choice[0] == "h2250LogicalChannelParameters"
    return choice[1] if is_h2250 else None


def _is_multicast(choice: Any) -> bool:
    named = _h2250(choice)
    return (
        named is not None
        and isinstance(named.mediaChannel, tuple)
        and named.mediaChannel[0] == ("multicastAddress")
    )


def _addresses(choice: Any) -> Any:
    """Media and control address of the multiplex parameters."""
    named = _h2250(choice)
    if named is None:
        return None, None
    return h245_address(named.mediaChannel), h245_address(named.mediaControlChannel)
