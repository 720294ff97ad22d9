"""H.245: user input: keypad and dialled digits within a call."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import GenericInformation, LogicalChannelNumber, NonStandardParameter, Params
from ringfence.wire.per.notation import (
    GeneralString,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    alphabet,
    extension_addition,
)

DTMF = alphabet("0123456789#*ABCD!")


UserInputSupportIndication: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["basicString"], Null]
    | tuple[Literal["iA5String"], Null]
    | tuple[Literal["generalString"], Null]
    | UnknownAlternative
    | tuple[Literal["encryptedBasicString"], Null]
    | tuple[Literal["encryptedIA5String"], Null]
    | tuple[Literal["encryptedGeneralString"], Null]
)


class SignalRtp(Sequence):
    timestamp: Annotated[int, Range(0, 4294967295)] | None = None
    expirationTime: Annotated[int, Range(0, 4294967295)] | None = None
    logicalChannelNumber: LogicalChannelNumber


class Signal(Sequence):
    signalType: Annotated[str, DTMF, Size(1, 1)]
    duration: Annotated[int, Range(1, 65535)] | None = None
    rtp: SignalRtp | None = None
    rtpPayloadIndication: Null | None = extension_addition()
    paramS: Params | None = extension_addition()
    encryptedSignalType: Annotated[bytes, Size(1, 1)] | None = extension_addition()
    algorithmOID: ObjectIdentifier | None = extension_addition()


class SignalUpdateRtp(Sequence):
    logicalChannelNumber: LogicalChannelNumber


class SignalUpdate(Sequence):
    duration: Annotated[int, Range(1, 65535)]
    rtp: SignalUpdateRtp | None = None


class ExtendedAlphanumericEncryptedAlphanumeric(Sequence):
    algorithmOID: ObjectIdentifier
    paramS: Params | None = None
    encrypted: bytes


class ExtendedAlphanumeric(Sequence):
    alphanumeric: GeneralString
    rtpPayloadIndication: Null | None = None
    encryptedAlphanumeric: ExtendedAlphanumericEncryptedAlphanumeric | None = extension_addition()


class UserInputIndicationEncryptedAlphanumeric(Sequence):
    algorithmOID: ObjectIdentifier
    paramS: Params | None = None
    encrypted: bytes


UserInputIndication: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["alphanumeric"], GeneralString]
    | UnknownAlternative
    | tuple[Literal["userInputSupportIndication"], UserInputSupportIndication]
    | tuple[Literal["signal"], Signal]
    | tuple[Literal["signalUpdate"], SignalUpdate]
    | tuple[Literal["extendedAlphanumeric"], ExtendedAlphanumeric]
    | tuple[Literal["encryptedAlphanumeric"], UserInputIndicationEncryptedAlphanumeric]
    | tuple[Literal["genericInformation"], list[GenericInformation]]
)
