"""A running configuration with what the procedure lacks added to it, read back after each addition."""

from collections.abc import Callable, Container, Sequence
from typing import NamedTuple

import msgspec

from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport, Fix
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.target import Merger, Target
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.policy.listing import Listing

_AT_ONCE = 4  # a packet passes so many lists at most: what is added to one shows what the next one stops
_NO_USE = "rules here do not make them pass: see what else stops them with ringfence check"


class Completed(msgspec.Struct, frozen=True):
    """What was added, in this order; `before` and `after` judge the configuration without and with it.

    `refused`: what is missing but cannot be added as narrowly as it is needed, or not by lines at all.
    """

    before: CheckReport
    after: CheckReport
    added: tuple[Fix, ...]
    refused: tuple[Fix, ...]

    @property
    def proved(self) -> bool:
        return self.after.answer is Answer.PERMITS


def completed(
    site: Site, target: Target, text: str, read: Callable[[str], Listing], device: Device | None = None
) -> Completed:
    """Add what is missing to `text`, one place at a time: the places of the next count what was added.

    `read` is the target's reader with the zones of the site. InputError where the target has no way to add to
    a text, or not to this form of it; BudgetExceeded as `check` does.
    """
    if target.merge is None:
        raise InputError(f"{target.title}: rules cannot be added to its configuration", where="--into")

    def judged(changed: str) -> CheckReport:
        return check(site, read(changed), target, device=device, text=changed.splitlines())

    before = after = judged(text)
    added: list[Fix] = []
    given_up: dict[tuple[str, ...], Fix] = {}
    while fix := _first(after.fixes, given_up):
        trial = _trial(_State(text, after), fix, target.merge, judged)
        if trial is None:
            given_up[fix.flows] = msgspec.structs.replace(fix, lines=(), refused=_NO_USE)
            continue
        (text, after), steps = trial
        added += steps
    refused = (*(fix for fix in after.fixes if not fix.lines), *given_up.values())
    return Completed(before, after, tuple(added), refused)


class _State(NamedTuple):
    text: str
    report: CheckReport


def _first(fixes: Sequence[Fix], given_up: Container[tuple[str, ...]]) -> Fix | None:
    return next((fix for fix in fixes if fix.lines and fix.flows not in given_up), None)


def _trial(
    state: _State, fix: Fix, add: Merger, judged: Callable[[str], CheckReport]
) -> tuple[_State, list[Fix]] | None:
    """The configuration with the fix, and with those that its flows need further on; None if none helps."""
    passing, wanted = _passing(state.report), set(fix.flows)
    steps: list[Fix] = []
    following: Fix | None = fix
    while following is not None and len(steps) < _AT_ONCE:
        text = add(state.text, following.lines)
        state = _State(text, judged(text))
        steps.append(following)
        if _passing(state.report) > passing:
            return state, steps
        following = next((each for each in state.report.fixes if each.lines and wanted & {*each.flows}), None)
    return None


def _passing(report: CheckReport) -> set[str]:
    """The flows that pass for certain, at every moment of the procedure."""
    every = [flow for stage in report.stages for flow in stage.flows]
    return {flow.id for flow in every} - {flow.id for flow in every if flow.answer is not Answer.PERMITS}
