"""Reading back catches what a kernel, a tool or a colleague made of the rules."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables.write import write
from ringfence.lab.netns import Namespace
from ringfence.lab.nft import Nft
from ringfence.lab.ruleset import RulesetDiffers, load, verify_ruleset
from ringfence.lab.ruleset_text import RulesetNotUnderstood, read_ruleset_text
from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule

TEXT = """
table inet ringfence {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state { established } accept comment "established"
    # a ticket's own words
    ip saddr 10.20.0.50 ip daddr { 10.30.0.12,
      10.30.0.13 } udp sport 49300-49309 udp dport 1719 counter accept comment "ras"
    meta nfproto ipv4 ip saddr 10.20.0.0/24 meta l4proto icmp icmp type echo-request accept
    iifname "inside" oifname != "servers" tcp dport != { 80, 443 } jump strict
    udp dport 53 reject; counter log prefix "denied" group 5 comment "denied"
  }
  chain strict { tcp dport 22 reject with tcp reset; reject with icmpx admin-prohibited; }
}
"""


@pytest.fixture(scope="module")
def nft() -> Iterator[Nft]:
    namespace = Namespace("rules")
    opened = Nft(namespace)
    yield opened
    opened.close()
    namespace.close()


@pytest.mark.kernel
def test_what_was_loaded_is_what_was_meant(nft: Nft) -> None:
    load(nft, TEXT)
    load(nft, TEXT)
    verify_ruleset(
        nft, nft.ruleset_text().replace('log prefix "denied" group 5', 'log group 5 prefix "denied"')
    )


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("written", "tampered", "said"),
    [
        ("udp dport 1719", "udp dport 1718-1719", "udp dport 1718-1719"),
        ("udp sport 49300-49309 ", "", "rule 2"),
        ("policy drop", "policy accept", "policy drop, found"),
        ("hook forward", "hook input", "hook input"),
        ("priority filter", "priority filter + 5", "priority 5"),
        ("    udp dport 53 reject;", "    ", "rule 5 is missing: meta l4proto 17 udp dport 53 reject"),
        ("10.20.0.0/24", "10.20.0.0/23", "10.20.0.0-10.20.1.255"),
        ('oifname != "servers"', 'oifname "servers"', "oifname"),
        ("{ established }", "{ established, related }", "ct state 2"),
        ("type echo-request", "type echo-reply", "icmp type 0"),
        ('accept comment "ras"', 'drop comment "ras"', "rule 2"),
        ('comment "ras"', 'comment "Ras"', "rule 2"),
        ("dport 22 reject with tcp reset", "dport 22 reject", "strict rule 1"),
        ("jump strict", "goto strict", "goto strict"),
        ("10.30.0.13", "10.30.0.14", "10.30.0.14"),
        ("group 5", "group 6", "group 6"),
    ],
)
def test_tampering_is_noticed(nft: Nft, written: str, tampered: str, said: str) -> None:
    assert written in TEXT
    nft.apply(TEXT.replace(written, tampered, 1))
    with pytest.raises(RulesetDiffers) as caught:
        verify_ruleset(nft, TEXT)
    assert said in str(caught.value)


@pytest.mark.kernel
@pytest.mark.parametrize(
    "addition",
    [
        "table ip other { chain c { type filter hook forward priority 0; policy accept; }\n}",
        "table inet ringfence { chain more { accept; }\n}",
        "insert rule inet ringfence forward accept",
        "add rule inet ringfence forward udp dport 5060 accept",
        "table inet ringfence { set s { type ipv4_addr; }\n}",
        "add rule inet ringfence forward limit rate 5/second accept",
        "add rule inet ringfence forward tcp flags syn accept",
        "add rule inet ringfence forward ct state new mark set 1",
        "add rule inet ringfence forward @th,0,16 5060 accept",
    ],
)
def test_an_addition_is_noticed(nft: Nft, addition: str) -> None:
    nft.apply(TEXT + addition)
    with pytest.raises(RulesetDiffers):
        verify_ruleset(nft, TEXT)


@pytest.mark.kernel
def test_an_empty_kernel_is_noticed(nft: Nft) -> None:
    nft.apply("")
    with pytest.raises(RulesetDiffers, match="table inet ringfence is missing"):
        verify_ruleset(nft, TEXT)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("table inet t {\n chain c {\n  tcp flags syn accept\n } }", 3, "'tcp flags' is not understood"),
        ("table inet t {\n chain c {\n  udp dport 1719\n  udp dport accept\n } }", 4, "neither a number"),
        ("table inet t {\n chain c {\n  udp dport {\n } }", 3, "a word is missing"),
        ("table inet t {\n chain c {\n  ip saddr 10.0.0.0/33 accept } }", 3, "10.0.0.0/33"),
        ("table inet t {\n chain c {\n  udp dport 9-1 accept } }", 3, "empty"),
        ("table inet t {\n chain c {\n  accept", 3, "'}' expected"),
        ("table t {", 1, "say the family"),
        ("delete table inet t", 1, "before it exists"),
        ("\n\ninclude 'x'", 3, "unexpected character"),
        ("\nadd rule inet t c accept", 2, "'add' is not understood"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(RulesetNotUnderstood, match=what) as caught:
        read_ruleset_text(text)
    assert caught.value.line == line


@given(st.text(alphabet='table inet{}chn;\n",=! 0123456789.-/udpsport', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_ruleset_text("table inet t { chain c {\n" + text)
    except RulesetNotUnderstood as refused:
        assert refused.line >= 1


def networks() -> st.SearchStrategy[tuple[IPv4Network, ...]]:
    one = st.builds(
        lambda number, prefix: IPv4Network((number, prefix), strict=False),
        st.integers(0x0A000000, 0x0AFFFFFF),
        st.sampled_from([8, 16, 22, 24, 30, 32, 32]),
    )
    return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple)


def ranges() -> st.SearchStrategy[PortRange]:
    port = st.integers(1, 65535)
    return st.one_of(
        st.just(ANY_PORT),
        st.lists(port, min_size=2, max_size=2).map(sorted).map(lambda pair: PortRange(*pair)),
    )


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    protocol = draw(st.sampled_from([Protocol.UDP, Protocol.TCP, Protocol.ICMP]))
    icmp = protocol is Protocol.ICMP
    return Rule(
        id=f"r{draw(st.integers(0, 10**9))}",
        source=draw(networks()),
        destination=draw(networks()),
        protocol=protocol,
        source_ports=ANY_PORT if icmp else draw(ranges()),
        destination_ports=ANY_PORT if icmp else draw(ranges()),
        icmp_type=draw(st.sampled_from([None, 0, 8])) if icmp else None,
        action=draw(st.sampled_from(Action)),
    )


POLICIES = st.lists(rules(), min_size=2, max_size=5, unique_by=lambda rule: rule.id).map(
    lambda made: Policy("generated", tuple(made))
)


@pytest.mark.kernel
@settings(max_examples=25, deadline=None)
@given(POLICIES, st.data())
def test_every_policy_reads_back_and_no_other_passes_for_it(
    nft: Nft, policy: Policy, data: st.DataObject
) -> None:
    device = Device(log_group=5, exclusive=True)
    text = write(policy, device).text
    load(nft, text)
    victim = data.draw(st.integers(0, len(policy.rules) - 1))
    substitute = replace(data.draw(rules()), id=policy.rules[victim].id)
    other = Policy(policy.name, (*policy.rules[:victim], substitute, *policy.rules[victim + 1 :]))
    assume(write(other, device).text != text)
    nft.apply(write(other, device).text)
    with pytest.raises(RulesetDiffers):
        verify_ruleset(nft, text)
    nft.apply(write(policy.without(policy.rules[victim].id), device).text)
    with pytest.raises(RulesetDiffers):
        verify_ruleset(nft, text)
