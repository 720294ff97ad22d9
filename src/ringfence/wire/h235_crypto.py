"""What H.235 computes: the pwdSymEnc answer of classic handsets, hashes of passwords and whole messages."""

from collections.abc import Callable
from hashlib import md5, sha1
from hmac import compare_digest, digest

from ringfence.wire.des import BLOCK, decrypt_block, encrypt_block

DES_ECB = (1, 3, 14, 3, 2, 6)  # OIW secsig, the algorithm of pwdSymEnc
MD5 = (1, 2, 840, 113549, 2, 5)
CAT = (1, 2, 840, 113548, 10, 1, 2, 1)  # the access token of many plain H.323 gateways
# H.235.1 object identifiers of version 2: whole-message hash, its clear token, HMAC-SHA1-96.
HASHED_MESSAGE = (0, 0, 8, 235, 0, 2, 1)
HASHED_TOKEN = (0, 0, 8, 235, 0, 2, 5)
HMAC_SHA1_96 = (0, 0, 8, 235, 0, 2, 6)

HASH_OCTETS = 12  # 96 bits


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


def decrypt_ciphertext_stealing(key: bytes, cipher: bytes) -> bytes:
    """The reverse of `encrypt_ciphertext_stealing`."""
    if len(cipher) <= BLOCK:
        raise ValueError(f"ciphertext stealing needs more than {BLOCK} octets, not {len(cipher)}")
    tail = (len(cipher) - 1) % BLOCK + 1
    *blocks, exchanged = _blocks(cipher[:-tail])
    last = decrypt_block(key, exchanged)
    head = b"".join(decrypt_block(key, block) for block in blocks)
    return head + decrypt_block(key, cipher[-tail:] + last[tail:]) + last[:tail]


def _blocks(octets: bytes) -> list[bytes]:
    return [octets[at : at + BLOCK] for at in range(0, len(octets), BLOCK)]


def answer_challenge(password: str, clear_token: bytes) -> bytes:
    """pwdSymEnc: the GCF's ClearToken, encoded by itself in aligned PER, encrypted under the password."""
    return encrypt_ciphertext_stealing(des_key(password.encode()), clear_token)


def answers_challenge(password: str, clear_token: bytes, answer: bytes) -> bool:
    """Whether `answer` is that of `password`.

    Octets are compared instead of decrypting: a stale or foreign token cannot be mistaken for ours.
    """
    return compare_digest(answer_challenge(password, clear_token), answer)


def cat_challenge(random: int, password: str, time_stamp: int) -> bytes:
    """The 16-octet challenge of a CAT token; `random` modulo 256, `time_stamp` in seconds modulo 2**32."""
    return md5(
        bytes([random & 0xFF]) + password.encode() + (time_stamp & 0xFFFFFFFF).to_bytes(4, "big"),
        usedforsecurity=False,
    ).digest()


def password_hash(pwd_cert_token: bytes) -> bytes:
    """cryptoEPPwdHash: MD5 of the encoded PwdCertToken (H.225.0 CryptoH323Token)."""
    return md5(pwd_cert_token, usedforsecurity=False).digest()


# Any twelve octets will do that no message contains by accident (H.235.1 clause 7).
_PLACEHOLDER = bytes.fromhex("c9d03b7ae5116f824da7f05e")


def sign_message(encode: Callable[[bytes], bytes], password: str) -> bytes:
    """HMAC-SHA1-96 over a whole message (H.235.1 procedure I).

    `encode(hash)` returns the message with those twelve octets as its hash value. The hash is computed
    over the message with zeros in its place.
    """
    octets = encode(_PLACEHOLDER)
    at = octets.find(_PLACEHOLDER)
    if at < 0 or octets.find(_PLACEHOLDER, at + 1) >= 0:
        raise ValueError("the message does not hold its hash exactly once")
    return octets[:at] + _hmac(octets, at, password) + octets[at + HASH_OCTETS :]


def message_is_signed(octets: bytes, hash_value: bytes, password: str) -> bool:
    """Whether `hash_value`, found in the decoded message, is that of the whole message under `password`."""
    if len(hash_value) != HASH_OCTETS:
        return False
    at = octets.find(hash_value)
    return at >= 0 and compare_digest(_hmac(octets, at, password), hash_value)


def _hmac(octets: bytes, at: int, password: str) -> bytes:
    cleared = octets[:at] + bytes(HASH_OCTETS) + octets[at + HASH_OCTETS :]
    key = sha1(password.encode(), usedforsecurity=False).digest()
    return digest(key, cleared, "sha1")[:HASH_OCTETS]
