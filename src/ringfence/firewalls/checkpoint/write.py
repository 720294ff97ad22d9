"""Check Point R80 and later: a script of mgmt_cli commands that makes an inline layer of our own.

Written from the Check Point Management API Reference 1.8 and the argument lists of Check Point's own Ansible
and Terraform modules (add access-layer with implicit-cleanup-action, add access-rule with "Apply Layer" and
inline-layer, add service-udp with source-port and match-for-any). An inline layer without a cleanup rule has
been seen to accept, says its community. set-if-exists is confirmed for networks and services, and assumed
for hosts and service-icmp.
"""

from collections.abc import Sequence

from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.parties import AddressGroup, Groups, address_groups
from ringfence.firewalls.common.scope import ZonePair, zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    UNVERIFIED,
    address_name,
    is_host,
    is_icmp,
    networks_of,
    one_service_each,
    service_name,
    shape_word,
    versioned,
)
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("checkpoint", FULL - {Need.IPV6})
_SESSION = "-s id.txt"
_GROUP_NAME = 63
_LAYER = "Network"  # as a new management server names the layer of a policy


def write(policy: Policy, device: Device) -> Rendered:
    """The script as text. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    layer = versioned(stem, policy)
    # The layer's name is unique on the server: a second run stops at its first command and adds nothing.
    lines = [
        *header(policy, device, "#", "Check Point"),
        "set -e",  # two rules apply the layer, one for each way, and so it is a shared one
        f"mgmt_cli add access-layer name {layer} shared true add-default-rule false "
        "implicit-cleanup-action drop "
        f"{_SESSION}",
    ]
    pairs = zone_pairs(policy, device)
    ends = [net for pair in pairs for net in (*pair.sources, *pair.destinations) if net.version == 4]
    groups = address_groups(policy.rules, stem, _GROUP_NAME)
    lines += _named(stem, policy, ends, groups)
    lines += [
        _rule(stem, f"{layer} position bottom name {checked_id(rule.id)}", rule, groups)
        for rule in policy.rules
    ]
    # The layer's own cleanup drops unseen; this row can log.
    track = f"track.type {'Log' if device.log else 'None'}"
    lines.append(
        f"mgmt_cli add access-rule layer {layer} position bottom name {stem}-final-drop action Drop "
        f"{track} {_SESSION}"
    )
    parents = _parents(stem, layer, pairs)
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "mgmt_cli login > id.txt",
            f"sh {stem}.sh",
            *parents.values(),
            f"mgmt_cli publish {_SESSION}",
            f"mgmt_cli install-policy policy-package Standard {_SESSION}",
            f"mgmt_cli logout {_SESSION}",
        ),
        verify=(f"mgmt_cli show access-rulebase name {layer} --format json {_SESSION}",),
        rollback=(
            *(f"mgmt_cli delete access-rule layer {_LAYER} name {name} {_SESSION}" for name in parents),
            f"mgmt_cli delete access-layer name {layer} {_SESSION}",
            f"mgmt_cli publish {_SESSION}",
            f"mgmt_cli install-policy policy-package Standard {_SESSION}",
        ),
        notes=(
            UNVERIFIED,
            "before publish, mgmt_cli discard takes everything back; there is no timer after it",
            "Network and Standard are the layer and the package of a new server: put yours in their place",
            "the parent rules send what goes between these zones into the layer, where the rest of it is "
            "dropped, and nothing else",
            "the services carry no protocol type, so the H.323 handlers stay away from them; see that no "
            "other "
            "service on 1719 or 1720 is marked match-for-any",
            "connections stay open after a rule is removed unless the policy's connection persistence says "
            "rematch",
        ),
        widenings=widenings,
    )


def _named(stem: str, policy: Policy, ends: Sequence[Network], groups: Groups) -> list[str]:
    return [
        *(_address(stem, network) for network in dict.fromkeys((*networks_of(policy.rules), *ends))),
        *(_group(stem, group) for parts in groups.values() for group in parts),
        *(_service(stem, rule) for rule in one_service_each(policy.rules)),
    ]


def _parents(stem: str, layer: str, pairs: tuple[ZonePair, ...]) -> dict[str, str]:
    """The rules that send what goes one way between two zones into the layer, by their names."""
    found = {}
    for number, pair in enumerate(pairs, start=1):
        sources, destinations = ([address_name(stem, network) for network in end] for end in pair.of(4))
        if sources and destinations:
            found[f"{layer}-{number}"] = (
                f"mgmt_cli add access-rule layer {_LAYER} position top name {layer}-{number} "
                f"{_members('source', sources)} {_members('destination', destinations)} "
                f'action "Apply Layer" inline-layer {layer} {_SESSION}'
            )
    return found


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """Rules of the site's own layer; each goes above the one added last."""
    stem = checked_stem(device.name)
    rules = [
        _rule(stem, f"{_LAYER} position top name {stem}-{checked_id(rule.id)}", rule, {})
        for rule in reversed(policy.rules)
    ]
    where = (
        f"at the top of your layer, here {_LAYER}; mgmt_cli login > id.txt before it, "
        "publish and install after"
    )
    return insertion(where, [*_objects(stem, policy), *rules])


def _objects(stem: str, policy: Policy) -> list[str]:
    return [
        *(_address(stem, network) for network in networks_of(policy.rules)),
        *(_service(stem, rule) for rule in one_service_each(policy.rules)),
    ]


def _names(stem: str, networks: tuple[Network, ...], groups: Groups) -> list[str]:
    if parts := groups.get(networks):
        return [group.name for group in parts]
    return [address_name(stem, network) for network in networks]


def _group(stem: str, group: AddressGroup) -> str:
    members = _members("members", [address_name(stem, network) for network in group.members])
    return f"mgmt_cli add group name {group.name} {members} set-if-exists true {_SESSION}"


def _members(end: str, names: list[str]) -> str:
    return " ".join(f"{end}.{number} {name}" for number, name in enumerate(names, start=1))


def _address(stem: str, network: Network) -> str:
    name = address_name(stem, network)
    if is_host(network):
        kind = f"host name {name} ip-address {network.network_address}"
    else:
        kind = f"network name {name} subnet {network.network_address} mask-length {network.prefixlen}"
    return f"mgmt_cli add {kind} set-if-exists true {_SESSION}"


def _service(stem: str, rule: Rule) -> str:
    name = service_name(stem, rule)
    if is_icmp(rule):
        kind = "" if rule.icmp_type is None else f" icmp-type {rule.icmp_type}"
        return f"mgmt_cli add service-icmp name {name}{kind} set-if-exists true {_SESSION}"
    port = "0-65535" if rule.destination_ports == ANY_PORT else str(rule.destination_ports)
    source = "" if rule.source_ports == ANY_PORT else f" source-port {rule.source_ports}"
    return (
        f"mgmt_cli add service-{rule.protocol.word} name {name} port {port}{source} match-for-any false "
        f"set-if-exists true {_SESSION}"
    )


def _rule(stem: str, layer_and_name: str, rule: Rule, groups: Groups) -> str:
    sources, destinations = (_names(stem, end, groups) for end in (rule.source, rule.destination))
    return (
        f"mgmt_cli add access-rule layer {layer_and_name} "
        f"{_members('source', sources)} {_members('destination', destinations)} "
        f"service {service_name(stem, rule)} action {shape_word(rule, 'Accept', 'Drop')} "
        f'comments "{remark(checked_id(rule.id), rule)}" '
        f"track.type None {_SESSION}"
    )
