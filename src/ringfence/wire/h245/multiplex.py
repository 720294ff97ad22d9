"""H.245: multiplex capabilities."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import CapabilityTableEntryNumber, NonStandardParameter, Q2931Address
from ringfence.wire.h245.data import DataApplicationCapability, GenericCapability
from ringfence.wire.h245.transport import MediaPacketizationCapability, TransportCapability
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


class VCCapabilityAal1(Sequence):
    nullClockRecovery: bool
    srtsClockRecovery: bool
    adaptiveClockRecovery: bool
    nullErrorCorrection: bool
    longInterleaver: bool
    shortInterleaver: bool
    errorCorrectionOnly: bool
    structuredDataTransfer: bool
    partiallyFilledCells: bool


class VCCapabilityAal5(Sequence):
    forwardMaximumSDUSize: Annotated[int, Range(0, 65535)]
    backwardMaximumSDUSize: Annotated[int, Range(0, 65535)]


class RangeOfBitRates(ClosedSequence):
    lowerBitRate: Annotated[int, Range(1, 65535)]
    higherBitRate: Annotated[int, Range(1, 65535)]


AvailableBitRatesType: TypeAlias = (
    tuple[Literal["singleBitRate"], Annotated[int, Range(1, 65535)]]
    | tuple[Literal["rangeOfBitRates"], RangeOfBitRates]
)


class AvailableBitRates(Sequence):
    type: AvailableBitRatesType


class Aal1ViaGateway(Sequence):
    gatewayAddress: Annotated[list[Q2931Address], Size(1, 256)]
    nullClockRecovery: bool
    srtsClockRecovery: bool
    adaptiveClockRecovery: bool
    nullErrorCorrection: bool
    longInterleaver: bool
    shortInterleaver: bool
    errorCorrectionOnly: bool
    structuredDataTransfer: bool
    partiallyFilledCells: bool


class VCCapability(Sequence):
    aal1: VCCapabilityAal1 | None = None
    aal5: VCCapabilityAal5 | None = None
    transportStream: bool
    programStream: bool
    availableBitRates: AvailableBitRates
    aal1ViaGateway: Aal1ViaGateway | None = extension_addition()


class H222Capability(Sequence):
    numberOfVCs: Annotated[int, Range(1, 256)]
    vcCapability: list[VCCapability]


class Enhanced(Sequence):
    maximumNestingDepth: Annotated[int, Range(1, 15)]
    maximumElementListSize: Annotated[int, Range(2, 255)]
    maximumSubElementListSize: Annotated[int, Range(2, 255)]


H223MultiplexTableCapability: TypeAlias = tuple[Literal["basic"], Null] | tuple[Literal["enhanced"], Enhanced]


class MobileOperationTransmitCapability(Sequence):
    modeChangeCapability: bool
    h223AnnexA: bool
    h223AnnexADoubleFlag: bool
    h223AnnexB: bool
    h223AnnexBwithHeader: bool


class MobileMultilinkFrameCapability(Sequence):
    maximumSampleSize: Annotated[int, Range(1, 255)]
    maximumPayloadLength: Annotated[int, Range(1, 65025)]


class H223AnnexCCapability(Sequence):
    videoWithAL1M: bool
    videoWithAL2M: bool
    videoWithAL3M: bool
    audioWithAL1M: bool
    audioWithAL2M: bool
    audioWithAL3M: bool
    dataWithAL1M: bool
    dataWithAL2M: bool
    dataWithAL3M: bool
    alpduInterleaving: bool
    maximumAL1MPDUSize: Annotated[int, Range(0, 65535)]
    maximumAL2MSDUSize: Annotated[int, Range(0, 65535)]
    maximumAL3MSDUSize: Annotated[int, Range(0, 65535)]
    rsCodeCapability: bool | None = extension_addition()


class H223Capability(Sequence):
    transportWithI_frames: bool
    videoWithAL1: bool
    videoWithAL2: bool
    videoWithAL3: bool
    audioWithAL1: bool
    audioWithAL2: bool
    audioWithAL3: bool
    dataWithAL1: bool
    dataWithAL2: bool
    dataWithAL3: bool
    maximumAl2SDUSize: Annotated[int, Range(0, 65535)]
    maximumAl3SDUSize: Annotated[int, Range(0, 65535)]
    maximumDelayJitter: Annotated[int, Range(0, 1023)]
    h223MultiplexTableCapability: H223MultiplexTableCapability
    maxMUXPDUSizeCapability: bool | None = extension_addition()
    nsrpSupport: bool | None = extension_addition()
    mobileOperationTransmitCapability: MobileOperationTransmitCapability | None = extension_addition()
    h223AnnexCCapability: H223AnnexCCapability | None = extension_addition()
    bitRate: Annotated[int, Range(1, 19200)] | None = extension_addition()
    mobileMultilinkFrameCapability: MobileMultilinkFrameCapability | None = extension_addition()


class V75Capability(Sequence):
    audioHeader: bool


class V76Capability(Sequence):
    suspendResumeCapabilitywAddress: bool
    suspendResumeCapabilitywoAddress: bool
    rejCapability: bool
    sREJCapability: bool
    mREJCapability: bool
    crc8bitCapability: bool
    crc16bitCapability: bool
    crc32bitCapability: bool
    uihCapability: bool
    numOfDLCS: Annotated[int, Range(2, 8191)]
    twoOctetAddressFieldCapability: bool
    loopBackTestCapability: bool
    n401Capability: Annotated[int, Range(1, 4095)]
    maxWindowSizeCapability: Annotated[int, Range(1, 127)]
    v75Capability: V75Capability


class McCapability(Sequence):
    centralizedConferenceMC: bool
    decentralizedConferenceMC: bool


class RTPH263VideoRedundancyFrameMapping(Sequence):
    threadNumber: Annotated[int, Range(0, 15)]
    frameSequence: Annotated[list[Annotated[int, Range(0, 255)]], Size(1, 256)]


FrameToThreadMapping: TypeAlias = (
    tuple[Literal["roundrobin"], Null]
    | tuple[Literal["custom"], Annotated[list[RTPH263VideoRedundancyFrameMapping], Size(1, 256)]]
    | UnknownAlternative
)


class RTPH263VideoRedundancyEncoding(Sequence):
    numberOfThreads: Annotated[int, Range(1, 16)]
    framesBetweenSyncPoints: Annotated[int, Range(1, 256)]
    frameToThreadMapping: FrameToThreadMapping
    containedThreads: Annotated[list[Annotated[int, Range(0, 15)]], Size(1, 256)] | None = None


RedundancyEncodingMethod: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["rtpAudioRedundancyEncoding"], Null]
    | UnknownAlternative
    | tuple[Literal["rtpH263VideoRedundancyEncoding"], RTPH263VideoRedundancyEncoding]
)


class RedundancyEncodingCapability(Sequence):
    redundancyEncodingMethod: RedundancyEncodingMethod
    primaryEncoding: CapabilityTableEntryNumber
    secondaryEncoding: Annotated[list[CapabilityTableEntryNumber], Size(1, 256)] | None = None


class MediaDistributionCapability(Sequence):
    centralizedControl: bool
    distributedControl: bool
    centralizedAudio: bool
    distributedAudio: bool
    centralizedVideo: bool
    distributedVideo: bool
    centralizedData: list[DataApplicationCapability] | None = None
    distributedData: list[DataApplicationCapability] | None = None


class MultipointCapability(Sequence):
    multicastCapability: bool
    multiUniCastConference: bool
    mediaDistributionCapability: list[MediaDistributionCapability]


class H2250Capability(Sequence):
    maximumAudioDelayJitter: Annotated[int, Range(0, 1023)]
    receiveMultipointCapability: MultipointCapability
    transmitMultipointCapability: MultipointCapability
    receiveAndTransmitMultipointCapability: MultipointCapability
    mcCapability: McCapability
    rtcpVideoControlCapability: bool
    mediaPacketizationCapability: MediaPacketizationCapability
    transportCapability: TransportCapability | None = extension_addition()
    redundancyEncodingCapability: Annotated[list[RedundancyEncodingCapability], Size(1, 256)] | None = (
        extension_addition()
    )
    logicalChannelSwitchingCapability: bool | None = extension_addition()
    t120DynamicPortCapability: bool | None = extension_addition()


MultiplexCapability: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["h222Capability"], H222Capability]
    | tuple[Literal["h223Capability"], H223Capability]
    | tuple[Literal["v76Capability"], V76Capability]
    | UnknownAlternative
    | tuple[Literal["h2250Capability"], H2250Capability]
    | tuple[Literal["genericMultiplexCapability"], GenericCapability]
)
