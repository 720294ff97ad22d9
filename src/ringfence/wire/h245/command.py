"""H.245: commands."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import (
    CapabilityDescriptorNumber,
    CapabilityTableEntryNumber,
    GenericInformation,
    LogicalChannelNumber,
    NonStandardParameter,
    SequenceNumber,
)
from ringfence.wire.h245.media import EncryptionSync, MultiplePayloadStream
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


class SpecificRequest(Sequence):
    multiplexCapability: bool
    capabilityTableEntryNumbers: Annotated[list[CapabilityTableEntryNumber], Size(1, 65535)] | None = None
    capabilityDescriptorNumbers: Annotated[list[CapabilityDescriptorNumber], Size(1, 256)] | None = None


SendTerminalCapabilitySet: TypeAlias = (
    tuple[Literal["specificRequest"], SpecificRequest]
    | tuple[Literal["genericRequest"], Null]
    | UnknownAlternative
)


class EncryptionAlgorithmID(ClosedSequence):
    h233AlgorithmIdentifier: SequenceNumber
    associatedAlgorithm: NonStandardParameter


EncryptionCommand: TypeAlias = (
    tuple[Literal["encryptionSE"], bytes]
    | tuple[Literal["encryptionIVRequest"], Null]
    | tuple[Literal["encryptionAlgorithmID"], EncryptionAlgorithmID]
    | UnknownAlternative
)


FlowControlCommandScope: TypeAlias = (
    tuple[Literal["logicalChannelNumber"], LogicalChannelNumber]
    | tuple[Literal["resourceID"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["wholeMultiplex"], Null]
)


FlowControlCommandRestriction: TypeAlias = (
    tuple[Literal["maximumBitRate"], Annotated[int, Range(0, 16777215)]]
    | tuple[Literal["noRestriction"], Null]
)


class FlowControlCommand(Sequence):
    scope: FlowControlCommandScope
    restriction: FlowControlCommandRestriction


GstnOptions: TypeAlias = (
    tuple[Literal["telephonyMode"], Null]
    | tuple[Literal["v8bis"], Null]
    | tuple[Literal["v34DSVD"], Null]
    | tuple[Literal["v34DuplexFAX"], Null]
    | tuple[Literal["v34H324"], Null]
    | UnknownAlternative
)


IsdnOptions: TypeAlias = (
    tuple[Literal["telephonyMode"], Null]
    | tuple[Literal["v140"], Null]
    | tuple[Literal["terminalOnHold"], Null]
    | UnknownAlternative
)


EndSessionCommand: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["disconnect"], Null]
    | tuple[Literal["gstnOptions"], GstnOptions]
    | UnknownAlternative
    | tuple[Literal["isdnOptions"], IsdnOptions]
    | tuple[Literal["genericInformation"], list[GenericInformation]]
)


EncryptionUpdateDirection: TypeAlias = (
    tuple[Literal["masterToSlave"], Null] | tuple[Literal["slaveToMaster"], Null] | UnknownAlternative
)


class VideoFastUpdateGOB(ClosedSequence):
    firstGOB: Annotated[int, Range(0, 17)]
    numberOfGOBs: Annotated[int, Range(1, 18)]


class VideoFastUpdateMB(Sequence):
    firstGOB: Annotated[int, Range(0, 255)] | None = None
    firstMB: Annotated[int, Range(1, 8192)] | None = None
    numberOfMBs: Annotated[int, Range(1, 8192)]


ProgressiveRefinementStartRepeatCount: TypeAlias = (
    tuple[Literal["doOneProgression"], Null]
    | tuple[Literal["doContinuousProgressions"], Null]
    | tuple[Literal["doOneIndependentProgression"], Null]
    | tuple[Literal["doContinuousIndependentProgressions"], Null]
    | UnknownAlternative
)


class ProgressiveRefinementStart(Sequence):
    repeatCount: ProgressiveRefinementStartRepeatCount


class VideoBadMBs(Sequence):
    firstMB: Annotated[int, Range(1, 9216)]
    numberOfMBs: Annotated[int, Range(1, 9216)]
    temporalReference: Annotated[int, Range(0, 1023)]


PictureReference: TypeAlias = (
    tuple[Literal["pictureNumber"], Annotated[int, Range(0, 1023)]]
    | tuple[Literal["longTermPictureIndex"], Annotated[int, Range(0, 255)]]
    | UnknownAlternative
)


class LostPartialPicture(Sequence):
    pictureReference: PictureReference
    firstMB: Annotated[int, Range(1, 9216)]
    numberOfMBs: Annotated[int, Range(1, 9216)]


class EncryptionUpdateCommand(Sequence):
    encryptionSync: EncryptionSync
    multiplePayloadStream: MultiplePayloadStream | None = None


class EncryptionUpdateAck(Sequence):
    synchFlag: Annotated[int, Range(0, 255)]


class KeyProtectionMethod(Sequence):
    secureChannel: bool
    sharedSecret: bool
    certProtectedKey: bool


class EncryptionUpdateRequest(Sequence):
    keyProtectionMethod: KeyProtectionMethod | None = None
    synchFlag: Annotated[int, Range(0, 255)] | None = extension_addition()


MiscellaneousCommandType: TypeAlias = (
    tuple[Literal["equaliseDelay"], Null]
    | tuple[Literal["zeroDelay"], Null]
    | tuple[Literal["multipointModeCommand"], Null]
    | tuple[Literal["cancelMultipointModeCommand"], Null]
    | tuple[Literal["videoFreezePicture"], Null]
    | tuple[Literal["videoFastUpdatePicture"], Null]
    | tuple[Literal["videoFastUpdateGOB"], VideoFastUpdateGOB]
    | tuple[Literal["videoTemporalSpatialTradeOff"], Annotated[int, Range(0, 31)]]
    | tuple[Literal["videoSendSyncEveryGOB"], Null]
    | tuple[Literal["videoSendSyncEveryGOBCancel"], Null]
    | UnknownAlternative
    | tuple[Literal["videoFastUpdateMB"], VideoFastUpdateMB]
    | tuple[Literal["maxH223MUXPDUsize"], Annotated[int, Range(1, 65535)]]
    | tuple[Literal["encryptionUpdate"], EncryptionSync]
    | tuple[Literal["encryptionUpdateRequest"], EncryptionUpdateRequest]
    | tuple[Literal["switchReceiveMediaOff"], Null]
    | tuple[Literal["switchReceiveMediaOn"], Null]
    | tuple[Literal["progressiveRefinementStart"], ProgressiveRefinementStart]
    | tuple[Literal["progressiveRefinementAbortOne"], Null]
    | tuple[Literal["progressiveRefinementAbortContinuous"], Null]
    | tuple[Literal["videoBadMBs"], VideoBadMBs]
    | tuple[Literal["lostPicture"], list[PictureReference]]
    | tuple[Literal["lostPartialPicture"], LostPartialPicture]
    | tuple[Literal["recoveryReferencePicture"], list[PictureReference]]
    | tuple[Literal["encryptionUpdateCommand"], EncryptionUpdateCommand]
    | tuple[Literal["encryptionUpdateAck"], EncryptionUpdateAck]
)


class MiscellaneousCommand(Sequence):
    logicalChannelNumber: LogicalChannelNumber
    type: MiscellaneousCommandType
    direction: EncryptionUpdateDirection | None = extension_addition()


H223ModeChange: TypeAlias = (
    tuple[Literal["toLevel0"], Null]
    | tuple[Literal["toLevel1"], Null]
    | tuple[Literal["toLevel2"], Null]
    | tuple[Literal["toLevel2withOptionalHeader"], Null]
    | UnknownAlternative
)


H223AnnexADoubleFlag: TypeAlias = (
    tuple[Literal["start"], Null] | tuple[Literal["stop"], Null] | UnknownAlternative
)


H223MultiplexReconfiguration: TypeAlias = (
    tuple[Literal["h223ModeChange"], H223ModeChange]
    | tuple[Literal["h223AnnexADoubleFlag"], H223AnnexADoubleFlag]
    | UnknownAlternative
)


NewATMVCCommandAalAal1ClockRecovery: TypeAlias = (
    tuple[Literal["nullClockRecovery"], Null]
    | tuple[Literal["srtsClockRecovery"], Null]
    | tuple[Literal["adaptiveClockRecovery"], Null]
    | UnknownAlternative
)


NewATMVCCommandAalAal1ErrorCorrection: TypeAlias = (
    tuple[Literal["nullErrorCorrection"], Null]
    | tuple[Literal["longInterleaver"], Null]
    | tuple[Literal["shortInterleaver"], Null]
    | tuple[Literal["errorCorrectionOnly"], Null]
    | UnknownAlternative
)


class NewATMVCCommandAalAal1(Sequence):
    clockRecovery: NewATMVCCommandAalAal1ClockRecovery
    errorCorrection: NewATMVCCommandAalAal1ErrorCorrection
    structuredDataTransfer: bool
    partiallyFilledCells: bool


class NewATMVCCommandAalAal5(Sequence):
    forwardMaximumSDUSize: Annotated[int, Range(0, 65535)]
    backwardMaximumSDUSize: Annotated[int, Range(0, 65535)]


NewATMVCCommandAal: TypeAlias = (
    tuple[Literal["aal1"], NewATMVCCommandAalAal1]
    | tuple[Literal["aal5"], NewATMVCCommandAalAal5]
    | UnknownAlternative
)


NewATMVCCommandMultiplex: TypeAlias = (
    tuple[Literal["noMultiplex"], Null]
    | tuple[Literal["transportStream"], Null]
    | tuple[Literal["programStream"], Null]
    | UnknownAlternative
)


NewATMVCCommandReverseParametersMultiplex: TypeAlias = (
    tuple[Literal["noMultiplex"], Null]
    | tuple[Literal["transportStream"], Null]
    | tuple[Literal["programStream"], Null]
    | UnknownAlternative
)


class NewATMVCCommandReverseParameters(Sequence):
    bitRate: Annotated[int, Range(1, 65535)]
    bitRateLockedToPCRClock: bool
    bitRateLockedToNetworkClock: bool
    multiplex: NewATMVCCommandReverseParametersMultiplex


class NewATMVCCommand(Sequence):
    resourceID: Annotated[int, Range(0, 65535)]
    bitRate: Annotated[int, Range(1, 65535)]
    bitRateLockedToPCRClock: bool
    bitRateLockedToNetworkClock: bool
    aal: NewATMVCCommandAal
    multiplex: NewATMVCCommandMultiplex
    reverseParameters: NewATMVCCommandReverseParameters


Status: TypeAlias = (
    tuple[Literal["synchronized"], Null] | tuple[Literal["reconfiguration"], Null] | UnknownAlternative
)


class MobileMultilinkReconfigurationCommand(Sequence):
    sampleSize: Annotated[int, Range(1, 255)]
    samplesPerFrame: Annotated[int, Range(1, 255)]
    status: Status
