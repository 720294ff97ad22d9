"""The password challenge of GCF and RRQ: issued and checked by the gatekeeper, answered by the handset."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from ringfence.model.address import TransportAddress
from ringfence.wire import h225, per
from ringfence.wire.des import BLOCK
from ringfence.wire.h235 import ClearToken, Encrypted, Params
from ringfence.wire.h235_crypto import DES_ECB, answer_challenge, answers_challenge

# The OID of a challenge token; Avaya's and H.235.0's own (traces of 1608 sets).
CHALLENGE_TOKEN = (0, 0)
# The name that Avaya servers give themselves in a challenge; some handsets check it (same traces).
GENERAL_ID = "DEFINITY-GK"


class ChallengeResult(StrEnum):
    """What became of the answer to a challenge."""

    GOOD = "good"
    MISSING = "no answer to a challenge"
    WRONG = "the answer is that of another password"
    STALE = "no challenge is outstanding: it expired, or was answered already"


@dataclass(frozen=True, slots=True)
class _Outstanding:
    requestSeqNum: int
    token: ClearToken
    expires: float


class Challenges:
    """One outstanding challenge per endpoint address; each may be answered once, before it expires.

    `lifetime` in seconds covers a person typing a PIN. The oldest are forgotten beyond `capacity`.
    """

    def __init__(self, random: Random, *, lifetime: float = 300.0, capacity: int = 100_000) -> None:
        self._random = random
        self.lifetime = lifetime
        self._capacity = capacity
        self._outstanding: dict[TransportAddress, _Outstanding] = {}

    def __len__(self) -> int:
        return len(self._outstanding)

    def issue(self, endpoint: TransportAddress, sequence: int, now: float) -> ClearToken:
        """The challenge for a GRQ: the same again for a GRQ that was only retransmitted."""
        before = self._outstanding.pop(endpoint, None)
        if before is not None and before.requestSeqNum == sequence and now < before.expires:
            self._outstanding[endpoint] = before
            return before.token
        token = ClearToken(
            tokenOID=CHALLENGE_TOKEN,
            # Only its novelty counts: a real server was seen sending a time 34 years ago.
            timeStamp=1 + int(now) % 0xFFFFFFFF,
            random=self._random.getrandbits(31),
            generalID=GENERAL_ID,
        )
        if len(self._outstanding) >= self._capacity:
            del self._outstanding[next(iter(self._outstanding))]
        self._outstanding[endpoint] = _Outstanding(sequence, token, now + self.lifetime)
        return token

    def check(
        self,
        endpoint: TransportAddress,
        tokens: Iterable[h225.CryptoH323Token] | None,
        password: str,
        now: float,
    ) -> ChallengeResult:
        """Judge an RRQ's tokens. The challenge is spent whatever the verdict, unless there was no answer."""
        answer = next((data for token in tokens or () if (data := _encrypted(token))), None)
        if answer is None:
            return ChallengeResult.MISSING
        outstanding = self._outstanding.pop(endpoint, None)
        if outstanding is None or now >= outstanding.expires:
            return ChallengeResult.STALE
        plain = per.encode(ClearToken, outstanding.token)
        return ChallengeResult.GOOD if answers_challenge(password, plain, answer) else ChallengeResult.WRONG


def _encrypted(token: h225.CryptoH323Token) -> bytes | None:
    match token:
        case ("cryptoEPPwdEncr", Encrypted(algorithmOID=algorithm, encryptedData=data)) if (
            algorithm == DES_ECB
        ):
            return data
        case _:
            return None


def answer(password: str, confirm: h225.GatekeeperConfirm) -> list[h225.CryptoH323Token] | None:
    """The handset's cryptoTokens for the RRQ, or None when the GCF asks for no password that we can prove."""
    if confirm.authenticationMode != ("pwdSymEnc", True) or confirm.algorithmOID != DES_ECB:
        return None
    for token in confirm.tokens or ():
        plain = _challenge(token)
        if plain is not None:
            data = answer_challenge(password, plain)
            return [("cryptoEPPwdEncr", Encrypted(algorithmOID=DES_ECB, paramS=Params(), encryptedData=data))]
    return None


def _challenge(token: ClearToken) -> bytes | None:
    """What is to be encrypted: the token encoded again by itself, when it is a challenge."""
    if token.timeStamp is None and token.challenge is None:
        return None
    try:
        plain = per.encode(ClearToken, token)
    except per.EncodeError:  # decoders are lenient: a zero-length OID can be read but not written
        return None
    return plain if len(plain) > BLOCK else None


def offers_password(request: h225.GatekeeperRequest) -> bool:
    """Whether a GRQ offers pwdSymEnc with DES-ECB; one that names no algorithm leaves us the choice."""
    mechanisms = request.authenticationCapability or ()
    algorithms = request.algorithmOIDs
    return ("pwdSymEnc", True) in mechanisms and (algorithms is None or DES_ECB in algorithms)
