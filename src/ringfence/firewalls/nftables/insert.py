"""nftables: one command for each rule, at a rule of the running rule set or at the top of the chain."""

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.nftables.write import BETWEEN, rule_lines, table_name
from ringfence.model.policy import Policy

# An accept in another table's chain would not help: each base chain at a hook decides (nft(8), "CHAINS").
_OURS = f"inet {table_name(Device())} {BETWEEN}"


def insert(policy: Policy, _device: Device, at: InsertionPoint | None) -> Insertion:
    """`nft insert rule`, in an order that keeps that of the rules."""
    lines = [line for rule in policy.rules for line in rule_lines(rule)]
    if at is None:
        # Each goes before the one inserted last.
        commands = [_command(f"insert rule {_OURS}", line) for line in reversed(lines)]
        return insertion(
            f"at the top of the chain that drops (here: {_OURS}, where rules written by"
            " ringfence are; nft list ruleset shows it): every base chain at hook forward has to accept",
            commands,
        )
    place = at.row.place if at.row and at.row.place.number else at.chain.end
    chain = f"rule {place.table} {place.list}"
    if at.row and not at.row.place.number:  # no handle is known: before all rules of the chain
        return insertion(at.where, (_command(f"insert {chain}", line) for line in reversed(lines)))
    # Inserted one by one before the same rule they keep their order.
    verb = f"insert {chain} handle {place.number}" if place.number else f"add {chain}"
    return insertion(at.where, (_command(verb, line) for line in lines))


def _command(verb: str, line: str) -> str:
    """For a shell, which would take the braces and quotes away."""
    return f"nft {verb} '{line}'"
