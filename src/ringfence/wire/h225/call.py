"""H.225.0 What describes a call, a circuit and the capacity for them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.common import (
    BandWidth,
    ConferenceIdentifier,
    GloballyUniqueID,
    NonStandardParameter,
    TransportAddress,
    TransportChannelInfo,
)
from ringfence.wire.h225.endpoint import AlternateTransportAddresses, EndpointType
from ringfence.wire.h225.generic import FeatureSet, GenericData, H248SignalsDescriptor
from ringfence.wire.h225.security import CryptoH323Token, SecurityErrors
from ringfence.wire.h235 import ClearToken, TimeStamp
from ringfence.wire.per.notation import (
    BMP,
    IA5,
    PRINTABLE,
    Null,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


class GroupID(Sequence):
    member: list[Annotated[int, Range(0, 65535)]] | None = None
    group: Annotated[str, IA5, Size(1, 128)]


class CicInfo(Sequence):
    cic: list[Annotated[bytes, Size(2, 4)]]
    pointCode: Annotated[bytes, Size(2, 5)]


class CarrierInfo(Sequence):
    carrierIdentificationCode: Annotated[bytes, Size(3, 4)] | None = None
    carrierName: Annotated[str, IA5, Size(1, 128)] | None = None


class CircuitIdentifier(Sequence):
    cic: CicInfo | None = None
    group: GroupID | None = None
    carrier: CarrierInfo | None = extension_addition()


class CircuitInfo(Sequence):
    sourceCircuitID: CircuitIdentifier | None = None
    destinationCircuitID: CircuitIdentifier | None = None
    genericData: list[GenericData] | None = None


class Endpoint(Sequence):
    nonStandardData: NonStandardParameter | None = None
    aliasAddress: list[AliasAddress] | None = None
    callSignalAddress: list[TransportAddress] | None = None
    rasAddress: list[TransportAddress] | None = None
    endpointType: EndpointType | None = None
    tokens: list[ClearToken] | None = None
    cryptoTokens: list[CryptoH323Token] | None = None
    priority: Annotated[int, Range(0, 127)] | None = None
    remoteExtensionAddress: list[AliasAddress] | None = None
    destExtraCallInfo: list[AliasAddress] | None = None
    alternateTransportAddresses: AlternateTransportAddresses | None = extension_addition()
    circuitInfo: CircuitInfo | None = extension_addition()
    featureSet: FeatureSet | None = extension_addition()


CallType: TypeAlias = (
    tuple[Literal["pointToPoint"], Null]
    | tuple[Literal["oneToN"], Null]
    | tuple[Literal["nToOne"], Null]
    | tuple[Literal["nToN"], Null]
    | UnknownAlternative
)


CallModel: TypeAlias = (
    tuple[Literal["direct"], Null] | tuple[Literal["gatekeeperRouted"], Null] | UnknownAlternative
)


class CallLinkage(Sequence):
    globalCallId: GloballyUniqueID | None = None
    threadId: GloballyUniqueID | None = None


ConferenceGoal: TypeAlias = (
    tuple[Literal["create"], Null]
    | tuple[Literal["join"], Null]
    | tuple[Literal["invite"], Null]
    | UnknownAlternative
    | tuple[Literal["capability-negotiation"], Null]
    | tuple[Literal["callIndependentSupplementaryService"], Null]
)


class RTPSession(Sequence):
    rtpAddress: TransportChannelInfo
    rtcpAddress: TransportChannelInfo
    cname: Annotated[str, PRINTABLE]
    ssrc: Annotated[int, Range(1, 4294967295)]
    sessionId: Annotated[int, Range(1, 255)]
    associatedSessionIds: list[Annotated[int, Range(1, 255)]]
    multicast: Null | None = extension_addition()
    bandwidth: BandWidth | None = extension_addition()


class CapacityReportingSpecificationWhen(Sequence):
    callStart: Null | None = None
    callEnd: Null | None = None


class CapacityReportingSpecification(Sequence):
    when: CapacityReportingSpecificationWhen


class CapacityReportingCapability(Sequence):
    canReportCallCapacity: bool


class CallsAvailable(Sequence):
    calls: Annotated[int, Range(0, 4294967295)]
    group: Annotated[str, IA5, Size(1, 128)] | None = None
    carrier: CarrierInfo | None = extension_addition()


class CallCapacityInfo(Sequence):
    voiceGwCallsAvailable: list[CallsAvailable] | None = None
    h310GwCallsAvailable: list[CallsAvailable] | None = None
    h320GwCallsAvailable: list[CallsAvailable] | None = None
    h321GwCallsAvailable: list[CallsAvailable] | None = None
    h322GwCallsAvailable: list[CallsAvailable] | None = None
    h323GwCallsAvailable: list[CallsAvailable] | None = None
    h324GwCallsAvailable: list[CallsAvailable] | None = None
    t120OnlyGwCallsAvailable: list[CallsAvailable] | None = None
    t38FaxAnnexbOnlyGwCallsAvailable: list[CallsAvailable] | None = None
    terminalCallsAvailable: list[CallsAvailable] | None = None
    mcuCallsAvailable: list[CallsAvailable] | None = None
    sipGwCallsAvailable: list[CallsAvailable] | None = extension_addition()


class CallCapacity(Sequence):
    maximumCallCapacity: CallCapacityInfo | None = None
    currentCallCapacity: CallCapacityInfo | None = None


class RasUsageInfoTypes(Sequence):
    nonStandardUsageTypes: list[NonStandardParameter]
    startTime: Null | None = None
    endTime: Null | None = None
    terminationCause: Null | None = None


class RasUsageSpecificationWhen(Sequence):
    start: Null | None = None
    end: Null | None = None
    inIrr: Null | None = None


class RasUsageSpecificationCallStartingPoint(Sequence):
    alerting: Null | None = None
    connect: Null | None = None


class RasUsageSpecification(Sequence):
    when: RasUsageSpecificationWhen
    callStartingPoint: RasUsageSpecificationCallStartingPoint | None = None
    required: RasUsageInfoTypes


class RasUsageInformation(Sequence):
    nonStandardUsageFields: list[NonStandardParameter]
    alertingTime: TimeStamp | None = None
    connectTime: TimeStamp | None = None
    endTime: TimeStamp | None = None


ReleaseCompleteReason: TypeAlias = (
    tuple[Literal["noBandwidth"], Null]
    | tuple[Literal["gatekeeperResources"], Null]
    | tuple[Literal["unreachableDestination"], Null]
    | tuple[Literal["destinationRejection"], Null]
    | tuple[Literal["invalidRevision"], Null]
    | tuple[Literal["noPermission"], Null]
    | tuple[Literal["unreachableGatekeeper"], Null]
    | tuple[Literal["gatewayResources"], Null]
    | tuple[Literal["badFormatAddress"], Null]
    | tuple[Literal["adaptiveBusy"], Null]
    | tuple[Literal["inConf"], Null]
    | tuple[Literal["undefinedReason"], Null]
    | UnknownAlternative
    | tuple[Literal["facilityCallDeflection"], Null]
    | tuple[Literal["securityDenied"], Null]
    | tuple[Literal["calledPartyNotRegistered"], Null]
    | tuple[Literal["callerNotRegistered"], Null]
    | tuple[Literal["newConnectionNeeded"], Null]
    | tuple[Literal["nonStandardReason"], NonStandardParameter]
    | tuple[Literal["replaceWithConferenceInvite"], ConferenceIdentifier]
    | tuple[Literal["genericDataReason"], Null]
    | tuple[Literal["neededFeatureNotSupported"], Null]
    | tuple[Literal["tunnelledSignallingRejected"], Null]
    | tuple[Literal["invalidCID"], Null]
    | tuple[Literal["securityError"], SecurityErrors]
    | tuple[Literal["hopCountExceeded"], Null]
)


CallTerminationCause: TypeAlias = (
    tuple[Literal["releaseCompleteReason"], ReleaseCompleteReason]
    | tuple[Literal["releaseCompleteCauseIE"], Annotated[bytes, Size(2, 32)]]
    | UnknownAlternative
)


class BandwidthDetails(Sequence):
    sender: bool
    multicast: bool
    bandwidth: BandWidth
    rtcpAddresses: TransportChannelInfo


class CallCreditCapability(Sequence):
    canDisplayAmountString: bool | None = None
    canEnforceDurationLimit: bool | None = None


BillingMode: TypeAlias = tuple[Literal["credit"], Null] | tuple[Literal["debit"], Null] | UnknownAlternative


CallCreditServiceControlCallStartingPoint: TypeAlias = (
    tuple[Literal["alerting"], Null] | tuple[Literal["connect"], Null] | UnknownAlternative
)


class CallCreditServiceControl(Sequence):
    amountString: Annotated[str, BMP, Size(1, 512)] | None = None
    billingMode: BillingMode | None = None
    callDurationLimit: Annotated[int, Range(1, 4294967295)] | None = None
    enforceCallDurationLimit: bool | None = None
    callStartingPoint: CallCreditServiceControlCallStartingPoint | None = None


Reason: TypeAlias = (
    tuple[Literal["open"], Null]
    | tuple[Literal["refresh"], Null]
    | tuple[Literal["close"], Null]
    | UnknownAlternative
)


ServiceControlDescriptor: TypeAlias = (
    tuple[Literal["url"], Annotated[str, IA5, Size(0, 512)]]
    | tuple[Literal["signal"], H248SignalsDescriptor]
    | tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["callCreditServiceControl"], CallCreditServiceControl]
    | UnknownAlternative
)


class ServiceControlSession(Sequence):
    sessionId: Annotated[int, Range(0, 255)]
    contents: ServiceControlDescriptor | None = None
    reason: Reason


class UUIEsRequested(Sequence):
    setup: bool
    callProceeding: bool
    connect: bool
    alerting: bool
    information: bool
    releaseComplete: bool
    facility: bool
    progress: bool
    empty: bool
    status: bool | None = extension_addition()
    statusInquiry: bool | None = extension_addition()
    setupAcknowledge: bool | None = extension_addition()
    notify: bool | None = extension_addition()
