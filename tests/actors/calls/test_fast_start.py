"""Where an end receives audio, as elements of fastStart."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st
from pycrate_asn1dir import H225

from ringfence.actors.endpoint import media_channels
from ringfence.actors.signalling import fast_start
from ringfence.actors.signalling.fast_start import ReceivingEnd
from ringfence.model.address import TransportAddress

THEIRS = H225.GLOBAL.MOD["MULTIMEDIA-SYSTEM-CONTROL"]["OpenLogicalChannel"]
ADDRESSES = st.builds(
    TransportAddress,
    st.ip_addresses(v=4).map(IPv4Address) | st.ip_addresses(v=6).map(IPv6Address),
    st.integers(1, 65535),
)


@given(ADDRESSES, ADDRESSES)
def test_an_end_comes_back(media: TransportAddress, control: TransportAddress) -> None:
    told = fast_start.receiving_end(fast_start.directed(ReceivingEnd(media, control)))
    assert told is not None
    assert told.media == media
    # One that names the RTP port for RTCP too means the port beside it.
    if control != media:
        assert told.control == control


@given(ADDRESSES.filter(lambda end: end.port % 2 == 0))
def test_what_a_phone_offers_is_where_it_receives(rtp: TransportAddress) -> None:
    told = fast_start.receiving_end(media_channels.propose(rtp))
    assert told == ReceivingEnd(rtp, TransportAddress(rtp.ip, rtp.port + 1))


def test_closed_media_is_nowhere() -> None:
    assert fast_start.receiving_end(fast_start.closed()) is None
    assert fast_start.receiving_end(None) is None


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_what_cannot_be_read_is_nowhere_or_an_address(elements: list[bytes]) -> None:
    told = fast_start.receiving_end(elements)
    assert told is None or told.media.port


@given(ADDRESSES.filter(lambda end: end.ip.version == 4), ADDRESSES.filter(lambda end: end.ip.version == 4))
def test_pycrate_reads_the_same_address(media: TransportAddress, control: TransportAddress) -> None:
    for octets in (*fast_start.directed(ReceivingEnd(media, control)), *fast_start.closed()):
        THEIRS.from_aper(octets)
        read = THEIRS.get_val()
        reverse = read.get("reverseLogicalChannelParameters", {})
        multiplex = reverse.get("multiplexParameters")
        if multiplex is not None:
            _, (_, told) = multiplex[1]["mediaChannel"]
            assert (told["network"], told["tsapIdentifier"]) == (media.ip.packed, media.port)
        assert read["forwardLogicalChannelNumber"] in {13, 101}
