"""The texts read back by small readers of their own: the packets they permit are those of the policy."""

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from itertools import pairwise

import pytest
from hypothesis import given, settings

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.reverse import with_replies
from support.branch_policy import ACCEPTED, BRANCH, DEVICE, nets
from support.firewalls.rule_lists import rule_lists
from support.peers.nft_kernel import UNSHARE

ICMP = {Protocol.ICMP, Protocol.ICMPV6}


def text(target: str, policy: Policy = BRANCH, device: Device = DEVICE) -> str:
    return render_rules(
        TARGETS[target], policy, replace(device, widen=ACCEPTED.get(target, frozenset()))
    ).text


def same(space: Space, rules: Iterator[Rule]) -> PacketSet:
    return space.permitted(Policy("read", tuple(replace(rule, id=str(n)) for n, rule in enumerate(rules))))


def rule(action: str, protocol: Protocol, ends: tuple[Network, Network], ports: list[str]) -> Rule:
    """A rule from words; `ports` are source and destination port, or the ICMP type, '' for any."""
    permit = action.lower() in {"permit", "accept", "allow"}
    base = Rule("", (ends[0],), (ends[1],), protocol, action=Action.PERMIT if permit else Action.DENY)
    if protocol in ICMP:
        return replace(base, icmp_type=int(ports[0]) if ports[0] else None)
    first, second = (span(word) for word in ports)
    return replace(base, source_ports=first, destination_ports=second)


def span(word: str) -> PortRange:
    if word in {"", "any"}:
        return ANY_PORT
    low, _, high = word.replace(":", "-").partition("-")
    return PortRange(int(low), int(high or low))


def cisco(listed: str, wildcard: bool) -> Iterator[Rule]:
    """The entries of extended access lists, IOS with wildcard masks, ASA with netmasks."""
    for line in listed.splitlines():
        words = line.split("extended ", 1)[-1].split() if "extended permit" in line else line.split()
        if not words or words[0] not in {"permit", "deny"}:
            continue
        action, protocol, *rest = words
        if protocol == "ip":
            assert action == "deny"  # what ends a list
            continue
        ends: list[Network] = []
        ports = ["", ""]
        for end in (0, 1):
            if rest[0].startswith("any"):
                ends.append(ip_network("0.0.0.0/0"))
                rest = rest[1:]
            elif rest[0] == "host":
                ends.append(ip_network(rest[1]))
                rest = rest[2:]
            else:
                mask = rest[1]
                if wildcard:
                    mask = ".".join(str(255 - int(octet)) for octet in mask.split("."))
                ends.append(ip_network(f"{rest[0]}/{mask}"))
                rest = rest[2:]
            if rest[:1] == ["eq"]:
                ports[end], rest = rest[1], rest[2:]
            elif rest[:1] == ["range"]:
                ports[end], rest = f"{rest[1]}-{rest[2]}", rest[3:]
        if protocol == "icmp":
            ports = [rest[0] if rest else "", ""]
        yield rule(action, Protocol[protocol.upper()], (ends[0], ends[1]), ports)


def iptables(listed: str) -> Iterator[Rule]:
    for line in listed.splitlines():
        words = line.split()
        given_ = dict(pairwise(words))
        if "--comment" not in given_:
            continue
        ends = (ip_network(given_["-s"]), ip_network(given_["-d"]))
        protocol = Protocol[given_["-p"].upper()]
        icmp = [given_.get("--icmp-type", ""), ""]
        ports = icmp if protocol in ICMP else [given_.get("--sport", ""), given_.get("--dport", "")]
        yield rule(given_["-j"], protocol, ends, ports)


def test_asa_lists_permit_the_policy() -> None:
    space = Space()
    assert same(space, cisco(text("cisco-asa"), wildcard=False)) == space.permitted(BRANCH)


def test_zone_based_lists_permit_the_policy() -> None:
    space = Space()
    assert same(space, cisco(text("cisco-zbf"), wildcard=True)) == space.permitted(BRANCH)


def test_ios_lists_permit_the_policy_and_its_exact_replies() -> None:
    space = Space()
    listed = text("cisco-ios")
    assert same(space, cisco(listed, wildcard=True)) == space.permitted(with_replies(BRANCH))
    assert all(
        line.endswith("established") for line in listed.splitlines() if " tcp " in line and "eq 80 10" in line
    )
    assert "1720 established" not in listed  # what the gatekeeper opens is not a reply


@settings(max_examples=60, deadline=None)
@given(rule_lists())
def test_iptables_chains_permit_the_policy(policy: Policy) -> None:
    space = Space()
    assert same(
        space, iptables(text("iptables", policy, replace(DEVICE, exclusive=True)))
    ) == space.permitted(policy)


@settings(max_examples=60, deadline=None)
@given(rule_lists())
def test_the_csv_says_the_policy(policy: Policy) -> None:
    def read() -> Iterator[Rule]:
        for row in csv.DictReader(io.StringIO(text("csv", policy))):
            ports = [row["icmp type"].replace("any", ""), ""]
            protocol = Protocol[row["protocol"].upper()]
            if protocol not in ICMP:
                ports = [row["source ports"], row["destination ports"]]
            one = rule(row["action"], protocol, (nets("10.0.0.0/8")[0],) * 2, ports)
            yield replace(
                one, source=nets(*row["source"].split()), destination=nets(*row["destination"].split())
            )

    space = Space()
    assert same(space, read()) == space.permitted(policy)


def test_the_nsx_policy_permits_the_policy() -> None:
    def read() -> Iterator[Rule]:
        for item in json.loads(text("nsx"))["rules"]:
            if "service_entries" not in item:
                assert item["action"] == "DROP"
                continue
            (entry,) = item["service_entries"]
            protocol = Protocol[entry.get("l4_protocol") or "ICMP"]
            ports = ["".join(entry.get(end, [])) for end in ("source_ports", "destination_ports")]
            ports = [str(entry["icmp_type"]), ""] if protocol in ICMP else ports
            one = rule(item["action"], protocol, (nets("10.0.0.0/8")[0],) * 2, ports)
            yield replace(
                one, source=nets(*item["source_groups"]), destination=nets(*item["destination_groups"])
            )

    space = Space()
    assert same(space, read()) == space.permitted(BRANCH)


def test_the_azure_group_permits_the_policy_but_for_what_was_given_up() -> None:
    def read() -> Iterator[Rule]:
        for item in json.loads(text("azure-nsg"))["resources"][0]["properties"]["securityRules"]:
            it = item["properties"]
            if it["protocol"] == "*":
                assert it["access"] == "Deny"
                continue
            ports = [it[f"{end}PortRange"].replace("*", "") for end in ("source", "destination")]
            one = rule(it["access"], Protocol[it["protocol"].upper()], (nets("10.0.0.0/8")[0],) * 2, ports)
            yield replace(
                one,
                source=nets(*it["sourceAddressPrefixes"]),
                destination=nets(*it["destinationAddressPrefixes"]),
            )

    space = Space()
    extra = same(space, read()) - space.permitted(BRANCH)
    assert extra.count() == 1024 * 2 * 255 * 256  # echo without its type
    assert space.permitted(BRANCH) <= same(space, read())


def load_iptables(*texts: str) -> str:
    script = "".join(f"iptables-restore --noflush <<'RULES' || exit 1\n{text_}RULES\n" for text_ in texts)
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", script + "iptables -S"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.kernel
@pytest.mark.peers
def test_iptables_takes_the_chain_twice_and_keeps_it_once() -> None:
    once = text("iptables", BRANCH, replace(DEVICE, log=True))
    listed = load_iptables(once, once)
    assert listed == load_iptables(once)
    space = Space()
    assert same(space, iptables(listed)) == space.permitted(BRANCH)
