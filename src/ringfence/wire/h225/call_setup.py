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
from ringfence.wire.per.notation import IA5, Null, Range, Sequence, Size, UnknownAlternative, addition

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
    sourceCallSignalAddress: TransportAddress | None = addition()
    remoteExtensionAddress: AliasAddress | None = addition()
    callIdentifier: CallIdentifier | None = addition()
    h245SecurityCapability: list[H245Security] | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    fastStart: list[bytes] | None = addition()
    mediaWaitForConnect: bool | None = addition()
    canOverlapSend: bool | None = addition()
    endpointIdentifier: EndpointIdentifier | None = addition()
    multipleCalls: bool | None = addition()
    maintainConnection: bool | None = addition()
    connectionParameters: ConnectionParameters | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()
    presentationIndicator: PresentationIndicator | None = addition()
    screeningIndicator: ScreeningIndicator | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    symmetricOperationRequired: Null | None = addition()
    capacity: CallCapacity | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    desiredProtocols: list[SupportedProtocols] | None = addition()
    neededFeatures: list[FeatureDescriptor] | None = addition()
    desiredFeatures: list[FeatureDescriptor] | None = addition()
    supportedFeatures: list[FeatureDescriptor] | None = addition()
    parallelH245Control: list[bytes] | None = addition()
    additionalSourceAddresses: list[ExtendedAliasAddress] | None = addition()
    hopCount: Annotated[int, Range(1, 31)] | None = addition()
    displayName: list[DisplayName] | None = addition()


class SetupAcknowledgeUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    callIdentifier: CallIdentifier
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None


class CallProceedingUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    destinationInfo: EndpointType
    h245Address: TransportAddress | None = None
    callIdentifier: CallIdentifier | None = addition()
    h245SecurityMode: H245Security | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    fastStart: list[bytes] | None = addition()
    multipleCalls: bool | None = addition()
    maintainConnection: bool | None = addition()
    fastConnectRefused: Null | None = addition()
    featureSet: FeatureSet | None = addition()


class AlertingUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    destinationInfo: EndpointType
    h245Address: TransportAddress | None = None
    callIdentifier: CallIdentifier | None = addition()
    h245SecurityMode: H245Security | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    fastStart: list[bytes] | None = addition()
    multipleCalls: bool | None = addition()
    maintainConnection: bool | None = addition()
    alertingAddress: list[AliasAddress] | None = addition()
    presentationIndicator: PresentationIndicator | None = addition()
    screeningIndicator: ScreeningIndicator | None = addition()
    fastConnectRefused: Null | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    capacity: CallCapacity | None = addition()
    featureSet: FeatureSet | None = addition()
    displayName: list[DisplayName] | None = addition()


class ConnectUUIE(Sequence):
    protocolIdentifier: ProtocolIdentifier
    h245Address: TransportAddress | None = None
    destinationInfo: EndpointType
    conferenceID: ConferenceIdentifier
    callIdentifier: CallIdentifier | None = addition()
    h245SecurityMode: H245Security | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    fastStart: list[bytes] | None = addition()
    multipleCalls: bool | None = addition()
    maintainConnection: bool | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()
    connectedAddress: list[AliasAddress] | None = addition()
    presentationIndicator: PresentationIndicator | None = addition()
    screeningIndicator: ScreeningIndicator | None = addition()
    fastConnectRefused: Null | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    capacity: CallCapacity | None = addition()
    featureSet: FeatureSet | None = addition()
    displayName: list[DisplayName] | None = addition()
