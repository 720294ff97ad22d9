"""H.245: the multiplex layer of a logical channel."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import NonStandardParameter, TerminalLabel, TransportAddress
from ringfence.wire.h245.media import RedundancyEncoding
from ringfence.wire.h245.transport import RTPPayloadType, TransportCapability
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    Range,
    Sequence,
    UnknownAlternative,
    extension_addition,
)


class V75Parameters(Sequence):
    audioHeaderPresent: bool


class H222LogicalChannelParameters(Sequence):
    resourceID: Annotated[int, Range(0, 65535)]
    subChannelID: Annotated[int, Range(0, 8191)]
    pcr_pid: Annotated[int, Range(0, 8191)] | None = None
    programDescriptors: bytes | None = None
    streamDescriptors: bytes | None = None


class H223LogicalChannelParametersAdaptationLayerTypeAl3(ClosedSequence):
    controlFieldOctets: Annotated[int, Range(0, 2)]
    sendBufferSize: Annotated[int, Range(0, 16777215)]


TransferMode: TypeAlias = (
    tuple[Literal["framed"], Null] | tuple[Literal["unframed"], Null] | UnknownAlternative
)


H223AL1MParametersHeaderFEC: TypeAlias = (
    tuple[Literal["sebch16-7"], Null] | tuple[Literal["golay24-12"], Null] | UnknownAlternative
)


H223AL1MParametersCrcLength: TypeAlias = (
    tuple[Literal["crc4bit"], Null]
    | tuple[Literal["crc12bit"], Null]
    | tuple[Literal["crc20bit"], Null]
    | tuple[Literal["crc28bit"], Null]
    | UnknownAlternative
    | tuple[Literal["crc8bit"], Null]
    | tuple[Literal["crc16bit"], Null]
    | tuple[Literal["crc32bit"], Null]
    | tuple[Literal["crcNotUsed"], Null]
)


NumberOfRetransmissions: TypeAlias = (
    tuple[Literal["finite"], Annotated[int, Range(0, 16)]]
    | tuple[Literal["infinite"], Null]
    | UnknownAlternative
)


class H223AnnexCArqParameters(Sequence):
    numberOfRetransmissions: NumberOfRetransmissions
    sendBufferSize: Annotated[int, Range(0, 16777215)]


H223AL1MParametersArqType: TypeAlias = (
    tuple[Literal["noArq"], Null]
    | tuple[Literal["typeIArq"], H223AnnexCArqParameters]
    | tuple[Literal["typeIIArq"], H223AnnexCArqParameters]
    | UnknownAlternative
)


class H223AL1MParameters(Sequence):
    transferMode: TransferMode
    headerFEC: H223AL1MParametersHeaderFEC
    crcLength: H223AL1MParametersCrcLength
    rcpcCodeRate: Annotated[int, Range(8, 32)]
    arqType: H223AL1MParametersArqType
    alpduInterleaving: bool
    alsduSplitting: bool
    rsCodeCorrection: Annotated[int, Range(0, 127)] | None = extension_addition()


H223AL2MParametersHeaderFEC: TypeAlias = (
    tuple[Literal["sebch16-5"], Null] | tuple[Literal["golay24-12"], Null] | UnknownAlternative
)


class H223AL2MParameters(Sequence):
    headerFEC: H223AL2MParametersHeaderFEC
    alpduInterleaving: bool


HeaderFormat: TypeAlias = (
    tuple[Literal["sebch16-7"], Null] | tuple[Literal["golay24-12"], Null] | UnknownAlternative
)


H223AL3MParametersCrcLength: TypeAlias = (
    tuple[Literal["crc4bit"], Null]
    | tuple[Literal["crc12bit"], Null]
    | tuple[Literal["crc20bit"], Null]
    | tuple[Literal["crc28bit"], Null]
    | UnknownAlternative
    | tuple[Literal["crc8bit"], Null]
    | tuple[Literal["crc16bit"], Null]
    | tuple[Literal["crc32bit"], Null]
    | tuple[Literal["crcNotUsed"], Null]
)


H223AL3MParametersArqType: TypeAlias = (
    tuple[Literal["noArq"], Null]
    | tuple[Literal["typeIArq"], H223AnnexCArqParameters]
    | tuple[Literal["typeIIArq"], H223AnnexCArqParameters]
    | UnknownAlternative
)


class H223AL3MParameters(Sequence):
    headerFormat: HeaderFormat
    crcLength: H223AL3MParametersCrcLength
    rcpcCodeRate: Annotated[int, Range(8, 32)]
    arqType: H223AL3MParametersArqType
    alpduInterleaving: bool
    rsCodeCorrection: Annotated[int, Range(0, 127)] | None = extension_addition()


H223LogicalChannelParametersAdaptationLayerType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["al1Framed"], Null]
    | tuple[Literal["al1NotFramed"], Null]
    | tuple[Literal["al2WithoutSequenceNumbers"], Null]
    | tuple[Literal["al2WithSequenceNumbers"], Null]
    | tuple[Literal["al3"], H223LogicalChannelParametersAdaptationLayerTypeAl3]
    | UnknownAlternative
    | tuple[Literal["al1M"], H223AL1MParameters]
    | tuple[Literal["al2M"], H223AL2MParameters]
    | tuple[Literal["al3M"], H223AL3MParameters]
)


class H223LogicalChannelParameters(Sequence):
    adaptationLayerType: H223LogicalChannelParametersAdaptationLayerType
    segmentableFlag: bool


SuspendResume: TypeAlias = (
    tuple[Literal["noSuspendResume"], Null]
    | tuple[Literal["suspendResumewAddress"], Null]
    | tuple[Literal["suspendResumewoAddress"], Null]
    | UnknownAlternative
)


Recovery: TypeAlias = (
    tuple[Literal["rej"], Null]
    | tuple[Literal["sREJ"], Null]
    | tuple[Literal["mSREJ"], Null]
    | UnknownAlternative
)


class ERM(Sequence):
    windowSize: Annotated[int, Range(1, 127)]
    recovery: Recovery


V76LogicalChannelParametersMode: TypeAlias = (
    tuple[Literal["eRM"], ERM] | tuple[Literal["uNERM"], Null] | UnknownAlternative
)


CRCLength: TypeAlias = (
    tuple[Literal["crc8bit"], Null]
    | tuple[Literal["crc16bit"], Null]
    | tuple[Literal["crc32bit"], Null]
    | UnknownAlternative
)


class V76HDLCParameters(Sequence):
    crcLength: CRCLength
    n401: Annotated[int, Range(1, 4095)]
    loopbackTestProcedure: bool


class V76LogicalChannelParameters(Sequence):
    hdlcParameters: V76HDLCParameters
    suspendResume: SuspendResume
    uIH: bool
    mode: V76LogicalChannelParametersMode
    v75Parameters: V75Parameters


MediaPacketization: TypeAlias = (
    tuple[Literal["h261aVideoPacketization"], Null]
    | UnknownAlternative
    | tuple[Literal["rtpPayloadType"], RTPPayloadType]
)


class H2250LogicalChannelParameters(Sequence):
    nonStandard: list[NonStandardParameter] | None = None
    sessionID: Annotated[int, Range(0, 255)]
    associatedSessionID: Annotated[int, Range(1, 255)] | None = None
    mediaChannel: TransportAddress | None = None
    mediaGuaranteedDelivery: bool | None = None
    mediaControlChannel: TransportAddress | None = None
    mediaControlGuaranteedDelivery: bool | None = None
    silenceSuppression: bool | None = None
    destination: TerminalLabel | None = None
    dynamicRTPPayloadType: Annotated[int, Range(96, 127)] | None = None
    mediaPacketization: MediaPacketization | None = None
    transportCapability: TransportCapability | None = extension_addition()
    redundancyEncoding: RedundancyEncoding | None = extension_addition()
    source: TerminalLabel | None = extension_addition()
