"""What is known of a device's statements that are no rules: which can drop a packet, which touch none.

Each firewall keeps its own table of them as data, the reason with each. What is in no table is unknown, and
whoever meets it has to name it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Effect(StrEnum):
    NONE = "decides about no forwarded packet"
    DROPS = "can drop packets that the rules let through"


class Statement(NamedTuple):
    effect: Effect
    why: str


Statements: TypeAlias = Mapping[tuple[str, ...], Statement]
ANY_WORD = "*"


def statements(harmless: Mapping[str, str], drops: Mapping[str, str]) -> Statements:
    """A table from reasons: each stands with its statements, separated by commas.

    A statement is its first words; `*` stands for any one word. ValueError for one that is told twice.
    """
    table: dict[tuple[str, ...], Statement] = {}
    for effect, told in ((Effect.NONE, harmless), (Effect.DROPS, drops)):
        for why, listed in told.items():
            for words in (tuple(part.split()) for part in listed.split(",")):
                if not words or words in table:
                    raise ValueError(f"{' '.join(words)!r} is empty or stands in the table twice")
                table[words] = Statement(effect, why)
    return table


def look_up(table: Statements, words: Sequence[str]) -> Statement | None:
    """The statement with the most of the first `words`; a word that is told beats `*`. None: unknown."""
    found: tuple[int, tuple[bool, ...], Statement] | None = None
    ways: list[tuple[str, ...]] = [()]
    for word in words[:_MOST]:
        ways = [(*way, step) for way in ways for step in (word, ANY_WORD)]
        for way in ways:
            if way in table:
                rank = (len(way), tuple(step != ANY_WORD for step in way))
                if found is None or rank > found[:2]:
                    found = (*rank, table[way])
    return found[2] if found else None


_MOST = 6  # words of the longest statement: 64 ways to look it up
