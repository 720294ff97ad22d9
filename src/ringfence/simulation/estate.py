"""The phones of a whole site, by groups, in as many parts as there are workers for them.

What is in one part happens together: all its groups ask the same servers through the same firewalls. Parts do
not meet: each has its share of what the servers can do and of what the firewalls remember. With power
returning to all at once that comes near to the truth.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from ringfence.model.errors import InputError
from ringfence.model.site import Addressing, Group, Site
from ringfence.policy.compile import policy_for
from ringfence.roles.alone import alone
from ringfence.simulation.course import run_together
from ringfence.simulation.outcome import PartFound
from ringfence.simulation.population import room
from ringfence.simulation.run import GroupShare, SiteRun, Together
from ringfence.simulation.scenario import Scenario

_FEW = 64  # addresses that a site itself may have in a VLAN


def phones_in_parts(site: Site, phones: int, workers: int) -> list[list[GroupShare]]:
    """The groups' shares, in proportion to their addresses, in at most so many parts of about equal size."""
    groups = [group for group in site.groups if group.addressing is Addressing.DHCP]
    if not groups:
        raise InputError(
            "the phones of every group have their addresses entered at each phone",
            where=site.site,
            remedy="simulate a site whose phones ask a DHCP server",
        )
    counts = _apportioned(phones, [addresses_for(group) for group in groups])
    parts: list[list[GroupShare]] = []
    first, places = 0, iter(_apportioned(phones, [1] * min(workers, phones)))
    left = 0
    for group, count in zip(groups, counts, strict=True):
        end = first + count
        while first < end:
            if not left:
                left = next(places)
                parts.append([])
            own = min(end - first, left)
            parts[-1].append(GroupShare(group.name, first, own, phones))
            first, left = first + own, left - own
    return parts


def addresses_for(group: Group) -> int:
    """How many phones of the group can have an address on every VLAN that they pass through, about."""
    return min(vlan.network.num_addresses // 2 for _, vlan in group.vlans)


def too_many(site: Site, shares: Sequence[GroupShare]) -> list[str]:
    """A sentence for each group that has fewer addresses than phones."""
    phones: Counter[str] = Counter()
    for share in shares:
        phones[share.group] += share.phones
    return [
        f"group {group.name}: {phones[group.name]} phones, and its DHCP scopes have {addresses} addresses"
        for group in site.groups
        if phones[group.name] > addresses_for(group) - _FEW
        for addresses in [min(room(alone(site, group)).values())]
        if phones[group.name] > addresses
    ]


def simulate_part(
    site: Site,
    scenario: Scenario,
    shares: Sequence[GroupShare],
    progress: Callable[[float, int], object] | None = None,
) -> PartFound:
    """Run these shares together, in this process."""
    common = Together(scenario, sum(share.phones for share in shares) / shares[0].of)
    policies = {firewall.name: policy_for(site, firewall.name) for firewall in site.firewalls}
    groups = {group.name: group for group in site.groups}
    runs = [SiteRun(alone(site, groups[share.group]), policies, scenario, share, common) for share in shares]
    return run_together(runs, common, scenario, progress or _nobody)


def _nobody(_at: float, _ready: int) -> None:
    pass


def _apportioned(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in proportion to `weights`; their sum is `whole`."""
    total, given, before = sum(weights), [], 0
    for upto in _sums(weights):
        after = whole * upto // total
        given.append(after - before)
        before = after
    return given


def _sums(weights: Sequence[int]) -> list[int]:
    found, total = [], 0
    for weight in weights:
        total += weight
        found.append(total)
    return found
