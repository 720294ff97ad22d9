"""H.245: the medium in a logical channel, and its redundancy and error correction."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.audio import AudioCapability
from ringfence.wire.h245.capability import EncryptionAuthenticationAndIntegrity, MultiplexFormat
from ringfence.wire.h245.common import (
    EncryptionMode,
    GenericParameter,
    LogicalChannelNumber,
    NonStandardParameter,
)
from ringfence.wire.h245.data import DataApplicationCapability
from ringfence.wire.h245.multiplex import RedundancyEncodingMethod
from ringfence.wire.h245.video import VideoCapability
from ringfence.wire.per.notation import (
    BitString,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


class RedundancyEncodingElement(Sequence):
    dataType: DataType
    payloadType: Annotated[int, Range(0, 127)] | None = None


class RtpRedundancyEncoding(Sequence):
    primary: RedundancyEncodingElement | None = None
    secondary: list[RedundancyEncodingElement] | None = None


class RedundancyEncoding(Sequence):
    redundancyEncodingMethod: RedundancyEncodingMethod
    secondaryEncoding: DataType | None = None
    rtpRedundancyEncoding: RtpRedundancyEncoding | None = extension_addition()


class MultiplePayloadStreamElement(Sequence):
    dataType: DataType
    payloadType: Annotated[int, Range(0, 127)] | None = None


class MultiplePayloadStream(Sequence):
    elements: list[MultiplePayloadStreamElement]


class Rfc2733ModeSeparateStreamDifferentPort(Sequence):
    protectedSessionID: Annotated[int, Range(1, 255)]
    protectedPayloadType: Annotated[int, Range(0, 127)] | None = None


class Rfc2733ModeSeparateStreamSamePort(Sequence):
    protectedPayloadType: Annotated[int, Range(0, 127)]


Rfc2733ModeSeparateStream: TypeAlias = (
    tuple[Literal["differentPort"], Rfc2733ModeSeparateStreamDifferentPort]
    | tuple[Literal["samePort"], Rfc2733ModeSeparateStreamSamePort]
    | UnknownAlternative
)


DepFECDataRfc2733Mode: TypeAlias = (
    tuple[Literal["redundancyEncoding"], Null]
    | tuple[Literal["separateStream"], Rfc2733ModeSeparateStream]
    | UnknownAlternative
)


class DepFECDataRfc2733(Sequence):
    mode: DepFECDataRfc2733Mode


DepFECData: TypeAlias = tuple[Literal["rfc2733"], DepFECDataRfc2733]


class Rfc2733sameport(Sequence):
    pass


class Rfc2733diffport(Sequence):
    protectedChannel: LogicalChannelNumber


PktMode: TypeAlias = (
    tuple[Literal["rfc2198coding"], Null]
    | tuple[Literal["rfc2733sameport"], Rfc2733sameport]
    | tuple[Literal["rfc2733diffport"], Rfc2733diffport]
    | UnknownAlternative
)


class FECDataRfc2733(Sequence):
    protectedPayloadType: Annotated[int, Range(0, 127)]
    fecScheme: ObjectIdentifier | None = None
    pktMode: PktMode


FECData: TypeAlias = tuple[Literal["rfc2733"], FECDataRfc2733] | UnknownAlternative


MediaType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["videoData"], VideoCapability]
    | tuple[Literal["audioData"], AudioCapability]
    | tuple[Literal["data"], DataApplicationCapability]
    | UnknownAlternative
    | tuple[Literal["redundancyEncoding"], RedundancyEncoding]
    | tuple[Literal["multiplePayloadStream"], MultiplePayloadStream]
    | tuple[Literal["depFec"], DepFECData]
    | tuple[Literal["fec"], FECData]
)


class H235Media(Sequence):
    encryptionAuthenticationAndIntegrity: EncryptionAuthenticationAndIntegrity
    mediaType: MediaType


class MultiplexedStreamParameter(Sequence):
    multiplexFormat: MultiplexFormat
    controlOnMuxStream: bool


DataType: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["nullData"], Null]
    | tuple[Literal["videoData"], VideoCapability]
    | tuple[Literal["audioData"], AudioCapability]
    | tuple[Literal["data"], DataApplicationCapability]
    | tuple[Literal["encryptionData"], EncryptionMode]
    | UnknownAlternative
    | tuple[Literal["h235Control"], NonStandardParameter]
    | tuple[Literal["h235Media"], H235Media]
    | tuple[Literal["multiplexedStream"], MultiplexedStreamParameter]
    | tuple[Literal["redundancyEncoding"], RedundancyEncoding]
    | tuple[Literal["multiplePayloadStream"], MultiplePayloadStream]
    | tuple[Literal["depFec"], DepFECData]
    | tuple[Literal["fec"], FECData]
)


class EscrowData(Sequence):
    escrowID: ObjectIdentifier
    escrowValue: Annotated[BitString, Size(1, 65535)]


class EncryptionSync(Sequence):
    nonStandard: NonStandardParameter | None = None
    synchFlag: Annotated[int, Range(0, 255)]
    h235Key: Annotated[bytes, Size(1, 65535)]
    escrowentry: Annotated[list[EscrowData], Size(1, 256)] | None = None
    genericParameter: GenericParameter | None = extension_addition()
