"""Call signalling as the Linux helper reads it (measured with kernel 6.18).

Its tables are those of an older H.225.0. Where a message has a field that they lack, the decoder goes on at
the wrong place: such a message passes as it is, and nothing behind it in the same segment is read.
"""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from ringfence.model.errors import DecodeError
from ringfence.model.packet import Packet
from ringfence.policy.inspection.ends import Dialogue, Ways, address_of_end, end_of
from ringfence.policy.inspection.linux_media import MediaReader, opened_channel
from ringfence.policy.inspection.pinholes import Pinhole, Pinholes, Reads
from ringfence.wire import call_signalling, h225, tpkt
from ringfence.wire.call_signalling import CallSignal
from ringfence.wire.per import EncodeError

# Messages whose extension bits are more than its tables have; one without any is read.
_TOO_NEW = (h225.ConnectUUIE, h225.AlertingUUIE, h225.ReleaseCompleteUUIE)
# Pinholes of one connection (q931_exp_policy, h245_exp_policy): four pairs each way, and some more.
SIGNALLING_PINHOLES, CONTROL_PINHOLES = 20, 18
_TUNNELLED = 4  # items of h245Control that it looks at
_BAD_LENGTHS = frozenset({*range(9, 17), *range(24, 129)})  # of endpointIdentifier beside h245Tunnelling


class SignallingReader:
    """Reads the TPKTs of each segment, and opens pinholes for H.245 and media."""

    def __init__(self, pinholes: Pinholes) -> None:
        self._pinholes = pinholes
        self._media = MediaReader(pinholes, SIGNALLING_PINHOLES)

    def looks(self, packet: Packet, ways: Ways, dialogue: Dialogue, now: float) -> Packet:
        """The segment as it leaves."""
        return rewritten(packet, lambda octets: self._signal(octets, ways, dialogue, now))

    def _signal(self, octets: bytes, ways: Ways, dialogue: Dialogue, now: float) -> bytes | None:
        """The message as it leaves; None: it is not read, and nothing behind it."""
        try:
            signal = call_signalling.decode(octets)
        except DecodeError:
            return None
        if signal.user_information is None or not isinstance(signal.body, tuple) or not _read(signal):
            return None
        kind, body = signal.body
        if not isinstance(body, msgspec.Struct):
            return octets
        pdu = signal.user_information.h323_uu_pdu
        told = self._body(body, ways, dialogue, now)
        control = pdu.h245Control if _control_is_read(body) else None
        if control:
            read = [opened_channel(each, self._media, ways, dialogue, now) for each in control[:_TUNNELLED]]
            control = [*read, *control[_TUNNELLED:]]
        if told is body and control is None:
            return octets
        fields = {"h323_message_body": (kind, told), "h245Control": control or pdu.h245Control}
        information = msgspec.structs.replace(
            signal.user_information, h323_uu_pdu=msgspec.structs.replace(pdu, **fields)
        )
        try:
            left = call_signalling.encode(signal._replace(user_information=information))
        except EncodeError:
            return octets
        return left if len(left) == len(octets) else octets

    def _body(self, body: msgspec.Struct, ways: Ways, dialogue: Dialogue, now: float) -> msgspec.Struct:
        fields: dict[str, object] = {}
        h245 = getattr(body, "h245Address", None)
        if h245 is not None:
            fields["h245Address"] = self._call_control(h245, ways, dialogue, now)
        if isinstance(body, h225.SetupUUIE) and ways.translated:
            if body.destCallSignalAddress is not None:
                fields["destCallSignalAddress"] = address_of_end(*ways.peer)
            if body.sourceCallSignalAddress is not None:
                fields["sourceCallSignalAddress"] = address_of_end(*ways.seen)
        start = getattr(body, "fastStart", None)
        if start:
            fields["fastStart"] = [self._media.fast_start(each, ways, dialogue, now) for each in start]
        return msgspec.structs.replace(body, **fields) if fields else body

    def _call_control(
        self, said: h225.TransportAddress, ways: Ways, dialogue: Dialogue, now: float
    ) -> h225.TransportAddress:
        """Where the other side opens H.245: the sender's own address alone is expected."""
        end = end_of(said)
        if end is None or end[0] != ways.mine[0] or not end[1]:
            return said
        known = dialogue.signalling.get(ways.reply) == end[1]
        outside = dialogue.signalling[not ways.reply] if known and ways.mine_translated else end[1]
        for port in range(outside, 65536):
            pinhole = Pinhole(
                ways.protocol,
                ways.peer[0],
                (ways.seen[0], port),
                end,
                now + self._media.lasts,
                ways.name,
                Reads.CALL_CONTROL,
                once=True,
            )
            if self._pinholes.add(pinhole, now, SIGNALLING_PINHOLES):
                if not ways.mine_translated:
                    return said
                dialogue.signalling = {ways.reply: end[1], not ways.reply: port}
                return address_of_end(ways.seen[0], port)
        return said


class ControlReader:
    """Reads H.245 on a connection of its own: OpenLogicalChannel and its acknowledgement."""

    def __init__(self, pinholes: Pinholes) -> None:
        self._media = MediaReader(pinholes, CONTROL_PINHOLES)

    def looks(self, packet: Packet, ways: Ways, dialogue: Dialogue, now: float) -> Packet:
        """The segment as it leaves."""
        return rewritten(packet, lambda octets: opened_channel(octets, self._media, ways, dialogue, now))


def rewritten(packet: Packet, read: Callable[[bytes], bytes | None]) -> Packet:
    """The segment with each of its whole TPKTs as `read` makes it, up to one that is not read.

    A message that goes on in the next segment is not read either.
    """
    data, start, left = packet.payload, 0, b""
    while len(data) - start >= tpkt.TPKT_HEADER and data[start] == tpkt.VERSION:
        length = int.from_bytes(data[start + 2 : start + tpkt.TPKT_HEADER], "big")
        if not tpkt.TPKT_HEADER < length <= len(data) - start:
            break
        told = read(data[start + tpkt.TPKT_HEADER : start + length])
        if told is None:
            break
        left += tpkt.frame(told)
        start += length
    whole = left + data[start:]
    return packet if whole == data else replace(packet, payload=whole)


def _read(signal: CallSignal) -> bool:
    """Whether the kernel's decoder reads the message to its end."""
    if signal.user_information is None or not isinstance(signal.body, tuple):
        return False
    pdu, body = signal.user_information.h323_uu_pdu, signal.body[1]
    if isinstance(body, _TOO_NEW):
        return not has_additions(body)
    if isinstance(body, h225.SetupUUIE) and body.endpointIdentifier is not None:
        return pdu.h245Tunneling is None or len(body.endpointIdentifier) not in _BAD_LENGTHS
    return True


def _control_is_read(body: msgspec.Struct) -> bool:
    """Of a Setup with one of these the decoder is lost before it comes to h245Control."""
    if not isinstance(body, h225.SetupUUIE):
        return True
    fields = (body.endpointIdentifier, body.multipleCalls, body.maintainConnection)
    return all(field is None for field in fields)


def has_additions(body: h225.ConnectUUIE | h225.AlertingUUIE | h225.ReleaseCompleteUUIE) -> bool:
    """Whether any extension addition is there: they stand behind the root in the struct."""
    names = [name for name in body.__struct_fields__ if name != "unknown_"]
    return any(getattr(body, name) is not None for name in names[body.root_ :])
