"""What a target can say, and the refusal when a rule needs more.

An unknown ability counts as lacking: a generator that leaves out what it cannot say opens the firewall.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ringfence.model.errors import InputError

_NAMED = 12  # rules named in a refusal; a person reads no more of them


class Need(StrEnum):
    """An ability that a rule may need of its target."""

    SOURCE_PORT = "source-port"
    ICMP = "icmp"
    ICMP_TYPE = "icmp-type"
    DENY = "deny"
    IPV6 = "ipv6"
    LOG = "log"
    LOCAL_ADDRESS = "local-address"  # the address on the filter's own side


@dataclass(frozen=True, slots=True)
class Capability:
    """One row of the table. Whatever is not in `can` is refused.

    `zones`: rules are bound to zones or interfaces, which the device description must name.
    `stateful`: replies pass by connection state; otherwise the writer adds the exact reverse rules.
    `stateless`: state can be left out, so that a policy which does without it is written as it is.
    `zone_names`: the text names zones or interfaces. `exclusive`: there is a form that decides over all that
    the device forwards, or over all that meets the same list. `one_zone`: it filters at the hosts of one
    zone, and packets with no end there do not meet it.
    """

    target: str
    can: frozenset[Need]
    zones: bool = False
    stateful: bool = True
    stateless: bool = False
    zone_names: bool = False
    exclusive: bool = False
    one_zone: bool = False


@dataclass(frozen=True, slots=True)
class Widening:
    """A rule written wider than it was stated, because a person accepted it.

    `extra` says what else passes, with the number of `headers` that no stated rule and no earlier widening of
    the text lets through, and one of them. Headers are counted as a packet set counts them.
    """

    rule: str
    need: Need
    extra: str
    headers: int


@dataclass(frozen=True, slots=True)
class Lack:
    """What a rule needs that the target lacks; `widening` is the smallest that would do, '' if none."""

    rule: str
    need: Need
    widening: str


class Refused(InputError):  # noqa: N818  a verdict on the rules, not a fault
    """The target cannot say what rules need. `lacks` are all of them, in the order of the rules."""

    def __init__(self, target: str, lacks: tuple[Lack, ...]) -> None:
        needs = list(dict.fromkeys(lack.need for lack in lacks))
        rules = {lack.rule for lack in lacks}
        missing = (f"{n} ({_few(lack.rule for lack in lacks if lack.need is n)})" for n in needs)
        super().__init__(
            f"{target} cannot express {', '.join(missing)}",
            where=f"rule {lacks[0].rule}" if len(rules) == 1 else f"{len(rules)} rules",
            remedy=_remedy(lacks),
        )
        self.target = target
        self.lacks = lacks


def _few(rules: Iterable[str]) -> str:
    named = list(dict.fromkeys(rules))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more


def _remedy(lacks: tuple[Lack, ...]) -> str:
    parts = []
    final = {lack.rule for lack in lacks if not lack.widening}
    if final:
        parts.append(f"leave {_few(lack.rule for lack in lacks if lack.rule in final)} to another filter")
    others = [lack for lack in lacks if lack.rule not in final]
    if others:
        flags = " ".join(dict.fromkeys(f"--widen {lack.need}" for lack in others))
        extras = "; ".join(f"{lack.rule}: {lack.widening}" for lack in others[:_NAMED])
        more = f"; and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        parts.append(f"accept it with {flags}: {extras}{more}")
    return "; ".join(parts)


FULL = frozenset(
    {Need.SOURCE_PORT, Need.ICMP, Need.ICMP_TYPE, Need.DENY, Need.IPV6, Need.LOG, Need.LOCAL_ADDRESS}
)
