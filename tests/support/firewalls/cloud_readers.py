"""The texts of filters at one side, read back: small readers of the tests' own."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.packetset import PacketSet, Space
from support.branch_policy import nets

SERVERS = nets("10.1.0.0/24")
PROTOCOLS = {p.word: p for p in Protocol} | {str(int(p)): p for p in Protocol}


def permitted(space: Space, rules: Iterator[Rule]) -> PacketSet:
    return space.permitted(Policy("read", tuple(replace(rule, id=str(n)) for n, rule in enumerate(rules))))


def rule(inbound: bool, here: tuple[Network, ...], there: tuple[Network, ...], protocol: str) -> Rule:
    return Rule("", there if inbound else here, here if inbound else there, PROTOCOLS[protocol.lower()])


def security_groups(text: str) -> Iterator[Rule]:
    for group in json.loads(text).values():
        for key, inbound in (("IpPermissions", True), ("IpPermissionsEgress", False)):
            for item in group[key]:
                peers = nets(*(peer["CidrIp"] for peer in item["IpRanges"]))
                one = rule(inbound, nets(group["AttachTo"]), peers, item["IpProtocol"])
                first, last = item["FromPort"], item["ToPort"]
                if one.protocol is Protocol.ICMP:
                    yield replace(one, icmp_type=None if first == -1 else first)
                else:
                    yield replace(one, destination_ports=PortRange(first, last))


def network_acl(text: str) -> Iterator[Rule]:
    (acl,) = json.loads(text).values()
    for item in acl["Entries"]:
        if item["Protocol"] == "-1":
            continue  # the final deny
        one = rule(not item["Egress"], SERVERS, nets(item["CidrBlock"]), item["Protocol"])
        one = replace(one, action=Action.PERMIT if item["RuleAction"] == "allow" else Action.DENY)
        if one.protocol is Protocol.ICMP:
            kind = item["IcmpTypeCode"]["Type"]
            yield replace(one, icmp_type=None if kind == -1 else kind)
        else:
            span = item["PortRange"]
            yield replace(one, destination_ports=PortRange(span["From"], span["To"]))


def azure(text: str) -> Iterator[Rule]:
    for item in json.loads(text)["resources"][0]["properties"]["securityRules"]:
        it = item["properties"]
        if it["protocol"] == "*":
            continue  # the final deny
        yield Rule(
            "",
            nets(*it["sourceAddressPrefixes"]),
            nets(*it["destinationAddressPrefixes"]),
            PROTOCOLS[it["protocol"].lower()],
            span(it["sourcePortRange"]),
            span(it["destinationPortRange"]),
            action=Action.PERMIT if it["access"] == "Allow" else Action.DENY,
        )


def google(text: str) -> Iterator[Rule]:
    for block in text.split("resource ")[1:]:
        ends = [
            nets(*re.findall(r'"([^"]+)"', re.findall(rf"{end}_ranges\s+= (.*)", block)[0]))
            for end in ("source", "destination")
        ]
        (protocol,) = re.findall(r'protocol = "(\w+)"', block)
        if protocol == "all":
            continue  # the final deny
        ports = re.findall(r'ports\s+= \["([\d-]+)"\]', block)
        one = Rule("", ends[0], ends[1], PROTOCOLS[protocol], destination_ports=span(*ports))
        yield replace(one, action=Action.DENY if "deny {" in block else Action.PERMIT)


def kubernetes(text: str) -> Iterator[Rule]:
    for item in yaml.safe_load_all(text):
        spec = item["spec"]
        (label,) = spec["podSelector"]["matchLabels"].values()
        here = nets(label.removeprefix("ip-").replace("_", "/"))
        for key, end, inbound in (("ingress", "from", True), ("egress", "to", False)):
            for entry in spec[key]:
                peers = nets(*(peer["ipBlock"]["cidr"] for peer in entry[end]))
                (to,) = entry["ports"]
                one = rule(inbound, here, peers, to["protocol"])
                first = to.get("port", 0)
                last = to.get("endPort", first) if "port" in to else 65535
                yield replace(one, destination_ports=PortRange(first, last))


def opnsense(text: str) -> Iterator[Rule]:
    for line in text.splitlines():
        it: dict[str, Any] = json.loads(line)["rule"]
        if it["protocol"] == "any":
            continue  # the final block
        yield Rule(
            "",
            nets(it["source_net"]),
            nets(it["destination_net"]),
            PROTOCOLS[it["protocol"].lower()],
            span(it.get("source_port", "*")),
            span(it.get("destination_port", "*")),
            {"echoreq": 8, None: None}[it.get("icmptype")],
            action=Action.PERMIT if it["action"] == "pass" else Action.DENY,
        )


def span(word: str = "*") -> PortRange:
    low, _, high = word.partition("-")
    return ANY_PORT if word == "*" else PortRange(int(low), int(high or low))


READERS: dict[str, Callable[[str], Iterator[Rule]]] = {
    "aws-sg-json": security_groups,
    "aws-nacl-json": network_acl,
    "azure-nsg": azure,
    "gcp": google,
    "kubernetes": kubernetes,
    "opnsense": opnsense,
}
