"""Which VLANs of a site are relayed, to whom, and from which address the rules expect it."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.errors import InputError
from ringfence.model.site import Addressing, RelaySource, Site


@dataclass(frozen=True, slots=True)
class RelayedVlan:
    """One VLAN whose agents, at `giaddrs`, ask `servers`. `vlan` 0: untagged at the phone.

    `source`: from which of its addresses the site says that they ask; those are `asking`.
    """

    group: str
    network: IPv4Network
    vlan: int
    giaddrs: tuple[IPv4Address, ...]
    source: RelaySource
    asking: tuple[IPv4Address, ...]
    servers: tuple[IPv4Address, ...]


def relayed_vlans(site: Site, groups: Sequence[str] = ()) -> tuple[RelayedVlan, ...]:
    """The VLANs of these groups (without names all) that some DHCP server is not in.

    InputError for a name that no group has, and where nothing is relayed.
    """
    known = [group.name for group in site.groups]
    strange = next((name for name in groups if name not in known), None)
    if strange is not None:
        raise InputError(
            f"there is no group called {strange!r}",
            where="--group",
            remedy=f"one of: {', '.join(known[:20])}",
        )
    found = tuple(
        RelayedVlan(
            group.name,
            vlan.network,
            vlan.id,
            vlan.relay.giaddrs,
            vlan.relay.source,
            vlan.relay.addresses,
            tuple(each.address for each in group.dhcp if each.address not in vlan.network),
        )
        for group in site.groups
        if (not groups or group.name in groups) and group.addressing is Addressing.DHCP
        for _, vlan in group.vlans
        if vlan.relay is not None and any(each.address not in vlan.network for each in group.dhcp)
    )
    if not found:
        raise InputError("nothing of these phones is relayed", where=site.site, remedy="leave --relay out")
    return found
