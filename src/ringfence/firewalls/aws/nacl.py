"""AWS network ACLs: stateless, at the subnet; no source ports, and no address on the subnet's own side.

Written from the Terraform AWS provider 5 (aws_network_acl, aws_network_acl_rule) and the EC2 API's
CreateNetworkAclEntry.
"""

import json
from dataclasses import dataclass
from typing import Any

from ringfence.firewalls.common.annotation import header, plain, remark, stated
from ringfence.firewalls.common.capability import Capability, Need, Widening
from ringfence.firewalls.common.document import Device, Rendered, lies_within
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, attachments, inside_networks, is_icmp
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.firewalls.common.terraform.state import removed_from_state
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.reverse import with_replies

_CAN = frozenset({Need.ICMP, Need.ICMP_TYPE, Need.IPV6, Need.DENY})
ACL_TERRAFORM = Capability(
    "aws-nacl", _CAN, zones=True, one_zone=True, stateful=False, stateless=True, exclusive=True
)
ACL_JSON = Capability(
    "aws-nacl-json", _CAN, zones=True, one_zone=True, stateful=False, stateless=True, exclusive=True
)
# An ACL of our own is numbered as AWS does; in the subnet's own our entries stand before its first, 100.
_OWN, _BEFORE = range(100, 32767, 10), range(10, 100)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A numbered entry; two rules that come to the same entry are one. `rule` None: the deny of the rest."""

    number: int
    egress: bool
    peer: Network
    rule: Rule | None

    @property
    def id(self) -> str:
        return "final-deny" if self.rule is None else checked_id(self.rule.id)


def insert_entries(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion | None:
    """Entries with free numbers before the one that stops the packets, as commands.

    None where no ACL is at hand to be asked for its numbers. InputError where no number is free.
    """
    if at is None or at.row is None or not at.row.place.list:
        return None
    acl, egress, stop = at.row.place.list, at.row.place.way == "egress", at.row.place.number
    taken = {row.place.number for row in at.chain.rows if row.place.list == acl}
    free = (number for number in range(stop - 1, 0, -1) if number not in taken)
    inside = inside_networks(device, ACL_JSON.target)
    found: dict[tuple[object, ...], tuple[Network, Rule]] = {}
    for rule in policy.rules:
        for item in attachments(rule, inside, ACL_JSON.target):
            for peer in item.peers if item.inbound is not egress else ():
                key = (peer, rule.protocol, rule.destination_ports, rule.icmp_type)
                found.setdefault(key, (peer, rule))
    lines = []
    for peer, rule in found.values():
        number = next(free, 0)
        if not number:
            raise InputError(f"no number is free before {stop}", where=acl, remedy="number its entries anew")
        lines.append(_command(acl, _Entry(number, egress, peer, rule)))
    return insertion(f"before entry {stop} of {acl}", lines)


def _command(acl: str, entry: _Entry) -> str:
    call = _call(entry)
    words = [f"--rule-number {entry.number}", f"--protocol {call['Protocol']}", "--rule-action allow"]
    words += [
        f"--cidr-block {call['CidrBlock']}"
        if "CidrBlock" in call
        else f"--ipv6-cidr-block {call['Ipv6CidrBlock']}"
    ]
    if "PortRange" in call:
        words.append(f"--port-range From={call['PortRange']['From']},To={call['PortRange']['To']}")
    if "IcmpTypeCode" in call:
        words.append(f"--icmp-type-code Type={call['IcmpTypeCode']['Type']},Code=-1")
    way = "--egress" if entry.egress else "--ingress"
    return f"aws ec2 create-network-acl-entry --network-acl-id {acl} {way} {' '.join(words)}"


def write_acl_terraform(policy: Policy, device: Device) -> Rendered:
    """The ACL as Terraform. InputError for what cannot be written as stated."""
    entries, widenings = _entries(policy, device, ACL_TERRAFORM)
    stem = checked_stem(device.name)
    lines = header(policy, device, "#", "an AWS network ACL", zones=True)
    inside = " ".join(map(str, inside_networks(device, ACL_TERRAFORM.target)))
    lines += _own_acl(stem, inside) if device.exclusive else _subnets_acl(inside)
    acl = f"aws_network_acl.{stem}.id" if device.exclusive else "var.network_acl_id"
    for entry in entries:
        if device.comments and entry.rule is not None:
            lines += [f"# {remark(entry.id, entry.rule)}"]
        lines += [f'resource "aws_network_acl_rule" "{stem}-{_way(entry)}-{entry.number}" {{']
        lines += [f"  network_acl_id = {acl}"]
        lines += [f"  {key:<14} = {json.dumps(value)}" for key, value in _fields(entry).items()]
        lines += ["}"]
    return Rendered(
        target=ACL_TERRAFORM.target,
        text="\n".join(lines) + "\n",
        apply=("terraform plan -out plan", "terraform apply plan"),
        verify=("terraform plan -detailed-exitcode",),
        rollback=(
            *(("# associate the subnets with their previous ACL",) if device.exclusive else ()),
            *removed_from_state(stem),
        ),
        notes=_notes(device),
        widenings=widenings,
    )


def write_acl_json(policy: Policy, device: Device) -> Rendered:
    """The entries as CreateNetworkAclEntry arguments. InputError for what cannot be written as stated."""
    stem = checked_stem(device.name)
    entries, widenings = _entries(policy, device, ACL_JSON)
    said = plain("; ".join(stated(policy, device)), 255)
    calls = [
        {
            "RuleNumber": entry.number,
            "Egress": entry.egress,
            "Description": f"{entry.id} ({said})" if said else entry.id,
        }
        | _call(entry)
        for entry in entries
    ]
    inside = " ".join(map(str, inside_networks(device, ACL_JSON.target)))
    body = {stem: {ATTACHED: inside, "Entries": calls}}
    return Rendered(
        target=ACL_JSON.target,
        text=json.dumps(body, indent=2) + "\n",
        apply=(
            *(("aws ec2 create-network-acl --vpc-id <VPC>",) if device.exclusive else ()),
            "# for each of its Entries, without its Description:",
            "aws ec2 create-network-acl-entry --network-acl-id <ACL> --cli-input-json <ENTRY>",
            *((f"{_ASSOCIATE} <ACL>",) if device.exclusive else ()),
        ),
        verify=("aws ec2 describe-network-acls --network-acl-ids <ACL>",),
        rollback=(f"{_ASSOCIATE} <PREVIOUS ACL>",)
        if device.exclusive
        else (
            "# for each entry:",
            "aws ec2 delete-network-acl-entry --network-acl-id <ACL> --rule-number <NUMBER> "
            "<--ingress or --egress>",
        ),
        notes=_notes(device),
        widenings=widenings,
    )


_ASSOCIATE = "aws ec2 replace-network-acl-association --association-id <ASSOCIATION> --network-acl-id"
_OWNING = (
    "the new ACL is filled first and then takes the old one's place at the subnet in one step",
    "all other traffic of the subnet is dropped, DNS and updates too: add what it needs",
)
_SHARED = (
    "the entries go into the ACL that the subnet has, before its entry 100: what none of them permits is "
    "denied between these zones, all else meets the entries that are there",
    "an entry of the ACL with a number below 10 decides first; two sites at one subnet go into one text: "
    "ringfence rules SITE SITE",
)


def _notes(device: Device) -> tuple[str, ...]:
    return (
        UNVERIFIED,
        *(_OWNING if device.exclusive else _SHARED),
        "an entry number is taken once: loading twice is refused and doubles nothing",
        "an ACL takes 20 entries in each direction unless the account's quota is raised",
        "drops are not logged here: VPC flow logs show REJECT",
    )


def _subnets_acl(inside: str) -> list[str]:
    return [
        'variable "network_acl_id" {',
        "  type        = string",
        f'  description = "{ATTACHED} {inside}"',
        "}",
    ]


def _own_acl(stem: str, inside: str) -> list[str]:
    return [
        'variable "vpc_id" {',
        "  type = string",
        "}",
        'variable "subnet_ids" {',
        "  type = list(string)",
        "}",
        f'resource "aws_network_acl" "{stem}" {{',
        "  vpc_id     = var.vpc_id",
        "  subnet_ids = var.subnet_ids",
        f'  tags       = {{ {ATTACHED} = "{inside}" }}',
        "}",
    ]


def _entries(
    policy: Policy, device: Device, capability: Capability
) -> tuple[list[_Entry], tuple[Widening, ...]]:
    inside = inside_networks(device, capability.target)
    whole, widenings = screen(with_replies(policy), capability, device.widen, inside)
    found: dict[object, tuple[bool, Network, Rule | None]] = {}
    for rule in whole.rules:
        for item in attachments(rule, inside, capability.target):
            for peer in item.peers:
                egress = not item.inbound
                key = (egress, peer, rule.protocol, rule.destination_ports, rule.icmp_type, rule.action)
                found.setdefault(key, (egress, peer, rule))
    if not device.exclusive:
        found |= {(egress, peer): (egress, peer, None) for egress, peer in _others(policy, device, inside)}
    entries: list[_Entry] = []
    for way in (False, True):
        mine = [each for each in found.values() if each[0] is way]
        numbers = _OWN if device.exclusive else _BEFORE
        if len(mine) > len(numbers):
            raise InputError(
                f"{len(mine)} entries do not fit before the subnet's own",
                where=f"policy {policy.name}",
                remedy="write an ACL of its own: --exclusive",
            )
        entries += [_Entry(number, *each) for number, each in zip(numbers, mine, strict=False)]
    return entries, widenings


def _others(policy: Policy, device: Device, inside: tuple[Network, ...]) -> list[tuple[bool, Network]]:
    """Both ways to and from the networks of the other zones."""
    return [
        (egress, peer)
        for pair in zone_pairs(policy, device)
        if not any(lies_within(net, around) for net in pair.sources for around in inside)
        for peer in pair.sources
        for egress in (False, True)
    ]


def _way(entry: _Entry) -> str:
    return "egress" if entry.egress else "ingress"


def _fields(entry: _Entry) -> dict[str, Any]:
    rule = entry.rule
    block = {"cidr_block" if entry.peer.version == 4 else "ipv6_cidr_block": str(entry.peer)}
    if rule is None:
        numbered = {"rule_number": entry.number, "egress": entry.egress}
        return {**numbered, "protocol": "-1", "rule_action": "deny", **block, "from_port": 0, "to_port": 0}
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
    block = {"CidrBlock" if entry.peer.version == 4 else "Ipv6CidrBlock": str(entry.peer)}
    if rule is None:
        return {"Protocol": "-1", "RuleAction": "deny", **block}
    action = "allow" if rule.action is Action.PERMIT else "deny"
    base = {"Protocol": str(int(rule.protocol)), "RuleAction": action, **block}
    if is_icmp(rule):
        return {
            **base,
            "IcmpTypeCode": {"Type": -1 if rule.icmp_type is None else rule.icmp_type, "Code": -1},
        }
    return {**base, "PortRange": {"From": rule.destination_ports.first, "To": rule.destination_ports.last}}
