"""What a writer is given about the device, and what it hands back."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from ringfence.firewalls.common.capability import Need, Widening
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule
from ringfence.model.provenance import Provenance

# Where a zone's name stands, some device takes these for every zone, for none, or for the device itself.
_NOT_ZONES = frozenset({"any", "all", "none", "self", "global"})
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]{0,62}")


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone or interface by the device's own name, and the networks that live behind it.

    InputError for a name that could not stand unquoted in a command line, for one that means more than one
    zone somewhere, or for no networks.
    """

    name: str
    networks: tuple[Network, ...]

    def __post_init__(self) -> None:
        if not _ZONE.fullmatch(self.name):
            raise InputError(
                f"{self.name!r} cannot be written as a zone",
                where="device zones",
                remedy="a letter, then letters, digits and . _ / : -, at most 63",
            )
        if self.name.lower() in _NOT_ZONES:
            raise InputError(
                f"{self.name!r} is not one zone to every firewall",
                where="device zones",
                remedy="name the zone or interface itself",
            )
        if not self.networks:
            raise InputError(f"zone {self.name} has no networks", where="device zones")


@dataclass(frozen=True, slots=True)
class Device:
    """How the firewall at hand wants to be addressed.

    `name` is the stem of everything that is created on it, so that nothing of the site's own is touched.
    `zones` are needed by zone- and interface-bound targets; `inside` names the zone whose hosts the filter is
    attached to where it has no other side (clouds, clusters), the last zone when empty. `log` writes a line
    for what the final deny drops; `log_group` sends it to that NFLOG group instead of the kernel log
    where the target can. `widen` are the needs that a person agreed to give up where the target lacks them.
    `comments`: the text begins with lines that say whose rules these are. `exclusive`: what no rule permits
    is dropped wherever it goes, so that the rule set decides over all that the device forwards; otherwise
    between the zones alone, and all else is left to the rules that are there. `made` is what the text says of
    where it comes from.
    """

    name: str = "ringfence"
    zones: tuple[Zone, ...] = ()
    inside: str = ""
    log: bool = False
    log_group: int | None = None
    widen: frozenset[Need] = frozenset()
    comments: bool = True
    exclusive: bool = False
    made: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rule set in a firewall's own syntax.

    `apply`, `verify` and `rollback` are the commands a person types, in order; what stands in <angle
    brackets> there is for the person to fill in. `bind` are the lines in the form of the text that put it in
    force, where the text alone does not; `running` is what the device then has, '' where it is the text and
    those lines. `notes` is what the text cannot enforce: inspection to switch off,
    sessions to clear, syntax that no device has checked. `local` are lines for the lists that judge what the
    device itself sends and receives.
    """

    target: str
    text: str
    apply: tuple[str, ...]
    verify: tuple[str, ...]
    rollback: tuple[str, ...]
    notes: tuple[str, ...] = ()
    widenings: tuple[Widening, ...] = ()
    bind: tuple[str, ...] = ()
    running: str = ""
    made: Provenance | None = None
    local: tuple[str, ...] = ()


Writer: TypeAlias = Callable[[Policy, Device], Rendered]


@dataclass(frozen=True, slots=True)
class ZoneCrossing:
    """The part of a rule that goes from one zone to another; `id` is unique within the text."""

    id: str
    source_zone: str
    destination_zone: str
    rule: Rule


def zone_of(network: Network, device: Device, where: str) -> str:
    """The zone with the longest prefix around `network`; InputError when there is none."""
    best: tuple[int, str] | None = None
    for zone in device.zones:
        for around in zone.networks:
            if lies_within(network, around) and (best is None or around.prefixlen > best[0]):
                best = (around.prefixlen, zone.name)
    if best is None:
        raise InputError(
            f"{network} lies in no zone of the device",
            where=where,
            remedy="name the zone or interface behind which it is",
        )
    return best[1]


def zone_crossings(rule: Rule, device: Device) -> tuple[ZoneCrossing, ...]:
    """The rule once per zone pair, addresses divided among them; nothing is lost and nothing is added."""
    sources = _grouped(rule.source, device, f"rule {rule.id} source")
    destinations = _grouped(rule.destination, device, f"rule {rule.id} destination")
    pairs = [(s, d) for s in sources for d in destinations]
    # "Any" also lies within the other end's zone, whose traffic to itself does not cross the firewall.
    pairs = [(s, d) for s, d in pairs if s != d] or pairs
    return tuple(
        ZoneCrossing(
            rule.id if len(pairs) == 1 else f"{rule.id}-{s}-{d}",
            s,
            d,
            replace(rule, source=sources[s], destination=destinations[d]),
        )
        for s, d in pairs
    )


def _grouped(networks: tuple[Network, ...], device: Device, where: str) -> dict[str, tuple[Network, ...]]:
    groups: dict[str, tuple[Network, ...]] = {}
    for network in networks:
        every = network.prefixlen == 0 and device.zones
        for zone in [z.name for z in device.zones] if every else [zone_of(network, device, where)]:
            groups[zone] = (*groups.get(zone, ()), network)
    return groups


def by_interface(policy: Policy, device: Device) -> dict[str, list[ZoneCrossing]]:
    """The rules by the zone on whose interface their packets come in, in the order of the policy."""
    found: dict[str, list[ZoneCrossing]] = {}
    for rule in policy.rules:
        for crossing in zone_crossings(rule, device):
            found.setdefault(crossing.source_zone, []).append(crossing)
    return found


def lies_within(network: Network, around: Network) -> bool:
    # subnet_of is typed per family, and raises on a mix.
    if network.version != around.version or network.prefixlen < around.prefixlen:
        return False
    shift = network.max_prefixlen - around.prefixlen
    return int(network.network_address) >> shift == int(around.network_address) >> shift
