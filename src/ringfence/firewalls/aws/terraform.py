"""AWS security groups and network ACLs in Terraform, as what the describe calls would print of them.

Written from the Terraform language reference (blocks, arguments, expressions) and the AWS provider's pages of
the resources below. Values that Terraform would have to compute are not computed: a rule with one is not
understood.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ringfence.firewalls.aws.read import listing_of
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.reading import Reading, lines_of
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import prefix, touching

Json: TypeAlias = Any
_WHAT = "Terraform configuration"
_TOKEN = re.compile(
    r'(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<line>\n)|(?P<string>"(?:[^"\\\n]|\\.)*")|'
    r"(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.*-]*)|(?P<sign>.)",
    re.DOTALL,
)
_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression that only Terraform can turn into a value."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class TerraformBlock:
    """`resource "aws_security_group" "name" { ... }`"""

    kind: str
    labels: list[str]
    line: int
    values: dict[str, Json] = field(default_factory=dict)
    inner: list["TerraformBlock"] = field(default_factory=list)

    def all(self, kind: str) -> list["TerraformBlock"]:
        return [one for one in self.inner if one.kind == kind]


class _Parser:
    """The tokens of a text, taken one by one. InputError for what is no Terraform."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        line = 1
        for found in _TOKEN.finditer(text):
            kind, word = found.lastgroup or "", found[0]
            if kind != "space":
                self.tokens.append((kind, word, line))
            line += word.count("\n")
        self.at = 0

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", self.last)

    @property
    def last(self) -> int:
        return self.tokens[-1][2] if self.tokens else 1

    def take(self) -> tuple[str, str, int]:
        token = self.peek()
        self.at += 1
        return token

    def skip_lines(self) -> None:
        while self.peek()[0] == "line":
            self.at += 1

    def blocks(self, depth: int = 0, end: str = "end") -> tuple[dict[str, Json], list[TerraformBlock]]:
        """Arguments and blocks up to the end of the text or of the block around them."""
        values: dict[str, Json] = {}
        inner: list[TerraformBlock] = []
        while True:
            self.skip_lines()
            kind, word, line = self.take()
            if end in {kind, word}:
                return values, inner
            if kind not in {"name", "string"} or depth > _DEPTH:
                raise self.damaged(word, line)
            labels: list[str] = []
            while self.peek()[0] in {"name", "string"}:
                labels.append(_unquoted(self.take()[1]))
            sign = self.take()[1]
            if sign == "=" and not labels:
                values[_unquoted(word)] = self.value(depth)
            elif sign == "{":
                own = TerraformBlock(word, labels, line)
                own.values, own.inner = self.blocks(depth + 1, "}")
                inner.append(own)
            else:
                raise self.damaged(sign, line)

    def value(self, depth: int) -> Json:
        kind, word, line = self.take()
        if depth > _DEPTH:
            raise self.damaged(word, line)
        found: Json = Computed(word)
        if kind == "string":
            found = Computed(word) if "${" in word or "%{" in word else _unquoted(word)
        elif kind == "number":
            found = int(word) if word.lstrip("-").isdigit() and len(word) < 12 else Computed(word)
        elif word in {"true", "false"}:
            found = word == "true"
        elif word == "[":
            found = self.members("]", depth)
        elif word == "{":
            found = self.members("}", depth)
        # Whatever goes on behind a value makes it one to compute.
        rest: list[str] = []
        level = 0
        while level > 0 or (self.peek()[0] not in {"line", "end"} and self.peek()[1] not in {",", "]", "}"}):
            kind, more, _ = self.take()
            if kind == "end":
                break
            level += (more in "([{" and kind == "sign") - (more in ")]}" and kind == "sign")
            rest.append(more)
        return Computed(" ".join((str(found), *rest))) if rest else found

    def members(self, end: str, depth: int) -> Json:
        """Of a list, or (`key = value`) of a map."""
        values: list[Json] = []
        named: dict[str, Json] = {}
        while True:
            while self.peek()[0] == "line" or self.peek()[1] == ",":
                self.at += 1
            kind, word, line = self.peek()
            if word == end:
                self.at += 1
                return named if end == "}" else values
            if kind == "end":
                raise self.damaged("the end of the text", line)
            if end == "}":
                key = _unquoted(self.take()[1])
                if self.take()[1] not in {"=", ":"}:
                    raise self.damaged(word, line)
                named[key] = self.value(depth + 1)
            else:
                values.append(self.value(depth + 1))

    def damaged(self, word: str, line: int) -> InputError:
        return InputError(f"{word[:40]!r} where it has no place", where=f"{_WHAT} line {line}")


def _unquoted(word: str) -> str:
    return word[1:-1] if word.startswith('"') else word


def read_terraform(text: str, zones: Named | None = None) -> Listing:
    """Groups and ACLs; `zones` names the networks that a group or an ACL (by name) is attached to.

    InputError when the text is no Terraform, or has neither.
    """
    lines_of(text, _WHAT)
    _, found = _Parser(text).blocks()
    reading = Reading()
    groups = {one.labels[1]: _group(one) for one in _resources(found, "aws_security_group")}
    acls = {one.labels[1]: _acl(one) for one in _resources(found, "aws_network_acl")}
    acls |= {one.labels[0]: acl for one in found if (acl := _given_acl(one)) is not None}
    if not groups and not acls:
        raise InputError("neither security groups nor network ACLs", where=_WHAT)
    for block in found:
        _add(block, groups, acls, reading)
    return listing_of(list(groups.values()), list(acls.values()), zones, reading)


def _resources(found: Iterable[TerraformBlock], kind: str) -> list[TerraformBlock]:
    return [one for one in found if one.kind == "resource" and len(one.labels) == 2 and one.labels[0] == kind]


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
    computed = bool({"count", "for_each"} & block.values.keys() or block.all("dynamic"))
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
