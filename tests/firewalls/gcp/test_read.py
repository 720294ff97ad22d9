"""Firewall rules of Google Cloud as gcloud prints them, and as Terraform has them."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.gcp.read import read
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import REGISTRATION, certain, config, packet
from support.firewalls.read_configs import unread as places

EFFECTIVE, LISTED = config("gcp-campus.txt"), config("gcp-plant.txt")
NAMED: Named = {
    "vpc-voice": (ip_network("10.1.0.0/24"),),
    "dhcp": (ip_network("10.1.0.10/32"),),
    "files": (ip_network("10.1.0.20/32"),),
    "gatekeeper": (ip_network("10.1.0.30/32"), ip_network("10.1.0.31/32")),
}
CALL = "udp 10.20.0.50:49300 10.1.0.30:1719"
HERE: Named = {"n": (ip_network("10.1.0.0/24"),)}


def rule(action: str = "allowed", **more: object) -> dict[str, Any]:
    base: dict[str, object] = {
        "kind": "compute#firewall",
        "name": "r",
        "network": "/global/networks/n",
        "priority": 1000,
        "direction": "INGRESS",
        action: [{"IPProtocol": "udp", "ports": ["1719"]}],
        "sourceRanges": ["10.20.0.0/24"],
    }
    return {key: value for key, value in (base | more).items() if value is not None}


def listed(*rules: dict[str, Any]) -> str:
    return json.dumps(rules)


def test_the_rules_of_a_network_and_the_policies_around_it_are_understood() -> None:
    assert recognise(EFFECTIVE) is recognise(LISTED) is TARGETS["gcp"]
    for text in (EFFECTIVE, LISTED):
        listing = read(text, NAMED)
        assert not listing.unread and all(chain.stateful for chain in listing.chains)
        permitted = listing.permitted(Space())
        within = [words for words in REGISTRATION if "10.20.3" not in words]
        assert [words for words in within if packet(words) not in permitted] == []
        assert packet("udp 10.20.0.50:1 10.1.0.20:1719") not in permitted  # the rule has another target
        assert packet("udp 10.1.0.30:1719 10.30.0.50:49300") not in permitted
        assert packet("udp 10.1.0.30:1719 8.8.8.8:53") in permitted  # what leaves is open unless denied
    # A policy of the organisation denies UDP from elsewhere before the rules, which allow none of it; its
    # telnet is nobody's; the network's own policy comes last.
    effective = read(EFFECTIVE, NAMED).permitted(Space())
    assert packet("tcp 10.20.0.50:1 10.1.0.99:8443") in effective
    assert packet("tcp 10.20.0.50:1 10.1.0.99:8443") not in read(LISTED, NAMED).permitted(Space())


UDP = {"layer4Configs": [{"ipProtocol": "udp"}]}


def policy(*rules: dict[str, Any], kind: str = "HIERARCHY") -> dict[str, Any]:
    return {"displayName": "p", "type": kind, "rules": rules}


def policy_rule(action: str, priority: int, protocol: str = "udp", **more: object) -> dict[str, Any]:
    match = {"layer4Configs": [{"ipProtocol": protocol}], "srcIpRanges": ["10.20.0.0/24"]}
    base = {"action": action, "priority": priority, "direction": "INGRESS", "match": match}
    return {**base, **more}


@pytest.mark.parametrize(
    ("policies", "passes"),
    [
        ((policy(policy_rule("deny", 1)),), False),
        ((policy(policy_rule("deny", 1, disabled=True)),), True),
        ((policy(policy_rule("deny", 1, "tcp")),), True),
        ((policy(policy_rule("goto_next", 1), policy_rule("deny", 2)),), True),
        ((policy(policy_rule("deny", 1), policy_rule("goto_next", 0)),), True),
        ((policy(policy_rule("goto_next", 2), policy_rule("deny", 1)),), False),
        ((policy(policy_rule("goto_next", 1)), policy(policy_rule("deny", 1))), False),
        ((policy(policy_rule("allow", 1)), policy(policy_rule("deny", 1))), True),
        ((policy(policy_rule("deny", 1), kind="NETWORK"),), True),
        ((policy(policy_rule("apply_security_profile_group", 1)),), None),
        ((policy(policy_rule("deny", 1, targetSecureTags=[{"name": "t"}])),), None),
        ((policy(policy_rule("deny", 1, targetResources=["/networks/other"])),), None),
        ((policy(policy_rule("deny", 1, match={**UDP, "srcFqdns": ["x"]})),), None),
        ((policy(policy_rule("deny", 1, match={"layer4Configs": []})),), None),
    ],
    ids=range(14),
)
def test_policies_decide_in_their_order(policies: tuple[dict[str, Any], ...], passes: bool | None) -> None:
    text = json.dumps({"firewallPolicys": policies, "firewalls": [rule()]})
    assert certain(read(text, HERE), CALL) is passes


def test_a_deny_comes_before_an_allow_of_its_priority() -> None:
    assert certain(read(listed(rule(), rule("denied", name="d")), HERE), CALL) is False
    assert certain(read(listed(rule(), rule("denied", name="d", priority=1001)), HERE), CALL) is True
    assert certain(read(listed(rule(), rule("denied", name="d", disabled=True)), HERE), CALL) is True


def test_no_range_is_every_address_of_ipv4() -> None:
    listing = read(listed(rule(sourceRanges=None)), HERE)
    assert certain(listing, "udp 8.8.8.8:1 10.1.0.30:1719") is True


def test_a_tag_is_what_is_named_for_it_and_otherwise_anybody_of_the_network() -> None:
    tagged = rule("denied", name="d", priority=9, sourceTags=["bad"], sourceRanges=None)
    text = listed(rule(targetTags=["gk"]), tagged)
    assert certain(read(text, HERE), CALL) is None
    both: Named = {**HERE, "gk": (ip_network("10.1.0.30/32"),), "bad": (ip_network("10.1.0.9/32"),)}
    listing = read(text, both)
    assert not listing.unread and certain(listing, CALL) is True
    assert certain(listing, CALL.replace("0.30:", "0.31:")) is False
    # A tag alone says where the network's instances are, as far as anybody asks.
    alone = read(text, {name: both[name] for name in ("gk", "bad")})
    assert certain(alone, CALL) is True and certain(alone, "udp 10.20.0.50:1 10.1.0.99:5") is True


def test_a_network_of_which_nothing_is_known_leaves_everything_open() -> None:
    listing = read(listed(rule()))
    assert certain(listing, CALL) is None and listing.unplaced == ("n",)


@pytest.mark.parametrize(
    "odd",
    [
        {"priority": None},
        {"priority": True},
        {"priority": "high"},
        {"direction": "BOTH"},
        {"allowed": None},
        {"denied": [{"IPProtocol": "udp"}]},
        {"allowed": [{"IPProtocol": "udp", "ports": ["1719-1700"]}]},
        {"allowed": [{"IPProtocol": "quic"}]},
        {"allowed": [{"IPProtocol": "icmp", "ports": ["8"]}]},
        {"allowed": [{"IPProtocol": "all", "ports": ["8"]}]},
        {"allowed": [{"IPProtocol": "udp", "icmpType": 8}]},
        {"sourceRanges": ["10.20.0.0/33"]},
        {"sourceRanges": [None, 5]},
        {"sourceServiceAccounts": ["a@b"]},
        {"secureTags": ["x"]},
    ],
    ids=json.dumps,
)
def test_what_is_odd_is_named_and_never_taken_for_any(odd: dict[str, Any]) -> None:
    listing = read(listed(rule(**odd)), HERE)
    assert places(listing) == {"rule r"}
    assert certain(listing, CALL) is None
    assert certain(listing, "udp 10.20.0.1:1 10.2.0.30:1719") is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LISTED[:3000], "damaged JSON"),
        ("[]", "not a list"),
        ("[5]", "not a list"),
        ('[{"direction": 1, "allowed": 5}]', "not a list"),
        ('{"firewalls": 5}', "not a list"),
        ('{"values": {"root_module": {}}}', "no firewall rules"),
        ('resource "google_compute_network" "n" {\n}\n', "no firewall rules"),
        (json.dumps({"firewallPolicys": [], "firewalls": [rule(), {"network": "m"}]}), "several"),
    ],
)
def test_what_has_no_rules_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("gcp", text, HERE)


# --- Terraform ---------------------------------------------------------------------------------------------

# Right but for half of the phones, and the echo.
GOOD = (
    config("by_hand/gcp-voice-network.txt")
    .replace('"10.20.0.0/25"', '"10.20.0.0/24", "10.10.0.1/32"')
    .replace("disabled = true", "disabled = false")
    .replace('"10.20.0.128/25", ', "")
)
PORTS = 'ports    = ["1719"]'
SUBNET = 'ip_cidr_range = "10.1.0.0/24"'
DHCP = '["10.255.0.0/29", "10.10.0.0/24", "10.20.0.0/24"]'
TELNET = 'ports    = ["23", "1700-1730"]'
OUT = 'priority           = 900\n  destination_ranges = ["10.20'
TAGGED = 'target_tags = ["scraped"]'
END = "# Before all others\n"
ANY = "google_compute_network_firewall_policy_rule"


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    # Rules know no source ports: something is always open.
    return Mutation(name, edits, stopped, blocks, opens=True)


HALF = ('"192.168.0.0/16"', '"10.0.0.0/8"')
NETWORK = "network = google_compute_network.voice.name"


def phones(more: str, network: str = NETWORK) -> tuple[str, str]:
    """The rule of the phones with one argument more, or of another network."""
    return f'name    = "phones"\n  {NETWORK}', f'name    = "phones"\n  {network}\n  {more}'


MISTAKES = (
    opens("the wrong port", (PORTS, 'ports = ["1718"]'), stopped=RAS),
    opens("a wider range", (PORTS, 'ports = ["1700-1730"]')),
    opens("a reversed range", (PORTS, 'ports = ["1719-1700"]'), stopped=f"provision {RAS}", blocks=False),
    opens("a port that is computed", (PORTS, "ports = [var.p]"), stopped=f"provision {RAS}", blocks=False),
    opens("a peer is missing", (DHCP, DHCP.replace("255.0.0", "255.1.0")), stopped="address"),
    opens(
        "a peer is damaged",
        (DHCP, DHCP.replace("/29", "/39")),
        stopped="address release renew",
        blocks=False,
    ),
    opens(
        "a deny before it",
        (f'protocol = "tcp"\n    {TELNET}', 'protocol = "udp"'),
        stopped=f"address release renew {RAS}",
    ),
    opens(
        "a deny of its priority",
        ('deny {\n    protocol = "tcp"\n  }', 'deny {\n    protocol = "all"\n  }'),
        HALF,
        stopped="address vlan-move signal notify",
    ),
    opens("a deny behind it", (OUT, OUT.replace("900", "899")), HALF),
    opens("disabled", phones("disabled = true"), stopped=f"provision {RAS}"),
    opens("perhaps disabled", phones("disabled = var.x"), stopped=f"provision {RAS}", blocks=False),
    opens("as many as there are", phones("count = 2"), stopped=f"provision {RAS}", blocks=False),
    opens("for tags", phones('target_tags = ["gk"]'), stopped=f"provision {RAS}", blocks=False),
    opens("of another network", phones("", 'network = "other"'), stopped=EVERYTHING),
    opens("a tag that is no more", (TAGGED, "target_tags = []")),
    opens("a computed subnetwork", (SUBNET, "ip_cidr_range = var.x"), stopped=EVERYTHING, blocks=False),
    opens("a module", (END, 'module "fw" {\n source = "./x"\n}\n'), stopped=EVERYTHING, blocks=False),
    opens("a policy", (END, f'resource "{ANY}" "x" {{\n}}\n'), stopped=EVERYTHING, blocks=False),
)


def test_the_terraform_is_right() -> None:
    assert recognise(GOOD) is TARGETS["gcp"]
    assert not not_permitted(report_of("gcp", GOOD))


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("gcp", GOOD, mutation)


def test_a_subnetwork_elsewhere_is_filtered_by_nobody_here() -> None:
    assert report_of("gcp", GOOD.replace(SUBNET, 'ip_cidr_range = "10.9.0.0/24"')).unfiltered


def test_a_plan_says_the_same() -> None:
    def resource(kind: str, **values: object) -> dict[str, Any]:
        return {"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "values": values}

    network = resource("google_compute_network", name="vpc")
    subnet = resource("google_compute_subnetwork", network="vpc", ip_cidr_range="10.1.0.0/24")
    allow = [{"protocol": "udp", "ports": ["1719"]}]
    rest = {"network": "vpc", "direction": "INGRESS", "priority": 1000, "source_tags": None, "disabled": None}
    opened = resource("google_compute_firewall", allow=allow, source_ranges=["10.20.0.0/24"], **rest)
    text = json.dumps({"planned_values": {"root_module": {"resources": [network, subnet, opened]}}})
    assert recognise(text) is TARGETS["gcp"]
    listing = read(text)
    assert not listing.unread and certain(listing, CALL) is True
    assert certain(listing, CALL.replace("1719", "1718")) is False
