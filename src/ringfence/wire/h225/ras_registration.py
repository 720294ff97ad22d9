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
from ringfence.wire.per.notation import (
    IA5,
    Null,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


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
    alternateEndpoints: list[Endpoint] | None = extension_addition()
    timeToLive: TimeToLive | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    keepAlive: bool | None = extension_addition()
    endpointIdentifier: EndpointIdentifier | None = extension_addition()
    willSupplyUUIEs: bool | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = extension_addition()
    additiveRegistration: Null | None = extension_addition()
    terminalAliasPattern: list[AddressPattern] | None = extension_addition()
    supportsAltGK: Null | None = extension_addition()
    usageReportingCapability: RasUsageInfoTypes | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    supportedH248Packages: list[H248PackagesDescriptor] | None = extension_addition()
    callCreditCapability: CallCreditCapability | None = extension_addition()
    capacityReportingCapability: CapacityReportingCapability | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    restart: Null | None = extension_addition()
    supportsACFSequences: Null | None = extension_addition()
    supportsAssignedGK: bool | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()
    transportQOS: TransportQOS | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()


class PreGrantedARQ(Sequence):
    makeCall: bool
    useGKCallSignalAddressToMakeCall: bool
    answerCall: bool
    useGKCallSignalAddressToAnswer: bool
    irrFrequencyInCall: Annotated[int, Range(1, 65535)] | None = extension_addition()
    totalBandwidthRestriction: BandWidth | None = extension_addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = extension_addition()
    useSpecifiedTransport: UseSpecifiedTransport | None = extension_addition()


class RegistrationConfirm(Sequence):
    """RCF: the endpoint is registered, for `timeToLive` seconds when that is present."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    callSignalAddress: list[TransportAddress]
    terminalAlias: list[AliasAddress] | None = None
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    endpointIdentifier: EndpointIdentifier
    alternateGatekeeper: list[AlternateGK] | None = extension_addition()
    timeToLive: TimeToLive | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    willRespondToIRR: bool | None = extension_addition()
    preGrantedARQ: PreGrantedARQ | None = extension_addition()
    maintainConnection: bool | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    supportsAdditiveRegistration: Null | None = extension_addition()
    terminalAliasPattern: list[AddressPattern] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()
    usageSpec: list[RasUsageSpecification] | None = extension_addition()
    featureServerAlias: AliasAddress | None = extension_addition()
    capacityReportingSpec: CapacityReportingSpecification | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()
    rehomingModel: RehomingModel | None = extension_addition()
    transportQOS: TransportQOS | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()


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
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


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
    alternateEndpoints: list[Endpoint] | None = extension_addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    reason: UnregRequestReason | None = extension_addition()
    endpointAliasPattern: list[AddressPattern] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()
    alternateGatekeeper: list[AlternateGK] | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


class UnregistrationConfirm(Sequence):
    """UCF."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


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
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
