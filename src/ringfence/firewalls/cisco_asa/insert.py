"""Cisco ASA: entries with the line of the list at which they belong."""

from ringfence.firewalls.cisco_asa.read import SAME_SECURITY
from ringfence.firewalls.common.ace.entry import bound_list, bound_lists, entries, with_mask
from ringfence.firewalls.common.document import Device, by_interface
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.model.policy import Policy


def insert(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion | None:
    """InsertionPoint: its text is `show running-config`. None where no list is bound there."""
    if at is None:
        return _at_the_top(policy, device)
    row = at.row or at.near
    if row is None or not row.place.list:
        return None
    name = row.place.list
    if name == SAME_SECURITY:
        return insertion(at.where, [f"{SAME_SECURITY} {row.place.way}"])
    found = [entry for rule in policy.rules for entry in entries(rule, with_mask)]
    if at.row is None or row.implicit:
        lines = [f"access-list {name} extended {entry}" for entry in found]
        return insertion(f"at the end of access list {name}", lines)
    # The device numbers every line of a list, remarks too.
    number = sum(line.startswith(f"access-list {name} ") for line in at.text[: row.place.number])
    lines = [f"access-list {name} line {number + n} extended {entry}" for n, entry in enumerate(found)]
    return insertion(at.where, lines)


def _at_the_top(policy: Policy, device: Device) -> Insertion:
    lists = by_interface(policy, device)
    lines = [
        f"access-list {bound_list(zone)} line {n} extended {entry}"
        for zone, found in lists.items()
        for n, entry in enumerate((e for one in found for e in entries(one.rule, with_mask)), 1)
    ]
    return insertion(f"{bound_lists(lists)} (show running-config access-group)", lines)
