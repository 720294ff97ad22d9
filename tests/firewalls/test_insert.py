"""What adds rules to a running policy permits them, and nothing more, and leaves everything else alone."""

import json
import re
from collections.abc import Callable
from ipaddress import ip_network

import pytest

from ringfence.firewalls.common.document import Device, Zone
from ringfence.firewalls.common.insertion import InsertionPoint
from ringfence.firewalls.common.shape import UNVERIFIED
from ringfence.firewalls.insert import add, insert_at
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, Network, PortRange, port
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.listing import Chain
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.reverse import with_replies
from ringfence.policy.space import Place, Row, boxes, networks, whole

HANDSETS, SERVERS = ip_network("10.20.0.0/24"), ip_network("10.1.0.0/24")
GATEKEEPER, FILES = ip_network("10.1.0.30/32"), ip_network("10.1.0.20/32")
ZONES: dict[str, tuple[Network, ...]] = {"handsets": (HANDSETS,), "servers": (SERVERS,)}
DEVICE = Device(zones=tuple(Zone(name, nets) for name, nets in ZONES.items()))
RULES = (
    Rule("ras", (HANDSETS,), (GATEKEEPER,), Protocol.UDP, PortRange(49300, 49309), port(1719)),
    Rule("files", (HANDSETS,), (FILES,), Protocol.TCP, ANY_PORT, port(80)),
    Rule("signal", (GATEKEEPER,), (HANDSETS,), Protocol.TCP, PortRange(61440, 61444), port(1720)),
    Rule("echo", (HANDSETS,), (GATEKEEPER,), Protocol.ICMP, icmp_type=8),
)
ADDING = ["nftables", "iptables", "pf", "opnsense", "cisco-asa", "cisco-ios", "panos", "fortios", "srx"]
ADDING += ["checkpoint", "nsx", "routeros"]


def text_of(target: str, rules: tuple[Rule, ...] = RULES) -> str:
    return add(TARGETS[target], rules, DEVICE).text


def iptables(text: str) -> str:
    """What the kernel holds after commands that each insert at the top."""
    rules = [line.replace("iptables -I", "-A") for line in reversed(text.splitlines())]
    return "\n".join(["*filter", ":FORWARD DROP [0:0]", *rules, "COMMIT", ""])


def cisco_asa(text: str) -> str:
    lists: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = re.fullmatch(r"access-list (\S+) line (\d+) (extended .*)", line)
        assert found
        lists.setdefault(found[1], []).insert(int(found[2]) - 1, f"access-list {found[1]} {found[3]}")
    bound = [f"access-group {name} in interface {name.removesuffix('_IN').lower()}" for name in lists]
    entries = [entry for each in lists.values() for entry in each]
    return "\n".join(["ASA Version 9.8(2)", *entries, *bound, ""])


def cisco_ios(text: str) -> str:
    lines = [line for line in text.splitlines() if "resequence" not in line]
    kept = [re.sub(r"^ \d+ ", " ", line) for line in lines]
    names = [line.split()[-1] for line in lines if line.startswith("ip access-list")]
    interfaces = [
        line
        for number, name in enumerate(names)
        for line in (f"interface {name.removesuffix('_IN').lower()}", f" ip access-group {name} in")
    ]
    return "\n".join([*kept, *interfaces, ""])


def without(*verbs: str) -> Callable[[str], str]:
    return lambda text: "\n".join(line for line in text.splitlines() if not line.startswith(verbs)) + "\n"


RUNNING: dict[str, Callable[[str], str]] = {
    "iptables": iptables,
    "cisco-asa": cisco_asa,
    "cisco-ios": cisco_ios,
    "panos": without("move "),
    "fortios": without(),
    "srx": without("insert "),
}


def between_zones(space: Space) -> PacketSet:
    found = []
    for source, destination in ((HANDSETS, SERVERS), (SERVERS, HANDSETS)):
        ends = (networks([source]), networks([destination]))
        found += [*boxes(4, (*ends, whole(4, 2), whole(4, 3), whole(4, 4)))]
    return space.of(tuple(found))


@pytest.mark.parametrize("target", RUNNING)
def test_a_firewall_that_takes_it_in_permits_these_rules_and_no_more(target: str) -> None:
    listing = read_as(target, RUNNING[target](text_of(target)), None if target == "iptables" else ZONES)
    space = Space()
    around = between_zones(space)
    if target == "cisco-ios":  # no state: answers are entries of their own
        wanted, found = space.permitted(with_replies(Policy("x", RULES))), listing.answers(space)
    else:
        wanted, found = space.permitted(Policy("x", RULES)), listing.permitted(space)
    assert found & around == wanted & around
    assert not (wanted & around).empty


@pytest.mark.parametrize("target", ADDING)
def test_nothing_is_denied_or_replaced(target: str) -> None:
    done = add(TARGETS[target], RULES, DEVICE)
    assert not re.search(r"(?i)\b(deny|drop|block|reject|delete|flush|final)\b", done.text)
    assert done.notes[0].startswith("where: ")
    assert (UNVERIFIED in done.notes) == (
        UNVERIFIED in render_rules(TARGETS[target], Policy("x", RULES), DEVICE).notes
    )


@pytest.mark.parametrize("target", ["panos", "fortios", "srx", "checkpoint", "nsx"])
def test_what_is_there_under_a_name_is_not_widened(target: str) -> None:
    """`set` on a known name adds to it."""
    first, second = text_of(target, RULES[:1]), text_of(target, RULES[1:])
    stems = [set(re.findall(r"ringfence-[0-9a-f]{8}", text)) for text in (first, second)]
    assert [len(each) for each in stems] == [1, 1]
    assert stems[0] != stems[1]
    assert not re.search(r"ringfence-(?![0-9a-f]{8})", first)


@pytest.mark.parametrize(
    ("target", "pattern"),
    [
        ("panos", r"move rulebase security rules \S+-(\w+) top"),
        ("checkpoint", r"position top name \S+-(\w+) source"),
        ("routeros", r'comment="(\w+)" place-before=0'),
        ("nftables", r'nft insert .* comment "(\w+)"'),
        ("iptables", r"-I FORWARD .* --comment (\w+) "),
    ],
)
def test_what_goes_to_the_top_one_by_one_stands_there_in_order(target: str, pattern: str) -> None:
    found = re.findall(pattern, text_of(target))
    assert list(dict.fromkeys(reversed(found))) == [rule.id for rule in RULES]


def test_every_policy_of_the_srx_is_put_before_the_first() -> None:
    text = text_of("srx")
    made = set(re.findall(r"set (security policies .* policy \S+) then permit", text))
    assert made == set(re.findall(r"insert (.*) before policy <FIRST>", text))
    assert len(made) == len(RULES)


def test_more_entries_than_a_renumbered_list_has_room_for() -> None:
    hosts = tuple(ip_network((int(HANDSETS.network_address) + n, 32)) for n in range(1200))
    zones = (Zone("handsets", (ip_network("10.20.0.0/16"),)), DEVICE.zones[1])
    rule = Rule("ras", hosts, (GATEKEEPER,), Protocol.UDP, port(49300), port(1719))
    lines = add(TARGETS["cisco-ios"], (rule,), Device(zones=zones)).text.splitlines()
    start = int(lines[0].split()[-1])
    assert max(int(line.split()[0]) for line in lines if line.startswith(" ")) < start


def test_who_cannot_add_says_that_it_is_all_of_it() -> None:
    done = add(TARGETS["cisco-zbf"], RULES, DEVICE)
    assert done.text == render_rules(TARGETS["cisco-zbf"], Policy("missing", RULES), DEVICE).text
    assert "by hand" in done.notes[0]


def test_the_policy_of_nsx_only_allows() -> None:
    rules = json.loads(text_of("nsx"))["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]


def test_a_cloud_gets_no_deny_of_the_rest() -> None:
    files = RULES[1:2]  # the others have source ports or an ICMP type, which it cannot say
    whole_text = render_rules(TARGETS["gcp"], Policy("missing", files), DEVICE).text
    text = text_of("gcp", files)
    assert "deny {" in whole_text
    assert "deny {" not in text
    assert text.count('ports    = ["80"]') == whole_text.count('ports    = ["80"]') > 0
    assert text.count("{") == text.count("}")


def test_policies_are_moved_before_the_one_that_stops_the_packets() -> None:
    """The unit gives their numbers, so that a person has to put them in: marked, and as many as there are."""
    stops = Row("line 3", Action.DENY, (), "", Place(3, name="7"))
    point = InsertionPoint(
        Chain("firewall policy", (stops,), Action.DENY, frozenset({4}), stateful=True), stops
    )
    lines = insert_at(TARGETS["fortios"], point, RULES, DEVICE).lines
    assert lines.count("    move <NUMBER> before 7") == lines.count("    edit 0") == len(RULES)
    assert re.search(r'edit "ringfence-[0-9a-f]{8}-', "\n".join(lines))  # of a known name it would be widened
