"""Security policies of the distributed firewall: the tree of the manager, lists, and a policy alone."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from ringfence.firewalls.nsx.read import read
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.branch_policy import BRANCH, DEVICE
from support.firewalls.mutated import RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import certain, config
from support.firewalls.read_configs import unread as places

HAND = config("by_hand/nsx-datacentre.txt")
CALL = "udp 10.20.0.50:49300 10.1.0.30:1719"
DEFAULT = "default-layer3-section"


def rule(**more: object) -> dict[str, Any]:
    entry = {"resource_type": "L4PortSetServiceEntry", "l4_protocol": "UDP", "destination_ports": ["1719"]}
    base: dict[str, object] = {
        "id": "r",
        "sequence_number": 10,
        "source_groups": ["10.20.0.0/24"],
        "destination_groups": ["10.1.0.30"],
        "services": ["ANY"],
        "service_entries": [entry],
        "action": "ALLOW",
    }
    return {key: value for key, value in (base | more).items() if value is not None}


LAST = {"id": "last", "sequence_number": 99, "action": "DROP"}


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "rules": rules, **more}


def text(*policies: dict[str, Any]) -> str:
    return json.dumps({"results": [*policies, policy(LAST, id=DEFAULT, sequence_number=1 << 30)]})


def test_the_tree_of_the_manager_is_understood() -> None:
    listing = read(HAND)
    assert recognise(HAND) is TARGETS["nsx"] and places(listing) == {"voice admin"}
    assert [part.place for part in listing.inactive] == ["quarantine old"]
    assert certain(listing, CALL) is True
    assert certain(listing, "tcp 10.99.0.1:1 10.1.0.9:22") is None  # jump hosts are machines with a tag
    named = read(HAND, {"jump-hosts": (ip_network("10.99.0.1/32"),)})
    assert not named.unread and certain(named, "tcp 10.99.0.1:1 10.1.0.9:22") is True
    assert certain(named, "tcp 10.99.0.2:1 10.1.0.9:22") is False


@pytest.mark.parametrize(
    ("policies", "passes"),
    [
        ((policy(rule()), policy(rule(action="DROP"), id="q", category="Emergency")), False),
        (
            (policy(rule()), policy(rule(action="DROP"), id="q", category="Application", sequence_number=5)),
            True,
        ),
        ((policy(rule(), sequence_number=9), policy(rule(action="DROP"), id="q", sequence_number=5)), False),
        ((policy(rule()), policy(rule(action="DROP"), id="q")), None),
        ((policy(rule(), rule(id="s", action="REJECT", sequence_number=5)),), False),
        ((policy(rule(), rule(id="s", action="REJECT", sequence_number=50)),), True),
        ((policy(rule(), rule(id="s", action="REJECT")),), None),
        ((policy(rule(), rule(id="s", action="DROP", sequence_number=5, disabled=True)),), True),
        ((policy(rule(action="JUMP_TO_APPLICATION"), category="Environment"), policy(rule(), id="q")), None),
        ((policy(rule(), stateful=False),), None),
        ((policy(rule(), category="Ethernet"),), None),
        ((policy(rule(), scope=["/infra/domains/default/groups/g"]),), None),
    ],
    ids=range(12),
)
def test_policies_and_rules_count_in_their_order(
    policies: tuple[dict[str, Any], ...], passes: bool | None
) -> None:
    assert certain(read(text(*policies)), CALL) is passes


@pytest.mark.parametrize(
    "odd",
    [
        {"direction": "IN"},
        {"scope": ["/infra/domains/default/groups/g"]},
        {"profiles": ["/infra/context-profiles/SIP"]},
        {"ip_protocol": "IPX"},
        {"action": None},
        {"sequence_number": None},
        {"source_groups": ["/infra/domains/default/groups/g"]},
        {"source_groups": ["/infra/other"]},
        {"source_groups": ["10.20.0.0/33"]},
        {"source_groups": ["ANY"], "sources_excluded": True},
        {"services": ["/infra/services/none"]},
        {"service_entries": [{"resource_type": "ALGTypeServiceEntry", "alg": "FTP"}]},
        {"service_entries": [{"resource_type": "L4PortSetServiceEntry", "l4_protocol": "SCTP"}]},
        {"service_entries": [{"resource_type": "ICMPTypeServiceEntry", "protocol": "ICMPv5"}]},
        {"service_entries": [{"resource_type": "IPProtocolServiceEntry", "protocol_number": 999}]},
        {"time": "new"},
    ],
    ids=json.dumps,
)
def test_what_is_odd_is_named_and_never_taken_for_any(odd: dict[str, object]) -> None:
    listing = read(text(policy(rule(**odd))))
    assert places(listing) == {"p r"} and certain(listing, CALL) is None


def test_what_is_excluded_is_left_out() -> None:
    listing = read(text(policy(rule(sources_excluded=True))))
    assert certain(listing, CALL) is False and certain(listing, CALL.replace("10.20", "10.30")) is True


def test_a_policy_alone_leaves_what_it_does_not_decide_in_doubt() -> None:
    listing = read(json.dumps(policy(rule())))
    assert places(listing) == {DEFAULT}
    assert certain(listing, CALL) is True and certain(listing, CALL.replace("1719", "1718")) is None


def test_a_gateway_policy_is_named() -> None:
    gateway = {"resource_type": "GatewayPolicy", "id": "t1"}
    assert certain(read(json.dumps([policy(rule()), gateway])), CALL) is None


def test_what_is_written_is_read_back_as_the_same_packets() -> None:
    written = render_rules(TARGETS["nsx"], BRANCH, DEVICE).text
    listing = read(written)
    assert places(listing) == {DEFAULT}
    space = Space()
    least, most = listing.bounds(space)
    decided = space.of(box for chain in listing.chains for row in chain.rows for box in row.boxes)
    assert least & decided == most & decided == space.permitted(BRANCH) & decided
    assert not (least & decided).empty


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    return Mutation(name, edits, stopped, blocks, opens=True)


# Right but for what the gatekeeper opens of RAS: that is one rule more.
SIGNALLING = '"id": "signalling",'
NOTIFY = """"resource_type": "Rule", "id": "notify", "sequence_number": 45, "action": "ALLOW",
 "source_groups": ["/infra/domains/default/groups/gatekeepers"],
 "destination_groups": ["/infra/domains/default/groups/phones"], "service_entries": [
 {"resource_type": "L4PortSetServiceEntry", "l4_protocol": "UDP", "destination_ports": ["49300"]}]}},
 {"resource_type": "ChildRule", "Rule": {
"""
GOOD = HAND.replace(SIGNALLING, f"{NOTIFY}{SIGNALLING}")
PORT, SERVER, PHONES, DENIED = '"1719"', '"10.1.0.30"', '"10.20.0.0/24"', '"10.66.0.0/16"'
REST, LATER = '"sequence_number": 100,', ('"Emergency"', '"Application"')
OF_PHONES = f"provision renew echo {RAS}"
MISTAKES = (
    opens("the wrong port", (PORT, '"1718"'), stopped=RAS),
    opens("a wider range", (PORT, '"1700-1730"')),
    opens("a reversed range", (PORT, '"1730-1719"'), stopped=f"echo {RAS}", blocks=False),
    opens("another server", (SERVER, '"10.1.0.32"'), stopped=f"echo signal notify {RAS}"),
    opens("a deny before all", (DENIED, '"10.20.0.0/28"'), stopped=OF_PHONES),
    opens("a deny of others before all", (DENIED, '"10.67.0.0/16"')),
    opens("fewer phones", (PHONES, '"10.20.0.0/25"'), stopped=f"signal notify {OF_PHONES}"),
    Mutation(
        "phones by a name",
        ((PHONES, '"/infra/domains/default/groups/x"'),),
        f"address release vlan-move signal notify {OF_PHONES}",
        blocks=False,
    ),
    opens("a service of another kind", ('"ICMPv4"', '"ICMPv6"'), stopped="echo"),
    opens("a service that is not there", ("/HTTP", "/HTTPS"), stopped="provision", blocks=False),
    opens("the rest in front", (REST, REST.replace("100", "1")), stopped=f"address release {OF_PHONES}"),
    opens("no emergency but in front", LATER, (DENIED, '"10.20.0.0/28"'), stopped=OF_PHONES),
)


def test_the_policies_are_right() -> None:
    report = report_of("nsx", GOOD)
    assert not not_permitted(report) and not report.unread


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("nsx", GOOD, mutation)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (HAND[: len(HAND) // 2], "damaged JSON"),
        ('{"results": []}', "no security policy"),
        (json.dumps(policy(rules=5)), "not a list"),
        ('{"results": ' + "[" * 40 + "]" * 40 + "}", "nested too deeply"),
    ],
)
def test_what_has_no_policy_is_refused(shown: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("nsx", shown)
