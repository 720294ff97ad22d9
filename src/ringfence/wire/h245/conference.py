"""H.245: conference requests, responses, commands and indications."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.audio import AudioCapability
from ringfence.wire.h245.common import (
    ConferenceID,
    LogicalChannelNumber,
    McuNumber,
    NonStandardParameter,
    Password,
    TerminalID,
    TerminalInformation,
    TerminalLabel,
    TerminalNumber,
    TransportAddress,
)
from ringfence.wire.h245.data import DataApplicationCapability
from ringfence.wire.h245.media import RedundancyEncoding
from ringfence.wire.h245.video import VideoCapability
from ringfence.wire.per.notation import (
    BMP,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)

CommunicationModeTableEntryDataType: TypeAlias = (
    tuple[Literal["videoData"], VideoCapability]
    | tuple[Literal["audioData"], AudioCapability]
    | tuple[Literal["data"], DataApplicationCapability]
    | UnknownAlternative
)


class CommunicationModeTableEntry(Sequence):
    nonStandard: list[NonStandardParameter] | None = None
    sessionID: Annotated[int, Range(1, 255)]
    associatedSessionID: Annotated[int, Range(1, 255)] | None = None
    terminalLabel: TerminalLabel | None = None
    sessionDescription: Annotated[str, BMP, Size(1, 128)]
    dataType: CommunicationModeTableEntryDataType
    mediaChannel: TransportAddress | None = None
    mediaGuaranteedDelivery: bool | None = None
    mediaControlChannel: TransportAddress | None = None
    mediaControlGuaranteedDelivery: bool | None = None
    redundancyEncoding: RedundancyEncoding | None = extension_addition()
    sessionDependency: Annotated[int, Range(1, 255)] | None = extension_addition()
    destination: TerminalLabel | None = extension_addition()


class CommunicationModeCommand(Sequence):
    communicationModeTable: Annotated[list[CommunicationModeTableEntry], Size(1, 256)]


class CommunicationModeRequest(Sequence):
    pass


CommunicationModeResponse: TypeAlias = (
    tuple[Literal["communicationModeTable"], Annotated[list[CommunicationModeTableEntry], Size(1, 256)]]
    | UnknownAlternative
)


class Criteria(Sequence):
    field: ObjectIdentifier
    value: Annotated[bytes, Size(1, 65535)]


CertSelectionCriteria: TypeAlias = Annotated[list[Criteria], Size(1, 16)]


class RequestTerminalCertificate(Sequence):
    terminalLabel: TerminalLabel | None = None
    certSelectionCriteria: CertSelectionCriteria | None = None
    sRandom: Annotated[int, Range(1, 4294967295)] | None = None


RemoteMCRequest: TypeAlias = (
    tuple[Literal["masterActivate"], Null]
    | tuple[Literal["slaveActivate"], Null]
    | tuple[Literal["deActivate"], Null]
    | UnknownAlternative
)


ConferenceRequest: TypeAlias = (
    tuple[Literal["terminalListRequest"], Null]
    | tuple[Literal["makeMeChair"], Null]
    | tuple[Literal["cancelMakeMeChair"], Null]
    | tuple[Literal["dropTerminal"], TerminalLabel]
    | tuple[Literal["requestTerminalID"], TerminalLabel]
    | tuple[Literal["enterH243Password"], Null]
    | tuple[Literal["enterH243TerminalID"], Null]
    | tuple[Literal["enterH243ConferenceID"], Null]
    | UnknownAlternative
    | tuple[Literal["enterExtensionAddress"], Null]
    | tuple[Literal["requestChairTokenOwner"], Null]
    | tuple[Literal["requestTerminalCertificate"], RequestTerminalCertificate]
    | tuple[Literal["broadcastMyLogicalChannel"], LogicalChannelNumber]
    | tuple[Literal["makeTerminalBroadcaster"], TerminalLabel]
    | tuple[Literal["sendThisSource"], TerminalLabel]
    | tuple[Literal["requestAllTerminalIDs"], Null]
    | tuple[Literal["remoteMCRequest"], RemoteMCRequest]
)


class MCTerminalIDResponse(Sequence):
    terminalLabel: TerminalLabel
    terminalID: TerminalID


class TerminalIDResponse(Sequence):
    terminalLabel: TerminalLabel
    terminalID: TerminalID


class ConferenceIDResponse(Sequence):
    terminalLabel: TerminalLabel
    conferenceID: ConferenceID


class PasswordResponse(Sequence):
    terminalLabel: TerminalLabel
    password: Password


MakeMeChairResponse: TypeAlias = (
    tuple[Literal["grantedChairToken"], Null] | tuple[Literal["deniedChairToken"], Null] | UnknownAlternative
)


class ExtensionAddressResponse(Sequence):
    extensionAddress: TerminalID


class ChairTokenOwnerResponse(Sequence):
    terminalLabel: TerminalLabel
    terminalID: TerminalID


class TerminalCertificateResponse(Sequence):
    terminalLabel: TerminalLabel | None = None
    certificateResponse: Annotated[bytes, Size(1, 65535)] | None = None


BroadcastMyLogicalChannelResponse: TypeAlias = (
    tuple[Literal["grantedBroadcastMyLogicalChannel"], Null]
    | tuple[Literal["deniedBroadcastMyLogicalChannel"], Null]
    | UnknownAlternative
)


MakeTerminalBroadcasterResponse: TypeAlias = (
    tuple[Literal["grantedMakeTerminalBroadcaster"], Null]
    | tuple[Literal["deniedMakeTerminalBroadcaster"], Null]
    | UnknownAlternative
)


SendThisSourceResponse: TypeAlias = (
    tuple[Literal["grantedSendThisSource"], Null]
    | tuple[Literal["deniedSendThisSource"], Null]
    | UnknownAlternative
)


class RequestAllTerminalIDsResponse(Sequence):
    terminalInformation: list[TerminalInformation]


Reject: TypeAlias = (
    tuple[Literal["unspecified"], Null] | tuple[Literal["functionNotSupported"], Null] | UnknownAlternative
)


RemoteMCResponse: TypeAlias = (
    tuple[Literal["accept"], Null] | tuple[Literal["reject"], Reject] | UnknownAlternative
)


ConferenceResponse: TypeAlias = (
    tuple[Literal["mCTerminalIDResponse"], MCTerminalIDResponse]
    | tuple[Literal["terminalIDResponse"], TerminalIDResponse]
    | tuple[Literal["conferenceIDResponse"], ConferenceIDResponse]
    | tuple[Literal["passwordResponse"], PasswordResponse]
    | tuple[Literal["terminalListResponse"], Annotated[list[TerminalLabel], Size(1, 256)]]
    | tuple[Literal["videoCommandReject"], Null]
    | tuple[Literal["terminalDropReject"], Null]
    | tuple[Literal["makeMeChairResponse"], MakeMeChairResponse]
    | UnknownAlternative
    | tuple[Literal["extensionAddressResponse"], ExtensionAddressResponse]
    | tuple[Literal["chairTokenOwnerResponse"], ChairTokenOwnerResponse]
    | tuple[Literal["terminalCertificateResponse"], TerminalCertificateResponse]
    | tuple[Literal["broadcastMyLogicalChannelResponse"], BroadcastMyLogicalChannelResponse]
    | tuple[Literal["makeTerminalBroadcasterResponse"], MakeTerminalBroadcasterResponse]
    | tuple[Literal["sendThisSourceResponse"], SendThisSourceResponse]
    | tuple[Literal["requestAllTerminalIDsResponse"], RequestAllTerminalIDsResponse]
    | tuple[Literal["remoteMCResponse"], RemoteMCResponse]
)


class SubstituteConferenceIDCommand(Sequence):
    conferenceIdentifier: Annotated[bytes, Size(16, 16)]


ConferenceCommand: TypeAlias = (
    tuple[Literal["broadcastMyLogicalChannel"], LogicalChannelNumber]
    | tuple[Literal["cancelBroadcastMyLogicalChannel"], LogicalChannelNumber]
    | tuple[Literal["makeTerminalBroadcaster"], TerminalLabel]
    | tuple[Literal["cancelMakeTerminalBroadcaster"], Null]
    | tuple[Literal["sendThisSource"], TerminalLabel]
    | tuple[Literal["cancelSendThisSource"], Null]
    | tuple[Literal["dropConference"], Null]
    | UnknownAlternative
    | tuple[Literal["substituteConferenceIDCommand"], SubstituteConferenceIDCommand]
)


class TerminalYouAreSeeingInSubPictureNumber(Sequence):
    terminalNumber: TerminalNumber
    subPictureNumber: Annotated[int, Range(0, 255)]
    mcuNumber: McuNumber | None = extension_addition()


class VideoIndicateCompose(Sequence):
    compositionNumber: Annotated[int, Range(0, 255)]


ConferenceIndication: TypeAlias = (
    tuple[Literal["sbeNumber"], Annotated[int, Range(0, 9)]]
    | tuple[Literal["terminalNumberAssign"], TerminalLabel]
    | tuple[Literal["terminalJoinedConference"], TerminalLabel]
    | tuple[Literal["terminalLeftConference"], TerminalLabel]
    | tuple[Literal["seenByAtLeastOneOther"], Null]
    | tuple[Literal["cancelSeenByAtLeastOneOther"], Null]
    | tuple[Literal["seenByAll"], Null]
    | tuple[Literal["cancelSeenByAll"], Null]
    | tuple[Literal["terminalYouAreSeeing"], TerminalLabel]
    | tuple[Literal["requestForFloor"], Null]
    | UnknownAlternative
    | tuple[Literal["withdrawChairToken"], Null]
    | tuple[Literal["floorRequested"], TerminalLabel]
    | tuple[Literal["terminalYouAreSeeingInSubPictureNumber"], TerminalYouAreSeeingInSubPictureNumber]
    | tuple[Literal["videoIndicateCompose"], VideoIndicateCompose]
    | tuple[Literal["masterMCU"], Null]
    | tuple[Literal["cancelMasterMCU"], Null]
)
