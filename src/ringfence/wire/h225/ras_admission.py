"""H.225.0 RAS: admission, bandwidth change and disengage."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress, PartyNumber
from ringfence.wire.h225.call import (
    BandwidthDetails,
    CallCapacity,
    CallLinkage,
    CallModel,
    CallTerminationCause,
    CallType,
    CircuitInfo,
    Endpoint,
    RasUsageInformation,
    RasUsageSpecification,
    ServiceControlSession,
    UUIEsRequested,
)
from ringfence.wire.h225.common import (
    BandWidth,
    CallIdentifier,
    CallReferenceValue,
    ConferenceIdentifier,
    EndpointIdentifier,
    GatekeeperIdentifier,
    NonStandardParameter,
    RequestSeqNum,
    TransportAddress,
)
from ringfence.wire.h225.endpoint import (
    AlternateGK,
    AlternateTransportAddresses,
    AltGKInfo,
    DataRate,
    EndpointType,
    QseriesOptions,
    SupportedProtocols,
    TransportQOS,
    TunnelledProtocol,
    UseSpecifiedTransport,
)
from ringfence.wire.h225.generic import FeatureSet, GenericData
from ringfence.wire.h225.security import ICV, CryptoH323Token, SecurityErrors2
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


class AdmissionRequest(Sequence):
    """ARQ: an endpoint asks leave for a call."""

    requestSeqNum: RequestSeqNum
    callType: CallType
    callModel: CallModel | None = None
    endpointIdentifier: EndpointIdentifier
    destinationInfo: list[AliasAddress] | None = None
    destCallSignalAddress: TransportAddress | None = None
    destExtraCallInfo: list[AliasAddress] | None = None
    srcInfo: list[AliasAddress]
    srcCallSignalAddress: TransportAddress | None = None
    bandWidth: BandWidth
    callReferenceValue: CallReferenceValue
    nonStandardData: NonStandardParameter | None = None
    callServices: QseriesOptions | None = None
    conferenceID: ConferenceIdentifier
    activeMC: bool
    answerCall: bool
    canMapAlias: bool | None = extension_addition()
    callIdentifier: CallIdentifier | None = extension_addition()
    srcAlternatives: list[Endpoint] | None = extension_addition()
    destAlternatives: list[Endpoint] | None = extension_addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    transportQOS: TransportQOS | None = extension_addition()
    willSupplyUUIEs: bool | None = extension_addition()
    callLinkage: CallLinkage | None = extension_addition()
    gatewayDataRate: DataRate | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    desiredProtocols: list[SupportedProtocols] | None = extension_addition()
    desiredTunnelledProtocol: TunnelledProtocol | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    canMapSrcAlias: bool | None = extension_addition()


class AdmissionConfirm(Sequence):
    """ACF."""

    requestSeqNum: RequestSeqNum
    bandWidth: BandWidth
    callModel: CallModel
    destCallSignalAddress: TransportAddress
    irrFrequency: Annotated[int, Range(1, 65535)] | None = None
    nonStandardData: NonStandardParameter | None = None
    destinationInfo: list[AliasAddress] | None = extension_addition()
    destExtraCallInfo: list[AliasAddress] | None = extension_addition()
    destinationType: EndpointType | None = extension_addition()
    remoteExtensionAddress: list[AliasAddress] | None = extension_addition()
    alternateEndpoints: list[Endpoint] | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    transportQOS: TransportQOS | None = extension_addition()
    willRespondToIRR: bool | None = extension_addition()
    uuiesRequested: UUIEsRequested | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = extension_addition()
    useSpecifiedTransport: UseSpecifiedTransport | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    usageSpec: list[RasUsageSpecification] | None = extension_addition()
    supportedProtocols: list[SupportedProtocols] | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    modifiedSrcInfo: list[AliasAddress] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


AdmissionRejectReason: TypeAlias = (
    tuple[Literal["calledPartyNotRegistered"], Null]
    | tuple[Literal["invalidPermission"], Null]
    | tuple[Literal["requestDenied"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | tuple[Literal["callerNotRegistered"], Null]
    | tuple[Literal["routeCallToGatekeeper"], Null]
    | tuple[Literal["invalidEndpointIdentifier"], Null]
    | tuple[Literal["resourceUnavailable"], Null]
    | UnknownAlternative
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["qosControlNotSupported"], Null]
    | tuple[Literal["incompleteAddress"], Null]
    | tuple[Literal["aliasesInconsistent"], Null]
    | tuple[Literal["routeCallToSCN"], list[PartyNumber]]
    | tuple[Literal["exceedsCallCapacity"], Null]
    | tuple[Literal["collectDestination"], Null]
    | tuple[Literal["collectPIN"], Null]
    | tuple[Literal["genericDataReason"], Null]
    | tuple[Literal["neededFeatureNotSupported"], Null]
    | tuple[Literal["securityError"], SecurityErrors2]
    | tuple[Literal["securityDHmismatch"], Null]
    | tuple[Literal["noRouteToDestination"], Null]
    | tuple[Literal["unallocatedNumber"], Null]
    | tuple[Literal["registerWithAssignedGK"], Null]
)


class AdmissionReject(Sequence):
    """ARJ."""

    requestSeqNum: RequestSeqNum
    rejectReason: AdmissionRejectReason
    nonStandardData: NonStandardParameter | None = None
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    callSignalAddress: list[TransportAddress] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


class BandwidthRequest(Sequence):
    """BRQ."""

    requestSeqNum: RequestSeqNum
    endpointIdentifier: EndpointIdentifier
    conferenceID: ConferenceIdentifier
    callReferenceValue: CallReferenceValue
    callType: CallType | None = None
    bandWidth: BandWidth
    nonStandardData: NonStandardParameter | None = None
    callIdentifier: CallIdentifier | None = extension_addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    answeredCall: bool | None = extension_addition()
    callLinkage: CallLinkage | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    usageInformation: RasUsageInformation | None = extension_addition()
    bandwidthDetails: list[BandwidthDetails] | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    transportQOS: TransportQOS | None = extension_addition()


class BandwidthConfirm(Sequence):
    """BCF."""

    requestSeqNum: RequestSeqNum
    bandWidth: BandWidth
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    transportQOS: TransportQOS | None = extension_addition()


BandRejectReason: TypeAlias = (
    tuple[Literal["notBound"], Null]
    | tuple[Literal["invalidConferenceID"], Null]
    | tuple[Literal["invalidPermission"], Null]
    | tuple[Literal["insufficientResources"], Null]
    | tuple[Literal["invalidRevision"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["securityError"], SecurityErrors2]
)


class BandwidthReject(Sequence):
    """BRJ."""

    requestSeqNum: RequestSeqNum
    rejectReason: BandRejectReason
    allowedBandWidth: BandWidth
    nonStandardData: NonStandardParameter | None = None
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()


DisengageReason: TypeAlias = (
    tuple[Literal["forcedDrop"], Null]
    | tuple[Literal["normalDrop"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
)


class DisengageRequest(Sequence):
    """DRQ: a call is over, or is to end."""

    requestSeqNum: RequestSeqNum
    endpointIdentifier: EndpointIdentifier
    conferenceID: ConferenceIdentifier
    callReferenceValue: CallReferenceValue
    disengageReason: DisengageReason
    nonStandardData: NonStandardParameter | None = None
    callIdentifier: CallIdentifier | None = extension_addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    answeredCall: bool | None = extension_addition()
    callLinkage: CallLinkage | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    usageInformation: RasUsageInformation | None = extension_addition()
    terminationCause: CallTerminationCause | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()


class DisengageConfirm(Sequence):
    """DCF."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    usageInformation: RasUsageInformation | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


DisengageRejectReason: TypeAlias = (
    tuple[Literal["notRegistered"], Null]
    | tuple[Literal["requestToDropOther"], Null]
    | UnknownAlternative
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["securityError"], SecurityErrors2]
)


class DisengageReject(Sequence):
    """DRJ."""

    requestSeqNum: RequestSeqNum
    rejectReason: DisengageRejectReason
    nonStandardData: NonStandardParameter | None = None
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
