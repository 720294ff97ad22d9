"""Cisco ASA: timers and inspection.

Grammar from the Cisco ASA Series Command Reference: timeout, policy-map, service-policy, set connection.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from ringfence.firewalls.cisco_asa.classes import Maps
from ringfence.firewalls.common.ace.objects import Block, Line
from ringfence.firewalls.common.reading import Reading
from ringfence.policy.listing import FlowKind

_TIME = re.compile(r"(\d{1,6}):(\d\d):(\d\d)")
_H323 = ("h323 h225", "h323 ras")
# Command Reference, timeout and set connection timeout; `timeout h323` is what RAS has under inspection.
_KINDS = {
    "conn": FlowKind.TCP,
    "idle": FlowKind.TCP,
    "udp": FlowKind.UDP,
    "h323": FlowKind.UDP,
    "icmp": FlowKind.ICMP,
    "h225": FlowKind.SIGNALLING,
}
_OF_INSPECTION = frozenset({"h323", "h225"})


def note_settings(found: Iterable[Block], maps: Maps, reading: Reading) -> None:
    """Timers, and what the policy maps in force inspect: one that is nowhere in force inspects nothing."""
    for block in found:
        if block.head.words[0] == "timeout":
            _timers(block.head, reading)
    bound = [maps.policies[line.words[1]] for line in maps.in_force if line.words[1] in maps.policies]
    seen: set[str] = set()
    for block in bound:
        for line in block.body:
            _within_map(line, reading, seen)
    if bound:
        for name in _H323:
            if name not in seen:
                reading.inspection(bound[0].head.number, name, on=False, of="h323")


def _timers(line: Line, reading: Reading) -> None:
    for name, value in pairwise(line.words[1:]):
        seconds = _seconds(value)
        if seconds is not None and _seconds(name) is None:
            reading.timer(
                line.number,
                name,
                seconds or None,  # 0:00:00 is never
                _KINDS.get(name),
                of_inspection=name in _OF_INSPECTION,
            )


def _seconds(word: str) -> int | None:
    found = _TIME.fullmatch(word)
    if found is None:
        return None
    hours, minutes, seconds = (int(part) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _within_map(line: Line, reading: Reading, seen: set[str]) -> None:
    match line.words:
        case ["inspect", name, *rest]:
            word = f"h323 {rest[0]}" if name == "h323" and rest else name
            seen.add(word)
            reading.inspection(line.number, word, on=True, of=name)
        case ["set", "connection", "timeout", *_]:
            _timers(line, reading)
        case ["set", "connection", "advanced-options", "tcp-state-bypass"]:
            reading.stray(line.number, line.text, "TCP passes without connection state")
