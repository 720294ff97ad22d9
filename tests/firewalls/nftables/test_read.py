"""Reading a kernel's ruleset back: equal to what was written, and silent about nothing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables.read import read
from ringfence.firewalls.nftables.write import write
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.policy.listing import Listing
from ringfence.policy.packetset import Space
from ringfence.policy.space import Point
from support.branch_policy import BRANCH, DEVICE, nets
from support.firewalls.rule_lists import rule_lists
from support.peers.nft_kernel import ruleset


def rule(*expressions: dict[str, Any], family: str = "inet", policy: str = "drop") -> Listing:
    """The listing of one chain with one rule."""
    key = {"family": family, "table": "t"}
    chain = {**key, "name": "c", "type": "filter", "hook": "forward", "prio": 0, "policy": policy}
    body = {**key, "chain": "c", "handle": 7, "expr": list(expressions)}
    return read({"nftables": [{"metainfo": {}}, {"chain": chain}, {"rule": body}]})


def match(left: dict[str, Any], right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


DPORT = {"payload": {"protocol": "udp", "field": "dport"}}
ACCEPT: dict[str, Any] = {"accept": None}


@pytest.mark.kernel
def test_the_branch_policy_comes_back_equal() -> None:
    listing = read(ruleset(write(BRANCH, replace(DEVICE, log_group=5, exclusive=True)).text))
    space = Space()
    assert listing.permitted(space) == space.permitted(BRANCH)
    assert listing.chains[0].stateful and not listing.chains[0].related
    assert listing.chains[0].rows[0].id == "inet ringfence forward handle 4 (dhcp-relay)"


@pytest.mark.kernel
@settings(max_examples=12, deadline=None)
@given(rule_lists())
def test_any_policy_comes_back_equal(policy: Policy) -> None:
    space = Space()
    assert read(ruleset(write(policy, Device(exclusive=True)).text)).permitted(space) == space.permitted(
        policy
    )


@pytest.mark.kernel
def test_ipv6_comes_back_equal() -> None:
    policy = Policy(
        "six",
        (
            Rule("ping", nets("fd20::/64"), nets("fd01::30"), Protocol.ICMPV6, icmp_type=128),
            Rule("all", nets("::/0"), nets("fd01::31", "fd01::32"), Protocol.TCP),
        ),
    )
    space = Space()
    assert read(ruleset(write(policy, Device(exclusive=True)).text)).permitted(space) == space.permitted(
        policy
    )


@pytest.mark.kernel
def test_a_ruleset_of_another_author_is_followed_through_jumps_sets_and_tables() -> None:
    theirs = """
    table ip first {
        chain f {
            type filter hook forward priority -5; policy accept;
            ip daddr 10.1.0.31 drop
        }
    }
    table inet t {
        set servers { type ipv4_addr; elements = { 10.1.0.30, 10.1.0.31 } }
        chain voice { ip daddr @servers udp dport { 1719, 2000-2009 } accept; }
        chain forward {
            type filter hook forward priority 0; policy drop;
            ct state vmap { established : accept }
        }
        chain forward2 {
            type filter hook forward priority 1; policy drop;
            ct state { established, related } accept
            ip saddr 10.20.0.0/22 jump voice
        }
    }"""
    listing = read(ruleset(theirs))
    assert not listing.unread and listing.permitted(Space()).empty
    plain = theirs.replace("ct state vmap { established : accept }", "ip saddr != 10.20.3.0/24 accept")
    listing = read(ruleset(plain))
    permitted = listing.permitted(Space())
    assert permitted.count() == 768 * 11 * 65536
    assert str(permitted.witness()) == "udp 10.20.0.1:1024 -> 10.1.0.30:1719"
    assert listing.chains[-1].related


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ({"limit": {"rate": 5, "per": "second"}}, "statement limit"),
        ({"vmap": {"key": {"ct": {"key": "state"}}}}, "not of a form"),
        ({"vmap": {"key": DPORT, "data": "@unknown"}}, "set @unknown"),
        ({"ct helper": {"map": {}}}, "not of a form"),
        ({"return": None}, "accept after the verdict"),
        ({"xt": {"type": "match", "name": "recent"}}, "iptables-save"),
        ({"set": {"op": "add", "elem": "x", "set": "@s"}}, "statement set"),
        (match({"meta": {"key": "iifname"}}, "eth0"), "interface eth0"),
        (match(DPORT, "@unknown"), "set @unknown"),
        (match(DPORT, "no-such-service"), "no-such-service"),
        (match({"payload": {"protocol": "ip", "field": "ttl"}}, 1), "ip ttl"),
        (match({"payload": {"protocol": "ip", "field": "saddr"}}, "fd00::1"), "address fd00::1"),
        (match({"&": [DPORT, 1]}, 1), "a mask"),
    ],
)
def test_what_is_not_understood_is_listed_and_nothing_proved(expression: dict[str, Any], why: str) -> None:
    listing = rule(expression, ACCEPT)
    (unread,) = listing.unread
    assert unread.place == "inet t c handle 7"
    assert why in unread.why
    with pytest.raises(InputError, match="handle 7"):
        listing.permitted(Space())


def test_a_nat_chain_is_not_passed_over() -> None:
    key = {"family": "ip", "table": "n"}
    chain = {**key, "name": "post", "type": "nat", "hook": "postrouting", "prio": 100, "policy": "accept"}
    listing = read(
        {"nftables": [{"chain": chain}, {"rule": {**key, "chain": "post", "expr": [{"masquerade": None}]}}]}
    )
    assert not listing.unread
    space = Space()
    touching = listing.translated(space, space.everything(), space.nothing())
    assert [found.place for found in touching] == ["ip n post rule 1"]


def test_an_ipv4_table_says_nothing_about_ipv6() -> None:
    permitted = rule(match(DPORT, 53), ACCEPT, family="ip").permitted(Space())
    assert Point(6, 1, 2, 6, 1, 1) in permitted
    assert Point(4, 1, 2, 6, 1, 1) not in permitted


@pytest.mark.parametrize(
    ("op", "right", "inside", "outside"),
    [
        ("!=", 53, 54, 53),
        ("<", 53, 52, 53),
        (">=", 53, 53, 52),
        ("==", {"range": [53, 55]}, 54, 56),
        ("==", {"set": [53, {"range": [60, 61]}]}, 61, 59),
    ],
)
def test_operators_mean_what_they_say(op: str, right: object, inside: int, outside: int) -> None:
    permitted = rule(match(DPORT, right, op), ACCEPT).permitted(Space())
    assert Point(4, 1, 2, 17, 9, inside) in permitted
    assert Point(4, 1, 2, 17, 9, outside) not in permitted


@pytest.mark.parametrize("bad", [{}, [], {"nftables": 3}, {"nftables": [3]}, {"nftables": [{"rule": {}}]}])
def test_what_is_no_listing_is_refused(bad: Any) -> None:
    with pytest.raises(InputError, match="nft listing"):
        read(bad)


def test_an_interface_stands_for_the_networks_named_for_it() -> None:
    key = {"family": "inet", "table": "t"}
    chain = {**key, "name": "c", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}
    expr = [match({"meta": {"key": "iifname"}}, "vlan20"), match(DPORT, 1719), ACCEPT]
    body = {**key, "chain": "c", "handle": 7, "expr": expr}
    listing = read({"nftables": [{"chain": chain}, {"rule": body}]}, {"vlan20": nets("10.20.0.0/22")})
    assert listing.permitted(Space()).count() == 1024 * 2**32 * 65536
    assert listing.assumed == ("behind vlan20 live only 10.20.0.0/22",)


def test_sets_of_pairs_that_multiply_are_not_followed() -> None:
    pair = {"concat": [{"payload": {"protocol": "ip", "field": "saddr"}}, DPORT]}
    many = {"set": [{"concat": [f"10.0.{n >> 8}.{n & 255}", n]} for n in range(1000)]}
    (unread,) = rule(match(pair, many), match(pair, many), ACCEPT).unread
    assert "too many combinations" in unread.why


@pytest.mark.parametrize("name", ["", " ", "line", "line 5", "\u00b2 \u00b2", "line " + "9" * 5000])
def test_a_chain_of_any_name_is_read(name: str) -> None:
    key = {"family": "inet", "table": name}
    chain = {**key, "name": name, "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}
    rules = [
        {"rule": {**key, "chain": name, "expr": [{"limit": {}}, {word: None}]}} for word in ("accept", "drop")
    ]
    assert len(read({"nftables": [{"chain": chain}, *rules]}).unread) == 2
