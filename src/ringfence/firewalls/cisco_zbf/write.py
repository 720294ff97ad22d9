"""Cisco IOS-XE zone-based policy firewall.

Written from the Security Configuration Guide: Zone-Based Policy Firewall, IOS XE 16.6, "Zone-Based Policy
Firewalls" (class-map type inspect, policy-map type inspect, zone-pair security).
"""

from ringfence.firewalls.common.ace.entry import entries, with_wildcard
from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered, ZoneCrossing, zone_crossings
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, versioned
from ringfence.model.policy import Policy

CAPABILITY = Capability("cisco-zbf", FULL - {Need.IPV6}, zones=True, zone_names=True)
_NAME = 40  # the longest name of a class map


def write(policy: Policy, device: Device) -> Rendered:
    """Lists, class maps and policy maps as text, one set for each zone pair. InputError if unwritable."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = versioned(checked_stem(device.name), policy)
    by_pair: dict[tuple[str, str], list[ZoneCrossing]] = {}
    for rule in policy.rules:
        for crossing in zone_crossings(rule, device):
            by_pair.setdefault((crossing.source_zone, crossing.destination_zone), []).append(crossing)
    names = {pair: fit(f"{stem}-{pair[0]}-{pair[1]}", _NAME) for pair in by_pair}
    lines = header(policy, device, "!", "Cisco IOS-XE zones", zones=True)
    for (source, destination), found in by_pair.items():
        name = names[source, destination]
        lines.append(f"ip access-list extended {name}")
        for crossing in found:
            lines.append(f" remark {remark(checked_id(crossing.id), crossing.rule)}")
            lines += [f" {entry}" for entry in entries(crossing.rule, with_wildcard)]
        lines += [
            f"class-map type inspect match-all {name}",
            f" match access-group name {name}",
            f"policy-map type inspect {name}",
            f" class type inspect {name}",
            "  inspect",
            " class class-default",
            "  drop log" if device.log else "  drop",
        ]
    bind = tuple(
        line
        for a, b in by_pair
        for line in (
            f"zone-pair security {a}-{b} source {a} destination {b}",
            f" service-policy type inspect {names[a, b]}",
        )
    )
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "show zone-pair security",
            "configure terminal revert timer 10",
            f"! paste the maps {stem}-*; their names are new, so nothing in force changes yet",
            *bind,
            "end",
            "configure confirm",
        ),
        verify=tuple(f"show policy-map type inspect zone-pair {s}-{d} sessions" for s, d in by_pair),
        rollback=_rollback(names),
        notes=_NOTES,
        widenings=widenings,
        bind=bind,
    )


def _rollback(names: dict[tuple[str, str], str]) -> tuple[str, ...]:
    return (
        "configure terminal",
        *(
            line
            for (a, b), name in names.items()
            for line in (
                f"zone-pair security {a}-{b}",
                f" no service-policy type inspect {name}",
                "! where it had a map, this too, without the ! in front:",
                "! service-policy type inspect <PREVIOUS-MAP>",
            )
        ),
        *(f"no policy-map type inspect {name}" for name in names.values()),
        *(f"no class-map type inspect match-all {name}" for name in names.values()),
        *(f"no ip access-list extended {name}" for name in names.values()),
        "end",
    )


_NOTES = (
    UNVERIFIED,
    "a zone pair has one policy map: if show zone-pair security names one already, take out its "
    "service-policy first and carry its other classes over; the router refuses a second one",
    "use the zone-pair name the router already has for these two zones",
    "the revert timer needs an archive (archive, then path flash:before); without one: reload in 10 before, "
    "and reload cancel once all works",
    "what no class matches is dropped between these two zones, as it is between zones without a pair; no "
    "other pair is touched",
    "a deny entry takes its packets out of the class, so that class-default drops them",
    "no match protocol h323 or ras is written; whether the H.323 ALG acts on 1719 and 1720 all the same "
    "depends on the release: show platform hardware qfp active feature alg",
    "sessions stay open after a rule is removed: clear zone-pair inspect sessions",
)
