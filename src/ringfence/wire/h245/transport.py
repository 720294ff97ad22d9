"""H.245: quality of service and transport capabilities."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import NonStandardParameter
from ringfence.wire.per.notation import (
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)

QOSMode: TypeAlias = (
    tuple[Literal["guaranteedQOS"], Null] | tuple[Literal["controlledLoad"], Null] | UnknownAlternative
)


class RSVPParameters(Sequence):
    qosMode: QOSMode | None = None
    tokenRate: Annotated[int, Range(1, 4294967295)] | None = None
    bucketSize: Annotated[int, Range(1, 4294967295)] | None = None
    peakRate: Annotated[int, Range(1, 4294967295)] | None = None
    minPoliced: Annotated[int, Range(1, 4294967295)] | None = None
    maxPktSize: Annotated[int, Range(1, 4294967295)] | None = None


class ATMParameters(Sequence):
    maxNTUSize: Annotated[int, Range(0, 65535)]
    atmUBR: bool
    atmrtVBR: bool
    atmnrtVBR: bool
    atmABR: bool
    atmCBR: bool


class ServicePriorityValue(Sequence):
    nonStandardParameter: NonStandardParameter | None = None
    value: Annotated[int, Range(0, 255)] | None = extension_addition()


class ServicePriority(Sequence):
    nonStandardData: NonStandardParameter | None = None
    servicePrioritySignalled: bool
    servicePriorityValue: ServicePriorityValue | None = None
    serviceClass: Annotated[int, Range(0, 4095)] | None = extension_addition()
    serviceSubclass: Annotated[int, Range(0, 255)] | None = extension_addition()


class AuthorizationParameters(Sequence):
    nonStandardData: NonStandardParameter | None = None


QOSType: TypeAlias = tuple[Literal["desired"], Null] | tuple[Literal["required"], Null] | UnknownAlternative


QOSClass: TypeAlias = (
    tuple[Literal["class0"], Null]
    | tuple[Literal["class1"], Null]
    | tuple[Literal["class2"], Null]
    | tuple[Literal["class3"], Null]
    | tuple[Literal["class4"], Null]
    | tuple[Literal["class5"], Null]
    | UnknownAlternative
)


class QOSDescriptor(Sequence):
    nonStandardData: NonStandardParameter | None = None
    qosType: QOSType
    qosClass: QOSClass


class GenericTransportParameters(Sequence):
    nonStandardData: NonStandardParameter | None = None
    averageRate: Annotated[int, Range(1, 4294967295)] | None = None
    burst: Annotated[int, Range(1, 4294967295)] | None = None
    peakRate: Annotated[int, Range(1, 4294967295)] | None = None
    maxPktSize: Annotated[int, Range(1, 4294967295)] | None = None


class QOSCapability(Sequence):
    nonStandardData: NonStandardParameter | None = None
    rsvpParameters: RSVPParameters | None = None
    atmParameters: ATMParameters | None = None
    localQoS: bool | None = extension_addition()
    genericTransportParameters: GenericTransportParameters | None = extension_addition()
    servicePriority: ServicePriority | None = extension_addition()
    authorizationParameter: AuthorizationParameters | None = extension_addition()
    qosDescriptor: QOSDescriptor | None = extension_addition()
    dscpValue: Annotated[int, Range(0, 63)] | None = extension_addition()


class AtmAAL5compressed(Sequence):
    variable_delta: bool


MediaTransportType: TypeAlias = (
    tuple[Literal["ip-UDP"], Null]
    | tuple[Literal["ip-TCP"], Null]
    | tuple[Literal["atm-AAL5-UNIDIR"], Null]
    | tuple[Literal["atm-AAL5-BIDIR"], Null]
    | UnknownAlternative
    | tuple[Literal["atm-AAL5-compressed"], AtmAAL5compressed]
)


class MediaChannelCapability(Sequence):
    mediaTransport: MediaTransportType | None = None


class TransportCapability(Sequence):
    nonStandard: NonStandardParameter | None = None
    qOSCapabilities: Annotated[list[QOSCapability], Size(1, 256)] | None = None
    mediaChannelCapabilities: Annotated[list[MediaChannelCapability], Size(1, 256)] | None = None


PayloadDescriptor: TypeAlias = (
    tuple[Literal["nonStandardIdentifier"], NonStandardParameter]
    | tuple[Literal["rfc-number"], Annotated[int, Range(1, 32768, extensible=True)]]
    | tuple[Literal["oid"], ObjectIdentifier]
    | UnknownAlternative
)


class RTPPayloadType(Sequence):
    payloadDescriptor: PayloadDescriptor
    payloadType: Annotated[int, Range(0, 127)] | None = None


class MediaPacketizationCapability(Sequence):
    h261aVideoPacketization: bool
    rtpPayloadType: Annotated[list[RTPPayloadType], Size(1, 256)] | None = extension_addition()
