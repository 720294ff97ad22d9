"""H.225.0 Where H.235 meets H.225.0: tokens, integrity checks, capabilities, errors."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.common import GatekeeperIdentifier, NonStandardParameter
from ringfence.wire.h235 import ClearToken, CryptoToken, Encrypted, Hashed, Signed, TimeStamp
from ringfence.wire.per.notation import (
    BitString,
    ClosedSequence,
    Null,
    ObjectIdentifier,
    OpenType,
    Sequence,
    UnknownAlternative,
)

SecurityServiceMode: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["none"], Null]
    | tuple[Literal["default"], Null]
    | UnknownAlternative
)


class SecurityCapabilities(Sequence):
    nonStandard: NonStandardParameter | None = None
    encryption: SecurityServiceMode
    authenticaton: SecurityServiceMode
    integrity: SecurityServiceMode


SecurityErrors: TypeAlias = (
    tuple[Literal["securityWrongSyncTime"], Null]
    | tuple[Literal["securityReplay"], Null]
    | tuple[Literal["securityWrongGeneralID"], Null]
    | tuple[Literal["securityWrongSendersID"], Null]
    | tuple[Literal["securityIntegrityFailed"], Null]
    | tuple[Literal["securityWrongOID"], Null]
    | tuple[Literal["securityDHmismatch"], Null]
    | tuple[Literal["securityCertificateExpired"], Null]
    | tuple[Literal["securityCertificateDateInvalid"], Null]
    | tuple[Literal["securityCertificateRevoked"], Null]
    | tuple[Literal["securityCertificateNotReadable"], Null]
    | tuple[Literal["securityCertificateSignatureInvalid"], Null]
    | tuple[Literal["securityCertificateMissing"], Null]
    | tuple[Literal["securityCertificateIncomplete"], Null]
    | tuple[Literal["securityUnsupportedCertificateAlgOID"], Null]
    | tuple[Literal["securityUnknownCA"], Null]
    | UnknownAlternative
)


SecurityErrors2: TypeAlias = (
    tuple[Literal["securityWrongSyncTime"], Null]
    | tuple[Literal["securityReplay"], Null]
    | tuple[Literal["securityWrongGeneralID"], Null]
    | tuple[Literal["securityWrongSendersID"], Null]
    | tuple[Literal["securityIntegrityFailed"], Null]
    | tuple[Literal["securityWrongOID"], Null]
    | UnknownAlternative
)


H245Security: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["noSecurity"], Null]
    | tuple[Literal["tls"], SecurityCapabilities]
    | tuple[Literal["ipsec"], SecurityCapabilities]
    | UnknownAlternative
)


EncryptIntAlg: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["isoAlgorithm"], ObjectIdentifier]
    | UnknownAlternative
)


NonIsoIntegrityMechanism: TypeAlias = (
    tuple[Literal["hMAC-MD5"], Null]
    | tuple[Literal["hMAC-iso10118-2-s"], EncryptIntAlg]
    | tuple[Literal["hMAC-iso10118-2-l"], EncryptIntAlg]
    | tuple[Literal["hMAC-iso10118-3"], ObjectIdentifier]
    | UnknownAlternative
)


IntegrityMechanism: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["digSig"], Null]
    | tuple[Literal["iso9797"], ObjectIdentifier]
    | tuple[Literal["nonIsoIM"], NonIsoIntegrityMechanism]
    | UnknownAlternative
)


class ICV(ClosedSequence):
    """Integrity check value over the whole message (H.235.1)."""

    algorithmOID: ObjectIdentifier
    icv: BitString


FastStartToken: TypeAlias = ClearToken
EncodedFastStartToken: TypeAlias = OpenType


class CryptoEPPwdHash(ClosedSequence):
    alias: AliasAddress
    timeStamp: TimeStamp
    token: Hashed


class CryptoGKPwdHash(ClosedSequence):
    gatekeeperId: GatekeeperIdentifier
    timeStamp: TimeStamp
    token: Hashed


CryptoH323Token: TypeAlias = (
    tuple[Literal["cryptoEPPwdHash"], CryptoEPPwdHash]
    | tuple[Literal["cryptoGKPwdHash"], CryptoGKPwdHash]
    | tuple[Literal["cryptoEPPwdEncr"], Encrypted]
    | tuple[Literal["cryptoGKPwdEncr"], Encrypted]
    | tuple[Literal["cryptoEPCert"], Signed]
    | tuple[Literal["cryptoGKCert"], Signed]
    | tuple[Literal["cryptoFastStart"], Signed]
    | tuple[Literal["nestedcryptoToken"], CryptoToken]
    | UnknownAlternative
)
