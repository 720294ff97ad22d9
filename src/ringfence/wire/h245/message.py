"""H.245: every message there is (MultimediaSystemControlMessage)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ringfence.wire.h245.capability import (
    TerminalCapabilitySet,
    TerminalCapabilitySetAck,
    TerminalCapabilitySetReject,
    TerminalCapabilitySetRelease,
)
from ringfence.wire.h245.channel import (
    CloseLogicalChannel,
    CloseLogicalChannelAck,
    OpenLogicalChannel,
    OpenLogicalChannelAck,
    OpenLogicalChannelConfirm,
    OpenLogicalChannelReject,
    RequestChannelClose,
    RequestChannelCloseAck,
    RequestChannelCloseReject,
    RequestChannelCloseRelease,
)
from ringfence.wire.h245.command import (
    EncryptionCommand,
    EndSessionCommand,
    FlowControlCommand,
    H223MultiplexReconfiguration,
    MiscellaneousCommand,
    MobileMultilinkReconfigurationCommand,
    NewATMVCCommand,
    SendTerminalCapabilitySet,
)
from ringfence.wire.h245.common import GenericMessage, NonStandardMessage
from ringfence.wire.h245.conference import (
    CommunicationModeCommand,
    CommunicationModeRequest,
    CommunicationModeResponse,
    ConferenceCommand,
    ConferenceIndication,
    ConferenceRequest,
    ConferenceResponse,
)
from ringfence.wire.h245.indication import (
    FlowControlIndication,
    FunctionNotSupported,
    H223SkewIndication,
    H2250MaximumSkewIndication,
    JitterIndication,
    MCLocationIndication,
    MiscellaneousIndication,
    MobileMultilinkReconfigurationIndication,
    NewATMVCIndication,
    VendorIdentification,
)
from ringfence.wire.h245.maintenance import (
    MaintenanceLoopAck,
    MaintenanceLoopOffCommand,
    MaintenanceLoopReject,
    MaintenanceLoopRequest,
    MasterSlaveDetermination,
    MasterSlaveDeterminationAck,
    MasterSlaveDeterminationReject,
    MasterSlaveDeterminationRelease,
    RoundTripDelayRequest,
    RoundTripDelayResponse,
)
from ringfence.wire.h245.mode import RequestMode, RequestModeAck, RequestModeReject, RequestModeRelease
from ringfence.wire.h245.multilink import (
    LogicalChannelRateAcknowledge,
    LogicalChannelRateReject,
    LogicalChannelRateRelease,
    LogicalChannelRateRequest,
    MultilinkIndication,
    MultilinkRequest,
    MultilinkResponse,
)
from ringfence.wire.h245.multiplex_table import (
    MultiplexEntrySend,
    MultiplexEntrySendAck,
    MultiplexEntrySendReject,
    MultiplexEntrySendRelease,
    RequestMultiplexEntry,
    RequestMultiplexEntryAck,
    RequestMultiplexEntryReject,
    RequestMultiplexEntryRelease,
)
from ringfence.wire.h245.user_input import UserInputIndication
from ringfence.wire.per.notation import UnknownAlternative

RequestMessage: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["masterSlaveDetermination"], MasterSlaveDetermination]
    | tuple[Literal["terminalCapabilitySet"], TerminalCapabilitySet]
    | tuple[Literal["openLogicalChannel"], OpenLogicalChannel]
    | tuple[Literal["closeLogicalChannel"], CloseLogicalChannel]
    | tuple[Literal["requestChannelClose"], RequestChannelClose]
    | tuple[Literal["multiplexEntrySend"], MultiplexEntrySend]
    | tuple[Literal["requestMultiplexEntry"], RequestMultiplexEntry]
    | tuple[Literal["requestMode"], RequestMode]
    | tuple[Literal["roundTripDelayRequest"], RoundTripDelayRequest]
    | tuple[Literal["maintenanceLoopRequest"], MaintenanceLoopRequest]
    | UnknownAlternative
    | tuple[Literal["communicationModeRequest"], CommunicationModeRequest]
    | tuple[Literal["conferenceRequest"], ConferenceRequest]
    | tuple[Literal["multilinkRequest"], MultilinkRequest]
    | tuple[Literal["logicalChannelRateRequest"], LogicalChannelRateRequest]
    | tuple[Literal["genericRequest"], GenericMessage]
)


ResponseMessage: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["masterSlaveDeterminationAck"], MasterSlaveDeterminationAck]
    | tuple[Literal["masterSlaveDeterminationReject"], MasterSlaveDeterminationReject]
    | tuple[Literal["terminalCapabilitySetAck"], TerminalCapabilitySetAck]
    | tuple[Literal["terminalCapabilitySetReject"], TerminalCapabilitySetReject]
    | tuple[Literal["openLogicalChannelAck"], OpenLogicalChannelAck]
    | tuple[Literal["openLogicalChannelReject"], OpenLogicalChannelReject]
    | tuple[Literal["closeLogicalChannelAck"], CloseLogicalChannelAck]
    | tuple[Literal["requestChannelCloseAck"], RequestChannelCloseAck]
    | tuple[Literal["requestChannelCloseReject"], RequestChannelCloseReject]
    | tuple[Literal["multiplexEntrySendAck"], MultiplexEntrySendAck]
    | tuple[Literal["multiplexEntrySendReject"], MultiplexEntrySendReject]
    | tuple[Literal["requestMultiplexEntryAck"], RequestMultiplexEntryAck]
    | tuple[Literal["requestMultiplexEntryReject"], RequestMultiplexEntryReject]
    | tuple[Literal["requestModeAck"], RequestModeAck]
    | tuple[Literal["requestModeReject"], RequestModeReject]
    | tuple[Literal["roundTripDelayResponse"], RoundTripDelayResponse]
    | tuple[Literal["maintenanceLoopAck"], MaintenanceLoopAck]
    | tuple[Literal["maintenanceLoopReject"], MaintenanceLoopReject]
    | UnknownAlternative
    | tuple[Literal["communicationModeResponse"], CommunicationModeResponse]
    | tuple[Literal["conferenceResponse"], ConferenceResponse]
    | tuple[Literal["multilinkResponse"], MultilinkResponse]
    | tuple[Literal["logicalChannelRateAcknowledge"], LogicalChannelRateAcknowledge]
    | tuple[Literal["logicalChannelRateReject"], LogicalChannelRateReject]
    | tuple[Literal["genericResponse"], GenericMessage]
)


CommandMessage: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["maintenanceLoopOffCommand"], MaintenanceLoopOffCommand]
    | tuple[Literal["sendTerminalCapabilitySet"], SendTerminalCapabilitySet]
    | tuple[Literal["encryptionCommand"], EncryptionCommand]
    | tuple[Literal["flowControlCommand"], FlowControlCommand]
    | tuple[Literal["endSessionCommand"], EndSessionCommand]
    | tuple[Literal["miscellaneousCommand"], MiscellaneousCommand]
    | UnknownAlternative
    | tuple[Literal["communicationModeCommand"], CommunicationModeCommand]
    | tuple[Literal["conferenceCommand"], ConferenceCommand]
    | tuple[Literal["h223MultiplexReconfiguration"], H223MultiplexReconfiguration]
    | tuple[Literal["newATMVCCommand"], NewATMVCCommand]
    | tuple[Literal["mobileMultilinkReconfigurationCommand"], MobileMultilinkReconfigurationCommand]
    | tuple[Literal["genericCommand"], GenericMessage]
)


FunctionNotUnderstood: TypeAlias = (
    tuple[Literal["request"], RequestMessage]
    | tuple[Literal["response"], ResponseMessage]
    | tuple[Literal["command"], CommandMessage]
)


IndicationMessage: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardMessage]
    | tuple[Literal["functionNotUnderstood"], FunctionNotUnderstood]
    | tuple[Literal["masterSlaveDeterminationRelease"], MasterSlaveDeterminationRelease]
    | tuple[Literal["terminalCapabilitySetRelease"], TerminalCapabilitySetRelease]
    | tuple[Literal["openLogicalChannelConfirm"], OpenLogicalChannelConfirm]
    | tuple[Literal["requestChannelCloseRelease"], RequestChannelCloseRelease]
    | tuple[Literal["multiplexEntrySendRelease"], MultiplexEntrySendRelease]
    | tuple[Literal["requestMultiplexEntryRelease"], RequestMultiplexEntryRelease]
    | tuple[Literal["requestModeRelease"], RequestModeRelease]
    | tuple[Literal["miscellaneousIndication"], MiscellaneousIndication]
    | tuple[Literal["jitterIndication"], JitterIndication]
    | tuple[Literal["h223SkewIndication"], H223SkewIndication]
    | tuple[Literal["newATMVCIndication"], NewATMVCIndication]
    | tuple[Literal["userInput"], UserInputIndication]
    | UnknownAlternative
    | tuple[Literal["h2250MaximumSkewIndication"], H2250MaximumSkewIndication]
    | tuple[Literal["mcLocationIndication"], MCLocationIndication]
    | tuple[Literal["conferenceIndication"], ConferenceIndication]
    | tuple[Literal["vendorIdentification"], VendorIdentification]
    | tuple[Literal["functionNotSupported"], FunctionNotSupported]
    | tuple[Literal["multilinkIndication"], MultilinkIndication]
    | tuple[Literal["logicalChannelRateRelease"], LogicalChannelRateRelease]
    | tuple[Literal["flowControlIndication"], FlowControlIndication]
    | tuple[Literal["mobileMultilinkReconfigurationIndication"], MobileMultilinkReconfigurationIndication]
    | tuple[Literal["genericIndication"], GenericMessage]
)


MultimediaSystemControlMessage: TypeAlias = (
    tuple[Literal["request"], RequestMessage]
    | tuple[Literal["response"], ResponseMessage]
    | tuple[Literal["command"], CommandMessage]
    | tuple[Literal["indication"], IndicationMessage]
    | UnknownAlternative
)
