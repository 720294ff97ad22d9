"""The messages in a TCP direction, as words: TPKT and Q.931, HTTP first lines, TLS records.

Only what a judgement needs is read; bodies flow past. After a hole in the octets each reader finds its
place again at the next thing that looks like a beginning.
"""

from collections.abc import Iterator
from typing import Protocol as Structural

from ringfence.capture.tcp_reassembly import Ordered

_MAX_LINE = 2048  # an HTTP first line longer than this is no phone's and is cut
_TPKT_HEADER = 4
_SMALLEST_TPKT = 7  # RFC 1006 section 6: the packet length includes the header


class Words(Structural):
    """Octets in, words out, as they complete."""

    def take(self, ordered: Ordered) -> Iterator[str]: ...


class TpktWords:
    """RFC 1006 framing around Q.931 messages, cut anywhere."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def take(self, ordered: Ordered) -> Iterator[str]:
        held = ordered.data if ordered.gap else self._held + ordered.data
        while held:
            if held[0] != 3 or (len(held) > 1 and held[1] != 0):
                # Out of step, or not H.225.0 at all: begin again at whatever comes with the next segment.
                held = b""
                break
            if len(held) < _TPKT_HEADER:
                break
            length = int.from_bytes(held[2:4], "big")
            if length < _TPKT_HEADER:
                held = b""
                break
            if len(held) < length:
                break
            yield q931_word(held[_TPKT_HEADER:length])
            held = held[length:]
        self._held = held


def q931_word(message: bytes) -> str:
    """`SETUP` and so on (Q.931 table 4-2); an empty TPKT is H.225.0's keep-alive."""
    if not message:
        return "TPKT empty"
    if message[0] != 8 or len(message) < 3 or len(message) <= 2 + (message[1] & 15):
        return "TPKT that is not Q.931"
    kind = message[2 + (message[1] & 15)]
    return f"TPKT {_Q931.get(kind, f'message type {kind}')}"


_Q931 = {
    0x01: "ALERTING",
    0x02: "CALL PROCEEDING",
    0x03: "PROGRESS",
    0x05: "SETUP",
    0x07: "CONNECT",
    0x0D: "SETUP ACKNOWLEDGE",
    0x0F: "CONNECT ACKNOWLEDGE",
    0x20: "USER INFORMATION",
    0x45: "DISCONNECT",
    0x4D: "RELEASE",
    0x5A: "RELEASE COMPLETE",
    0x62: "FACILITY",
    0x6E: "NOTIFY",
    0x75: "STATUS INQUIRY",
    0x7B: "INFORMATION",
    0x7D: "STATUS",
}


class FirstLines:
    """HTTP/1.1 request and status lines (RFC 9112); a message is recognised by how it begins."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def take(self, ordered: Ordered) -> Iterator[str]:
        held = ordered.data if ordered.gap else self._held + ordered.data
        self._held = b""
        if not held.startswith((b"GET ", b"HEAD ", b"POST ", b"PUT ", b"HTTP/1.")):
            if len(held) < 8 and any(word.startswith(held) for word in (b"GET ", b"HEAD ", b"HTTP/1.")):
                self._held = held
            return
        line, end, _ = held.partition(b"\n")
        if not end and len(held) < _MAX_LINE:
            self._held = held
            return
        yield line[:_MAX_LINE].decode("latin-1").strip()


class TlsRecords:
    """The outer records of TLS (RFC 8446 section 5.1): handshake begun, alert, application data."""

    __slots__ = ("_held", "_hello", "_lost", "_skip")

    def __init__(self) -> None:
        self._held = b""
        self._skip = 0
        self._lost = False
        self._hello = False

    def take(self, ordered: Ordered) -> Iterator[str]:
        self._lost = self._lost or ordered.gap
        if self._lost:
            return
        data = self._held + ordered.data
        self._held = b""
        while data:
            if self._skip:
                step = min(self._skip, len(data))
                data, self._skip = data[step:], self._skip - step
                continue
            if len(data) < 7 and len(data) < 5 + int.from_bytes(data[3:5], "big"):
                self._held = data
                return
            length = int.from_bytes(data[3:5], "big")
            word = self._record(data[0], data[5:7])
            if word:
                yield word
            self._skip, data = length, data[5:]

    def _record(self, kind: int, body: bytes) -> str:
        if kind == 22 and not self._hello and body[:1] in {b"\1", b"\2"}:
            self._hello = True
            return "TLS ClientHello" if body[:1] == b"\1" else "TLS ServerHello"
        if kind == 21:
            # Encrypted alerts (TLS 1.3, or after the handshake) look like this too: level is then noise.
            if body[:1] in {b"\1", b"\2"} and len(body) == 2:
                return f"TLS alert {_ALERTS.get(body[1], str(body[1]))}"
            return "TLS alert"
        return "TLS data" if kind == 23 else ""


_ALERTS = {  # RFC 8446 section 6
    0: "close notify",
    40: "handshake failure",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    48: "unknown authority",
    70: "protocol version",
    80: "internal error",
    112: "unrecognized name",
    116: "certificate required",
}


class Guess:
    """Plain or TLS, decided by the first octet of the direction (TLS records begin 20-23)."""

    __slots__ = ("_chosen", "_plain")

    def __init__(self, plain: Words) -> None:
        self._plain = plain
        self._chosen: Words | None = None

    def take(self, ordered: Ordered) -> Iterator[str]:
        if not ordered.data:
            return
        if self._chosen is None:
            self._chosen = TlsRecords() if 20 <= ordered.data[0] <= 23 else self._plain
        yield from self._chosen.take(ordered)


def signalling_words() -> Words:
    return Guess(TpktWords())


def file_words() -> Words:
    return Guess(FirstLines())
