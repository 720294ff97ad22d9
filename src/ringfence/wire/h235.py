"""H.235.0: the tokens that authenticate and encrypt.

Open types stay octets, since signatures are computed over them; decode them with `per.decode`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.per.notation import (
    BMP,
    BitString,
    BMPString,
    ClosedSequence,
    Null,
    ObjectIdentifier,
    OpenType,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)

ChallengeString: TypeAlias = Annotated[bytes, Size(8, 128)]


# Seconds since 1970.
TimeStamp: TypeAlias = Annotated[int, Range(1, 4294967295)]
RandomVal: TypeAlias = int
Password: TypeAlias = Annotated[str, BMP, Size(1, 128)]
Identifier: TypeAlias = Annotated[str, BMP, Size(1, 128)]
KeyMaterial: TypeAlias = Annotated[BitString, Size(1, 2048)]


class NonStandardParameter(ClosedSequence):
    nonStandardIdentifier: ObjectIdentifier
    data: bytes


class DHset(Sequence):
    """Half a Diffie-Hellman key; empty `modSize` and `generator` when the profile fixes them."""

    halfkey: Annotated[BitString, Size(0, 2048)]
    modSize: Annotated[BitString, Size(0, 2048)]
    generator: Annotated[BitString, Size(0, 2048)]


class ECpoint(Sequence):
    x: Annotated[BitString, Size(0, 511)] | None = None
    y: Annotated[BitString, Size(0, 511)] | None = None


class Eckasdhp(ClosedSequence):
    public_key: ECpoint
    modulus: Annotated[BitString, Size(0, 511)]
    base: ECpoint
    weierstrassA: Annotated[BitString, Size(0, 511)]
    weierstrassB: Annotated[BitString, Size(0, 511)]


class Eckasdh2(ClosedSequence):
    public_key: ECpoint
    fieldSize: Annotated[BitString, Size(0, 511)]
    base: ECpoint
    weierstrassA: Annotated[BitString, Size(0, 511)]
    weierstrassB: Annotated[BitString, Size(0, 511)]


ECKASDH: TypeAlias = (
    tuple[Literal["eckasdhp"], Eckasdhp] | tuple[Literal["eckasdh2"], Eckasdh2] | UnknownAlternative
)


class ECGDSASignature(ClosedSequence):
    r: Annotated[BitString, Size(0, 511)]
    s: Annotated[BitString, Size(0, 511)]


class TypedCertificate(Sequence):
    type: ObjectIdentifier
    certificate: bytes


AuthenticationBES: TypeAlias = (
    tuple[Literal["default"], Null] | tuple[Literal["radius"], Null] | UnknownAlternative
)


AuthenticationMechanism: TypeAlias = (
    tuple[Literal["dhExch"], Null]
    | tuple[Literal["pwdSymEnc"], Null]
    | tuple[Literal["pwdHash"], Null]
    | tuple[Literal["certSign"], Null]
    | tuple[Literal["ipsec"], Null]
    | tuple[Literal["tls"], Null]
    | tuple[Literal["nonStandard"], NonStandardParameter]
    | UnknownAlternative
    | tuple[Literal["authenticationBES"], AuthenticationBES]
    | tuple[Literal["keyExch"], ObjectIdentifier]
)


Element: TypeAlias = (
    tuple[Literal["octets"], bytes]
    | tuple[Literal["integer"], int]
    | tuple[Literal["bits"], BitString]
    | tuple[Literal["name"], BMPString]
    | tuple[Literal["flag"], bool]
    | UnknownAlternative
)


IV8: TypeAlias = Annotated[bytes, Size(8, 8)]
IV16: TypeAlias = Annotated[bytes, Size(16, 16)]


class Params(Sequence):
    ranInt: int | None = None
    iv8: IV8 | None = None
    iv16: IV16 | None = extension_addition()
    iv: bytes | None = extension_addition()
    clearSalt: bytes | None = extension_addition()


class ProfileElement(Sequence):
    elementID: Annotated[int, Range(0, 255)]
    paramS: Params | None = None
    element: Element | None = None


class V3KeySyncMaterial(Sequence):
    generalID: Identifier | None = None
    algorithmOID: ObjectIdentifier | None = None
    paramS: Params
    encryptedSessionKey: bytes | None = None
    encryptedSaltingKey: bytes | None = None
    clearSaltingKey: bytes | None = None
    paramSsalt: Params | None = None
    keyDerivationOID: ObjectIdentifier | None = None
    genericKeyMaterial: bytes | None = extension_addition()


class Signed(ClosedSequence):
    """SIGNED{}: the content, its signature and the algorithm."""

    toBeSigned: OpenType
    algorithmOID: ObjectIdentifier
    paramS: Params
    signature: BitString


class Encrypted(ClosedSequence):
    """ENCRYPTED{}."""

    algorithmOID: ObjectIdentifier
    paramS: Params
    encryptedData: bytes


H235Key: TypeAlias = (
    tuple[Literal["secureChannel"], KeyMaterial]
    | tuple[Literal["sharedSecret"], Encrypted]
    | tuple[Literal["certProtectedKey"], Signed]
    | UnknownAlternative
    | tuple[Literal["secureSharedSecret"], V3KeySyncMaterial]
)


class ClearToken(Sequence):
    """A token in the clear: challenge, time stamp, half a Diffie-Hellman key, or what its profile says."""

    tokenOID: ObjectIdentifier
    timeStamp: TimeStamp | None = None
    password: Password | None = None
    dhkey: DHset | None = None
    challenge: ChallengeString | None = None
    random: RandomVal | None = None
    certificate: TypedCertificate | None = None
    generalID: Identifier | None = None
    nonStandard: NonStandardParameter | None = None
    eckasdhkey: ECKASDH | None = extension_addition()
    sendersID: Identifier | None = extension_addition()
    h235Key: H235Key | None = extension_addition()
    profileInfo: list[ProfileElement] | None = extension_addition()


EncodedGeneralToken: TypeAlias = OpenType
PwdCertToken: TypeAlias = ClearToken
EncodedPwdCertToken: TypeAlias = OpenType


class CryptoEncryptedToken(ClosedSequence):
    tokenOID: ObjectIdentifier
    token: Encrypted


class CryptoSignedToken(ClosedSequence):
    tokenOID: ObjectIdentifier
    token: Signed


class Hashed(ClosedSequence):
    """HASHED{}."""

    algorithmOID: ObjectIdentifier
    paramS: Params
    hash: BitString


class CryptoHashedToken(ClosedSequence):
    tokenOID: ObjectIdentifier
    hashedVals: ClearToken
    token: Hashed


CryptoToken: TypeAlias = (
    tuple[Literal["cryptoEncryptedToken"], CryptoEncryptedToken]
    | tuple[Literal["cryptoSignedToken"], CryptoSignedToken]
    | tuple[Literal["cryptoHashedToken"], CryptoHashedToken]
    | tuple[Literal["cryptoPwdEncr"], Encrypted]
    | UnknownAlternative
)


class KeySignedMaterial(ClosedSequence):
    generalId: Identifier
    mrandom: RandomVal
    srandom: RandomVal | None = None
    timeStamp: TimeStamp | None = None
    encrptval: Encrypted


EncodedKeySignedMaterial: TypeAlias = OpenType


class H235CertificateSignature(Sequence):
    certificate: TypedCertificate
    responseRandom: RandomVal
    requesterRandom: RandomVal | None = None
    signature: Signed


class ReturnSig(ClosedSequence):
    generalId: Identifier
    responseRandom: RandomVal
    requestRandom: RandomVal | None = None
    certificate: TypedCertificate | None = None


EncodedReturnSig: TypeAlias = OpenType


class KeySyncMaterial(Sequence):
    generalID: Identifier
    keyMaterial: KeyMaterial


EncodedKeySyncMaterial: TypeAlias = OpenType
