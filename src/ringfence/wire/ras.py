"""RAS messages (H.225.0 clause 7) and their octets: one message is one UDP datagram."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast, get_args

from ringfence.model.errors import DecodeError
from ringfence.wire import per
from ringfence.wire.cursor import OctetReader
from ringfence.wire.h225.ras_message import RasMessage
from ringfence.wire.per import EncodeError
from ringfence.wire.per.builder import codec, components
from ringfence.wire.per.codec import Codec
from ringfence.wire.per.notation import Sequence, UnknownAlternative
from ringfence.wire.per.sequence import preamble

__all__ = ["DecodeError", "EncodeError", "Glimpse", "RasMessage", "decode", "encode", "peek"]


def decode(data: bytes) -> RasMessage:
    """The message in a datagram; raises DecodeError, and nothing else, for whatever a peer sent."""
    return cast(RasMessage, per.decode(RasMessage, data))


def encode(message: RasMessage) -> bytes:
    """The datagram of a message; raises EncodeError with the path to what its type does not allow."""
    return per.encode(RasMessage, message)


class Glimpse(NamedTuple):
    """What the first octets of a datagram tell."""

    kind: type[Sequence]
    requestSeqNum: int


class _Head(NamedTuple):
    """What stands in front of a requestSeqNum: the width of the preamble, and optional components."""

    kind: type[Sequence]
    width: int
    optional: list[tuple[int, Codec]]


def peek(data: bytes) -> Glimpse | None:
    """Kind and number of a message whose rest may be damaged; None when even these cannot be read.

    For those who must answer more messages than they can decode: it costs a tenth of `decode`.
    """
    reader = OctetReader(bytes(data))
    heads, root = _heads()
    try:
        if reader.bits(1):
            # Behind the index of an addition stands the length of its open type.
            index = root + reader.bits(7)
            reader.length()
        else:
            index = reader.bits(5)
        if index >= len(heads):
            return None
        head = heads[index]
        present = reader.bits(head.width)
        for flag, component in head.optional:
            if present & flag:
                component.decode(reader)
        return Glimpse(head.kind, reader.number(2) + 1)
    except DecodeError:
        return None


@cache
def _heads() -> tuple[list[_Head], int]:
    """One for each alternative that is a class of its own, and how many of them are no additions."""
    alternatives = get_args(RasMessage)
    heads = []
    for kind in alternatives:
        if isinstance(kind, type) and issubclass(kind, Sequence):
            parts = components(kind)
            width, flags = preamble(kind, parts)
            # Only an InfoRequestResponse has anything in front of its number.
            ahead = next(index for index, part in enumerate(parts) if part.name == "requestSeqNum")
            codecs = [codec(part.annotation) for part in parts[:ahead]]
            heads.append(_Head(kind, width, list(zip(flags, codecs, strict=False))))
    return heads, alternatives.index(UnknownAlternative)
