"""The ends of rules by the parts they play at the site: VOICE_HANDSETS, GATEKEEPERS.

Two hundred branches are one group of addresses, not two hundred lines, where the target has groups.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

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


# An end that a person still reads in the rule itself.
_MOST_INLINE = 8
# Members of one group: one make had a limit of 600, others have higher ones.
_MOST_MEMBERS = 500


class AddressGroup(NamedTuple):
    """A name of its own contents: another set of addresses never has it, so that nothing is added to."""

    name: str
    members: tuple[Network, ...]


Groups: TypeAlias = Mapping[tuple[Network, ...], tuple[AddressGroup, ...]]


def address_groups(
    rules: Iterable[Rule], stem: str, limit: int, joint: str = "-"
) -> dict[tuple[Network, ...], tuple[AddressGroup, ...]]:
    """Groups for every end of these rules that is longer than a person reads, in parts of 500 members.

    Names have at most `limit` characters.
    """
    listed = list(rules)
    named = parties(listed)
    found: dict[tuple[Network, ...], tuple[AddressGroup, ...]] = {}
    for end in dict.fromkeys(end for rule in listed for end in (rule.source, rule.destination)):
        if len(end) > _MOST_INLINE:
            parts = [end[start : start + _MOST_MEMBERS] for start in range(0, len(end), _MOST_MEMBERS)]
            word = named.get(end, "ADDRESSES").replace("_", joint)
            found[end] = tuple(_group(part, stem, word, limit, joint) for part in parts)
    return found


def _group(members: tuple[Network, ...], stem: str, word: str, limit: int, joint: str) -> AddressGroup:
    check = f"{zlib.crc32(repr(members).encode()):08x}"
    return AddressGroup(f"{stem}{joint}{word}"[: limit - 9] + joint + check, members)
