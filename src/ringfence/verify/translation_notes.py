"""What a reader of a proof has to know of translation and inspection.

Whose addresses the rules are about, what is opened beside them, and what the models rest on.
"""

from collections.abc import Iterator

from ringfence.model.inspections import inspection_of
from ringfence.model.nat import InspectionKind, NatKind, PhoneAddress
from ringfence.model.site import Firewall, Site
from ringfence.roles.translations import nat_rules

_REACHED = {
    PhoneAddress.AS_SEEN: "at the source of their packets (phone_address: as-seen)",
    PhoneAddress.AS_REGISTERED: "at the addresses in their messages (phone_address: as-registered)",
}


def translation_notes(site: Site) -> tuple[str, ...]:
    """A sentence each; empty where nothing is translated and nobody looks into messages."""
    found = [note for firewall in site.firewalls for note in _of_firewall(site, firewall)]
    if any(nat_rules(site, firewall) for firewall in site.firewalls):
        gatekeepers = dict.fromkeys(each for group in site.groups for each in group.gatekeepers)
        found += [
            f"gatekeeper {each.address} is assumed to reach phones {_REACHED[each.phone_address]}"
            for each in gatekeepers
        ]
    return tuple(found)


def _of_firewall(site: Site, firewall: Firewall) -> Iterator[str]:
    for rule in nat_rules(site, firewall):
        nat = rule.nat
        inside, outside = (", ".join(map(str, each)) for each in (nat.inside, nat.outside))
        how = "one address for all" if nat.kind is NatKind.MANY_TO_ONE else "host for host"
        yield (
            f"{firewall.name}: {inside} is {outside} to {nat.destination} ({how}); "
            "the rules are about inside addresses"
        )
    row = inspection_of(firewall.inspection)
    if row.kind is InspectionKind.OFF:
        return
    for doubt in row.doubts:
        yield f"{firewall.name}, {row.kind}: {doubt}"
    if row.pinhole:
        yield (
            f"{firewall.name}, {row.kind}: these rules accept nothing as 'related', so what it expects "
            "passes by them alone; a firewall that does accept it is open as said"
        )
    for basis in row.basis:
        yield f"{firewall.name}, {row.kind}: {basis}"
