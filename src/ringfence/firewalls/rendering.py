"""Rules in the syntax of one target, without the table of all: a proof needs the kernel's alone."""

from dataclasses import replace

from ringfence.firewalls.common.annotation import without_media
from ringfence.firewalls.common.capability import Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.shape import met_inside
from ringfence.firewalls.common.target import Target
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy
from ringfence.model.provenance import NO_AUDIO


def capability_of(target: Target) -> Capability:
    """What the target can say; InputError for one that nothing is written for."""
    if target.capability is None:
        raise InputError(f"there is no writer for {target.name}", where="--for")
    return target.capability


def render_rules(target: Target, policy: Policy, device: Device) -> Rendered:
    """The policy in the target's own syntax. InputError for what cannot be writable as stated."""
    if target.write is None:
        raise InputError(f"there is no writer for {target.name}", where="--for")
    silent = [NO_AUDIO] if without_media(policy) else []
    if capability_of(target).one_zone:
        policy, left = met_inside(policy, device, target.name)
        if left:
            silent.append(
                f"no end of these rules lies where {target.name} filters, and they stand at another filter: "
                f"{', '.join(left)} (--inside ZONE writes for the hosts of another zone)"
            )
    found = target.write(policy, device)
    return replace(found, notes=(*silent, *found.notes), made=device.made)
