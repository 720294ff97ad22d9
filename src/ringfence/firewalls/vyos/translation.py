"""Translation in the Vyatta family: which connections it changes, as lists that only openers meet."""

from collections.abc import Iterable

from ringfence.firewalls.common.netfilter.kinds import Effect, EffectKind, NetfilterRule, Verdict
from ringfence.firewalls.vyos.rules import TreeConfig, comment_of, matched_rule, numbered, tree_rule
from ringfence.firewalls.vyos.tree import ConfigNode
from ringfence.model.policy import Action
from ringfence.policy.space import SOURCE


def translates(config: TreeConfig, kind: str) -> bool:
    """Fill the list of translations of one kind; whether there are any."""
    if config.version != 4:
        return False
    root = config.root
    items = list(root.at("nat", kind).items("rule")) + list(root.at("nat", "static").items("rule"))
    types = {"destination"} if kind == "destination" else {"source", "masquerade"}
    items += [item for item in root.at("service", "nat").items("rule") if item[1].value("type") in types]
    effect = Effect(EffectKind.TRANSLATED)
    rules = with_effect(config, items, Action.PERMIT, effect)
    if kind == "destination":
        rules += _forwarded_ports(config, effect)
    config.rules[f"nat {kind}"] = rules
    return bool(rules)


def with_effect(
    config: TreeConfig, items: Iterable[tuple[str, ConfigNode]], verdict: Verdict, effect: Effect
) -> list[NetfilterRule]:
    """Rules that translate, or take packets out of tracking; `exclude` leaves them as they are."""
    found = []
    for rule in numbered(items):
        if rule.has("disable"):
            config.reading.off(rule.line, rule.text, "disabled")
            continue
        static = "static" in rule.path[:3]
        alternatives = config.begin() if static else matched_rule(config, rule)
        excluded = None if rule.has("exclude") else effect
        found.append(tree_rule(rule, alternatives, verdict, excluded, comment_of(rule)))
    return found


def _forwarded_ports(config: TreeConfig, effect: Effect) -> list[NetfilterRule]:
    """Ports of the outer address that lead to a host inside (EdgeOS User Guide, "Port Forwarding")."""
    node = config.root.at("port-forward")
    found = []
    for rule in numbered(node.items("rule")):
        alternatives = config.begin()
        wan = node.value("wan-interface")
        if wan:
            alternatives.interfaces(SOURCE, (wan,))
        found.append(tree_rule(rule, alternatives, Action.PERMIT, effect))
    return found
