"""H.245: terminal capability exchange."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.audio import AudioCapability, AudioTelephonyEventCapability, AudioToneCapability
from ringfence.wire.h245.common import (
    CapabilityDescriptorNumber,
    CapabilityTableEntryNumber,
    GenericInformation,
    NonStandardParameter,
    SequenceNumber,
)
from ringfence.wire.h245.data import DataApplicationCapability, GenericCapability
from ringfence.wire.h245.multiplex import (
    H222Capability,
    H223Capability,
    MultiplexCapability,
    RedundancyEncodingCapability,
)
from ringfence.wire.h245.video import VideoCapability
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

AlternativeCapabilitySet: TypeAlias = Annotated[list[CapabilityTableEntryNumber], Size(1, 256)]


class H233EncryptionReceiveCapability(Sequence):
    h233IVResponseTime: Annotated[int, Range(0, 255)]


MediaEncryptionAlgorithm: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["algorithm"], ObjectIdentifier]
    | UnknownAlternative
)


EncryptionCapability: TypeAlias = Annotated[list[MediaEncryptionAlgorithm], Size(1, 256)]


class AuthenticationCapability(Sequence):
    nonStandard: NonStandardParameter | None = None
    antiSpamAlgorithm: ObjectIdentifier | None = extension_addition()


class IntegrityCapability(Sequence):
    nonStandard: NonStandardParameter | None = None


class EncryptionAuthenticationAndIntegrity(Sequence):
    encryptionCapability: EncryptionCapability | None = None
    authenticationCapability: AuthenticationCapability | None = None
    integrityCapability: IntegrityCapability | None = None
    genericH235SecurityCapability: GenericCapability | None = extension_addition()


class H235SecurityCapability(Sequence):
    encryptionAuthenticationAndIntegrity: EncryptionAuthenticationAndIntegrity
    mediaCapability: CapabilityTableEntryNumber


UserInputCapability: TypeAlias = (
    tuple[Literal["nonStandard"], Annotated[list[NonStandardParameter], Size(1, 16)]]
    | tuple[Literal["basicString"], Null]
    | tuple[Literal["iA5String"], Null]
    | tuple[Literal["generalString"], Null]
    | tuple[Literal["dtmf"], Null]
    | tuple[Literal["hookflash"], Null]
    | UnknownAlternative
    | tuple[Literal["extendedAlphanumeric"], Null]
    | tuple[Literal["encryptedBasicString"], Null]
    | tuple[Literal["encryptedIA5String"], Null]
    | tuple[Literal["encryptedGeneralString"], Null]
    | tuple[Literal["secureDTMF"], Null]
    | tuple[Literal["genericUserInputCapability"], GenericCapability]
)


class ConferenceCapability(Sequence):
    nonStandardData: list[NonStandardParameter] | None = None
    chairControlCapability: bool
    videoIndicateMixingCapability: bool | None = extension_addition()
    multipointVisualizationCapability: bool | None = extension_addition()


MultiplexFormat: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["h222Capability"], H222Capability]
    | tuple[Literal["h223Capability"], H223Capability]
    | UnknownAlternative
)


class MultiplexedStreamCapability(Sequence):
    multiplexFormat: MultiplexFormat
    controlOnMuxStream: bool
    capabilityOnMuxStream: Annotated[list[AlternativeCapabilitySet], Size(1, 256)] | None = None


class MultiplePayloadStreamCapability(Sequence):
    capabilities: Annotated[list[AlternativeCapabilitySet], Size(1, 256)]


class Rfc2733SeparateStream(Sequence):
    separatePort: bool
    samePort: bool


class DepFECCapabilityRfc2733(Sequence):
    redundancyEncoding: bool
    separateStream: Rfc2733SeparateStream


DepFECCapability: TypeAlias = tuple[Literal["rfc2733"], DepFECCapabilityRfc2733] | UnknownAlternative


MaxRedundancy: TypeAlias = Annotated[int, Range(1, None)]


FECCapabilityRfc2733Format: TypeAlias = (
    tuple[Literal["rfc2733rfc2198"], MaxRedundancy]
    | tuple[Literal["rfc2733sameport"], MaxRedundancy]
    | tuple[Literal["rfc2733diffport"], MaxRedundancy]
)


class FECCapability(Sequence):
    protectedCapability: CapabilityTableEntryNumber
    fecScheme: ObjectIdentifier | None = None
    rfc2733Format: FECCapabilityRfc2733Format | None = None


Capability: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["receiveVideoCapability"], VideoCapability]
    | tuple[Literal["transmitVideoCapability"], VideoCapability]
    | tuple[Literal["receiveAndTransmitVideoCapability"], VideoCapability]
    | tuple[Literal["receiveAudioCapability"], AudioCapability]
    | tuple[Literal["transmitAudioCapability"], AudioCapability]
    | tuple[Literal["receiveAndTransmitAudioCapability"], AudioCapability]
    | tuple[Literal["receiveDataApplicationCapability"], DataApplicationCapability]
    | tuple[Literal["transmitDataApplicationCapability"], DataApplicationCapability]
    | tuple[Literal["receiveAndTransmitDataApplicationCapability"], DataApplicationCapability]
    | tuple[Literal["h233EncryptionTransmitCapability"], bool]
    | tuple[Literal["h233EncryptionReceiveCapability"], H233EncryptionReceiveCapability]
    | UnknownAlternative
    | tuple[Literal["conferenceCapability"], ConferenceCapability]
    | tuple[Literal["h235SecurityCapability"], H235SecurityCapability]
    | tuple[Literal["maxPendingReplacementFor"], Annotated[int, Range(0, 255)]]
    | tuple[Literal["receiveUserInputCapability"], UserInputCapability]
    | tuple[Literal["transmitUserInputCapability"], UserInputCapability]
    | tuple[Literal["receiveAndTransmitUserInputCapability"], UserInputCapability]
    | tuple[Literal["genericControlCapability"], GenericCapability]
    | tuple[Literal["receiveMultiplexedStreamCapability"], MultiplexedStreamCapability]
    | tuple[Literal["transmitMultiplexedStreamCapability"], MultiplexedStreamCapability]
    | tuple[Literal["receiveAndTransmitMultiplexedStreamCapability"], MultiplexedStreamCapability]
    | tuple[Literal["receiveRTPAudioTelephonyEventCapability"], AudioTelephonyEventCapability]
    | tuple[Literal["receiveRTPAudioToneCapability"], AudioToneCapability]
    | tuple[Literal["depFecCapability"], DepFECCapability]
    | tuple[Literal["multiplePayloadStreamCapability"], MultiplePayloadStreamCapability]
    | tuple[Literal["fecCapability"], FECCapability]
    | tuple[Literal["redundancyEncodingCap"], RedundancyEncodingCapability]
    | tuple[Literal["oneOfCapabilities"], AlternativeCapabilitySet]
)


class CapabilityTableEntry(ClosedSequence):
    capabilityTableEntryNumber: CapabilityTableEntryNumber
    capability: Capability | None = None


class CapabilityDescriptor(ClosedSequence):
    capabilityDescriptorNumber: CapabilityDescriptorNumber
    simultaneousCapabilities: Annotated[list[AlternativeCapabilitySet], Size(1, 256)] | None = None


class TerminalCapabilitySet(Sequence):
    sequenceNumber: SequenceNumber
    protocolIdentifier: ObjectIdentifier
    multiplexCapability: MultiplexCapability | None = None
    capabilityTable: Annotated[list[CapabilityTableEntry], Size(1, 256)] | None = None
    capabilityDescriptors: Annotated[list[CapabilityDescriptor], Size(1, 256)] | None = None
    genericInformation: list[GenericInformation] | None = extension_addition()


class TerminalCapabilitySetAck(Sequence):
    sequenceNumber: SequenceNumber
    genericInformation: list[GenericInformation] | None = extension_addition()


TableEntryCapacityExceeded: TypeAlias = (
    tuple[Literal["highestEntryNumberProcessed"], CapabilityTableEntryNumber]
    | tuple[Literal["noneProcessed"], Null]
)


TerminalCapabilitySetRejectCause: TypeAlias = (
    tuple[Literal["unspecified"], Null]
    | tuple[Literal["undefinedTableEntryUsed"], Null]
    | tuple[Literal["descriptorCapacityExceeded"], Null]
    | tuple[Literal["tableEntryCapacityExceeded"], TableEntryCapacityExceeded]
    | UnknownAlternative
)


class TerminalCapabilitySetReject(Sequence):
    sequenceNumber: SequenceNumber
    cause: TerminalCapabilitySetRejectCause
    genericInformation: list[GenericInformation] | None = extension_addition()


class TerminalCapabilitySetRelease(Sequence):
    genericInformation: list[GenericInformation] | None = extension_addition()
