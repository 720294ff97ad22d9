"""H.225.0 Alias addresses: what a call is addressed to, from dialled digits to mobile identities."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.common import TransportAddress
from ringfence.wire.per.notation import (
    BMP,
    EXTENSIBLE,
    IA5,
    ClosedSequence,
    IA5String,
    Null,
    Sequence,
    Size,
    UnknownAlternative,
    alphabet,
)

DIALED_DIGITS = alphabet("0123456789#*,")
TBCD = alphabet("0123456789#*abc")
ISUP = alphabet("0123456789ABCDE")


NumberDigits: TypeAlias = Annotated[str, DIALED_DIGITS, Size(1, 128)]


PublicTypeOfNumber: TypeAlias = (
    tuple[Literal["unknown"], Null]
    | tuple[Literal["internationalNumber"], Null]
    | tuple[Literal["nationalNumber"], Null]
    | tuple[Literal["networkSpecificNumber"], Null]
    | tuple[Literal["subscriberNumber"], Null]
    | tuple[Literal["abbreviatedNumber"], Null]
    | UnknownAlternative
)


PrivateTypeOfNumber: TypeAlias = (
    tuple[Literal["unknown"], Null]
    | tuple[Literal["level2RegionalNumber"], Null]
    | tuple[Literal["level1RegionalNumber"], Null]
    | tuple[Literal["pISNSpecificNumber"], Null]
    | tuple[Literal["localNumber"], Null]
    | tuple[Literal["abbreviatedNumber"], Null]
    | UnknownAlternative
)


class PublicPartyNumber(ClosedSequence):
    publicTypeOfNumber: PublicTypeOfNumber
    publicNumberDigits: NumberDigits


class PrivatePartyNumber(ClosedSequence):
    privateTypeOfNumber: PrivateTypeOfNumber
    privateNumberDigits: NumberDigits


PartyNumber: TypeAlias = (
    tuple[Literal["e164Number"], PublicPartyNumber]
    | tuple[Literal["dataPartyNumber"], NumberDigits]
    | tuple[Literal["telexPartyNumber"], NumberDigits]
    | tuple[Literal["privateNumber"], PrivatePartyNumber]
    | tuple[Literal["nationalStandardPartyNumber"], NumberDigits]
    | UnknownAlternative
)


TBCDSTRING: TypeAlias = Annotated[str, TBCD]


Systemid: TypeAlias = (
    tuple[Literal["sid"], Annotated[TBCDSTRING, Size(1, 4)]]
    | tuple[Literal["mid"], Annotated[TBCDSTRING, Size(1, 4)]]
    | UnknownAlternative
)


class ANSI41UIM(Sequence):
    imsi: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    min: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    mdn: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    msisdn: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    esn: Annotated[TBCDSTRING, Size(16, 16)] | None = None
    mscid: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    system_id: Systemid
    systemMyTypeCode: Annotated[bytes, Size(1, 1)] | None = None
    systemAccessType: Annotated[bytes, Size(1, 1)] | None = None
    qualificationInformationCode: Annotated[bytes, Size(1, 1)] | None = None
    sesn: Annotated[TBCDSTRING, Size(16, 16)] | None = None
    soc: Annotated[TBCDSTRING, Size(3, 16)] | None = None


class GSMUIM(Sequence):
    imsi: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    tmsi: Annotated[bytes, Size(1, 4)] | None = None
    msisdn: Annotated[TBCDSTRING, Size(3, 16)] | None = None
    imei: Annotated[TBCDSTRING, Size(15, 16)] | None = None
    hplmn: Annotated[TBCDSTRING, Size(1, 4)] | None = None
    vplmn: Annotated[TBCDSTRING, Size(1, 4)] | None = None


MobileUIM: TypeAlias = (
    tuple[Literal["ansi-41-uim"], ANSI41UIM] | tuple[Literal["gsm-uim"], GSMUIM] | UnknownAlternative
)


IsupDigits: TypeAlias = Annotated[str, ISUP, Size(1, 128)]


NatureOfAddress: TypeAlias = (
    tuple[Literal["unknown"], Null]
    | tuple[Literal["subscriberNumber"], Null]
    | tuple[Literal["nationalNumber"], Null]
    | tuple[Literal["internationalNumber"], Null]
    | tuple[Literal["networkSpecificNumber"], Null]
    | tuple[Literal["routingNumberNationalFormat"], Null]
    | tuple[Literal["routingNumberNetworkSpecificFormat"], Null]
    | tuple[Literal["routingNumberWithCalledDirectoryNumber"], Null]
    | UnknownAlternative
)


class IsupPublicPartyNumber(Sequence):
    natureOfAddress: NatureOfAddress
    address: IsupDigits


class IsupPrivatePartyNumber(Sequence):
    privateTypeOfNumber: PrivateTypeOfNumber
    address: IsupDigits


IsupNumber: TypeAlias = (
    tuple[Literal["e164Number"], IsupPublicPartyNumber]
    | tuple[Literal["dataPartyNumber"], IsupDigits]
    | tuple[Literal["telexPartyNumber"], IsupDigits]
    | tuple[Literal["privateNumber"], IsupPrivatePartyNumber]
    | tuple[Literal["nationalStandardPartyNumber"], IsupDigits]
    | UnknownAlternative
)


AliasAddress: TypeAlias = (
    tuple[Literal["dialedDigits"], Annotated[str, DIALED_DIGITS, Size(1, 128)]]
    | tuple[Literal["h323-ID"], Annotated[str, BMP, Size(1, 256)]]
    | UnknownAlternative
    | tuple[Literal["url-ID"], Annotated[str, IA5, Size(1, 512)]]
    | tuple[Literal["transportID"], TransportAddress]
    | tuple[Literal["email-ID"], Annotated[str, IA5, Size(1, 512)]]
    | tuple[Literal["partyNumber"], PartyNumber]
    | tuple[Literal["mobileUIM"], MobileUIM]
    | tuple[Literal["isupNumber"], IsupNumber]
)


class AddressPatternRange(ClosedSequence):
    startOfRange: PartyNumber
    endOfRange: PartyNumber


AddressPattern: TypeAlias = (
    tuple[Literal["wildcard"], AliasAddress]
    | tuple[Literal["range"], AddressPatternRange]
    | UnknownAlternative
)


class DisplayName(ClosedSequence):
    language: IA5String | None = None
    name: Annotated[str, BMP, Size(1, 80)]


PresentationIndicator: TypeAlias = (
    tuple[Literal["presentationAllowed"], Null]
    | tuple[Literal["presentationRestricted"], Null]
    | tuple[Literal["addressNotAvailable"], Null]
    | UnknownAlternative
)


ScreeningIndicator: TypeAlias = Annotated[
    Literal[
        "userProvidedNotScreened",
        "userProvidedVerifiedAndPassed",
        "userProvidedVerifiedAndFailed",
        "networkProvided",
    ],
    EXTENSIBLE,
]


class ExtendedAliasAddress(Sequence):
    address: AliasAddress
    presentationIndicator: PresentationIndicator | None = None
    screeningIndicator: ScreeningIndicator | None = None
