"""Access rule bases as the management API shows them, and what the writer's own script comes to."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from ringfence.firewalls.checkpoint.read import read
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.branch_policy import BRANCH, DEVICE
from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, report_of
from support.firewalls.read_configs import certain, config
from support.firewalls.read_configs import unread as places

HAND = config("by_hand/checkpoint-core.txt")
CALL = "udp 10.20.0.50:49300 10.1.0.30:1719"
ANY = {"uid": "any", "name": "Any", "type": "CpmiAnyObject"}
OBJECTS: list[dict[str, Any]] = [
    ANY,
    {"uid": "accept", "name": "Accept", "type": "RulebaseAction"},
    {"uid": "drop", "name": "Drop", "type": "RulebaseAction"},
    {"uid": "ask", "name": "Ask", "type": "RulebaseAction"},
    {"uid": "phones", "name": "phones", "type": "network", "subnet4": "10.20.0.0", "mask-length4": 24},
    {"uid": "gk", "name": "gk", "type": "host", "ipv4-address": "10.1.0.30"},
    {"uid": "ras", "name": "ras", "type": "service-udp", "port": "1719"},
    {"uid": "h323", "name": "H323_ras", "type": "service-udp", "port": "1719", "protocol": "H323_RAS"},
    {"uid": "high", "name": "high", "type": "service-udp", "port": ">1718"},
    {"uid": "low", "name": "low", "type": "service-udp", "port": "<1719"},
    {"uid": "tagged", "name": "tagged", "type": "access-role"},
    {"uid": "wide", "name": "wide", "type": "group-with-exclusion", "include": "any", "except": "phones"},
    {"uid": "loop", "name": "loop", "type": "group", "members": ["loop"]},
    {"uid": "script", "name": "script", "type": "service-other", "ip-protocol": 17, "match": "dport=1719"},
    {"uid": "community", "name": "mesh", "type": "vpn-community-meshed"},
    {"uid": "one", "name": "gw-1", "type": "simple-gateway", "ipv4-address": "10.1.0.30"},
]


def rule(number: int = 1, **more: Any) -> dict[str, Any]:
    base: dict[str, object] = {
        "rule-number": number,
        "name": f"r{number}",
        "source": ["phones"],
        "destination": ["gk"],
        "service": ["ras"],
        "action": "accept",
        "enabled": True,
    }
    return {key: value for key, value in (base | more).items() if value is not None}


def base(*rules: dict[str, Any], name: str = "Network", **more: Any) -> str:
    document = {"uid": name, "name": name, "rulebase": rules, "objects-dictionary": OBJECTS, **more}
    return json.dumps(document, indent=1)


def test_a_rule_base_with_its_inline_layer_is_understood() -> None:
    assert recognise(HAND) is TARGETS["checkpoint"]
    listing = read(HAND)
    assert places(listing) == {"Network rule 1 stealth-infected"}
    assert [part.place for part in listing.inactive] == ["Network rule 2 old-ras"]
    assert certain(listing, CALL) is True
    assert certain(listing, CALL.replace("1719", "1718")) is False
    # What the layer does not take never comes back to the rules behind it.
    assert certain(listing, "udp 10.20.0.50:67 10.1.0.30:67") is False
    named = read(HAND, {"partner-zone": (ip_network("10.66.0.0/16"),)})
    assert not named.unread and certain(named, "tcp 10.20.0.50:1 10.1.0.20:80") is True


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ((rule(),), True),
        ((rule(enabled=False),), False),
        ((rule(action="drop"), rule(2)), False),
        ((rule(2), rule(1, action="drop")), True),
        ((rule(service=["high"]),), True),
        ((rule(service=["low"]),), False),
        ((rule(source=["any"], destination=["any"], service=["any"]),), True),
        ((rule(1, **{"source-negate": True}),), False),
        ((rule(source=["wide"]),), False),
        ((rule(action="ask"),), None),
        ((rule(source=["tagged"]),), None),
        ((rule(source=["loop"]),), None),
        ((rule(source=["nobody"]),), None),
        ((rule(destination=["one"]),), None),
        ((rule(service=["script"]),), None),
        ((rule(vpn=["community"]),), None),
        ((rule(vpn=["any"], content=["any"], time=["any"]),), True),
        ((rule(time=["office"]),), None),
        ((rule(1, **{"service-negate": True}),), None),
        ((rule(1, **{"install-on": ["one"]}),), None),
        ((rule(1, **{"inline-layer": "elsewhere"}),), None),
        ((rule(1, **{"action-settings": {"limit": "slow"}}),), None),
        ((rule(newer=1),), None),
    ],
    ids=range(23),
)
def test_each_cell_of_a_rule(rules: tuple[dict[str, Any], ...], passes: bool | None) -> None:
    listing = read(base(*rules))
    assert certain(listing, CALL) is passes
    assert bool(listing.unread) == (passes is None)


def test_a_service_with_a_protocol_is_looked_into() -> None:
    report = report_of("checkpoint", base(rule(service=["h323"])))
    assert any(finding.code == "H323_INSPECTED" for finding in report.findings)


def test_another_layer_of_the_text_is_an_ordered_one_unless_a_rule_names_it() -> None:
    other = base(rule(action="drop"), name="Application")
    assert certain(read(f"{base(rule())}\n{other}"), CALL) is None
    within = base(rule(1, **{"inline-layer": "Application"}))
    assert certain(read(f"{within}\n{other}"), CALL) is False
    assert (
        certain(read(json.dumps([json.loads(within), json.loads(base(rule(), name="Application"))])), CALL)
        is True
    )


def test_pages_of_a_rule_base_are_put_together() -> None:
    pages = [base(rule(1, action="drop", service=["low"]), total=2), base(rule(2), total=2)]
    assert certain(read("\n".join(pages)), CALL) is True
    with pytest.raises(InputError, match="1 of 2 rules"):
        read(pages[0])


def test_groups_that_double_at_every_level_are_read_in_no_time() -> None:
    levels = [
        {"uid": f"g{n}", "name": f"g{n}", "type": "group", "members": [f"g{n - 1}", f"g{n - 1}"]}
        for n in range(1, 31)
    ]
    held = [*OBJECTS, {**OBJECTS[4], "uid": "g0", "name": "g0"}, *levels]
    listing = read(base(rule(source=["g30"]), name="Network", **{"objects-dictionary": held}))
    assert certain(listing, CALL) is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HAND[: len(HAND) // 2], "damaged JSON"),
        ('{"objects-dictionary": []}', "no rule base"),
        ('{"rulebase": 5}', "not a list"),
        ("[5]", "not an object"),
        ("[" * 100_000, "damaged JSON"),
    ],
)
def test_what_is_no_rule_base_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("checkpoint", text)


# --- the writer's own script -------------------------------------------------------------------------------


def _as_shown(script: str) -> str:
    """What the server would show of the layer that a script of mgmt_cli makes."""
    held: list[dict[str, Any]] = [ANY, *OBJECTS[1:3]]
    rules: list[dict[str, Any]] = []
    for line in script.splitlines():
        words = shlex.split(line)
        if words[:2] != ["mgmt_cli", "add"]:
            continue
        kind, *rest = words[2:]
        said = dict(zip(rest[::2], rest[1::2], strict=False))
        lists: dict[str, list[str]] = {}
        for key, value in said.items():
            lists.setdefault(key.partition(".")[0], []).append(value)
        if kind == "access-rule":
            cells = {key: lists.get(key, ["Any"]) for key in ("source", "destination", "service")}
            rules.append(
                {"rule-number": len(rules) + 1, "name": said["name"], **cells, "action": said["action"]}
            )
        elif kind != "access-layer":
            item: dict[str, Any] = {
                "uid": said["name"],
                "type": kind,
                **said,
                "members": lists.get("members"),
            }
            if kind == "network":
                item |= {"subnet4": said["subnet"], "mask-length4": int(said["mask-length"])}
            if kind == "host":
                item["ipv4-address"] = said["ip-address"]
            held.append(item)
    held += [{**one, "uid": one["name"]} for one in held[:3]]
    return json.dumps({"name": "layer", "uid": "layer", "rulebase": rules, "objects-dictionary": held})


def test_what_is_written_is_read_back_as_the_same_packets() -> None:
    script = render_rules(TARGETS["checkpoint"], BRANCH, replace(DEVICE, log=True)).text
    listing = read(_as_shown(script))
    assert not listing.unread
    space = Space()
    assert listing.permitted(space) == space.permitted(BRANCH)


# --- mistakes ----------------------------------------------------------------------------------------------

# Right but for what the gatekeeper opens of RAS; the zone of the partners is one address.
_DOCUMENTS = [json.loads(part) for part in HAND.replace("\n}\n{", "\n}\0{").split("\0")]


def _every(value: Any) -> Iterator[dict[str, Any]]:
    """Every object, at whatever depth."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _every(inner)


def _changed(*edits: tuple[str, str, object]) -> str:
    """The text with a key of an object, or of a rule, by its name, set to something else."""
    documents = json.loads(json.dumps(_DOCUMENTS))
    partner = (("partner-zone", "type", "host"), ("partner-zone", "ipv4-address", "10.66.0.1"))
    for name, key, value in (*partner, *edits):
        found = [item for item in _every(documents) if item.get("name") == name]
        assert found, name
        for item in found:
            item[key] = value
    return "\n".join(json.dumps(one) for one in documents)


MISTAKES: tuple[tuple[str, tuple[tuple[str, str, object], ...], str, bool], ...] = (
    ("nothing", (), "", True),
    ("the wrong port", (("ras-1719", "port", "1718"),), RAS, True),
    ("a wider range", (("ras-1719", "port", "1700-1730"),), "", True),
    ("a reversed range", (("ras-1719", "port", "1730-1700"),), RAS, True),
    ("too narrow a source port", (("ras-1719", "source-port", "49301"),), RAS, True),
    ("another server", (("cm-1", "ipv4-address", "10.1.0.32"),), f"{RAS} echo signal", True),
    ("a deny", (("ras", "action", "Drop"),), RAS, True),
    ("disabled", (("ras", "enabled", False),), RAS, True),
    ("a deny before it", (("old-ras", "enabled", True),), f"{RAS} provision renew echo", True),
    ("another type of ICMP", (("echo-request", "icmp-type", 0),), "echo", True),
    ("fewer phones", (("net-voice", "mask-length4", 25),), f"{RAS} provision renew echo signal", True),
    ("a rule for some gateways", (("from-voice", "install-on", ["gw-9"]),), "address vlan-move signal", True),
    ("no inline layer", (("to-voice", "inline-layer", "elsewhere"),), EVERYTHING, False),
)


@pytest.mark.parametrize(("name", "edits", "stopped", "blocks"), MISTAKES, ids=[one[0] for one in MISTAKES])
def test_a_mistake_is_judged(
    name: str, edits: tuple[tuple[str, str, object], ...], stopped: str, blocks: bool
) -> None:
    by_name = {item["name"]: item["uid"] for one in _DOCUMENTS for item in one["objects-dictionary"]}
    given = [(a, key, by_name[value] if value == "Drop" else value) for a, key, value in edits]
    mutation = Mutation(name, (), f"notify {stopped}", blocks, opens=True)
    assert_judged("checkpoint", _changed(*given), mutation)
