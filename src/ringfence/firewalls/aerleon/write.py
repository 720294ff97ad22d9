"""Aerleon, a generator of firewall rules: its policy and its definitions as YAML.

The form is that of its policy and definition files (its documentation, "Policy files", version 1.18).
"""

from collections.abc import Iterable
from typing import Any

import yaml

from ringfence.firewalls.common.annotation import stated
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.scope import ZonePair, zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    address_name,
    networks_of,
    one_service_each,
    service_name,
    shape_word,
)
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule

# What Aerleon does with IPv6 objects under an IPv4 term differs by generator: one of them permits everything.
CAPABILITY = Capability("aerleon", FULL - {Need.IPV6}, exclusive=True)
_ICMP_NAMES = {0: "echo-reply", 3: "unreachable", 8: "echo-request", 11: "time-exceeded"}


def write(policy: Policy, device: Device) -> Rendered:
    """A policy and its definitions, two YAML documents; one protocol and one service in every term."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    terms: list[dict[str, Any]] = [_term(stem, rule) for rule in policy.rules]
    pairs = () if device.exclusive else zone_pairs(policy, device)
    terms += _finals(stem, pairs, device)
    targets = {"cisco": f"{stem} extended"}
    filters = [
        {
            "header": {"comment": "; ".join([policy.name, *stated(policy, device)]), "targets": targets},
            "terms": terms,
        }
    ]
    definitions = {
        "networks": {
            _token(address_name(stem, net)): {"values": [{"address": str(net)}]}
            for net in dict.fromkeys((*networks_of(policy.rules), *(n for p in pairs for n in _ends(p))))
        },
        "services": _services(stem, policy),
    }
    return Rendered(
        target=CAPABILITY.target,
        text=yaml.safe_dump_all([{"filters": filters}, definitions], sort_keys=False, width=110),
        apply=(
            f"# first document: policies/pol/{stem}.yaml; second document: def/{stem}.yaml",
            "aclgen --base_directory policies --definitions_directory def",
        ),
        verify=("aclgen reports the files it wrote; 'no files changed' means that it found no policy",),
        rollback=(),
        notes=(
            "the last term denies everything"
            if device.exclusive
            else "the last terms deny the rest between the zones; what Aerleon's target does with all else "
            "is its own: most end in a deny of everything",
            "the target cisco stands for yours; the options of its header are those of Aerleon's "
            "documentation",
            *_TRIED,
            "never add option: established: its ASA, NSX-T, pf and stateless generators then permit any to "
            "any",
            "check what Aerleon made of it before loading: it only warns",
        ),
        widenings=widenings,
    )


# Every generator of Aerleon 1.18.0 was given the rules of the built-in branch.
_TRIED = (
    "taken whole by Aerleon 1.18: arista, arista_tp, brocade, cisco, ciscoasa, cisconx, ciscoxr, ipset, "
    "iptables, juniper, juniperevo, msmpc, nokiasrl, nsxt, nvueapi, packetfilter, paloalto, proxmox, "
    "speedway, srx, srxlo, windows_advfirewall; those that keep no state need rules for the replies, which "
    "are not among these",
    "openconfig and sonic leave out the ICMP type without a warning: every ICMP type passes, not only echo",
    "refused by name: aruba (source ports, ICMP types), cloudarmor (destinations, protocols, ports), gce, "
    "gcp_hf and k8s (ICMP types); nftables and fortigate stop with a traceback, pcap and nsxv did not take "
    "them either",
)


def _finals(stem: str, pairs: Iterable[ZonePair], device: Device) -> list[dict[str, Any]]:
    log = {"logging": "syslog"} if device.log else {}
    if device.exclusive:
        return [{"name": "final-drop", "action": "deny", **log}]
    return [
        {
            "name": f"final-drop-{number}",
            "source-address": " ".join(_token(address_name(stem, net)) for net in pair.of(4)[0]),
            "destination-address": " ".join(_token(address_name(stem, net)) for net in pair.of(4)[1]),
            "action": "deny",
            **log,
        }
        for number, pair in enumerate(pairs, start=1)
    ]


def _ends(pair: ZonePair) -> list[Network]:
    return [*pair.of(4)[0], *pair.of(4)[1]]


def _token(name: str) -> str:
    return name.replace(".", "_").replace("-", "_").upper()


def _services(stem: str, policy: Policy) -> dict[str, Any]:
    services: dict[str, Any] = {}
    for rule in one_service_each(policy.rules):
        for end, ports in (("SRC", rule.source_ports), ("DST", rule.destination_ports)):
            if ports != ANY_PORT:
                services[_port_token(stem, rule, end)] = [
                    {"protocol": rule.protocol.word, "port": _span(ports)}
                ]
    return services


def _port_token(stem: str, rule: Rule, end: str) -> str:
    return _token(f"{service_name(stem, rule)}-{end}")


def _span(ports: PortRange) -> int | str:
    return ports.first if ports.first == ports.last else str(ports)


def _term(stem: str, rule: Rule) -> dict[str, Any]:
    term: dict[str, Any] = {
        "name": fit(rule.id, 24),
        "comment": checked_id(rule.id),
        "source-address": " ".join(_token(address_name(stem, net)) for net in rule.source),
        "destination-address": " ".join(_token(address_name(stem, net)) for net in rule.destination),
        "protocol": rule.protocol.word if rule.protocol is not Protocol.ICMPV6 else "icmpv6",
    }
    if rule.icmp_type is not None:
        if rule.icmp_type not in _ICMP_NAMES:
            raise InputError(
                f"ICMP type {rule.icmp_type} has no name known to Aerleon", where=f"rule {rule.id}"
            )
        term["icmp-type"] = _ICMP_NAMES[rule.icmp_type]
    if rule.source_ports != ANY_PORT:
        term["source-port"] = _port_token(stem, rule, "SRC")
    if rule.destination_ports != ANY_PORT:
        term["destination-port"] = _port_token(stem, rule, "DST")
    return {**term, "action": shape_word(rule, "accept", "deny")}
