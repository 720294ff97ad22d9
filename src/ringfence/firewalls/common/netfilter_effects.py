"""What rules of netfilter do to connections: not tracked, translated, listened to by a helper."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.firewalls.common.netfilter import EffectKind
from ringfence.firewalls.common.netfilter_walk import Reached
from ringfence.firewalls.common.reading import Reading, inspected
from ringfence.policy.listing import Helper, Inspection, Translation, Unread
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box
from ringfence.policy.terms import both_ways, without


@dataclass(slots=True)
class Effects:
    """What the chains so far have done; `untracked` are the packets that connection tracking never sees."""

    reading: Reading
    untracked: tuple[Box, ...] = ()
    helpers: list[Helper] = field(default_factory=list)

    def take(self, reached: Iterable[Reached], *, tracked: bool | None) -> None:
        """Note the effects of one base chain; `tracked` as its hook says."""
        for found in reached:
            kind, name = found.effect
            place, text = found.rule.id, found.rule.as_written()
            if kind is EffectKind.UNTRACKED:
                # Behind connection tracking it is too late, and the rule does nothing (nft_notrack_eval).
                if tracked is False:
                    self._not_tracked(found)
                elif tracked is None:
                    self._unread(found, "whether it comes before connection tracking depends on loading")
            elif kind is EffectKind.HELPER:
                self.reading.inspections.append(Inspection(name, True, place, inspected(name)))
                self.helpers.append(Helper(name, place, found.boxes, certain=not found.why))
            elif kind is EffectKind.TRANSLATED:
                self.reading.translations.append(Translation(place, text, both_ways(found.boxes)))
            else:
                self._unread(found, found.why or name)

    def _not_tracked(self, found: Reached) -> None:
        if found.why:
            self._unread(found, found.why)
        else:
            self.untracked = (*self.untracked, *found.boxes)

    def _unread(self, found: Reached, why: str) -> None:
        unread = Unread(found.rule.id, found.rule.as_written(), why, both_ways(found.boxes))
        if unread not in self.reading.unread:
            self.reading.unread.append(unread)

    def settle(self) -> None:
        """Where only one way of a flow is tracked, its answers belong to no connection: nothing is said."""
        if not self.untracked:
            return
        turned = both_ways(self.untracked)
        try:
            one_way = without(turned, self.untracked)
        except NotUnderstood:
            one_way = turned
        if one_way:
            why = "one way of these flows is tracked and the other is not"
            self.reading.unread.append(Unread("raw", "notrack", why, both_ways(one_way)))
