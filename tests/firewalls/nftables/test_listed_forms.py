"""Forms in which nft lists another rule than was written, or none that has a form in JSON."""

import json

import pytest

from ringfence.firewalls.nftables.read import read
from ringfence.lab.nft_text import listed_text
from ringfence.policy.listing import Listing, Moment
from support.firewalls.read_configs import fares
from support.peers.nft_kernel import ruleset

pytestmark = pytest.mark.kernel

SYN = "tcp 10.20.0.9:1024 10.1.0.20:80"
ECHO = "icmp 10.20.0.9:8 10.1.0.20:0"


def chain(*rules: str, hook: str = "forward", priority: str = "0", policy: str = "drop") -> str:
    head = f"type filter hook {hook} priority {priority}; policy {policy};"
    return "\n".join(["table inet t {", "chain c {", head, *rules, "}", "}"])


def fate(listing: Listing) -> str:
    """Whether a SYN and an echo request pass; "?" where that is not certain."""
    said = (fares(listing, words, Moment.OPENS) for words in (SYN, ECHO))
    return "".join({True: "+", False: "-", None: "?"}[one] for one in said)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("meta l4proto { tcp, udp } th dport 80 accept", "+-"),
        ("meta l4proto tcp th dport 80 accept", "+-"),
        ("ip protocol { tcp, udp } th dport 80 accept", "+-"),
        # All three are listed as `th ...`: of every protocol, of ICMP's type and code, of GRE.
        ("th sport 1000-3000 accept", "??"),
        ("meta l4proto icmp th sport 1000-3000 accept", "??"),
        ("meta l4proto gre th dport 80 accept", "??"),
        ("meta l4proto icmp th sport 2048 accept", "-+"),  # listed as type 8 and code 0
        ("meta l4proto icmp th sport != 2049 accept", "??"),  # listed as type != 8 and code != 1
        ("icmp type != echo-reply accept", "-+"),
        ("icmp code != 1 accept", "-+"),
        ("th dport vmap { 80 : accept }", "??"),
    ],
)
def test_ports_of_no_protocol_are_not_taken_for_those_of_tcp_and_udp(rule: str, expected: str) -> None:
    assert fate(read(ruleset(chain(rule)))) == expected


@pytest.mark.parametrize(
    ("family", "expected"), [("ip", "+"), ("ip6", "-"), ("!= ip6", "+"), ("!= ip", "-"), ("arp", "-")]
)
def test_an_ethertype_is_read_as_a_number_too(family: str, expected: str) -> None:
    text = chain(f"meta protocol {family} accept")
    assert fate(read(ruleset(text)))[0] == expected
    assert fate(read(json.loads(listed_text(text))))[0] == expected  # --numeric


def test_two_comparisons_that_are_listed_as_a_reversed_range_are_in_doubt() -> None:
    assert fate(read(ruleset(chain("tcp sport < 49300 tcp dport > 1719 drop", "accept")))) == "?+"


@pytest.mark.parametrize("family", ["meta nfproto ipv6 ", "meta nfproto ipv4 ", ""])
def test_a_reset_is_listed_without_its_family(family: str) -> None:
    reset = f"{family}tcp dport 80 reject with tcp reset"
    assert fate(read(ruleset(chain(reset, "accept")))) == "?+"
    # Where the rest is stopped anyway nothing hangs on it.
    assert fate(read(ruleset(chain("icmp type echo-request accept", reset)))) == "-+"


def test_a_chain_within_a_rule_concerns_that_rule_alone() -> None:
    found = read(ruleset(chain("tcp dport 80 jump { ip saddr 10.20.0.9 accept; drop; }", "accept")))
    assert fate(found) == "?+"
    assert len(found.unread) == 1


def test_two_chains_of_one_priority_pass_in_the_order_of_loading() -> None:
    def raw(name: str, rule: str, priority: str) -> str:
        return chain(rule, hook="prerouting", priority=priority, policy="accept").replace("inet t", name)

    drop, untracked = raw("inet a", "ct state untracked drop", "-290"), "meta l4proto tcp notrack"
    assert fate(read(ruleset(drop, raw("inet b", untracked, "-300"))))[0] == "-"
    same = raw("inet b", untracked, "-290")
    assert fate(read(ruleset(drop, same)))[0] == fate(read(ruleset(same, drop)))[0] == "?"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # Listed without `meta l4proto udp`, which the change implies.
        ("udp dport set 1719 drop", "++"),
        ("meta l4proto udp th dport set 1719 drop", "++"),
        ("th dport set 1719 drop", "??"),
        ("ip6 hoplimit set 4 drop", "++"),
        ("ip dscp set cs1 drop", "--"),
        ("tcp flags syn tcp option maxseg size set rt mtu", "++"),
        ("tcp option maxseg size set 1400 drop", "??"),
    ],
)
def test_a_change_asks_for_the_header_that_it_changes(rule: str, expected: str) -> None:
    assert fate(read(ruleset(chain(rule, "accept")))) == expected


def test_a_packet_that_is_called_another_hosts_may_not_be_forwarded() -> None:
    text = chain("meta pkttype set broadcast", hook="prerouting", priority="mangle", policy="accept")
    assert fate(read(ruleset(text))) == "??"


def test_what_changes_packets_is_named_for_every_way_that_leads_to_it_and_at_every_moment() -> None:
    text = """table ip t {
        chain change { ip daddr set 10.1.0.99; }
        chain c {
            type filter hook prerouting priority mangle; policy accept;
            ip daddr 10.9.0.1 jump change
            tcp dport 80 jump change
            icmp type echo-reply ct direction reply jump change
        }
    }"""
    found = read(ruleset(text))
    assert fate(found) == "??"
    assert fate(read(ruleset(text.replace("icmp type echo-reply", "udp dport 9")))) == "?+"
    assert len(found.unread) == 1
