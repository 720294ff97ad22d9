"""Call signalling with addresses in it, as phones and gatekeepers write it, for those who look into it."""

from msgspec import structs

from ringfence.actors.endpoint.media_channels import parameters, propose
from ringfence.actors.ras.fields import GATEKEEPER_TYPE, TERMINAL_TYPE, address_field
from ringfence.model.address import TransportAddress
from ringfence.wire import call_signalling, h225, per, tpkt
from ringfence.wire.h225.call_signalling import H323messagebody
from ringfence.wire.h245 import channel
from ringfence.wire.h245.message import MultimediaSystemControlMessage

_VERSION = (0, 0, 8, 2250, 0, 4)
_CALL = h225.CallIdentifier(guid=bytes(16))


def tpkt_of(
    body: H323messagebody, *, from_destination: bool, tunnelling: bool | None, control: list[bytes] | None
) -> bytes:
    """A message in its TPKT."""
    signal = call_signalling.signal(
        1, body, from_destination=from_destination, h245Tunneling=tunnelling, h245Control=control
    )
    return tpkt.frame(call_signalling.encode(signal))


def setup(
    own: TransportAddress, to: TransportAddress, rtp: TransportAddress | None, h245: TransportAddress | None
) -> h225.SetupUUIE:
    """A Setup that names both ends, without an endpointIdentifier."""
    return h225.SetupUUIE(
        protocolIdentifier=_VERSION,
        h245Address=address_field(h245) if h245 else None,
        sourceInfo=TERMINAL_TYPE,
        destCallSignalAddress=address_field(to),
        activeMC=False,
        conferenceID=bytes(16),
        conferenceGoal=("create", True),
        callType=("pointToPoint", True),
        sourceCallSignalAddress=address_field(own),
        callIdentifier=_CALL,
        fastStart=propose(rtp) if rtp else None,
        mediaWaitForConnect=False,
        canOverlapSend=False,
    )


def proceeding(rtp: TransportAddress | None, h245: TransportAddress | None) -> h225.CallProceedingUUIE:
    return h225.CallProceedingUUIE(
        protocolIdentifier=_VERSION,
        destinationInfo=GATEKEEPER_TYPE,
        h245Address=address_field(h245) if h245 else None,
        callIdentifier=_CALL,
        fastStart=propose(rtp) if rtp else None,
    )


def connect(
    h245: TransportAddress | None, rtp: TransportAddress | None, *, additions: bool
) -> h225.ConnectUUIE:
    return h225.ConnectUUIE(
        protocolIdentifier=_VERSION,
        h245Address=address_field(h245) if h245 else None,
        destinationInfo=TERMINAL_TYPE,
        conferenceID=bytes(16),
        callIdentifier=_CALL if additions else None,
        fastStart=propose(rtp) if rtp and additions else None,
    )


def facility(rtp: TransportAddress | None) -> h225.FacilityUUIE:
    return h225.FacilityUUIE(
        protocolIdentifier=_VERSION,
        reason=("undefinedReason", True),
        callIdentifier=_CALL,
        fastStart=propose(rtp) if rtp else None,
    )


def open_channel(rtp: TransportAddress) -> bytes:
    """OpenLogicalChannel of H.245."""
    proposal: channel.OpenLogicalChannel = per.decode(channel.OpenLogicalChannel, propose(rtp)[0])
    return per.encode(MultimediaSystemControlMessage, ("request", ("openLogicalChannel", proposal)))


def acknowledge(rtp: TransportAddress) -> bytes:
    """OpenLogicalChannelAck of H.245."""
    both = parameters(rtp, receiving=True)
    answer = channel.OpenLogicalChannelAck(
        forwardLogicalChannelNumber=1,
        forwardMultiplexAckParameters=(
            "h2250LogicalChannelAckParameters",
            channel.H2250LogicalChannelAckParameters(
                mediaChannel=both.mediaChannel, mediaControlChannel=both.mediaControlChannel
            ),
        ),
    )
    return per.encode(MultimediaSystemControlMessage, ("response", ("openLogicalChannelAck", answer)))


def with_identifier(body: h225.SetupUUIE, identifier: str) -> h225.SetupUUIE:
    return structs.replace(body, endpointIdentifier=identifier)


def progress(rtp: TransportAddress | None, h245: TransportAddress | None) -> h225.ProgressUUIE:
    return h225.ProgressUUIE(
        protocolIdentifier=_VERSION,
        destinationInfo=GATEKEEPER_TYPE,
        h245Address=address_field(h245) if h245 else None,
        callIdentifier=_CALL,
        fastStart=propose(rtp) if rtp else None,
    )
