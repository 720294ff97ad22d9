"""H.225.0 RAS: gatekeeper discovery."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.call import Endpoint
from ringfence.wire.h225.common import (
    GatekeeperIdentifier,
    NonStandardParameter,
    ProtocolIdentifier,
    RequestSeqNum,
    TransportAddress,
)
from ringfence.wire.h225.endpoint import AlternateGK, AltGKInfo, EndpointType, QseriesOptions, RehomingModel
from ringfence.wire.h225.generic import FeatureSet, GenericData
from ringfence.wire.h225.security import ICV, CryptoH323Token, IntegrityMechanism, SecurityErrors
from ringfence.wire.h235 import AuthenticationMechanism, ClearToken
from ringfence.wire.per.notation import Null, ObjectIdentifier, Sequence, UnknownAlternative, addition


class GatekeeperRequest(Sequence):
    """GRQ: an endpoint looks for a gatekeeper; to its unicast address when it knows one."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    rasAddress: TransportAddress
    endpointType: EndpointType
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    callServices: QseriesOptions | None = None
    endpointAlias: list[AliasAddress] | None = None
    alternateEndpoints: list[Endpoint] | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    authenticationCapability: list[AuthenticationMechanism] | None = addition()
    algorithmOIDs: list[ObjectIdentifier] | None = addition()
    integrity: list[IntegrityMechanism] | None = addition()
    integrityCheckValue: ICV | None = addition()
    supportsAltGK: Null | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    supportsAssignedGK: bool | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()


class GatekeeperConfirm(Sequence):
    """GCF: a gatekeeper is willing, and says where its RAS channel is."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    rasAddress: TransportAddress
    alternateGatekeeper: list[AlternateGK] | None = addition()
    authenticationMode: AuthenticationMechanism | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    algorithmOID: ObjectIdentifier | None = addition()
    integrity: list[IntegrityMechanism] | None = addition()
    integrityCheckValue: ICV | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
    assignedGatekeeper: AlternateGK | None = addition()
    rehomingModel: RehomingModel | None = addition()


GatekeeperRejectReason: TypeAlias = (
    tuple[Literal["resourceUnavailable"], Null]
    | tuple[Literal["terminalExcluded"], Null]
    | tuple[Literal["invalidRevision"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["genericDataReason"], Null]
    | tuple[Literal["neededFeatureNotSupported"], Null]
    | tuple[Literal["securityError"], SecurityErrors]
)


class GatekeeperReject(Sequence):
    """GRJ: it is not, and may name others."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    rejectReason: GatekeeperRejectReason
    altGKInfo: AltGKInfo | None = addition()
    tokens: list[ClearToken] | None = addition()
    cryptoTokens: list[CryptoH323Token] | None = addition()
    integrityCheckValue: ICV | None = addition()
    featureSet: FeatureSet | None = addition()
    genericData: list[GenericData] | None = addition()
