"""H.225.0 Call signalling: what a Q.931 Setup carries in its User-user element, and what shares its types."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import (
    AliasAddress,
    DisplayName,
    ExtendedAliasAddress,
    PresentationIndicator,
    ScreeningIndicator,
)
from ringfence.wire.h225.call import (
    CallCapacity,
    CallType,
    CircuitInfo,
    ConferenceGoal,
    ServiceControlSession,
)
from ringfence.wire.h225.common import (
    CallIdentifier,
    CallReferenceValue,
    ConferenceIdentifier,
    EndpointIdentifier,
    ProtocolIdentifier,
    TransportAddress,
)
from ringfence.wire.h225.endpoint import EndpointType, QseriesOptions, SupportedProtocols
from ringfence.wire.h225.generic import FeatureDescriptor, FeatureSet
from ringfence.wire.h225.security import CryptoH323Token, H245Security
from ringfence.wire.h235 import ClearToken
from ringfence.wire.per.notation import (
    IA5,
    Null,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)

ScnConnectionType: TypeAlias = (
    tuple[Literal["unknown"], Null]
    | tuple[Literal["bChannel"], Null]
    | tuple[Literal["hybrid2x64"], Null]
    | tuple[Literal["hybrid384"], Null]
    | tuple[Literal["hybrid1536"], Null]
    | tuple[Literal["hybrid1920"], Null]
    | tuple[Literal["multirate"], Null]
    | UnknownAlternative
)


ScnConnectionAggregation: TypeAlias = (
    tuple[Literal["auto"], Null]
    | tuple[Literal["none"], Null]
    | tuple[Literal["h221"], Null]
    | tuple[Literal["bonded-mode1"], Null]
    | tuple[Literal["bonded-mode2"], Null]
    | tuple[Literal["bonded-mode3"], Null]
    | UnknownAlternative
)


class ConnectionParameters(Sequence):
    connectionType: ScnConnectionType
    numberOfScnConnections: Annotated[int, Range(0, 65535)]
    connectionAggregation: ScnConnectionAggregation


class SetupUUIE(Sequence):
    """What Setup carries in its User-user element."""

    protocolIdentifier: ProtocolIdentifier
    h245Address: TransportAddress | None = None
    sourceAddress: list[AliasAddress] | None = None
    sourceInfo: EndpointType
    destinationAddress: list[AliasAddress] | None = None
    destCallSignalAddress: TransportAddress | None = None
    destExtraCallInfo: list[AliasAddress] | None = None
    destExtraCRV: list[CallReferenceValue] | None = None
    activeMC: bool
    conferenceID: ConferenceIdentifier
    conferenceGoal: ConferenceGoal
    callServices: QseriesOptions | None = None
    callType: CallType
    sourceCallSignalAddress: TransportAddress | None = extension_addition()
    remoteExtensionAddress: AliasAddress | None = extension_addition()
    callIdentifier: CallIdentifier | None = extension_addition()
    h245SecurityCapability: list[H245Security] | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    fastStart: list[bytes] | None = extension_addition()
    mediaWaitForConnect: bool | None = extension_addition()
    canOverlapSend: bool | None = extension_addition()
    endpointIdentifier: EndpointIdentifier | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    connectionParameters: ConnectionParameters | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()
    presentationIndicator: PresentationIndicator | None = extension_addition()
    screeningIndicator: ScreeningIndicator | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    symmetricOperationRequired: Null | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    desiredProtocols: list[SupportedProtocols] | None = extension_addition()
    neededFeatures: list[FeatureDescriptor] | None = extension_addition()
    desiredFeatures: list[FeatureDescriptor] | None = extension_addition()
    supportedFeatures: list[FeatureDescriptor] | None = extension_addition()
    parallelH245Control: list[bytes] | None = extension_addition()
    additionalSourceAddresses: list[ExtendedAliasAddress] | None = extension_addition()
    hopCount: Annotated[int, Range(1, 31)] | None = extension_addition()
    displayName: list[DisplayName] | None = extension_addition()


class SetupAcknowledgeUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    callIdentifier: CallIdentifier
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None


class CallProceedingUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    destinationInfo: EndpointType
    h245Address: TransportAddress | None = None
    callIdentifier: CallIdentifier | None = extension_addition()
    h245SecurityMode: H245Security | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    fastStart: list[bytes] | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    fastConnectRefused: Null | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()


class AlertingUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    destinationInfo: EndpointType
    h245Address: TransportAddress | None = None
    callIdentifier: CallIdentifier | None = extension_addition()
    h245SecurityMode: H245Security | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    fastStart: list[bytes] | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    alertingAddress: list[AliasAddress] | None = extension_addition()
    presentationIndicator: PresentationIndicator | None = extension_addition()
    screeningIndicator: ScreeningIndicator | None = extension_addition()
    fastConnectRefused: Null | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    displayName: list[DisplayName] | None = extension_addition()


class ConnectUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    h245Address: TransportAddress | None = None
    destinationInfo: EndpointType
    conferenceID: ConferenceIdentifier
    callIdentifier: CallIdentifier | None = extension_addition()
    h245SecurityMode: H245Security | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    fastStart: list[bytes] | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()
    connectedAddress: list[AliasAddress] | None = extension_addition()
    presentationIndicator: PresentationIndicator | None = extension_addition()
    screeningIndicator: ScreeningIndicator | None = extension_addition()
    fastConnectRefused: Null | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    displayName: list[DisplayName] | None = extension_addition()
