"""RouterOS: what the values of one firewall rule ask of a packet.

From the RouterOS manual, "Common Firewall Matchers and Actions" and IP/Firewall/Filter (v6 and v7). What is
not understood raises NotUnderstood, and the other values then bound what the rule may concern.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ringfence.firewalls.common.address_types import CLEAR, NOT_OWN, addresses_of_type
from ringfence.firewalls.common.netfilter.alternatives import Alternatives
from ringfence.firewalls.common.service_names import PROTOCOLS
from ringfence.firewalls.routeros.names import Names
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, DESTINATION_PORT, SOURCE, SOURCE_PORT, Interval, joined
from ringfence.policy.terms import Addresses, number, port_span, prefix_or_span

# Names that this system prints and others do not (manual, "protocol").
_PROTOCOLS: Mapping[str, int] = {
    **PROTOCOLS,
    "ipsec-esp": 50,
    "ipsec-ah": 51,
    "ipv6-encap": 41,
    "udp-lite": 136,
    "ggp": 3,
    "st": 5,
    "pup": 12,
    "hmp": 20,
    "xns-idp": 22,
    "rdp": 27,
    "iso-tp4": 29,
    "xtp": 36,
    "ddp": 37,
    "idpr-cmtp": 38,
    "rspf": 73,
    "vmtp": 81,
    "etherip": 97,
    "encap": 98,
    "l2tp": 115,
}


@dataclass(slots=True)
class ExportMatch:
    """One rule in the reading; `assumed` gathers the sentences on which it rests."""

    alternatives: Alternatives
    names: Names
    version: int
    assumed: dict[str, None]


_Apply: TypeAlias = Callable[[ExportMatch, str, bool], None]


def apply_values(match: ExportMatch, values: Mapping[str, str]) -> None:
    """Narrow the rule by each of its values; what is not understood doubts it."""
    for key in sorted(values, key=lambda key: key != "protocol"):  # ports hang on it
        if key in _SAID_ELSEWHERE:
            continue
        value = values[key]
        negated = value.startswith("!")
        try:
            if key not in _MATCHERS:
                raise NotUnderstood(f"matcher {key[:40]}")
            _MATCHERS[key](match, value.removeprefix("!"), negated)
        except NotUnderstood as error:
            match.alternatives.doubt(str(error))


def _of_family(value: str, version: int) -> Addresses:
    found = prefix_or_span(value)
    if version not in found:
        raise NotUnderstood(f"address {value[:40]} of the other family")
    return found


def _address(side: int) -> _Apply:
    def apply(match: ExportMatch, value: str, negated: bool) -> None:
        match.alternatives.narrow(side, _of_family(value, match.version), negated=negated)

    return apply


def _address_list(side: int) -> _Apply:
    def apply(match: ExportMatch, value: str, negated: bool) -> None:
        """What is in the list for certain; of a list that grows by itself the others may be."""
        known, certain = match.names.addresses(value, match.version)
        if certain:
            match.alternatives.narrow(side, known, negated=negated)
            return
        sure, perhaps = match.alternatives.copy(), match.alternatives.copy()
        sure.narrow(side, known)
        perhaps.narrow(side, known, negated=True)
        perhaps.doubt(f"address list {value[:40]} has members that the text does not name")
        # Negated: those that are in it for certain never meet the rule.
        match.alternatives.either([perhaps] if negated else [sure, perhaps])

    return apply


def _address_type(side: int) -> _Apply:
    def apply(match: ExportMatch, value: str, negated: bool) -> None:
        match.assumed[NOT_OWN] = None
        found = (one for word in value.split(",") for one in addresses_of_type(word, match.version))
        match.alternatives.narrow(side, joined(found), negated=negated)

    return apply


def _interface(side: int) -> _Apply:
    def apply(match: ExportMatch, value: str, negated: bool) -> None:
        match.alternatives.interfaces(side, (value,), negated=negated)

    return apply


def _interface_list(side: int) -> _Apply:
    def apply(match: ExportMatch, value: str, negated: bool) -> None:
        if value in {"all", "none"}:
            if (value == "none") != negated:
                match.alternatives.never()
            return
        match.alternatives.interfaces(side, match.names.interfaces(value), negated=negated)

    return apply


def _protocol(match: ExportMatch, value: str, negated: bool) -> None:
    if value == "all":
        return
    named = _PROTOCOLS.get(value.lower())
    found = number(value, 255) if named is None else named
    match.alternatives.protocols(((found, found),), negated=negated)


def _ports(field: int) -> _Apply:
    def apply(match: ExportMatch, value: str, negated: bool) -> None:
        match.alternatives.ports(field, _spans(value), negated=negated)

    return apply


def _either_port(match: ExportMatch, value: str, negated: bool) -> None:
    match.alternatives.either_port(_spans(value), negated=negated)


def _spans(value: str) -> tuple[Interval, ...]:
    return joined(port_span(word) for word in value.split(","))


def _icmp(match: ExportMatch, value: str, negated: bool) -> None:
    """`8:0-255`: a type and its codes."""
    if negated:
        raise NotUnderstood("a negated ICMP type")
    type_, colon, codes = value.partition(":")
    kind = number(type_, 255)
    match.alternatives.icmp(((kind, kind),), (port_span(codes),) if colon else ((0, 255),))


def _states(match: ExportMatch, value: str, negated: bool) -> None:
    match.alternatives.states(value.split(","), negated=negated)


def _translated(match: ExportMatch, value: str, negated: bool) -> None:
    """Whether the connection is translated, which rules of the nat menu decide (see policy.listing).

    A source is translated behind these rules: what opens a connection is not yet. Packets that are translated
    are proved of nothing, so that those that are not are all that matters.
    """
    kinds = frozenset(value.split(","))
    if not kinds <= {"dstnat", "srcnat"}:
        raise NotUnderstood(f"connection-nat-state {value[:40]}")
    if not kinds & match.names.translates:
        if not negated:
            match.alternatives.never()
    elif "srcnat" in kinds & match.names.translates:
        raise NotUnderstood("a state that translation gives")
    elif not negated:
        for part in match.alternatives.parts:
            part.redirected = True
        raise NotUnderstood("a state that translation gives")


def _flags(match: ExportMatch, value: str, negated: bool) -> None:
    """`syn,!ack`: flags that are set, and that are not."""
    words = ("!" * negated + value).split(",")
    match.alternatives.flags(
        (word for word in words if not word.startswith("!")),
        (word[1:] for word in words if word.startswith("!")),
    )


def _ipsec(match: ExportMatch, value: str, negated: bool) -> None:
    _, _, kind = value.partition(",")
    if kind not in {"ipsec", "none"}:
        raise NotUnderstood(f"ipsec-policy {value[:40]}")
    match.assumed[CLEAR] = None
    if (kind == "ipsec") != negated:
        match.alternatives.never()


def _fragment(match: ExportMatch, value: str, _negated: bool) -> None:
    if value == "yes":  # the packets that are judged here are whole
        match.alternatives.never()


_SAID_ELSEWHERE = frozenset(
    (
        *("action", "chain", "comment", "disabled", "jump-target", "log", "log-prefix", "passthrough"),
        *("address-list", "address-list-timeout", "reject-with", "to-addresses", "to-ports", "new-ttl"),
        *("new-packet-mark", "new-connection-mark", "new-routing-mark", "new-dscp", "new-mss"),
        *("new-priority", "new-hop-limit", "route-dst", "sniff-id", "sniff-target", "sniff-target-port"),
        *("same-not-by-dst", "randomise-ports", "randomize-ports", "hw-offload", "address-persistent"),
    )
)
_MATCHERS: Mapping[str, _Apply] = {
    "src-address": _address(SOURCE),
    "dst-address": _address(DESTINATION),
    "src-address-list": _address_list(SOURCE),
    "dst-address-list": _address_list(DESTINATION),
    "src-address-type": _address_type(SOURCE),
    "dst-address-type": _address_type(DESTINATION),
    "in-interface": _interface(SOURCE),
    "out-interface": _interface(DESTINATION),
    "in-interface-list": _interface_list(SOURCE),
    "out-interface-list": _interface_list(DESTINATION),
    "protocol": _protocol,
    "src-port": _ports(SOURCE_PORT),
    "dst-port": _ports(DESTINATION_PORT),
    "port": _either_port,
    "icmp-options": _icmp,
    "connection-state": _states,
    "connection-nat-state": _translated,
    "tcp-flags": _flags,
    "ipsec-policy": _ipsec,
    "fragment": _fragment,
}
