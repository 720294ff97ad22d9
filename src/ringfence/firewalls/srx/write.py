"""Juniper SRX in set format.

Written from the Junos OS documentation: security policies, the [edit applications] hierarchy of 9.3 and 13.2
(icmp-type, icmp6-type and source-port stand directly under an application; application-protocol ignore keeps
every ALG away from it), security alg, commit confirmed.
"""

from ringfence.firewalls.common.annotation import remark, stated
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered, ZoneCrossing, zone_crossings
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion, standing_for
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.parties import Groups, address_groups
from ringfence.firewalls.common.scope import zone_pairs
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
from ringfence.policy.space import NOWHERE

CAPABILITY = Capability("srx", FULL, zones=True, zone_names=True)
_NAME = 63
_LOGGED = "then log session-init"


def write(policy: Policy, device: Device) -> Rendered:
    """Set commands as text. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    found = [crossing for rule in policy.rules for crossing in zone_crossings(rule, device)]
    # All of it is candidate configuration until the commit: clearing our own policies first leaves no gap.
    finals = _final(policy, device) if device.log else []
    ours = [*(_path(stem, crossing) for crossing in found), *(path for path, _ in finals)]
    # The command line passes over what stands behind a #.
    lines = [f"# {line}" for line in stated(policy, device)]
    lines += [*(f"delete {path}" for path in ours), *_lines(policy, found, device)]
    lines += [line for _, body in finals for line in body]
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "show configuration security alg h323 | display set",
            "configure exclusive",
            "load set terminal",
            "set security alg h323 disable",
            "show | compare",
            "commit check",
            "commit confirmed 5",
            "# within five minutes, once all works; otherwise the device takes it back:",
            "commit",
        ),
        verify=("show security policies detail", "show security alg status | match H323"),
        rollback=(
            "configure exclusive",
            *(f"delete {path}" for path in ours),
            "# only where the first command printed nothing:",
            "# delete security alg h323 disable",
            "show | compare",
            "commit confirmed 5",
            "commit",
        ),
        notes=(
            UNVERIFIED,
            "a delete that finds nothing warns and changes nothing",
            f"a policy of an earlier set that this one no longer has stays: look for others named {stem}-",
            # Junos OS CLI reference, rollback and show system commit: 0 is the active configuration, and each
            # commit adds one; the one that confirms is a commit of its own (NETCONF guide, confirmed commit).
            "the commit that confirms counts too: rollback 1 is these same rules, and rollback 2 what was "
            "before them, as long as nobody else commits (show system commit; show | compare rollback 2); "
            "confirmed by commit check instead, it is rollback 1",
            "new policies come last in their zone pair: insert them before any deny that meets them "
            "(insert security policies from-zone <A> to-zone <B> policy <NAME> before policy <OTHER>)",
            "a device with zone-bound address books refuses the global one: bind the addresses to the "
            "zones there",
            "--log writes a last policy between these zones that logs what it denies: keep it below all "
            "others",
            "the rest is dropped only if show configuration security policies default-policy is not "
            "permit-all",
            "sessions stay open after a policy is removed: clear security flow session source-prefix "
            "<ADDRESS>",
        ),
        widenings=widenings,
    )


def insert(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion:
    """Policies of new names before the one that stops the packets, or each before the first of its zone pair.

    They belong at the end of their zone pair, where the set commands put them, if a default stops them or a
    global policy: these come after those of the pair.
    """
    found = [crossing for rule in policy.rules for crossing in zone_crossings(rule, device)]
    if at is not None:
        stops = at.row.place if at.row is not None and not at.row.implicit else NOWHERE
        placed = [
            f"insert {_path(device.name, crossing)} before policy {stops.name}"
            for crossing in found
            if stops.list == f"{crossing.source_zone} {crossing.destination_zone}"
        ]
        where = f"{at.where}; then commit confirmed 5, and commit"
        return insertion(where, [*_lines(policy, found, device), *placed])
    moves = [f"insert {_path(device.name, crossing)} before policy <FIRST>" for crossing in found]
    where = (
        "<FIRST> is the first policy of each zone pair (show configuration security policies); leave the "
        f"insert out where there is none; {standing_for(device)}; then commit confirmed 5, and commit"
    )
    return insertion(where, [*_lines(policy, found, device), *moves])


def _lines(policy: Policy, found: list[ZoneCrossing], device: Device) -> list[str]:
    """The objects, then the policies."""
    stem = checked_stem(device.name)
    lines = [
        f"set security address-book global address {address_name(stem, network)} {network}"
        for network in networks_of(policy.rules)
    ]
    groups = address_groups((crossing.rule for crossing in found), stem, _NAME)
    lines += [
        f"set security address-book global address-set {group.name} address {address_name(stem, member)}"
        for parts in groups.values()
        for group in parts
        for member in group.members
    ]
    for rule in one_service_each(policy.rules):
        lines += _application(stem, rule)
    for crossing in found:
        lines += _policy(stem, crossing, groups)
    return lines


def _path(stem: str, crossing: ZoneCrossing) -> str:
    name = fit(f"{stem}-{checked_id(crossing.id)}", _NAME)
    zones = f"from-zone {crossing.source_zone} to-zone {crossing.destination_zone}"
    return f"security policies {zones} policy {name}"


def _application(stem: str, rule: Rule) -> list[str]:
    head = f"set applications application {service_name(stem, rule)}"
    if is_icmp(rule):
        word_ = "icmp" if rule.version == 4 else "icmp6"
        kind = [] if rule.icmp_type is None else [f"{head} {word_}-type {rule.icmp_type}"]
        return [f"{head} protocol {word_}", *kind]
    parts = [f"protocol {rule.protocol.word}"]
    if rule.source_ports != ANY_PORT:
        parts.append(f"source-port {rule.source_ports}")
    if rule.destination_ports != ANY_PORT:
        parts.append(f"destination-port {rule.destination_ports}")
    return [f"{head} {part}" for part in (*parts, "application-protocol ignore")]


def _policy(stem: str, crossing: ZoneCrossing, groups: Groups) -> list[str]:
    rule = crossing.rule
    head = f"set {_path(stem, crossing)}"
    lines = [f"{head} match source-address {name}" for name in _names(stem, rule.source, groups)]
    lines += [f"{head} match destination-address {name}" for name in _names(stem, rule.destination, groups)]
    lines.append(f"{head} match application {service_name(stem, rule)}")
    lines.append(f'{head} description "{remark(checked_id(crossing.id), rule)}"')
    lines.append(f"{head} then {shape_word(rule, 'permit', 'deny')}")
    return lines


def _names(stem: str, networks: tuple[Network, ...], groups: Groups) -> list[str]:
    parts = groups.get(networks)
    return [each.name for each in parts] if parts else [address_name(stem, each) for each in networks]


def _final(policy: Policy, device: Device) -> list[tuple[str, list[str]]]:
    """What denies the rest between the zones and says so: path and lines of each policy."""
    stem = checked_stem(device.name)
    known = set(networks_of(policy.rules))
    found = []
    for pair in zone_pairs(policy, device):
        name = fit(f"{stem}-final-{pair.source_zone}-{pair.destination_zone}", _NAME)
        path = f"security policies from-zone {pair.source_zone} to-zone {pair.destination_zone} policy {name}"
        new = [net for net in (*pair.sources, *pair.destinations) if net not in known]
        known |= set(new)
        lines = [f"set security address-book global address {address_name(stem, net)} {net}" for net in new]
        ends = (("source", pair.sources), ("destination", pair.destinations))
        for end, networks in ends:
            lines += [f"set {path} match {end}-address {address_name(stem, net)}" for net in networks]
        lines += [f"set {path} {word}" for word in ("match application any", "then deny", _LOGGED)]
        found.append((path, lines))
    return found
