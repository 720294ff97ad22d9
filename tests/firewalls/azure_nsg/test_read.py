"""Network security groups as the command line, the API and templates have them, and effective rules."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from ringfence.firewalls.azure_nsg.read import read
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.firewalls.mutated import report_of
from support.firewalls.read_configs import certain, config, packet
from support.firewalls.read_configs import unread as places

SHOWN, EFFECTIVE = config("azure-nsg-campus.txt"), config("azure-nsg-plant.txt")
NAME = "nsg-snet-voice-core"
SERVERS = (ip_network("10.1.0.0/24"),)


def rule(**more: object) -> dict[str, Any]:
    base: dict[str, object] = {
        "name": "r",
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Udp",
        "sourceAddressPrefix": "10.20.0.0/24",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "1719",
    }
    return {key: value for key, value in (base | more).items() if value is not None}


def group(*rules: dict[str, Any], **more: object) -> str:
    return json.dumps({"name": "g", "securityRules": rules, "tags": {"AttachTo": "10.1.0.0/24"}, **more})


RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"
REST = (
    "g inbound AllowVnetInBound",
    "g outbound AllowVnetOutBound",
    "g outbound AllowInternetOutBound",
)


def test_what_the_command_line_shows_is_understood() -> None:
    listing = read(SHOWN)
    # A deny of everything stands before the rules that Azure adds inbound; outbound it is of the phones only.
    assert places(listing) == {f"{NAME} outbound Allow{name}OutBound" for name in ("Vnet", "Internet")}
    assert [chain.place for chain in listing.chains] == [f"{NAME} inbound", f"{NAME} outbound"]
    assert all(chain.stateful for chain in listing.chains)
    assert certain(listing, RAS, *places(listing)) is True
    assert certain(listing, "udp 10.20.0.50:49310 10.1.0.30:1719", *places(listing)) is False
    # What the group is not attached to is none of its business.
    assert certain(listing, "udp 10.20.0.50:1 10.2.0.30:1718", *places(listing)) is True


def test_the_api_and_the_command_line_say_the_same() -> None:
    flat = json.loads(SHOWN)
    nested = {"name": flat["name"], "tags": flat["tags"], "properties": {}}
    for key in ("securityRules", "defaultSecurityRules"):
        own = [
            {"name": one["name"], "properties": {k: v for k, v in one.items() if k != "name"}}
            for one in flat[key]
        ]
        nested["properties"][key] = own
    for text in (json.dumps(nested), json.dumps([nested]), json.dumps({"value": [flat]})):
        assert recognise(text) is TARGETS["azure-nsg"]
        assert [chain.rows for chain in read(text).chains] == [chain.rows for chain in read(SHOWN).chains]


def test_the_tag_virtual_network_is_what_is_named_for_it() -> None:
    text = group()
    assert certain(read(text), RAS) is None
    named = {"VirtualNetwork": (ip_network("10.1.0.0/16"), ip_network("10.20.0.0/16"))}
    listing = read(text, named)
    assert not listing.unread and certain(listing, RAS) is True
    assert certain(listing, "udp 10.30.0.50:49300 10.1.0.30:1719") is False
    assert read(text).unplaced == ("VirtualNetwork", "Internet")


def test_the_internet_is_no_private_address() -> None:
    listing = read(group(rule(access="Deny", sourceAddressPrefix="Internet"), rule(priority=110)))
    assert certain(listing, RAS) is True
    assert certain(listing, "udp 8.8.8.8:1 10.1.0.30:1719") is None


def test_effective_rules_have_addresses_for_tags_and_both_groups_must_allow() -> None:
    assert recognise(EFFECTIVE) is TARGETS["azure-nsg"]
    for name in ("nic-cm-01", "nsg-nic-cm-01", "snet-voice-core", NAME):
        listing = read(EFFECTIVE, {name: SERVERS})
        assert not listing.unread and len(listing.chains) == 4
        permitted = listing.permitted(Space())
        assert packet(RAS) in permitted
        assert packet("icmp 10.20.0.50:8 10.1.0.30:0") not in permitted  # the group of the interface
        assert packet("tcp 10.20.0.50:50000 10.1.0.30:22") not in permitted  # that of the subnet
        assert packet("udp 10.10.0.50:68 10.1.0.10:67") not in permitted  # one allows what the other does not
    assert certain(read(EFFECTIVE), RAS) is None


def test_a_rule_of_a_network_manager_is_not_followed() -> None:
    entries = json.loads(EFFECTIVE)
    entries["value"][0]["association"] = {"networkManager": {"id": "/x/networkManagers/m"}}
    listing = read(json.dumps(entries), {"nic-cm-01": SERVERS})
    assert certain(listing, RAS) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"priority": None},
        {"priority": True},
        {"priority": "[copyIndex(100)]"},
        {"direction": None},
        {"access": "[parameters('access')]"},
        {"protocol": "Sctp"},
        {"protocol": None},
        {"sourceAddressPrefix": None},
        {"sourceAddressPrefix": "Storage.WestEurope"},
        {"sourceAddressPrefix": "[parameters('phones')]"},
        {"sourceAddressPrefix": "10.20.0.0/33"},
        {"sourceAddressPrefix": 5},
        {"sourceAddressPrefix": None, "sourceAddressPrefixes": ["10.20.0.0/24", {}]},
        {"destinationPortRange": "1720-1719"},
        {"destinationPortRange": 1719.5},
        {"destinationPortRange": None},
        {"sourceApplicationSecurityGroups": [{"id": "/x/applicationSecurityGroups/asg-phones"}]},
        {"anything": "new"},
    ],
    ids=json.dumps,
)
def test_what_is_odd_is_named_and_never_taken_for_any(odd: dict[str, object]) -> None:
    listing = read(group(rule(**odd)))
    assert {"g inbound r"} <= places(listing)
    # It may let the packet through, and does not for certain; nothing outside the group is in doubt.
    assert certain(listing, RAS, *REST) is (None if "g inbound r" in places(listing) else True)
    assert certain(listing, "udp 10.20.0.1:1 10.2.0.30:1719", *REST) is True


def test_an_application_security_group_is_what_is_named_for_it() -> None:
    groups = [{"id": "/x/applicationSecurityGroups/asg-phones"}]
    text = group(rule(sourceAddressPrefix=None, sourceApplicationSecurityGroups=groups))
    listing = read(text, {"asg-phones": (ip_network("10.20.0.0/24"),)})
    assert certain(listing, RAS) is True


def test_two_rules_of_one_priority_are_in_doubt_both() -> None:
    listing = read(group(rule(), rule(name="s", access="Deny", sourceAddressPrefix="*")))
    assert {"g inbound r", "g inbound s"} <= places(listing) and certain(listing, RAS, *REST) is None


def test_a_group_that_the_text_attaches_to_nothing_filters_nothing() -> None:
    listing = read(group(rule(), tags={}, subnets=None, networkInterfaces=None))
    assert [one.name for one in listing.unbound] == ["g"] and not listing.chains
    assert report_of("azure-nsg", group(rule(), tags={}, subnets=None, networkInterfaces=None)).unfiltered


def test_a_group_of_which_no_networks_are_known_leaves_everything_open() -> None:
    listing = read(group(rule(), tags={}))
    assert certain(listing, RAS) is None and listing.unplaced == ("g",)


def test_a_discarding_route_of_a_template_is_named_for_its_addresses() -> None:
    route = {"name": "hole", "properties": {"addressPrefix": "10.20.0.0/25", "nextHopType": "None"}}
    resources = [
        {"type": "Microsoft.Network/networkSecurityGroups", **json.loads(group(rule()))},
        {"type": "Microsoft.Network/routeTables", "name": "t", "properties": {"routes": [route]}},
    ]
    listing = read(json.dumps({"resources": resources}))
    assert certain(listing, "udp 10.20.0.200:1 10.1.0.30:1719", *REST, "t hole") is True
    assert "t hole" in places(listing) and certain(listing, RAS, *REST) is None


@pytest.mark.parametrize(
    "resource",
    [
        {"type": "Microsoft.Resources/deployments", "name": "d", "properties": {}},
        {"type": "Microsoft.Network/azureFirewalls", "name": "f", "properties": {}},
        {
            "type": "Microsoft.Network/networkSecurityGroups/securityRules",
            "name": "elsewhere/r",
            "properties": rule(),
        },
        {
            "type": "Microsoft.Network/networkSecurityGroups",
            "name": "h",
            "tags": {"AttachTo": "10.1.0.0/24"},
            "properties": {"copy": [{"name": "securityRules", "count": 3, "input": {}}]},
        },
    ],
    ids=lambda one: str(one["type"]),
)
def test_what_a_template_leaves_to_others_is_named(resource: dict[str, Any]) -> None:
    own = {"type": "Microsoft.Network/networkSecurityGroups", **json.loads(group(rule()))}
    assert certain(read(json.dumps({"resources": [own, resource]})), RAS, *REST) is None


def test_a_rule_that_stands_beside_its_group_is_one_of_it() -> None:
    own = {"type": "Microsoft.Network/networkSecurityGroups", **json.loads(group())}
    beside = {
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "name": "g/r",
        "properties": rule(),
    }
    within = {**own, "resources": [{"type": "securityRules", "name": "r", "properties": rule()}]}
    for resources in ([own, beside], [within]):
        assert certain(read(json.dumps({"resources": resources})), RAS, *REST) is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (SHOWN[: len(SHOWN) // 2], "damaged JSON"),
        ('{"securityRules": 5}', "not a list"),
        ('{"securityRules": [5]}', "not a list"),
        ('{"value": []}', "no network security group"),
        ("{}", "no network security group"),
        ('{"resources": [5]}', "not a resource"),
        ("[" * 100_000, "damaged JSON"),
    ],
)
def test_what_is_no_group_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("azure-nsg", text)


def test_a_fix_is_a_rule_with_a_free_priority_before_the_one_that_stops() -> None:
    text = group(
        rule(
            name="no",
            access="Deny",
            priority=101,
            sourceAddressPrefix="*",
            destinationPortRange="*",
        ),
        rule(name="r", priority=100, destinationPortRange="69"),
    )
    fixes = report_of("azure-nsg", text).fixes
    assert any("number its rules anew" in fix.refused for fix in fixes)
    report = report_of("azure-nsg", text.replace('"priority": 101', '"priority": 200'))
    (fix,) = (fix for fix in report.fixes if fix.where == "before priority 200 of g")
    assert [line.split()[line.split().index("--priority") + 1] for line in fix.lines][:2] == ["199", "198"]
    assert all("--direction Inbound" in line for line in fix.lines)
