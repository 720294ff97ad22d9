"""nftables: one transaction that replaces our own table as a whole.

Written from nft(8) 1.0.6 ("STATEMENTS", "PAYLOAD EXPRESSIONS", "CONNTRACK EXPRESSIONS") and loaded into a
kernel by the tests. The lab loads this very text.
"""

from ringfence.firewalls.common.annotation import header, remarks
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.screening import screen
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.policy import Action, Policy, Rule

CAPABILITY = Capability("nftables", FULL, stateless=True)
CHAIN = "forward"
FINAL_DROP = "final-drop"  # the comment of the row that logs what nothing permitted

_VERDICT = {Action.PERMIT: "accept", Action.DENY: "drop"}


def write(policy: Policy, device: Device | None = None) -> Rendered:
    """The table as text. Raises InputError for what cannot be written as stated."""
    device = device or Device()
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    table = table_name(device)
    # `table` first, so that `delete` also succeeds on a box that never had it; nft applies a file as one
    # transaction, so no packet meets half a rule set and loading twice changes nothing.
    lines = [
        *header(policy, device, "#", CAPABILITY.target),
        f"table inet {table}",
        f"delete table inet {table}",
        f"table inet {table} {{",
        f"\tchain {CHAIN} {{",
        "\t\ttype filter hook forward priority filter; policy drop;",
        *(f"\t\t{line}" for line in _rules(policy, device)),
        "\t}",
        "}",
    ]
    path = f"{device.name}.nft"
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            f"nft -c -f {path}",
            f"nft list table inet {table} > {path}.before || true  # empty where it is new",
            f"nft -f {path}",
        ),
        verify=(f"nft list table inet {table}", f"nft -j list table inet {table}"),
        rollback=(
            f"nft delete table inet {table}",
            f"test -s {path}.before && nft -f {path}.before",
        ),
        notes=_notes(policy),
        widenings=widenings,
    )


def table_name(device: Device) -> str:
    """Of the table that holds a device's rules, and nothing else."""
    return checked_stem(device.name).replace("-", "_")


def _notes(policy: Policy) -> tuple[str, ...]:
    notes = [
        "the chain's policy is drop: what no rule here permits stops, whatever other tables say",
        "an accept here does not overrule a drop in another table",
        "conntrack helpers must not be assigned to these ports (nft list ruleset | grep 'ct helper'): "
        "the RAS and Q.931 helpers open further ports by themselves",
        "ICMP errors are not forwarded (no 'related'): path MTU discovery needs a rule of its own",
    ]
    if policy.stateful:
        notes.append(
            "open flows outlive a removed rule: conntrack -D -s ADDRESS (or conntrack -F in a quiet hour)"
        )
    return tuple(notes)


def _rules(policy: Policy, device: Device) -> list[str]:
    lines = []
    if policy.stateful:
        # Never "related": a helper's expectation would open ports that no rule states.
        lines += [
            'ct state established counter accept comment "established"',
            'ct state invalid counter drop comment "invalid"',
        ]
    lines += [line for rule in policy.rules for line in (*remarks(rule, "#"), *rule_lines(rule))]
    if device.log_group is not None:
        lines.append(
            f'counter log group {device.log_group} prefix "{device.name} " drop comment "{FINAL_DROP}"'
        )
    elif device.log:
        lines.append(f'counter log prefix "{device.name} " drop comment "{FINAL_DROP}"')
    return lines


def rule_lines(rule: Rule) -> list[str]:
    """The rule as nft writes it in a chain, one line or several, each with the rule's id as its comment."""
    tail = [*_service(rule), "counter", _VERDICT[rule.action], f'comment "{checked_id(rule.id)}"']
    # One line per end pair where a prefix is involved: nft merges neighbours inside a set of intervals, and
    # the listing would no longer show the addresses of the ticket.
    return [
        " ".join([*dict.fromkeys([source, destination]), *tail])
        for source in _addresses(rule.version, "saddr", rule.source)
        for destination in _addresses(rule.version, "daddr", rule.destination)
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


def _addresses(version: int, end: str, networks: tuple[Network, ...]) -> list[str]:
    if any(network.prefixlen == 0 for network in networks):
        # nft has no match for "every address"; the family must still be said, or an IPv4 rule admits IPv6.
        return [f"meta nfproto ipv{version}"]
    family = "ip" if version == 4 else "ip6"
    if len(networks) > 1 and all(network.prefixlen == network.max_prefixlen for network in networks):
        hosts = ", ".join(str(network.network_address) for network in networks)
        return [f"{family} {end} {{ {hosts} }}"]
    return [f"{family} {end} {_address(network)}" for network in networks]


def _address(network: Network) -> str:
    host = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if host else str(network)
