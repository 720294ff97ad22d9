"""Ladders of the manual, drawn from the packets of a boot."""

from dataclasses import replace
from html import escape

from manual.proofs import Boot, boot, report
from ringfence.apps.report.ladder_svg import svg
from ringfence.diagnosis.ladder import laid_out
from ringfence.diagnosis.observation import Observation
from ringfence.diagnosis.timeline import HandsetTimeline, StageTimeline
from ringfence.model.stage import Stage
from ringfence.verify.report import NetworkKind

_CARRIED = {
    NetworkKind.KERNEL: "recorded on both sides of the kernel's firewall",
    NetworkKind.SIMULATED: "recorded on both sides of the simulated firewall",
}


def whole_ladder(name: str) -> str:
    """Every message of an example's boot, until its last stage is over."""
    seen = boot(name)
    over = max(each.ended for each in seen.timeline.stages if each.ended is not None)
    shown = tuple(each for each in seen.timeline.observations if each.time <= over)
    whole = replace(seen.timeline, observations=shown)
    return _figure(f"A boot of {name}, from power-up to kept alive", seen, whole)


def stage_ladder(name: str, stage: Stage) -> str:
    """The messages of one stage of that boot."""
    seen = boot(name)
    return _figure(f"{stage.label} at {name}", seen, _only(seen.timeline, stage))


def failing_ladder(name: str, stage: Stage) -> str:
    """The boot without the first rule whose absence stops it at that stage, from that stage on."""
    rule = next(rule.id for rule in report(name).rules if rule.stops_at is stage)
    seen = boot(name, without=rule)
    failed = seen.timeline.stage(stage)
    caption = f"The same boot without the rule {rule}: {failed.because}"
    return _figure(caption, seen, _only(seen.timeline, stage))


def _figure(caption: str, seen: Boot, timeline: HandsetTimeline) -> str:
    drawn = svg(laid_out(timeline))
    words = f"{caption} ({_CARRIED[seen.network]}; seconds from its first packet)."
    return (
        f'<figure class="ladder-figure"><div class="ladder-frame" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}">{drawn}</div><figcaption>{escape(words)}</figcaption></figure>'
    )


def _only(timeline: HandsetTimeline, stage: Stage) -> HandsetTimeline:
    line = timeline.stage(stage)
    shown = tuple(each for each in timeline.observations if _belongs(each, line, timeline))
    return replace(timeline, observations=shown)


def _belongs(seen: Observation, line: StageTimeline, timeline: HandsetTimeline) -> bool:
    """Of the stage's kinds of packets, after the stage before it, until it ended or was given up."""
    if line.began is None:
        return False
    before = max(
        (each.ended for each in timeline.stages if each.ended and each.ended < line.began), default=-1.0
    )
    last = max((shown.time for shown in line.evidence), default=line.began)
    kinds = {type(shown.seen) for shown in line.evidence}
    return type(seen) in kinds and before < seen.time <= max(last, line.ended or last)


def beside_packets(name: str, stage: Stage) -> str:
    """The packets that showed a stage in a proof which no capture is judged by: audio, services, names."""
    result = next(each for each in report(name).runs[-1].stages if each.stage is stage)
    return "```text\n" + "\n".join(result.packets) + "\n```\n"
