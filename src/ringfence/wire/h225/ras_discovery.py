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
from ringfence.wire.per.notation import (
    Null,
    ObjectIdentifier,
    Sequence,
    UnknownAlternative,
    extension_addition,
)


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
    alternateEndpoints: list[Endpoint] | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    authenticationCapability: list[AuthenticationMechanism] | None = extension_addition()
    algorithmOIDs: list[ObjectIdentifier] | None = extension_addition()
    integrity: list[IntegrityMechanism] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    supportsAltGK: Null | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    supportsAssignedGK: bool | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


class GatekeeperConfirm(Sequence):
    """GCF: a gatekeeper is willing, and says where its RAS channel is."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    rasAddress: TransportAddress
    alternateGatekeeper: list[AlternateGK] | None = extension_addition()
    authenticationMode: AuthenticationMechanism | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    algorithmOID: ObjectIdentifier | None = extension_addition()
    integrity: list[IntegrityMechanism] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()
    rehomingModel: RehomingModel | None = extension_addition()


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
    altGKInfo: AltGKInfo | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
