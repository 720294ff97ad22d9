"""A network security group that is right, and what becomes of each mistake in it."""

import json

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import config

_WHOLE = json.loads(config("azure-nsg-campus.txt"))
_KEYS = ("name", "priority", "direction", "access", "protocol", "sourcePortRange")


def _short(rule: dict[str, object]) -> dict[str, object]:
    """What tells rules apart, in one order, so that each piece of the text stands in it once."""
    ends = {
        key: (rule[key] or rule[f"{key}es" if key.endswith("Prefix") else f"{key}s"])
        for key in ("sourceAddressPrefix", "destinationAddressPrefix", "destinationPortRange")
    }
    lists = {f"{key}es" if key.endswith("Prefix") else f"{key}s": ends[key] for key in ends}
    return {key: rule[key] for key in _KEYS} | {
        key: v if isinstance(v, list) else [v] for key, v in lists.items()
    }


GOOD = json.dumps(
    {
        "name": "g",
        "tags": {"AttachTo": "10.1.0.0/24"},
        "subnets": [{"id": "/x/subnets/voice"}],
        "networkInterfaces": [],
        "securityRules": [_short(rule) for rule in _WHOLE["securityRules"]],
    }
)
RULE = '"name": "ras", "priority": 120, "direction": "Inbound", "access": "Allow", "protocol": "Udp"'
LAST = '"priority": 4000, "direction": "Outbound", "access": "Deny"'
DATA = '["10.255.0.1", "10.10.0.0/24", "10.20.0.0/24"]'
DENY = (
    '{"name": "no", "priority": 99, "direction": "Inbound", "access": "Deny", "protocol": "*", '
    '"sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", '
    '"destinationPortRange": "1719"}, {"name": "dhcp-relay"'
)


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    # ICMP has no types here: something is always open.
    return Mutation(name, edits, stopped, blocks, opens=True)


MISTAKES = (
    opens("the wrong port", ('["1719"]', '["1718"]'), stopped=RAS),
    opens("a wider range", ('["1719"]', '["1700-1730"]')),
    opens("too narrow a range", ('["1719"]', '["1720-1730"]'), stopped=RAS),
    opens("a reversed range", ('["1719"]', '["1719-1700"]'), stopped=RAS, blocks=False),
    opens("another protocol", (RULE, RULE.replace("Udp", "Tcp")), stopped=RAS),
    opens("an unknown protocol", (RULE, RULE.replace("Udp", "Sctp")), stopped=RAS, blocks=False),
    opens("every protocol", (RULE, RULE.replace("Udp", "*"))),
    opens("a deny", (RULE, RULE.replace("Allow", "Deny")), stopped=RAS),
    opens("a deny before it", ('{"name": "dhcp-relay"', DENY), stopped=RAS),
    opens(
        "a deny of no priority",
        ('{"name": "dhcp-relay"', DENY.replace("99", "-1")),
        stopped=RAS,
        blocks=False,
    ),
    opens("behind the deny", (RULE, RULE.replace("120", "4001")), stopped=RAS),
    opens("the priority of another", (RULE, RULE.replace("120", "130")), stopped=f"{RAS} echo", blocks=False),
    opens("the other direction", (RULE, RULE.replace("Inbound", "Outbound")), stopped=f"{RAS} notify"),
    opens("no direction", (RULE, RULE.replace("Inbound", "?")), stopped=f"{RAS} notify", blocks=False),
    opens("a peer is missing", (DATA, DATA.replace("10.255.0.1", "10.255.0.2")), stopped="address"),
    opens(
        "a peer is damaged",
        (DATA, DATA.replace("10.255.0.1", "10.255.0.1/33")),
        stopped="address release renew",
        blocks=False,
    ),
    opens(
        "a peer is a tag",
        (DATA, DATA.replace("10.255.0.1", "Sql")),
        stopped="address release renew",
        blocks=False,
    ),
    opens("attached to another host", ('"AttachTo": "10.1.0.0/24"', '"AttachTo": "10.1.0.30/32"')),
    opens("attached to nothing that is told", ('"AttachTo"', '"Owner"'), stopped=EVERYTHING, blocks=False),
    opens("a deny that allows", (LAST, LAST.replace("Deny", "Allow"))),
)


def test_the_group_is_right() -> None:
    assert not not_permitted(report_of("azure-nsg", GOOD))


def test_a_group_that_is_not_bound_filters_nothing() -> None:
    loose = GOOD.replace('"AttachTo"', '"Owner"').replace('[{"id": "/x/subnets/voice"}]', "[]")
    report = report_of("azure-nsg", loose)
    assert report.unfiltered and report.answer == "not proved" and report.unbound


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("azure-nsg", GOOD, mutation)
