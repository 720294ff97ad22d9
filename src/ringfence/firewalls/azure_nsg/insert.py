"""Rules added to a network security group that is in place, as commands."""

from ringfence.firewalls.azure_nsg.write import CAPABILITY, NAME_LENGTH
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.shape import attachments, inside_networks, is_icmp
from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule

_FIRST, _LAST = 100, 4096  # priorities a rule may have


def insert(policy: Policy, device: Device, at: InsertionPoint | None) -> Insertion | None:
    """Rules with free priorities before the one that stops the packets.

    None where no group is at hand to be asked for its priorities. InputError where none is free.
    """
    point = at.row or at.near if at is not None else None
    if at is None or point is None or not point.place.list:
        return None
    group, way = point.place.list, point.place.way
    stop = min(at.row.place.number if at.row is not None and at.row.place.number else _LAST + 1, _LAST + 1)
    taken = {row.place.number for row in at.chain.rows if row.place.list == group}
    free = (number for number in range(stop - 1, _FIRST - 1, -1) if number not in taken)
    inside = inside_networks(device, CAPABILITY.target)
    lines = []
    for rule in policy.rules:
        ways = {
            "Inbound" if item.inbound else "Outbound" for item in attachments(rule, inside, CAPABILITY.target)
        }
        if way not in ways:
            continue
        number = next(free, 0)
        if not number:
            raise InputError(
                f"no priority is free before {stop}", where=group, remedy="number its rules anew"
            )
        lines.append(_command(group, way, rule, (checked_stem(device.name), number)))
    where = f"before priority {stop} of" if stop <= _LAST else "behind the rules of"
    return insertion(f"{where} {group}", lines)


def _command(group: str, way: str, rule: Rule, named: tuple[str, int]) -> str:
    name = fit(f"{named[0]}-{checked_id(rule.id)}", NAME_LENGTH)
    words = [
        f"--priority {named[1]} --direction {way} --access Allow",
        f"--protocol {'Icmp' if is_icmp(rule) else rule.protocol.word.capitalize()}",
        f"--source-address-prefixes {' '.join(map(str, rule.source))}",
        f"--source-port-ranges {_ports(rule.source_ports)}",
        f"--destination-address-prefixes {' '.join(map(str, rule.destination))}",
        f"--destination-port-ranges {_ports(rule.destination_ports)}",
    ]
    head = f"az network nsg rule create --resource-group <GROUP> --nsg-name {group} --name {name}"
    return f"{head} {' '.join(words)}"


def _ports(ports: PortRange) -> str:
    return "'*'" if ports == ANY_PORT else str(ports)
