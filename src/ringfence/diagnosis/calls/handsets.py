"""What the calls of a recording say of each handset: its number in them, and whether it had audio."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ringfence.diagnosis.calls.call import Call, Side
from ringfence.diagnosis.calls.media import MediaIndex, packets_of
from ringfence.diagnosis.timeline import HandsetTimeline, StageOutcome, StageStatus, StageTimeline
from ringfence.model.address import Address
from ringfence.model.findings import Finding
from ringfence.model.findings.media import AUDIO_DROPPED
from ringfence.model.stage import Stage


def name_parties(calls: Iterable[Call], handsets: Iterable[HandsetTimeline]) -> None:
    """A call by key presses does not say who presses them: the number is that of the set's registration."""
    aliases = {address: each.alias for each in handsets for address in each.addresses if each.alias}
    for call in calls:
        if call.is_switched:
            call.calling = call.calling or aliases.get(call.caller.ip, "")
            call.called_party = call.called_party or aliases.get(call.called.ip, "")


def with_audio(
    handsets: Sequence[HandsetTimeline],
    calls: Sequence[Call],
    indexes: Sequence[MediaIndex],
    found: Sequence[Finding],
) -> tuple[HandsetTimeline, ...]:
    """The handsets, the audio judged of those whose calls agreed on any; `found` of all calls."""
    if not indexes or not calls:
        return tuple(handsets)
    by_address: dict[Address, list[Call]] = {}
    for call in calls:
        if _agreed(call):
            for address in {call.caller.ip, call.called.ip}:
                by_address.setdefault(address, []).append(call)
    wrong = {number: each for each in found if each.stage is Stage.MEDIA for number in each.frames}
    return tuple(_judged(each, by_address, indexes, wrong) for each in handsets)


def _judged(
    handset: HandsetTimeline,
    by_address: Mapping[Address, Sequence[Call]],
    indexes: Sequence[MediaIndex],
    wrong: Mapping[int, Finding],
) -> HandsetTimeline:
    own = [call for address in handset.addresses for call in by_address.get(address, ())]
    if not own:
        return handset
    line = _line(own, indexes, wrong)
    return replace(
        handset, stages=tuple(line if each.stage is Stage.MEDIA else each for each in handset.stages)
    )


def _agreed(call: Call) -> bool:
    return call.connected is not None and any(
        each.kind == "audio" and each.opened is not None for each in call.channels
    )


def _line(own: Sequence[Call], indexes: Sequence[MediaIndex], wrong: Mapping[int, Finding]) -> StageTimeline:
    failed = next((wrong[number] for call in own for number in call.frames if number in wrong), None)
    began = min(call.connected for call in own if call.connected is not None)
    if failed is not None:
        outcome = StageOutcome.DROPPED if failed.code is AUDIO_DROPPED else StageOutcome.ONE_WAY
        return StageTimeline(
            Stage.MEDIA, StageStatus.FAILED, failed.sentence, outcome, began, code=failed.code
        )
    both = sum(all(_heard(call, side, indexes) for side in Side) for call in own)
    if both:
        words = f"audio went both ways in {both} of {len(own)} calls"
        return StageTimeline(Stage.MEDIA, StageStatus.REACHED, words, began=began)
    words = f"no audio both ways of {len(own)} calls is in the capture"
    return StageTimeline(Stage.MEDIA, StageStatus.NOT_VISIBLE, words, began=began)


def _heard(call: Call, side: Side, indexes: Sequence[MediaIndex]) -> bool:
    return any(packets_of(call, index, side) for index in indexes)
