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
from ringfence.wire.per.notation import IA5, Null, Range, Sequence, Size, UnknownAlternative, addition


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
    canMapAlias: bool | None = addition()
    callIdentifier: CallIdentifier | None = addition()
    srcAlternatives: list[Endpoint] | None = addition()
    destAlternatives: list[Endpoint] | None = addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    transportQOS: TransportQOS | None = addition()
    willSupplyUUIEs: bool | None = addition()
    callLinkage: CallLinkage | None = addition()
    gatewayDataRate: DataRate | None = addition()
    capacity: CallCapacity | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    desiredProtocols: list[SupportedProtocols] | None = addition()
    desiredTunnelledProtocol: TunnelledProtocol | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    canMapSrcAlias: bool | None = addition()


class AdmissionConfirm(Sequence):
    """ACF."""

    requestSeqNum: RequestSeqNum
    bandWidth: BandWidth
    callModel: CallModel
    destCallSignalAddress: TransportAddress
    irrFrequency: Annotated[int, Range(1, 65535)] | None = None
    nonStandardData: NonStandardParameter | None = None
    destinationInfo: list[AliasAddress] | None = addition()
    destExtraCallInfo: list[AliasAddress] | None = addition()
    destinationType: EndpointType | None = addition()
    remoteExtensionAddress: list[AliasAddress] | None = addition()
    alternateEndpoints: list[Endpoint] | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    transportQOS: TransportQOS | None = addition()
    willRespondToIRR: bool | None = addition()
    uuiesRequested: UUIEsRequested | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = addition()
    useSpecifiedTransport: UseSpecifiedTransport | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    usageSpec: list[RasUsageSpecification] | None = addition()
    supportedProtocols: list[SupportedProtocols] | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    multipleCalls: bool | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    modifiedSrcInfo: list[AliasAddress] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


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
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    callSignalAddress: list[TransportAddress] | None = addition()
    integrityCheckValue: ICV | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


class BandwidthRequest(Sequence):
    """BRQ."""

    requestSeqNum: RequestSeqNum
    endpointIdentifier: EndpointIdentifier
    conferenceID: ConferenceIdentifier
    callReferenceValue: CallReferenceValue
    callType: CallType | None = None
    bandWidth: BandWidth
    nonStandardData: NonStandardParameter | None = None
    callIdentifier: CallIdentifier | None = addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    answeredCall: bool | None = addition()
    callLinkage: CallLinkage | None = addition()
    capacity: CallCapacity | None = addition()
    usageInformation: RasUsageInformation | None = addition()
    bandwidthDetails: list[BandwidthDetails] | None = addition()
    genericData: list[GenericData] | None = addition()
    transportQOS: TransportQOS | None = addition()


class BandwidthConfirm(Sequence):
    """BCF."""

    requestSeqNum: RequestSeqNum
    bandWidth: BandWidth
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    capacity: CallCapacity | None = addition()
    genericData: list[GenericData] | None = addition()
    transportQOS: TransportQOS | None = addition()


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
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    genericData: list[GenericData] | None = addition()


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
    callIdentifier: CallIdentifier | None = addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    answeredCall: bool | None = addition()
    callLinkage: CallLinkage | None = addition()
    capacity: CallCapacity | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    usageInformation: RasUsageInformation | None = addition()
    terminationCause: CallTerminationCause | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    genericData: list[GenericData] | None = addition()


class DisengageConfirm(Sequence):
    """DCF."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    capacity: CallCapacity | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    usageInformation: RasUsageInformation | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


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
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    genericData: list[GenericData] | None = addition()
