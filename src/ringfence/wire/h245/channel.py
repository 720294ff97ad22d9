"""H.245: logical channel signalling."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import DIALED_DIGITS
from ringfence.wire.h245.channel_parameters import (
    H222LogicalChannelParameters,
    H223LogicalChannelParameters,
    H2250LogicalChannelParameters,
    V76LogicalChannelParameters,
)
from ringfence.wire.h245.common import (
    GenericInformation,
    LogicalChannelNumber,
    NonStandardParameter,
    Q2931Address,
    TransportAddress,
)
from ringfence.wire.h245.media import DataType, EncryptionSync
from ringfence.wire.h245.transport import QOSCapability
from ringfence.wire.per.notation import Null, Range, Sequence, Size, UnknownAlternative, extension_addition

ForwardLogicalChannelParametersMultiplexParameters: TypeAlias = (
    tuple[Literal["h222LogicalChannelParameters"], H222LogicalChannelParameters]
    | tuple[Literal["h223LogicalChannelParameters"], H223LogicalChannelParameters]
    | tuple[Literal["v76LogicalChannelParameters"], V76LogicalChannelParameters]
    | UnknownAlternative
    | tuple[Literal["h2250LogicalChannelParameters"], H2250LogicalChannelParameters]
    | tuple[Literal["none"], Null]
)


class ForwardLogicalChannelParameters(Sequence):
    portNumber: Annotated[int, Range(0, 65535)] | None = None
    dataType: DataType
    multiplexParameters: ForwardLogicalChannelParametersMultiplexParameters
    forwardLogicalChannelDependency: LogicalChannelNumber | None = extension_addition()
    replacementFor: LogicalChannelNumber | None = extension_addition()


OpenLogicalChannelReverseLogicalChannelParametersMultiplexParameters: TypeAlias = (
    tuple[Literal["h223LogicalChannelParameters"], H223LogicalChannelParameters]
    | tuple[Literal["v76LogicalChannelParameters"], V76LogicalChannelParameters]
    | UnknownAlternative
    | tuple[Literal["h2250LogicalChannelParameters"], H2250LogicalChannelParameters]
)


class OpenLogicalChannelReverseLogicalChannelParameters(Sequence):
    dataType: DataType
    multiplexParameters: OpenLogicalChannelReverseLogicalChannelParametersMultiplexParameters | None = None
    reverseLogicalChannelDependency: LogicalChannelNumber | None = extension_addition()
    replacementFor: LogicalChannelNumber | None = extension_addition()


Distribution: TypeAlias = (
    tuple[Literal["unicast"], Null] | tuple[Literal["multicast"], Null] | UnknownAlternative
)


NetworkAddress: TypeAlias = (
    tuple[Literal["q2931Address"], Q2931Address]
    | tuple[Literal["e164Address"], Annotated[str, DIALED_DIGITS, Size(1, 128)]]
    | tuple[Literal["localAreaAddress"], TransportAddress]
    | UnknownAlternative
)


T120SetupProcedure: TypeAlias = (
    tuple[Literal["originateCall"], Null]
    | tuple[Literal["waitForCall"], Null]
    | tuple[Literal["issueQuery"], Null]
    | UnknownAlternative
)


class NetworkAccessParameters(Sequence):
    distribution: Distribution | None = None
    networkAddress: NetworkAddress
    associateConference: bool
    externalReference: Annotated[bytes, Size(1, 255)] | None = None
    t120SetupProcedure: T120SetupProcedure | None = extension_addition()


class OpenLogicalChannel(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    forwardLogicalChannelParameters: ForwardLogicalChannelParameters
    reverseLogicalChannelParameters: OpenLogicalChannelReverseLogicalChannelParameters | None = None
    separateStack: NetworkAccessParameters | None = extension_addition()
    encryptionSync: EncryptionSync | None = extension_addition()
    genericInformation: list[GenericInformation] | None = extension_addition()


OpenLogicalChannelAckReverseLogicalChannelParametersMultiplexParameters: TypeAlias = (
    tuple[Literal["h222LogicalChannelParameters"], H222LogicalChannelParameters]
    | UnknownAlternative
    | tuple[Literal["h2250LogicalChannelParameters"], H2250LogicalChannelParameters]
)


class OpenLogicalChannelAckReverseLogicalChannelParameters(Sequence):
    reverseLogicalChannelNumber: LogicalChannelNumber
    portNumber: Annotated[int, Range(0, 65535)] | None = None
    multiplexParameters: OpenLogicalChannelAckReverseLogicalChannelParametersMultiplexParameters | None = None
    replacementFor: LogicalChannelNumber | None = extension_addition()


class H2250LogicalChannelAckParameters(Sequence):
    nonStandard: list[NonStandardParameter] | None = None
    sessionID: Annotated[int, Range(1, 255)] | None = None
    mediaChannel: TransportAddress | None = None
    mediaControlChannel: TransportAddress | None = None
    dynamicRTPPayloadType: Annotated[int, Range(96, 127)] | None = None
    flowControlToZero: bool | None = extension_addition()
    portNumber: Annotated[int, Range(0, 65535)] | None = extension_addition()


ForwardMultiplexAckParameters: TypeAlias = (
    tuple[Literal["h2250LogicalChannelAckParameters"], H2250LogicalChannelAckParameters] | UnknownAlternative
)


class OpenLogicalChannelAck(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    reverseLogicalChannelParameters: OpenLogicalChannelAckReverseLogicalChannelParameters | None = None
    separateStack: NetworkAccessParameters | None = extension_addition()
    forwardMultiplexAckParameters: ForwardMultiplexAckParameters | None = extension_addition()
    encryptionSync: EncryptionSync | None = extension_addition()
    genericInformation: list[GenericInformation] | None = extension_addition()


OpenLogicalChannelRejectCause: TypeAlias = (
    tuple[Literal["unspecified"], Null]
    | tuple[Literal["unsuitableReverseParameters"], Null]
    | tuple[Literal["dataTypeNotSupported"], Null]
    | tuple[Literal["dataTypeNotAvailable"], Null]
    | tuple[Literal["unknownDataType"], Null]
    | tuple[Literal["dataTypeALCombinationNotSupported"], Null]
    | UnknownAlternative
    | tuple[Literal["multicastChannelNotAllowed"], Null]
    | tuple[Literal["insufficientBandwidth"], Null]
    | tuple[Literal["separateStackEstablishmentFailed"], Null]
    | tuple[Literal["invalidSessionID"], Null]
    | tuple[Literal["masterSlaveConflict"], Null]
    | tuple[Literal["waitForCommunicationMode"], Null]
    | tuple[Literal["invalidDependentChannel"], Null]
    | tuple[Literal["replacementForRejected"], Null]
    | tuple[Literal["securityDenied"], Null]
    | tuple[Literal["qoSControlNotSupported"], Null]
)


class OpenLogicalChannelReject(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    cause: OpenLogicalChannelRejectCause
    genericInformation: list[GenericInformation] | None = extension_addition()


class OpenLogicalChannelConfirm(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    genericInformation: list[GenericInformation] | None = extension_addition()


Source: TypeAlias = tuple[Literal["user"], Null] | tuple[Literal["lcse"], Null]


CloseLogicalChannelReason: TypeAlias = (
    tuple[Literal["unknown"], Null]
    | tuple[Literal["reopen"], Null]
    | tuple[Literal["reservationFailure"], Null]
    | UnknownAlternative
    | tuple[Literal["networkErrorCode"], Annotated[int, Range(0, 255)]]
)


class CloseLogicalChannel(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    source: Source
    reason: CloseLogicalChannelReason | None = extension_addition()


class CloseLogicalChannelAck(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber


RequestChannelCloseReason: TypeAlias = (
    tuple[Literal["unknown"], Null]
    | tuple[Literal["normal"], Null]
    | tuple[Literal["reopen"], Null]
    | tuple[Literal["reservationFailure"], Null]
    | UnknownAlternative
    | tuple[Literal["networkErrorCode"], Annotated[int, Range(0, 255)]]
)


class RequestChannelClose(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    qosCapability: QOSCapability | None = extension_addition()
    reason: RequestChannelCloseReason | None = extension_addition()


class RequestChannelCloseAck(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber


RequestChannelCloseRejectCause: TypeAlias = tuple[Literal["unspecified"], Null] | UnknownAlternative


class RequestChannelCloseReject(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
    cause: RequestChannelCloseRejectCause


class RequestChannelCloseRelease(Sequence):
    forwardLogicalChannelNumber: LogicalChannelNumber
