"""H.225.0 RAS: location."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress, PartyNumber
from ringfence.wire.h225.call import CircuitInfo, Endpoint, ServiceControlSession
from ringfence.wire.h225.common import (
    BandWidth,
    CallIdentifier,
    EndpointIdentifier,
    GatekeeperIdentifier,
    NonStandardParameter,
    RequestSeqNum,
    TransportAddress,
)
from ringfence.wire.h225.endpoint import (
    AlternateTransportAddresses,
    AltGKInfo,
    EndpointType,
    SupportedProtocols,
    TunnelledProtocol,
)
from ringfence.wire.h225.generic import FeatureSet, GenericData
from ringfence.wire.h225.security import ICV, CryptoH323Token, SecurityErrors2
from ringfence.wire.h235 import ClearToken
from ringfence.wire.per.notation import IA5, Null, Range, Sequence, Size, UnknownAlternative, addition


class LocationRequest(Sequence):
    """LRQ: where is the endpoint that has these aliases?"""

    requestSeqNum: RequestSeqNum
    endpointIdentifier: EndpointIdentifier | None = None
    destinationInfo: list[AliasAddress]
    nonStandardData: NonStandardParameter | None = None
    replyAddress: TransportAddress
    sourceInfo: list[AliasAddress] | None = addition()
    canMapAlias: bool | None = addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    desiredProtocols: list[SupportedProtocols] | None = addition()
    desiredTunnelledProtocol: TunnelledProtocol | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    hopCount: Annotated[int, Range(1, 255)] | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    callIdentifier: CallIdentifier | None = addition()
    bandWidth: BandWidth | None = addition()
    sourceEndpointInfo: list[AliasAddress] | None = addition()
    canMapSrcAlias: bool | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()


class LocationConfirm(Sequence):
    """LCF."""

    requestSeqNum: RequestSeqNum
    callSignalAddress: TransportAddress
    rasAddress: TransportAddress
    nonStandardData: NonStandardParameter | None = None
    destinationInfo: list[AliasAddress] | None = addition()
    destExtraCallInfo: list[AliasAddress] | None = addition()
    destinationType: EndpointType | None = addition()
    remoteExtensionAddress: list[AliasAddress] | None = addition()
    alternateEndpoints: list[Endpoint] | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = addition()
    supportedProtocols: list[SupportedProtocols] | None = addition()
    multipleCalls: bool | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    circuitInfo: CircuitInfo | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
    modifiedSrcInfo: list[AliasAddress] | None = addition()
    bandWidth: BandWidth | None = addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = addition()


LocationRejectReason: TypeAlias = (
    tuple[Literal["notRegistered"], Null]
    | tuple[Literal["invalidPermission"], Null]
    | tuple[Literal["requestDenied"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["aliasesInconsistent"], Null]
    | tuple[Literal["routeCalltoSCN"], list[PartyNumber]]
    | tuple[Literal["resourceUnavailable"], Null]
    | tuple[Literal["genericDataReason"], Null]
    | tuple[Literal["neededFeatureNotSupported"], Null]
    | tuple[Literal["hopCountExceeded"], Null]
    | tuple[Literal["incompleteAddress"], Null]
    | tuple[Literal["securityError"], SecurityErrors2]
    | tuple[Literal["securityDHmismatch"], Null]
    | tuple[Literal["noRouteToDestination"], Null]
    | tuple[Literal["unallocatedNumber"], Null]
)


class LocationReject(Sequence):
    """LRJ."""

    requestSeqNum: RequestSeqNum
    rejectReason: LocationRejectReason
    nonStandardData: NonStandardParameter | None = None
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    serviceControl: list[ServiceControlSession] | None = addition()
