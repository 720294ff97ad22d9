"""IP fragments back into packets, within bounds (RFC 791 section 3.2, RFC 8200 section 4.5)."""

from collections import OrderedDict
from dataclasses import dataclass, field

import msgspec

from ringfence.capture.dissect import ArpClaim, Datagram, OpaqueFrame, reassembled

_MAX_PENDING = 256  # packets being put together; the oldest is given up
_MAX_OCTETS = 65535  # of one packet, which IP cannot exceed
_MAX_PIECES = 128
_LIFETIME = 30.0  # seconds; RFC 1122 section 3.3.2 asks for 60-120, a path that long is of no use here


@dataclass(slots=True)
class _Pending:
    since: float
    first: Datagram
    pieces: dict[int, bytes] = field(default_factory=dict)
    length: int | None = None


class Defragmenter:
    """Give it packets; it gives back whole ones. `lost` counts those that never became whole."""

    def __init__(self) -> None:
        self._pending: OrderedDict[tuple[object, ...], _Pending] = OrderedDict()
        self._given_up = 0

    @property
    def lost(self) -> int:
        return self._given_up + len(self._pending)

    def take(self, packet: Datagram) -> Datagram | ArpClaim | OpaqueFrame | None:
        """The packet itself when it is whole, the whole when this piece completes it, else None.

        Of a whole that carries another packet, that one.
        """
        piece = packet.fragment
        if piece is None:
            return packet
        key = (packet.tap, packet.source, packet.destination, packet.protocol, packet.identification)
        pending = self._pending.get(key)
        if pending is None or abs(packet.time - pending.since) > _LIFETIME:
            self._given_up += pending is not None
            pending = self._pending[key] = _Pending(packet.time, packet)
            if len(self._pending) > _MAX_PENDING:
                self._pending.popitem(last=False)
                self._given_up += 1
        pending.pieces.setdefault(piece.offset, packet.payload)
        if piece.offset == 0:
            pending.first = packet
        if not piece.more:
            pending.length = piece.offset + len(packet.payload)
        if len(pending.pieces) > _MAX_PIECES:
            del self._pending[key]
            self._given_up += 1
            return None
        data = _joined(pending)
        if data is None:
            return None
        del self._pending[key]
        whole = reassembled(msgspec.structs.replace(pending.first, payload=data, fragment=None))
        return self.take(whole) if isinstance(whole, Datagram) else whole


def _joined(pending: _Pending) -> bytes | None:
    """The payload when no octet is missing. Of overlapping pieces the earlier offset wins."""
    if pending.length is None or pending.length > _MAX_OCTETS:
        return None
    data = bytearray()
    for offset in sorted(pending.pieces):
        if offset > len(data):
            return None
        data += pending.pieces[offset][len(data) - offset :]
    return bytes(data[: pending.length]) if len(data) >= pending.length else None
