"""What to write instead: the rules that a table lacks, found one dropped packet at a time."""

from dataclasses import replace

from ringfence.firewalls.nftables.write import rule_lines
from ringfence.model.flow import Flow
from ringfence.model.packet import Packet
from ringfence.model.policy import Policy, Rule
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.model.translated import passable
from ringfence.policy.compile import rules_for
from ringfence.policy.words import rule_words
from ringfence.verify.boots import Boot, Boots
from ringfence.verify.probes import covers
from ringfence.verify.report import Correction


def corrections(site: Site, policy: Policy, boots: Boots) -> tuple[tuple[Correction, ...], Policy]:
    """Mend the policy until the boot passes or nothing known is dropped; the steps, and what came of it."""
    needed = passable(site, flows(site))
    found: list[Correction] = []
    current = policy
    for _ in needed:
        done = boots.through(current, f"with {len(found)} corrections")
        failing = next((boot for boot in reversed(done) if not boot.result.passed), None)
        if failing is None:
            break
        step = _step(needed, current, policy, failing)
        if step is None:
            break
        correction, rule = step
        found.append(correction)
        current = replace(current, rules=(*current.rules, rule))
    return tuple(found), current


def _step(
    needed: tuple[Flow, ...], current: Policy, written: Policy, boot: Boot
) -> tuple[Correction, Rule] | None:
    failed = boot.result.failed
    if failed is None:
        return None
    present = {rule.id for rule in current.rules}
    for packet in dict.fromkeys(drop.packet for drop in boot.recording.dropped):
        for rule in rules_for(needed):
            serves = [flow for flow in rule.because if covers(flow, packet)]
            if serves and rule.id not in present:
                meant = _meant(packet, written)
                return _correction(failed.stage, packet, serves[0], rule, meant), rule
    return None


def _correction(stage: Stage, packet: Packet, flow: Flow, rule: Rule, meant: Rule | None) -> Correction:
    words = rule_words(rule)
    row = f"{meant.id.replace('-', ' ')} ({meant.text or rule_words(meant)})" if meant else ""
    blame = f"{row} does not match it; write {words} instead" if meant else f"no row permits it; add {words}"
    return Correction(
        stage=stage,
        dropped=str(packet),
        row=row,
        write=words,
        nft="\n".join(rule_lines(rule)),
        sentence=f"{stage} stops: {packet} is dropped ({flow.dialogue}): {blame}. {flow.basis[0].citation}.",
    )


def _meant(packet: Packet, written: Policy) -> Rule | None:
    """The row that was probably meant to permit the packet: its parties and protocol, other ports."""
    for rule in written.rules:
        here = any(packet.source in network for network in rule.source)
        there = any(packet.destination in network for network in rule.destination)
        if here and there and rule.protocol is packet.protocol and not rule.because:
            return rule
    return None
