"""What H.235 computes: the pwdSymEnc answer of classic handsets, and the password hash of plain H.323."""

from functools import lru_cache
from hashlib import md5
from hmac import compare_digest

from ringfence.wire.des import BLOCK, encrypt_block

DES_ECB = (1, 3, 14, 3, 2, 6)  # OIW secsig, the algorithm of pwdSymEnc
MD5 = (1, 2, 840, 113549, 2, 5)


def des_key(password: bytes) -> bytes:
    """Eight octets of key: the password's first eight, zero-filled; the rest is XORed over them cyclically.

    H.235.0 clause 8.2.1. No parity is set: see `ringfence.wire.des`.
    """
    key = bytearray(password[:BLOCK].ljust(BLOCK, b"\0"))
    for index, octet in enumerate(password[BLOCK:]):
        key[index % BLOCK] ^= octet
    return bytes(key)


def encrypt_ciphertext_stealing(key: bytes, plain: bytes) -> bytes:
    """DES-ECB with ciphertext stealing: as many octets out as in. ValueError for 8 octets and fewer.

    The last two blocks of ciphertext are exchanged even when nothing needs to be stolen, as handsets do.
    """
    if len(plain) <= BLOCK:
        raise ValueError(f"ciphertext stealing needs more than {BLOCK} octets, not {len(plain)}")
    tail = (len(plain) - 1) % BLOCK + 1
    *blocks, before_last = _blocks(plain[:-tail])
    stolen = encrypt_block(key, before_last)
    head = b"".join(encrypt_block(key, block) for block in blocks)
    return head + encrypt_block(key, plain[-tail:] + stolen[tail:]) + stolen[:tail]


def _blocks(octets: bytes) -> list[bytes]:
    return [octets[at : at + BLOCK] for at in range(0, len(octets), BLOCK)]


# Who asks and who proves are often in one process, and a proof is checked again with each repeated RRQ.
@lru_cache(maxsize=1024)
def answer_challenge(password: str, clear_token: bytes) -> bytes:
    """pwdSymEnc: the GCF's ClearToken, encoded by itself in aligned PER, encrypted under the password."""
    return encrypt_ciphertext_stealing(des_key(password.encode()), clear_token)


def answers_challenge(password: str, clear_token: bytes, answer: bytes) -> bool:
    """Whether `answer` is that of `password`.

    Octets are compared instead of decrypting: a stale or foreign token cannot be mistaken for ours.
    """
    return compare_digest(answer_challenge(password, clear_token), answer)


def password_hash(pwd_cert_token: bytes) -> bytes:
    """cryptoEPPwdHash: MD5 of the encoded PwdCertToken (H.225.0 CryptoH323Token)."""
    return md5(pwd_cert_token, usedforsecurity=False).digest()
