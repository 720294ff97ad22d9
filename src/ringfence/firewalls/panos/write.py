"""Palo Alto Networks PAN-OS in set format.

Written from the PAN-OS CLI Quick Start and the PAN-OS 10.x configure-mode command hierarchy (address,
service, rulebase security rules). The ICMP application has the elements that exported configurations have
(default/ident-by-icmp-type/type, category networking, subcategory ip-protocol), as Capirca's PAN-OS generator
and Palo Alto's own pango and pan-os-python know them.
"""

from ringfence.firewalls.common.annotation import plain, remark, stated
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered, ZoneCrossing, zone_crossings
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion, standing_for
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.parties import Groups, address_groups
from ringfence.firewalls.common.scope import ZonePair, zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    UNVERIFIED,
    address_name,
    is_icmp,
    networks_of,
    one_service_each,
    service_name,
    shape_word,
)
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("panos", FULL, zones=True, zone_names=True)
_NAME = 63


def write(policy: Policy, device: Device) -> Rendered:
    """Set commands as text. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    found = _named(policy, device)
    ours = [*found, *(_final_names(policy, device) if device.log else ())]
    lines = [*_lines(policy, device), *(_final(policy, device) if device.log else ())]
    said = plain("; ".join(stated(policy, device)), 255)
    if said:  # an object of our own, as the set form has no comments
        lines = [f'set tag {stem} comments "{said}"', *lines]
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            f"save config to before-{stem}.xml",
            "configure",
            *(f"delete rulebase security rules {name}" for name in ours),
            "# paste the set commands",
            "set shared alg-override application ?",
            "# for the H.323 names shown: set shared alg-override application <NAME> alg-disabled yes",
            "validate full",
            "commit",
        ),
        verify=("show rulebase security rules", *(_test(crossing) for crossing in [*found.values()][:1])),
        rollback=(
            "configure",
            *(f"delete rulebase security rules {name}" for name in ours),
            "# for the names that were not overridden before: delete shared alg-override application <NAME>",
            "commit",
        ),
        notes=(
            UNVERIFIED,
            "the delete commands make a second load the same as the first: set would add to a rule's lists; "
            "one that finds nothing to delete changes nothing, and all is candidate until the commit",
            f"a rule of an earlier set that this one no longer has stays: look for other rules named {stem}-",
            "rules are added at the end: move them above any deny that meets them "
            "(move rulebase security rules <NAME> before <OTHER>)",
            f"there is no timed commit: while nobody else has committed, load config from before-{stem}.xml "
            "and commit take everything back; later it would take back what others did too",
            "the form of the ALG command is known from SIP; under which names H.323 and H.225 stand there "
            "is not verified",
            "the interzone default denies the rest; --log writes a last rule between these zones that logs "
            "what it denies: keep it below all others",
            "sessions stay open after a rule is removed: clear session all filter source <ADDRESS>",
        ),
        widenings=widenings,
    )


def insert(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion:
    """The rules before the one that stops the packets, or at the top of the rulebase.

    They belong at the end where a default stops them: where the set commands put them.
    """
    names = _named(policy, device)
    if at is not None:
        stops = at.row.place.name if at.row is not None and not at.row.implicit else ""
        placed = [f"move rulebase security rules {name} before {stops}" for name in names] if stops else []
        return insertion(f"{at.where}; then commit", [*_lines(policy, device), *placed])
    moves = [f"move rulebase security rules {name} top" for name in reversed(names)]
    where = f"at the top of the rulebase; {standing_for(device)}; then commit"
    return insertion(where, [*_lines(policy, device), *moves])


def _named(policy: Policy, device: Device) -> dict[str, ZoneCrossing]:
    found = [crossing for rule in policy.rules for crossing in zone_crossings(rule, device)]
    return {fit(f"{device.name}-{checked_id(crossing.id)}", _NAME): crossing for crossing in found}


def _lines(policy: Policy, device: Device) -> list[str]:
    """The objects, then the rules."""
    stem = checked_stem(device.name)
    named = _named(policy, device)
    groups = address_groups((crossing.rule for crossing in named.values()), stem, _NAME)
    lines = [
        f"set address {address_name(stem, network)} ip-netmask {network}"
        for network in networks_of(policy.rules)
    ]
    for group in (each for parts in groups.values() for each in parts):
        lines.append(f"set address-group {group.name} static {_list(stem, group.members, {})}")
    for rule in one_service_each(policy.rules):
        lines += _service(stem, rule)
    for name, crossing in named.items():
        lines += _rule(stem, name, crossing, groups)
    return lines


def _service(stem: str, rule: Rule) -> list[str]:
    name = service_name(stem, rule)
    if is_icmp(rule):
        if rule.icmp_type is None:
            return []
        kind = "ident-by-icmp-type" if rule.version == 4 else "ident-by-icmp6-type"
        about = "category networking subcategory ip-protocol technology network-protocol risk 1"
        return [
            f"set application {name} default {kind} type {rule.icmp_type}",
            f"set application {name} {about}",
        ]
    # PAN-OS has no "every port" inside a service: 0-65535 says it.
    source = "" if rule.source_ports == ANY_PORT else f" source-port {rule.source_ports}"
    port = "0-65535" if rule.destination_ports == ANY_PORT else str(rule.destination_ports)
    return [f"set service {name} protocol {rule.protocol.word} port {port}{source}"]


def _rule(stem: str, name: str, crossing: ZoneCrossing, groups: Groups) -> list[str]:
    rule = crossing.rule
    application, service = "any", service_name(stem, rule)
    if is_icmp(rule):
        application = (
            service if rule.icmp_type is not None else ("icmp" if rule.version == 4 else "ipv6-icmp")
        )
        service = "application-default"
    head = f"set rulebase security rules {name}"
    return [
        f"{head} from {crossing.source_zone} to {crossing.destination_zone}",
        f"{head} source {_list(stem, rule.source, groups)} destination"
        f" {_list(stem, rule.destination, groups)}",
        f"{head} application {application} service {service}",
        f"{head} action {shape_word(rule, 'allow', 'deny')} log-end no",
        f'{head} description "{remark(checked_id(crossing.id), rule)}"',
    ]


def _final_names(policy: Policy, device: Device) -> dict[str, ZonePair]:
    pairs = zone_pairs(policy, device)
    return {fit(f"{device.name}-final-{p.source_zone}-{p.destination_zone}", _NAME): p for p in pairs}


def _final(policy: Policy, device: Device) -> list[str]:
    """What denies the rest between the zones and says so, as the default denies it in silence."""
    stem = checked_stem(device.name)
    pairs = _final_names(policy, device)
    known = set(networks_of(policy.rules))
    ends = dict.fromkeys(net for pair in pairs.values() for net in (*pair.sources, *pair.destinations))
    lines = [f"set address {address_name(stem, net)} ip-netmask {net}" for net in ends if net not in known]
    for name, pair in pairs.items():
        head = f"set rulebase security rules {name}"
        lines += [
            f"{head} from {pair.source_zone} to {pair.destination_zone}",
            f"{head} source {_list(stem, pair.sources, {})} destination {_list(stem, pair.destinations, {})}",
            f"{head} application any service any",
            f"{head} action deny log-end yes",
        ]
    return lines


def _list(stem: str, networks: tuple[Network, ...], groups: Groups) -> str:
    parts = groups.get(networks)
    names = [each.name for each in parts] if parts else [address_name(stem, each) for each in networks]
    return names[0] if len(names) == 1 else f"[ {' '.join(names)} ]"


def _test(crossing: ZoneCrossing) -> str:
    rule = crossing.rule
    return (
        f"test security-policy-match from {crossing.source_zone} to {crossing.destination_zone} "
        f"source {rule.source[0].network_address} destination {rule.destination[0].network_address} "
        f"protocol {int(rule.protocol)} destination-port {rule.destination_ports.first}"
    )
