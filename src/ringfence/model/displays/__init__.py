"""What a phone shows and what a call server logs where a registration stops, and what it means."""

from dataclasses import dataclass

from ringfence.model.findings import Code
from ringfence.model.flow import Basis
from ringfence.model.stage import Stage


@dataclass(frozen=True, slots=True)
class Display:
    """Words on a phone's screen. `words` without addresses and numbers that vary; `also`: other spellings.

    `stage` is where the phone stands while it shows them; None: before or beside the procedure. `codes` are
    the findings by which a capture tells the causes apart, likeliest first.
    """

    words: str
    families: str
    stage: Stage | None
    meaning: str
    check_first: str
    codes: tuple[Code, ...]
    basis: Basis
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeniedEvent:
    """A line of Communication Manager's `display events`, category "denied", of an IP endpoint.

    `displays` are the words that the phone probably shows meanwhile: our reading, no page says so.
    """

    numbers: tuple[int, ...]
    keyword: str
    stage: Stage
    meaning: str
    codes: tuple[Code, ...]
    basis: Basis
    displays: tuple[str, ...] = ()
