"""H.245: multilink and logical channel rate."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import LogicalChannelNumber, NonStandardMessage, SequenceNumber
from ringfence.wire.per.notation import IA5, NUMERIC, Null, Range, Sequence, Size, UnknownAlternative


class MultilinkRequestCallInformation(Sequence):
    maxNumberOfAdditionalConnections: Annotated[int, Range(1, 65535)]


DialingInformationNetworkType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["n-isdn"], Null]
    | tuple[Literal["gstn"], Null]
    | UnknownAlternative
    | tuple[Literal["mobile"], Null]
)


class DialingInformationNumber(Sequence):
    networkAddress: Annotated[str, NUMERIC, Size(0, 40)]
    subAddress: Annotated[str, IA5, Size(1, 40)] | None = None
    networkType: Annotated[list[DialingInformationNetworkType], Size(1, 255)]


DialingInformation: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["differential"], Annotated[list[DialingInformationNumber], Size(1, 65535)]]
    | tuple[Literal["infoNotAvailable"], Annotated[int, Range(1, 65535)]]
    | UnknownAlternative
)


class MultilinkRequestAddConnection(Sequence):
    sequenceNumber: SequenceNumber
    dialingInformation: DialingInformation


class ConnectionIdentifier(Sequence):
    channelTag: Annotated[int, Range(0, 4294967295)]
    sequenceNumber: Annotated[int, Range(0, 4294967295)]


class MultilinkRequestRemoveConnection(Sequence):
    connectionIdentifier: ConnectionIdentifier


RequestType: TypeAlias = (
    tuple[Literal["currentIntervalInformation"], Null]
    | tuple[Literal["requestedInterval"], Annotated[int, Range(0, 65535)]]
    | UnknownAlternative
)


class MultilinkRequestMaximumHeaderInterval(Sequence):
    requestType: RequestType


MultilinkRequest: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["callInformation"], MultilinkRequestCallInformation]
    | tuple[Literal["addConnection"], MultilinkRequestAddConnection]
    | tuple[Literal["removeConnection"], MultilinkRequestRemoveConnection]
    | tuple[Literal["maximumHeaderInterval"], MultilinkRequestMaximumHeaderInterval]
    | UnknownAlternative
)


class MultilinkResponseCallInformation(Sequence):
    dialingInformation: DialingInformation
    callAssociationNumber: Annotated[int, Range(0, 4294967295)]


Rejected: TypeAlias = (
    tuple[Literal["connectionsNotAvailable"], Null]
    | tuple[Literal["userRejected"], Null]
    | UnknownAlternative
)


ResponseCode: TypeAlias = (
    tuple[Literal["accepted"], Null] | tuple[Literal["rejected"], Rejected] | UnknownAlternative
)


class MultilinkResponseAddConnection(Sequence):
    sequenceNumber: SequenceNumber
    responseCode: ResponseCode


class MultilinkResponseRemoveConnection(Sequence):
    connectionIdentifier: ConnectionIdentifier


class MultilinkResponseMaximumHeaderInterval(Sequence):
    currentInterval: Annotated[int, Range(0, 65535)]


MultilinkResponse: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["callInformation"], MultilinkResponseCallInformation]
    | tuple[Literal["addConnection"], MultilinkResponseAddConnection]
    | tuple[Literal["removeConnection"], MultilinkResponseRemoveConnection]
    | tuple[Literal["maximumHeaderInterval"], MultilinkResponseMaximumHeaderInterval]
    | UnknownAlternative
)


class CrcDesired(Sequence):
    pass


class ExcessiveError(Sequence):
    connectionIdentifier: ConnectionIdentifier


MultilinkIndication: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["crcDesired"], CrcDesired]
    | tuple[Literal["excessiveError"], ExcessiveError]
    | UnknownAlternative
)


MaximumBitRate: TypeAlias = Annotated[int, Range(0, 4294967295)]


class LogicalChannelRateRequest(Sequence):
    sequenceNumber: SequenceNumber
    logicalChannelNumber: LogicalChannelNumber
    maximumBitRate: MaximumBitRate


class LogicalChannelRateAcknowledge(Sequence):
    sequenceNumber: SequenceNumber
    logicalChannelNumber: LogicalChannelNumber
    maximumBitRate: MaximumBitRate


LogicalChannelRateRejectReason: TypeAlias = (
    tuple[Literal["undefinedReason"], Null]
    | tuple[Literal["insufficientResources"], Null]
    | UnknownAlternative
)


class LogicalChannelRateReject(Sequence):
    sequenceNumber: SequenceNumber
    logicalChannelNumber: LogicalChannelNumber
    rejectReason: LogicalChannelRateRejectReason
    currentMaximumBitRate: MaximumBitRate | None = None


class LogicalChannelRateRelease(Sequence):
    pass
