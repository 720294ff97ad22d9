"""VMware NSX-T (NSX 3 and 4): a security policy of our own for the distributed firewall.

Written from the NSX-T Data Center REST API 3.2, schemas SecurityPolicy, Rule, L4PortSetServiceEntry and
ICMPTypeServiceEntry (from NSX-T 3.0); source_groups and destination_groups take addresses as well as paths.
Services "ANY" beside service_entries is what VMware's own nsx-operator sends.
"""

import json
from typing import Any

from ringfence.firewalls.common.annotation import plain, purpose, stated
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, is_icmp, service_name, shape_word, short
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("nsx", FULL)


def write(policy: Policy, device: Device) -> Rendered:
    """The policy as JSON. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    finals = _finals(policy, device)
    said = plain("; ".join(stated(policy, device)), 1000)
    body = _body(stem, [*_rules(stem, policy), *finals]) | ({"description": said} if said else {})
    url = f"https://<MANAGER>/policy/api/v1/infra/domains/default/security-policies/{stem}"
    return Rendered(
        target=CAPABILITY.target,
        text=json.dumps(body, indent=2) + "\n",
        apply=(
            f"curl -u <USER> {url} > {stem}.before.json",
            f"# if the policy is there already, put its _revision into {stem}.json: a stale one is refused",
            f"curl -u <USER> -X PUT -H 'Content-Type: application/json' -d @{stem}.json {url}",
        ),
        verify=(f"curl -u <USER> {url}/statistics", f"curl -u <USER> {url}"),
        rollback=(
            f"# where {stem}.before.json holds a policy, put the _revision of now into it, then",
            f"curl -u <USER> -X PUT -H 'Content-Type: application/json' -d @{stem}.before.json {url}",
            "# otherwise:",
            f"curl -u <USER> -X DELETE {url}",
        ),
        notes=(
            UNVERIFIED,
            "PUT replaces our own policy as a whole; no other policy is touched",
            "the last rules drop the rest between these zones only",
            "the services are given by number inside the rules, so no ALG is bound to them",
            "the rules are enforced at virtual machines; a physical handset is not covered",
        ),
        widenings=widenings,
    )


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """A policy of its own that only allows, beside the one that drops."""
    stem = checked_stem(device.name)
    body = _body(stem, _rules(stem, policy))
    where = (
        "a policy beside yours: PUT to https://<MANAGER>/policy/api/v1/infra/domains/default/security-policies/"
        f"{stem}, and move it above the policy that drops"
    )
    return insertion(where, json.dumps(body, indent=2).splitlines())


def _body(stem: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resource_type": "SecurityPolicy",
        "id": stem,
        "display_name": stem,
        "category": "Application",
        "stateful": True,
        "tcp_strict": True,
        "rules": rules,
    }


def _rules(stem: str, policy: Policy) -> list[dict[str, Any]]:
    return [_rule(stem, number, rule) for number, rule in enumerate(policy.rules, start=1)]


def _rule(stem: str, number: int, rule: Rule) -> dict[str, Any]:
    return {
        "resource_type": "Rule",
        "id": fit(checked_id(rule.id), 100),
        "display_name": rule.id,
        **({"description": purpose(rule)} if purpose(rule) else {}),
        "sequence_number": number * 10,
        "source_groups": [short(network) for network in rule.source],
        "destination_groups": [short(network) for network in rule.destination],
        "services": ["ANY"],
        "service_entries": [_entry(stem, rule)],
        "scope": ["ANY"],
        "direction": "IN_OUT",
        "ip_protocol": "IPV4" if rule.version == 4 else "IPV6",
        "action": shape_word(rule, "ALLOW", "DROP"),
        "logged": False,
    }


def _entry(stem: str, rule: Rule) -> dict[str, Any]:
    name = service_name(stem, rule)
    if is_icmp(rule):
        kind = {} if rule.icmp_type is None else {"icmp_type": rule.icmp_type}
        protocol = "ICMPv4" if rule.version == 4 else "ICMPv6"
        return {"resource_type": "ICMPTypeServiceEntry", "id": name, "protocol": protocol, **kind}
    return {
        "resource_type": "L4PortSetServiceEntry",
        "id": name,
        "l4_protocol": rule.protocol.word.upper(),
        "source_ports": [] if rule.source_ports == ANY_PORT else [str(rule.source_ports)],
        "destination_ports": [] if rule.destination_ports == ANY_PORT else [str(rule.destination_ports)],
    }


def _finals(policy: Policy, device: Device) -> list[dict[str, Any]]:
    """A drop for each way between two zones: never among the servers, or among the handsets."""
    sided = [
        (version, sources, destinations)
        for pair in zone_pairs(policy, device)
        for version in (4, 6)
        for sources, destinations in [pair.of(version)]
        if sources and destinations
    ]
    return [
        _final((len(policy.rules) + number) * 10, f"final-drop-{number}-ipv{version}", ends, device)
        for number, (version, *ends) in enumerate(sided, start=1)
    ]


def _final(sequence: int, name: str, ends: list[tuple[Network, ...]], device: Device) -> dict[str, Any]:
    sources, destinations = ends
    return {
        "resource_type": "Rule",
        "id": name,
        "display_name": name,
        "sequence_number": sequence,
        "source_groups": [short(network) for network in sources],
        "destination_groups": [short(network) for network in destinations],
        "services": ["ANY"],
        "scope": ["ANY"],
        "direction": "IN_OUT",
        "ip_protocol": f"IPV{sources[0].version}",
        "action": "DROP",
        "logged": device.log,
    }
