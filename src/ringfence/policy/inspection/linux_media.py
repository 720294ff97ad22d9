"""Media channels as the Linux helper reads them: which it expects, and how many it can translate.

A channel is expected from the peer of the signalling alone, from any of its ports, once each for RTP (even)
and RTCP (odd). Under translation a signalling connection has four slots for port pairs, which nothing frees.
"""

from typing import TypeVar

import msgspec

from ringfence.model.errors import DecodeError
from ringfence.model.packet import Protocol
from ringfence.policy.inspection.ends import Dialogue, Ways
from ringfence.policy.inspection.pinholes import Pinhole, Pinholes, TransportEnd
from ringfence.wire import per
from ringfence.wire.h245 import channel, common
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.per import EncodeError

_SLOTS = 4
_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class MediaReader:
    """Opens pinholes for media, and says where the other side has to send. `lasts` in seconds."""

    lasts = 240.0

    def __init__(self, pinholes: Pinholes, most: int) -> None:
        self._pinholes = pinholes
        self._most = most

    def fast_start(self, octets: bytes, ways: Ways, dialogue: Dialogue, now: float) -> bytes:
        """An element of fastStart as it leaves: an OpenLogicalChannel."""
        try:
            proposal: channel.OpenLogicalChannel = per.decode(channel.OpenLogicalChannel, octets)
            return per.encode(channel.OpenLogicalChannel, self.opened(proposal, ways, dialogue, now))
        except (DecodeError, EncodeError):
            return octets

    def opened(
        self, proposal: channel.OpenLogicalChannel, ways: Ways, dialogue: Dialogue, now: float
    ) -> channel.OpenLogicalChannel:
        """OpenLogicalChannel, forward and reverse."""
        forward = self._parameters(proposal.forwardLogicalChannelParameters, ways, dialogue, now)
        reverse = proposal.reverseLogicalChannelParameters
        if reverse is not None:
            reverse = self._parameters(reverse, ways, dialogue, now)
        return msgspec.structs.replace(
            proposal, forwardLogicalChannelParameters=forward, reverseLogicalChannelParameters=reverse
        )

    def acknowledged(
        self, answer: channel.OpenLogicalChannelAck, ways: Ways, dialogue: Dialogue, now: float
    ) -> channel.OpenLogicalChannelAck:
        """OpenLogicalChannelAck: reverse parameters, then those of the forward channel."""
        reverse, forward = answer.reverseLogicalChannelParameters, answer.forwardMultiplexAckParameters
        if reverse is not None:
            reverse = self._parameters(reverse, ways, dialogue, now)
        match forward:
            case ("h2250LogicalChannelAckParameters", channel.H2250LogicalChannelAckParameters() as own):
                forward = ("h2250LogicalChannelAckParameters", self._channels(own, ways, dialogue, now))
            case _:
                pass
        return msgspec.structs.replace(
            answer, reverseLogicalChannelParameters=reverse, forwardMultiplexAckParameters=forward
        )

    def _parameters(self, of: _Struct, ways: Ways, dialogue: Dialogue, now: float) -> _Struct:
        match getattr(of, "multiplexParameters", None):
            case ("h2250LogicalChannelParameters", msgspec.Struct() as own):
                told = ("h2250LogicalChannelParameters", self._channels(own, ways, dialogue, now))
                return msgspec.structs.replace(of, multiplexParameters=told)
            case _:
                return of

    def _channels(self, of: _Struct, ways: Ways, dialogue: Dialogue, now: float) -> _Struct:
        fields = {
            name: self._channel(said, ways, dialogue, now)
            for name in ("mediaChannel", "mediaControlChannel")
            if (said := getattr(of, name)) is not None
        }
        return msgspec.structs.replace(of, **fields)

    def _channel(self, said: object, ways: Ways, dialogue: Dialogue, now: float) -> object:
        end = _media_end(said)
        if end is None or end[0] != ways.mine[0] or not end[1]:
            return said
        rtp = end[1] & ~1
        if not ways.mine_translated:
            self._expect(ways, (end[0], rtp), rtp, now)
            return said
        slots = dialogue.media.setdefault(ways.reply, {})
        if rtp not in slots and len(slots) >= _SLOTS:
            return said  # the kernel's log says "out of expectations"
        for outside in range(slots.get(rtp, rtp), 65535, 2):
            if self._expect(ways, (end[0], rtp), outside, now):
                slots[rtp] = outside
                return _media_address(ways.seen[0], outside + (end[1] & 1))
        return said

    def _expect(self, ways: Ways, inside: TransportEnd, outside: int, now: float) -> bool:
        """RTP and RTCP of one pair; False: another connection expects something there."""
        pair = [
            Pinhole(
                int(Protocol.UDP),
                ways.peer[0],
                (ways.seen[0], outside + odd),
                (inside[0], inside[1] + odd),
                now + self.lasts,
                ways.name,
                once=True,
            )
            for odd in (0, 1)
        ]
        added = [self._pinholes.add(each, now, self._most) for each in pair]
        return all(added)


def opened_channel(octets: bytes, media: MediaReader, ways: Ways, dialogue: Dialogue, now: float) -> bytes:
    """An H.245 message as it leaves: one that opens a channel; all else is passed over."""
    try:
        message = per.decode(MultimediaSystemControlMessage, octets)
        told = _told(message, media, ways, dialogue, now)
        return octets if told is message else per.encode(MultimediaSystemControlMessage, told)
    except (DecodeError, EncodeError):
        return octets


def _told(message: object, media: MediaReader, ways: Ways, dialogue: Dialogue, now: float) -> object:
    match message:
        case ("request", ("openLogicalChannel", channel.OpenLogicalChannel() as proposal)):
            return "request", ("openLogicalChannel", media.opened(proposal, ways, dialogue, now))
        case ("response", ("openLogicalChannelAck", channel.OpenLogicalChannelAck() as answer)):
            return "response", ("openLogicalChannelAck", media.acknowledged(answer, ways, dialogue, now))
        case _:
            return message


def _media_end(said: object) -> TransportEnd | None:
    match said:
        case (
            "unicastAddress",
            ("iPAddress", common.UnicastAddressIPAddress(network=host, tsapIdentifier=port)),
        ):
            return int.from_bytes(host, "big"), port
        case _:
            return None


def _media_address(host: int, port: int) -> common.TransportAddress:
    address = common.UnicastAddressIPAddress(network=host.to_bytes(4, "big"), tsapIdentifier=port)
    return ("unicastAddress", ("iPAddress", address))
