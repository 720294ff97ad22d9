"""Rules as what adds them to a policy that is in place, replacing nothing of it."""

from collections.abc import Sequence
from dataclasses import replace

from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, versioned
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.rendering import capability_of, render_rules
from ringfence.model.policy import Policy, Rule

_WHOLE = "single rules are not written for this target: take them over by hand from this rule set of its own"


def add(target: Target, rules: Sequence[Rule], device: Device) -> Rendered:
    """The rules (permits) as what adds them before what denies; the first note says where that is.

    Its names are new for every set of rules: a rule of a known name might be there, and would become wider.
    A target that has no way to add a rule gets its whole rule set, and a note that says so. InputError for
    what cannot be written as stated.
    """
    policy = Policy("missing", tuple(rules))
    fresh = replace(device, name=versioned(device.name, policy))
    if target.insert is not None:
        screened, widenings = screen(policy, capability_of(target), device.widen)
        found = target.insert(screened, fresh, None)
        if found is not None:
            text = "".join(f"{line}\n" for line in found.lines)
            notes = (f"where: {found.where}", *(() if target.verified else (UNVERIFIED,)))
            return Rendered(target.name, text, (), (), (), notes, widenings)
    whole = render_rules(target, policy, device)
    return replace(whole, notes=(_WHOLE, *whole.notes))


def insert_at(target: Target, point: InsertionPoint, rules: Sequence[Rule], device: Device) -> Insertion:
    """The rules for this point of a configuration.

    Where the target cannot place single rules it is the whole rule set, objects and all; the notes of `rules`
    say how to move it into place. InputError for what cannot be written as stated.
    """
    capability = capability_of(target)
    # A device without state is given every rule it lacks, answers among them, and derives none.
    policy = Policy("fix", tuple(rules), stateful=capability.stateful)
    if target.insert is not None:
        screened, _ = screen(policy, capability, device.widen)
        # Of a name that is known there `set` would widen what it names.
        fresh = replace(device, name=versioned(device.name, screened), comments=False)
        found = target.insert(screened, fresh, point)
        if found is not None:
            return found
    whole = render_rules(target, policy, replace(device, comments=False))
    return insertion(point.where, whole.text.splitlines())
