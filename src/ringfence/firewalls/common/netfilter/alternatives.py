"""A rule of a front end to netfilter in the making: its matches, as alternatives any of which is enough.

What a front end does not understand it doubts here: then the other matches bound what the rule may concern.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.netfilter.kinds import (
    ACK,
    ESTABLISHED,
    FIN,
    INVALID,
    NEW,
    PSH,
    RELATED,
    RST,
    STATES,
    SYN,
    UNTRACKED,
    URG,
    Condition,
)
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import (
    DESTINATION_PORT,
    PROTOCOL,
    SOURCE_PORT,
    TOP,
    WITH_PORTS,
    Intervals,
    complement,
)
from ringfence.policy.terms import Addresses

STATE_BITS: Mapping[str, int] = {
    "invalid": INVALID,
    "established": ESTABLISHED,
    "new": NEW,
    "related": RELATED,
    "untracked": UNTRACKED,
}
_FLAG_BITS: Mapping[str, int] = {
    "fin": FIN,
    "syn": SYN,
    "rst": RST,
    "psh": PSH,
    "ack": ACK,
    "urg": URG,
    "ece": 64,
    "cwr": 128,
}
_MOST = 64  # alternatives of one rule
_ICMP = {1, 58}


@dataclass(slots=True)
class Alternatives:
    """The conditions so far; any of `parts` is enough. Every method narrows each of them."""

    where: Behind
    parts: list[Condition]

    def doubt(self, why: str) -> None:
        for part in self.parts:
            part.doubt(why)

    def never(self) -> None:
        for part in self.parts:
            part.never()

    def narrow(self, field: int, allowed: Addresses | Intervals, *, negated: bool = False) -> None:
        """Keep of `field` what is in `allowed`: addresses by family, or the numbers of either."""
        for part in self.parts:
            part.match.narrow(field, lambda v: _allowed(field, allowed, v, negated=negated))

    def either(self, ways: Iterable["Alternatives"]) -> None:
        """Any of `ways` is enough, each of which began as a copy of this one."""
        self.parts = [part for way in ways for part in way.parts]
        if len(self.parts) > _MOST:
            raise NotUnderstood("too many alternatives in one rule")

    def copy(self) -> "Alternatives":
        return Alternatives(self.where, [part.copy() for part in self.parts])

    def protocols(self, numbers: Intervals, *, negated: bool = False) -> None:
        self.narrow(PROTOCOL, numbers, negated=negated)

    def ports(self, field: int, numbers: Intervals, *, negated: bool = False) -> None:
        """A match on ports also asks for a protocol that has them: NotUnderstood where that is not said."""
        carriers = self._protocols()
        if not carriers or not all(low == high and low in WITH_PORTS for low, high in carriers):
            raise NotUnderstood("ports without a protocol that has them")
        self.narrow(field, numbers, negated=negated)

    def either_port(self, numbers: Intervals, *, negated: bool = False) -> None:
        """The port of either end; negated: of neither."""
        if negated:
            for field in (SOURCE_PORT, DESTINATION_PORT):
                self.ports(field, numbers, negated=True)
            return
        ways = [self.copy(), self.copy()]
        for way, field in zip(ways, (SOURCE_PORT, DESTINATION_PORT), strict=True):
            way.ports(field, numbers)
        self.either(ways)

    def icmp(self, types: Intervals, codes: Intervals = ((0, 255),)) -> None:
        """Types and codes of ICMP or ICMPv6, which has to be the protocol: NotUnderstood otherwise."""
        carriers = self._protocols()
        if not carriers or not all(low == high and low in _ICMP for low, high in carriers):
            raise NotUnderstood("an ICMP type without its protocol")
        self.narrow(SOURCE_PORT, types)
        if codes != ((0, 255),):
            self.narrow(DESTINATION_PORT, codes)

    def _protocols(self) -> Intervals:
        found = {fields[PROTOCOL] for part in self.parts for fields in part.match.fields.values()}
        return next(iter(found)) if len(found) == 1 else ()

    def states(self, names: Iterable[str], *, negated: bool = False) -> None:
        """Connection states by their names; NotUnderstood for one that is none."""
        listed = [name.strip().lower() for name in names]
        if not listed or not all(name in STATE_BITS for name in listed):
            raise NotUnderstood(f"state {','.join(listed)[:40]!r}")
        wanted = frozenset(STATE_BITS[name] for name in listed)
        for part in self.parts:
            part.states &= STATES - wanted if negated else wanted

    def flags(self, on: Iterable[str], off: Iterable[str] = ()) -> None:
        """TCP flags that are set, and that are not; NotUnderstood for a word that is none."""
        wanted, unwanted = (_bits(words) for words in (on, off))
        if wanted & unwanted:
            raise NotUnderstood("a TCP flag that is to be set and not to be set")
        mask = wanted | unwanted
        for part in self.parts:
            part.of_segment(lambda found: found & mask == wanted)

    def interfaces(self, side: int, names: Iterable[str], *, negated: bool = False) -> None:
        """The interface by which a packet comes (SOURCE) or goes (DESTINATION)."""
        listed = tuple(names)
        self.parts = [
            one for part in self.parts for one in part.behind(side, listed, self.where, negated=negated)
        ]
        if len(self.parts) > _MOST:
            raise NotUnderstood("too many alternatives in one rule")


def _allowed(field: int, allowed: Addresses | Intervals, version: int, *, negated: bool) -> Intervals:
    found = allowed.get(version, ()) if isinstance(allowed, Mapping) else allowed
    return complement(found, TOP[version][field]) if negated else found


def _bits(words: Iterable[str]) -> int:
    listed = [word.strip().lower() for word in words]
    if not all(word in _FLAG_BITS for word in listed):
        raise NotUnderstood(f"TCP flags {','.join(listed)[:40]!r}")
    return sum({_FLAG_BITS[word] for word in listed})
