"""RouterOS: address lists and interface lists, and what the nat menu translates.

From the RouterOS manual, IP/Firewall/Address list and Interface/List. A list can grow at run time: by rules
that add to it, by names that are resolved, by leases and sessions. Such a list is known in part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.routeros.text import Export, ExportCommand
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import Addresses, prefix_or_span, union

_GROWS = frozenset({"add-src-to-address-list", "add-dst-to-address-list"})
_SOURCES = frozenset({"src-nat", "masquerade", "same", "netmap", "endpoint-independent-nat"})
_DESTINATIONS = frozenset({"dst-nat", "redirect", "netmap", "endpoint-independent-nat"})
_DEPTH = 16


@dataclass(slots=True)
class Names:
    """`translates`: "srcnat" and "dstnat" as far as the text has rules for them."""

    lists: Mapping[str, Addresses]
    growing: frozenset[str]
    members: Mapping[str, Sequence[str]]
    includes: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    translates: frozenset[str]
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def addresses(self, name: str, version: int) -> tuple[Addresses, bool]:
        """The addresses that are in the list, and whether those are all."""
        found = {version: self.lists.get(name, {}).get(version, ())}
        return found, name in self.lists and name not in self.growing

    def interfaces(self, name: str, outer: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The interfaces of the list; NotUnderstood for one that is unknown, or dynamic."""
        if name in outer or len(outer) > _DEPTH:
            raise NotUnderstood(f"interface list {name[:40]} contains itself")
        if name not in self._known:
            if name not in self.members and name not in self.includes:
                raise NotUnderstood(f"interface list {name[:40]} is not defined")
            more, less = self.includes.get(name, ((), ()))
            inner = (*outer, name)
            found = dict.fromkeys(
                (
                    *(one for other in more for one in self.interfaces(other, inner)),
                    *self.members.get(name, ()),
                )
            )
            away = {one for other in less for one in self.interfaces(other, inner)}
            self._known[name] = tuple(one for one in found if one not in away)
        return self._known[name]


def names_of(export: Export, reading: Reading, version: int) -> Names:
    """What the lists of one family hold; an entry that is not understood makes its list one that grows."""
    menu = "ip" if version == 4 else "ipv6"
    lists: dict[str, list[Addresses]] = {}
    growing = set[str]()
    for one in export.of(f"{menu} firewall address-list"):
        name = one.values.get("list", "")
        if one.disabled:
            reading.off(one.line, one.text, "disabled")
            continue
        lists.setdefault(name, [])
        if "timeout" in one.values:
            growing.add(name)
        try:
            lists[name].append(prefix_or_span(one.values.get("address", "")))
        except NotUnderstood:
            growing.add(name)  # the name of a host, whose addresses are asked for at run time
    for one in export.commands:
        if one.values.get("action") in _GROWS and one.menu.startswith(menu) and not one.disabled:
            growing.add(one.values.get("address-list", ""))
        elif one.menu.startswith(("ip dhcp-server", "ppp")) and "address-list" in one.values:
            growing.add(one.values["address-list"])
        elif one.menu.startswith("ip dhcp-server") and "address-lists" in one.values:
            growing.update(one.values["address-lists"].split(","))
    found = {name: union(parts) for name, parts in lists.items()}
    members, includes = _interface_lists(export, reading)
    return Names(found, frozenset(growing), members, includes, _translates(export, menu))


def _interface_lists(
    export: Export, reading: Reading
) -> tuple[dict[str, list[str]], dict[str, tuple[list[str], list[str]]]]:
    members: dict[str, list[str]] = {}
    includes: dict[str, tuple[list[str], list[str]]] = {}
    for one in export.of("interface list"):
        sets = [_listed(one.values.get(key, "")) for key in ("include", "exclude")]
        includes[one.values.get("name", "")] = (sets[0], sets[1])
    for one in export.of("interface list member"):
        if one.disabled:
            reading.off(one.line, one.text, "disabled")
        else:
            members.setdefault(one.values.get("list", ""), []).append(one.values.get("interface", ""))
    return members, includes


def _listed(value: str) -> list[str]:
    return [word for word in value.split(",") if word]


def _translates(export: Export, menu: str) -> frozenset[str]:
    rules: list[ExportCommand] = [one for one in export.of(f"{menu} firewall nat") if not one.disabled]
    actions = {one.values.get("action", "accept") for one in rules}
    kinds = {"srcnat": _SOURCES, "dstnat": _DESTINATIONS}
    return frozenset(kind for kind, known in kinds.items() if actions & known)
