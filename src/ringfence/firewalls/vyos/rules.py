"""Rules of the Vyatta family as those of netfilter: rule sets with their defaults, and state policies."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.netfilter.alternatives import Alternatives
from ringfence.firewalls.common.netfilter.kinds import (
    Condition,
    Effect,
    EffectKind,
    Jump,
    NetfilterRule,
    Step,
    Verdict,
)
from ringfence.firewalls.common.reading import Reading, place, shown
from ringfence.firewalls.vyos.match import RuleGroups, TreeMatch, apply_node
from ringfence.firewalls.vyos.tree import ConfigNode
from ringfence.model.policy import Action
from ringfence.policy.matches import Match
from ringfence.policy.space import Place

VERDICTS: Mapping[str, Verdict] = {
    "accept": Action.PERMIT,
    "drop": Action.DENY,
    "reject": Action.DENY,
    "return": Step.RETURN,
}
_PASSING = frozenset({"continue", "offload"})


@dataclass(slots=True)
class TreeConfig:
    root: ConfigNode
    version: int
    where: Behind
    groups: RuleGroups
    reading: Reading
    translates: frozenset[str]
    assumed: dict[str, None] = field(default_factory=dict)
    rules: dict[str, list[NetfilterRule]] = field(default_factory=dict)

    def begin(self) -> Alternatives:
        return Alternatives(self.where, [Condition(Match(frozenset({self.version})))])


def state_policy(config: TreeConfig) -> Iterator[NetfilterRule]:
    firewall = config.root.at("firewall")
    for policy in (firewall.at("state-policy"), firewall.at("global-options", "state-policy")):
        for state, node in policy.children.items():
            action = node.value("action")
            rule = config.begin()
            rule.states((state,)) if state in {"established", "related", "invalid"} else rule.doubt(
                f"state {state[:40]}"
            )
            verdict = VERDICTS.get(action)
            if verdict is None:
                rule.doubt(f"action {action[:40]!r}")
                verdict = Jump("")
            yield tree_rule(node, rule, verdict)


def tree_rule(
    node: ConfigNode, rule: Alternatives, verdict: Verdict, effect: Effect | None = None, comment: str = ""
) -> NetfilterRule:
    id_ = place(node.line, " ".join((*node.path[1:], comment)).strip()[:100])
    return NetfilterRule(id_, shown(_written(node)), rule.parts, verdict, effect, Place(node.line))


def _written(node: ConfigNode) -> str:
    """The words of a node and of what it holds, as one line."""
    if not node.children:
        return node.text
    return f"{node.text}: {_inside(node)}"


def _inside(node: ConfigNode, depth: int = 0) -> str:
    if depth > 4:
        return "..."
    parts = (f"{word} {_inside(inner, depth + 1)}".strip() for word, inner in node.children.items())
    return ", ".join(parts) if depth == 0 else " ".join(parts)


def numbered(items: Iterable[tuple[str, ConfigNode]]) -> list[ConfigNode]:
    """Rules in the order of their numbers, whatever the order of the text."""
    return [
        node for _, node in sorted(items, key=lambda item: int(item[0]) if item[0].isdecimal() else 1_000_000)
    ]


def listed_rules(config: TreeConfig, node: ConfigNode) -> Iterator[NetfilterRule]:
    for rule in numbered(node.items("rule")):
        if rule.has("disable"):
            config.reading.off(rule.line, rule.text, "disabled")
            continue
        action = rule.value("action")
        if action in _PASSING:
            continue
        alternatives = matched_rule(config, rule)
        if action == "notrack":
            effect = Effect(EffectKind.UNTRACKED, early=True)
            yield tree_rule(rule, alternatives, Step.NEXT, effect, comment=comment_of(rule))
            continue
        yield tree_rule(rule, alternatives, _said(rule, action, alternatives), comment=comment_of(rule))


def comment_of(rule: ConfigNode) -> str:
    return " ".join(rule.value("description").split())[:60]


def matched_rule(config: TreeConfig, rule: ConfigNode) -> Alternatives:
    alternatives = config.begin()
    known = TreeMatch(alternatives, config.groups, config.version, config.assumed, config.translates)
    apply_node(known, rule)
    return alternatives


def _said(rule: ConfigNode, action: str, alternatives: Alternatives) -> Verdict:
    if action in VERDICTS:
        return VERDICTS[action]
    if action == "jump" and rule.value("jump-target"):
        return Jump(f"name {rule.value('jump-target')}")
    alternatives.doubt(f"action {action[:40]!r}")
    return Jump("")


def default_rule(config: TreeConfig, node: ConfigNode, unsaid: str) -> Iterator[NetfilterRule]:
    """What becomes of a packet that no rule of the set decides."""
    action = node.value("default-action") or unsaid
    said = node.at("default-action") if node.value("default-action") else node
    if action in _PASSING:
        return
    rule = config.begin()
    verdict = VERDICTS.get(action)
    if action == "jump":
        verdict = Jump(f"name {node.value('default-jump-target')}")
    if verdict is None:
        rule.doubt(f"default-action {action[:40]!r}")
        verdict = Jump("")
    id_ = place(said.line, f"{' '.join(node.path[1:])} default-action {action}")
    text = f"{node.text} default-action {action}"
    yield NetfilterRule(id_, shown(text), rule.parts, verdict, None, Place(said.line))
