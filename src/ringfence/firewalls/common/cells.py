"""Rules as the cells of a table: one row a rule, the same columns in every form of table."""

from ringfence.firewalls.common.insertion import Insertion, insertion
from ringfence.firewalls.common.naming import checked_id
from ringfence.firewalls.common.shape import is_icmp, short
from ringfence.model.address import Network
from ringfence.model.policy import Policy, Rule

COLUMNS = (
    "id",
    "action",
    "source",
    "source ports",
    "destination",
    "destination ports",
    "protocol",
    "icmp type",
    "serves",
    "evidence",
)


def meaning(policy: Policy) -> tuple[str, ...]:
    """How the rows are to be read."""
    replies = "pass by connection state" if policy.stateful else "need rules of their own, which are listed"
    return (f"First match wins; what no rule permits is denied; replies {replies}.",)


def cells(rule: Rule) -> tuple[str, ...]:
    """One row, in the order of COLUMNS; addresses are separated by spaces."""
    icmp = "" if not is_icmp(rule) else "any" if rule.icmp_type is None else str(rule.icmp_type)
    return (
        checked_id(rule.id),
        rule.action.value,
        _addresses(rule.source),
        "" if is_icmp(rule) else str(rule.source_ports),
        _addresses(rule.destination),
        "" if is_icmp(rule) else str(rule.destination_ports),
        rule.protocol.word,
        icmp,
        "; ".join(flow.dialogue for flow in rule.because) or rule.text,
        "; ".join(dict.fromkeys(str(basis) for flow in rule.because for basis in flow.basis)),
    )


def _addresses(networks: tuple[Network, ...]) -> str:
    return " ".join(short(network) for network in networks)


def in_front(text: str) -> Insertion:
    """The whole table: whoever takes it over has to put it first."""
    return insertion("before any rule that denies", text.splitlines())
