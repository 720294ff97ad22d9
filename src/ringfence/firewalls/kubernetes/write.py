"""Kubernetes NetworkPolicy: stateful, permits only, at labelled pods; no source ports and no ICMP.

Written from the Kubernetes API reference, networking.k8s.io/v1 NetworkPolicy (endPort since 1.25).
"""

from typing import Any

import yaml

from ringfence.firewalls.common.annotation import header
from ringfence.firewalls.common.capability import Capability, Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    UNVERIFIED,
    Attachment,
    address_name,
    attachments,
    inside_networks,
)
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("kubernetes", frozenset({Need.LOCAL_ADDRESS}), zones=True, one_zone=True)


def write(policy: Policy, device: Device) -> Rendered:
    """One NetworkPolicy for each inside address, as YAML. InputError if it cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = _stem(device)
    found = _found(policy, device)
    documents = [_document(stem, network, items) for network, items in found.items()]
    labels = [f"kubectl label pod <POD> {stem}/address={_label(network)}" for network in found]
    selects = f"app.kubernetes.io/managed-by={stem}"
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(header(policy, device, "#", "Kubernetes", zones=True))
        + "\n"
        + yaml.safe_dump_all(documents, sort_keys=False),
        apply=(
            f"kubectl get networkpolicy -l {selects} -o yaml > before-{stem}.yaml",
            f"kubectl diff -f {stem}.yaml",
            "# from here on the labelled pods have only what some policy permits, both ways: see the notes",
            *labels,
            f"kubectl apply -f {stem}.yaml",
        ),
        verify=(f"kubectl describe networkpolicy -l {selects}",),
        rollback=(
            f"# where it held policies before: kubectl replace -f before-{stem}.yaml",
            "# otherwise, and then the pods are open again:",
            f"kubectl delete networkpolicy -l {selects}",
        ),
        notes=(
            UNVERIFIED,
            "label the pods that answer at each address; a policy without a labelled pod has no effect",
            "a policy cannot be about two zones only: a labelled pod loses all traffic, both ways and DNS "
            "too, that no policy permits; first write policies for the rest of its traffic",
            "policies add up: whatever another policy permits to these pods stays permitted",
            "the network plug-in must enforce NetworkPolicy, and must not hide handsets behind a node's "
            "address",
        ),
        widenings=widenings,
    )


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """More policies, as policies add up: no line of another is in the way."""
    documents = [_document(_stem(device), *each) for each in _found(policy, device).items()]
    where = "policies add up: label the pods as these select them, beside the labels that they have"
    return insertion(where, yaml.safe_dump_all(documents, sort_keys=False).splitlines())


def _stem(device: Device) -> str:
    return checked_stem(device.name).lower().replace("_", "-")


def _found(policy: Policy, device: Device) -> dict[Network, list[Attachment]]:
    """The rules of each inside address."""
    inside = inside_networks(device, CAPABILITY.target)
    found: dict[Network, list[Attachment]] = {}
    for rule in policy.rules:
        for item in attachments(rule, inside, CAPABILITY.target):
            found.setdefault(item.inside, []).append(item)
    return found


def _document(stem: str, network: Network, items: list[Attachment]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": address_name(stem, network).replace("_", "-"),
            "labels": {"app.kubernetes.io/managed-by": stem},
            "annotations": {
                f"{stem}/rules": " ".join(dict.fromkeys(checked_id(i.rule.id) for i in items)),
                ATTACHED: str(network),
            },
        },
        "spec": {
            # Never an empty selector, which would be every pod.
            "podSelector": {"matchLabels": {f"{stem}/address": _label(network)}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [_entry(item, "from") for item in items if item.inbound],
            "egress": [_entry(item, "to") for item in items if not item.inbound],
        },
    }


def _label(network: Network) -> str:
    return address_name("ip", network)


def _entry(item: Attachment, end: str) -> dict[str, Any]:
    return {end: [{"ipBlock": {"cidr": str(peer)}} for peer in item.peers], "ports": [_port(item.rule)]}


def _port(rule: Rule) -> dict[str, Any]:
    port: dict[str, Any] = {"protocol": rule.protocol.word.upper()}
    ports = rule.destination_ports
    if ports == ANY_PORT:
        return port
    port["port"] = ports.first
    if ports.last > ports.first:
        port["endPort"] = ports.last
    return port
