"""Which display or event a person means: words as they were read off a screen or a log."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.model.displays import DeniedEvent, Display
from ringfence.model.displays.denied_events import EVENTS
from ringfence.model.displays.registering import FROM_DISCOVERY_ON
from ringfence.model.displays.starting import BEFORE_DISCOVERY

DISPLAYS: tuple[Display, ...] = (*BEFORE_DISCOVERY, *FROM_DISCOVERY_ON)

_VARIES = re.compile(r"0x[0-9a-f]+|[0-9.:]*[0-9][0-9.:]*|[^\w.]|\b(?:n|sc|etag|secs?)\b|\.{2,}")
_NUMBER = re.compile(r"(?:event\s*)?#?(\d{4})")


@dataclass(frozen=True, slots=True)
class Meant:
    """What fits a person's words, best first; both empty: nothing does."""

    displays: tuple[Display, ...] = ()
    events: tuple[DeniedEvent, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.displays or self.events)


def meant_by(said: str) -> Meant:
    """The rows for words on a screen ("Discover 10.1.0.30", "DHCP: 45 secs") or an event's number ("1924").

    Numbers, addresses, capitals and punctuation do not count. Words that say exactly a row are that row; else
    the rows whose words are all among them, the longest alone; else the rows that have all of them.
    """
    number = _NUMBER.fullmatch(said.strip().casefold())
    if number:
        return Meant(events=tuple(each for each in EVENTS if int(number[1]) in each.numbers))
    words = _significant(said)
    if not words:
        return Meant()
    spelled = [(row, spelling) for row in DISPLAYS for spelling in map(_significant, (row.words, *row.also))]
    exact = [row for row, spelling in spelled if spelling == words]
    if exact:
        return Meant(_once(exact))
    within = [(len(spelling), row) for row, spelling in spelled if spelling and set(spelling) <= set(words)]
    if within:
        longest = max(length for length, _ in within)
        return Meant(_once(row for length, row in within if length == longest))
    return Meant(_once(row for row, spelling in spelled if set(words) <= set(spelling)))


def _significant(said: str) -> tuple[str, ...]:
    return tuple(word.strip(".") for word in _VARIES.sub(" ", said.casefold()).split() if word.strip("."))


def _once(rows: Iterable[Display]) -> tuple[Display, ...]:
    return tuple(dict.fromkeys(rows))
