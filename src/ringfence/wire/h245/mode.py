"""H.245: request mode."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.capability import EncryptionAuthenticationAndIntegrity, MaxRedundancy
from ringfence.wire.h245.channel_parameters import H223AL1MParameters, H223AL2MParameters, H223AL3MParameters
from ringfence.wire.h245.common import (
    EncryptionMode,
    LogicalChannelNumber,
    NonStandardParameter,
    SequenceNumber,
)
from ringfence.wire.h245.data import GenericCapability
from ringfence.wire.h245.media import MultiplexedStreamParameter
from ringfence.wire.h245.mode_media import AudioMode, DataMode, VideoMode
from ringfence.wire.h245.multiplex import RedundancyEncodingMethod
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)

MediaMode: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["videoMode"], VideoMode]
    | tuple[Literal["audioMode"], AudioMode]
    | tuple[Literal["dataMode"], DataMode]
    | UnknownAlternative
)


class H235Mode(Sequence):
    encryptionAuthenticationAndIntegrity: EncryptionAuthenticationAndIntegrity
    mediaMode: MediaMode


FECModeRfc2733Format: TypeAlias = (
    tuple[Literal["rfc2733rfc2198"], MaxRedundancy]
    | tuple[Literal["rfc2733sameport"], MaxRedundancy]
    | tuple[Literal["rfc2733diffport"], MaxRedundancy]
)


class FECMode(Sequence):
    protectedElement: ModeElementType
    fecScheme: ObjectIdentifier | None = None
    rfc2733Format: FECModeRfc2733Format | None = None


RedundancyEncodingDTModeElementType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["videoMode"], VideoMode]
    | tuple[Literal["audioMode"], AudioMode]
    | tuple[Literal["dataMode"], DataMode]
    | tuple[Literal["encryptionMode"], EncryptionMode]
    | tuple[Literal["h235Mode"], H235Mode]
    | UnknownAlternative
    | tuple[Literal["fecMode"], FECMode]
)


class RedundancyEncodingDTModeElement(Sequence):
    type: RedundancyEncodingDTModeElementType


class RedundancyEncodingDTMode(Sequence):
    redundancyEncodingMethod: RedundancyEncodingMethod
    primary: RedundancyEncodingDTModeElement
    secondary: list[RedundancyEncodingDTModeElement]


class MultiplePayloadStreamElementMode(Sequence):
    type: ModeElementType


class MultiplePayloadStreamMode(Sequence):
    elements: list[MultiplePayloadStreamElementMode]


class Rfc2733ModeModeSeparateStreamDifferentPort(Sequence):
    protectedSessionID: Annotated[int, Range(1, 255)]
    protectedPayloadType: Annotated[int, Range(0, 127)] | None = None


class Rfc2733ModeModeSeparateStreamSamePort(Sequence):
    protectedType: ModeElementType


Rfc2733ModeModeSeparateStream: TypeAlias = (
    tuple[Literal["differentPort"], Rfc2733ModeModeSeparateStreamDifferentPort]
    | tuple[Literal["samePort"], Rfc2733ModeModeSeparateStreamSamePort]
    | UnknownAlternative
)


Rfc2733ModeMode: TypeAlias = (
    tuple[Literal["redundancyEncoding"], Null]
    | tuple[Literal["separateStream"], Rfc2733ModeModeSeparateStream]
    | UnknownAlternative
)


class DepFECModeRfc2733Mode(Sequence):
    mode: Rfc2733ModeMode


DepFECMode: TypeAlias = tuple[Literal["rfc2733Mode"], DepFECModeRfc2733Mode] | UnknownAlternative


ModeElementType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["videoMode"], VideoMode]
    | tuple[Literal["audioMode"], AudioMode]
    | tuple[Literal["dataMode"], DataMode]
    | tuple[Literal["encryptionMode"], EncryptionMode]
    | UnknownAlternative
    | tuple[Literal["h235Mode"], H235Mode]
    | tuple[Literal["multiplexedStreamMode"], MultiplexedStreamParameter]
    | tuple[Literal["redundancyEncodingDTMode"], RedundancyEncodingDTMode]
    | tuple[Literal["multiplePayloadStreamMode"], MultiplePayloadStreamMode]
    | tuple[Literal["depFecMode"], DepFECMode]
    | tuple[Literal["fecMode"], FECMode]
)


class MultiplexedStreamModeParameters(Sequence):
    logicalChannelNumber: LogicalChannelNumber


class H223ModeParametersAdaptationLayerTypeAl3(ClosedSequence):
    controlFieldOctets: Annotated[int, Range(0, 2)]
    sendBufferSize: Annotated[int, Range(0, 16777215)]


H223ModeParametersAdaptationLayerType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["al1Framed"], Null]
    | tuple[Literal["al1NotFramed"], Null]
    | tuple[Literal["al2WithoutSequenceNumbers"], Null]
    | tuple[Literal["al2WithSequenceNumbers"], Null]
    | tuple[Literal["al3"], H223ModeParametersAdaptationLayerTypeAl3]
    | UnknownAlternative
    | tuple[Literal["al1M"], H223AL1MParameters]
    | tuple[Literal["al2M"], H223AL2MParameters]
    | tuple[Literal["al3M"], H223AL3MParameters]
)


class H223ModeParameters(Sequence):
    adaptationLayerType: H223ModeParametersAdaptationLayerType
    segmentableFlag: bool


V76ModeParameters: TypeAlias = (
    tuple[Literal["suspendResumewAddress"], Null]
    | tuple[Literal["suspendResumewoAddress"], Null]
    | UnknownAlternative
)


SecondaryEncoding: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["audioData"], AudioMode]
    | UnknownAlternative
)


class RedundancyEncodingMode(Sequence):
    redundancyEncodingMethod: RedundancyEncodingMethod
    secondaryEncoding: SecondaryEncoding | None = None


class H2250ModeParameters(Sequence):
    redundancyEncodingMode: RedundancyEncodingMode | None = None


class ModeElement(Sequence):
    type: ModeElementType
    h223ModeParameters: H223ModeParameters | None = None
    v76ModeParameters: V76ModeParameters | None = extension_addition()
    h2250ModeParameters: H2250ModeParameters | None = extension_addition()
    genericModeParameters: GenericCapability | None = extension_addition()
    multiplexedStreamModeParameters: MultiplexedStreamModeParameters | None = extension_addition()
    logicalChannelNumber: LogicalChannelNumber | None = extension_addition()


ModeDescription: TypeAlias = Annotated[list[ModeElement], Size(1, 256)]


class RequestMode(Sequence):
    sequenceNumber: SequenceNumber
    requestedModes: Annotated[list[ModeDescription], Size(1, 256)]


Response: TypeAlias = (
    tuple[Literal["willTransmitMostPreferredMode"], Null]
    | tuple[Literal["willTransmitLessPreferredMode"], Null]
    | UnknownAlternative
)


class RequestModeAck(Sequence):
    sequenceNumber: SequenceNumber
    response: Response


RequestModeRejectCause: TypeAlias = (
    tuple[Literal["modeUnavailable"], Null]
    | tuple[Literal["multipointConstraint"], Null]
    | tuple[Literal["requestDenied"], Null]
    | UnknownAlternative
)


class RequestModeReject(Sequence):
    sequenceNumber: SequenceNumber
    cause: RequestModeRejectCause


class RequestModeRelease(Sequence):
    pass
