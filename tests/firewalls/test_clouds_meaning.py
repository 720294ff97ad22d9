"""The clouds' filters read back: the policy as widened on request, and not a packet more."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.firewalls.common.document import Rendered
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Policy
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.reverse import with_replies
from support.branch_policy import ACCEPTED, BRANCH, DEVICE, branch_for
from support.firewalls.cloud_readers import READERS, SERVERS, permitted


def rendered(target: str) -> Rendered:
    return render_rules(
        TARGETS[target], branch_for(target), replace(DEVICE, widen=ACCEPTED.get(target, frozenset()))
    )


def port_blind(policy: Policy, *, types: bool = False) -> Policy:
    """The policy without source ports, and without ICMP types if asked."""
    return replace(
        policy,
        rules=tuple(
            replace(rule, source_ports=ANY_PORT, icmp_type=None if types else rule.icmp_type)
            for rule in policy.rules
        ),
    )


def read(space: Space, target: str) -> PacketSet:
    return permitted(space, READERS[target](rendered(target).text))


def test_security_groups_permit_the_policy_without_source_ports() -> None:
    space = Space()
    assert read(space, "aws-sg-json") == space.permitted(port_blind(BRANCH))


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
    def local(networks: tuple[Network, ...]) -> tuple[Network, ...]:
        return SERVERS if networks[0].subnet_of(SERVERS[0]) else networks  # type: ignore[arg-type]

    space = Space()
    wanted = tuple(
        replace(rule, source=local(rule.source), destination=local(rule.destination))
        for rule in port_blind(with_replies(BRANCH)).rules
    )
    assert read(space, "aws-nacl-json") == space.permitted(Policy("wide", wanted))


def test_entries_of_an_acl_have_one_number_each() -> None:
    (acl,) = json.loads(rendered("aws-nacl-json").text).values()
    entries = acl["Entries"]
    assert len({(item["Egress"], item["RuleNumber"]) for item in entries}) == len(entries)


def test_network_policies_permit_the_policy_without_source_ports() -> None:
    space = Space()
    assert read(space, "kubernetes") == space.permitted(port_blind(branch_for("kubernetes")))


def test_google_rules_permit_the_policy_without_source_ports_and_types() -> None:
    space = Space()
    assert read(space, "gcp") == space.permitted(port_blind(BRANCH, types=True))


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
