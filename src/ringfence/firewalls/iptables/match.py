"""One iptables rule: its matches as conditions, its target.

Nothing raises: what is not understood is doubted, and its conditions then only bound what it may concern.
"""

from dataclasses import dataclass
from itertools import takewhile

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.netfilter.kinds import (
    Condition,
)
from ringfence.firewalls.iptables.options import MATCHES, RuleParser, apply_option
from ringfence.policy.matches import Match, NotUnderstood

_LONG = {
    "--source": "-s",
    "--src": "-s",
    "--destination": "-d",
    "--dst": "-d",
    "--protocol": "-p",
    "--proto": "-p",
    "--in-interface": "-i",
    "--out-interface": "-o",
    "--match": "-m",
    "--jump": "-j",
    "--goto": "-g",
    "--fragment": "-f",
    "--set-counters": "-c",
    "--source-port": "--sport",
    "--destination-port": "--dport",
    "--source-ports": "--sports",
    "--destination-ports": "--dports",
    "--ports": "--port",
    "--icmpv6-type": "--icmp-type",
}


@dataclass(slots=True)
class ParsedRule:
    """A rule as far as it was understood. `options` are those of the target."""

    parts: list[Condition]
    target: str = ""
    goto: bool = False
    options: tuple[str, ...] = ()
    comment: str = ""


def parse_rule(
    words: tuple[str, ...],
    version: int,
    where: Behind,
    *,
    translated: frozenset[str],
    assumed: dict[str, None],
) -> ParsedRule:
    """The rule behind `-A CHAIN`.

    `translated` are the states that the text's translations give, SNAT and DNAT; `assumed` gathers the
    sentences on which the reading rests.
    """
    parser = RuleParser(version, where, translated, assumed, [Condition(Match(frozenset({version})))])
    parsed = ParsedRule(parser.parts)
    at, negated = 0, False
    while at < len(words):
        option = _LONG.get(words[at], words[at])
        parser.stated = parser.stated or option == "--ctstate"
        if option == "!":
            negated, at = True, at + 1
            continue
        values = _values(option, words[at + 1 :])
        at += 1 + len(values)
        if option in {"-j", "-g"} and len(values) == 1:
            parsed.target, parsed.goto = values[0], option == "-g"
            if words[at : at + 1] and words[at] not in MATCHES and words[at] not in _LONG:
                parsed.options = words[at:]
                break
            continue
        try:
            apply_option(parser, option, values, negated=negated)
        except NotUnderstood as error:
            parser.doubt(str(error))
        negated = False
    if parser.directed and not parser.stated:
        # conntrack_mt: a packet of no connection meets the match by its state alone, or not at all.
        for part in parser.parts:
            part.flowless = False
    parsed.parts, parsed.comment = parser.parts, parser.comment
    return parsed


def _values(option: str, rest: tuple[str, ...]) -> tuple[str, ...]:
    if option == "--comment":
        return rest[:1]
    return tuple(takewhile(lambda word: word != "!" and not _is_option(word), rest))


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and not word[1].isdigit()
