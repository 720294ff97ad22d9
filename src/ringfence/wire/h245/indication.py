"""H.245: indications."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import LogicalChannelNumber, NonStandardIdentifier, TransportAddress
from ringfence.wire.h245.transport import TransportCapability
from ringfence.wire.per.notation import Null, Range, Sequence, Size, UnknownAlternative, extension_addition

FunctionNotSupportedCause: TypeAlias = (
    tuple[Literal["syntaxError"], Null]
    | tuple[Literal["semanticError"], Null]
    | tuple[Literal["unknownFunction"], Null]
    | UnknownAlternative
)


class FunctionNotSupported(Sequence):
    cause: FunctionNotSupportedCause
    returnedFunction: bytes | None = None


class VideoNotDecodedMBs(Sequence):
    firstMB: Annotated[int, Range(1, 8192)]
    numberOfMBs: Annotated[int, Range(1, 8192)]
    temporalReference: Annotated[int, Range(0, 255)]


MiscellaneousIndicationType: TypeAlias = (
    tuple[Literal["logicalChannelActive"], Null]
    | tuple[Literal["logicalChannelInactive"], Null]
    | tuple[Literal["multipointConference"], Null]
    | tuple[Literal["cancelMultipointConference"], Null]
    | tuple[Literal["multipointZeroComm"], Null]
    | tuple[Literal["cancelMultipointZeroComm"], Null]
    | tuple[Literal["multipointSecondaryStatus"], Null]
    | tuple[Literal["cancelMultipointSecondaryStatus"], Null]
    | tuple[Literal["videoIndicateReadyToActivate"], Null]
    | tuple[Literal["videoTemporalSpatialTradeOff"], Annotated[int, Range(0, 31)]]
    | UnknownAlternative
    | tuple[Literal["videoNotDecodedMBs"], VideoNotDecodedMBs]
    | tuple[Literal["transportCapability"], TransportCapability]
)


class MiscellaneousIndication(Sequence):
    logicalChannelNumber: LogicalChannelNumber
    type: MiscellaneousIndicationType


JitterIndicationScope: TypeAlias = (
    tuple[Literal["logicalChannelNumber"], LogicalChannelNumber]
    | tuple[Literal["resourceID"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["wholeMultiplex"], Null]
)


class JitterIndication(Sequence):
    scope: JitterIndicationScope
    estimatedReceivedJitterMantissa: Annotated[int, Range(0, 3)]
    estimatedReceivedJitterExponent: Annotated[int, Range(0, 7)]
    skippedFrameCount: Annotated[int, Range(0, 15)] | None = None
    additionalDecoderBuffer: Annotated[int, Range(0, 262143)] | None = None


class H223SkewIndication(Sequence):
    logicalChannelNumber1: LogicalChannelNumber
    logicalChannelNumber2: LogicalChannelNumber
    skew: Annotated[int, Range(0, 4095)]


class H2250MaximumSkewIndication(Sequence):
    logicalChannelNumber1: LogicalChannelNumber
    logicalChannelNumber2: LogicalChannelNumber
    maximumSkew: Annotated[int, Range(0, 4095)]


class MCLocationIndication(Sequence):
    signalAddress: TransportAddress


class VendorIdentification(Sequence):
    vendor: NonStandardIdentifier
    productNumber: Annotated[bytes, Size(1, 256)] | None = None
    versionNumber: Annotated[bytes, Size(1, 256)] | None = None


NewATMVCIndicationAalAal1ClockRecovery: TypeAlias = (
    tuple[Literal["nullClockRecovery"], Null]
    | tuple[Literal["srtsClockRecovery"], Null]
    | tuple[Literal["adaptiveClockRecovery"], Null]
    | UnknownAlternative
)


NewATMVCIndicationAalAal1ErrorCorrection: TypeAlias = (
    tuple[Literal["nullErrorCorrection"], Null]
    | tuple[Literal["longInterleaver"], Null]
    | tuple[Literal["shortInterleaver"], Null]
    | tuple[Literal["errorCorrectionOnly"], Null]
    | UnknownAlternative
)


class NewATMVCIndicationAalAal1(Sequence):
    clockRecovery: NewATMVCIndicationAalAal1ClockRecovery
    errorCorrection: NewATMVCIndicationAalAal1ErrorCorrection
    structuredDataTransfer: bool
    partiallyFilledCells: bool


class NewATMVCIndicationAalAal5(Sequence):
    forwardMaximumSDUSize: Annotated[int, Range(0, 65535)]
    backwardMaximumSDUSize: Annotated[int, Range(0, 65535)]


NewATMVCIndicationAal: TypeAlias = (
    tuple[Literal["aal1"], NewATMVCIndicationAalAal1]
    | tuple[Literal["aal5"], NewATMVCIndicationAalAal5]
    | UnknownAlternative
)


NewATMVCIndicationMultiplex: TypeAlias = (
    tuple[Literal["noMultiplex"], Null]
    | tuple[Literal["transportStream"], Null]
    | tuple[Literal["programStream"], Null]
    | UnknownAlternative
)


NewATMVCIndicationReverseParametersMultiplex: TypeAlias = (
    tuple[Literal["noMultiplex"], Null]
    | tuple[Literal["transportStream"], Null]
    | tuple[Literal["programStream"], Null]
    | UnknownAlternative
)


class NewATMVCIndicationReverseParameters(Sequence):
    bitRate: Annotated[int, Range(1, 65535)]
    bitRateLockedToPCRClock: bool
    bitRateLockedToNetworkClock: bool
    multiplex: NewATMVCIndicationReverseParametersMultiplex


class NewATMVCIndication(Sequence):
    resourceID: Annotated[int, Range(0, 65535)]
    bitRate: Annotated[int, Range(1, 65535)]
    bitRateLockedToPCRClock: bool
    bitRateLockedToNetworkClock: bool
    aal: NewATMVCIndicationAal
    multiplex: NewATMVCIndicationMultiplex
    reverseParameters: NewATMVCIndicationReverseParameters | None = extension_addition()


class MobileMultilinkReconfigurationIndication(Sequence):
    sampleSize: Annotated[int, Range(1, 255)]
    samplesPerFrame: Annotated[int, Range(1, 255)]


FlowControlIndicationScope: TypeAlias = (
    tuple[Literal["logicalChannelNumber"], LogicalChannelNumber]
    | tuple[Literal["resourceID"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["wholeMultiplex"], Null]
)


FlowControlIndicationRestriction: TypeAlias = (
    tuple[Literal["maximumBitRate"], Annotated[int, Range(0, 16777215)]]
    | tuple[Literal["noRestriction"], Null]
)


class FlowControlIndication(Sequence):
    scope: FlowControlIndicationScope
    restriction: FlowControlIndicationRestriction
