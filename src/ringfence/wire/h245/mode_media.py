"""H.245: video, audio and data modes."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.audio import G729Extensions, GSMAudioCapability
from ringfence.wire.h245.common import NonStandardParameter
from ringfence.wire.h245.data import DataProtocolCapability, GenericCapability, T38FaxProfile
from ringfence.wire.h245.video import EnhancementLayerInfo, H263Options
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    Range,
    Sequence,
    UnknownAlternative,
    extension_addition,
)

H261VideoModeResolution: TypeAlias = tuple[Literal["qcif"], Null] | tuple[Literal["cif"], Null]


class H261VideoMode(Sequence):
    resolution: H261VideoModeResolution
    bitRate: Annotated[int, Range(1, 19200)]
    stillImageTransmission: bool


ProfileAndLevel: TypeAlias = (
    tuple[Literal["profileAndLevel-SPatML"], Null]
    | tuple[Literal["profileAndLevel-MPatLL"], Null]
    | tuple[Literal["profileAndLevel-MPatML"], Null]
    | tuple[Literal["profileAndLevel-MPatH-14"], Null]
    | tuple[Literal["profileAndLevel-MPatHL"], Null]
    | tuple[Literal["profileAndLevel-SNRatLL"], Null]
    | tuple[Literal["profileAndLevel-SNRatML"], Null]
    | tuple[Literal["profileAndLevel-SpatialatH-14"], Null]
    | tuple[Literal["profileAndLevel-HPatML"], Null]
    | tuple[Literal["profileAndLevel-HPatH-14"], Null]
    | tuple[Literal["profileAndLevel-HPatHL"], Null]
    | UnknownAlternative
)


class H262VideoMode(Sequence):
    profileAndLevel: ProfileAndLevel
    videoBitRate: Annotated[int, Range(0, 1073741823)] | None = None
    vbvBufferSize: Annotated[int, Range(0, 262143)] | None = None
    samplesPerLine: Annotated[int, Range(0, 16383)] | None = None
    linesPerFrame: Annotated[int, Range(0, 16383)] | None = None
    framesPerSecond: Annotated[int, Range(0, 15)] | None = None
    luminanceSampleRate: Annotated[int, Range(0, 4294967295)] | None = None


H263VideoModeResolution: TypeAlias = (
    tuple[Literal["sqcif"], Null]
    | tuple[Literal["qcif"], Null]
    | tuple[Literal["cif"], Null]
    | tuple[Literal["cif4"], Null]
    | tuple[Literal["cif16"], Null]
    | UnknownAlternative
    | tuple[Literal["custom"], Null]
)


class H263VideoMode(Sequence):
    resolution: H263VideoModeResolution
    bitRate: Annotated[int, Range(1, 19200)]
    unrestrictedVector: bool
    arithmeticCoding: bool
    advancedPrediction: bool
    pbFrames: bool
    errorCompensation: bool | None = extension_addition()
    enhancementLayerInfo: EnhancementLayerInfo | None = extension_addition()
    h263Options: H263Options | None = extension_addition()


class IS11172VideoMode(Sequence):
    constrainedBitstream: bool
    videoBitRate: Annotated[int, Range(0, 1073741823)] | None = None
    vbvBufferSize: Annotated[int, Range(0, 262143)] | None = None
    samplesPerLine: Annotated[int, Range(0, 16383)] | None = None
    linesPerFrame: Annotated[int, Range(0, 16383)] | None = None
    pictureRate: Annotated[int, Range(0, 15)] | None = None
    luminanceSampleRate: Annotated[int, Range(0, 4294967295)] | None = None


VideoMode: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["h261VideoMode"], H261VideoMode]
    | tuple[Literal["h262VideoMode"], H262VideoMode]
    | tuple[Literal["h263VideoMode"], H263VideoMode]
    | tuple[Literal["is11172VideoMode"], IS11172VideoMode]
    | UnknownAlternative
    | tuple[Literal["genericVideoMode"], GenericCapability]
)


AudioModeG7231: TypeAlias = (
    tuple[Literal["noSilenceSuppressionLowRate"], Null]
    | tuple[Literal["noSilenceSuppressionHighRate"], Null]
    | tuple[Literal["silenceSuppressionLowRate"], Null]
    | tuple[Literal["silenceSuppressionHighRate"], Null]
)


IS11172AudioModeAudioLayer: TypeAlias = (
    tuple[Literal["audioLayer1"], Null]
    | tuple[Literal["audioLayer2"], Null]
    | tuple[Literal["audioLayer3"], Null]
)


IS11172AudioModeAudioSampling: TypeAlias = (
    tuple[Literal["audioSampling32k"], Null]
    | tuple[Literal["audioSampling44k1"], Null]
    | tuple[Literal["audioSampling48k"], Null]
)


IS11172AudioModeMultichannelType: TypeAlias = (
    tuple[Literal["singleChannel"], Null]
    | tuple[Literal["twoChannelStereo"], Null]
    | tuple[Literal["twoChannelDual"], Null]
)


class IS11172AudioMode(Sequence):
    audioLayer: IS11172AudioModeAudioLayer
    audioSampling: IS11172AudioModeAudioSampling
    multichannelType: IS11172AudioModeMultichannelType
    bitRate: Annotated[int, Range(1, 448)]


IS13818AudioModeAudioLayer: TypeAlias = (
    tuple[Literal["audioLayer1"], Null]
    | tuple[Literal["audioLayer2"], Null]
    | tuple[Literal["audioLayer3"], Null]
)


IS13818AudioModeAudioSampling: TypeAlias = (
    tuple[Literal["audioSampling16k"], Null]
    | tuple[Literal["audioSampling22k05"], Null]
    | tuple[Literal["audioSampling24k"], Null]
    | tuple[Literal["audioSampling32k"], Null]
    | tuple[Literal["audioSampling44k1"], Null]
    | tuple[Literal["audioSampling48k"], Null]
)


IS13818AudioModeMultichannelType: TypeAlias = (
    tuple[Literal["singleChannel"], Null]
    | tuple[Literal["twoChannelStereo"], Null]
    | tuple[Literal["twoChannelDual"], Null]
    | tuple[Literal["threeChannels2-1"], Null]
    | tuple[Literal["threeChannels3-0"], Null]
    | tuple[Literal["fourChannels2-0-2-0"], Null]
    | tuple[Literal["fourChannels2-2"], Null]
    | tuple[Literal["fourChannels3-1"], Null]
    | tuple[Literal["fiveChannels3-0-2-0"], Null]
    | tuple[Literal["fiveChannels3-2"], Null]
)


class IS13818AudioMode(Sequence):
    audioLayer: IS13818AudioModeAudioLayer
    audioSampling: IS13818AudioModeAudioSampling
    multichannelType: IS13818AudioModeMultichannelType
    lowFrequencyEnhancement: bool
    multilingual: bool
    bitRate: Annotated[int, Range(1, 1130)]


class G7231AnnexCModeG723AnnexCAudioMode(Sequence):
    highRateMode0: Annotated[int, Range(27, 78)]
    highRateMode1: Annotated[int, Range(27, 78)]
    lowRateMode0: Annotated[int, Range(23, 66)]
    lowRateMode1: Annotated[int, Range(23, 66)]
    sidMode0: Annotated[int, Range(6, 17)]
    sidMode1: Annotated[int, Range(6, 17)]


class G7231AnnexCMode(Sequence):
    maxAl_sduAudioFrames: Annotated[int, Range(1, 256)]
    silenceSuppression: bool
    g723AnnexCAudioMode: G7231AnnexCModeG723AnnexCAudioMode


class VBDMode(Sequence):
    type: AudioMode


AudioMode: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["g711Alaw64k"], Null]
    | tuple[Literal["g711Alaw56k"], Null]
    | tuple[Literal["g711Ulaw64k"], Null]
    | tuple[Literal["g711Ulaw56k"], Null]
    | tuple[Literal["g722-64k"], Null]
    | tuple[Literal["g722-56k"], Null]
    | tuple[Literal["g722-48k"], Null]
    | tuple[Literal["g728"], Null]
    | tuple[Literal["g729"], Null]
    | tuple[Literal["g729AnnexA"], Null]
    | tuple[Literal["g7231"], AudioModeG7231]
    | tuple[Literal["is11172AudioMode"], IS11172AudioMode]
    | tuple[Literal["is13818AudioMode"], IS13818AudioMode]
    | UnknownAlternative
    | tuple[Literal["g729wAnnexB"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g729AnnexAwAnnexB"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g7231AnnexCMode"], G7231AnnexCMode]
    | tuple[Literal["gsmFullRate"], GSMAudioCapability]
    | tuple[Literal["gsmHalfRate"], GSMAudioCapability]
    | tuple[Literal["gsmEnhancedFullRate"], GSMAudioCapability]
    | tuple[Literal["genericAudioMode"], GenericCapability]
    | tuple[Literal["g729Extensions"], G729Extensions]
    | tuple[Literal["vbd"], VBDMode]
)


class DataModeApplicationNlpid(ClosedSequence):
    nlpidProtocol: DataProtocolCapability
    nlpidData: bytes


class DataModeApplicationT38fax(ClosedSequence):
    t38FaxProtocol: DataProtocolCapability
    t38FaxProfile: T38FaxProfile


DataModeApplication: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["t120"], DataProtocolCapability]
    | tuple[Literal["dsm-cc"], DataProtocolCapability]
    | tuple[Literal["userData"], DataProtocolCapability]
    | tuple[Literal["t84"], DataProtocolCapability]
    | tuple[Literal["t434"], DataProtocolCapability]
    | tuple[Literal["h224"], DataProtocolCapability]
    | tuple[Literal["nlpid"], DataModeApplicationNlpid]
    | tuple[Literal["dsvdControl"], Null]
    | tuple[Literal["h222DataPartitioning"], DataProtocolCapability]
    | UnknownAlternative
    | tuple[Literal["t30fax"], DataProtocolCapability]
    | tuple[Literal["t140"], DataProtocolCapability]
    | tuple[Literal["t38fax"], DataModeApplicationT38fax]
    | tuple[Literal["genericDataMode"], GenericCapability]
)


class DataMode(Sequence):
    application: DataModeApplication
    bitRate: Annotated[int, Range(0, 4294967295)]
