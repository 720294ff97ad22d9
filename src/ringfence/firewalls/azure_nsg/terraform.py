"""Network security groups in Terraform: text, plan or state.

Written from the azurerm provider's pages of the resources below (version 4). Subnets and interfaces of the
same text say where a group is attached and with which addresses. Values that Terraform would have to compute
are not computed: a rule with one is not understood.
"""

from collections.abc import Iterable, Iterator

from ringfence.firewalls.azure_nsg.groups import INBOUND, OUTBOUND, Nsg, NsgRule, nsg_listing
from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.json_text import Json
from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.common.tags import ATTACHED, attached_networks
from ringfence.firewalls.common.terraform.blocks import many, referred, resources, terraform_of
from ringfence.firewalls.common.terraform.language import Computed, TerraformBlock
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.policy.listing import Listing
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import of_networks, prefix, touching

_WHAT = "Terraform configuration"
_GROUP, _RULE = "azurerm_network_security_group", "azurerm_network_security_rule"
_SUBNET, _INTERFACE = "azurerm_subnet", "azurerm_network_interface"
_ASSOCIATIONS = {
    "azurerm_subnet_network_security_group_association": ("subnet_id", _SUBNET),
    "azurerm_network_interface_security_group_association": ("network_interface_id", _INTERFACE),
}
_WAYS = {"inbound": INBOUND, "outbound": OUTBOUND}
_OF_RULE = frozenset(
    {
        *("name", "description", "priority", "direction", "access", "protocol", "id", "timeouts"),
        *("source_port_range", "source_port_ranges", "destination_port_range", "destination_port_ranges"),
        *("source_address_prefix", "source_address_prefixes", "source_application_security_group_ids"),
        *("destination_address_prefix", "destination_address_prefixes"),
        *("destination_application_security_group_ids", "resource_group_name", "network_security_group_name"),
    }
)
# What drops beside groups, or is judged before them.
_ELSEWHERE = {
    "azurerm_firewall": "a firewall on the way has rules of its own",
    "azurerm_network_manager_admin_rule": "a rule of a network manager, which is judged before all groups",
}


def read_azure_terraform(text: str, zones: Named | None = None) -> Listing:
    """The groups; `zones` names the networks of a group, a subnet, an interface or a tag.

    InputError when the text is no Terraform, or has no group.
    """
    found = terraform_of(text)
    reading = Reading()
    groups = {block.labels[1]: _group(block, reading) for block in resources(found, _GROUP)}
    if not groups:
        raise InputError("no network security group", where=_WHAT)
    named = {group.names[-1]: group for group in groups.values()}
    for block in resources(found, _RULE):
        owner = _owner(block.values.get("network_security_group_name"), groups, named)
        if owner is None:
            reading.stray(_line(block), _told(block), "a rule of a group that is not in the text")
        else:
            owner.rules.append(_rule(block, "as many as Terraform computes" if many(block) else ""))
    held = dict(_addresses(found))
    for kind, (key, of) in _ASSOCIATIONS.items():
        for block in resources(found, kind):
            owner = _owner(block.values.get("network_security_group_id"), groups, named)
            name, nets = _attachment(block, (key, of, held))
            if owner is not None:
                owner.attached = (*owner.attached, (name, nets))
            else:
                boxes = touching(of_networks(nets)) if nets else None
                why = "attaches a group that is not plainly in the text"
                reading.stray(_line(block), _told(block), why, boxes)
    for block in resources(found, "azurerm_virtual_network"):
        for subnet in block.all("subnet"):
            _inline(subnet, _owner(subnet.values.get("security_group"), groups, named))
    for block in found:
        _note_other(block, reading)
    return nsg_listing(list(groups.values()), zones, reading)


def _owner(value: Json, groups: dict[str, Nsg], named: dict[str, Nsg]) -> Nsg | None:
    """The group that is referred to, or called by its name or the last part of its id."""
    if isinstance(value, Computed):
        return groups.get(referred(value, _GROUP))
    return named.get(value.rpartition("/")[2]) if isinstance(value, str) else None


def _line(block: TerraformBlock) -> int | str:
    return block.line or ".".join(block.labels)


def _told(block: TerraformBlock) -> str:
    return " ".join((block.kind, *block.labels))


def _group(block: TerraformBlock, reading: Reading) -> Nsg:
    label, name = block.labels[1], str(block.values.get("name", ""))
    if many(block):
        reading.stray(_line(block), _told(block), "as many as Terraform computes")
    if isinstance(block.values.get("security_rule"), Computed):
        reading.stray(_line(block), _told(block), "rules that Terraform computes")
    tags = block.values.get("tags")
    return Nsg(
        names=tuple(dict.fromkeys(word for word in (label, name) if word)),
        rules=[_rule(one) for one in _rules(block)],
        networks=attached_networks(tags.get(ATTACHED)) if isinstance(tags, dict) else (),
        line=block.line,
    )


def _rules(block: TerraformBlock) -> Iterator[TerraformBlock]:
    """Rules as blocks, or as a list of objects that is given to the name of the block."""
    yield from block.all("security_rule")
    listed = block.values.get("security_rule")
    for one in listed if isinstance(listed, list) else ():
        values = one if isinstance(one, dict) else {"name": one}
        yield TerraformBlock("security_rule", [], block.line, values)


def _rule(block: TerraformBlock, doubt: str = "") -> NsgRule:
    values = {key: value for key, value in block.values.items() if value is not None}
    unknown = sorted(values.keys() - _OF_RULE - {"count", "for_each", "depends_on"})
    unknown += [inner.kind for inner in block.inner if inner.kind not in {"lifecycle", "timeouts"}]
    return NsgRule(
        name=str(values.get("name") or (block.labels[-1:] or ["?"])[0]),
        line=block.line,
        priority=values.get("priority"),
        direction=_WAYS.get(str(values.get("direction")).lower(), ""),
        access=str(values.get("access", "")),
        protocol=str(values.get("protocol", "")),
        sources=tuple(_end(values, "source")),
        destinations=tuple(_end(values, "destination")),
        source_ports=tuple(_words(values, "source_port_range", "source_port_ranges")),
        destination_ports=tuple(_words(values, "destination_port_range", "destination_port_ranges")),
        doubt=doubt or (f"{unknown[0]} is not known" if unknown else ""),
    )


def _end(values: dict[str, Json], end: str) -> Iterator[str]:
    yield from _words(values, f"{end}_address_prefix", f"{end}_address_prefixes")
    for word in _words(values, f"{end}_application_security_group_ids"):
        yield word.rpartition("/")[2]


def _words(values: dict[str, Json], *keys: str) -> Iterator[str]:
    """The words under the keys. One that is computed is marked: it is taken for no address and no port."""
    for key in keys:
        found = values.get(key)
        for one in found if isinstance(found, list) else [] if found in (None, "") else [found]:
            yield f"[{one}]" if isinstance(one, Computed) else str(one)


def _addresses(found: Iterable[TerraformBlock]) -> Iterator[tuple[tuple[str, str], tuple[Network, ...]]]:
    """The networks of each subnet and interface, by kind and label, and by kind and name."""
    for block in resources(found, _SUBNET, _INTERFACE):
        kind, label = block.labels
        words = list(_words(block.values, "address_prefixes", "address_prefix"))
        for inner in block.all("ip_configuration"):
            words += list(_words(inner.values, "private_ip_address")) or ["?"]
        nets = () if many(block) else attached_networks(" ".join(words))
        yield (kind, label), nets
        if isinstance(block.values.get("name"), str):
            yield (kind, f"/{block.values['name']}"), nets


def _attachment(
    block: TerraformBlock, to: tuple[str, str, dict[tuple[str, str], tuple[Network, ...]]]
) -> tuple[str, tuple[Network, ...]]:
    """What an association names, with its networks; many of it are of who knows what."""
    key, kind, held = to
    value = block.values.get(key)
    label = referred(value, kind)
    name = label or (value.rpartition("/")[2] if isinstance(value, str) else str(value))
    nets = held.get((kind, label if label else f"/{name}"), ())
    return name, () if many(block) else nets


def _inline(subnet: TerraformBlock, group: Nsg | None) -> None:
    """A subnet within a virtual network."""
    if group is not None:
        words = " ".join(_words(subnet.values, "address_prefixes", "address_prefix"))
        group.attached = (*group.attached, (str(subnet.values.get("name", "?")), attached_networks(words)))


def _note_other(block: TerraformBlock, reading: Reading) -> None:
    """What drops beside groups, or has rules that are not in the text."""
    if block.kind == "module":
        reading.stray(_line(block), _told(block), "the rules of a module are not in the text")
    if block.kind != "resource" or len(block.labels) != 2:
        return
    kind = block.labels[0]
    if kind in _ELSEWHERE:
        reading.stray(_line(block), _told(block), _ELSEWHERE[kind])
    if kind.startswith("azapi_") and "networkSecurityGroups" in str(block.values.get("type", "")):
        reading.stray(_line(block), _told(block), "a group that another provider makes")
    routes = (
        [block] if kind == "azurerm_route" else block.all("route") if kind == "azurerm_route_table" else []
    )
    for route in routes:
        if str(route.values.get("next_hop_type", "")).lower() != "none":
            continue
        try:
            boxes = touching(prefix(str(route.values.get("address_prefix"))))
        except NotUnderstood:
            boxes = None
        at = place(route.line, "") if route.line else _line(block)
        reading.stray(at, _told(block), "a route that discards", boxes)
