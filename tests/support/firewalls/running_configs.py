"""Running configurations as text: what a writer's output looks like once it is in force."""

from collections.abc import Callable
from itertools import count

from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.site_zones import device_zones
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.policy import Policy
from ringfence.model.site import Site

ASA_REST = """policy-map global_policy
 class inspection_default
  inspect icmp
service-policy global_policy global
"""


def device(site: Site) -> Device:
    return Device(zones=device_zones(site), widen=frozenset({Need.SOURCE_PORT}))


def running(target: str, policy: Policy, site: Site) -> str:
    """The policy written for `target`, bound as the writer's commands bind it."""
    return _BOUND.get(target, _as_written)(render_rules(TARGETS[target], policy, device(site)))


def _as_written(rendered: Rendered) -> str:
    return rendered.text


def _asa(rendered: Rendered) -> str:
    bound = [*rendered.bind]
    for zone in ("handsets", "servers"):
        if not any(line.endswith(f"interface {zone}") for line in bound):
            bound += [
                f"access-list no-{zone} extended deny ip any any",
                f"access-group no-{zone} in interface {zone}",
            ]
    return rendered.text + "\n".join([*bound, ""]) + ASA_REST


def _ios(rendered: Rendered) -> str:
    bound = [*rendered.bind]
    for zone in ("handsets", "servers"):
        if f"interface {zone}" not in bound:
            bound = ["ip access-list extended none", " deny ip any any", *bound]
            bound += [f"interface {zone}", " ip access-group none in"]
    return rendered.text + "\n".join([*bound, ""])


def _iptables(rendered: Rendered) -> str:
    text = rendered.text.replace("*filter\n", "*filter\n:FORWARD ACCEPT [0:0]\n")
    return text.replace("COMMIT", "-A FORWARD -j ringfence\nCOMMIT")


def _fortios(rendered: Rendered) -> str:
    numbers = count(1)  # the unit gives them
    lines = (
        line.replace("edit 0", f"edit {next(numbers)}") if "edit 0" in line else line
        for line in rendered.text.splitlines()
    )
    return "\n".join([*lines, ""])


def _running(rendered: Rendered) -> str:
    return rendered.running


_BOUND: dict[str, Callable[[Rendered], str]] = {
    "cisco-asa": _asa,
    "cisco-ios": _ios,
    "fortios": _fortios,
    "iptables": _iptables,
    "opnsense": _running,
    "routeros": _running,
}
