"""DES against NIST's published answers (SP 800-17 appendix A, FIPS 81 appendix B)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.wire.des import encrypt_block

# SP 800-17 table A.4: the substitution table known answers (key, plaintext, ciphertext). They exercise all
# eight boxes in all rounds: a wrong digit in any box fails one of them.
SUBSTITUTION = """
7CA110454A1A6E57 01A1D6D039776742 690F5B0D9A26939B
0131D9619DC1376E 5CD54CA83DEF57DA 7A389D10354BD271
07A1133E4A0B2686 0248D43806F67172 868EBB51CAB4599A
3849674C2602319E 51454B582DDF440A 7178876E01F19B2A
04B915BA43FEB5B6 42FD443059577FA2 AF37FB421F8C4095
0113B970FD34F2CE 059B5E0851CF143A 86A560F10EC6D85B
0170F175468FB5E6 0756D8E0774761D2 0CD3DA020021DC09
43297FAD38E373FE 762514B829BF486A EA676B2CB7DB2B7A
07A7137045DA2A16 3BDD119049372802 DFD64A815CAF1A0F
04689104C2FD3B2F 26955F6835AF609A 5C513C9C4886C088
37D06BB516CB7546 164D5E404F275232 0A2AEEAE3FF4AB77
1F08260D1AC2465E 6B056E18759F5CCA EF1BF03E5DFA575A
584023641ABA6176 004BD6EF09176062 88BF0DB6D70DEE56
025816164629B007 480D39006EE762F2 A1F9915541020B56
49793EBC79B3258F 437540C8698F3CFA 6FBF1CAFCFFD0556
4FB05E1515AB73A7 072D43A077075292 2F22E49BAB7CA1AC
49E95D6D4CA229BF 02FE55778117F12A 5A6B612CC26CCE4A
018310DC409B26D6 1D9D5C5018F728C2 5F4C038ED12B2E41
1C587F1C13924FEF 305532286D6F295A 63FAC0D034D9F793
"""


@pytest.mark.parametrize("row", SUBSTITUTION.strip().splitlines())
def test_substitution_tables_give_the_published_answers(row: str) -> None:
    key, plain, cipher = map(bytes.fromhex, row.split())
    assert encrypt_block(key, plain) == cipher


def test_fips_81_example() -> None:
    assert encrypt_block(bytes.fromhex("0123456789abcdef"), b"Now is t").hex() == "3fa40e8a984d4815"


def test_variable_plaintext_bit_known_answers() -> None:
    key = bytes.fromhex("0101010101010101")
    assert encrypt_block(key, bytes.fromhex("8000000000000000")).hex() == "95f8a5e5dd31d900"
    assert encrypt_block(key, bytes.fromhex("0000000000000001")).hex() == "166b40b44aba4bd6"


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_parity_bits_do_not_matter(key: bytes, block: bytes) -> None:
    cipher = encrypt_block(key, block)
    assert encrypt_block(bytes(octet ^ 1 for octet in key), block) == cipher


@pytest.mark.parametrize(("key", "block"), [(b"short", bytes(8)), (bytes(8), bytes(7))])
def test_wrong_lengths_are_refused(key: bytes, block: bytes) -> None:
    with pytest.raises(ValueError, match="8 octets"):
        encrypt_block(key, block)
