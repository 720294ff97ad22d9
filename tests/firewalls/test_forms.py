"""The texts have the form their readers ask for: grammar, required fields, references that lead somewhere."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, port
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from support.branch_policy import ACCEPTED, BRANCH, DEVICE, branch_for, nets

SIX = (
    Rule("six", nets("fd20::/64"), nets("fd01::30"), Protocol.TCP, ANY_PORT, port(1720)),
    Rule("echo-six", nets("fd20::/64"), nets("fd01::30"), Protocol.ICMPV6, icmp_type=128),
)


def text(target: str, *more: Rule) -> str:
    device = replace(DEVICE, widen=ACCEPTED.get(target, frozenset()), log=True)
    policy = branch_for(target)
    return render_rules(TARGETS[target], replace(policy, rules=(*policy.rules, *more)), device).text


# pf.conf(5), "GRAMMAR": the part of pf-rule that is written. Options may stand in any order there.
_HOST = r"(?:any|[0-9a-f.:]+(?:/\d+)?)"
_PORT = r"(?: port \d+(?::\d+)?)?"
_PF_RULE = re.compile(
    rf"(?:pass|block drop)(?: log)? quick (?P<af>inet|inet6)(?: proto (?P<proto>udp|tcp|icmp|icmp6))?"
    rf" from {_HOST}(?P<first>{_PORT}) to {_HOST}(?P<second>{_PORT})(?P<type> icmp6?-type \d+)?"
    rf"(?: flags S/SA)?(?: (?:keep|no) state)?(?: label \"[^\"]{{1,63}}\")?"
)


@pytest.mark.parametrize("more", [(), SIX])
@pytest.mark.parametrize("stateful", [True, False])
def test_pf_rules_follow_the_grammar(stateful: bool, more: tuple[Rule, ...]) -> None:
    policy = replace(BRANCH, rules=(*BRANCH.rules, *more), stateful=stateful)
    for line in render_rules(TARGETS["pf"], policy, DEVICE).text.splitlines():
        if line.startswith("#"):
            continue
        rule = _PF_RULE.fullmatch(line)
        assert rule is not None, line
        # Ports want a protocol that has them; an ICMP type wants its own protocol and family.
        if rule["first"] or rule["second"]:
            assert rule["proto"] in {"udp", "tcp"}
        if rule["type"]:
            assert rule["type"].strip().startswith(f"{rule['proto']}-type")
            assert (rule["proto"] == "icmp6") == (rule["af"] == "inet6")


# The argument reference of each resource: required, and what else we use.
_ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    "aws_security_group": ({"name", "vpc_id"}, {"description", "tags"}),
    "aws_vpc_security_group_ingress_rule": (
        {"security_group_id", "ip_protocol"},
        {"description", "from_port", "to_port", "cidr_ipv4", "cidr_ipv6"},
    ),
    "aws_network_acl": ({"vpc_id"}, {"subnet_ids", "tags"}),
    "aws_network_acl_rule": (
        {"network_acl_id", "rule_number", "protocol", "rule_action"},
        {"egress", "cidr_block", "ipv6_cidr_block", "from_port", "to_port", "icmp_type", "icmp_code"},
    ),
    "google_compute_firewall": (
        {"name", "network"},
        {"direction", "priority", "source_ranges", "destination_ranges", "description"}
        | {"allow", "deny", "log_config"},
    ),
}
_ARGUMENTS["aws_vpc_security_group_egress_rule"] = _ARGUMENTS["aws_vpc_security_group_ingress_rule"]


def resources(target: str, *more: Rule) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(type, name, arguments) of a Terraform text, by a parser of HCL that is not ours."""
    hcl2 = pytest.importorskip("hcl2")
    for block in hcl2.loads(text(target, *more))["resource"]:
        for kind, named in block.items():
            for name, arguments in named.items():
                plain = {key: value for key, value in arguments.items() if not key.startswith("__")}
                yield kind.strip('"'), name.strip('"'), plain


@pytest.mark.parametrize("more", [(), SIX[:1]])
@pytest.mark.parametrize("target", ["aws-sg", "aws-nacl", "gcp"])
def test_terraform_resources_have_the_arguments_of_the_provider(target: str, more: tuple[Rule, ...]) -> None:
    found = list(resources(target, *more))
    names = {(kind, name) for kind, name, _ in found}
    assert len(names) == len(found) > len(BRANCH.rules)
    for kind, name, arguments in found:
        required, others = _ARGUMENTS[kind]
        assert required <= set(arguments) <= required | others, (kind, name)
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name)
        for value in arguments.values():
            reference = re.fullmatch(r"\$\{(aws_\w+)\.([\w-]+)\.id\}", str(value))
            assert reference is None or (reference[1], reference[2]) in names, value


def test_every_security_group_rule_has_one_peer() -> None:
    for kind, name, arguments in resources("aws-sg", *SIX[:1]):
        if kind != "aws_security_group":
            assert len({"cidr_ipv4", "cidr_ipv6"} & set(arguments)) == 1, name


def test_google_rules_permit_or_deny_and_have_names_that_google_takes() -> None:
    for _, _, arguments in resources("gcp", *SIX[:1]):
        assert len({"allow", "deny"} & set(arguments)) == 1
        assert re.fullmatch(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?", arguments["name"].strip('"'))
        assert 0 <= arguments["priority"] <= 65535


def test_azure_rules_have_the_fields_of_the_template_reference() -> None:
    rules = json.loads(text("azure-nsg"))["resources"][0]["properties"]["securityRules"]
    assert len({rule["name"] for rule in rules}) == len(rules)
    taken = [(rule["properties"]["direction"], rule["properties"]["priority"]) for rule in rules]
    assert len(set(taken)) == len(taken)
    for rule in rules:
        it = rule["properties"]
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]", rule["name"])
        assert 100 <= it["priority"] <= 4096
        assert it["access"] in {"Allow", "Deny"} and it["direction"] in {"Inbound", "Outbound"}
        assert it["protocol"] in {"Tcp", "Udp", "Icmp", "*"}
        assert len(it.get("description", "")) <= 140
        for end in ("source", "destination"):
            assert it[f"{end}AddressPrefixes"]
            assert re.fullmatch(r"\*|\d+(?:-\d+)?", it[f"{end}PortRange"])


def test_nsx_rules_have_the_fields_of_the_schema() -> None:
    body = json.loads(text("nsx", *SIX))
    rules = body["rules"]
    assert (
        len({rule["id"] for rule in rules}) == len({rule["sequence_number"] for rule in rules}) == len(rules)
    )
    for rule in rules:
        assert rule["action"] in {"ALLOW", "DROP"} and rule["ip_protocol"] in {"IPV4", "IPV6"}
        assert rule["source_groups"] and rule["destination_groups"]
        for entry in rule.get("service_entries", []):
            known = {
                "L4PortSetServiceEntry": {"l4_protocol", "source_ports", "destination_ports"},
                "ICMPTypeServiceEntry": {"protocol", "icmp_type"},
            }[entry["resource_type"]]
            assert set(entry) - {"id", "resource_type"} <= known


def test_network_policies_have_the_fields_of_the_api() -> None:
    label = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
    documents = list(yaml.safe_load_all(text("kubernetes")))
    assert documents
    for document in documents:
        assert (document["apiVersion"], document["kind"]) == ("networking.k8s.io/v1", "NetworkPolicy")
        assert re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", document["metadata"]["name"])
        assert all(label.fullmatch(value) for value in document["metadata"]["labels"].values())
        spec = document["spec"]
        assert set(spec) == {"podSelector", "policyTypes", "ingress", "egress"}
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        (value,) = spec["podSelector"]["matchLabels"].values()
        assert label.fullmatch(value)
        for key, end in (("ingress", "from"), ("egress", "to")):
            for entry in spec[key]:
                # An entry without peers or ports would be every peer or every port.
                assert set(entry) == {end, "ports"} and entry[end] and entry["ports"]
                assert all(
                    set(peer) == {"ipBlock"} and set(peer["ipBlock"]) == {"cidr"} for peer in entry[end]
                )
                for to in entry["ports"]:
                    assert set(to) <= {"protocol", "port", "endPort"} and to["protocol"] in {"TCP", "UDP"}
                    assert to["port"] <= to.get("endPort", to["port"]) <= 65535


def test_opnsense_bodies_have_the_fields_of_the_model() -> None:
    known = {
        *("sequence", "enabled", "action", "quick", "interface", "direction", "ipprotocol", "protocol"),
        *("icmptype", "icmp6type", "source_net", "source_port", "destination_net", "destination_port"),
        *("log", "description"),
    }
    for line in text("opnsense", *SIX).splitlines():
        it = json.loads(line)["rule"]
        assert set(it) <= known
        assert all(isinstance(value, str) for value in it.values())
        assert ("icmptype" in it) == (it["protocol"] == "ICMP")
        assert ("icmp6type" in it) == (it["protocol"] == "IPV6-ICMP")


def test_fortios_blocks_close_and_name_what_is_there() -> None:
    depth: list[str] = []
    table, made, used = "", set(), set()
    for line in text("fortios").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] in {"config", "edit"}:
            depth.append(words[0])
            table = " ".join(words[1:]) if words[0] == "config" else table
            if words[0] == "edit" and table != "firewall policy":
                made.add(words[1])
        elif words[0] in {"next", "end"}:
            assert depth.pop() == {"next": "edit", "end": "config"}[words[0]]
        else:
            assert words[0] == "set" and depth[-1] == "edit" and len(words) > 2, line
            if words[1] in {"srcaddr", "dstaddr", "service"}:
                used |= set(words[2:])
            if words[1] == "name":
                assert len(words[2]) <= 35
    assert not depth
    assert used - {"ALL"} == made


@pytest.mark.parametrize(
    ("target", "made_by", "used_by"),
    [
        (
            "panos",
            r"set (?:address|service|application) (\S+)",
            r"(?:source|destination|application|service) (\[[^\]]*\]|\S+)",
        ),
        (
            "srx",
            r"set (?:security address-book global address|applications application) (\S+)",
            r"match (?:source-address|destination-address|application) (\S+)",
        ),
    ],
)
def test_set_commands_name_what_is_there(target: str, made_by: str, used_by: str) -> None:
    lines = [line for line in text(target).splitlines() if line.startswith("set ")]
    assert all(shlex.split(line) for line in lines)
    made = {match[1] for line in lines if (match := re.match(made_by, line))}
    used = {
        name
        for line in lines
        if re.search(r"rulebase|match", line) and "description" not in line
        for found in re.findall(used_by, line)
        for name in found.strip("[]").split()
    }
    assert used - made <= {"any", "application-default"}
    assert made <= used


def test_check_point_commands_are_pairs_and_name_what_is_there() -> None:
    made, used = set(), set()
    for line in text("checkpoint").splitlines():
        words = shlex.split(line, comments=True)
        if not words or words == ["set", "-e"]:
            continue
        assert words[:2] == ["mgmt_cli", "add"], line
        assert words[-2:] == ["-s", "id.txt"] and len(words[3:-2]) % 2 == 0, line
        pairs = dict(zip(words[3:-2:2], words[4:-2:2], strict=True))
        if words[2] == "access-rule":
            used |= {value for key, value in pairs.items() if re.match(r"source|destination|service", key)}
        elif words[2] != "access-layer":
            made.add(pairs["name"])
    assert made - used == {"ringfence-10.1.0.0_24", "ringfence-10.9.0.0_24"}  # of the commands that apply it
    assert not used - made


def test_routeros_scripts_close_and_say_key_and_value() -> None:
    script = text("routeros")
    assert script.count("{") == script.count("}") and script.count("[") == script.count("]")
    for line in script.splitlines():
        if " add " in line:
            pairs = shlex.split(line.split(" add ", 1)[1])
            assert all(re.fullmatch(r"[a-z-]+=.+", pair, re.DOTALL) for pair in pairs), line


def test_numbered_entries_of_a_network_acl_are_in_the_range_of_aws() -> None:
    many = tuple(
        replace(BRANCH.rule("files"), id=f"files-{n}", destination_ports=port(n)) for n in range(1, 60)
    )
    (acl,) = json.loads(
        render_rules(
            TARGETS["aws-nacl-json"], Policy("many", many), replace(DEVICE, widen=ACCEPTED["aws-nacl-json"])
        ).text
    ).values()
    assert all(1 <= entry["RuleNumber"] <= 32766 for entry in acl["Entries"])


def test_denies_are_written_as_denies() -> None:
    deny = replace(BRANCH.rule("files"), id="no-files", action=Action.DENY, destination=nets("10.1.0.99"))
    for target, words in (
        ("pf", "block drop quick inet"),
        ("cisco-asa", "deny tcp"),
        ("panos", "action deny"),
    ):
        assert words in text(target, deny)
