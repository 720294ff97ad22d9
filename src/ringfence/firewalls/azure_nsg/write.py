"""Azure network security groups as an ARM resource: stateful, at subnet or interface; ICMP without types.

Written from the ARM template reference for Microsoft.Network/networkSecurityGroups, 2023-09-01.
"""

import json
from typing import Any

from ringfence.firewalls.common.annotation import plain, remark, stated
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, attachments, inside_networks, is_icmp, shape_word
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability(
    "azure-nsg", FULL - {Need.ICMP_TYPE, Need.IPV6, Need.LOG}, zones=True, one_zone=True, exclusive=True
)
_FIRST, _LAST = 100, 4096  # priorities a rule may have; the final deny takes the last


def write(policy: Policy, device: Device) -> Rendered:
    """The group as JSON. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    inside = inside_networks(device, CAPABILITY.target)
    rules: list[dict[str, Any]] = []
    for rule in policy.rules:
        for inbound in sorted({item.inbound for item in attachments(rule, inside, CAPABILITY.target)}):
            rules.append(_rule(rule, inbound, _FIRST + len(rules)))
    if len(rules) > _LAST - _FIRST:
        raise InputError(f"{len(rules)} rules are more than a group takes", where=f"policy {policy.name}")
    outside = tuple(
        net for zone in device.zones for net in zone.networks if net not in inside and net.version == 4
    )
    if not outside:
        raise InputError(
            "no network outside is named, and a group without a final deny lets the virtual network in",
            where="device zones",
            remedy="name the zone on the other side",
        )
    rules += [_final(inside, outside, inbound) for inbound in (False, True)]
    said = plain("; ".join(stated(policy, device)), 255)
    body = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [
            {
                "type": "Microsoft.Network/networkSecurityGroups",
                "apiVersion": "2023-09-01",
                "name": stem,
                "location": "[resourceGroup().location]",
                "tags": {**({"ringfence": said} if said else {}), **_attached(inside)},
                "properties": {"securityRules": rules},
            }
        ],
    }
    return Rendered(
        target=CAPABILITY.target,
        text=json.dumps(body, indent=2) + "\n",
        apply=(
            f"az deployment group what-if --resource-group <GROUP> --template-file {stem}.json",
            f"az deployment group create --resource-group <GROUP> --template-file {stem}.json",
            *_bound(stem, device),
        ),
        verify=(
            f"az network nsg rule list --resource-group <GROUP> --nsg-name {stem} --output table",
            "az network watcher test-ip-flow --vm <VM> --direction Inbound --protocol UDP "
            "--local <IP:PORT> --remote <IP:PORT>",
        ),
        rollback=(
            f'{_SUBNET} <PREVIOUS>  # or "" where it had none',
            f"az network nsg delete --resource-group <GROUP> --name {stem}",
        ),
        notes=_NOTES,
        widenings=widenings,
    )


def _attached(inside: tuple[Network, ...]) -> dict[str, str]:
    """The tag that says to a reader of the text where it is bound, where a value may be that long."""
    words = " ".join(map(str, inside))
    return {ATTACHED: words} if len(words) <= _TAG else {}


NAME_LENGTH = 80  # characters of a rule's name
_TAG = 256  # characters of a tag's value
_SUBNET = (
    "az network vnet subnet update --resource-group <GROUP> --vnet-name <VNET> --name <SUBNET> "
    "--network-security-group"
)


def _bound(stem: str, device: Device) -> tuple[str, ...]:
    """A subnet has one group: another one takes everything with it that the first said."""
    if device.exclusive:
        return (f"{_SUBNET} {stem}",)
    return (
        "# where the subnet has a group, copy its rules into this one behind ours, as it can have one only; "
        "where it has none, add what the Internet may open to it. Then, without the # in front:",
        f"# {_SUBNET} {stem}",
    )


_NOTES = (
    UNVERIFIED,
    "the deployment replaces the rules of this group as a whole; bind it to the subnet in one step",
    "Azure's own AllowVnetInBound counts sites behind a gateway as the virtual network: the final "
    "denies "
    "here come before it",
    "drops are logged by flow logs, not by rules",
    "open flows stay open after a rule is removed",
)


def _rule(rule: Rule, inbound: bool, priority: int) -> dict[str, Any]:
    return {
        "name": fit(f"{checked_id(rule.id)}-{'in' if inbound else 'out'}", NAME_LENGTH),
        "properties": {
            "description": remark(checked_id(rule.id), rule),
            "priority": priority,
            "direction": "Inbound" if inbound else "Outbound",
            "access": shape_word(rule, "Allow", "Deny"),
            "protocol": "Icmp" if is_icmp(rule) else rule.protocol.word.capitalize(),
            "sourceAddressPrefixes": [str(net) for net in rule.source],
            "sourcePortRange": _ports(rule.source_ports),
            "destinationAddressPrefixes": [str(net) for net in rule.destination],
            "destinationPortRange": _ports(rule.destination_ports),
        },
    }


def _final(inside: tuple[Network, ...], outside: tuple[Network, ...], inbound: bool) -> dict[str, Any]:
    here = [str(net) for net in inside if net.version == 4]
    there = [str(net) for net in outside]
    return {
        "name": f"final-drop-{'in' if inbound else 'out'}",
        "properties": {
            "priority": _LAST,
            "direction": "Inbound" if inbound else "Outbound",
            "access": "Deny",
            "protocol": "*",
            "sourceAddressPrefixes": there if inbound else here,
            "sourcePortRange": "*",
            "destinationAddressPrefixes": here if inbound else there,
            "destinationPortRange": "*",
        },
    }


def _ports(ports: PortRange) -> str:
    return "*" if ports == ANY_PORT else str(ports)
