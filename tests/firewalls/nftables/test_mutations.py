"""A router whose nftables rules are right, and what becomes of each mistake in them, as nft lists them."""

import json

import pytest

from ringfence.check.report import Answer
from ringfence.lab.nft_text import listed_text
from support.firewalls.mutated import EVERYTHING, Mutation, assert_good, assert_judged, edited, report_of

pytestmark = pytest.mark.kernel

RAS = "discover register keep-alive"
OF_VOICE = "provision discover register echo renew keep-alive"
OF_SERVERS = "address vlan-move signal notify"
GOOD = """table inet fw {
	set phones {
		type ipv4_addr
		flags interval
		elements = { 10.20.0.0/24 }
	}
	map from {
		type ipv4_addr : verdict
		flags interval
		elements = { 10.1.0.0/24 : jump servers, 10.20.0.0/24 : jump voice }
	}
	chain voice {
		ip daddr 10.1.0.10 udp sport 68 udp dport 67 accept
		ip daddr 10.1.0.20 tcp sport 1024-65535 tcp dport 80 counter accept
		ip daddr 10.1.0.30 udp sport 49300 udp dport 1719 accept
		ip daddr 10.1.0.30 icmp type echo-request accept
	}
	chain servers {
		ip saddr . ip daddr . udp sport . udp dport {
			10.1.0.10 . 10.10.0.1 . 67 . 67, 10.1.0.10 . 10.20.0.1 . 67 . 67
		} accept
		ip saddr 10.1.0.30 ip daddr @phones udp sport 1719 udp dport 49300 accept
		ip saddr 10.1.0.30 ip daddr @phones tcp sport 61440-61444 tcp dport 1720 accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		ip saddr vmap @from
		ip saddr 10.10.0.0/24 ip daddr 10.1.0.10 udp sport 68 udp dport 67 accept
		ip saddr 10.255.0.1 ip daddr 10.1.0.10 udp sport 67 udp dport 67 accept
	}
}
"""
STATE = "ct state vmap { established : accept, related : accept, invalid : drop }"
RAS_RULE = "ip daddr 10.1.0.30 udp sport 49300 udp dport 1719 accept"
ELEMENTS = "10.1.0.0/24 : jump servers, 10.20.0.0/24 : jump voice"
POLICY = "priority filter; policy drop;"
CALL = "tcp sport 61440-61444 tcp dport 1720 accept"
PING = "icmp type echo-request accept"
TABLE = "table inet fw {"


def before(head: str, *rules: str) -> tuple[tuple[str, str], ...]:
    """Another base chain in the table."""
    chain = "\n".join(["chain other {", head, *rules, "}"])
    return (("\tchain voice {", f"{chain}\n\tchain voice {{"),)


RAW = "type filter hook prerouting priority raw; policy accept;"
MISTAKES = (
    Mutation("a rule is removed", ((RAS_RULE, ""),), RAS),
    Mutation("a rule is wider", (("udp sport 49300 udp dport 1719", "udp dport 1719"),), opens=True),
    Mutation(
        "a set is of one half",
        (("elements = { 10.20.0.0/24 }", "elements = { 10.20.0.0/25 }"),),
        "signal notify",
    ),
    Mutation(
        "a set is wider",
        (("elements = { 10.20.0.0/24 }", "elements = { 10.10.0.0/24, 10.20.0.0/24 }"),),
        opens=True,
    ),
    Mutation(
        "a drop before all", ((STATE, f"ip daddr 10.1.0.30 meta l4proto udp drop\n{STATE}"),), f"{RAS} notify"
    ),
    Mutation(
        "a drop in a chain before",
        before("type filter hook forward priority -10;", "tcp dport 80 drop"),
        "provision",
    ),
    Mutation("an accept in a chain before", before("type filter hook forward priority -10;", "accept")),
    Mutation("a chain nothing leads to", ((ELEMENTS, "10.1.0.0/24 : jump servers"),), OF_VOICE),
    Mutation(
        "chains exchanged",
        ((ELEMENTS, "10.1.0.0/24 : jump voice, 10.20.0.0/24 : jump servers"),),
        f"{OF_VOICE} {OF_SERVERS}",
    ),
    Mutation("no state", ((STATE, ""),), "provision signal echo renew"),
    Mutation(
        "state of one interface",
        ((STATE, f'iifname "wan0" {STATE}'),),
        "provision signal echo renew",
        blocks=False,
    ),
    Mutation("only what opens, of calls", ((CALL, f"ct state new {CALL}"),)),
    Mutation("only answers, of calls", ((CALL, f"ct state established {CALL}"),), "signal"),
    Mutation(
        "ports exchanged",
        (("udp sport 49300 udp dport 1719", "udp sport 1719 udp dport 49300"),),
        RAS,
        opens=True,
    ),
    Mutation("the policy accepts", ((POLICY, POLICY.replace("drop", "accept")),), opens=True),
    Mutation("not tracked", before(RAW, "udp dport 67 notrack", "udp sport 67 notrack"), "renew"),
    Mutation("dropped in raw", before(RAW, "ip daddr 10.1.0.20 drop"), "provision"),
    Mutation("state asked for in raw", before(RAW, "ct state invalid drop"), EVERYTHING),
    Mutation(
        "no segment but the first",
        ((STATE, f"tcp flags & (fin|syn|rst|ack) != syn drop\n{STATE}"),),
        "provision signal",
    ),
    Mutation("a rule at a rate", ((PING, f"limit rate 5/second {PING}"),), "echo", blocks=False),
    Mutation("a rule for a mark", ((PING, f"meta mark 7 {PING}"),), "echo", blocks=False),
    Mutation(
        "ports of no protocol",
        (("udp sport 49300 udp dport 1719", "th sport 49300 th dport 1719"),),
        RAS,
        blocks=False,
    ),
    Mutation(
        "translated",
        before("type nat hook prerouting priority dstnat;", "ip daddr 10.1.0.20 dnat ip to 10.1.0.21"),
        "provision",
        blocks=False,
    ),
    Mutation("no ping", ((PING, PING.replace("accept", "reject")),), "echo"),
    Mutation("every type of ICMP", ((PING, "meta l4proto icmp accept"),), opens=True),
    Mutation("of the other family", ((f"{PING}", "icmpv6 type echo-request accept"),), "echo", opens=True),
    Mutation("back after a goto", ((ELEMENTS, "10.1.0.0/24 : jump servers, 10.20.0.0/24 : goto voice"),)),
)


def listing(text: str) -> str:
    return json.dumps(json.loads(listed_text(text)))


def test_the_rules_are_right() -> None:
    assert_good("nftables", listing(GOOD))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_is_told(mistake: Mutation) -> None:
    text = listing(edited(GOOD, mistake.edits))
    assert_judged(
        "nftables", text, Mutation(mistake.name, (), mistake.stopped, mistake.blocks, mistake.opens)
    )


@pytest.mark.parametrize("edit", [(TABLE, f"{TABLE}\nflags dormant"), ("hook forward", "hook input")])
def test_rules_that_are_in_force_nowhere_filter_nothing(edit: tuple[str, str]) -> None:
    report = report_of("nftables", listing(edited(GOOD, (edit,))))
    assert report.unfiltered and report.exposure
    assert report.answer is Answer.NOT_PROVED
