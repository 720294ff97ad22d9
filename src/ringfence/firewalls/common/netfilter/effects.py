"""What rules of netfilter do to connections: not tracked, translated, listened to by a helper."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ringfence.firewalls.common.netfilter.kinds import EffectKind
from ringfence.firewalls.common.netfilter.walk import EarlyWords, Reached
from ringfence.firewalls.common.reading import Reading, inspected
from ringfence.policy.listing import Helper, Inspection, Translation, Unread
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import both_ways, without


@dataclass(slots=True)
class Effects:
    """What the chains so far have done to connections."""

    reading: Reading
    early: EarlyWords = field(default_factory=EarlyWords)
    helpers: list[Helper] = field(default_factory=list)
    translated: dict[str, int] = field(default_factory=dict)  # places in the reading's translations
    noted: dict[tuple[str, str], int] = field(default_factory=dict)  # places in the reading's unread

    def take(
        self, reached: Iterable[Reached], *, tracked: bool | None, after: int, alone: bool = True
    ) -> None:
        """Note the effects of one base chain; `tracked` as its hook says, `after` how many lists there are.

        Not `alone`: chains of the same priority may come before it or after.
        """
        for found in reached:
            kind, name = found.effect.kind, found.effect.name
            place, text = found.rule.id, found.rule.as_written()
            if kind is EffectKind.UNTRACKED:
                # Behind connection tracking it is too late, and the rule does nothing (nft_notrack_eval).
                if tracked is False and alone:
                    self._not_tracked(found)
                elif tracked is not True:
                    self._unread(
                        found, "what comes before it at its priority depends on the order of loading"
                    )
            elif kind is EffectKind.HELPER:
                self.reading.inspections.append(Inspection(name, True, place, inspected(name)))
                self._listens(found, name, tracked=tracked)
            elif kind is EffectKind.TRANSLATED:
                self._translates(Translation(place, text, found.boxes, after))
            else:
                self._unread(found, found.why or name)

    def _translates(self, found: Translation) -> None:
        """One translation for each rule, whatever ways lead to it."""
        at = self.translated.setdefault(found.place, len(self.reading.translations))
        if at == len(self.reading.translations):
            self.reading.translations.append(found)
        else:
            known = self.reading.translations[at]
            self.reading.translations[at] = replace(known, boxes=known.boxes + found.boxes)

    def _not_tracked(self, found: Reached) -> None:
        if found.why:
            self._unread(found, found.why)
            return
        try:
            self.early = self.early.with_word(found.effect, found.boxes)
        except NotUnderstood as error:
            self._unread(found, str(error))

    def _listens(self, found: Reached, name: str, *, tracked: bool | None) -> None:
        if tracked is False and not found.effect.early:
            return  # there is no connection yet that could be given a helper
        certain = not found.why and (tracked is not None or found.effect.early)
        try:
            boxes = without(found.boxes, self.early.untracked)
            if certain:
                self.early = self.early.with_word(found.effect, boxes)
        except NotUnderstood:
            boxes, certain = found.boxes, False
        self.helpers.append(Helper(name, found.rule.id, boxes, certain=certain))

    def _unread(self, found: Reached, why: str) -> None:
        """One entry for each rule and reason, whatever ways lead to it; a gap of a list is another."""
        boxes = both_ways(found.boxes)
        at = self.noted.setdefault((found.rule.id, why), len(self.reading.unread))
        if at == len(self.reading.unread):
            self.reading.unread.append(Unread(found.rule.id, found.rule.as_written(), why, boxes))
        else:
            known = self.reading.unread[at]
            self.reading.unread[at] = replace(known, boxes=(*(known.boxes or ()), *boxes))

    def settle(self) -> None:
        """Where only one way of a flow is tracked, its answers belong to no connection: nothing is said."""
        if not self.early.untracked:
            return
        turned = both_ways(self.early.untracked)
        try:
            one_way = without(turned, self.early.untracked)
        except NotUnderstood:
            one_way = turned
        if one_way:
            why = "one way of these flows is tracked and the other is not"
            self.reading.unread.append(Unread("raw", "notrack", why, both_ways(one_way)))
