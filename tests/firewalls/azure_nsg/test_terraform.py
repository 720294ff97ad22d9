"""Network security groups in Terraform: text, plan and state."""

import json
from typing import Any

import pytest

from ringfence.firewalls.azure_nsg.terraform import read_azure_terraform
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.table import TARGETS
from ringfence.model.errors import InputError
from support.firewalls.mutated import RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import certain, config
from support.firewalls.read_configs import unread as places

# Right but for the answer to the relay address of the data VLAN.
GOOD = config("by_hand/azure-terraform-subnets.txt").replace(
    'destination_address_prefix  = "10.20.0.0/24"',
    'destination_address_prefixes = ["10.20.0.0/24", "10.10.0.1"]',
)
ECHO = "udp 10.20.0.50:49300 10.1.0.30:1719"
REST = ("voice outbound AllowVnetOutBound", "voice outbound AllowInternetOutBound")
SUBNET = "address_prefixes     ="
ASSOCIATED = "subnet_id                 = azurerm_subnet.voice.id"
PRIORITY = '"ras"\n    priority                   = 100\n    direction                  = "Inbound"'
OUT = PRIORITY.replace("100", "101").replace("In", "Out")
OWNER = (
    "network_security_group_name = azurerm_network_security_group.voice.name\n}\n\n"
    'resource "azurerm_network_security_rule" "out"'
)
RULE_LATER = """
resource "azurerm_network_security_rule" "late" {
  name = "late"
  priority = 99
  direction = "Inbound"
  access = "Deny"
  protocol = "Udp"
  source_port_range = "*"
  destination_port_range = "1719"
  source_address_prefix = "*"
  destination_address_prefix = "*"
  network_security_group_name = "nsg-voice"
}
"""
END = "# DHCP has rules of its own\n"


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    return Mutation(name, edits, stopped, blocks, opens=True)


ALL = "address release vlan-move provision discover register signal echo renew notify keep-alive"
MISTAKES = (
    opens("the wrong port", ('"1719"', '"1718"'), stopped=RAS),
    opens("a port that is computed", ('"1719"', "var.ras"), stopped=RAS, blocks=False),
    opens("an address that is computed", ('"10.1.0.30"', '"${var.gk}"'), stopped=RAS, blocks=False),
    opens("behind the deny", (PRIORITY, PRIORITY.replace("100", "4097")), stopped=RAS),
    opens(
        "the other direction", (PRIORITY, PRIORITY.replace("100", "101").replace("In", "Out")), stopped=RAS
    ),
    opens("a deny beside the group", (END, f"{END}{RULE_LATER}"), stopped=RAS),
    opens("of another group", (OWNER, OWNER.replace("voice", "bastion", 1)), stopped="address release renew"),
    opens(
        "of a group elsewhere",
        (OWNER, OWNER.replace("azurerm_network_security_group.voice.name", '"nsg-other"', 1)),
        stopped=ALL,
        blocks=False,
    ),
    opens("not associated", (ASSOCIATED, "subnet_id = azurerm_subnet.other.id"), stopped=ALL, blocks=False),
    opens(
        "a subnet that is computed",
        (f'{SUBNET} ["10.1.0.0/24"]', f"{SUBNET} [var.net]"),
        stopped=ALL,
        blocks=False,
    ),
    opens(
        "rules of a module",
        (END, f'{END}module "nsg" {{ source = "./nsg" }}\n'),
        stopped=ALL,
        blocks=False,
    ),
    opens(
        "a part that is new",
        ('name                       = "ras"', 'name = "ras"\n newer = 1'),
        stopped=RAS,
        blocks=False,
    ),
)


def test_the_text_is_right_and_its_subnets_say_where_it_is() -> None:
    assert recognise(GOOD) is TARGETS["azure-terraform"]
    assert not not_permitted(report_of("azure-terraform", GOOD))
    assert places(read_azure_terraform(GOOD)) >= set(REST)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("azure-terraform", GOOD, mutation)


def test_a_subnet_of_other_addresses_is_filtered_elsewhere() -> None:
    moved = GOOD.replace(f'{SUBNET} ["10.1.0.0/24"]', f'{SUBNET} ["10.9.0.0/24"]')
    assert report_of("azure-terraform", moved).unfiltered


def test_a_route_that_discards_is_named() -> None:
    route = (
        'resource "azurerm_route" "hole" {\n  address_prefix = "10.20.0.0/25"\n  next_hop_type = "None"\n}\n'
    )
    listing = read_azure_terraform(f"{GOOD}{route}")
    assert certain(listing, ECHO, *REST) is None
    assert certain(listing, ECHO.replace(".50", ".200"), *REST, *(places(listing) - set(REST))) is True


def test_a_group_elsewhere_that_is_attached_here_is_named_for_its_subnet() -> None:
    other = ASSOCIATED.replace("voice", "voice")
    more = (
        'resource "azurerm_subnet_network_security_group_association" "x" {\n'
        f'  {other}\n  network_security_group_id = "/x/networkSecurityGroups/elsewhere"\n}}\n'
    )
    assert certain(read_azure_terraform(GOOD + more), ECHO, *REST) is None


# --- plans -------------------------------------------------------------------------------------------------

RULE = {
    "name": "ras",
    "priority": 100,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Udp",
    "source_port_range": "*",
    "source_port_ranges": [],
    "destination_port_range": "1719",
    "destination_port_ranges": None,
    "source_address_prefix": "10.20.0.0/24",
    "destination_address_prefix": "*",
    "description": "",
}


def resource(kind: str, path: str = "", **values: object) -> dict[str, Any]:
    address = f"{path}{kind}.voice"
    return {"address": address, "mode": "managed", "type": kind, "name": "voice", "values": values}


GROUP = resource("azurerm_network_security_group", name="nsg-voice", security_rule=[RULE], tags=None)
SUBNETS = resource("azurerm_subnet", name="snet-voice", address_prefixes=["10.1.0.0/24"])
BOUND = resource("azurerm_subnet_network_security_group_association")
REFERENCES = {
    "subnet_id": {"references": ["azurerm_subnet.voice.id", "azurerm_subnet.voice"]},
    "network_security_group_id": {"references": ["azurerm_network_security_group.voice.id"]},
}


def plan(*resources: dict[str, Any], later: dict[str, Any] | None = None, **more: Any) -> str:
    """A plan in which the association's ids are known after apply."""
    unknown = {"subnet_id": True, "network_security_group_id": True, "id": True}
    changes = [
        {"address": BOUND["address"], "change": {"after_unknown": unknown if later is None else later}}
    ]
    expressions = {"address": BOUND["address"], "expressions": REFERENCES}
    return json.dumps(
        {
            "format_version": "1.2",
            "planned_values": {"root_module": {"resources": resources, **more}},
            "resource_changes": changes,
            "configuration": {"root_module": {"resources": [expressions]}},
        }
    )


def test_a_plan_is_read_by_its_values_and_references() -> None:
    text = plan(GROUP, SUBNETS, BOUND)
    assert recognise(text) is TARGETS["azure-terraform"]
    listing = read_azure_terraform(text)
    assert certain(listing, ECHO) is True
    assert (
        certain(listing, ECHO.replace("1719", "1718"), *(f"voice inbound AllowVnet{w}Bound" for w in ("In",)))
        is False
    )


def test_a_state_has_ids_in_place_of_references() -> None:
    ids = {
        "subnet_id": "/s/virtualNetworks/v/subnets/snet-voice",
        "network_security_group_id": "/s/networkSecurityGroups/nsg-voice",
    }
    bound = {**BOUND, "values": ids}
    text = json.dumps({"values": {"root_module": {"resources": [GROUP, SUBNETS, bound]}}})
    assert certain(read_azure_terraform(text), ECHO) is True


def test_modules_keep_their_names_apart() -> None:
    inner = resource("azurerm_subnet", "module.other.", name="snet-voice", address_prefixes=["10.9.0.0/24"])
    child: dict[str, Any] = {"child_modules": [{"address": "module.other", "resources": [inner]}]}
    assert certain(read_azure_terraform(plan(GROUP, SUBNETS, BOUND, **child)), ECHO) is True
    alone = read_azure_terraform(plan(GROUP, BOUND, **child))
    assert certain(alone, ECHO) is None  # the subnet of another module is not the one that is meant


def test_what_is_known_after_apply_only_is_not_understood() -> None:
    for key in ("source_address_prefix", "destination_port_range", "priority", "access"):
        unknown = {"security_rule": [{key: True}]}
        changes = {"address": GROUP["address"], "change": {"after_unknown": unknown}}
        whole = json.loads(plan(GROUP, SUBNETS, BOUND))
        whole["resource_changes"].append(changes)
        listing = read_azure_terraform(json.dumps(whole))
        assert "voice inbound ras" in places(listing) and certain(listing, ECHO) is None, key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('resource "azurerm_subnet" "x" {\n}\n', "no network security group"),
        (GOOD[:2000], "no place|the end"),
        ("{}", "neither planned nor present"),
        ('{"values": 5}', "no root module"),
        ('{"values": {"root_module": {"resources": 5}}}', "not a list"),
        (plan(SUBNETS), "no network security group"),
    ],
)
def test_what_has_no_group_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("azure-terraform", text)
