"""H.245: master-slave determination, round trip delay and maintenance loops."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import LogicalChannelNumber, SequenceNumber
from ringfence.wire.per.notation import Null, Range, Sequence, UnknownAlternative


class MasterSlaveDetermination(Sequence):
    terminalType: Annotated[int, Range(0, 255)]
    statusDeterminationNumber: Annotated[int, Range(0, 16777215)]


Decision: TypeAlias = tuple[Literal["master"], Null] | tuple[Literal["slave"], Null]


class MasterSlaveDeterminationAck(Sequence):
    decision: Decision


MasterSlaveDeterminationRejectCause: TypeAlias = tuple[Literal["identicalNumbers"], Null] | UnknownAlternative


class MasterSlaveDeterminationReject(Sequence):
    cause: MasterSlaveDeterminationRejectCause


class MasterSlaveDeterminationRelease(Sequence):
    pass


class RoundTripDelayRequest(Sequence):
    sequenceNumber: SequenceNumber


class RoundTripDelayResponse(Sequence):
    sequenceNumber: SequenceNumber


MaintenanceLoopRequestType: TypeAlias = (
    tuple[Literal["systemLoop"], Null]
    | tuple[Literal["mediaLoop"], LogicalChannelNumber]
    | tuple[Literal["logicalChannelLoop"], LogicalChannelNumber]
    | UnknownAlternative
)


class MaintenanceLoopRequest(Sequence):
    type: MaintenanceLoopRequestType


MaintenanceLoopAckType: TypeAlias = (
    tuple[Literal["systemLoop"], Null]
    | tuple[Literal["mediaLoop"], LogicalChannelNumber]
    | tuple[Literal["logicalChannelLoop"], LogicalChannelNumber]
    | UnknownAlternative
)


class MaintenanceLoopAck(Sequence):
    type: MaintenanceLoopAckType


MaintenanceLoopRejectType: TypeAlias = (
    tuple[Literal["systemLoop"], Null]
    | tuple[Literal["mediaLoop"], LogicalChannelNumber]
    | tuple[Literal["logicalChannelLoop"], LogicalChannelNumber]
    | UnknownAlternative
)


MaintenanceLoopRejectCause: TypeAlias = tuple[Literal["canNotPerformLoop"], Null] | UnknownAlternative


class MaintenanceLoopReject(Sequence):
    type: MaintenanceLoopRejectType
    cause: MaintenanceLoopRejectCause


class MaintenanceLoopOffCommand(Sequence):
    pass
