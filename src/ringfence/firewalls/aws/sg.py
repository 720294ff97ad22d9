"""AWS security groups: stateful, permits only, at the network interface; no source ports.

Written from the Terraform AWS provider 5 (aws_security_group, aws_vpc_security_group_ingress_rule) and the
EC2 API's IpPermissions structure.
"""

import json
from typing import Any

from ringfence.firewalls.common.annotation import header, plain, remark, stated
from ringfence.firewalls.common.capability import Capability, Need, Widening
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    UNVERIFIED,
    Attachment,
    address_name,
    attachments,
    inside_networks,
    is_icmp,
)
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.firewalls.common.terraform.state import removed_from_state
from ringfence.model.address import Network
from ringfence.model.policy import Policy, Rule

_CAN = frozenset({Need.ICMP, Need.ICMP_TYPE, Need.IPV6, Need.LOCAL_ADDRESS})
TERRAFORM = Capability("aws-sg", _CAN, zones=True, one_zone=True)
JSON = Capability("aws-sg-json", _CAN, zones=True, one_zone=True)


def write_terraform(policy: Policy, device: Device) -> Rendered:
    """One group for each inside address, as Terraform. InputError for what cannot be written as stated."""
    groups, widenings = _groups(policy, device, TERRAFORM)
    stem = checked_stem(device.name)
    lines = header(policy, device, "#", "AWS security groups", zones=True)
    lines += ['variable "vpc_id" {', "  type = string", "}"]
    for inside, found in groups.items():
        group = _label(address_name(stem, inside))
        lines += [
            f'resource "aws_security_group" "{group}" {{',
            f'  name        = "{address_name(stem, inside)}"',
            f'  description = "{stem}: attach to {inside}"',
            "  vpc_id      = var.vpc_id",
            f'  tags        = {{ {ATTACHED} = "{inside}" }}',
            "}",
        ]
        for item in found:
            for number, peer in enumerate(item.peers, start=1):
                lines += _resource(group, item, number, peer)
    return Rendered(
        target=TERRAFORM.target,
        text="\n".join(lines) + "\n",
        apply=("terraform plan -out plan", "terraform apply plan"),
        verify=("terraform plan -detailed-exitcode",),
        rollback=(
            "# first give the interfaces the groups that they had, where these took their place",
            *removed_from_state(stem),
        ),
        notes=_notes("Terraform removes the allow-all egress rule that AWS puts into a new group"),
        widenings=widenings,
    )


def write_json(policy: Policy, device: Device) -> Rendered:
    """The same groups as IpPermissions, by group name. InputError for what cannot be written as stated."""
    groups, widenings = _groups(policy, device, JSON)
    stem = checked_stem(device.name)
    said = plain("; ".join(stated(policy, device)), 255)
    body = {
        address_name(stem, inside): {
            **({"Description": said} if said else {}),
            ATTACHED: str(inside),
            "IpPermissions": [_permission(item) for item in found if item.inbound],
            "IpPermissionsEgress": [_permission(item) for item in found if not item.inbound],
        }
        for inside, found in groups.items()
    }
    return Rendered(
        target=JSON.target,
        text=json.dumps(body, indent=2) + "\n",
        apply=(
            "aws ec2 create-security-group --group-name <NAME> --description <NAME> --vpc-id <VPC>",
            "aws ec2 revoke-security-group-egress --group-id <ID> --protocol all --cidr 0.0.0.0/0",
            "aws ec2 authorize-security-group-ingress --group-id <ID> --ip-permissions <IpPermissions>",
            "aws ec2 authorize-security-group-egress --group-id <ID> --ip-permissions <IpPermissionsEgress>",
            "# then add the group to those of the interface, which this command names all anew:",
            "aws ec2 modify-network-interface-attribute --network-interface-id <INTERFACE> --groups <ALL> "
            "<ID>",
        ),
        verify=("aws ec2 describe-security-group-rules --filters Name=group-id,Values=<ID>",),
        rollback=("# attach the previous groups again, then: aws ec2 delete-security-group --group-id <ID>",),
        notes=_notes(
            "a new group permits every egress until the revoke above; a rule that is there is not doubled"
        ),
        widenings=widenings,
    )


def insert_terraform(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """More groups, as groups add up: no line of another is in the way."""
    return _beside(write_terraform(policy, device))


def insert_json(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """More groups, as groups add up: no line of another is in the way."""
    return _beside(write_json(policy, device))


def _beside(groups: Rendered) -> Insertion:
    where = "groups add up: attach these beside those that the hosts have"
    return insertion(where, groups.text.splitlines())


def _groups(
    policy: Policy, device: Device, capability: Capability
) -> tuple[dict[Network, list[Attachment]], tuple[Widening, ...]]:
    policy, widenings = screen(policy, capability, device.widen)
    inside = inside_networks(device, capability.target)
    groups: dict[Network, list[Attachment]] = {}
    for rule in policy.rules:
        for item in attachments(rule, inside, capability.target):
            groups.setdefault(item.inside, []).append(item)
    return groups, widenings


def _notes(egress: str) -> tuple[str, ...]:
    return (
        UNVERIFIED,
        egress,
        "attach each group to the interfaces with the address in its name, beside those that they have: "
        "groups add up, so that all else stays as it is, and what another group permits stays open too",
        "a group takes 60 rules in each direction unless the account's quota is raised",
        "drops are not logged here: VPC flow logs show REJECT",
        "tracked connections stay open after a rule is removed until they fall idle",
    )


def _label(name: str) -> str:
    return fit(name.replace(".", "_"), 60)


def _ports(rule: Rule) -> tuple[int, int]:
    """FromPort and ToPort; for ICMP the type and every code."""
    if is_icmp(rule):
        return (-1, -1) if rule.icmp_type is None else (rule.icmp_type, -1)
    return rule.destination_ports.first, rule.destination_ports.last


def _resource(group: str, item: Attachment, number: int, peer: Network) -> list[str]:
    way = "ingress" if item.inbound else "egress"
    first, last = _ports(item.rule)
    name = _label(f"{group}-{item.rule.id}-{number}")
    return [
        f'resource "aws_vpc_security_group_{way}_rule" "{name}" {{',
        f"  security_group_id = aws_security_group.{group}.id",
        f'  description       = "{remark(checked_id(item.rule.id), item.rule)}"',
        f'  ip_protocol       = "{item.rule.protocol.word}"',
        f"  from_port         = {first}",
        f"  to_port           = {last}",
        f'  cidr_ipv{peer.version}         = "{peer}"',
        "}",
    ]


def _permission(item: Attachment) -> dict[str, Any]:
    first, last = _ports(item.rule)
    about = remark(checked_id(item.rule.id), item.rule)
    key, cidr = ("IpRanges", "CidrIp") if item.rule.version == 4 else ("Ipv6Ranges", "CidrIpv6")
    return {
        "IpProtocol": item.rule.protocol.word,
        "FromPort": first,
        "ToPort": last,
        key: [{cidr: str(peer), "Description": about} for peer in item.peers],
    }
