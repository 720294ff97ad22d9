"""What nftables does with packets that are not openers: by state, direction, flags, hook and helper."""

import pytest

from ringfence.firewalls.nftables.read import read
from ringfence.model.address import Network
from ringfence.policy.listing import Listing, Moment
from support.branch_policy import nets
from support.firewalls.read_configs import fares
from support.peers.nft_kernel import ruleset

pytestmark = pytest.mark.kernel

SYN = "tcp 10.20.0.9:1024 10.1.0.20:80"
SYN_ACK = "tcp 10.1.0.20:80 10.20.0.9:1024"
RAS = "udp 10.20.0.9:49300 10.1.0.30:1719"
CALL = "tcp 10.1.0.30:61440 10.20.0.9:1720"
BEHIND = {"eth0": nets("10.1.0.0/24"), "eth1": nets("10.20.0.0/24")}


def chain(
    *rules: str, head: str = "type filter hook forward priority 0; policy drop;", more: str = ""
) -> str:
    lines = "\n".join([more, "chain c {", head, *rules, "}"])
    return f"table inet t {{\n{lines}\n}}\n"


def listing(text: str, behind: dict[str, tuple[Network, ...]] | None = None) -> Listing:
    return read(ruleset(text), behind)


def fate(text: str, behind: dict[str, tuple[Network, ...]] | None = None) -> str:
    """How the TCP connection fares: opens, answers, goes on; "?" where that is not certain."""
    found = listing(text, behind)
    moments = ((SYN, Moment.OPENS), (SYN_ACK, Moment.ANSWERS), (SYN, Moment.CONTINUES))
    return "".join(
        {True: "+", False: "-", None: "?"}[fares(found, words, moment)] for words, moment in moments
    )


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["accept"], "+++"),
        (["ct state new accept"], "+--"),
        (["ct state established accept", "accept"], "+++"),
        (["ct state established drop", "accept"], "+--"),
        (["ct state vmap { invalid : drop, established : accept }", "accept"], "+++"),
        (["ct state != established drop", "accept"], "-++"),
        # A list without braces behind != is one number, which no packet's state is.
        (["ct state != established,related drop", "accept"], "---"),
        (["ct state ! established,related drop", "accept"], "-++"),
        (["ct state != { established, new } drop", "accept"], "+++"),
        (["ct state { established, new } accept"], "+++"),
        (["ct direction reply accept", "ct state new accept"], "++-"),
        (["ct state established ct direction original accept", "ct state new accept"], "+-+"),
        (["tcp flags & (fin|syn|rst|ack) == syn accept"], "+--"),
        (["tcp flags & (fin|syn|rst|ack) != syn drop", "accept"], "+--"),
        (["tcp flags syn drop", "accept"], "--+"),
        (["tcp flags != syn accept", "tcp flags syn accept"], "+++"),
        (["tcp flags { syn, ack } accept"], "+--"),  # no SYN+ACK, and no FIN or PSH later
        (["tcp flags & ack == ack drop", "accept"], "+--"),
        (["tcp flags fin drop", "accept"], "+--"),  # no connection can end
        (["limit rate 5/second accept"], "???"),
        (["limit rate over 5/second drop", "accept"], "???"),
        (["ct state established limit rate 5/second accept", "ct state new accept"], "+??"),
        (["fib daddr type local drop", "fib saddr . iif oif missing drop", "accept"], "+++"),
        (["meta pkttype != host drop", "accept"], "+++"),
        (["ct status dnat accept"], "---"),
        (["meta nfproto ipv6 tcp dport 80 reject", "accept"], "+++"),
        (["meta nfproto ipv4 tcp dport 80 reject", "accept"], "-+-"),
    ],
)
def test_every_packet_of_a_connection_meets_the_rules_of_its_kind(rules: list[str], expected: str) -> None:
    assert fate(chain(*rules)) == expected


def test_goto_return_and_verdict_maps_lead_where_the_kernel_goes() -> None:
    text = """table inet t {
        map ports { type inet_service : verdict; elements = { 80 : goto web, 1720 : accept } }
        set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.1.0.0/24 . 80-90 } }
        chain web { ip saddr 10.20.0.8 return; ip daddr . tcp dport @pairs accept; }
        chain c { type filter hook forward priority 0; policy drop; tcp dport vmap @ports; accept; }
    }"""
    found = listing(text)
    assert not found.unread
    assert fares(found, SYN, Moment.OPENS)
    assert not fares(found, SYN.replace(".9:", ".8:"), Moment.OPENS)  # back to the policy, not to the accept
    assert not fares(found, SYN.replace("10.1.0.20", "10.2.0.20"), Moment.OPENS)
    assert fares(found, SYN.replace(":80", ":81"), Moment.OPENS)


def test_established_by_interface_passes_the_answers_from_there() -> None:
    rules = ['iifname "eth1" ct state new accept', 'iifname { "eth0", "lo" } ct state established accept']
    assert fate(chain(*rules), BEHIND) == "++-"
    assert fate(chain(*rules, 'iifname "eth*" oifname "eth0" accept'), BEHIND) == "+++"


def test_an_interface_without_networks_concerns_only_what_lives_behind_no_other() -> None:
    assert fate(chain('iifname "docker0" drop', "accept"), BEHIND) == "+++"
    assert fate(chain('iifname != "docker0" accept'), BEHIND) == "+++"
    assert fate(chain('iifname "docker0" drop', "accept")) == "???"


def test_before_connection_tracking_every_packet_is_invalid() -> None:
    early = "type filter hook prerouting priority raw; policy accept;"
    assert fate(chain("ct state invalid drop", head=early)) == "---"
    assert fate(chain("ct state new,established drop", head=early)) == "+++"
    assert fate(chain("ct state new drop", head=early.replace("raw", "-200"))) == "?++"


def test_what_is_not_tracked_is_untracked_both_ways() -> None:
    raw = "chain r { type filter hook prerouting priority raw; tcp dport 80 notrack; tcp sport 80 notrack; }"
    assert fate(chain("ct state established,new accept", more=raw)) == "---"
    assert fate(chain("ct state untracked accept", more=raw)) == "+++"
    one_way = raw.replace("tcp sport 80 notrack;", "")
    assert "?" in fate(chain("ct state untracked accept", more=one_way))


def test_what_a_rule_not_understood_may_keep_from_notrack_is_in_doubt() -> None:
    early = "type filter hook prerouting priority raw; policy accept;"
    doubted = ["meta length 60 accept", "meta l4proto tcp notrack", "ct state invalid drop"]
    assert fate(chain(*doubted, head=early)) == "???"
    assert fate(chain(*doubted[1:], head=early)) == "+++"
    elsewhere = [f"ip daddr 10.9.0.1 {doubted[0]}", *doubted[1:]]
    assert fate(chain(*elsewhere, head=early)) == "+++"


def test_what_was_said_before_connection_tracking_is_seen_there() -> None:
    early = "type filter hook prerouting priority raw; policy accept;"
    assert fate(chain("notrack", "ct state untracked drop", head=early)) == "---"
    assert fate(chain("ct state untracked drop", "notrack", "ct state invalid drop", head=early)) == "+++"
    assert "?" in fate(chain("tcp flags syn notrack", head=early, more="chain f { ct state new accept; }"))


def test_a_nat_chain_sees_only_what_opens_and_only_where_connections_are_tracked() -> None:
    nat = "type nat hook postrouting priority 100; policy drop;"
    tracking = "chain i { type filter hook input priority 0; ct state invalid drop; }"
    assert fate(chain("ip daddr 10.1.0.20 accept", head=nat, more=tracking)) == "+++"
    assert fate(chain("ip daddr 10.1.0.21 accept", head=nat, more=tracking)) == "-++"
    assert fate(chain("ip daddr 10.1.0.21 accept", head=nat)) == "???"
    untracked = "chain r { type filter hook prerouting priority raw; notrack; }"
    assert fate(chain("drop", head=nat, more=f"{tracking}\n{untracked}")) == "+++"


def test_before_connection_tracking_and_routing_some_matches_end_the_rule() -> None:
    early = "type filter hook prerouting priority raw; policy accept;"
    assert fate(chain("ct direction original drop", "ct direction != reply drop", head=early)) == "+++"
    assert fate(chain('oifname "eth0" drop', head=early), BEHIND) == "+++"
    assert fate(chain('oifname != "eth0" drop', head=early), BEHIND) == "---"


def test_a_dormant_table_filters_nothing() -> None:
    listed = {**ruleset(chain("drop"))}
    for item in listed["nftables"]:
        if "table" in item:
            item["table"]["flags"] = ["dormant"]
    assert fares(read(listed), SYN, Moment.OPENS)
    for item in listed["nftables"]:
        if "table" in item:
            item["table"]["flags"] = "misprinted"
    assert fares(read(listed), SYN, Moment.OPENS) is None


@pytest.mark.parametrize(
    "text",
    [
        "table arp a { chain i { type filter hook input priority 0; policy drop; }; }",
        "table bridge b { chain f { type filter hook prerouting priority 0; ip saddr 10.0.0.1 drop; }; }",
        'table netdev n { chain i { type filter hook ingress device "lo" priority 0; policy drop; }; }',
    ],
)
def test_a_drop_below_routing_is_named(text: str) -> None:
    found = listing(f"{text}\n{chain('accept')}")
    assert len(found.unread) == 1
    assert fares(found, SYN, Moment.OPENS) is None
    harmless = text.replace("policy drop; ", "").replace("drop;", "accept;")
    assert not listing(f"{harmless}\n{chain('accept')}").unread


@pytest.mark.parametrize(("hops", "expected"), [("1", "???"), ("64", "+++")])
def test_what_may_have_no_hop_left_is_not_proved(hops: str, expected: str) -> None:
    head = "type filter hook prerouting priority mangle; policy accept;"
    assert fate(chain(f"ip ttl set {hops}", head=head)) == expected


def test_a_helper_makes_the_call_related_and_never_new() -> None:
    helper = 'ct helper ras { type "RAS" protocol udp; l3proto ip; }'
    found = listing(chain('udp dport 1719 ct helper set "ras" accept', "ct state new accept", more=helper))
    assert [(one.name, one.certain) for one in found.helpers] == [("RAS", True)]
    assert not fares(found, CALL, Moment.EXPECTED)
    related = chain('udp dport 1719 ct helper set "ras"', "ct state related accept", more=helper)
    assert fares(listing(related), CALL, Moment.EXPECTED)
    assert not fares(listing(related), RAS, Moment.OPENS)


def test_a_chain_that_nothing_leads_to_is_said_to_be_bound_to_nothing() -> None:
    found = listing("table inet t {\nchain c {\ndrop\n}\nchain d {\ndrop\n}\nchain e {\njump d\n}\n}\n")
    assert [one.name for one in found.unbound] == ["c", "e"]
    # What would bind it is taken by nft, and then the chain filters.
    lines = [line.removeprefix("nft ").strip("'") for line in found.unbound[0].bind]
    assert fares(read(ruleset("table inet t {\nchain c {\ndrop\n}\n}\n", *lines)), SYN, Moment.OPENS) is False
