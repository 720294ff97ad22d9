"""The DES block cipher (FIPS 46-3), which H.235 pwdSymEnc and therefore every classic handset needs.

DES protects nothing today and is here only because handsets answer a gatekeeper's challenge with it. Use
it for nothing else. The parity bit of each key octet is ignored, as the standard has it, so the PINs 1234
and 1235 are one key.
"""

from collections.abc import Iterable
from functools import lru_cache

BLOCK = 8  # octets

# FIPS 46-3 permutations: the n-th output bit is the input bit of this number; bit 1 is the leftmost.
_IP = [start - 8 * row for start in (58, 60, 62, 64, 57, 59, 61, 63) for row in range(8)]
_FP = [_IP.index(bit) + 1 for bit in range(1, 65)]
_P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10]
_P += [2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25]
_PC1 = [column - 8 * row for column in (57, 58, 59) for row in range(8)] + [60, 52, 44, 36]
_PC1 += [column - 8 * row for column in (63, 62, 61) for row in range(8)] + [28, 20, 12, 4]
_PC2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2]
_PC2 += [41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32]
_ROTATIONS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)

# The substitution boxes, four rows of sixteen hexadecimal digits each.
_S = (
    "e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d",
    "f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9",
    "a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c",
    "7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e",
    "2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453",
    "c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d",
    "4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c",
    "d2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b",
)


def _permute(value: int, width: int, table: Iterable[int]) -> int:
    out = 0
    for bit in table:
        out = out << 1 | value >> (width - bit) & 1
    return out


def _substitution(box: int) -> list[int]:
    """Box and permutation P together: 32 output bits for each of the 64 six-bit inputs."""
    rows = _S[box].split()
    digits = (int(rows[six >> 4 & 2 | six & 1][six >> 1 & 15], 16) for six in range(64))
    return [_permute(digit << (28 - 4 * box), 32, _P) for digit in digits]


_SP = [_substitution(box) for box in range(8)]


@lru_cache(maxsize=1024)
def _schedule(key: bytes) -> tuple[int, ...]:
    """Sixteen 48-bit round keys."""
    if len(key) != BLOCK:
        raise ValueError(f"a DES key has 8 octets, not {len(key)}")
    halves = _permute(int.from_bytes(key), 64, _PC1)
    left, right = halves >> 28, halves & 0xFFFFFFF
    rounds = []
    for by in _ROTATIONS:
        left = (left << by | left >> (28 - by)) & 0xFFFFFFF
        right = (right << by | right >> (28 - by)) & 0xFFFFFFF
        rounds.append(_permute(left << 28 | right, 56, _PC2))
    return tuple(rounds)


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """One block of 8 octets under a key of 8 octets; ValueError for any other length."""
    if len(block) != BLOCK:
        raise ValueError(f"a DES block has 8 octets, not {len(block)}")
    both = _permute(int.from_bytes(block), 64, _IP)
    left, right = both >> 32, both & 0xFFFFFFFF
    for round_key in _schedule(key):
        # The expansion E is a window of six bits moved by four, once round: no table is needed.
        wide = (right & 1) << 33 | right << 1 | right >> 31
        mixed = 0
        for box in range(8):
            shift = 28 - 4 * box
            mixed |= _SP[box][(wide >> shift ^ round_key >> (42 - 6 * box)) & 63]
        left, right = right, left ^ mixed
    return _permute(right << 32 | left, 64, _FP).to_bytes(BLOCK)
