"""Kinds of groups: phones whose flows differ in nothing but their own addresses.

A site of a thousand like branches has one short table of flows, with a thousand networks in it.
"""

from dataclasses import dataclass

from ringfence.model.site import Group, Site, Vlan


@dataclass(frozen=True, slots=True)
class Kind:
    """Groups alike; the first stands for all of them where one has to be tried."""

    groups: tuple[Group, ...]

    @property
    def first(self) -> Group:
        return self.groups[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(group.name for group in self.groups)


def kinds(site: Site) -> tuple[Kind, ...]:
    """The kinds of the site's groups, in the order in which each first appears."""
    found: dict[object, list[Group]] = {}
    for group in site.groups:
        found.setdefault(_likeness(site, group), []).append(group)
    return tuple(Kind(tuple(groups)) for groups in found.values())


def _likeness(site: Site, group: Group) -> object:
    """What decides which flows there are, addresses of the group's own left out."""
    return (
        group.calls,
        group.dhcp,
        group.dns if group.hosts else (),
        group.files,
        group.gatekeepers,
        group.alternates,
        group.addressing,
        group.moves,
        (media.ports, media.direct) if (media := site.media and site.media.of(group)) else None,
        tuple(_vlan_likeness(site, group, vlan) for _, vlan in group.vlans),
    )


def _vlan_likeness(site: Site, group: Group, vlan: Vlan) -> object:
    beside = tuple(each.address in vlan.network for each in (*group.servers, *site.everybodys))
    return (
        site.zone_of(vlan.network),
        site.own_addresses.get(vlan.router),
        (vlan.relay.source, len(vlan.relay.addresses), len(vlan.relay.giaddrs)) if vlan.relay else None,
        bool(vlan.id),
        beside,
    )
