"""Access lists and the interfaces that they are bound to: where a list is meant to be, by its own entries."""

from collections.abc import Iterable
from itertools import islice

from ringfence.firewalls.common.ace.read import Entry
from ringfence.firewalls.common.behind import Behind
from ringfence.model.policy import Action
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box
from ringfence.policy.terms import within

_FIRST = 20  # permits of a list that are looked at


def meant_interface(entries: Iterable[Entry], where: Behind) -> str:
    """The interface behind which the sources of the first permit live that names any; "" for none."""
    for boxes in _permits(entries):
        for name, around in where.addresses.items():
            if within(boxes, SOURCE, around) == boxes:
                return name
    return ""


def fitting_binding(
    entries: Iterable[Entry], bound: tuple[str, str], where: Behind
) -> tuple[str, str] | None:
    """The interface and way that fit a list of which no permit can match where it is; None for others."""
    permits = list(_permits(entries))
    if not permits or any(_meets(boxes, bound, where) for boxes in permits):
        return None
    # Most lists filter what comes in, and an interface's own direction is the nearer mistake.
    names = [bound[0], *(name for name in where.addresses if name != bound[0])]
    others = [(name, way) for way in ("in", "out") for name in names]
    return next((one for one in others if all(_fits(boxes, one, where) for boxes in permits)), None)


def _permits(entries: Iterable[Entry]) -> Iterable[tuple[Box, ...]]:
    for entry in islice((entry for entry in entries if entry.action is Action.PERMIT), _FIRST):
        try:
            yield entry.boxes()
        except NotUnderstood:
            continue


def _meets(boxes: tuple[Box, ...], bound: tuple[str, str], where: Behind) -> bool:
    interface, way = bound
    around = where.addresses.get(interface, {})
    return bool(within(boxes, SOURCE if way == "in" else DESTINATION, around))


def _fits(boxes: tuple[Box, ...], bound: tuple[str, str], where: Behind) -> bool:
    interface, way = bound
    around = where.addresses.get(interface, {})
    return within(boxes, SOURCE if way == "in" else DESTINATION, around) == boxes
