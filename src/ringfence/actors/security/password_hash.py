"""cryptoEPPwdHash: an MD5 of password, alias and time in the RRQ, as plain H.323 endpoints prove a password.

Weaker than a challenge: whoever hears it may repeat it until the clocks have moved on, so each time stamp is
accepted once. Both strings end in a NUL character when they are hashed, which H.235.0 does not say and the
usual open-source endpoints do.
"""

from collections.abc import Collection, Iterable, Mapping
from hmac import compare_digest

from ringfence.actors.ras.fields import alias_field, alias_of
from ringfence.actors.security.challenges import ChallengeResult
from ringfence.model.defaults import CLOCK_TOLERANCE
from ringfence.wire import h225, per
from ringfence.wire.h235 import ClearToken, Hashed, Params
from ringfence.wire.h235_crypto import MD5, password_hash

_MOST_NAMES = 200_000  # only who knows a password adds one
_PWD_CERT_TOKEN = (0, 0)


def _hash(alias: str, password: str, time_stamp: int) -> bytes:
    token = ClearToken(
        tokenOID=_PWD_CERT_TOKEN, timeStamp=time_stamp, password=password + "\0", generalID=alias + "\0"
    )
    return password_hash(per.encode(ClearToken, token))


def password_token(alias: str, password: str, time_stamp: int) -> h225.CryptoH323Token:
    """The token for an RRQ; `time_stamp` in seconds since 1970, 1 to 2**32 - 1."""
    digest = _hash(alias, password, time_stamp)
    token = Hashed(algorithmOID=MD5, paramS=Params(), hash=(int.from_bytes(digest), 8 * len(digest)))
    field = h225.CryptoEPPwdHash(alias=alias_field(alias), timeStamp=time_stamp, token=token)
    return ("cryptoEPPwdHash", field)


def chosen(confirm: h225.GatekeeperConfirm) -> bool:
    """Whether a GCF asks for this proof."""
    return confirm.authenticationMode == ("pwdHash", True) and confirm.algorithmOID == MD5


def offered(request: h225.GatekeeperRequest) -> bool:
    mechanisms, algorithms = request.authenticationCapability or (), request.algorithmOIDs
    return ("pwdHash", True) in mechanisms and (algorithms is None or MD5 in algorithms)


class HashProofs:
    """Judges proofs, and remembers the last time stamp of each name in them, `used` ones from before too."""

    def __init__(self, used: Mapping[str, int] | None = None) -> None:
        self._last: dict[str, int] = dict(used or {})
        self._taken: dict[str, int] = {}

    def take_used(self) -> dict[str, int]:
        """The time stamps of proofs that were good since the last call, by name: to be kept."""
        taken, self._taken = self._taken, {}
        return taken

    def check(
        self,
        tokens: Iterable[h225.CryptoH323Token] | None,
        aliases: Collection[str],
        password: str,
        clock: int,
    ) -> ChallengeResult:
        """`clock` is our own, in seconds since 1970.

        The hash names any of the endpoint's `aliases`: H323Plus takes the first it has (gkclient.cxx).
        """
        for token in tokens or ():
            match token:
                case ("cryptoEPPwdHash", h225.CryptoEPPwdHash() as field) if (
                    alias := alias_of(field.alias)
                ) in aliases and alias is not None:
                    return self._judge(field, alias, password, clock)
                case _:
                    continue
        return ChallengeResult.MISSING

    def _judge(self, field: h225.CryptoEPPwdHash, alias: str, password: str, clock: int) -> ChallengeResult:
        digest = _hash(alias, password, field.timeStamp)
        good = (int.from_bytes(digest), 8 * len(digest))
        sent = field.token.hash
        if sent[1] != good[1] or not compare_digest(digest, sent[0].to_bytes(len(digest))):
            return ChallengeResult.WRONG
        if abs(field.timeStamp - clock) > CLOCK_TOLERANCE or field.timeStamp <= self._last.get(alias, 0):
            return ChallengeResult.STALE
        if alias not in self._last and len(self._last) >= _MOST_NAMES:
            return ChallengeResult.STALE
        self._last[alias] = self._taken[alias] = field.timeStamp
        return ChallengeResult.GOOD
