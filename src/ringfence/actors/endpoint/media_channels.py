"""The audio of a call in H.245's words: G.711 both ways, by fast connect or as channels opened later.

No RTP is sent. What stands in the messages is what firewalls, relays and dissectors look at.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from msgspec import structs

from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import per
from ringfence.wire.h245 import channel, common
from ringfence.wire.h245.channel_parameters import H2250LogicalChannelParameters
from ringfence.wire.h245.media import DataType
from ringfence.wire.per import EncodeError

_FRAMES = 20  # G.711 frames of 1 ms in a packet
AUDIO: DataType = ("audioData", ("g711Ulaw64k", _FRAMES))
_SESSION = 1  # audio (H.245, primary sessions)


def media_address_field(address: TransportAddress) -> common.TransportAddress:
    """The CHOICE TransportAddress of H.245."""
    match address.ip:
        case IPv4Address() as ip:
            v4 = common.UnicastAddressIPAddress(network=ip.packed, tsapIdentifier=address.port)
            return ("unicastAddress", ("iPAddress", v4))
        case IPv6Address() as ip:
            v6 = common.UnicastAddressIP6Address(network=ip.packed, tsapIdentifier=address.port)
            return ("unicastAddress", ("iP6Address", v6))


def _rtcp(rtp: TransportAddress) -> TransportAddress:
    return TransportAddress(rtp.ip, rtp.port + 1)


def parameters(rtp: TransportAddress, *, receiving: bool) -> H2250LogicalChannelParameters:
    """Whoever receives says where; RTCP is always ours."""
    return H2250LogicalChannelParameters(
        sessionID=_SESSION,
        mediaChannel=media_address_field(rtp) if receiving else None,
        mediaControlChannel=media_address_field(_rtcp(rtp)),
    )


def sending(number: int, rtp: TransportAddress) -> channel.OpenLogicalChannel:
    """OpenLogicalChannel for audio from us."""
    return channel.OpenLogicalChannel(
        forwardLogicalChannelNumber=number,
        forwardLogicalChannelParameters=channel.ForwardLogicalChannelParameters(
            dataType=AUDIO,
            multiplexParameters=("h2250LogicalChannelParameters", parameters(rtp, receiving=False)),
        ),
    )


def propose(rtp: TransportAddress) -> list[bytes]:
    """fastStart of a Setup: one channel from us, one to us (H.323 clause 8.1.7.1)."""
    receiving = channel.OpenLogicalChannel(
        forwardLogicalChannelNumber=2,
        forwardLogicalChannelParameters=channel.ForwardLogicalChannelParameters(
            dataType=("nullData", True), multiplexParameters=("none", True)
        ),
        reverseLogicalChannelParameters=channel.OpenLogicalChannelReverseLogicalChannelParameters(
            dataType=AUDIO,
            multiplexParameters=("h2250LogicalChannelParameters", parameters(rtp, receiving=True)),
        ),
    )
    return [per.encode(channel.OpenLogicalChannel, each) for each in (sending(1, rtp), receiving)]


def accept(proposals: Iterable[bytes] | None, rtp: TransportAddress) -> list[bytes] | None:
    """fastStart of the answer: the first proposal of each direction that is G.711; None refuses them all."""
    chosen: dict[bool, bytes] = {}
    for octets in proposals or ():
        try:
            proposal: channel.OpenLogicalChannel = per.decode(channel.OpenLogicalChannel, octets)
            answer = _accepted(proposal, rtp)
            if answer is not None:
                backward = proposal.reverseLogicalChannelParameters is not None
                chosen.setdefault(backward, per.encode(channel.OpenLogicalChannel, answer))
        except (DecodeError, EncodeError):
            continue
    return list(chosen.values()) or None


def _accepted(
    proposal: channel.OpenLogicalChannel, rtp: TransportAddress
) -> channel.OpenLogicalChannel | None:
    forward, reverse = proposal.forwardLogicalChannelParameters, proposal.reverseLogicalChannelParameters
    if reverse is not None and is_g711(reverse.dataType):
        from_us = parameters(rtp, receiving=False)
        return structs.replace(
            proposal,
            reverseLogicalChannelParameters=structs.replace(
                reverse, multiplexParameters=("h2250LogicalChannelParameters", from_us)
            ),
        )
    if reverse is None and is_g711(forward.dataType):
        to_us = parameters(rtp, receiving=True)
        return structs.replace(
            proposal,
            forwardLogicalChannelParameters=structs.replace(
                forward, multiplexParameters=("h2250LogicalChannelParameters", to_us)
            ),
        )
    return None


def is_g711(kind: DataType) -> bool:
    match kind:
        case ("audioData", ("g711Ulaw64k" | "g711Alaw64k", _)):
            return True
        case _:
            return False
