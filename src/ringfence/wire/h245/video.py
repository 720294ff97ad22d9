"""H.245: video capabilities."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import NonStandardParameter
from ringfence.wire.h245.data import GenericCapability
from ringfence.wire.per.notation import Null, Range, Sequence, Size, UnknownAlternative, extension_addition


class ExtendedVideoCapability(Sequence):
    videoCapability: list[VideoCapability]
    videoCapabilityExtension: list[GenericCapability] | None = None


class H261VideoCapability(Sequence):
    qcifMPI: Annotated[int, Range(1, 4)] | None = None
    cifMPI: Annotated[int, Range(1, 4)] | None = None
    temporalSpatialTradeOffCapability: bool
    maxBitRate: Annotated[int, Range(1, 19200)]
    stillImageTransmission: bool
    videoBadMBsCap: bool | None = extension_addition()


class H262VideoCapability(Sequence):
    profileAndLevel_SPatML: bool
    profileAndLevel_MPatLL: bool
    profileAndLevel_MPatML: bool
    profileAndLevel_MPatH_14: bool
    profileAndLevel_MPatHL: bool
    profileAndLevel_SNRatLL: bool
    profileAndLevel_SNRatML: bool
    profileAndLevel_SpatialatH_14: bool
    profileAndLevel_HPatML: bool
    profileAndLevel_HPatH_14: bool
    profileAndLevel_HPatHL: bool
    videoBitRate: Annotated[int, Range(0, 1073741823)] | None = None
    vbvBufferSize: Annotated[int, Range(0, 262143)] | None = None
    samplesPerLine: Annotated[int, Range(0, 16383)] | None = None
    linesPerFrame: Annotated[int, Range(0, 16383)] | None = None
    framesPerSecond: Annotated[int, Range(0, 15)] | None = None
    luminanceSampleRate: Annotated[int, Range(0, 4294967295)] | None = None
    videoBadMBsCap: bool | None = extension_addition()


class TransparencyParameters(Sequence):
    presentationOrder: Annotated[int, Range(1, 256)]
    offset_x: Annotated[int, Range(-262144, 262143)]
    offset_y: Annotated[int, Range(-262144, 262143)]
    scale_x: Annotated[int, Range(1, 255)]
    scale_y: Annotated[int, Range(1, 255)]


class AdditionalPictureMemory(Sequence):
    sqcifAdditionalPictureMemory: Annotated[int, Range(1, 256)] | None = None
    qcifAdditionalPictureMemory: Annotated[int, Range(1, 256)] | None = None
    cifAdditionalPictureMemory: Annotated[int, Range(1, 256)] | None = None
    cif4AdditionalPictureMemory: Annotated[int, Range(1, 256)] | None = None
    cif16AdditionalPictureMemory: Annotated[int, Range(1, 256)] | None = None
    bigCpfAdditionalPictureMemory: Annotated[int, Range(1, 256)] | None = None


VideoBackChannelSend: TypeAlias = (
    tuple[Literal["none"], Null]
    | tuple[Literal["ackMessageOnly"], Null]
    | tuple[Literal["nackMessageOnly"], Null]
    | tuple[Literal["ackOrNackMessageOnly"], Null]
    | tuple[Literal["ackAndNackMessage"], Null]
    | UnknownAlternative
)


class SubPictureRemovalParameters(Sequence):
    mpuHorizMBs: Annotated[int, Range(1, 128)]
    mpuVertMBs: Annotated[int, Range(1, 72)]
    mpuTotalNumber: Annotated[int, Range(1, 65536)]


class EnhancedReferencePicSelect(Sequence):
    subPictureRemovalParameters: SubPictureRemovalParameters | None = None


class RefPictureSelection(Sequence):
    additionalPictureMemory: AdditionalPictureMemory | None = None
    videoMux: bool
    videoBackChannelSend: VideoBackChannelSend
    enhancedReferencePicSelect: EnhancedReferencePicSelect | None = extension_addition()


class CustomPictureClockFrequency(Sequence):
    clockConversionCode: Annotated[int, Range(1000, 1001)]
    clockDivisor: Annotated[int, Range(1, 127)]
    sqcifMPI: Annotated[int, Range(1, 2048)] | None = None
    qcifMPI: Annotated[int, Range(1, 2048)] | None = None
    cifMPI: Annotated[int, Range(1, 2048)] | None = None
    cif4MPI: Annotated[int, Range(1, 2048)] | None = None
    cif16MPI: Annotated[int, Range(1, 2048)] | None = None


class CustomPCFItem(Sequence):
    clockConversionCode: Annotated[int, Range(1000, 1001)]
    clockDivisor: Annotated[int, Range(1, 127)]
    customMPI: Annotated[int, Range(1, 2048)]


class MPI(Sequence):
    standardMPI: Annotated[int, Range(1, 31)] | None = None
    customPCF: Annotated[list[CustomPCFItem], Size(1, 16)] | None = None


class ExtendedPARItem(Sequence):
    width: Annotated[int, Range(1, 255)]
    height: Annotated[int, Range(1, 255)]


PixelAspectInformation: TypeAlias = (
    tuple[Literal["anyPixelAspectRatio"], bool]
    | tuple[Literal["pixelAspectCode"], Annotated[list[Annotated[int, Range(1, 14)]], Size(1, 14)]]
    | tuple[Literal["extendedPAR"], Annotated[list[ExtendedPARItem], Size(1, 256)]]
    | UnknownAlternative
)


class CustomPictureFormat(Sequence):
    maxCustomPictureWidth: Annotated[int, Range(1, 2048)]
    maxCustomPictureHeight: Annotated[int, Range(1, 2048)]
    minCustomPictureWidth: Annotated[int, Range(1, 2048)]
    minCustomPictureHeight: Annotated[int, Range(1, 2048)]
    mPI: MPI
    pixelAspectInformation: PixelAspectInformation


class H263Version3Options(Sequence):
    dataPartitionedSlices: bool
    fixedPointIDCT0: bool
    interlacedFields: bool
    currentPictureHeaderRepetition: bool
    previousPictureHeaderRepetition: bool
    nextPictureHeaderRepetition: bool
    pictureNumber: bool
    spareReferencePictures: bool


class H263ModeComboFlags(Sequence):
    unrestrictedVector: bool
    arithmeticCoding: bool
    advancedPrediction: bool
    pbFrames: bool
    advancedIntraCodingMode: bool
    deblockingFilterMode: bool
    unlimitedMotionVectors: bool
    slicesInOrder_NonRect: bool
    slicesInOrder_Rect: bool
    slicesNoOrder_NonRect: bool
    slicesNoOrder_Rect: bool
    improvedPBFramesMode: bool
    referencePicSelect: bool
    dynamicPictureResizingByFour: bool
    dynamicPictureResizingSixteenthPel: bool
    dynamicWarpingHalfPel: bool
    dynamicWarpingSixteenthPel: bool
    reducedResolutionUpdate: bool
    independentSegmentDecoding: bool
    alternateInterVLCMode: bool
    modifiedQuantizationMode: bool
    enhancedReferencePicSelect: bool | None = extension_addition()
    h263Version3Options: H263Version3Options | None = extension_addition()


class H263VideoModeCombos(Sequence):
    h263VideoUncoupledModes: H263ModeComboFlags
    h263VideoCoupledModes: Annotated[list[H263ModeComboFlags], Size(1, 16)]


class H263Options(Sequence):
    advancedIntraCodingMode: bool
    deblockingFilterMode: bool
    improvedPBFramesMode: bool
    unlimitedMotionVectors: bool
    fullPictureFreeze: bool
    partialPictureFreezeAndRelease: bool
    resizingPartPicFreezeAndRelease: bool
    fullPictureSnapshot: bool
    partialPictureSnapshot: bool
    videoSegmentTagging: bool
    progressiveRefinement: bool
    dynamicPictureResizingByFour: bool
    dynamicPictureResizingSixteenthPel: bool
    dynamicWarpingHalfPel: bool
    dynamicWarpingSixteenthPel: bool
    independentSegmentDecoding: bool
    slicesInOrder_NonRect: bool
    slicesInOrder_Rect: bool
    slicesNoOrder_NonRect: bool
    slicesNoOrder_Rect: bool
    alternateInterVLCMode: bool
    modifiedQuantizationMode: bool
    reducedResolutionUpdate: bool
    transparencyParameters: TransparencyParameters | None = None
    separateVideoBackChannel: bool
    refPictureSelection: RefPictureSelection | None = None
    customPictureClockFrequency: Annotated[list[CustomPictureClockFrequency], Size(1, 16)] | None = None
    customPictureFormat: Annotated[list[CustomPictureFormat], Size(1, 16)] | None = None
    modeCombos: Annotated[list[H263VideoModeCombos], Size(1, 16)] | None = None
    videoBadMBsCap: bool | None = extension_addition()
    h263Version3Options: H263Version3Options | None = extension_addition()


class EnhancementOptions(Sequence):
    sqcifMPI: Annotated[int, Range(1, 32)] | None = None
    qcifMPI: Annotated[int, Range(1, 32)] | None = None
    cifMPI: Annotated[int, Range(1, 32)] | None = None
    cif4MPI: Annotated[int, Range(1, 32)] | None = None
    cif16MPI: Annotated[int, Range(1, 32)] | None = None
    maxBitRate: Annotated[int, Range(1, 192400)]
    unrestrictedVector: bool
    arithmeticCoding: bool
    temporalSpatialTradeOffCapability: bool
    slowSqcifMPI: Annotated[int, Range(1, 3600)] | None = None
    slowQcifMPI: Annotated[int, Range(1, 3600)] | None = None
    slowCifMPI: Annotated[int, Range(1, 3600)] | None = None
    slowCif4MPI: Annotated[int, Range(1, 3600)] | None = None
    slowCif16MPI: Annotated[int, Range(1, 3600)] | None = None
    errorCompensation: bool
    h263Options: H263Options | None = None


class BEnhancementParameters(Sequence):
    enhancementOptions: EnhancementOptions
    numberOfBPictures: Annotated[int, Range(1, 64)]


class EnhancementLayerInfo(Sequence):
    baseBitRateConstrained: bool
    snrEnhancement: Annotated[list[EnhancementOptions], Size(1, 14)] | None = None
    spatialEnhancement: Annotated[list[EnhancementOptions], Size(1, 14)] | None = None
    bPictureEnhancement: Annotated[list[BEnhancementParameters], Size(1, 14)] | None = None


class H263VideoCapability(Sequence):
    sqcifMPI: Annotated[int, Range(1, 32)] | None = None
    qcifMPI: Annotated[int, Range(1, 32)] | None = None
    cifMPI: Annotated[int, Range(1, 32)] | None = None
    cif4MPI: Annotated[int, Range(1, 32)] | None = None
    cif16MPI: Annotated[int, Range(1, 32)] | None = None
    maxBitRate: Annotated[int, Range(1, 192400)]
    unrestrictedVector: bool
    arithmeticCoding: bool
    advancedPrediction: bool
    pbFrames: bool
    temporalSpatialTradeOffCapability: bool
    hrd_B: Annotated[int, Range(0, 524287)] | None = None
    bppMaxKb: Annotated[int, Range(0, 65535)] | None = None
    slowSqcifMPI: Annotated[int, Range(1, 3600)] | None = extension_addition()
    slowQcifMPI: Annotated[int, Range(1, 3600)] | None = extension_addition()
    slowCifMPI: Annotated[int, Range(1, 3600)] | None = extension_addition()
    slowCif4MPI: Annotated[int, Range(1, 3600)] | None = extension_addition()
    slowCif16MPI: Annotated[int, Range(1, 3600)] | None = extension_addition()
    errorCompensation: bool | None = extension_addition()
    enhancementLayerInfo: EnhancementLayerInfo | None = extension_addition()
    h263Options: H263Options | None = extension_addition()


class IS11172VideoCapability(Sequence):
    constrainedBitstream: bool
    videoBitRate: Annotated[int, Range(0, 1073741823)] | None = None
    vbvBufferSize: Annotated[int, Range(0, 262143)] | None = None
    samplesPerLine: Annotated[int, Range(0, 16383)] | None = None
    linesPerFrame: Annotated[int, Range(0, 16383)] | None = None
    pictureRate: Annotated[int, Range(0, 15)] | None = None
    luminanceSampleRate: Annotated[int, Range(0, 4294967295)] | None = None
    videoBadMBsCap: bool | None = extension_addition()


VideoCapability: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["h261VideoCapability"], H261VideoCapability]
    | tuple[Literal["h262VideoCapability"], H262VideoCapability]
    | tuple[Literal["h263VideoCapability"], H263VideoCapability]
    | tuple[Literal["is11172VideoCapability"], IS11172VideoCapability]
    | UnknownAlternative
    | tuple[Literal["genericVideoCapability"], GenericCapability]
    | tuple[Literal["extendedVideoCapability"], ExtendedVideoCapability]
)
