"""H.245: audio capabilities."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import NonStandardParameter
from ringfence.wire.h245.data import GenericCapability
from ringfence.wire.per.notation import ClosedSequence, GeneralString, Range, Sequence, UnknownAlternative


class AudioCapabilityG7231(ClosedSequence):
    maxAl_sduAudioFrames: Annotated[int, Range(1, 256)]
    silenceSuppression: bool


class G729Extensions(Sequence):
    audioUnit: Annotated[int, Range(1, 256)] | None = None
    annexA: bool
    annexB: bool
    annexD: bool
    annexE: bool
    annexF: bool
    annexG: bool
    annexH: bool


class G7231AnnexCCapabilityG723AnnexCAudioMode(Sequence):
    highRateMode0: Annotated[int, Range(27, 78)]
    highRateMode1: Annotated[int, Range(27, 78)]
    lowRateMode0: Annotated[int, Range(23, 66)]
    lowRateMode1: Annotated[int, Range(23, 66)]
    sidMode0: Annotated[int, Range(6, 17)]
    sidMode1: Annotated[int, Range(6, 17)]


class G7231AnnexCCapability(Sequence):
    maxAl_sduAudioFrames: Annotated[int, Range(1, 256)]
    silenceSuppression: bool
    g723AnnexCAudioMode: G7231AnnexCCapabilityG723AnnexCAudioMode | None = None


class IS11172AudioCapability(Sequence):
    audioLayer1: bool
    audioLayer2: bool
    audioLayer3: bool
    audioSampling32k: bool
    audioSampling44k1: bool
    audioSampling48k: bool
    singleChannel: bool
    twoChannels: bool
    bitRate: Annotated[int, Range(1, 448)]


class IS13818AudioCapability(Sequence):
    audioLayer1: bool
    audioLayer2: bool
    audioLayer3: bool
    audioSampling16k: bool
    audioSampling22k05: bool
    audioSampling24k: bool
    audioSampling32k: bool
    audioSampling44k1: bool
    audioSampling48k: bool
    singleChannel: bool
    twoChannels: bool
    threeChannels2_1: bool
    threeChannels3_0: bool
    fourChannels2_0_2_0: bool
    fourChannels2_2: bool
    fourChannels3_1: bool
    fiveChannels3_0_2_0: bool
    fiveChannels3_2: bool
    lowFrequencyEnhancement: bool
    multilingual: bool
    bitRate: Annotated[int, Range(1, 1130)]


class GSMAudioCapability(Sequence):
    audioUnitSize: Annotated[int, Range(1, 256)]
    comfortNoise: bool
    scrambled: bool


class VBDCapability(Sequence):
    type: AudioCapability


class NoPTAudioTelephonyEventCapability(Sequence):
    audioTelephoneEvent: GeneralString


class NoPTAudioToneCapability(Sequence):
    pass


AudioCapability: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["g711Alaw64k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g711Alaw56k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g711Ulaw64k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g711Ulaw56k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g722-64k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g722-56k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g722-48k"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g7231"], AudioCapabilityG7231]
    | tuple[Literal["g728"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g729"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g729AnnexA"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["is11172AudioCapability"], IS11172AudioCapability]
    | tuple[Literal["is13818AudioCapability"], IS13818AudioCapability]
    | UnknownAlternative
    | tuple[Literal["g729wAnnexB"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g729AnnexAwAnnexB"], Annotated[int, Range(1, 256)]]
    | tuple[Literal["g7231AnnexCCapability"], G7231AnnexCCapability]
    | tuple[Literal["gsmFullRate"], GSMAudioCapability]
    | tuple[Literal["gsmHalfRate"], GSMAudioCapability]
    | tuple[Literal["gsmEnhancedFullRate"], GSMAudioCapability]
    | tuple[Literal["genericAudioCapability"], GenericCapability]
    | tuple[Literal["g729Extensions"], G729Extensions]
    | tuple[Literal["vbd"], VBDCapability]
    | tuple[Literal["audioTelephonyEvent"], NoPTAudioTelephonyEventCapability]
    | tuple[Literal["audioTone"], NoPTAudioToneCapability]
)


class AudioTelephonyEventCapability(Sequence):
    dynamicRTPPayloadType: Annotated[int, Range(96, 127)]
    audioTelephoneEvent: GeneralString


class AudioToneCapability(Sequence):
    dynamicRTPPayloadType: Annotated[int, Range(96, 127)]
