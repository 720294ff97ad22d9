"""H.225.0 RAS: status, resources, service control, and what any message may be answered with."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.call import (
    CallCapacity,
    CallLinkage,
    CallModel,
    CallType,
    CircuitInfo,
    RasUsageInformation,
    RasUsageInfoTypes,
    RTPSession,
    ServiceControlSession,
    UUIEsRequested,
)
from ringfence.wire.h225.call_signalling import H323UUPDU
from ringfence.wire.h225.common import (
    BandWidth,
    CallIdentifier,
    CallReferenceValue,
    ConferenceIdentifier,
    EndpointIdentifier,
    NonStandardParameter,
    ProtocolIdentifier,
    RequestSeqNum,
    TransportAddress,
    TransportChannelInfo,
)
from ringfence.wire.h225.endpoint import AlternateGK, AltGKInfo, EndpointType, SupportedProtocols
from ringfence.wire.h225.generic import FeatureSet, GenericData
from ringfence.wire.h225.security import ICV, CryptoH323Token, SecurityErrors2
from ringfence.wire.h235 import ClearToken
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    Range,
    Sequence,
    UnknownAlternative,
    extension_addition,
)


class PduItem(ClosedSequence):
    h323pdu: H323UUPDU
    sent: bool


class PerCallInfoItem(Sequence):
    nonStandardData: NonStandardParameter | None = None
    callReferenceValue: CallReferenceValue
    conferenceID: ConferenceIdentifier
    originator: bool | None = None
    audio: list[RTPSession] | None = None
    video: list[RTPSession] | None = None
    data: list[TransportChannelInfo] | None = None
    h245: TransportChannelInfo
    callSignalling: TransportChannelInfo
    callType: CallType
    bandWidth: BandWidth
    callModel: CallModel
    callIdentifier: CallIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    substituteConfIDs: list[ConferenceIdentifier] | None = extension_addition()
    pdu: list[PduItem] | None = extension_addition()
    callLinkage: CallLinkage | None = extension_addition()
    usageInformation: RasUsageInformation | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()


class InfoRequest(Sequence):
    """IRQ: a gatekeeper asks for the state of an endpoint."""

    requestSeqNum: RequestSeqNum
    callReferenceValue: CallReferenceValue
    nonStandardData: NonStandardParameter | None = None
    replyAddress: TransportAddress | None = None
    callIdentifier: CallIdentifier | None = extension_addition()
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    uuiesRequested: UUIEsRequested | None = extension_addition()
    callLinkage: CallLinkage | None = extension_addition()
    usageInfoRequested: RasUsageInfoTypes | None = extension_addition()
    segmentedResponseSupported: Null | None = extension_addition()
    nextSegmentRequested: Annotated[int, Range(0, 65535)] | None = extension_addition()
    capacityInfoRequested: Null | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()
    assignedGatekeeper: AlternateGK | None = extension_addition()


InfoRequestResponseStatus: TypeAlias = (
    tuple[Literal["complete"], Null]
    | tuple[Literal["incomplete"], Null]
    | tuple[Literal["segment"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["invalidCall"], Null]
    | UnknownAlternative
)


class InfoRequestResponse(Sequence):
    """IRR: the answer, or unsolicited."""

    nonStandardData: NonStandardParameter | None = None
    requestSeqNum: RequestSeqNum
    endpointType: EndpointType
    endpointIdentifier: EndpointIdentifier
    rasAddress: TransportAddress
    callSignalAddress: list[TransportAddress]
    endpointAlias: list[AliasAddress] | None = None
    perCallInfo: list[PerCallInfoItem] | None = None
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    needResponse: bool | None = extension_addition()
    capacity: CallCapacity | None = extension_addition()
    irrStatus: InfoRequestResponseStatus | None = extension_addition()
    unsolicited: bool | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()


class InfoRequestAck(Sequence):
    """IACK: to an unsolicited IRR that wants one."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None


InfoRequestNakReason: TypeAlias = (
    tuple[Literal["notRegistered"], Null]
    | tuple[Literal["securityDenial"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["securityError"], SecurityErrors2]
)


class InfoRequestNak(Sequence):
    """INAK."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    nakReason: InfoRequestNakReason
    altGKInfo: AltGKInfo | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None


class NonStandardMessage(Sequence):
    """NSM: whatever a vendor wants to send over the RAS channel."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()


class UnknownMessageResponse(Sequence):
    """XRS: to a message that was not understood."""

    requestSeqNum: RequestSeqNum
    tokens: list[ClearToken] | None = extension_addition()
    cryptoTokens: list[CryptoH323Token] | None = extension_addition()
    integrityCheckValue: ICV | None = extension_addition()
    messageNotUnderstood: bytes | None = extension_addition()


class RequestInProgress(Sequence):
    """RIP: the answer takes `delay` milliseconds more."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None
    delay: Annotated[int, Range(1, 65535)]


class ResourcesAvailableIndicate(Sequence):
    """RAI."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    endpointIdentifier: EndpointIdentifier
    protocols: list[SupportedProtocols]
    almostOutOfResources: bool
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None
    capacity: CallCapacity | None = extension_addition()
    genericData: list[GenericData] | None = extension_addition()


class ResourcesAvailableConfirm(Sequence):
    """RAC."""

    requestSeqNum: RequestSeqNum
    protocolIdentifier: ProtocolIdentifier
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None
    genericData: list[GenericData] | None = extension_addition()


class CallSpecific(Sequence):
    callIdentifier: CallIdentifier
    conferenceID: ConferenceIdentifier
    answeredCall: bool


class ServiceControlIndication(Sequence):
    """SCI."""

    requestSeqNum: RequestSeqNum
    nonStandardData: NonStandardParameter | None = None
    serviceControl: list[ServiceControlSession]
    endpointIdentifier: EndpointIdentifier | None = None
    callSpecific: CallSpecific | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None
    featureSet: FeatureSet | None = None
    genericData: list[GenericData] | None = None


Result: TypeAlias = (
    tuple[Literal["started"], Null]
    | tuple[Literal["failed"], Null]
    | tuple[Literal["stopped"], Null]
    | tuple[Literal["notAvailable"], Null]
    | tuple[Literal["neededFeatureNotSupported"], Null]
    | UnknownAlternative
)


class ServiceControlResponse(Sequence):
    """SCR."""

    requestSeqNum: RequestSeqNum
    result: Result | None = None
    nonStandardData: NonStandardParameter | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    integrityCheckValue: ICV | None = None
    featureSet: FeatureSet | None = None
    genericData: list[GenericData] | None = None
