"""A recording of both sides of a translating firewall, in the names and octets of the handset side.

For taps that share a clock. What the firewall made of addresses is told by who asks; what an inspection made
of messages is undone by what stays the same in them.
"""

from collections.abc import Callable, Sequence

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import Tap
from ringfence.diagnosis.pairing import transport_ends
from ringfence.diagnosis.translation import renamed, same_segments, undone_rewriting
from ringfence.model.address import TransportAddress


def untranslated(
    packets: Sequence[Datagram], inside: Callable[[Datagram, TransportAddress], TransportAddress]
) -> list[Datagram]:
    """The packets as the handset side has them; `inside` gives the inside name of an end of a packet."""
    near = [packet for packet in packets if packet.tap != Tap.SERVERS]
    far = [_renamed(packet, inside) for packet in packets if packet.tap == Tap.SERVERS]
    restored, _, _ = undone_rewriting(near, far)
    return [*near, *same_segments(near, restored)]


def _renamed(packet: Datagram, inside: Callable[[Datagram, TransportAddress], TransportAddress]) -> Datagram:
    ends = transport_ends(packet)
    source, destination = (inside(packet, end) for end in ends)
    return packet if (source, destination) == ends else renamed(packet, source, destination)
