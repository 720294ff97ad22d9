"""AWS: reads what `aws ec2 describe-security-groups` and `describe-network-acls` print.

Written from the EC2 API Reference (IpPermission, NetworkAclEntry) and the VPC User Guide: groups add up and
keep state; ACLs are read by number, keep none, and see only what enters or leaves the subnet. Neither knows
the addresses of what it is attached to: that has to be named. Nothing here has been checked against AWS.
"""

import json
from collections.abc import Iterator, Mapping

from ringfence.firewalls.common.behind import Behind, Named, attached
from ringfence.firewalls.common.json_text import Json, decoded, objects
from ringfence.firewalls.common.reading import Reading, Rows
from ringfence.firewalls.common.service_names import PROTOCOLS
from ringfence.firewalls.common.tags import ATTACHED, attached_networks
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Place, Row
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Services,
    is_any_any,
    match,
    number,
    of_protocol,
    outside,
    prefix,
    union,
    within,
)

_BOTH = frozenset({4, 6})
_LAST = 32767  # the entry that denies what no other takes


def read_groups(text: str, zones: Named | None = None) -> Listing:
    """Security groups; `zones` names the networks that a group (by id or name) is attached to.

    InputError when the text is not what describe-security-groups prints.
    """
    return listing_of(_listed(text, "SecurityGroups"), [], zones, Reading())


def read_acls(text: str, zones: Named | None = None) -> Listing:
    """Network ACLs; `zones` names the networks of an ACL (by id) or of its subnets.

    InputError when the text is not what describe-network-acls prints.
    """
    return listing_of([], _listed(text, "NetworkAcls"), zones, Reading())


def read_permissions(text: str, zones: Named | None = None) -> Listing:
    """Security groups as permissions by the names of the groups, as `rules` writes them.

    InputError for another document.
    """
    named = _named(text, _BY_NAME)
    return listing_of([{"GroupName": name, **group} for name, group in named.items()], [], zones, Reading())


def read_acl_entries(text: str, zones: Named | None = None) -> Listing:
    """Network ACLs as entries by name, as `rules` writes them. InputError for another document."""
    named = _named(text, _ACLS_BY_NAME)
    return listing_of([], [{"NetworkAclId": name, **acl} for name, acl in named.items()], zones, Reading())


def _named(text: str, what: str) -> Mapping[str, Mapping[str, Json]]:
    found = decoded(text, what)
    if not isinstance(found, dict) or not found or not all(isinstance(one, dict) for one in found.values()):
        raise InputError("not objects by name", where=what)
    return found


def listing_of(
    groups: list[Mapping[str, Json]], acls: list[Mapping[str, Json]], zones: Named | None, reading: Reading
) -> Listing:
    """Groups and ACLs as lists. Without a word in `zones` each is attached to what its tag AttachTo says."""
    tagged = {name: nets for item in (*groups, *acls) for name, nets in _attached_to(item, zones or {})}
    where = attached({**tagged, **(zones or {})}, reading)
    chains: list[Chain] = []
    if groups:
        names = {_name(group, _GROUP_NAMES, where): group for group in groups}
        if len(names) != len(groups):
            raise InputError("two security groups of one name", where="SecurityGroups")
        reading.assumed.append("no other security group is attached to the same addresses")
        chains += [
            _group_chain(names, "IpPermissions", DESTINATION, where, reading),
            _group_chain(names, "IpPermissionsEgress", SOURCE, where, reading),
        ]
    if acls:
        chains += [
            _acl_chain(acls, way, end, where, reading)
            for way, end in (("ingress", DESTINATION), ("egress", SOURCE))
        ]
    return reading.listing(chains)


_GROUP_NAMES = ("GroupId", "GroupName")
_BY_NAME = "security groups by name"
_ACLS_BY_NAME = "network ACLs by name"


def _attached_to(item: Mapping[str, Json], zones: Named) -> Iterator[tuple[str, tuple[Network, ...]]]:
    """The networks that a group's or an ACL's tag names, by its first name; nothing when `zones` has one."""
    names = [item[key] for key in (*_GROUP_NAMES, "NetworkAclId") if isinstance(item.get(key), str)]
    tags = [one for one in objects(item, "Tags") if one.get("Key") == ATTACHED]
    networks = attached_networks(tags[0].get("Value") if tags else item.get(ATTACHED))
    if names and networks and not any(name in zones for name in names):
        yield names[0], networks


def _listed(text: str, key: str) -> list[Mapping[str, Json]]:
    found = decoded(text, key)
    found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
        raise InputError("not a list of objects", where=key)
    return found


def _name(item: Mapping[str, Json], keys: tuple[str, ...], where: Behind) -> str:
    """The first of the item's names that networks are named for, or its first name."""
    names = [str(item[key]) for key in keys if isinstance(item.get(key), str)]
    return next((name for name in names if name in where.addresses), names[0] if names else "?")


def _group_chain(
    groups: Mapping[str, Mapping[str, Json]], key: str, end: int, where: Behind, reading: Reading
) -> Chain:
    """What groups permit adds up; what is attached to one and permitted by none is denied."""
    rows = Rows()
    way = "ingress" if end == DESTINATION else "egress"
    inside: list[Addresses] = []
    for name, group in groups.items():
        try:
            around = where.of(name)
        except NotUnderstood as error:
            reading.gap(rows, (f"{name} {way}", name), str(error))
            continue
        inside.append(around)
        for index, permission in enumerate(objects(group, key), start=1):
            _permission(permission, (f"{name} {way} {index}", around, end), reading, rows)
    if inside:
        rest = within(everything(), end, union(inside))
        rows.add(Row(f"{way} of the groups (implicit deny)", Action.DENY, rest, implicit=True))
    return rows.chain(f"security groups {way}", Action.PERMIT, _BOTH, stateful=True)


def _permission(
    permission: Mapping[str, Json], at: tuple[str, Addresses, int], reading: Reading, rows: Rows
) -> None:
    where, around, end = at
    text = json.dumps(permission)
    try:
        services = _group_services(permission)
        if permission.get("Computed"):
            raise NotUnderstood(str(permission["Computed"]))
    except NotUnderstood as error:
        reading.gap(rows, (where, text), str(error), within(everything(), end, around), Action.PERMIT)
        return
    for key, why in (("UserIdGroupPairs", "a security group"), ("PrefixListIds", "a prefix list")):
        if permission.get(key):
            parts = within(match(EVERYWHERE, EVERYWHERE, services), end, around)
            reading.gap(
                rows, (where, text), f"the addresses of {why} are not in the text", parts, Action.PERMIT
            )
    for word in _ranges(permission):
        try:
            peer = prefix(word)
            source, destination = (peer, around) if end == DESTINATION else (around, peer)
            boxes = match(source, destination, services)
        except NotUnderstood as error:
            parts = within(everything(), end, around)
            reading.gap(rows, (where, text), f"{word}: {error}", parts, Action.PERMIT)
            continue
        rows.add(Row(f"{where} {word}", Action.PERMIT, boxes, text))
        if peer in ({4: EVERYWHERE[4]}, {6: EVERYWHERE[6]}) and services == EVERY_SERVICE:
            reading.any_any.append(f"{where} {word}")


def _ranges(permission: Mapping[str, Json]) -> Iterator[str]:
    for key, inner in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for part in objects(permission, key):
            yield str(part.get(inner))


def _group_services(permission: Mapping[str, Json]) -> Services:
    word = str(permission.get("IpProtocol"))
    if word == "-1":
        return EVERY_SERVICE
    protocol = PROTOCOLS[word] if word in PROTOCOLS else number(word, 255)
    low, high = permission.get("FromPort"), permission.get("ToPort")
    if protocol in {1, 58}:
        return (of_protocol(protocol, _icmp(low), _icmp(high)),)
    if (low, high) in ((None, None), (-1, -1)) or protocol not in {6, 17}:
        return (of_protocol(protocol),)
    return (of_protocol(protocol, ANY, _span(low, high)),)


def _icmp(value: Json) -> tuple[tuple[int, int], ...]:
    if value in (None, -1):
        return ANY
    return ((number(str(value), 255),) * 2,)


def _span(low: Json, high: Json) -> tuple[tuple[int, int], ...]:
    first, last = number(str(low)), number(str(high))
    if first > last:
        raise NotUnderstood(f"port range {first} to {last} is reversed")
    return ((first, last),)


def _acl_chain(acls: list[Mapping[str, Json]], way: str, end: int, where: Behind, reading: Reading) -> Chain:
    """Entries by number, each cut to what crosses the subnet's border; then the deny of `*`."""
    rows = Rows()
    for acl in acls:
        subnets = [str(part.get("SubnetId")) for part in objects(acl, "Associations")]
        name = _name(acl, ("NetworkAclId",), where)
        try:
            known = [subnet for subnet in subnets if subnet in where.addresses]
            around = where.zone(known) if known and len(known) == len(subnets) else where.of(name)
        except NotUnderstood as error:
            reading.gap(rows, (f"{name} {way}", name), str(error))
            continue
        entries = [
            entry for entry in objects(acl, "Entries") if bool(entry.get("Egress")) == (way == "egress")
        ]
        for entry in sorted(entries, key=_rule_number):
            at = Place(_rule_number(entry), list=name, way=way)
            _entry(entry, (at, around, end), reading, rows)
        rest = within(everything(), end, around)
        rest = within(rest, SOURCE + DESTINATION - end, outside(around))
        at = Place(_LAST, list=name, way=way)
        rows.add(Row(f"{name} {way} * (implicit deny)", Action.DENY, rest, "", at, implicit=True))
    return rows.chain(f"network ACLs {way}", Action.PERMIT, _BOTH, stateful=False)


def _rule_number(entry: Mapping[str, Json]) -> int:
    found = entry.get("RuleNumber")
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= _LAST + 1:
        raise InputError(f"rule number {found!r}", where="NetworkAcls Entries")
    return found


def _entry(entry: Mapping[str, Json], at: tuple[Place, Addresses, int], reading: Reading, rows: Rows) -> None:
    place, around, end = at
    where = f"{place.list} {place.way} {place.number}"
    other = SOURCE + DESTINATION - end
    text = json.dumps(entry)
    action = {"allow": Action.PERMIT, "deny": Action.DENY}.get(str(entry.get("RuleAction")))
    border = within(within(everything(), end, around), other, outside(around))
    try:
        peer = prefix(str(entry.get("CidrBlock") or entry.get("Ipv6CidrBlock")))
        services = _acl_services(entry)
        if action is None:
            raise NotUnderstood(f"action {entry.get('RuleAction')}")
        source, destination = (peer, around) if end == DESTINATION else (around, peer)
        boxes = within(match(source, destination, services), other, outside(around))
    except NotUnderstood as error:
        reading.gap(rows, (where, text), str(error), border, action)
        return
    rows.add(Row(where, action, boxes, text, place))
    if action is Action.PERMIT and is_any_any(peer, peer, services):
        reading.any_any.append(where)


def _acl_services(entry: Mapping[str, Json]) -> Services:
    if str(entry.get("Protocol")) == "-1":
        return EVERY_SERVICE
    protocol = number(str(entry.get("Protocol")), 255)
    if protocol in {1, 58}:
        kind = entry.get("IcmpTypeCode")
        kind = kind if isinstance(kind, dict) else {}
        return (of_protocol(protocol, _icmp(kind.get("Type")), _icmp(kind.get("Code"))),)
    span = entry.get("PortRange")
    if span is None:
        return (of_protocol(protocol),)
    if protocol not in {6, 17} or not isinstance(span, dict):
        raise NotUnderstood("ports on a protocol that has none")
    return (of_protocol(protocol, ANY, _span(span.get("From"), span.get("To"))),)
