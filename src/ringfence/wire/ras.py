"""RAS messages (H.225.0 clause 7) and their octets: one message is one UDP datagram."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast, get_args

from ringfence.model.errors import DecodeError
from ringfence.wire import per
from ringfence.wire.cursor import Reader
from ringfence.wire.h225.ras_message import RasMessage
from ringfence.wire.per import EncodeError
from ringfence.wire.per.builder import preamble_width
from ringfence.wire.per.notation import Sequence, UnknownAlternative

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


def peek(data: bytes) -> Glimpse | None:
    """Kind and number of a message whose rest may be damaged; None when even these cannot be read.

    For those who must answer more messages than they can decode: it costs a tenth of `decode`. Every message
    but admissionConfirmSequence begins with its sequence number.
    """
    reader = Reader(bytes(data[:16]))
    kinds, root = _kinds()
    try:
        if reader.bits(1):
            # Behind the index of an addition stands the length of its open type.
            index = root + reader.bits(7)
            reader.length()
        else:
            index = reader.bits(5)
        if index >= len(kinds):
            return None
        kind, width = kinds[index]
        reader.bits(width)
        return Glimpse(kind, reader.number(2) + 1)
    except DecodeError:
        return None


@cache
def _kinds() -> tuple[list[tuple[type[Sequence], int]], int]:
    alternatives = get_args(RasMessage)
    classes = [each for each in alternatives if isinstance(each, type) and each is not UnknownAlternative]
    return [(each, preamble_width(each)) for each in classes], alternatives.index(UnknownAlternative)
