"""TPKT (RFC 1006 section 6): what cuts a TCP stream into call signalling or H.245 messages."""

from __future__ import annotations

from ringfence.model.errors import DecodeError

VERSION = 3
TPKT_HEADER = 4
# What the length field can say, header included.
LONGEST_TPKT = 0xFFFF


def frame(message: bytes) -> bytes:
    """`message` (0 to 65531 octets) behind its header; raises ValueError when it is longer."""
    length = TPKT_HEADER + len(message)
    if length > LONGEST_TPKT:
        raise ValueError(f"a TPKT holds at most {LONGEST_TPKT - TPKT_HEADER} octets, not {len(message)}")
    return bytes((VERSION, 0)) + length.to_bytes(2, "big") + message


def split(stream: bytes, longest: int = LONGEST_TPKT) -> tuple[list[bytes], bytes]:
    """The complete messages at the start of `stream`, and what is left to put in front of the next octets.

    A header on its own is an empty message: some peers send it to keep the connection alive. Raises
    DecodeError at the first octet that cannot start a packet, or for one of more than `longest` octets;
    there is no way to find the next packet then, so the connection is of no use any more.
    """
    messages = []
    start = 0
    while len(stream) - start >= TPKT_HEADER:
        length = int.from_bytes(stream[start + 2 : start + TPKT_HEADER], "big")
        if stream[start] != VERSION:
            raise DecodeError(f"TPKT version {stream[start]} instead of {VERSION}", start)
        if not TPKT_HEADER <= length <= longest:
            raise DecodeError(f"TPKT length {length} is not in {TPKT_HEADER}..{longest}", start + 2)
        if len(stream) - start < length:
            break
        messages.append(stream[start + TPKT_HEADER : start + length])
        start += length
    rest = stream[start:]
    if rest and rest[0] != VERSION:
        raise DecodeError(f"TPKT version {rest[0]} instead of {VERSION}", start)
    return messages, rest
