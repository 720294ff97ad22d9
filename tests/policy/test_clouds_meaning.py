"""The clouds' filters read back: the policy as widened on request, and not a packet more."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from branch_policy import ACCEPTED, BRANCH, DEVICE, branch_for, nets
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.policy.dialects import WRITERS
from ringfence.policy.dialects.document import Rendered
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.reverse import with_replies

SERVERS = nets("10.1.0.0/24")
PROTOCOLS = {protocol.word: protocol for protocol in Protocol} | {str(int(p)): p for p in Protocol}


def rendered(target: str) -> Rendered:
    return WRITERS[target](branch_for(target), replace(DEVICE, widen=ACCEPTED.get(target, frozenset())))


def opening(inbound: bool, here: tuple[Network, ...], there: tuple[Network, ...], protocol: Protocol) -> Rule:
    return Rule("", there if inbound else here, here if inbound else there, protocol)


def permitted(space: Space, rules: Iterator[Rule]) -> PacketSet:
    return space.permitted(Policy("read", tuple(replace(rule, id=str(n)) for n, rule in enumerate(rules))))


def port_blind(policy: Policy, *, types: bool = False) -> Policy:
    """The policy without source ports, and without ICMP types if asked."""
    return replace(
        policy,
        rules=tuple(
            replace(rule, source_ports=ANY_PORT, icmp_type=None if types else rule.icmp_type)
            for rule in policy.rules
        ),
    )


def test_security_groups_permit_the_policy_without_source_ports() -> None:
    def read() -> Iterator[Rule]:
        for group in json.loads(rendered("aws-sg-json").text).values():
            for key, inbound in (("IpPermissions", True), ("IpPermissionsEgress", False)):
                for item in group[key]:
                    peers = nets(*(peer["CidrIp"] for peer in item["IpRanges"]))
                    one = opening(inbound, nets(group["AttachTo"]), peers, PROTOCOLS[item["IpProtocol"]])
                    if one.protocol is Protocol.ICMP:
                        yield replace(one, icmp_type=item["FromPort"])
                    else:
                        yield replace(one, destination_ports=PortRange(item["FromPort"], item["ToPort"]))

    space = Space()
    assert permitted(space, read()) == space.permitted(port_blind(BRANCH))


def test_terraform_and_json_say_the_same_groups() -> None:
    terraform = rendered("aws-sg").text
    listed = json.loads(rendered("aws-sg-json").text)
    spans = sorted(
        (item["IpProtocol"], item["FromPort"], item["ToPort"], peer["CidrIp"])
        for group in listed.values()
        for item in group["IpPermissions"] + group["IpPermissionsEgress"]
        for peer in item["IpRanges"]
    )
    blocks = re.findall(
        r'ip_protocol\s+= "(\w+)"\s+from_port\s+= (-?\d+)\s+to_port\s+= (-?\d+)\s+cidr_ipv4\s+= "(\S+)"',
        terraform,
    )
    assert sorted((p, int(a), int(b), c) for p, a, b, c in blocks) == spans


def test_network_acls_permit_openers_and_replies_of_the_whole_subnet() -> None:
    def read() -> Iterator[Rule]:
        for item in json.loads(rendered("aws-nacl-json").text):
            one = opening(not item["Egress"], SERVERS, nets(item["CidrBlock"]), PROTOCOLS[item["Protocol"]])
            if one.protocol is Protocol.ICMP:
                yield replace(one, icmp_type=item["IcmpTypeCode"]["Type"])
            else:
                span = item["PortRange"]
                yield replace(one, destination_ports=PortRange(span["From"], span["To"]))

    def local(networks: tuple[Network, ...]) -> tuple[Network, ...]:
        return SERVERS if networks[0].subnet_of(SERVERS[0]) else networks  # type: ignore[arg-type]

    space = Space()
    wanted = tuple(
        replace(rule, source=local(rule.source), destination=local(rule.destination))
        for rule in port_blind(with_replies(BRANCH)).rules
    )
    assert permitted(space, read()) == space.permitted(Policy("wide", wanted))


def test_entries_of_an_acl_have_one_number_each() -> None:
    entries = json.loads(rendered("aws-nacl-json").text)
    assert len({(item["Egress"], item["RuleNumber"]) for item in entries}) == len(entries)


def test_network_policies_permit_the_policy_without_source_ports() -> None:
    def read() -> Iterator[Rule]:
        for item in yaml.safe_load_all(rendered("kubernetes").text):
            spec = item["spec"]
            (label,) = spec["podSelector"]["matchLabels"].values()
            here = nets(label.removeprefix("ip-").replace("_", "/"))
            for key, end, inbound in (("ingress", "from", True), ("egress", "to", False)):
                for entry in spec[key]:
                    peers = nets(*(peer["ipBlock"]["cidr"] for peer in entry[end]))
                    (port,) = entry["ports"]
                    one = opening(inbound, here, peers, Protocol[port["protocol"]])
                    yield replace(
                        one, destination_ports=PortRange(port["port"], port.get("endPort", port["port"]))
                    )

    space = Space()
    assert permitted(space, read()) == space.permitted(port_blind(branch_for("kubernetes")))


def test_google_rules_permit_the_policy_without_source_ports_and_types() -> None:
    def read() -> Iterator[Rule]:
        for block in rendered("gcp").text.split("resource ")[1:]:
            if "deny {" in block:
                continue
            ends = [
                nets(*re.findall(r'"([^"]+)"', re.findall(rf"{end}_ranges\s+= (.*)", block)[0]))
                for end in ENDS
            ]
            (protocol,) = re.findall(r'protocol = "(\w+)"', block)
            spans = re.findall(r'ports\s+= \["(\d+)(?:-(\d+))?"\]', block)
            one = Rule("", ends[0], ends[1], PROTOCOLS[protocol])
            yield (
                replace(one, destination_ports=PortRange(int(spans[0][0]), int(spans[0][1] or spans[0][0])))
                if spans
                else one
            )

    space = Space()
    assert permitted(space, read()) == space.permitted(port_blind(BRANCH, types=True))


ENDS = ("source", "destination")


@pytest.mark.skipif(shutil.which("aclgen") is None, reason="aerleon is not installed")
def test_aerleon_takes_its_export_and_writes_the_same_entries_as_we_do(tmp_path: Path) -> None:
    policy, definitions = rendered("aerleon").text.split("\n---\n")
    for name, content in (("policies/pol/p.yaml", policy + "\n"), ("def/d.yaml", definitions)):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    (tmp_path / "out").mkdir()
    folders = [
        *("--base_directory", "policies"),
        *("--definitions_directory", "def"),
        *("--output_directory", "out"),
    ]
    subprocess.run(["aclgen", *folders], cwd=tmp_path, capture_output=True, timeout=60, check=True)
    theirs = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    ours = rendered("cisco-zbf").text
    assert sorted(re.findall(r"permit .*", theirs)) == sorted(re.findall(r"permit .*", ours))
