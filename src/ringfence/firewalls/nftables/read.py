"""nftables: reads `nft -j list ruleset` into rows, each with its handle as its place.

Forwarded packets pass the filter chains hooked at prerouting, forward and postrouting; a drop in one is
final, an accept only ends that chain. Anything not understood is listed, and then nothing is proved.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ringfence.firewalls.common.behind import Named
from ringfence.firewalls.common.reading import lines_of
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Unread
from ringfence.policy.matches import Interfaces, Json, Match, NotUnderstood, meet, narrow
from ringfence.policy.space import FIELDS, Box, Place, Row, boxes

_FAMILIES = {"inet": frozenset({4, 6}), "ip": frozenset({4}), "ip6": frozenset({6})}
_HOOKS = {"prerouting", "forward", "postrouting"}
_NOT_FORWARDED = {"input", "output"}
_DEPTH = 16  # the kernel's own limit of nested jumps
_VISITS = 100_000  # rules looked at: jumps multiply them, three in each of 16 chains to 43 million


class _Jump(NamedTuple):
    chain: str


@dataclass(slots=True)
class _Ruleset:
    chains: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    rules: dict[tuple[str, str, str], list[Json]] = field(default_factory=dict)
    sets: dict[tuple[str, str], dict[str, list[Json]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """One base chain, and what it has yielded so far."""

    ruleset: _Ruleset
    interfaces: Interfaces
    rows: list[Row] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    stateful: bool = False
    state_at: int = 0
    visits: int = 0


def read_json(text: str, zones: Named | None = None) -> Listing:
    """What `nft -j list ruleset` prints. InputError when the text is damaged or is no such listing."""
    lines_of(text, "nft listing")
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"damaged JSON: {error}", where="nft listing", remedy="take nft -j list ruleset again"
        ) from error
    return read(listed, zones)


def read(listed: Mapping[str, Any], interfaces: Interfaces | None = None) -> Listing:
    """The ruleset as chains of rows.

    `interfaces` names the networks behind an interface; a match on an interface becomes one on its networks,
    which is then among the listing's assumptions. Raises InputError when `listed` is not what nft prints.
    """
    interfaces = interfaces or {}
    ruleset = _sorted(listed)
    chains: list[Chain] = []
    unread: list[Unread] = []
    for key, chain in ruleset.chains.items():
        if "hook" not in chain or chain["hook"] in _NOT_FORWARDED:
            continue
        place = " ".join(key)
        if key[0] not in _FAMILIES or chain.get("type") != "filter" or chain["hook"] not in _HOOKS:
            if ruleset.rules.get(key):
                kind = f"{chain.get('type')} chain at {chain['hook']}"
                unread.append(Unread(place, kind, "rules outside the filtering of forwarded packets"))
            continue
        reading = _Reading(ruleset, interfaces)
        _read_chain(reading, key)
        unread += reading.unread
        default = Action.DENY if chain.get("policy") == "drop" else Action.PERMIT
        chains.append(
            Chain(
                place,
                tuple(reading.rows),
                default,
                _FAMILIES[key[0]],
                reading.stateful,
                tuple(reading.related),
                state_at=reading.state_at,
                end=_place(key),
            )
        )
    assumed = tuple(
        f"behind {name} live only {', '.join(map(str, nets))}" for name, nets in sorted(interfaces.items())
    )
    return Listing(tuple(chains), tuple(unread), assumed)


def _sorted(listed: Mapping[str, Any]) -> _Ruleset:
    items = listed.get("nftables") if isinstance(listed, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(
            "no list of objects under 'nftables'",
            where="nft listing",
            remedy="give it the output of nft -j list ruleset",
        )
    ruleset = _Ruleset()
    for item in items:
        for kind, body in item.items():
            try:
                if kind == "chain":
                    ruleset.chains[_key(body, "name")] = body
                    _words(body, "hook", "type", "policy")
                elif kind == "rule":
                    ruleset.rules.setdefault(_key(body, "chain"), []).append(body)
                    _words(body, "comment")
                elif kind == "set":
                    _add_set(ruleset, body)
            except KeyError as error:
                raise InputError(f"a {kind} without {error}", where="nft listing") from error
            except (TypeError, AttributeError) as error:
                raise InputError(f"a {kind} of another form than nft's", where="nft listing") from error
    return ruleset


def _key(body: Json, name: str) -> tuple[str, str, str]:
    """Family, table and name. KeyError or TypeError for what nft does not print."""
    _words(body, "family", "table", name)
    return body["family"], body["table"], body[name]


def _words(body: Json, *names: str) -> None:
    if not all(isinstance(body.get(name, ""), str) for name in names):
        raise TypeError("a name that is no text")


def _add_set(ruleset: _Ruleset, body: Json) -> None:
    # The members of a set that ages or learns are not those of the next minute: it stays unlisted, and a
    # rule that names it is not understood.
    flags = body.get("flags", [])
    if isinstance(body["type"], str) and not {"timeout", "dynamic"} & set(flags):
        members = [
            e["elem"]["val"] if isinstance(e, dict) and "elem" in e else e for e in body.get("elem", [])
        ]
        family, table, name = _key(body, "name")
        ruleset.sets.setdefault((family, table), {})[name] = members


def _read_chain(
    reading: _Reading, key: tuple[str, str, str], outer: tuple[Box, ...] | None = None, depth: int = 0
) -> None:
    """Add the chain's rows, each narrowed to what the `depth` jumps that led here let through (None: all)."""
    for rule in reading.ruleset.rules.get(key, []):
        place = f"{' '.join(key)} handle {rule.get('handle', '?')}"
        reading.visits += 1
        if reading.visits > _VISITS:
            raise InputError(f"jumps multiply to more than {_VISITS} rules", where=f"nft listing, {place}")
        comment = rule.get("comment", "")
        try:
            found = _understood(reading, rule, key, place)
            if found is None:
                continue
            verdict, match = found
            parts = match.boxes() if outer is None else _both(match.boxes(), outer)
            if isinstance(verdict, Action):
                reading.rows.append(
                    Row(
                        f"{place} ({comment})" if comment else place,
                        verdict,
                        parts,
                        comment,
                        _place(key, rule.get("handle")),
                    )
                )
                continue
            target = (key[0], key[1], verdict.chain)
            if depth >= _DEPTH or target not in reading.ruleset.chains:
                raise NotUnderstood(f"jump to {verdict.chain}, which is not listed or nests too deep")
            _read_chain(reading, target, parts, depth + 1)
        except NotUnderstood as error:
            reading.unread.append(Unread(place, json.dumps(rule.get("expr")), str(error)))
        except InputError:
            raise
        except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
            # The tree is of another form than libnftables-json(5) gives; whichever part it is, it is unread.
            why = "not of a form that is known here"
            reading.unread.append(Unread(place, json.dumps(rule.get("expr")), why))


def _understood(
    reading: _Reading, rule: Json, key: tuple[str, str, str], place: str
) -> tuple[Action | _Jump, Match] | None:
    """What the rule says of opening packets: a verdict, or the chain it jumps to; None when it says nothing.

    Raises NotUnderstood.
    """
    match = Match(_FAMILIES[key[0]])
    sets = reading.ruleset.sets.get(key[:2], {})
    states: frozenset[str] | None = None
    verdict: Action | _Jump | None = None
    for expression in rule.get("expr") or []:
        kind, body = next(iter(expression.items()))
        if verdict is not None:
            raise NotUnderstood(f"{kind} after the verdict")
        if kind == "match" and body.get("left") == {"ct": {"key": "state"}}:
            states = _states(body)
        elif kind == "match":
            narrow(match, body, sets, reading.interfaces)
        elif kind in {"accept", "drop", "reject", "jump"}:
            verdict = _verdict(kind, body)
        elif kind not in {"counter", "log"} and expression != _TRACE:
            raise NotUnderstood(f"statement {kind}")
    if states is not None and "new" not in states:
        _note_state(reading, states, verdict, match.plain(), place)
        return None
    return None if verdict is None else (verdict, match)


_TRACE = {"mangle": {"key": {"meta": {"key": "nftrace"}}, "value": 1}}
_VERDICTS = {"accept": Action.PERMIT, "drop": Action.DENY, "reject": Action.DENY}
_ALL_STATES = frozenset({"invalid", "established", "related", "new", "untracked"})


def _verdict(kind: str, body: Json) -> Action | _Jump:
    return _Jump(str(body["target"])) if kind == "jump" else _VERDICTS[kind]


def _states(body: Json) -> frozenset[str]:
    right = body.get("right")
    if isinstance(right, dict):
        right = right.get("set")
    named = frozenset([right] if isinstance(right, str) else right or ())
    if not named <= _ALL_STATES or body.get("op") not in {"in", "==", "!="}:
        raise NotUnderstood(f"ct state {right}")
    return _ALL_STATES - named if body["op"] == "!=" else named


def _note_state(
    reading: _Reading, states: frozenset[str], verdict: Action | _Jump | None, plain: bool, place: str
) -> None:
    """A rule that only concerns packets of connections we already know, or of none."""
    if isinstance(verdict, _Jump):
        raise NotUnderstood(f"jump to {verdict.chain} by connection state")
    if verdict is Action.PERMIT:
        if plain and "established" in states and not reading.stateful:
            reading.stateful, reading.state_at = True, len(reading.rows)
        if "related" in states:
            reading.related.append(place)
    elif verdict is Action.DENY and "established" in states:
        raise NotUnderstood("a drop of established connections")


def _place(key: tuple[str, str, str], handle: Json = 0) -> Place:
    """A rule by its handle, or the end of its chain."""
    number = handle if isinstance(handle, int) and not isinstance(handle, bool) else 0
    return Place(number, key[2], table=f"{key[0]} {key[1]}")


def _both(a: tuple[Box, ...], b: tuple[Box, ...]) -> tuple[Box, ...]:
    out: list[Box] = []
    for x, y in ((x, y) for x in a for y in b if x.version == y.version):
        f = [meet(x.fields[field], y.fields[field]) for field in range(FIELDS)]
        out += boxes(x.version, (f[0], f[1], f[2], f[3], f[4]))
    return tuple(out)
