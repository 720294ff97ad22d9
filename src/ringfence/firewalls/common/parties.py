"""The ends of rules by the parts they play at the site: VOICE_HANDSETS, GATEKEEPERS."""

from collections.abc import Iterable

from ringfence.firewalls.common.annotation import plain
from ringfence.firewalls.common.shape import is_host
from ringfence.model.address import Network
from ringfence.model.flow import Party
from ringfence.model.policy import Rule


def parties(rules: Iterable[Rule]) -> dict[tuple[Network, ...], str]:
    """A name for every end of a rule that is a party of its flows; no two address sets share one."""
    names: dict[tuple[Network, ...], str] = {}
    for rule in rules:
        for flow in rule.because:
            for party, end in ((flow.initiator, rule.source), (flow.responder, rule.destination)):
                if party.networks == end and end not in names:
                    names[end] = _distinct(_name(party), names.values())
    return names


def _name(party: Party) -> str:
    several = len(party.networks) > 1 or not all(map(is_host, party.networks))
    words = plain(f"{party.label} {party.role}").replace("-", " ").upper().split()
    return "_".join(words) + ("S" if several else "")


def _distinct(name: str, taken: Iterable[str]) -> str:
    used = set(taken)
    number = 2
    free = name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free
