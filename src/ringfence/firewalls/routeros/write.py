"""MikroTik RouterOS: a chain of our own, made beside the old one and then jumped to.

Written from the RouterOS manual, IP/Firewall/Filter and IP/Firewall "Service ports" (v6 and v7); icmp-options
TYPE:0-255, place-before=0 and service-port disable as exported and published configurations have them.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.local import own_rule
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.parties import AddressGroup, Groups, address_groups
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import (
    UNVERIFIED,
    is_icmp,
    one_family,
    shape_word,
    short,
    versioned,
)
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.own_traffic import OwnTraffic
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("routeros", FULL, exclusive=True)
_LIST_NAME = 63


def write(policy: Policy, device: Device) -> Rendered:
    """The script as text. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    menu = f"/{'ip' if one_family(policy, CAPABILITY.target) == 4 else 'ipv6'} firewall filter"
    stem = checked_stem(device.name)
    chain = versioned(stem, policy)
    # What goes between the zones is sent on into a chain of its own; all else comes back from the gate.
    decides = chain if device.exclusive else f"{chain}-set"
    gate = [] if device.exclusive else _gate(policy, device, decides)
    groups = address_groups(policy.rules, stem, _LIST_NAME)
    lists = [group for parts in groups.values() for group in parts]
    body = [
        *(f"chain={chain} {line}" for line in gate),
        *(f"chain={decides} {line}" for line in _decided(policy, device, groups)),
    ]
    # The name changes with the rules, and a chain that is there already is not filled a second time.
    lines = header(policy, device, "#", "RouterOS", zones=not device.exclusive)
    lines += [line for group in lists for line in _address_list(menu, group)]
    lines += [f":if ([:len [{menu} find chain={chain}]] = 0) do={{"]
    lines += [f"  {menu} add {line}" for line in body]
    lines += ["}"]
    jump = f'[{menu} find comment="{stem} jump"]'
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "/ip firewall service-port print where name=h323",
            f"/export file=before-{stem}",
            "# press Ctrl-X: in safe mode a lost session undoes everything that follows",
            f"/import file-name={stem}.rsc",
            f":if ([:len {jump}] = 0) do={{ {menu} add chain=forward action=jump jump-target={chain} "
            f'comment="{stem} jump" place-before=0 }} else={{ {menu} set {jump} jump-target={chain} }}',
            "/ip firewall service-port disable [find name=h323]",
            "# press Ctrl-X again, once all works: that keeps it",
        ),
        verify=(f"{menu} print stats where chain={decides}", "/ip firewall service-port print"),
        rollback=(
            f"# where an earlier chain served: {menu} set {jump} jump-target=<EARLIER-CHAIN>; otherwise:",
            f"{menu} remove {jump}",
            *(f"{menu} remove [find chain={name}]" for name in dict.fromkeys((chain, decides))),
            *(f"{_list_menu(menu)} remove [find list={group.name}]" for group in lists),
            "# only where the first command showed it enabled (no X):",
            "/ip firewall service-port enable [find name=h323]",
        ),
        notes=(
            UNVERIFIED,
            "what no rule here permits is not forwarded: the chain ends in a drop and stands first"
            if device.exclusive
            else "what no rule permits is dropped between these zones; all other traffic returns from the "
            "chain to the rules that follow",
            "place-before=0 needs at least one rule in the menu; leave it out on an empty one",
            "fasttracked connections pass no filter: see that no fasttrack rule precedes the jump",
            f"once it works remove the chains of earlier versions, {stem}-* but {chain} and {decides}",
            "connections stay open after a rule is removed: /ip firewall connection remove [find "
            "src-address~<ADDRESS>]",
        ),
        widenings=widenings,
        running=_exported(menu, stem, chain, (lists, body)),
    )


def _exported(menu: str, stem: str, chain: str, made: tuple[list[AddressGroup], list[str]]) -> str:
    """What an export prints once the script has run and the commands were typed."""
    lists, body = made
    lines = [
        *(line.strip() for group in lists for line in _address_list(menu, group)[1:-1]),
        f'{menu} add chain=forward action=jump jump-target={chain} comment="{stem} jump"',
        *(f"{menu} add {line}" for line in body),
        "/ip firewall service-port set h323 disabled=yes",
    ]
    return "".join(f"{line}\n" for line in lines)


def _gate(policy: Policy, device: Device, chain: str) -> list[str]:
    version = one_family(policy, CAPABILITY.target)
    return [
        f"src-address={short(a)} dst-address={short(b)} action=jump jump-target={chain}"
        for pair in zone_pairs(policy, device)
        for a, b in pair.ways
        if a.version == version
    ]


def _list_menu(menu: str) -> str:
    return menu.replace("filter", "address-list")


def _address_list(menu: str, group: AddressGroup) -> list[str]:
    """A list by the name of its contents is whole if it is there at all."""
    lists = _list_menu(menu)
    return [
        f":if ([:len [{lists} find list={group.name}]] = 0) do={{",
        *(f"  {lists} add list={group.name} address={short(member)}" for member in group.members),
        "}",
    ]


def _decided(policy: Policy, device: Device, groups: Groups) -> list[str]:
    lines = ["connection-state=established action=accept", "connection-state=invalid action=drop"]
    lines += [line for rule in policy.rules for line in _rule(rule, groups)]
    if device.log:
        # Rate, burst and what they count: a scan must not fill the log.
        lines.append(f'action=log log-prefix="{checked_stem(device.name)}" limit=10/1s,20:packet')
    return [*lines, "action=drop"]


def insert(policy: Policy, _device: Device, _at: InsertionPoint | None) -> Insertion:
    """Rules of the forward chain itself, each above the one added last."""
    lines = [
        f"/{'ip' if rule.version == 4 else 'ipv6'} firewall filter add chain=forward {line} place-before=0"
        for rule in reversed(policy.rules)
        for line in reversed(_rule(rule))
    ]
    return insertion("at the top of the filter; leave place-before=0 out where it is empty", lines)


def own_chain_rules(own: Sequence[OwnTraffic], _device: Device) -> Iterator[str]:
    """Rules for the chains input and output."""
    for each in own:
        chain = "output" if each.outward else "input"
        for line in _rule(own_rule(each)):
            yield f"/ip firewall filter add chain={chain} {line} place-before=0"


def _rule(rule: Rule, groups: Groups = MappingProxyType({})) -> list[str]:
    comment = remark(checked_id(rule.id), rule)
    tail = f'{_service(rule)} action={shape_word(rule, "accept", "drop")} comment="{comment}"'
    return [
        f"{source} {destination} {tail}"
        for source in _ends("src", rule.source, groups)
        for destination in _ends("dst", rule.destination, groups)
    ]


def _ends(end: str, networks: tuple[Network, ...], groups: Groups) -> list[str]:
    if parts := groups.get(networks):
        return [f"{end}-address-list={part.name}" for part in parts]
    return [f"{end}-address={short(network)}" for network in networks]


def _service(rule: Rule) -> str:
    if is_icmp(rule):
        kind = "" if rule.icmp_type is None else f" icmp-options={rule.icmp_type}:0-255"
        return f"protocol={'icmp' if rule.version == 4 else 'icmpv6'}{kind}"
    parts = [f"protocol={rule.protocol.word}"]
    if rule.source_ports != ANY_PORT:
        parts.append(f"src-port={rule.source_ports}")
    if rule.destination_ports != ANY_PORT:
        parts.append(f"dst-port={rule.destination_ports}")
    return " ".join(parts)
