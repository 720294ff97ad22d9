"""Rules as text, through the kernel: the listing that a reader knows, with the places of the text."""

import json

import pytest

from ringfence.firewalls.nftables.read import read_ruleset_json
from ringfence.lab.nft_text import listed_text
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import packet

pytestmark = pytest.mark.kernel

TEXT = """define phones = 10.20.0.0/24
table inet asleep {
\tflags dormant
\tchain forward { type filter hook forward priority filter; policy drop; }
}
table inet t {
\tset servers {
\t\ttype ipv4_addr
\t\telements = { 10.1.0.20,
\t\t\t     10.1.0.30 }
\t}
\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t\tct state established accept
\t\tiif "no-such-if" drop # handle 41
\t\tip saddr $phones ip daddr @servers tcp dport {
\t\t\t80, 443 } accept comment "web"
\t}
}
"""


def test_a_text_is_read_with_its_own_handles_and_lines() -> None:
    listing = read_ruleset_json(listed_text(TEXT))
    (chain,) = listing.chains
    assert [row.id for row in chain.rows] == ["inet t forward line 16 (web)"]
    assert [part.place for part in listing.unread] == ["inet t forward handle 41"]
    assert [part.place for part in listing.inactive] == ["inet asleep forward"]
    rows = Space().permitted(chain.rows, chain.default)
    assert packet("tcp 10.20.0.9:1024 10.1.0.30:443") in rows
    assert packet("tcp 10.20.0.9:1024 10.1.0.31:443") not in rows


def test_one_comparison_a_rule_is_read_and_words_are_none() -> None:
    text = (
        "table ip t { chain c { type filter hook forward priority 0;"
        ' tcp sport >= 1024 drop comment "a < b > c"; tcp dport < 1024 drop; }; } # < >\n'
    )
    (chain,) = read_ruleset_json(listed_text(text)).chains
    rows = Space().permitted(chain.rows, chain.default)
    assert packet("tcp 10.20.0.9:1023 10.1.0.30:1024") in rows
    assert packet("tcp 10.20.0.9:1024 10.1.0.30:1024") not in rows
    assert packet("tcp 10.20.0.9:1023 10.1.0.30:1023") not in rows


def test_two_comparisons_in_one_rule_are_refused_with_the_line() -> None:
    """nft 1.0.6 lists them as one range of the second field; the kernel holds both."""
    text = "table ip t {\n chain c {\n  tcp sport >= 1000 \\\n   tcp dport <= 2000 drop\n }\n}\n"
    with pytest.raises(InputError, match="line 3: two comparisons in one rule") as refused:
        listed_text(text)
    assert "1000-65535" in str(refused.value.remedy)


def test_rules_that_stand_in_one_line_are_told_apart_by_their_order() -> None:
    text = (
        "table ip t { chain c { type filter hook forward priority 0; ip saddr 10.0.0.1 drop; accept; }; }\n"
    )
    (chain,) = read_ruleset_json(listed_text(text)).chains
    assert [row.id for row in chain.rows] == ["ip t c rule 1", "ip t c rule 2"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("table ip t {\n chain c {\n nonsense\n}\n}\n", "nft does not take it: .*nonsense|syntax error"),
        ('include "/etc/hostname"\ntable ip t {\n}\n', "includes other files"),
        ("#" * (1 << 23), "more than"),
    ],
)
def test_what_nft_does_not_take_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        listed_text(text)
    assert "nft" in refused.value.remedy


def test_the_machines_own_rules_are_not_in_it() -> None:
    objects = json.loads(listed_text("table ip only {\n}\n"))["nftables"]
    assert [item["table"]["name"] for item in objects if "table" in item] == ["only"]


def test_a_text_at_which_nft_aborts_is_refused() -> None:
    text = f"table ip t {{\nchain c {{\ntype filter hook forward priority 0;\njump {'a' * 300}\n}}\n}}\n"
    with pytest.raises(InputError, match="nft does not accept it: BUG"):
        listed_text(text)
