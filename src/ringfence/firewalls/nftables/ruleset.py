"""The objects of `nft -j list ruleset` (libnftables-json(5)), sorted by what they are."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ringfence.firewalls.nftables.values import Json
from ringfence.model.errors import InputError

ChainKey: TypeAlias = tuple[str, str, str]  # family, table, chain
TableKey: TypeAlias = tuple[str, str]

WHERE = "nft listing"
AS_TEXT = "text"  # the kind of a statement that is listed as text
# What may keep a frame from going on.
_TRACKING = frozenset(
    ("ct", "ct helper", "ct count", "ct timeout", "ct expectation", "snat", "dnat", "masquerade", "redirect")
) | {"synproxy", "xt"}
_STOPPING = frozenset(
    {AS_TEXT, "drop", "reject", "queue", "vmap", "jump", "goto", "xt", "fwd", "synproxy", "tproxy"}
)


@dataclass(slots=True)
class Ruleset:
    """Base and other chains, their rules in order, and what rules refer to, by table.

    Sets and maps that age or learn are not in it: their members are not those of the next minute.
    """

    chains: dict[ChainKey, Json] = field(default_factory=dict)
    rules: dict[ChainKey, list[Json]] = field(default_factory=dict)
    sets: dict[TableKey, dict[str, list[Json]]] = field(default_factory=dict)
    helpers: dict[TableKey, dict[str, str]] = field(default_factory=dict)
    flags: dict[TableKey, Collection[str]] = field(default_factory=dict)

    def statements(self) -> Iterator[str]:
        """The kind of every statement of every rule."""
        for listed in self.rules.values():
            for rule in listed:
                for expression in rule.get("expr") or []:
                    yield from expression

    def tracks(self, version: int) -> bool:
        """Whether anything makes the kernel track connections of this IP version (nf_ct_netns_get)."""
        families = {"inet", {4: "ip", 6: "ip6"}[version]}
        if any(family in families for family, _ in self.helpers):
            return True
        rules = (rule for key, listed in self.rules.items() if key[0] in families for rule in listed)
        return any(not _TRACKING.isdisjoint(_keys(rule.get("expr"))) for rule in rules)

    def targets(self) -> Iterator[ChainKey]:
        """Every chain that a rule, or an element of a map, leads to."""
        for (family, table, _), listed in self.rules.items():
            for rule in listed:
                yield from ((family, table, name) for name in _targets(rule.get("expr")))
        for (family, table), named in self.sets.items():
            yield from ((family, table, name) for members in named.values() for name in _targets(members))

    def may_stop(self, key: ChainKey) -> bool:
        """Whether anything of the base chain `key` may stop a frame; where jumps lead is not looked at."""
        kinds = (kind for rule in self.rules.get(key, []) for one in rule.get("expr") or [] for kind in one)
        return self.chains[key].get("policy") == "drop" or any(kind in _STOPPING for kind in kinds)


def sorted_ruleset(listed: Mapping[str, Any]) -> Ruleset:
    """InputError when `listed` is not what nft prints."""
    items = listed.get("nftables") if isinstance(listed, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(
            "no list of objects under 'nftables'",
            where=WHERE,
            remedy="give it the output of nft -j list ruleset",
        )
    ruleset = Ruleset()
    for item in items:
        for kind, body in item.items():
            try:
                _take(ruleset, kind, body)
            except KeyError as error:
                raise InputError(f"a {kind} without {error}", where=WHERE) from error
            except (TypeError, AttributeError, ValueError) as error:
                raise InputError(f"a {kind} of another form than nft's", where=WHERE) from error
    return ruleset


def _take(ruleset: Ruleset, kind: str, body: Json) -> None:
    if kind == "table":
        _words(body, "family", "name")
        flags = body.get("flags", [])
        words = flags if isinstance(flags, list) else [flags]
        ruleset.flags[body["family"], body["name"]] = [*map(str, words)]
    elif kind == "chain":
        ruleset.chains[_key(body, "name")] = body
        _words(body, "hook", "type", "policy")
        if not isinstance(body.get("prio", 0), int):
            raise TypeError("a priority that is not a number")
    elif kind == "rule":
        _words(body, "comment")
        # What has no form in JSON, as a chain within a rule, nft 1.0.6 lists as a piece of text.
        listed = [{AS_TEXT: one} if isinstance(one, str) else one for one in body.get("expr") or []]
        if not all(isinstance(one, dict) and len(one) == 1 for one in listed):
            raise TypeError("a statement of another form")
        ruleset.rules.setdefault(_key(body, "chain"), []).append({**body, "expr": listed})
    elif kind in {"set", "map"}:
        family, table, name = _key(body, "name")
        if not {"timeout", "dynamic"} & set(body.get("flags", [])):
            ruleset.sets.setdefault((family, table), {})[name] = list(body.get("elem") or [])
    elif kind == "ct helper":
        family, table, name = _key(body, "name")
        _words(body, "type")
        ruleset.helpers.setdefault((family, table), {})[name] = body["type"]


def _key(body: Json, name: str) -> ChainKey:
    """Family, table and name. KeyError or TypeError for what nft does not print."""
    _words(body, "family", "table", name)
    return body["family"], body["table"], body[name]


def _words(body: Json, *names: str) -> None:
    if not all(isinstance(body.get(name, ""), str) for name in names):
        raise TypeError("a name that is not text")


def _targets(tree: Json) -> Iterator[str]:
    """The names of chains in a rule or in the members of a map, however deep."""
    for kind, body in _items(tree):
        if kind in {"jump", "goto"} and isinstance(body, dict) and isinstance(body.get("target"), str):
            yield body["target"]


def _keys(tree: Json) -> Iterator[str]:
    return (kind for kind, _ in _items(tree))


def _items(tree: Json) -> Iterator[tuple[str, Json]]:
    """Every key of every object in a tree, with what it holds."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
