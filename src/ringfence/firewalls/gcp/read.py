"""Firewall rules as gcloud prints them (JSON), and as Terraform has them.

Written from the API references (compute v1: Firewall, FirewallPolicyRule, the effective firewalls of a
network) and the Terraform Google provider's pages of the resources below.
"""

from collections.abc import Iterable, Iterator, Mapping

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.json_text import Json, JsonObject, decoded, objects, strings
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.terraform.plan import is_plan
from ringfence.firewalls.gcp.rules import EGRESS, INGRESS, GcpNetwork, GcpRule, network_listing
from ringfence.firewalls.gcp.terraform import networks_of_terraform
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing

_WHAT = "firewall rules"
_DIRECTIONS = frozenset({INGRESS, EGRESS})
_OF_RULE = frozenset(
    {
        *("name", "id", "kind", "description", "network", "priority", "direction", "allowed", "denied"),
        *("sourceRanges", "destinationRanges", "sourceTags", "targetTags", "disabled", "selfLink"),
        *("sourceServiceAccounts", "targetServiceAccounts", "logConfig", "creationTimestamp"),
        *("selfLinkWithId", "params", "enableLogging"),
    }
)
_OF_POLICY_RULE = frozenset(
    {
        *("kind", "ruleName", "description", "priority", "match", "action", "direction", "enableLogging"),
        *("ruleTupleCount", "targetServiceAccounts", "targetResources", "disabled", "tlsInspect"),
    }
)
_OF_MATCH = frozenset({"layer4Configs", "srcIpRanges", "destIpRanges"})
_ABOVE = "HIERARCHY"


def read(text: str, zones: Named | None = None) -> Listing:
    """The rules of each network; `zones` names what is behind a network, a tag or a service account.

    InputError when the text has no rules.
    """
    reading = Reading()
    if text.lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
        return network_listing(networks_of_terraform(text, reading), zones, reading)
    found = decoded(text, _WHAT)
    if is_plan(found):
        return network_listing(networks_of_terraform(text, reading), zones, reading)
    if isinstance(found, dict) and {"firewalls", "firewallPolicys"} & found.keys():
        return network_listing([_effective(found)], zones, reading)
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(one, dict) and "direction" in one for one in listed):
        raise InputError("not a list of firewall rules", where=_WHAT)
    reading.assumed.append("no firewall policy of the network, a folder or the organisation decides before")
    return network_listing(list(_networks(listed)), zones, reading)


def _networks(listed: Iterable[JsonObject]) -> Iterator[GcpNetwork]:
    by_network: dict[str, list[GcpRule]] = {}
    for one in listed:
        by_network.setdefault(_tail(one.get("network")), []).append(_rule(one))
    for name, rules in by_network.items():
        yield GcpNetwork(name, (tuple(rules),))


def _effective(found: JsonObject) -> GcpNetwork:
    """One network with the policies around it, in the order of their evaluation."""
    own = objects(found, "firewalls")
    names = {_tail(one.get("network")) for one in own}
    if len(names) > 1:
        raise InputError("rules of several networks", where=_WHAT)
    above: list[tuple[GcpRule, ...]] = []
    behind: list[tuple[GcpRule, ...]] = []
    for policy in objects(found, "firewallPolicys"):
        name = str(policy.get("displayName") or policy.get("shortName") or policy.get("name") or "?")
        rules = tuple(_policy_rule(one, name) for one in objects(policy, "rules"))
        (above if str(policy.get("type")) == _ABOVE else behind).append(rules)
    network = next(iter(names), "network")
    return GcpNetwork(network, (*above, tuple(map(_rule, own)), *behind))


def _tail(value: Json) -> str:
    return str(value or "?").rpartition("/")[2]


def _rule(item: JsonObject) -> GcpRule:
    kinds = [(action, key) for action, key in (("allow", "allowed"), ("deny", "denied")) if item.get(key)]
    action, key = kinds[0] if len(kinds) == 1 else ("", "allowed")
    unknown = sorted(item.keys() - _OF_RULE)
    direction = str(item.get("direction"))
    return GcpRule(
        name=str(item.get("name", "?")),
        direction=direction if direction in _DIRECTIONS else "",
        action=action,
        priority=item.get("priority"),
        services=tuple(_services(objects(item, key), "IPProtocol")),
        sources=tuple(strings(item, "sourceRanges")),
        destinations=tuple(strings(item, "destinationRanges")),
        source_names=tuple(strings(item, "sourceTags", "sourceServiceAccounts")),
        targets=tuple(strings(item, "targetTags", "targetServiceAccounts")),
        disabled=item.get("disabled") is True,
        doubt=f"{unknown[0]} is not known" if unknown else "",
    )


def _policy_rule(item: JsonObject, policy: str) -> GcpRule:
    match = item.get("match")
    found: Mapping[str, Json] = match if isinstance(match, dict) else {}
    unknown = sorted({key for key in item.keys() - _OF_POLICY_RULE if item[key]})
    unknown += sorted({key for key in found.keys() - _OF_MATCH if found[key]})
    unknown += ["targetResources"] if item.get("targetResources") else []
    direction = str(item.get("direction"))
    return GcpRule(
        name=f"{policy} {item.get('priority')}",
        direction=direction if direction in _DIRECTIONS else "",
        action=str(item.get("action", "")).partition("(")[0],
        priority=item.get("priority"),
        services=tuple(_services(objects(found, "layer4Configs"), "ipProtocol")),
        sources=tuple(strings(found, "srcIpRanges")),
        destinations=tuple(strings(found, "destIpRanges")),
        targets=tuple(strings(item, "targetServiceAccounts")),
        disabled=item.get("disabled") is True,
        doubt=f"{unknown[0]} is not followed" if unknown else "",
    )


def _services(configs: Iterable[JsonObject], key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in configs:
        odd = sorted(one.keys() - {key, "ports"})
        yield str(odd[0] if odd else one.get(key, "?")), tuple(strings(one, "ports"))
