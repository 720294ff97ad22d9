"""H.225.0 Call signalling: the other messages, and H323-UserInformation around all of them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress, DisplayName, PresentationIndicator, ScreeningIndicator
from ringfence.wire.h225.call import (
    CallCapacity,
    CallLinkage,
    CircuitInfo,
    ReleaseCompleteReason,
    ServiceControlSession,
)
from ringfence.wire.h225.call_setup import (
    AlertingUUIE,
    CallProceedingUUIE,
    ConnectUUIE,
    SetupAcknowledgeUUIE,
    SetupUUIE,
)
from ringfence.wire.h225.common import (
    CallIdentifier,
    ConferenceIdentifier,
    NonStandardParameter,
    ProtocolIdentifier,
    TransportAddress,
)
from ringfence.wire.h225.endpoint import EndpointType, TunnelledProtocol
from ringfence.wire.h225.generic import FeatureSet, GenericData
from ringfence.wire.h225.security import CryptoH323Token, H245Security
from ringfence.wire.h235 import ClearToken
from ringfence.wire.per.notation import Null, Range, Sequence, Size, UnknownAlternative, extension_addition


class StatusUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    callIdentifier: CallIdentifier
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None


class InformationUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    callIdentifier: CallIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    fastStart: list[bytes] | None = extension_addition()
    fastConnectRefused: Null | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()


class ReleaseCompleteUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    reason: ReleaseCompleteReason | None = None
    callIdentifier: CallIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    busyAddress: list[AliasAddress] | None = extension_addition()
    presentationIndicator: PresentationIndicator | None = extension_addition()
    screeningIndicator: ScreeningIndicator | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    destinationInfo: EndpointType | None = extension_addition()
    displayName: list[DisplayName] | None = extension_addition()


class ConferenceList(Sequence):
    conferenceID: ConferenceIdentifier | None = None
    conferenceAlias: AliasAddress | None = None
    nonStandardData: NonStandardParameter | None = None


FacilityReason: TypeAlias = (
    tuple[Literal["routeCallToGatekeeper"], Null]
    | tuple[Literal["callForwarded"], Null]
    | tuple[Literal["routeCallToMC"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["conferenceListChoice"], Null]
    | tuple[Literal["startH245"], Null]
    | tuple[Literal["noH245"], Null]
    | tuple[Literal["newTokens"], Null]
    | tuple[Literal["featureSetUpdate"], Null]
    | tuple[Literal["forwardedElements"], Null]
    | tuple[Literal["transportedInformation"], Null]
)


class FacilityUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    alternativeAddress: TransportAddress | None = None
    alternativeAliasAddress: list[AliasAddress] | None = None
    conferenceID: ConferenceIdentifier | None = None
    reason: FacilityReason
    callIdentifier: CallIdentifier | None = extension_addition()
    destExtraCallInfo: list[AliasAddress] | None = extension_addition()
    remoteExtensionAddress: AliasAddress | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    conferences: list[ConferenceList] | None = extension_addition()
    h245Address: TransportAddress | None = extension_addition()
    fastStart: list[bytes] | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    fastConnectRefused: Null | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    destinationInfo: EndpointType | None = extension_addition()
    h245SecurityMode: H245Security | None = extension_addition()


class ProgressUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    destinationInfo: EndpointType
    h245Address: TransportAddress | None = None
    callIdentifier: CallIdentifier
    h245SecurityMode: H245Security | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    fastStart: list[bytes] | None = None
    multipleCalls: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    fastConnectRefused: Null | None = extension_addition()


class StatusInquiryUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    callIdentifier: CallIdentifier
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None


class NotifyUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    callIdentifier: CallIdentifier
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    connectedAddress: list[AliasAddress] | None = extension_addition()
    presentationIndicator: PresentationIndicator | None = extension_addition()
    screeningIndicator: ScreeningIndicator | None = extension_addition()
    destinationInfo: EndpointType | None = extension_addition()
    displayName: list[DisplayName] | None = extension_addition()


class StimulusControl(Sequence):
    nonStandard: NonStandardParameter | None = None
    isText: Null | None = None
    h248Message: bytes | None = None


class TunnelledSignallingMessage(Sequence):
    tunnelledProtocolID: TunnelledProtocol
    messageContent: list[bytes]
    tunnellingRequired: Null | None = None
    nonStandardData: NonStandardParameter | None = None


H323messagebody: TypeAlias = (
    tuple[Literal["setup"], SetupUUIE]
    | tuple[Literal["callProceeding"], CallProceedingUUIE]
    | tuple[Literal["connect"], ConnectUUIE]
    | tuple[Literal["alerting"], AlertingUUIE]
    | tuple[Literal["information"], InformationUUIE]
    | tuple[Literal["releaseComplete"], ReleaseCompleteUUIE]
    | tuple[Literal["facility"], FacilityUUIE]
    | UnknownAlternative
    | tuple[Literal["progress"], ProgressUUIE]
    | tuple[Literal["empty"], Null]
    | tuple[Literal["status"], StatusUUIE]
    | tuple[Literal["statusInquiry"], StatusInquiryUUIE]
    | tuple[Literal["setupAcknowledge"], SetupAcknowledgeUUIE]
    | tuple[Literal["notify"], NotifyUUIE]
)


class H323UUPDU(Sequence):
    h323_message_body: H323messagebody
    nonStandardData: NonStandardParameter | None = None
    h4501SupplementaryService: list[bytes] | None = extension_addition()
    h245Tunneling: bool | None = extension_addition()
    h245Control: list[bytes] | None = extension_addition()
    nonStandardControl: list[NonStandardParameter] | None = extension_addition()
    callLinkage: CallLinkage | None = extension_addition()
    tunnelledSignallingMessage: TunnelledSignallingMessage | None = extension_addition()
    provisionalRespToH245Tunneling: Null | None = extension_addition()
    stimulusControl: StimulusControl | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()


class Userdata(Sequence):
    protocol_discriminator: Annotated[int, Range(0, 255)]
    user_information: Annotated[bytes, Size(1, 131)]


class H323UserInformation(Sequence):
    """The content of every User-user element of H.323."""

    h323_uu_pdu: H323UUPDU
    user_data: Userdata | None = None
