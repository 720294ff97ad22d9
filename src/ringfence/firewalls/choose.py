"""A target by its `--for` name."""

from collections.abc import Mapping

from ringfence.firewalls.common.capability import Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.table import TARGETS, WRITABLE
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy


def writable(targets: Mapping[str, Target] = TARGETS) -> list[str]:
    """The names of the targets that rules are writable for, in order."""
    if targets is TARGETS:
        return list(WRITABLE)
    return sorted(name for name, target in targets.items() if target.write is not None)


def target_named(name: str, targets: Mapping[str, Target] = TARGETS) -> Target:
    """The target that rules are writable for under this name; InputError for any other name."""
    if name not in writable(targets):
        raise InputError(
            f"there is no writer for {name!r}",
            where="--for",
            remedy=f"one of: {', '.join(writable(targets))}",
        )
    return targets[name]


def capability_of(target: Target) -> Capability:
    """What the target can say; InputError for one that nothing is written for."""
    if target.capability is None:
        raise InputError(f"there is no writer for {target.name}", where="--for")
    return target.capability


def render_rules(target: Target, policy: Policy, device: Device) -> Rendered:
    """The policy in the target's own syntax. InputError for what cannot be writable as stated."""
    if target.write is None:
        raise InputError(f"there is no writer for {target.name}", where="--for")
    return target.write(policy, device)
