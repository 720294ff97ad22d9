"""RTP between the two phones of `simulated_call`."""

import random
import struct

from ringfence.model.address import TransportAddress, transport
from ringfence.model.packet import Packet, Protocol
from ringfence.wire.frame import frame_of
from support.captures.calls import START

ANN, BOB = transport("10.20.0.21", 5004), transport("10.20.0.22", 5004)
BEGINS = START + 3.5  # within the call that `simulated_call` makes
Frames = list[tuple[float, bytes]]


def udp(source: TransportAddress, to: TransportAddress, payload: bytes) -> bytes:
    packet = Packet(Protocol.UDP, source.ip, source.port, to.ip, to.port, payload=payload)
    return frame_of(packet, source_mac=bytes(6), destination_mac=bytes.fromhex("020000000002"))


def speech(
    source: TransportAddress, to: TransportAddress, count: int, *, seed: int = 0, ssrc: int = 0x1234
) -> Frames:
    """G.711 every 20 ms from just below the wrap of the numbers; a tenth lost, some late and some swapped."""
    chooser = random.Random(seed)
    frames = []
    for number in range(count):
        if seed and 0 < number < count - 1 and chooser.random() < 0.1:
            continue
        # Not where the numbers wrap, and not at the end: tshark 4.0 takes the number that came last for the
        # highest, and a swap at the wrap for 65536 lost packets.
        delays = [0.0, 0.001, 0.004, 0.031] if 60 < number < count - 5 else [0.0, 0.001, 0.004]
        late = chooser.choice(delays) if seed else 0.0
        head = struct.pack(
            "!BBHII", 0x80, 0, (65_500 + number) % 65_536, (0xFFFFF000 + number * 160) % 2**32, ssrc
        )
        frames.append((BEGINS + number * 0.02 + late, udp(source, to, head + bytes(160))))
    return sorted(frames)
