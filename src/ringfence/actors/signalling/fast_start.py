"""fastStart on a permanent call: where an end receives audio, told in Setup, Connect and Facility.

The elements are those that GnuGk's Avaya mode was seen to send to 16xx sets: channel 13 from whoever tells,
channel 101 to it, G.711 in packets of 20 ms; both of nullData where there is no media.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from msgspec import structs

from ringfence.actors.endpoint import media_channels
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import per
from ringfence.wire.h245 import channel, common
from ringfence.wire.h245.channel_parameters import H2250LogicalChannelParameters

_FORWARD, _REVERSE = 13, 101
_NOTHING = channel.ForwardLogicalChannelParameters(
    dataType=("nullData", True), multiplexParameters=("none", True)
)


class ReceivingEnd(NamedTuple):
    """Where an end takes RTP, and the RTCP of it."""

    media: TransportAddress
    control: TransportAddress


def directed(end: ReceivingEnd) -> list[bytes]:
    """Exchange audio with this end."""
    forward = channel.OpenLogicalChannel(
        forwardLogicalChannelNumber=_FORWARD,
        forwardLogicalChannelParameters=channel.ForwardLogicalChannelParameters(
            dataType=media_channels.AUDIO,
            multiplexParameters=("h2250LogicalChannelParameters", _multiplex(end, receiving=False)),
        ),
    )
    return [per.encode(channel.OpenLogicalChannel, each) for each in (forward, _receiving(end))]


def closed() -> list[bytes]:
    """Exchange audio with nobody: the connection stays."""
    reverse = channel.OpenLogicalChannelReverseLogicalChannelParameters(dataType=("nullData", True))
    both = (
        channel.OpenLogicalChannel(
            forwardLogicalChannelNumber=_REVERSE, forwardLogicalChannelParameters=_NOTHING
        ),
        channel.OpenLogicalChannel(
            forwardLogicalChannelNumber=_REVERSE,
            forwardLogicalChannelParameters=_NOTHING,
            reverseLogicalChannelParameters=reverse,
        ),
    )
    return [per.encode(channel.OpenLogicalChannel, each) for each in both]


def receiving_end(elements: Iterable[bytes] | None) -> ReceivingEnd | None:
    """Where whoever sent these elements receives G.711; None: nowhere, or it is not understood."""
    for octets in elements or ():
        try:
            opened: channel.OpenLogicalChannel = per.decode(channel.OpenLogicalChannel, octets)
        except DecodeError:
            continue
        match opened.reverseLogicalChannelParameters:
            case channel.OpenLogicalChannelReverseLogicalChannelParameters(
                dataType=kind, multiplexParameters=("h2250LogicalChannelParameters", named)
            ) if media_channels.is_g711(kind):
                media, control = _address(named.mediaChannel), _address(named.mediaControlChannel)
                if media is not None:
                    # GnuGk names the RTP port for RTCP too, and sets do not mind.
                    told = control is not None and control != media
                    return ReceivingEnd(media, control if told and control else _rtcp(media))
            case _:
                continue
    return None


def _receiving(end: ReceivingEnd) -> channel.OpenLogicalChannel:
    return channel.OpenLogicalChannel(
        forwardLogicalChannelNumber=_REVERSE,
        forwardLogicalChannelParameters=_NOTHING,
        reverseLogicalChannelParameters=channel.OpenLogicalChannelReverseLogicalChannelParameters(
            dataType=media_channels.AUDIO,
            multiplexParameters=("h2250LogicalChannelParameters", _multiplex(end, receiving=True)),
        ),
    )


def _multiplex(end: ReceivingEnd, *, receiving: bool) -> H2250LogicalChannelParameters:
    return structs.replace(
        media_channels.parameters(end.media, receiving=receiving),
        mediaControlChannel=media_channels.media_address_field(end.control),
    )


def _rtcp(media: TransportAddress) -> TransportAddress:
    """RTP even: the port behind it; odd: the port before it (96x1 H.323 administrator guide, 2018, p. 34)."""
    return TransportAddress(media.ip, media.port - 1 if media.port & 1 else media.port + 1)


def _address(field: object) -> TransportAddress | None:
    match field:
        case (
            "unicastAddress",
            ("iPAddress", common.UnicastAddressIPAddress(network=ip, tsapIdentifier=port)),
        ):
            return TransportAddress(IPv4Address(ip), port) if port else None
        case (
            "unicastAddress",
            ("iP6Address", common.UnicastAddressIP6Address(network=ip, tsapIdentifier=port)),
        ):
            return TransportAddress(IPv6Address(ip), port) if port else None
        case _:
            return None
