"""AWS security groups and network ACLs in Terraform, as what the describe calls would print of them.

Written from the AWS provider's pages of the resources below; in the language, or the JSON of a plan or state.
Values that Terraform would have to compute are not computed: a rule with one is not understood.
"""

from collections.abc import Mapping

from ringfence.firewalls.aws.read import listing_of
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.json_text import Json
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.firewalls.common.terraform.blocks import many, resources, terraform_of
from ringfence.firewalls.common.terraform.language import Computed, TerraformBlock
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import prefix, touching

_WHAT = "Terraform configuration"


def read_terraform(text: str, zones: Named | None = None) -> Listing:
    """Groups and ACLs; `zones` names the networks that a group or an ACL (by name) is attached to.

    InputError when the text is no Terraform, or has neither.
    """
    found = terraform_of(text)
    reading = Reading()
    groups = {one.labels[1]: _group(one) for one in resources(found, "aws_security_group")}
    acls = {one.labels[1]: _acl(one) for one in resources(found, "aws_network_acl")}
    acls |= {one.labels[0]: acl for one in found if (acl := _given_acl(one)) is not None}
    if not groups and not acls:
        raise InputError("neither security groups nor network ACLs", where=_WHAT)
    for block in found:
        _add(block, groups, acls, reading)
    return listing_of(list(groups.values()), list(acls.values()), zones, reading)


# Resources that can drop what groups and ACLs let through, or change them, with the reason of each.
_DROPS = {
    "aws_networkfirewall_": "a network firewall on the way has rules of its own",
    "aws_fms_policy": "Firewall Manager puts groups and ACLs in place of these",
}


def _note_other(block: TerraformBlock, reading: Reading) -> None:
    """What drops beside groups and ACLs, with the packets that it can concern."""
    kind, name = block.labels
    text = f"resource {kind} {name}"
    if kind == "aws_ec2_transit_gateway_route" and block.values.get("blackhole") is True:
        try:
            boxes = touching(prefix(str(block.values.get("destination_cidr_block"))))
        except NotUnderstood:
            boxes = None
        reading.stray(block.line, text, "a route that discards", boxes)
    why = next((why for begin, why in _DROPS.items() if kind.startswith(begin)), "")
    if why:
        reading.stray(block.line, text, why)


def _add(
    block: TerraformBlock, groups: Mapping[str, Json], acls: Mapping[str, Json], reading: Reading
) -> None:
    """A rule to its group or ACL; what makes rules elsewhere is named."""
    if block.kind == "module":
        reading.stray(
            block.line, f"module {' '.join(block.labels)}", "the rules of a module are not in the text"
        )
    if block.kind != "resource" or len(block.labels) != 2:
        return
    kind, name = block.labels
    text = f"resource {kind} {name}"
    concerns = "security_group" in kind or "network_acl" in kind
    computed = many(block)
    rule = _RULES.get(kind)
    of_group = rule is not None and rule[0] == "security_group_id"
    if concerns and computed and not of_group:
        reading.stray(block.line, text, "as many as Terraform computes")
    if rule is None:
        if concerns and kind not in _READ:
            reading.stray(block.line, text, "rules of a kind that is not read")
        elif not concerns:
            _note_other(block, reading)
        return
    key, way = rule
    owner = str(block.values.get(key, "")).split(".")
    held = acls if key == "network_acl_id" else groups
    if len(owner) < 2 or owner[1] not in held:
        reading.stray(block.line, text, "a rule of something that is not in the text")
    elif held is acls:
        acls[owner[1]]["Entries"].append(_entry(block.values, block.values.get("egress") is True))
    else:
        way = way or str(block.values.get("type", ""))
        permission = _permission(block.values)
        if computed:  # what it permits is permitted beside all else, or not
            permission["Computed"] = "as many as Terraform computes"
        groups[owner[1]]["IpPermissionsEgress" if way == "egress" else "IpPermissions"].append(permission)


_RULES = {
    "aws_vpc_security_group_ingress_rule": ("security_group_id", "ingress"),
    "aws_vpc_security_group_egress_rule": ("security_group_id", "egress"),
    "aws_security_group_rule": ("security_group_id", ""),
    "aws_network_acl_rule": ("network_acl_id", ""),
}
_READ = frozenset(
    (
        "aws_security_group",
        "aws_network_acl",
        "aws_network_acl_association",
        "aws_network_interface_sg_attachment",
    )
)


def _group(block: TerraformBlock) -> dict[str, Json]:
    return {
        "GroupId": block.labels[1],
        "GroupName": str(block.values.get("name", block.labels[1])),
        "Tags": _tags(block),
        "IpPermissions": [_permission(one.values) for one in block.all("ingress")],
        "IpPermissionsEgress": [_permission(one.values) for one in block.all("egress")],
    }


def _acl(block: TerraformBlock) -> dict[str, Json]:
    entries = [
        _entry(one.values, one.kind == "egress") for one in (*block.all("ingress"), *block.all("egress"))
    ]
    return {"NetworkAclId": block.labels[1], "Tags": _tags(block), "Entries": entries}


def _given_acl(block: TerraformBlock) -> Json | None:
    """An ACL that a variable names, where the variable says as our writer does what it is attached to."""
    attached = str(block.values.get("description", "")).partition(" ")
    if block.kind != "variable" or len(block.labels) != 1 or attached[0] != ATTACHED:
        return None
    return {
        "NetworkAclId": block.labels[0],
        "Tags": [{"Key": ATTACHED, "Value": attached[2]}],
        "Entries": [],
    }


def _tags(block: TerraformBlock) -> list[dict[str, str]]:
    tags = block.values.get("tags")
    return [{"Key": k, "Value": str(v)} for k, v in tags.items()] if isinstance(tags, dict) else []


def _permission(values: Mapping[str, Json]) -> dict[str, Json]:
    protocol = str(values.get("ip_protocol", values.get("protocol", "")))
    four = [values["cidr_ipv4"]] if "cidr_ipv4" in values else values.get("cidr_blocks", [])
    six = [values["cidr_ipv6"]] if "cidr_ipv6" in values else values.get("ipv6_cidr_blocks", [])
    others = {"referenced_security_group_id", "source_security_group_id", "security_groups"} & values.keys()
    found: dict[str, Json] = {
        "IpProtocol": {"all": "-1"}.get(protocol, protocol),
        "FromPort": _told(values.get("from_port")),
        "ToPort": _told(values.get("to_port")),
        "IpRanges": [{"CidrIp": str(one)} for one in _listed(four)],
        "Ipv6Ranges": [{"CidrIpv6": str(one)} for one in _listed(six)],
    }
    if others or values.get("self") is True:
        found["UserIdGroupPairs"] = [{"GroupId": str(values.get(one))} for one in sorted(others)] or ["self"]
    if {"prefix_list_id", "prefix_list_ids"} & values.keys():
        found["PrefixListIds"] = ["given"]
    return found


def _told(value: Json) -> Json:
    """The value, or the words of one to compute, which are no number to anybody."""
    return str(value) if isinstance(value, Computed) else value


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _entry(values: Mapping[str, Json], egress: bool) -> dict[str, Json]:
    number = values.get("rule_number", values.get("rule_no"))
    protocol = str(values.get("protocol", ""))
    found: dict[str, Json] = {
        "RuleNumber": number if isinstance(number, int) else None,
        "Egress": egress,
        "Protocol": {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}.get(protocol, protocol),
        "RuleAction": str(values.get("rule_action", values.get("action", ""))),
    }
    for key, word in (("CidrBlock", "cidr_block"), ("Ipv6CidrBlock", "ipv6_cidr_block")):
        if word in values:
            found[key] = str(values[word])
    if protocol in {"1", "icmp", "58"}:
        types = _told(values.get("icmp_type", -1)), _told(values.get("icmp_code", -1))
        found["IcmpTypeCode"] = {"Type": types[0], "Code": types[1]}
    elif "from_port" in values and protocol not in {"-1", "all"}:
        found["PortRange"] = {"From": _told(values.get("from_port")), "To": _told(values.get("to_port"))}
    return found
