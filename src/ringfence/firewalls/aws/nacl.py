"""AWS network ACLs: stateless, at the subnet; no source ports, and no address on the subnet's own side.

Written from the Terraform AWS provider 5 (aws_network_acl, aws_network_acl_rule) and the EC2 API's
CreateNetworkAclEntry.
"""

import json
from dataclasses import dataclass
from typing import Any

from ringfence.firewalls.aws.tags import ATTACHED
from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import Capability, Need, Widening
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, attachments, inside_networks, is_icmp
from ringfence.model.address import Network
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.reverse import with_replies

_CAN = frozenset({Need.ICMP, Need.ICMP_TYPE, Need.IPV6, Need.DENY})
ACL_TERRAFORM = Capability("aws-nacl", _CAN, zones=True, stateful=False, stateless=True)
ACL_JSON = Capability("aws-nacl-json", _CAN, zones=True, stateful=False, stateless=True)
_FIRST, _STEP = 100, 10


@dataclass(frozen=True, slots=True)
class _Entry:
    """A numbered entry; two rules that come to the same entry are one."""

    number: int
    egress: bool
    peer: Network
    rule: Rule


def write_acl_terraform(policy: Policy, device: Device) -> Rendered:
    """The ACL as Terraform. InputError for what cannot be written as stated."""
    entries, widenings = _entries(policy, device, ACL_TERRAFORM)
    stem = checked_stem(device.name)
    inside = " ".join(map(str, inside_networks(device, ACL_TERRAFORM.target)))
    lines = [
        *header(policy, device, "#", "an AWS network ACL", zones=True),
        'variable "vpc_id" {',
        "  type = string",
        "}",
        'variable "subnet_ids" {',
        "  type = list(string)",
        "}",
    ]
    lines += [
        f'resource "aws_network_acl" "{stem}" {{',
        "  vpc_id     = var.vpc_id",
        "  subnet_ids = var.subnet_ids",
        f'  tags       = {{ {ATTACHED} = "{inside}" }}',
        "}",
    ]
    for entry in entries:
        if device.comments:
            lines += [f"# {remark(checked_id(entry.rule.id), entry.rule)}"]
        lines += [f'resource "aws_network_acl_rule" "{stem}-{_way(entry)}-{entry.number}" {{']
        lines += [f"  network_acl_id = aws_network_acl.{stem}.id"]
        lines += [f"  {key:<14} = {json.dumps(value)}" for key, value in _fields(entry).items()]
        lines += ["}"]
    return Rendered(
        target=ACL_TERRAFORM.target,
        text="\n".join(lines) + "\n",
        apply=("terraform plan -out plan", "terraform apply plan"),
        verify=("terraform plan -detailed-exitcode",),
        rollback=("# associate the subnets with their previous ACL, then: terraform destroy",),
        notes=_NOTES,
        widenings=widenings,
    )


def write_acl_json(policy: Policy, device: Device) -> Rendered:
    """The entries as CreateNetworkAclEntry arguments. InputError for what cannot be written as stated."""
    checked_stem(device.name)
    entries, widenings = _entries(policy, device, ACL_JSON)
    body = [
        {"RuleNumber": entry.number, "Egress": entry.egress, "Description": checked_id(entry.rule.id)}
        | _call(entry)
        for entry in entries
    ]
    return Rendered(
        target=ACL_JSON.target,
        text=json.dumps(body, indent=2) + "\n",
        apply=(
            "aws ec2 create-network-acl --vpc-id VPC",
            "# for each entry: aws ec2 create-network-acl-entry --network-acl-id ACL ... (without "
            "Description)",
            "aws ec2 replace-network-acl-association --association-id ASSOCIATION --network-acl-id ACL",
        ),
        verify=("aws ec2 describe-network-acls --network-acl-ids ACL",),
        rollback=(
            "aws ec2 replace-network-acl-association --association-id ASSOCIATION --network-acl-id OLD",
        ),
        notes=_NOTES,
        widenings=widenings,
    )


_NOTES = (
    UNVERIFIED,
    "the new ACL is filled first and then takes the old one's place at the subnet in one step",
    "everything else of the subnet stops, DNS and updates included: add what it needs",
    "an entry number is taken once: loading twice is refused and doubles nothing",
    "an ACL takes 20 entries in each direction unless the account's quota is raised",
    "drops are not logged here: VPC flow logs show REJECT",
)


def _entries(
    policy: Policy, device: Device, capability: Capability
) -> tuple[list[_Entry], tuple[Widening, ...]]:
    inside = inside_networks(device, capability.target)
    whole, widenings = screen(with_replies(policy), capability, device.widen, inside)
    found: list[_Entry] = []
    seen: set[tuple[object, ...]] = set()
    numbers = {True: _FIRST, False: _FIRST}
    for rule in whole.rules:
        for item in attachments(rule, inside, capability.target):
            for peer in item.peers:
                egress = not item.inbound
                key = (egress, peer, rule.protocol, rule.destination_ports, rule.icmp_type, rule.action)
                if key not in seen:
                    seen.add(key)
                    found.append(_Entry(numbers[egress], egress, peer, rule))
                    numbers[egress] += _STEP
    return sorted(found, key=lambda entry: (entry.egress, entry.number)), widenings


def _way(entry: _Entry) -> str:
    return "egress" if entry.egress else "ingress"


def _fields(entry: _Entry) -> dict[str, Any]:
    rule = entry.rule
    block = {"cidr_block" if rule.version == 4 else "ipv6_cidr_block": str(entry.peer)}
    if is_icmp(rule):
        kind = -1 if rule.icmp_type is None else rule.icmp_type
        span = {"icmp_type": kind, "icmp_code": -1}
    else:
        span = {"from_port": rule.destination_ports.first, "to_port": rule.destination_ports.last}
    return {
        "rule_number": entry.number,
        "egress": entry.egress,
        "protocol": str(int(rule.protocol)),
        "rule_action": "allow" if rule.action is Action.PERMIT else "deny",
        **block,
        **span,
    }


def _call(entry: _Entry) -> dict[str, Any]:
    rule = entry.rule
    block = {"CidrBlock" if rule.version == 4 else "Ipv6CidrBlock": str(entry.peer)}
    action = "allow" if rule.action is Action.PERMIT else "deny"
    base = {"Protocol": str(int(rule.protocol)), "RuleAction": action, **block}
    if is_icmp(rule):
        return {
            **base,
            "IcmpTypeCode": {"Type": -1 if rule.icmp_type is None else rule.icmp_type, "Code": -1},
        }
    return {**base, "PortRange": {"From": rule.destination_ports.first, "To": rule.destination_ports.last}}
