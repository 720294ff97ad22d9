"""Cisco IOS: entries with sequence numbers, after a renumbering that makes room for them.

The lists keep no state, so that answers need entries too.
"""

from collections.abc import Sequence

from ringfence.firewalls.common.ace.entry import bound_list, bound_lists, entries, with_wildcard
from ringfence.firewalls.common.document import Device, by_interface
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.model.policy import Policy, Rule
from ringfence.policy.reverse import with_replies

_ROOM = 1000  # between two entries of a renumbered list, unless more have to go in front


def insert(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion | None:
    """InsertionPoint: its text is `show running-config`. None where no extended list is bound there."""
    if at is None:
        return _at_the_top(policy, device)
    row = at.row or at.near
    if row is None or not row.place.list:
        return None
    name = row.place.list
    listed = entry_lines(name, at.text)
    found = [entry for rule in policy.rules for entry in _entries(rule)]
    if not listed or len(found) >= _ROOM:
        return None
    inside = at.row is not None and not row.implicit
    position = sum(n <= row.place.number for n in listed) if inside else len(listed) + 1
    lines = [
        f"ip access-list resequence {name} {_ROOM} {_ROOM}",
        f"ip access-list extended {name}",
        *(f" {_ROOM * position - len(found) + n} {entry}" for n, entry in enumerate(found)),
    ]
    return insertion(at.where if inside else f"at the end of access list {name}", lines)


def _entries(rule: Rule) -> list[str]:
    # Only what answers may be let back in by its ACK.
    return entries(rule, with_wildcard, established=rule.reply)


def _at_the_top(policy: Policy, device: Device) -> Insertion:
    lists = by_interface(with_replies(policy), device)
    lines: list[str] = []
    for zone, crossing in lists.items():
        found = [entry for one in crossing for entry in _entries(one.rule)]
        name, room = bound_list(zone), max(_ROOM, len(found) + 1)
        lines += [f"ip access-list resequence {name} {room} {room}", f"ip access-list extended {name}"]
        lines += [f" {n} {entry}" for n, entry in enumerate(found, 1)]
    where = f"{bound_lists(lists)} (show running-config | include ^interface|access-group)"
    return insertion(where, lines)


def entry_lines(name: str, text: Sequence[str]) -> list[int]:
    """The lines on which the entries of an extended list stand; none when there is no such list."""
    found: list[int] = []
    within = False
    for number, line in enumerate(text, start=1):
        if not line.startswith(" "):
            within = line.split()[:4] == ["ip", "access-list", "extended", name]
            words = line.split()[:3]
            extended = name.isdigit() and (100 <= int(name) <= 199 or 2000 <= int(name) <= 2699)
            if extended and words[:2] == ["access-list", name] and words[2:] != ["remark"]:
                found.append(number)
        elif within and {"permit", "deny"} & set(line.split()[:2]):
            found.append(number)
    return found
