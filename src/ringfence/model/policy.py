"""What a firewall is told: ordered rules, first match wins, default deny."""

from dataclasses import dataclass
from enum import StrEnum

from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.flow import Flow
from ringfence.model.packet import Protocol


class Action(StrEnum):
    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line for the firewall: who may open what to whom.

    Address tuples are never empty (an empty set is an error, never "any"); a wildcard is written as
    0.0.0.0/0. For ICMP the ports are ANY_PORT and `icmp_type` may name a type (None: every type).
    `id` is stable and unique within a policy; `because` are the flows it serves (empty for a row that a
    person wrote); `text` is the row as its author wrote it, for reports. `reply`: it opens nothing, and lets
    back what answers another rule, through a device that keeps no state.
    """

    id: str
    source: tuple[Network, ...]
    destination: tuple[Network, ...]
    protocol: Protocol
    source_ports: PortRange = ANY_PORT
    destination_ports: PortRange = ANY_PORT
    icmp_type: int | None = None
    action: Action = Action.PERMIT
    because: tuple[Flow, ...] = ()
    text: str = ""
    reply: bool = False

    def __post_init__(self) -> None:
        if not self.source or not self.destination:
            raise ValueError(f"rule {self.id}: an empty address set is an error, never 'any'")
        versions = {network.version for network in (*self.source, *self.destination)}
        if len(versions) != 1:
            raise ValueError(f"rule {self.id}: IPv4 and IPv6 addresses in one rule")
        if self.icmp_type is not None and self.protocol not in {Protocol.ICMP, Protocol.ICMPV6}:
            raise ValueError(f"rule {self.id}: an ICMP type on {self.protocol.word}")

    @property
    def version(self) -> int:
        return self.source[0].version


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered rule list; what no rule permits is denied.

    `stateful`: replies to a permitted first packet pass by connection state (never "related").
    """

    name: str
    rules: tuple[Rule, ...]
    stateful: bool = True

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"policy {self.name}: two rules are called {rule.id}")
            seen.add(rule.id)

    def without(self, *ids: str) -> "Policy":
        """The same policy less the rules named; KeyError when one is not there."""
        missing = set(ids) - {rule.id for rule in self.rules}
        if missing:
            raise KeyError(f"policy {self.name} has no rule {sorted(missing)}")
        kept = tuple(rule for rule in self.rules if rule.id not in ids)
        return Policy(self.name, kept, self.stateful)

    def rule(self, id_: str) -> Rule:
        for rule in self.rules:
            if rule.id == id_:
                return rule
        raise KeyError(id_)
