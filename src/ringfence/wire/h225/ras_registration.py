"""H.225.0 RAS: registration and unregistration."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AddressPattern, AliasAddress
from ringfence.wire.h225.call import (
    CallCapacity,
    CallCreditCapability,
    CapacityReportingCapability,
    CapacityReportingSpecification,
    Endpoint,
    RasUsageInfoTypes,
    RasUsageSpecification,
    ServiceControlSession,
)
from ringfence.wire.h225.common import (
    BandWidth,
    EndpointIdentifier,
    GatekeeperIdentifier,
    NonStandardParameter,
    ProtocolIdentifier,
    RequestSeqNum,
    TimeToLive,
    TransportAddress,
)
from ringfence.wire.h225.endpoint import (
    AlternateGK,
    AlternateTransportAddresses,
    AltGKInfo,
    EndpointType,
    RehomingModel,
    SupportedPrefix,
    TransportQOS,
    UseSpecifiedTransport,
    VendorIdentifier,
)
from ringfence.wire.h225.generic import FeatureSet, GenericData, H248PackagesDescriptor
from ringfence.wire.h225.security import ICV, CryptoH323Token, SecurityErrors, SecurityErrors2
from ringfence.wire.h235 import ClearToken
from ringfence.wire.per.notation import IA5, Null, Range, Sequence, Size, UnknownAlternative, addition


class RegistrationRequest(Sequence):
    """RRQ: an endpoint registers, or refreshes its registration when `keepAlive` is set."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    discoveryComplete: bool
    callSignalAddress: list[TransportAddress]
    rasAddress: list[TransportAddress]
    terminalType: EndpointType
    terminalAlias: list[AliasAddress] | None = None
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    endpointVendor: VendorIdentifier
    alternateEndpoints: list[Endpoint] | None = addition()
    timeToLive: TimeToLive | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    keepAlive: bool | None = addition()
    endpointIdentifier: EndpointIdentifier | None = addition()
    willSupplyUUIEs: bool | None = addition()
    maintainConnection: bool | None = addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = addition()
    additiveRegistration: Null | None = addition()
    terminalAliasPattern: list[AddressPattern] | None = addition()
    supportsAltGK: Null | None = addition()
    usageReportingCapability: RasUsageInfoTypes | None = addition()
    multipleCalls: bool | None = addition()
    supportedH248Packages: list[H248PackagesDescriptor] | None = addition()
    callCreditCapability: CallCreditCapability | None = addition()
    capacityReportingCapability: CapacityReportingCapability | None = addition()
    capacity: CallCapacity | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    restart: Null | None = addition()
    supportsACFSequences: Null | None = addition()
    supportsAssignedGK: bool | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()
    transportQOS: TransportQOS | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()


class PreGrantedARQ(Sequence):
    makeCall: bool
    useGKCallSignalAddressToMakeCall: bool
    answerCall: bool
    useGKCallSignalAddressToAnswer: bool
    irrFrequencyInCall: Annotated[int, Range(1, 65535)] | None = addition()
    totalBandwidthRestriction: BandWidth | None = addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = addition()
    useSpecifiedTransport: UseSpecifiedTransport | None = addition()


class RegistrationConfirm(Sequence):
    """RCF: the endpoint is registered, for `timeToLive` seconds when that is present."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    callSignalAddress: list[TransportAddress]
    terminalAlias: list[AliasAddress] | None = None
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    endpointIdentifier: EndpointIdentifier
    alternateGatekeeper: list[AlternateGK] | None = addition()
    timeToLive: TimeToLive | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    willRespondToIRR: bool | None = addition()
    preGrantedARQ: PreGrantedARQ | None = addition()
    maintainConnection: bool | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    supportsAdditiveRegistration: Null | None = addition()
    terminalAliasPattern: list[AddressPattern] | None = addition()
    supportedPrefixes: list[SupportedPrefix] | None = addition()
    usageSpec: list[RasUsageSpecification] | None = addition()
    featureServerAlias: AliasAddress | None = addition()
    capacityReportingSpec: CapacityReportingSpecification | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()
    rehomingModel: RehomingModel | None = addition()
    transportQOS: TransportQOS | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()


class InvalidTerminalAliases(Sequence):
    terminalAlias: list[AliasAddress] | None = None
    terminalAliasPattern: list[AddressPattern] | None = None
    supportedPrefixes: list[SupportedPrefix] | None = None


RegistrationRejectReason: TypeAlias = (
    tuple[Literal["discoveryRequired"], Null]
    | tuple[Literal["invalidRevision"], Null]
    | tuple[Literal["invalidCallSignalAddress"], Null]
    | tuple[Literal["invalidRASAddress"], Null]
    | tuple[Literal["duplicateAlias"], list[AliasAddress]]
    | tuple[Literal["invalidTerminalType"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | tuple[Literal["transportNotSupported"], Null]
    | UnknownAlternative
    | tuple[Literal["transportQOSNotSupported"], Null]
    | tuple[Literal["resourceUnavailable"], Null]
    | tuple[Literal["invalidAlias"], Null]
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["fullRegistrationRequired"], Null]
    | tuple[Literal["additiveRegistrationNotSupported"], Null]
    | tuple[Literal["invalidTerminalAliases"], InvalidTerminalAliases]
    | tuple[Literal["genericDataReason"], Null]
    | tuple[Literal["neededFeatureNotSupported"], Null]
    | tuple[Literal["securityError"], SecurityErrors]
    | tuple[Literal["registerWithAssignedGK"], Null]
)


class RegistrationReject(Sequence):
    """RRJ: the endpoint is not registered."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    rejectReason: RegistrationRejectReason
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


UnregRequestReason: TypeAlias = (
    tuple[Literal["reregistrationRequired"], Null]
    | tuple[Literal["ttlExpired"], Null]
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["maintenance"], Null]
    | tuple[Literal["securityError"], SecurityErrors2]
    | tuple[Literal["registerWithAssignedGK"], Null]
)


class UnregistrationRequest(Sequence):
    """URQ: from either side."""

    requestSeqNum: RequestSeqNum
    callSignalAddress: list[TransportAddress]
    endpointAlias: list[AliasAddress] | None = None
    nonStandardData: NonStandardParameter | None = None
    endpointIdentifier: EndpointIdentifier | None = None
    alternateEndpoints: list[Endpoint] | None = addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    reason: UnregRequestReason | None = addition()
    endpointAliasPattern: list[AddressPattern] | None = addition()
    supportedPrefixes: list[SupportedPrefix] | None = addition()
    alternateGatekeeper: list[AlternateGK] | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


class UnregistrationConfirm(Sequence):
    """UCF."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


UnregRejectReason: TypeAlias = (
    tuple[Literal["notCurrentlyRegistered"], Null]
    | tuple[Literal["callInProgress"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["permissionDenied"], Null]
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["securityError"], SecurityErrors2]
)


class UnregistrationReject(Sequence):
    """URJ."""

    requestSeqNum: RequestSeqNum
    rejectReason: UnregRejectReason
    nonStandardData: NonStandardParameter | None = None
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    genericData: list[GenericData] | None = addition()
