"""What captures say, narrowed to a handset where that is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TypedDict

from ringfence.apps.report.explanation import ShownExplanation, explanation, worst_first
from ringfence.diagnosis.explain import Explained, ReadProgress, explain
from ringfence.diagnosis.gc_paused import gc_paused
from ringfence.diagnosis.legs import LostLeg, gathered_legs
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.firewalls.common.document import Rendered
from ringfence.model.errors import InputError
from ringfence.model.printable import printable


class ExplainDocument(TypedDict):
    """`rules` is null without --for, and where the target cannot say them."""

    explanation: ShownExplanation
    rules: Rendered | None


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What to judge. `state_timeout` and `clock_offset` in seconds; None: measure it. `handset`: the only one
    that will be shown in full; None: all will be; empty: none, so that of a long capture less is kept."""

    captures: tuple[Path, ...]
    state_timeout: float
    clock_offset: float | None
    handset: str | None = None

    def __post_init__(self) -> None:
        if len(self.captures) > 2:
            raise InputError(
                f"{len(self.captures)} captures given",
                where="explain",
                remedy="give one, or one from each side; --many if all are parts of one",
            )

    @gc_paused()
    def answer(self, progress: ReadProgress | None = None) -> "ExplainResult":
        """Read and judge; InputError when the captures cannot be read or do not belong together."""
        explained = explain(
            self.captures,
            JudgeOptions(state_timeout=self.state_timeout),
            clock_offset=self.clock_offset,
            progress=progress,
            is_wanted_whole=self._is_shown_in_full,
        )
        return explain_result(explained)

    def _is_shown_in_full(self, handset: HandsetTimeline) -> bool:
        return self.handset is None or bool(self.handset and matching((handset,), self.handset))


@dataclass(frozen=True, slots=True)
class ExplainResult:
    """What the captures say, as the judge has it and as it is shown."""

    explained: Explained
    timelines: tuple[HandsetTimeline, ...]
    legs: tuple[LostLeg, ...]
    shown: ShownExplanation

    def only(self, wanted: str) -> "ExplainResult":
        """The handsets whose MAC, address or alias is `wanted` or begins so; InputError: there is none."""
        chosen = matching(self.timelines, wanted)
        if not chosen:
            known = ", ".join(printable(each.name) for each in self.timelines[:5])
            more = f" and {len(self.timelines) - 5} more" if len(self.timelines) > 5 else ""
            raise InputError(
                f"no handset begins with {wanted!r}",
                where="--handset",
                remedy=f"there are: {known}{more}" if known else "there is no handset in the capture",
            )
        names = {each.name for each in chosen}
        legs_of = tuple(leg for leg in self.legs if names & set(leg.handsets))
        explained = self.explained
        addresses = {address for each in chosen for address in each.addresses}
        calls = tuple(
            each for each in explained.judgement.calls if {each.caller.ip, each.called.ip} & addresses
        )
        kept = replace(explained.judgement, handsets=tuple(chosen), calls=calls)
        narrowed = replace(explained, judgement=kept)
        return ExplainResult(narrowed, tuple(chosen), legs_of, explanation(narrowed, legs_of, in_full=True))

    def in_full(self) -> "ExplainResult":
        """With every stage and packet of every handset, which a table has no use for."""
        return replace(self, shown=explanation(self.explained, self.legs, in_full=True))


def explain_result(explained: Explained) -> ExplainResult:
    """What was judged, worst first, with the legs that were lost."""
    lost_by = dict(zip(map(id, explained.judgement.handsets), explained.lost, strict=True))
    timelines = tuple(worst_first(explained.judgement.handsets))
    lost_packets = tuple(lost_by[id(each)] for each in timelines)
    judgement = replace(explained.judgement, handsets=timelines)
    explained = replace(explained, judgement=judgement, lost=lost_packets)
    lost = (*gathered_legs(lost_packets), *explained.audio_lost)
    return ExplainResult(explained, timelines, lost, explanation(explained, lost, in_full=False))


def matching(timelines: Sequence[HandsetTimeline], wanted: str) -> list[HandsetTimeline]:
    """Exact matches where there are any, else those that begin so."""
    word = wanted.strip().lower()
    digits = word.replace("-", "").replace(":", "").replace(".", "")

    def names(each: HandsetTimeline) -> set[str]:
        return {each.alias.lower(), each.mac, each.mac.replace(":", ""), *map(str, each.addresses)} - {""}

    forms = {word} if _is_address(word) else {word, digits}
    exact = [each for each in timelines if names(each) & forms]
    return exact or [
        each
        for each in timelines
        if any(name.startswith(form) for name in names(each) for form in forms if form)
    ]


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True
