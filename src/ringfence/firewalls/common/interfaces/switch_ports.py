"""Ports of a switch, and the routed interface of a VLAN, which is up while one port that has the VLAN is.

From the Cisco IOS LAN Switching Command Reference: switchport, autostate; a firewall with switch ports writes
them alike. No device has checked the reading.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from ringfence.firewalls.common.behind import Down
from ringfence.firewalls.common.interfaces.members import members_down

NO_PORT = "no port that is up is known to have its VLAN, and without one it passes nothing"
_TOP = 4094
_EVERY = frozenset(range(1, _TOP + 1))


class Carries(Enum):
    """Whether a port has a VLAN: by its lines, by what it agrees on with its neighbour, or not."""

    YES = 2
    PERHAPS = 1
    NO = 0


def routed_vlan(ports: Iterable[tuple[Down | None, Carries]]) -> tuple[Down | None, bool]:
    """Why the VLAN of these ports is down, and whether the text tells at all that it is, or is not."""
    found = [(off, carries) for off, carries in ports if carries is not Carries.NO]
    if any(off is None and carries is Carries.YES for off, carries in found):
        return None, True
    off = members_down(off for off, _ in found)
    return off, off is not None


def carrier(said_of_port: Iterable[Sequence[str]], mode: str = "") -> Callable[[int, bool], Carries]:
    """Whether the port has a VLAN; its second argument: ports that are left out of the autostate count.

    `said_of_port` are its lines behind the word `switchport`, `mode` is what it is without a line.
    """
    access, voice, allowed, excluded = "1", "", _EVERY, False
    for words in said_of_port:
        match words:
            case ["mode", *kind]:
                mode = " ".join(kind)
            case ["access", "vlan", number]:
                access = number
            case ["voice", "vlan", number]:
                voice = number
            case ["trunk", "allowed", "vlan", *said]:
                allowed = _allowed(allowed, said)
            case ["autostate", "exclude"]:
                excluded = True
    own = vlan_numbers([access]) | vlan_numbers([voice])
    told = mode == "access" or (mode == "" and access != "1")

    def carries(vlan: int, every: bool) -> Carries:
        if excluded and not every:
            return Carries.NO
        if mode == "trunk":
            return Carries.YES if vlan in allowed else Carries.NO
        if told and vlan in own:
            return Carries.YES
        if mode == "access":
            return Carries.NO
        if mode in {"", "dynamic auto", "dynamic desirable"} and vlan not in allowed | own:
            return Carries.NO
        return Carries.PERHAPS  # what its neighbour agrees to; private VLANs, tunnels

    return carries


def _allowed(before: frozenset[int], said: Sequence[str]) -> frozenset[int]:
    """`10,20-29`, `add 30`, `remove 10`, `except 5`, `all`, `none`."""
    match said:
        case ["add", *rest]:
            return before | vlan_numbers(rest)
        case ["remove", *rest]:
            return before - vlan_numbers(rest)
        case ["except", *rest]:
            return _EVERY - vlan_numbers(rest)
        case ["all"]:
            return _EVERY
    return vlan_numbers(said)


def vlan_numbers(words: Iterable[str]) -> frozenset[int]:
    """`10,20-29`, perhaps over several words; what is no VLAN is passed over."""
    found: set[int] = set()
    for part in "".join(words).split(","):
        first, _, last = part.partition("-")
        if all(word.isdecimal() and len(word) < 5 for word in (first, last or first)):
            found.update(range(int(first), min(int(last or first), _TOP) + 1))
    return frozenset(found)
