"""A fact of a proposed site: the value, and where it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.diagnosis.observation import Observation
from ringfence.model.printable import printable

UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Fact:
    """`value` as it stands in a site file (text only as `yaml_string`), and where it comes from in words,
    which may quote packets; `assumed`: not from the capture.
    """

    value: str
    note: str = ""
    assumed: bool = False


def fact(value: object | None, note: str) -> Fact:
    return Fact(str(value), note) if value is not None else Fact(UNKNOWN, f"not seen: {note}")


def amount(number: int, what: str) -> str:
    return f"one {what}" if number == 1 else f"{number} {what}{'es' if what.endswith('s') else 's'}"


def yaml_string(text: str) -> str:
    """A YAML string of one line (YAML 1.2 section 7.3.1) that reads back as `text`, whatever is in it."""
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def distinct(seen: Iterable[Observation]) -> list[Observation]:
    """What got through, each packet once, though several captures show it and it was sent again."""
    found: dict[object, Observation] = {}
    for each in seen:
        packet = each.crossing.packet
        if not each.dropped:
            key = (packet.ends(), packet.protocol, packet.flags, packet.sequence, packet.payload)
            found.setdefault(key, each)
    return list(found.values())
