"""H.245: multiplex table signalling."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import MultiplexTableEntryNumber, SequenceNumber
from ringfence.wire.per.notation import ClosedSequence, Null, Range, Sequence, Size, UnknownAlternative

MultiplexElementRepeatCount: TypeAlias = (
    tuple[Literal["finite"], Annotated[int, Range(1, 65535)]] | tuple[Literal["untilClosingFlag"], Null]
)


class MultiplexElement(ClosedSequence):
    type: MultiplexElementType
    repeatCount: MultiplexElementRepeatCount


MultiplexElementType: TypeAlias = (
    tuple[Literal["logicalChannelNumber"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["subElementList"], Annotated[list[MultiplexElement], Size(2, 255)]]
)


class MultiplexEntryDescriptor(ClosedSequence):
    multiplexTableEntryNumber: MultiplexTableEntryNumber
    elementList: Annotated[list[MultiplexElement], Size(1, 256)] | None = None


class MultiplexEntrySend(Sequence):
    sequenceNumber: SequenceNumber
    multiplexEntryDescriptors: Annotated[list[MultiplexEntryDescriptor], Size(1, 15)]


class MultiplexEntrySendAck(Sequence):
    sequenceNumber: SequenceNumber
    multiplexTableEntryNumber: Annotated[list[MultiplexTableEntryNumber], Size(1, 15)]


MultiplexEntryRejectionDescriptionsCause: TypeAlias = (
    tuple[Literal["unspecifiedCause"], Null]
    | tuple[Literal["descriptorTooComplex"], Null]
    | UnknownAlternative
)


class MultiplexEntryRejectionDescriptions(Sequence):
    multiplexTableEntryNumber: MultiplexTableEntryNumber
    cause: MultiplexEntryRejectionDescriptionsCause


class MultiplexEntrySendReject(Sequence):
    sequenceNumber: SequenceNumber
    rejectionDescriptions: Annotated[list[MultiplexEntryRejectionDescriptions], Size(1, 15)]


class MultiplexEntrySendRelease(Sequence):
    multiplexTableEntryNumber: Annotated[list[MultiplexTableEntryNumber], Size(1, 15)]


class RequestMultiplexEntry(Sequence):
    entryNumbers: Annotated[list[MultiplexTableEntryNumber], Size(1, 15)]


class RequestMultiplexEntryAck(Sequence):
    entryNumbers: Annotated[list[MultiplexTableEntryNumber], Size(1, 15)]


RequestMultiplexEntryRejectionDescriptionsCause: TypeAlias = (
    tuple[Literal["unspecifiedCause"], Null] | UnknownAlternative
)


class RequestMultiplexEntryRejectionDescriptions(Sequence):
    multiplexTableEntryNumber: MultiplexTableEntryNumber
    cause: RequestMultiplexEntryRejectionDescriptionsCause


class RequestMultiplexEntryReject(Sequence):
    entryNumbers: Annotated[list[MultiplexTableEntryNumber], Size(1, 15)]
    rejectionDescriptions: Annotated[list[RequestMultiplexEntryRejectionDescriptions], Size(1, 15)]


class RequestMultiplexEntryRelease(Sequence):
    entryNumbers: Annotated[list[MultiplexTableEntryNumber], Size(1, 15)]
