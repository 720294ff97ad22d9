"""nftables: one transaction that replaces our own table as a whole, and no other.

Written from nft(8) 1.0.6 ("STATEMENTS", "PAYLOAD EXPRESSIONS", "CONNTRACK EXPRESSIONS") and loaded into a
kernel by the tests. The lab loads this very text.
"""

from types import MappingProxyType

from ringfence.firewalls.common.annotation import header, remarks
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.linux import HELPERS, timed
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.parties import Groups, address_groups
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import versioned
from ringfence.firewalls.nftables.words import WORDS
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Action, Policy, Rule

CAPABILITY = Capability("nftables", FULL, stateless=True, exclusive=True)
CHAIN = "forward"
BETWEEN = "between-zones"  # the chain of the rules, where `forward` only sends what they are about
FINAL_DROP = "final-drop"  # the comment of the row that drops what nothing permitted
_MOST_HOSTS = 64
_SET_NAME = 63  # NFT_SET_MAXNAMELEN is 256; a person reads less
_LOG_RATE = "limit rate 10/second burst 20 packets"  # a scan must not fill the disk

_VERDICT = {Action.PERMIT: "accept", Action.DENY: "drop"}
# The tables that distributions, firewalld, OpenWrt and libvirt fill are not ours to replace.
_THEIRS = frozenset({"filter", "nat", "mangle", "raw", "security", "firewalld", "fw4", "libvirt_network"})


def write(policy: Policy, device: Device) -> Rendered:
    """The table as text. Raises InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    table = table_name(device)
    # `table` first, so that `delete` also succeeds on a box that never had it; nft applies a file as one
    # transaction, so no packet meets half a rule set and loading twice changes nothing.
    lines = [
        *header(policy, device, "#", CAPABILITY.target, zones=not device.exclusive),
        f"table inet {table}",
        f"delete table inet {table}",
        f"table inet {table} {{",
        *_sets(_groups(policy)),
        *(_owning(policy, device) if device.exclusive else _beside(policy, device)),
        "}",
    ]
    path = f"{device.name}.nft"
    before = f"{versioned(device.name, policy)}.before"
    undo = f"{{ echo table inet {table}; echo delete table inet {table}; cat {before}; }} | nft -f -"
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            f"nft -c -f {path}",
            f"test -e {before} || nft list table inet {table} > {before} || true  # empty where it is new",
            *timed(device.name, undo, (f"nft -f {path}",)),
        ),
        verify=(f"nft list table inet {table}", f"nft -j list table inet {table}"),
        rollback=(f"{undo}  # what was there before, in one step",),
        notes=_notes(policy, device),
        widenings=widenings,
    )


def table_name(device: Device) -> str:
    """Of the table that holds a device's rules, and nothing else. InputError for a name that is taken."""
    return checked_stem(device.name, taken=_THEIRS | WORDS)


def _owning(policy: Policy, device: Device) -> list[str]:
    """One chain that decides over all that is forwarded."""
    body = [*_rules(policy), *(_final(device) if device.log or device.log_group is not None else ())]
    return _chain(CHAIN, ["type filter hook forward priority filter; policy drop;", *body])


def _beside(policy: Policy, device: Device) -> list[str]:
    """The rules in a chain of their own, and a base chain that sends there what goes between the zones."""
    gate = [
        " ".join([*_end("saddr", sources), *_end("daddr", destinations), f"counter jump {BETWEEN}"])
        + f' comment "{pair.source_zone} to {pair.destination_zone}"'
        for pair in zone_pairs(policy, device)
        for version in (4, 6)
        for sources, destinations in [pair.of(version)]
        if sources and destinations
    ]
    return [
        *_chain(BETWEEN, [*_rules(policy), *_final(device)]),
        *_chain(CHAIN, ["type filter hook forward priority filter; policy accept;", *gate]),
    ]


def _chain(name: str, body: list[str]) -> list[str]:
    return [f"\tchain {name} {{", *(f"\t\t{line}" for line in body), "\t}"]


def _end(end: str, networks: tuple[Network, ...]) -> list[str]:
    if any(network.prefixlen == 0 for network in networks):
        return [f"meta nfproto ipv{networks[0].version}"]
    family = "ip" if networks[0].version == 4 else "ip6"
    each = ", ".join(_address(network) for network in networks)
    return [f"{family} {end} {{ {each} }}"]


def _final(device: Device) -> list[str]:
    drop = f'counter drop comment "{FINAL_DROP}"'
    if device.log_group is not None:  # whoever listens there wants every packet
        group = f'counter log group {device.log_group} prefix "{device.name} " drop comment "{FINAL_DROP}"'
        return [group]
    return [f'{_LOG_RATE} log prefix "{device.name} "', drop] if device.log else [drop]


def _notes(policy: Policy, device: Device) -> tuple[str, ...]:
    notes = [
        "the policy is drop: what no rule here permits is not forwarded, whatever other tables say"
        if device.exclusive
        else "what no rule permits is dropped between these zones, and nothing else is touched: other tables "
        "and other traffic stay as they are",
        "an accept here does not overrule a drop in another table",
        HELPERS,
        "ICMP errors are not forwarded (no 'related'): path MTU discovery needs a rule of its own",
        "it is lost at the next boot: include the file from /etc/nftables.conf to keep it",
    ]
    if policy.stateful:
        notes.append(
            "open flows stay open after a rule is removed: conntrack -D -s <ADDRESS> (or conntrack -F in a "
            "maintenance window)"
        )
    return tuple(notes)


def _rules(policy: Policy) -> list[str]:
    lines = []
    if policy.stateful:
        # Never "related": a helper's expectation would open ports that no rule states.
        lines += [
            'ct state established counter accept comment "established"',
            'ct state invalid counter drop comment "invalid"',
        ]
    groups = _groups(policy)
    lines += [line for rule in policy.rules for line in (*remarks(rule, "#"), *rule_lines(rule, groups))]
    return lines


def _groups(policy: Policy) -> Groups:
    """Named sets for ends that are many networks, or very many hosts; a few hosts stand in the rule."""
    found = address_groups(policy.rules, "ends", _SET_NAME)
    return {end: parts for end, parts in found.items() if not _are_hosts(end) or len(end) > _MOST_HOSTS}


def _sets(groups: Groups) -> list[str]:
    lines = []
    for group in (each for parts in groups.values() for each in parts):
        kind = "ipv4_addr" if group.members[0].version == 4 else "ipv6_addr"
        elements = ", ".join(_address(member) for member in group.members)
        lines += [
            f"\tset {group.name} {{",
            f"\t\ttype {kind}; flags interval",
            f"\t\telements = {{ {elements} }}",
            "\t}",
        ]
    return lines


def rule_lines(rule: Rule, groups: Groups = MappingProxyType({})) -> list[str]:
    """The rule as nft writes it in a chain, one line or several, each with the rule's id as its comment."""
    tail = [*_service(rule), "counter", _VERDICT[rule.action], f'comment "{checked_id(rule.id)}"']
    # One line per end pair where a prefix is involved: nft merges neighbours inside a set of intervals, and
    # the listing would no longer show the addresses of the ticket.
    return [
        " ".join([*dict.fromkeys([source, destination]), *tail])
        for source in _addresses(rule.version, "saddr", rule.source, groups)
        for destination in _addresses(rule.version, "daddr", rule.destination, groups)
    ]


def _service(rule: Rule) -> list[str]:
    word = rule.protocol.word
    if rule.icmp_type is not None:
        return [f"{word} type {rule.icmp_type}"]
    ports = []
    if rule.source_ports != ANY_PORT:
        ports.append(f"{word} sport {rule.source_ports}")
    if rule.destination_ports != ANY_PORT:
        ports.append(f"{word} dport {rule.destination_ports}")
    return ports or [f"meta l4proto {int(rule.protocol)}"]


def _are_hosts(networks: tuple[Network, ...]) -> bool:
    return all(network.prefixlen == network.max_prefixlen for network in networks)


def _addresses(version: int, end: str, networks: tuple[Network, ...], groups: Groups) -> list[str]:
    if any(network.prefixlen == 0 for network in networks):
        # nft has no match for "every address"; the family must still be said, or an IPv4 rule admits IPv6.
        return [f"meta nfproto ipv{version}"]
    family = "ip" if version == 4 else "ip6"
    if parts := groups.get(networks):
        return [f"{family} {end} @{part.name}" for part in parts]
    if len(networks) > 1 and _are_hosts(networks):
        hosts = ", ".join(str(network.network_address) for network in networks)
        return [f"{family} {end} {{ {hosts} }}"]
    return [f"{family} {end} {_address(network)}" for network in networks]


def _address(network: Network) -> str:
    host = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if host else str(network)
