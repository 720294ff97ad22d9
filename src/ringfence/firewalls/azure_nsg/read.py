"""Network security groups as JSON: what `az network nsg show` and `list` print, the REST API, and templates.

Also the effective rules of an interface (`az network nic list-effective-nsg`), in which Azure has put
addresses for tags. Written from the REST references NetworkSecurityGroups and
EffectiveNetworkSecurityGroupListResult, 2023-09-01, and the reference of ARM templates. What a template or a
deployment would have to compute is not computed: a rule with such a part is not understood.
"""

import json
from collections.abc import Iterator

from ringfence.firewalls.azure_nsg.groups import INBOUND, OUTBOUND, Nsg, NsgRule, nsg_listing
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.json_text import Json, JsonObject, decoded, objects, strings
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.tags import ATTACHED, attached_networks
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import prefix, touching

_WHAT = "network security groups"
_GROUP = "microsoft.network/networksecuritygroups"
_RULE = f"{_GROUP}/securityrules"
_WAYS = {"inbound": INBOUND, "outbound": OUTBOUND}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# SecurityRulePropertiesFormat, with what the command line and effective rules have beside it.
_OF_RULE = _words(
    "name id etag type resourceGroup provisioningState description protocol priority "
    "direction access sourceAddressPrefix sourceAddressPrefixes expandedSourceAddressPrefix "
    "sourceApplicationSecurityGroups destinationAddressPrefix destinationAddressPrefixes "
    "expandedDestinationAddressPrefix destinationApplicationSecurityGroups sourcePortRange "
    "sourcePortRanges destinationPortRange destinationPortRanges properties"
)
_OF_GROUP = _words(
    "name id etag type location tags resourceGroup resourceGuid provisioningState "
    "securityRules defaultSecurityRules networkInterfaces subnets flowLogs flushConnection "
    "properties apiVersion dependsOn comments resources scope"
)


def read(text: str, zones: Named | None = None) -> Listing:
    """Every group of the text; `zones` names the networks of a group, or of what it is attached to.

    InputError when the text has no group.
    """
    found = decoded(text, _WHAT)
    reading = Reading()
    groups = list(_effective(found)) or _template(found, reading) or list(_plain(found, reading))
    if not groups:
        raise InputError("no network security group", where=_WHAT)
    return nsg_listing(groups, zones, reading)


def _effective(found: Json) -> Iterator[Nsg]:
    """All groups of one interface: any name of them, or of what they are attached to, is the interface's."""
    listed = found.get("value") if isinstance(found, dict) else found
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if not entries or not all("effectiveSecurityRules" in one for one in entries):
        return
    ids = [_tail(one.get("networkSecurityGroup")) for one in entries]
    every = [name for one in entries for name in _associated(one)]
    for name, one in zip(ids, entries, strict=True):
        own = tuple(dict.fromkeys((name, *ids, *every)))
        rules = [_rule(rule) for rule in objects(one, "effectiveSecurityRules")]
        group = Nsg(own, rules, own_defaults=True)
        managers = "networkManager" in (one.get("association") or {}) and one["association"]["networkManager"]
        if managers:
            doubt = "a rule of a network manager, which is judged before all groups"
            group.rules = [_doubted(rule, doubt) for rule in rules]
        yield group


def _associated(entry: JsonObject) -> Iterator[str]:
    association = entry.get("association")
    for one in association.values() if isinstance(association, dict) else ():
        if isinstance(one, dict):
            yield _tail(one)


def _plain(found: Json, reading: Reading) -> Iterator[Nsg]:
    """One group, a list of groups, or the `value` of a list."""
    listed = found.get("value", [found]) if isinstance(found, dict) else found
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and "securityRules" in {**one, **_inner(one)}:
            yield _group(one, reading)


def _inner(item: JsonObject) -> JsonObject:
    found = item.get("properties")
    return found if isinstance(found, dict) else {}


def _group(item: JsonObject, reading: Reading) -> Nsg:
    whole = {**item, **_inner(item)}
    name = str(whole.get("name") or _tail(whole))
    unknown = sorted(whole.keys() - _OF_GROUP)
    if unknown:
        reading.stray(name, json.dumps({key: whole[key] for key in unknown}), f"{unknown[0]} is not known")
    bound = [objects(whole, key) for key in ("subnets", "networkInterfaces")]
    tags = whole.get("tags")
    return Nsg(
        names=tuple(dict.fromkeys(word for word in (name, str(whole.get("id") or "")) if word)),
        rules=[_rule(rule) for key in _RULES for rule in objects(whole, key)],
        attached=tuple((_tail(one), ()) for part in bound for one in part),
        networks=attached_networks(tags.get(ATTACHED)) if isinstance(tags, dict) else (),
        # The API leaves out what is empty, and the command line says null: an absent key says nothing.
        loose=all(key in whole for key in ("subnets", "networkInterfaces")) and not any(bound),
        own_defaults=bool(whole.get("defaultSecurityRules")),
    )


_RULES = ("securityRules", "defaultSecurityRules")


def _rule(item: JsonObject) -> NsgRule:
    whole = {**item, **_inner(item)}
    unknown = sorted(whole.keys() - _OF_RULE)
    doubt = f"{unknown[0]} is not known" if unknown else ""
    return NsgRule(
        name=str(whole.get("name", "?")),
        priority=whole.get("priority"),
        direction=_WAYS.get(str(whole.get("direction", "")).lower(), ""),
        access=str(whole.get("access", "")),
        protocol=str(whole.get("protocol", "")),
        sources=_end(whole, "source"),
        destinations=_end(whole, "destination"),
        source_ports=tuple(strings(whole, "sourcePortRange", "sourcePortRanges")),
        destination_ports=tuple(strings(whole, "destinationPortRange", "destinationPortRanges")),
        doubt=doubt,
    )


def _end(rule: JsonObject, end: str) -> tuple[str, ...]:
    """The words of one end: addresses that Azure found for them where it says so; groups by their names."""
    expanded = tuple(strings(rule, f"expanded{end.capitalize()}AddressPrefix"))
    groups = tuple(map(_tail, objects(rule, f"{end}ApplicationSecurityGroups")))
    said = tuple(strings(rule, f"{end}AddressPrefix", f"{end}AddressPrefixes"))
    return (*(expanded or said), *groups)


def _doubted(rule: NsgRule, doubt: str) -> NsgRule:
    return NsgRule(rule.name, direction=rule.direction, doubt=doubt)


def _tail(item: Json) -> str:
    """The last name of an id, of what a template refers to, or of an object that has one."""
    words = str(item.get("id") or item.get("name") or "?") if isinstance(item, dict) else str(item or "?")
    if words.startswith("[resourceId("):
        last = words[: words.rfind(")")].rpartition(", ")[2]
        return last.strip("'") if last.startswith("'") else f"[{last}]"
    return words if words.startswith("[") else words.rstrip("/").rpartition("/")[2]


# --- templates ---------------------------------------------------------------------------------------------


def _template(found: Json, reading: Reading) -> list[Nsg]:
    """The groups of a template, with the subnets that name them."""
    resources = found.get("resources") if isinstance(found, dict) else None
    if isinstance(resources, dict):  # by symbolic name, languageVersion 2.0
        resources = list(resources.values())
    if not isinstance(resources, list):
        return []
    every = list(_nested(resources))
    groups = {}
    for one in every:
        if _type(one) == _GROUP:
            group = _group(one, reading)
            _note_loops(one, group.name, reading)
            groups[_tail(one.get("name"))] = group
    for one in every:
        _beside(one, groups, reading)
    return list(groups.values())


def _nested(resources: list[Json], above: str = "", depth: int = 0) -> Iterator[JsonObject]:
    for one in resources:
        if not isinstance(one, dict) or depth > 4:
            raise InputError("not a resource", where="resources")
        kind = f"{above}/{one.get('type', '')}" if above else str(one.get("type", ""))
        yield {**one, "type": kind}
        inner = one.get("resources")
        if isinstance(inner, list):
            named = [{**part, "of": one.get("name")} if isinstance(part, dict) else part for part in inner]
            yield from _nested(named, kind, depth + 1)


def _type(item: JsonObject) -> str:
    return str(item.get("type", "")).lower()


def _note_loops(item: JsonObject, name: str, reading: Reading) -> None:
    for key in ("copy", "condition"):
        if key in item or key in _inner(item):
            reading.stray(name, f"{key} of {name}", "what a deployment computes")


def _beside(item: JsonObject, groups: dict[str, Nsg], reading: Reading) -> None:
    """What else of a template is about groups, or drops packets beside them."""
    kind, name = _type(item), str(item.get("name", "?"))
    if kind == _RULE:
        owner = str(item["of"]) if "of" in item else name.rpartition("/")[0]
        group = groups.get(_tail(owner))
        if group is None or "copy" in item or "condition" in item:
            reading.stray(name, f"rule {name}", "a rule that a deployment computes, or of a group elsewhere")
        else:
            rule = {key: value for key, value in item.items() if key in _OF_RULE}
            group.rules.append(_rule({**rule, "name": name.rpartition("/")[2]}))
    elif kind == "microsoft.network/virtualnetworks":
        for subnet in objects(_inner(item), "subnets"):
            _attach(subnet, groups)
    elif kind == "microsoft.network/virtualnetworks/subnets":
        _attach({**item, "name": name.rpartition("/")[2]}, groups)
    elif kind == "microsoft.network/routetables":
        for route in objects(_inner(item), "routes"):
            _note_route(route, name, reading)
    elif kind in _ELSEWHERE:
        reading.stray(name, f"{item.get('type')} {name}", _ELSEWHERE[kind])


_ELSEWHERE = {
    "microsoft.resources/deployments": "the resources of another template are not in the text",
    "microsoft.network/azurefirewalls": "a firewall on the way has rules of its own",
    "microsoft.network/networkmanagers/securityadminconfigurations/rulecollections/rules": (
        "a rule of a network manager, which is judged before all groups"
    ),
}


def _attach(subnet: JsonObject, groups: dict[str, Nsg]) -> None:
    inner = _inner(subnet)
    of = inner.get("networkSecurityGroup")
    group = groups.get(_tail(of)) if of else None
    if group is None:
        return
    own = " ".join(strings(inner, "addressPrefix", "addressPrefixes"))
    group.attached = (*group.attached, (str(subnet.get("name", "?")), attached_networks(own)))


def _note_route(route: JsonObject, table: str, reading: Reading) -> None:
    inner = {**route, **_inner(route)}
    if str(inner.get("nextHopType", "")).lower() != "none":
        return
    try:
        boxes = touching(prefix(str(inner.get("addressPrefix"))))
    except NotUnderstood:
        boxes = None
    reading.stray(f"{table} {inner.get('name', '?')}", json.dumps(route), "a route that discards", boxes)
