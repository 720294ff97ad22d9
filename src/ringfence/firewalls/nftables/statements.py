"""The statements of one rule of `nft -j list ruleset` (libnftables-json(5)) as rules of netfilter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.netfilter.kinds import (
    Condition,
    Effect,
    EffectKind,
    Jump,
    NetfilterRule,
    Step,
    Verdict,
)
from ringfence.firewalls.nftables.matches import MOST_COMBINATIONS, Names, equal, matched, with_header
from ringfence.firewalls.nftables.ruleset import AS_TEXT
from ringfence.firewalls.nftables.values import Json
from ringfence.model.policy import Action
from ringfence.policy.matches import Match, NotUnderstood
from ringfence.policy.space import Place

_VERDICTS: Mapping[str, Verdict] = {
    "accept": Action.PERMIT,
    "drop": Action.DENY,
    "reject": Action.DENY,
    "return": Step.RETURN,
    "continue": Step.NEXT,
}
_ANSWERS_IN = {"icmp": 4, "icmpv6": 6}
_TRANSLATIONS = frozenset({"snat", "dnat", "masquerade", "redirect"})
# They change nothing that another rule here could ask for, and the packet goes on.
_PASSING = frozenset(
    {
        *("counter", "log", "comment", "ct timeout", "ct expectation", "dup", "flow", "last", "secmark"),
        *("nftrace", "priority", "classid"),
    }
)
_TYPE_AND_CODE = "icmp type and code"
# A statement that lets only some packets go on, or that decides by itself.
_DOUBTFUL = {
    "limit": "a limit: only so many packets meet it",
    "quota": "a quota: only so many octets meet it",
    "ct count": "a number of connections",
    "meter": "a meter: only so many packets meet it",
    "set": "a set that changes at run time",
    "queue": "a program decides",
    "synproxy": "answered in place of the server",
    "tproxy": "passed to a program on the firewall",
    "fwd": "forwarded elsewhere",
    _TYPE_AND_CODE: "nft lists it so whether one of them differs, or both",
    AS_TEXT: "nft -j lists it as text: give a chain within a rule a name, and jump to it",
}
# What iptables-nft leaves in a ruleset and nft prints by name alone (xt expressions).
_XT_PASSING = frozenset(
    {"comment", "LOG", "NFLOG", "TCPMSS", "MARK", "CONNMARK", "CLASSIFY", "DSCP", "TRACE"}
)
_XT_TRANSLATING = frozenset({"SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP"})
_XT = "printed by name only: take the rules with iptables-save instead"
_MANGLED = frozenset({"meta", "tcp option", "exthdr", "ip option"})  # keys whose change no rule here can see


@dataclass(slots=True)
class _Statements:
    """One rule in the reading: what its statements have said so far."""

    id: str
    place: Place
    body: Json
    names: Names
    helpers: Mapping[str, str]
    parts: list[Condition]
    rules: list[NetfilterRule] = field(default_factory=list)
    effect: Effect | None = None
    ended: bool = False

    def end(self, verdict: Verdict, parts: list[Condition] | None = None) -> None:
        parts = self.parts if parts is None else parts
        text, written = self.body.get("comment", ""), self.body.get("expr")
        self.rules.append(NetfilterRule(self.id, text, parts, verdict, self.effect, self.place, written))
        self.ended = True

    def doubt(self, why: str) -> None:
        for part in self.parts:
            part.doubt(why)


def rules_of(
    body: Json,
    at: tuple[str, Place],
    names: Names,
    versions: frozenset[int],
    helpers: Mapping[str, str],
) -> list[NetfilterRule]:
    """What one rule says: none where it says nothing, several where it maps values to verdicts.

    `at` is where it stands, for people and for machines; `helpers` are the types of the table's ct helper
    objects by name.
    """
    said = _Statements(*at, body, names, helpers, [Condition(Match(versions))])
    for expression in _whole(body.get("expr") or []):
        kind, inner = next(iter(expression.items()))
        if said.ended:
            said.doubt(f"{kind} after the verdict")
            continue
        try:
            _say(said, kind, inner)
        except NotUnderstood as error:
            said.doubt(str(error))
        except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
            # The tree is of another form than libnftables-json(5) gives; whichever part it is, it is unread.
            said.doubt("not of a form that is known here")
    if not said.ended and said.effect is not None:
        said.end(Step.NEXT)
    return said.rules


def _whole(expressions: Sequence[Json]) -> list[Json]:
    """The statements, two of which nft 1.0.6 makes of one.

    That type and code of ICMP together are not a number it lists as `type != A code != B`, which is less.
    """
    found: list[Json] = []
    for expression in expressions:
        if found and _differs(found[-1], "type") and _differs(expression, "code"):
            found[-1] = {_TYPE_AND_CODE: None}
        else:
            found.append(expression)
    return found


def _differs(expression: Json, field_: str) -> bool:
    match = expression.get("match")
    if not isinstance(match, dict) or match.get("op") != "!=":
        return False
    fields = ({"payload": {"protocol": name, "field": field_}} for name in _ANSWERS_IN)
    return match.get("left") in tuple(fields)


def _say(said: _Statements, kind: str, body: Json) -> None:
    if kind == "match":
        said.parts = matched(said.parts, body, said.names)
    elif kind in _VERDICTS:
        if kind == "reject" and isinstance(body, dict):
            _rejected(said, body.get("type"))
        said.end(_VERDICTS[kind])
    elif kind in {"jump", "goto"}:
        said.end(Jump(str(body["target"]), kind == "goto"))
    elif kind == "vmap":
        _mapped(said, body)
    elif kind in _TRANSLATIONS:
        said.effect = Effect(EffectKind.TRANSLATED)
        said.end(Action.PERMIT)
    elif kind == "notrack":
        said.effect = Effect(EffectKind.UNTRACKED)
    elif kind == "ct helper":
        said.effect = Effect(EffectKind.HELPER, said.helpers.get(body, str(body)))
    elif kind == "mangle":
        _mangled(said, body["key"], body.get("value"))
    elif kind == "xt":
        _foreign(said, body)
    elif kind in _DOUBTFUL:
        said.doubt(f"statement {kind}: {_DOUBTFUL[kind]}")
        if kind in {"queue", "synproxy", "tproxy", "fwd", AS_TEXT}:
            said.end(Jump(""))  # somewhere that is not here: whatever becomes of it
    elif kind not in _PASSING:
        said.doubt(f"statement {kind}")


def _rejected(said: _Statements, answer: Json) -> None:
    """nft 1.0.6 leaves a match on the family out of its listings where the answer has one, or is a reset."""
    for part in said.parts:
        if answer in _ANSWERS_IN:
            part.match.only({_ANSWERS_IN[answer]})
        elif answer == "tcp reset" and len(part.match.fields) > 1:
            part.doubt("nft lists a reset of one family like one of both: write reject with icmpx")


def _mapped(said: _Statements, body: Json) -> None:
    """A verdict for each value of the key; a packet of no value goes on to the next rule."""
    data = body["data"]
    members = said.names.members(data)
    if members is None:
        raise NotUnderstood("a map of another form")
    if len(members) * len(said.parts) > MOST_COMBINATIONS:
        raise NotUnderstood("too many combinations to follow")
    for pair in members:
        value, verdict = pair
        if isinstance(value, dict) and "elem" in value:
            value = value["elem"]["val"]
        parts: list[Condition] = []
        for part in said.parts:
            try:
                parts += equal(part.copy(), body["key"], value, said.names)
            except NotUnderstood as error:
                doubtful = part.copy()
                doubtful.doubt(str(error))
                parts.append(doubtful)
        said.end(_verdict_of(verdict), parts)
    said.ended = False


def _verdict_of(given: Json) -> Verdict:
    kind, body = next(iter(given.items()))
    if kind in {"jump", "goto"}:
        return Jump(str(body["target"]), kind == "goto")
    if kind not in _VERDICTS:
        raise NotUnderstood(f"verdict {kind}")
    return _VERDICTS[kind]


def _mangled(said: _Statements, key: Json, value: Json) -> None:
    (kind, body), *_ = key.items()
    if kind == "payload":
        # nft leaves the match on the protocol out of its listings where what is changed implies it.
        for part in said.parts:
            with_header(part, str(body.get("protocol")))
    elif kind in {"tcp option", "exthdr", "ip option"}:
        said.doubt(f"changes {kind} {body.get('name')}, which not every packet has")
    harmless = kind == "payload" and body.get("field") in {"dscp", "ecn", "checksum"}
    if kind == "payload" and body.get("field") in {"ttl", "hoplimit"}:
        # What has one hop left is not forwarded (Linux net/ipv4/ip_forward.c).
        harmless = isinstance(value, int) and value > 1
    if kind == "ct" and body.get("key") in {"mark", "label", "secmark", "event"}:
        harmless = True
    if kind == "meta" and body.get("key") == "pkttype":
        # What is not for this host is not forwarded (ip_forward.c); "host" is what it is already.
        said.effect = Effect(EffectKind.UNKNOWN, "changes meta pkttype")
    if not harmless and kind not in _MANGLED:
        said.effect = Effect(EffectKind.UNKNOWN, f"changes {kind} {body.get('field') or body.get('key')}")


def _foreign(said: _Statements, body: Json) -> None:
    kind, name = (body.get("type"), body.get("name")) if isinstance(body, dict) else (None, None)
    if name in _XT_PASSING:
        return
    if kind == "target" and name in _XT_TRANSLATING:
        said.effect = Effect(EffectKind.TRANSLATED)
        said.end(Action.PERMIT)
    elif kind == "target" and name == "CT":
        said.effect = Effect(EffectKind.UNKNOWN, f"xt target CT, {_XT}")
    else:
        said.doubt(f"xt {kind} {name}, {_XT}")
        if kind == "target":
            said.end(Jump(""))
