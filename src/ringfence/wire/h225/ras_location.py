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
from ringfence.wire.per.notation import (
    IA5,
    Null,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


class LocationRequest(Sequence):
    """LRQ: where is the endpoint that has these aliases?"""

    requestSeqNum: RequestSeqNum
    endpointIdentifier: EndpointIdentifier | None = None
    destinationInfo: list[AliasAddress]
    nonStandardData: NonStandardParameter | None = None
    replyAddress: TransportAddress
    sourceInfo: list[AliasAddress] | None = extension_addition()
    canMapAlias: bool | None = extension_addition()
    gatekeeperIdentifier: GatekeeperIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    desiredProtocols: list[SupportedProtocols] | None = extension_addition()
    desiredTunnelledProtocol: TunnelledProtocol | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    hopCount: Annotated[int, Range(1, 255)] | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    callIdentifier: CallIdentifier | None = extension_addition()
    bandWidth: BandWidth | None = extension_addition()
    sourceEndpointInfo: list[AliasAddress] | None = extension_addition()
    canMapSrcAlias: bool | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()


class LocationConfirm(Sequence):
    """LCF."""

    requestSeqNum: RequestSeqNum
    callSignalAddress: TransportAddress
    rasAddress: TransportAddress
    nonStandardData: NonStandardParameter | None = None
    destinationInfo: list[AliasAddress] | None = extension_addition()
    destExtraCallInfo: list[AliasAddress] | None = extension_addition()
    destinationType: EndpointType | None = extension_addition()
    remoteExtensionAddress: list[AliasAddress] | None = extension_addition()
    alternateEndpoints: list[Endpoint] | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    alternateTransportAddresses: AlternateTransportAddresses | None = extension_addition()
    supportedProtocols: list[SupportedProtocols] | None = extension_addition()
    multipleCalls: bool | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
    modifiedSrcInfo: list[AliasAddress] | None = extension_addition()
    bandWidth: BandWidth | None = extension_addition()
    language: list[Annotated[str, IA5, Size(1, 32)]] | None = extension_addition()


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
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    serviceControl: list[ServiceControlSession] | None = extension_addition()
